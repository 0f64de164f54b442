"""Somebody asks the same again, and two people turn it away; somebody comes late, and is heard all the same."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import Role
from appeals.models import Case, Outcome
from appeals.operations import Target
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


@pytest.mark.soak  # a story of one part; the stories of the whole run in every test
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_same_again_and_then_something_new(language: str, visit: Visit, clock: Any, tmp_path: Path) -> None:
    cast.register_sources()
    roles = (Role.CASEWORKER, Role.SUPERVISOR, Role.SUPERVISOR)
    worker, head, first_head = (cast.official(role, "cn-spc", language).actor for role in roles)
    person = factories.person(language=language)
    items = [factories.item(factories.record_for(person))]
    rejected = [{"outcome": Outcome.REJECTED, "remedy": ""}]
    made: dict[str, Any] = {"person": person, "caseworker": worker, "items": items, "language": language, "at": NOW}
    earlier = factories.case_at(Status.SERVED, supervisor=first_head, answers=rejected, **made)
    clock.shift(86_400)
    case = factories.case_at(Status.IN_REVIEW, **made)

    desk = visit(language, name="30-turn-away-caseworker", width=WIDTHS[language])
    say = desk.say
    desk.be(worker)
    desk.open(f"/casework/{case.reference}/")
    desk.sees(earlier.reference, say("That somebody asks again says nothing against them. Look at what is new."))
    desk.follow(say("Turn the case away"))
    desk.press(say("Hand it to a second person"))
    desk.is_told_what_is_wrong(say("Give your reasons. The person reads them."))
    why = say.pick(en="We answered this yesterday. Nothing has come since.", zh="昨天已经答复过，没有新的材料。")
    desk.fill(say("Your reasons"), why)
    desk.press(say("Hand it to a second person"))
    desk.sees(say("A second person checks it now."), why)

    office = visit(language, name="31-turn-away-supervisor", width=WIDTHS[language])
    office.be(head)
    office.open(f"/casework/{case.reference}/")
    office.follow(say("Check whether it may be turned away"))
    office.press(say("Do not agree"))
    office.is_told_what_is_wrong(say("Write a reason."))
    office.press(say("Agree: turn it away"))
    office.sees(say("The case is turned away. The person is told."))

    somebody = visit(language, name="32-turn-away-person", width=WIDTHS[language])
    somebody.be(person)
    somebody.open("/messages/")
    somebody.sees(say("Your case was turned away"))
    somebody.open(f"/cases/{case.reference}/")
    somebody.follow(say("Read why, and what you can do"))
    somebody.reads(say("Your case is turned away"))
    somebody.sees(why, say("If you do not agree"))
    somebody.follow(say("Tell us what is new"))
    somebody.press(say("Send it"))
    somebody.is_told_what_is_wrong(say("Say what is new, or add a file first. A few words are enough."))
    somebody.follow(say("Add a file first, if you have one"))
    paper = tmp_path / "receipt.txt"
    paper.write_text("Paid.")
    somebody.page.set_input_files("input[type=file]", paper)
    somebody.press(say("Add this file"))
    somebody.reads(say("Tell us what is new"))
    somebody.sees("receipt.txt")
    new = say.pick(en="The bank gave me this receipt today.", zh="银行今天给了我这张收据。")
    somebody.fill(say("What is new"), new)
    somebody.press(say("Send it"))
    somebody.sees(say("Your case is looked into again, from its beginning."), new, why)
    somebody.sees(say("You added something new, and the case began anew"))

    desk.open(f"/casework/{case.reference}/")
    desk.sees(new, say("The person added something new, and the case began anew"))
    desk.press(say("Take this case"))
    case.refresh_from_db()
    assert case.status == Status.IN_REVIEW
    desk.sees(say("You turned this case away before. The person had something new, so somebody else must judge that."))


@pytest.mark.soak  # as above
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_after_the_last_day_with_an_excuse(
    language: str, visit: Visit, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.register_sources()
    worker = cast.official(Role.CASEWORKER, "cn-spc", language).actor
    person = factories.person(language=language)
    record = factories.record_for(person)
    Message.objects.filter(record_id=record.pk).update(read_at=NOW)
    clocks: dict[str, Any] = dict(procedures.procedure("redress-model").model_dump(exclude_unset=True)["clocks"])
    clocks["file_by"] = {"start": "known", "length": 60, "unit": "calendar_day", "cite": "1", **BY_LAW}
    changed(monkeypatch, "redress-model", clocks=clocks)
    clock.shift(100 * 86_400)
    draft = complete(person, Target(record.pk), ground="not_me")

    somebody = visit(language, name="33-late-person", width=WIDTHS[language])
    say = somebody.say
    somebody.be(person)
    late = f"/dispute/{draft.pk}/late/"
    somebody.open(late)
    somebody.sees(say("This procedure takes nothing after its last day, whatever the reason."))
    clocks["file_by"]["excuse"] = {"reasons": ["illness"], "effect": "human_decides", "cite": "2", **BY_LAW}
    changed(monkeypatch, "redress-model", clocks=clocks)
    somebody.open(f"/dispute/{draft.pk}/")
    somebody.sees(say("The time is over"))
    somebody.open(late)
    somebody.reads(say("The time for this is over"))
    somebody.press(say("Continue"))
    somebody.is_told_what_is_wrong(say("Choose what kept you"))
    somebody.choose(say("I was ill"))
    why = say.pick(en="In hospital from November to February.", zh="十一月到二月住院。")
    somebody.fill(say("What happened"), why)
    somebody.press(say("Continue"))
    somebody.open(f"/dispute/{draft.pk}/check/")
    somebody.sees(why)
    somebody.press(say("Send the dispute"))
    case = Case.objects.get()
    somebody.open(f"/cases/{case.reference}/")
    somebody.sees(say("Filed after the last day"), why)

    desk = visit(language, name="34-late-caseworker", width=WIDTHS[language])
    desk.be(worker)
    desk.open(f"/casework/{case.reference}/")
    desk.press(say("Take this case"))
    desk.sees(say("This case was filed late. Decide first whether the excuse counts."))
    desk.press(say("The excuse counts: go on"))
    desk.sees(say("The excuse counts. The person has been told."))
    desk.follow(say("Write the decision"))
