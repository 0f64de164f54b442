"""One dispute, played from filing to correction: people through the pages, systems by their keys.

A court's clerk entered a namesake's debt against Wang Ceshi (王测试). He sees it, disputes it, a caseworker
with no part in it decides, a supervisor approves, and the entry leaves his file.
"""

import json
import re
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from accounts.operations import second_factor
from redress.demo import people
from redress.demo.browser import Browser, Page, PageProblem

Say = Callable[[str], None]
CASE_NUMBER = "(2025)样0101执1234号"
SUBJECT = "cn-resident-id:999901198502140011"
WORDS = "这不是我。判决书上的人与我同名，但出生日期和住址都不同。我从未到过该法院。"
REASONS = "判决书所列被执行人出生于1985年1月24日，与申请人不是同一人。录入时仅按姓名识别。"
_CODE = re.compile(r"\b(\d{8}|\d{4} \d{4})\b")
_CODE_SECONDS = 8  # that a page may take to look at a code
_PATIENCE = 60.0  # seconds that the worker may take


class Play:
    """The play, on a running service. Raises `PageProblem` where a page does not do what it should."""

    def __init__(self, base_url: str, known: people.Secrets, say: Say) -> None:
        self._base, self._known, self._say, self._number = base_url, known, say, 0

    def run(self) -> bool:
        """Play it, unless an earlier start did. False if an earlier start was stopped in the middle of it."""
        if self._known.reference:
            self._say_what_was_played(self._url(f"/cases/{self._known.reference}/"))
            return self._known.played
        self._say("\nOne dispute, from filing to correction\n")
        held = self._ask("An airline's system asks before it sells a ticket")
        person = Browser(self._base, "zh-hans")
        self._sign_in(person)
        entry = self._look(person)
        reference = self._known.reference = self._dispute(person, entry)
        self._known.save()  # a case is filed once
        self._ask("The airline asks again")
        self._decide(reference)
        self._approve(reference)
        self._read(person, reference, entry)
        if self._ask("The airline asks once more") >= held:
            raise PageProblem("the airline still receives the entry that was taken out")
        self._known.played = True
        self._known.save()
        return True

    def _say_what_was_played(self, case: str) -> None:
        if self._known.played:
            self._say(f"\nThe dispute was played by an earlier start: {case}")
        else:
            self._say(f"\nAn earlier start was stopped in the middle of the dispute: {case}")
            self._say("Go on with it by hand, or remove the data with `make demo-reset` to see all of it.")

    def _step(self, who: str, what: str, path: str) -> None:
        self._number += 1
        self._say(f"{self._number:>3}. {who:<11} {what}\n                 {self._url(path)}")

    def _url(self, path: str) -> str:
        return urljoin(self._base, path)

    def _ask(self, why: str) -> int:
        """A recipient's question by API; returns how many entries it got."""
        key = self._known.keys["sample-airline"]
        headers = {"Authorization": f"Bearer {key}", "Redress-Subject": SUBJECT}
        url = self._url("/api/v1/records/?purpose=travel_booking")
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as response:  # noqa: S310  # ours
            answer = json.load(response)
        said = "; ".join(_in_short(record) for record in answer["results"]) or "nothing is held"
        self._step("System", f"{why}: {said}", "/api/v1/records/")
        return len(answer["results"])

    def _sign_in(self, browser: Browser) -> None:
        page = browser.get("/sign-in/")
        old = self._mails()
        page = browser.submit(page, page.form("email"), kind="person", email=people.PERSON_EMAIL)
        self._step("Person", "asks for a code at the address that the notice came to", "/sign-in/")
        code = self._code_from_mail(old)
        browser.submit(page, page.form("code"), code=code, **people.PERSON_BIRTH_DATE)
        self._step("Person", "enters the code from the mail, and a birth date that the mail does not hold", "/outbox/")

    def _mails(self) -> list[str]:
        """The addresses of the mails that were sent so far, newest first."""
        page = Browser(self._base).get("/outbox/")
        return [href for href, _ in page.links if re.fullmatch(r"/outbox/[^/]+/", href)]

    def _code_from_mail(self, old: list[str]) -> str:
        """The code in the mail that was not there before, once the worker has sent it."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            for href in set(self._mails()) - set(old):
                mail = Browser(self._base).get(href)
                if people.PERSON_EMAIL in mail.text and (found := _CODE.search(_text_of(mail))):
                    return found.group(1)
            time.sleep(0.5)
        raise PageProblem(f"no mail with a code arrived within {_PATIENCE:.0f} seconds")

    def _look(self, browser: Browser) -> str:
        """Open *What is held about me* and the entry in question; returns its address."""
        page = browser.get("/held/")
        self._step("Person", "sees what is held about them", "/held/")
        for href in dict.fromkeys(href for href, _ in page.links if re.fullmatch(r"/held/[0-9a-f-]{36}/", href)):
            if CASE_NUMBER in browser.get(href).text:
                self._step("Person", "opens the entry: value, source, legal basis, who received it, who looked", href)
                return href
        raise PageProblem("the entry of the namesake is not in the file")

    def _dispute(self, browser: Browser, entry: str) -> str:
        """Through the steps to the confirmation; returns the reference."""
        record = entry.split("/")[2]
        page = browser.get(f"/dispute/?record={record}")
        page = browser.submit(page, page.form(f"entry-{record}"), **{f"entry-{record}": ["whole"]})
        self._step("Person", "chooses what is wrong: the whole entry", f"/dispute/?record={record}")
        page = browser.submit(page, page.form("procedure"), procedure="redress-model")
        self._step("Person", "chooses the procedure that suspends the measures meanwhile", page.url)
        page = browser.submit(page, page.form("ground"), ground="not_me")
        page = browser.submit(page, page.form("words"), words=WORDS)
        self._step("Person", "says why, in their own words: this is not me", page.url)
        page = browser.get(page.link("/check/"))
        page = browser.submit(page, _last_form(page))
        found = re.search(r"RD-[0-9A-Z]{4}-[0-9A-Z]{4}", page.text)
        if not found:
            raise PageProblem(f"{page.url} shows no reference; it says: {page.heading}")
        self._step("Person", f"checks the answers and files: {found.group()}", f"/cases/{found.group()}/")
        return found.group()

    def _staff(self, email: str) -> Browser:
        browser = Browser(self._base)
        page = browser.get("/staff/sign-in/")
        page = browser.submit(page, page.form("login", "password"), login=email, password=self._known.password)
        browser.submit(page, page.form("code"), code=_code_of(email))
        return browser

    def _decide(self, reference: str) -> None:
        browser = self._staff("caseworker@court.example.org")
        queue = browser.get("/casework/")
        self._step("Caseworker", "signs in with a second factor and sees the queue, earliest due first", "/casework/")
        page = browser.get(queue.link(f"/casework/{reference}/"))
        take = next(form for form in page.forms if form.action.endswith("/take/"))
        page = browser.submit(page, take)
        self._step("Caseworker", "takes the case; the record's history stands beside the person's words", page.url)
        page = browser.get(f"/casework/{reference}/decide/")
        values = {"form-0-outcome": "upheld", "form-0-remedy": "detach", "form-0-reasons": REASONS}
        page = browser.submit(page, page.form("form-0-outcome"), **values, then="submit")
        self._step("Caseworker", "answers every item with reasons and hands the draft to a second person", page.url)

    def _approve(self, reference: str) -> None:
        browser = self._staff("supervisor@court.example.org")
        page = browser.get(f"/casework/{reference}/approve/")
        page = browser.submit(page, page.form("seen"), then="approve")
        self._step("Supervisor", "reads the draft and approves it", f"/casework/{reference}/approve/")

    def _read(self, browser: Browser, reference: str, entry: str) -> None:
        """The remedy is carried out by the worker; the person reads the decision and the letter."""
        deadline = time.monotonic() + _PATIENCE
        while entry in [href for href, _ in browser.get("/held/").links]:
            if time.monotonic() > deadline:
                raise PageProblem(f"the remedy was not carried out within {_PATIENCE:.0f} seconds")
            time.sleep(0.5)
        self._step("Service", "carries out the remedy: the entry left the file, its measures are lifted", "/held/")
        browser.get(f"/cases/{reference}/decision/")
        self._step("Person", "reads the decision; that serves it", f"/cases/{reference}/decision/")
        letter = browser.get(f"/cases/{reference}/decision/letter.pdf")
        if not letter.text.startswith("%PDF"):
            raise PageProblem("the letter is no PDF")
        self._step("Person", "keeps the letter", f"/cases/{reference}/decision/letter.pdf")
        browser.get(f"/cases/{reference}/")
        self._step("Person", "sees the whole history of the case", f"/cases/{reference}/")


def _code_of(email: str) -> str:
    """What their authenticator app shows; the next one when it is about to change, as the page may take a moment."""
    code = second_factor.current_code(email, at=datetime.now(UTC))
    if code.seconds_left < _CODE_SECONDS:
        time.sleep(code.seconds_left)
        code = second_factor.current_code(email, at=datetime.now(UTC))
    return code.digits


def _last_form(page: Page) -> Any:
    """The form of the page's own button: those of the header (language, sign-out) come before it."""
    own = [form for form in page.forms if form.method == "post" and "/language/" not in form.action]
    own = [form for form in own if "sign-out" not in form.action]
    if not own:
        raise PageProblem(f"{page.url} has no button to go on; it says: {page.heading}")
    return own[-1]


def _text_of(page: Page) -> str:
    return re.sub(r"<[^>]+>", " ", page.text)


def _in_short(record: dict[str, Any]) -> str:
    """What the airline's system would act on."""
    states = [each["state"].replace("_", " ") for each in record["measures"]]
    counted = ", ".join(f"{states.count(state)} measures {state}" for state in dict.fromkeys(states))
    marks = ", ".join(mark if isinstance(mark, str) else mark["kind"] for mark in record["marks"])
    return f"{record['type']} ({counted or 'no measures'}{'; marked ' + marks if marks else ''})"
