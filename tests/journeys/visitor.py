"""One person at one browser. Every page that they come to is looked at (`inspection`)."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect

from accounts.actors import Actor
from tests.fixtures import client_for
from tests.journeys import inspection
from tests.journeys.words import Words

SCREENSHOTS = Path(settings.BASE_DIR) / "var" / "screenshots"
TAKES_SCREENSHOTS = os.environ.get("REDRESS_TEST_SCREENSHOTS") == "1"


# What a screen reader adds to the name of the field that has the focus, its group included.
_DESCRIPTION = """() => [document.activeElement, document.activeElement.closest('fieldset')]
  .flatMap(each => (each?.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean))
  .map(id => document.getElementById(id).textContent).join(' ')"""


class Visitor:
    """A browser, what it speaks, and what went wrong in it."""

    def __init__(
        self, context: BrowserContext, base_url: str, language: str, *, name: str = "", looks: bool = True
    ) -> None:
        self.context, self.base_url, self.say, self.name = context, base_url, Words(language), name
        self.looks = looks
        self.trouble: list[str] = []
        self._document: Response | None = None
        self._taken = 0
        self.page: Page = context.new_page()
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self._tell(f"script failed: {error}"))
        self.page.on("request", self._on_request)
        self.page.on("response", self._on_response)

    def _tell(self, *found: str) -> None:
        where = re.sub(r"[0-9a-f-]{36}", "…", self.page.url.removeprefix(self.base_url))
        self.trouble += [line for each in found if (line := f"{where}: {each}") not in self.trouble]

    # --- what happens by itself -------------------------------------------------------------------

    def _on_console(self, message: ConsoleMessage) -> None:
        # A page that answers 422 is told as a resource that failed; `_on_response` knows which it was.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self._tell(message.text)

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(self.base_url):
            self._tell(f"asked another machine: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self._document = response
        elif response.status >= 400:
            self._tell(f"{response.status} for {response.url}")

    # --- what spares a story its beginning --------------------------------------------------------

    def be(self, actor: Actor) -> None:
        """Be signed in as somebody, staff with their second factor shown."""
        self.take_over(client_for(actor, language=self.say.language))

    def take_over(self, client: Client) -> None:
        """Go on with the session of a test's client."""
        self.context.add_cookies(
            [{"name": name, "value": each.value, "url": self.base_url} for name, each in client.cookies.items()]
        )

    # --- what people do ---------------------------------------------------------------------------

    def open(self, path: str, *, status: int = 200) -> None:
        """Go to an address of the service."""
        response = self.page.goto(self.base_url + path)
        assert response and response.status == status, f"{path}: {response and response.status}"
        self.look()

    def follow(self, name: str, *, within: Locator | None = None, exact: bool = True) -> None:
        """Press a link by its words, or by a part of them."""
        (within or self.page).get_by_role("link", name=name, exact=exact).first.click()
        self.look()

    def press(self, name: str, *, within: Locator | None = None) -> None:
        """Press a button by its words."""
        (within or self.page).get_by_role("button", name=name, exact=True).click()
        self.look()

    def fill(self, label: str, text: str) -> None:
        """Type into the field with this label."""
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label: str, *, within: Locator | None = None) -> None:
        """Choose a radio button or tick a box."""
        (within or self.page).get_by_label(label, exact=True).check()

    # --- what people see --------------------------------------------------------------------------

    def reads(self, heading: str) -> None:
        """The page's own heading."""
        expect(self.page.locator("h1")).to_have_text(re.compile(rf"^\s*{re.escape(heading)}\s*$"))

    def sees(self, *texts: str) -> None:
        """Somewhere in the main part."""
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)

    def does_not_see(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("main")).not_to_contain_text(text)

    def is_told_what_is_wrong(self, message: str) -> None:
        """The summary has the focus; its link leads to the field, which is described by the same words."""
        summary = self.page.locator("[data-error-summary]")
        expect(summary).to_be_focused()
        link = summary.get_by_role("link", name=message, exact=True).first
        link.click()
        assert self.page.evaluate(_DESCRIPTION).find(message) >= 0, f"{message}: not said where its link leads"

    def look(self) -> None:
        """Look at the page as it stands. What is wrong with it is told at the end of the story, with all the rest."""
        self.page.wait_for_load_state("load")
        if not self.looks:
            return
        assert self._document
        html = self._document.body()
        if html.startswith(b"%PDF"):
            return
        found = inspection.problems(self.page, self.say.language, html)
        self._tell(*found)
        if TAKES_SCREENSHOTS:
            self.screenshots()

    def screenshots(self, label: str = "") -> None:
        """The page as it stands, narrow and wide, for people to look at."""
        self._taken += 1
        place = label or re.sub(
            r"[^a-z]+",
            "-",
            re.sub(r"[0-9a-f-]{36}|RD-[^/]+", "", self.page.url[len(self.base_url) :].partition("#")[0]),
        )
        before = self.page.viewport_size
        for width in (inspection.NARROW, inspection.WIDE):
            self.page.set_viewport_size({"width": width, "height": 800})
            folder = SCREENSHOTS / self.say.language / str(width)
            path = folder / f"{self.name}-{self._taken:02}-{place.strip('-') or 'home'}.png"
            self.page.screenshot(path=path, full_page=True)
        if before:
            self.page.set_viewport_size(before)

    @contextmanager
    def downloading(self) -> Iterator[dict[str, Any]]:
        """Within this, a file is saved; afterwards `["data"]` and `["name"]` hold it."""
        saved: dict[str, Any] = {}
        with self.page.expect_download() as waiting:
            yield saved
        saved["data"] = Path(waiting.value.path()).read_bytes()
        saved["name"] = waiting.value.suggested_filename
