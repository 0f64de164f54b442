"""The files of a calendar change: open deadlines are counted anew, once, and whoever is affected is told."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
import time_machine

from appeals import integrity, operations, queries, tasks
from appeals.models import Case, Clock, ClockState, CountedCalendar, Outcome
from appeals.workflow import Status
from audit.models import Entry
from delivery.models import Message
from law import calendars
from law.calendars import Calendar, DayException
from records.models import Measure
from tests import factories
from tests.factories import AT, case_at
from tests.threads import join, threads_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SATURDAY, FRIDAY = date(2026, 11, 14), date(2026, 11, 20)
MOVED = ("deadline_moved", "holder_told_moved", "measure_resumes_later")
REJECTED = [{"outcome": Outcome.REJECTED, "remedy": ""}]
Say = Callable[..., None]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    """Let the files of a calendar say something else: by day, whether it is worked; or from what is given."""
    genuine = calendars.calendar
    known: dict[str, Calendar] = {}

    def change(code: str = "CN", days: dict[date, bool] | None = None, **other: Any) -> None:
        found = genuine(code).excepting(DayException(on=on, is_worked=worked) for on, worked in (days or {}).items())
        known[code] = replace(found, _worked={}, **other)

    monkeypatch.setattr(calendars, "calendar", lambda code: known.get(code) or genuine(code))
    return change


def sweep(at: datetime = AT + DAY, times: int = 2) -> None:
    """As beat does: the first sweep counts, the next one finds that all is counted."""
    with time_machine.travel(at, tick=False):
        for _ in range(times):
            tasks.sweep()


def days(case: Case, name: str = "decide") -> date:
    return Clock.objects.get(case=case, name=name).due_latest


def told(case: Case, *kinds: str) -> list[str]:
    return list(Message.objects.filter(case_id=case.pk, kind__in=kinds or MOVED).values_list("kind", flat=True))


def notes() -> int:
    return Entry.objects.filter(event_type="calendar.counted_anew").count()


def counted(code: str = "CN") -> CountedCalendar:
    return CountedCalendar.objects.get(code=code)


@pytest.mark.django_db(transaction=True)  # the guard of the log looks when a transaction commits
def test_when_the_calendar_of_a_year_is_changed_open_deadlines_move_and_those_concerned_are_told_once(say: Say) -> None:
    case = case_at(Status.IN_REVIEW)
    sweep()
    say(days={SATURDAY: True})
    differs = [found.id for found in integrity.findings(AT + DAY) if found.code == "clock.differs_from_ledger"]
    assert differs == [str(case.pk)]
    sweep()
    case.refresh_from_db()
    assert days(case) == case.decide_by == FRIDAY
    assert sorted(told(case)) == ["deadline_moved", "holder_told_moved"]
    assert Message.objects.get(kind="deadline_moved").params["new"] == "2026-11-20"
    assert not [found for found in integrity.findings(AT + DAY) if found.code.startswith("clock")]
    assert (counted().digest, counted().towards, notes()) == (calendars.calendar("CN").digest, "", 1)
    sweep(AT + 2 * DAY)
    assert (len(told(case)), notes()) == (2, 1)


def test_a_database_that_remembers_nothing_yet_counts_nothing_anew(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    say(days={FRIDAY: False})
    case = case_at(Status.IN_REVIEW)
    say()
    monkeypatch.setattr(operations, "recount_case", lambda *_, **__: pytest.fail("nothing has changed"))
    sweep()
    assert not told(case)
    assert set(CountedCalendar.objects.values_list("code", flat=True)) == queries.calendars_in_use() >= {"CN", "US"}
    assert not Entry.objects.filter(event_type__in=("case.clock_recounted", "calendar.counted_anew")).exists()


def test_a_year_that_is_announced_as_it_was_expected_is_no_news_for_anybody(say: Say) -> None:
    say(announced=frozenset({2025}))
    case = case_at(Status.IN_REVIEW)
    sweep()
    assert case.due_is_provisional
    say()  # the official calendar replaces the expected one
    sweep()
    case.refresh_from_db()
    assert not case.due_is_provisional
    assert not Clock.objects.exclude(state=ClockState.DONE).filter(is_provisional=True).exists()
    assert not told(case)


def test_what_was_told_holds_against_a_day_off_and_a_window_of_the_person_moves(say: Say) -> None:
    waiting, served = case_at(Status.IN_REVIEW), case_at(Status.SERVED)
    factories.carry_out(served)
    before = days(waiting)
    sweep()
    say(days={FRIDAY: False, date(2026, 12, 2): False})
    sweep()
    assert (days(waiting), told(waiting)) == (before, [])
    assert days(served, "review_file_by") == date(2026, 12, 3)
    assert sorted(told(served)) == ["deadline_moved", "holder_told_moved"]
    # Both readings of the calendar agree with the ledger, so that nothing is left to find.
    assert not [found for found in integrity.findings(AT + DAY) if found.code.startswith("clock")]


def test_what_a_case_stopped_starts_again_later_and_the_person_is_told(say: Say) -> None:
    case = case_at(Status.SERVED, items=[], answers=REJECTED)
    sweep()
    say(days={date(2026, 11, 10): False})
    sweep()
    assert Measure.objects.get().resumes_on == date(2026, 11, 17)
    assert "measure_resumes_later" in told(case)


def test_nobody_is_told_about_a_case_that_is_over_or_that_counts_by_another_calendar(say: Say) -> None:
    over, elsewhere = case_at(Status.WITHDRAWN), us_case()
    sweep(AT + 40 * DAY)
    before = days(elsewhere)
    say(days={SATURDAY: True})
    sweep(AT + 40 * DAY)
    assert not told(over) + told(elsewhere)
    assert days(elsewhere) == before
    assert (counted().digest, notes()) == (calendars.calendar("CN").digest, 1)


def us_case() -> Case:
    person = factories.person()
    tradeline = factories.record_for(person, "us-credit-file", "tradeline", ())
    items = [factories.item(tradeline, ground="inaccurate", field="balance", wanted="0.00")]
    return case_at(
        Status.FILED, person=person, items=items, programme="us-credit-file", procedure="us-fcra-cra-dispute"
    )


# --- in pieces, after errors, and by two workers --------------------------------------------------


@pytest.fixture
def cases() -> list[Case]:
    """Three open cases, in the order in which they are counted."""
    return sorted((case_at(Status.FILED) for _ in range(3)), key=lambda case: case.pk)


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "cases_counted_by", partial(queries.cases_counted_by, limit=1))


def moved(cases: Sequence[Case]) -> list[bool]:
    return [days(case) == FRIDAY for case in cases]


@pytest.mark.usefixtures("one_at_a_time")
def test_a_sweep_goes_on_where_the_one_before_ended(say: Say, cases: list[Case]) -> None:
    sweep()
    say(days={SATURDAY: True})
    for done in range(1, 4):
        sweep(times=1)
        assert moved(cases) == [number < done for number in range(3)]
        assert counted().reached == cases[done - 1].pk
    sweep(times=1)
    assert (counted().towards, counted().reached, queries.calendars_to_recount()) == ("", None, [])


def test_a_case_that_cannot_be_counted_stops_no_other_and_is_tried_again(
    say: Say, cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep()
    say(days={SATURDAY: True})
    recount = operations.recount_case

    def fails(case_id: UUID, *, at: datetime) -> bool:
        if case_id == cases[1].pk:
            raise RuntimeError
        return recount(case_id, at=at)

    with monkeypatch.context() as broken:
        broken.setattr(operations, "recount_case", fails)
        sweep(times=4)
    assert moved(cases) == [True, False, True]
    assert (bool(queries.calendars_to_recount()), notes()) == (True, 0)
    sweep()
    sweep()
    assert moved(cases) == [True, True, True]
    assert (queries.calendars_to_recount(), notes()) == ([], 1)
    assert [len(told(case, "deadline_moved")) for case in cases] == [1, 1, 1]


@pytest.mark.usefixtures("one_at_a_time")
def test_files_that_change_on_the_way_are_counted_from_the_beginning(say: Say, cases: list[Case]) -> None:
    sweep()
    say(days={SATURDAY: True})
    sweep(times=1)
    say()  # as before: what was counted by the other files has to be counted back
    sweep(times=1)
    assert counted().reached == cases[0].pk
    sweep(times=3)
    assert (counted().digest, counted().towards) == (calendars.calendar("CN").digest, "")
    assert moved(cases) == [True, False, False]  # what was told the person holds


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_everybody_once(say: Say, cases: list[Case]) -> None:
    sweep()
    say(days={SATURDAY: True})
    barrier = Barrier(2)

    def work() -> None:
        barrier.wait()
        for _ in range(2):
            tasks.sweep()

    with time_machine.travel(AT + DAY, tick=False):
        threads, results = threads_of([work, work])
        for thread in threads:
            thread.start()
        join(threads)
    assert not [each for each in results if isinstance(each, Exception)]
    sweep()
    assert moved(cases) == [True, True, True]
    assert [len(told(case, "deadline_moved")) for case in cases] == [1, 1, 1]
    assert (queries.calendars_to_recount(), notes()) == ([], 1)


def test_a_worker_that_was_slower_changes_nothing(say: Say, cases: list[Case]) -> None:
    sweep()
    say(days={SATURDAY: True})
    slow = operations.begin_recount(counted().pk)
    assert slow
    ids = [case.pk for case in cases]
    sweep()
    operations.note_recounted(slow, ids[:1], has_failed=True, at=AT + DAY)
    assert (counted().towards, notes()) == ("", 1)
    assert operations.begin_recount(counted().pk) is None
