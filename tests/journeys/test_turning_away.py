"""Somebody asks the same again: two people turn it away with reasons, and a new paper brings it back."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import Role
from appeals.models import Outcome
from appeals.workflow import Status
from tests import factories
from tests.journeys import cast
from tests.journeys.conftest import NOW, Visit
from tests.journeys.inspection import NARROW, WIDE

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
    made = {"person": person, "caseworker": worker, "items": items, "language": language, "at": NOW}
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
    somebody.open(f"/cases/{case.reference}/something-new/")
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
