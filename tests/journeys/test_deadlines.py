"""Three cases of one person, under a Chinese, a European and a US procedure, and what time does to them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Role
from appeals.models import Case
from appeals.workflow import Status
from law import explain, procedures
from law.rules import OpensFor
from tests import factories
from tests.journeys import acts, cast
from tests.journeys.conftest import NOW, Visit
from tests.journeys.inspection import NARROW, WIDE
from tests.journeys.visitor import Visitor

WIDTHS = {"en": WIDE, "zh-hans": NARROW}


@pytest.fixture
def europe(monkeypatch: pytest.MonkeyPatch) -> None:
    """No programme of ours is European. An office that runs one lets the procedure open for it, as here."""
    shipped = procedures._versions()
    opened = tuple(
        each.model_copy(update={"opens_for": (OpensFor(programme="us-credit-file", types="any"),)})
        if each.id == "eu-gdpr-accuracy"
        else each
        for each in shipped
    )
    monkeypatch.setattr(procedures, "_versions", lambda: opened)
    monkeypatch.setattr(procedures, "procedures", lambda: {each.id: each for each in opened})


def reason(visitor: Visitor, code: str) -> str:
    return explain.explanations().reasons[code].in_language(visitor.say.language)


def deadline(visitor: Visitor, name: str) -> Any:
    return visitor.page.locator(f"section[aria-labelledby=deadline-{name}]")


def change(visitor: Visitor, case: Case, choice: str, words: str) -> None:
    """From the case page to the page of its most important deadline, and back."""
    say = visitor.say
    visitor.open(f"/casework/{case.reference}/")
    visitor.follow(say("Stop it or make it longer"), within=deadline(visitor, "decide"), exact=False)
    visitor.press(say("Change the deadline"))
    visitor.is_told_what_is_wrong(say("Choose what happens to the deadline."))
    visitor.choose(choice)
    visitor.fill(say("Why"), words)
    visitor.press(say("Change the deadline"))
    visitor.sees(say("The deadline was changed. The person has been told."))


@pytest.mark.soak  # a story of one part; the stories of the whole run in every test
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_time_in_three_procedures(language: str, visit: Visit, clock: Any, europe: None, tmp_path: Path) -> None:
    cast.register_sources()
    worker, head = (cast.official(role, "cn-spc", language).actor for role in (Role.CASEWORKER, Role.SUPERVISOR))
    clerk = cast.official(Role.CASEWORKER, "us-credit-agency", language).actor
    person = factories.person(language=language)
    bills = [factories.record_for(person, "us-credit-file", "tradeline", ()) for _ in range(2)]
    status, programme = Status.IN_REVIEW, "us-credit-file"
    chinese = factories.case_at(status, person=person, caseworker=worker, language=language, at=NOW)
    european, american = (
        factories.case_at(
            status,
            person=person,
            caseworker=clerk,
            items=[factories.item(bill, ground="inaccurate", field="balance", wanted="0.00")],
            programme=programme,
            procedure=procedure,
            language=language,
            at=NOW,
        )
        for bill, procedure in zip(bills, ("eu-gdpr-accuracy", "us-fcra-cra-dispute"), strict=True)
    )

    desk = visit(language, name="20-deadline-desk", width=WIDTHS[language])
    desk.be(worker)
    say = desk.say
    question = say.pick(en="Which of the two cases do you mean?", zh="您说的是哪一个案件？")
    change(desk, chinese, say("Let it stand still: %(reason)s") % {"reason": reason(desk, "clarification")}, question)
    clock.shift(2 * 86_400)
    desk.be(worker)  # the session of two days ago has ended
    desk.open(f"/casework/{chinese.reference}/deadlines/decide/")
    desk.press(say("Let it run again"))
    desk.sees(say("The deadline runs again. The person has been told."))

    office = visit(language, name="21-deadline-supervisor", width=WIDTHS[language])
    office.be(head)
    why = say.pick(en="The court keeps its old files elsewhere.", zh="法院的旧案卷放在别处。")
    change(office, chinese, say("Make it longer: %(reason)s") % {"reason": reason(office, "complexity")}, why)

    somebody = visit(language, name="22-deadline-person", width=WIDTHS[language])
    somebody.be(person)
    somebody.open(f"/cases/{american.reference}/evidence/")
    letter = tmp_path / "letter.txt"
    letter.write_text("The bank wrote that it is paid.")
    somebody.page.set_input_files("input[type=file]", letter)
    somebody.press(say("Add this file"))

    clock.move_to(datetime(2026, 12, 29, 9, 0, tzinfo=UTC))
    acts.let_the_worker_work()
    somebody.be(person)
    somebody.open("/cases/")
    somebody.sees(chinese.reference, european.reference, american.reference)

    somebody.open(f"/cases/{chinese.reference}/")
    somebody.sees(question, why, say("It was made longer"), say("It stands still"), say("It runs again"))
    somebody.open(f"/cases/{european.reference}/")
    assert say("Late") in deadline(somebody, "decide").inner_text()
    somebody.sees(
        say("It is late. What follows from that:"), say.pick(en="You may ask for compensation.", zh="您可以要求赔偿。")
    )
    somebody.open(f"/cases/{american.reference}/")
    assert say("Running") in deadline(somebody, "decide").inner_text()
    somebody.sees(say.pick(en="6 January 2027", zh="2027年1月6日"))  # it was still the 23rd in New York
    somebody.open("/messages/")
    somebody.sees(say("The answer to your case is late"), say("A deadline in your case was made longer"))

    desk.be(clerk)
    desk.open("/casework/")
    desk.sees(european.reference, american.reference)
    desk.open(f"/casework/{european.reference}/")
    desk.sees(say("It is late. What follows from that:"))
