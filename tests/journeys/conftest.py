"""A running service, a clock, and browsers whose pages are looked at."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from axe_playwright_python.base import AXE_FILE_PATH
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from playwright.sync_api import Browser, BrowserContext, expect

from tests.journeys.inspection import AXE, SEEN, WIDE
from tests.journeys.visitor import Visitor

# Playwright keeps an event loop in this thread, in which Django would refuse to ask the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # a Tuesday, ten in the morning in Shanghai
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)
PATIENCE = 60_000  # milliseconds that a page may take on a machine with much else to do

Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium instead of a download."""
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    return {**browser_type_launch_args, "executable_path": chromium, "args": FLAGS.split()}


@pytest.fixture(autouse=True, scope="session")
def static_files() -> None:
    """The style sheet, the scripts and axe where the service serves them from, before it starts."""
    call_command("collectstatic", interactive=False, verbosity=0)
    shutil.copy(AXE_FILE_PATH, Path(settings.STATIC_ROOT) / AXE)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """Every story begins on the same day; `clock.move_to` and `clock.shift` let time pass."""
    cache.clear()
    with time_machine.travel(NOW) as traveller:
        yield traveller


@pytest.fixture
def visit(live_server: Any, browser: Browser) -> Iterator[Visit]:
    """Open a browser of somebody's own: `visit("en", width=320)`. Anything wrong in it fails the story."""
    expect.set_options(timeout=PATIENCE)
    opened: list[tuple[BrowserContext, Visitor]] = []

    def open_browser(
        language: str = "en", *, name: str = "", width: int = WIDE, looks: bool = True, **more: Any
    ) -> Visitor:
        locale = {"en": "en-GB", "zh-hans": "zh-CN"}[language]
        context = browser.new_context(locale=locale, viewport={"width": width, "height": 800}, **more)
        context.set_default_timeout(PATIENCE)
        visitor = Visitor(context, live_server.url, language, name=name, looks=looks)
        opened.append((context, visitor))
        return visitor

    yield open_browser
    for context, _visitor in opened:
        context.close()
    trouble = [each for _context, visitor in opened for each in visitor.trouble]
    if trouble:
        pytest.fail("\n".join(trouble), pytrace=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys take longest, so they come first: begun last, one would keep a worker busy while the other waits."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.django_db(transaction=True))
    items.sort(key=lambda item: not item.path.is_relative_to(here))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if SEEN.pages:
        url, weight = SEEN.heaviest()
        terminalreporter.write_line(f"{SEEN.pages} pages looked at, {SEEN.examined} of them by axe")
        terminalreporter.write_line(f"the heaviest takes {weight / 1000:.1f} kB with its style sheet: {url}")
