"""Until when: told where somebody decides what to do; and what people do when a time of theirs has passed."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role
from appeals import operations
from appeals.models import Case, Outcome
from appeals.operations import Papers, Target
from appeals.workflow import Status
from delivery.models import Message
from law import procedures
from tests import factories
from tests.disputes import complete
from tests.journeys import cast
from tests.journeys.conftest import NOW, Visit
from tests.journeys.inspection import NARROW, WIDE
from tests.laws import changed

BY_LAW = {"basis": "law", "evidence": "read"}
WIDTHS = {"en": WIDE, "zh-hans": NARROW}
DAY = 86_400
PAPERS = [{"id": "proof", "text": {"en": "Proof of payment", "zh": "缴纳证明"}, "cite": "3", **BY_LAW}]


@pytest.mark.soak  # what each page says is tried in every run; here they are looked at
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_window_is_told_and_a_hindrance_counted(
    language: str, visit: Visit, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.register_sources()
    worker, head = (cast.official(role, "cn-spc", language).actor for role in (Role.CASEWORKER, Role.SUPERVISOR))
    person = factories.person(language=language)
    record = factories.record_for(person)
    Message.objects.filter(record_id=record.pk).update(read_at=NOW)
    clocks: dict[str, Any] = dict(procedures.procedure("redress-model").model_dump(exclude_unset=True)["clocks"])
    excuse = {"reasons": ["illness"], "effect": "counts_on", "cite": "2", **BY_LAW}
    clocks["file_by"] = {"start": "known", "length": 60, "unit": "calendar_day", "cite": "1", **BY_LAW}
    clocks["file_by"]["excuse"] = excuse
    changed(monkeypatch, "redress-model", clocks=clocks, documents=PAPERS)

    somebody = visit(language, name="35-window-person", width=WIDTHS[language])
    say = somebody.say
    somebody.be(person)
    somebody.open(f"/held/{record.pk}/")
    somebody.sees(say("Until when you can dispute it"))
    somebody.open(f"/dispute/?record={record.pk}")
    somebody.sees(say("Until when you can dispute it"))
    draft = complete(person, Target(record.pk), ground="not_me")
    for path in ("", "procedure/", "check/"):
        somebody.open(f"/dispute/{draft.pk}/{path}")

    clock.shift(100 * DAY)
    items = [factories.item(record, ground="not_me")]
    late = operations.Late("illness", say.pick(en="In hospital in December and January.", zh="十二月和一月住院。"))
    papers = Papers(without={"proof": say.pick(en="It was burnt.", zh="已经烧毁。")})
    filing: dict[str, Any] = {"procedure_id": "redress-model", "items": items, "language": language, "papers": papers}
    case = operations.file(**filing, late=late, by=person, at=timezone.now())

    desk = visit(language, name="36-window-caseworker", width=WIDTHS[language])
    desk.be(worker)
    desk.open("/casework/")
    desk.sees(say("Papers are missing"))
    desk.open(f"/casework/{case.reference}/")
    desk.press(say("Take this case"))
    desk.follow(say("Judge the excuse"))
    desk.reads(say("Does the excuse count?"))
    desk.press(say("The excuse counts: go on"))
    desk.is_told_what_is_wrong(say("Enter the first day"))
    for name, value in zip(("day", "month", "year"), ("1", "12", "2026"), strict=True):
        desk.page.fill(f"[name=since_{name}]", value)
    for name, value in zip(("day", "month", "year"), ("1", "2", "2027"), strict=True):
        desk.page.fill(f"[name=until_{name}]", value)
    desk.press(say("The excuse counts: go on"))
    desk.sees(say("The excuse counts. The person has been told."))
    reasons = say_it(language, en="The court confirms it.", zh="法院确认无误。")
    answers = factories.answers_to(case, [{"outcome": Outcome.REJECTED, "remedy": "", "reasons": reasons}])
    operations.draft(case.pk, answers, by=worker, at=timezone.now())
    operations.submit(case.pk, by=worker, at=timezone.now())

    office = visit(language, name="37-window-supervisor", width=WIDTHS[language])
    office.be(head)
    office.open(f"/casework/{case.reference}/approve/")
    office.sees(say("Papers that the procedure asks for"), papers.without["proof"])
    office.press(say("Approve this decision"))
    office.sees(say("Times that bind the person"))
    somebody.be(person)
    somebody.open(f"/cases/{case.reference}/decision/")
    somebody.sees(say("If you do not agree"), say("How this day was counted"))


@pytest.mark.soak  # as above
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_was_asked_for_did_not_come(language: str, visit: Visit, clock: Any) -> None:
    cast.register_sources()
    worker, head = (cast.official(role, "cn-spc", language).actor for role in (Role.CASEWORKER, Role.SUPERVISOR))
    person = factories.person(language=language)
    case = factories.case_at(Status.IN_REVIEW, person=person, caseworker=worker, language=language, at=NOW)
    clock.shift(DAY)
    words = say_it(language, en="Send the receipt.", zh="请提交收据。")
    operations.ask_to_complete(case.pk, words=words, by=worker, at=timezone.now())

    somebody = visit(language, name="38-silence-person", width=WIDTHS[language])
    say = somebody.say
    somebody.be(person)
    somebody.open("/messages/")
    somebody.open(f"/cases/{case.reference}/complete/")
    somebody.sees(words)
    clock.shift(30 * DAY)

    desk = visit(language, name="39-silence-caseworker", width=WIDTHS[language])
    desk.be(worker)
    desk.open("/casework/")
    desk.sees(say("The time for the answer is over"))
    desk.open(f"/casework/{case.reference}/")
    desk.follow(say("Turn the case away"))
    desk.sees(say("What was asked for, and did not come"), words)
    why = say_it(language, en="Without it nobody can tell.", zh="没有收据无法核查。")
    desk.fill(say("Your reasons"), why)
    desk.press(say("Hand it to a second person"))
    office = visit(language, name="40-silence-supervisor", width=WIDTHS[language])
    office.be(head)
    office.open(f"/casework/{case.reference}/check-turning-away/")
    office.sees(words, why)
    office.press(say("Agree: turn it away"))
    somebody.be(person)
    somebody.open(f"/cases/{case.reference}/turned-away/")
    somebody.sees(why, say("If you do not agree"), say("How this day was counted"))
    assert Case.objects.get(pk=case.pk).status == Status.SCREENING_SERVED


def say_it(language: str, *, en: str, zh: str) -> str:
    """What somebody writes in their own language."""
    return en if language == "en" else zh
