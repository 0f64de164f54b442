"""A supervisor declares days: what is counted anew, who is told, and how the new days explain themselves."""

from datetime import date
from typing import Any

import pytest

from accounts.models import Role
from appeals import queries
from appeals.models import Case
from appeals.workflow import Status
from law import explain
from tests import factories
from tests.journeys import acts, cast
from tests.journeys.conftest import NOW, Visit
from tests.journeys.inspection import NARROW, WIDE
from tests.journeys.visitor import Visitor

WIDTHS = {"en": NARROW, "zh-hans": WIDE}


def declare(head: Visitor, on: date, *, is_worked: bool) -> None:
    """By the page, and then what the worker does."""
    say = head.say
    head.open("/casework/days/")
    head.fill(say("Calendar"), "CN")
    for label, number in ((say("Day"), on.day), (say("Month"), on.month), (say("Year"), on.year)):
        head.page.get_by_role("textbox", name=label, exact=True).fill(str(number))
    head.choose(say("A working day") if is_worked else say("A day off"))
    head.fill(say("Why, and where it was announced"), say.pick(en="A notice of the city.", zh="市政府通知。"))
    head.press(say("Declare the day"))
    head.sees(say("The day is declared. Open deadlines are counted anew."))
    acts.let_the_worker_work()


def says_how(visitor: Visitor, case: Case, clock: str, day: str) -> None:
    """The deadline on the page in front of somebody: its new day, and each line of how it was counted."""
    section: Any = visitor.page.locator(f"section[aria-labelledby=deadline-{clock}]")
    shown = " ".join(section.text_content().split())
    assert day in shown
    for step in queries.count(case, clock).steps:
        assert explain.render(step, visitor.say.language) in shown


@pytest.mark.soak  # a story of one part; the stories of the whole run in every test
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_days_that_a_supervisor_declares(language: str, visit: Visit) -> None:
    cast.register_sources()
    worker, head = (cast.official(role, "cn-spc", language).actor for role in (Role.CASEWORKER, Role.SUPERVISOR))
    person = factories.person(language=language)
    open_case = factories.case_at(
        Status.IN_REVIEW, person=person, caseworker=worker, items=[factories.item(factories.record_for(person))],
        language=language, at=NOW,
    )  # fmt: skip
    lost = factories.case_at(
        Status.SERVED, person=person, items=[factories.item(factories.record_for(person))],
        answers=[{"outcome": "rejected", "remedy": ""}], language=language, at=NOW,
    )  # fmt: skip

    office = visit(language, name="40-declared-days", width=WIDTHS[language])
    office.be(head)
    say = office.say
    # Ten working days after the 24th end on 8 December; without the 4th, on the 9th. Thirty days end on the 24th.
    declare(office, date(2026, 12, 4), is_worked=False)
    declare(office, date(2026, 12, 24), is_worked=False)
    # Fifteen working days after the 24th end on the 15th; without the 4th and with two Saturdays, on the 14th.
    declare(office, date(2026, 12, 5), is_worked=True)
    declare(office, date(2026, 12, 12), is_worked=True)
    office.open("/casework/days/")
    office.sees(say.pick(en="24 December 2026", zh="2026年12月24日"))

    somebody = visit(language, name="41-declared-person", width=WIDTHS[language])
    somebody.be(person)
    somebody.open("/messages/")
    somebody.sees(
        say("A measure stays stopped for longer"),
        say.pick(
            en="starts again on 9 December 2026, and not on 8 December 2026.",
            zh="将于2026年12月9日恢复，而不是2026年12月8日。",
        ),
        say("A day in your case has changed"),
        say.pick(en="the last day was 15 December 2026. It is now 14 December 2026.", zh="2026年12月14日"),
        say.pick(en="the last day was 24 December 2026. It is now 25 December 2026.", zh="2026年12月25日"),
    )
    somebody.open(f"/cases/{open_case.reference}/")
    says_how(somebody, open_case, "decide", say.pick(en="14 December 2026", zh="2026年12月14日"))
    somebody.open(f"/cases/{lost.reference}/")
    says_how(somebody, lost, "review_file_by", say.pick(en="25 December 2026", zh="2026年12月25日"))

    desk = visit(language, name="42-declared-desk", width=WIDTHS[language])
    desk.be(worker)
    desk.open(f"/casework/{open_case.reference}/")
    says_how(desk, open_case, "decide", say.pick(en="14 December 2026", zh="2026年12月14日"))
