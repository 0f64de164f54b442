"""Explained due dates per second against a bare call of the `holidays` library for the same working-day count.

Ours: from the procedure file, with its ledger, to the day and its sentences. Theirs: the day alone. Both are
asked for the same terms and starts in turns, so that a change in the machine's speed falls on both, and both
must give the same days.
"""

import random
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta

import holidays

from benchmarks.figures import Figure
from law import explain, procedures
from law.clocks import Entry

ROUNDS, STARTS = 15, 400
# Clocks of working days in two countries, as (procedure, clock, days); the first day is left out in both.
CLOCKS = (
    ("cn-ndrc-credit-repair-2026", "accept", 3, "CN"),
    ("cn-ndrc-credit-repair-2026", "decide", 10, "CN"),
    ("us-privacy-act-amendment", "acknowledge", 10, "US"),
    ("us-privacy-act-amendment", "review_decide", 30, "US"),
)


def run() -> list[Figure]:
    """Measure. Takes some seconds; needs no database."""
    chance = random.Random(4)
    first = date(2026, 1, 5)
    starts = [first + timedelta(days=chance.randrange(300)) for _ in range(STARTS)]
    theirs, ours, ledger = [], [], []
    bare = {code: holidays.country_holidays(code, years=range(2025, 2029)) for code in ("CN", "US")}
    _check(starts, bare)
    for _ in range(ROUNDS):
        theirs.append(_timed(lambda start, clock: bare[clock[3]].get_nth_working_day(start, clock[2]), starts))
        ours.append(_timed(_explained, starts))
        ledger.append(_timed(_with_ledger, starts))
    count = STARTS * len(CLOCKS)
    quick, slow, full = (statistics.median(times) for times in (theirs, ours, ledger))
    return [
        Figure("due dates: explained, against a bare call of the calendar library, time", slow / quick, 3, "lower"),
        Figure("due dates: explained, a second", count / slow, None),
        Figure("due dates: with a pause and an extension in the ledger, explained, a second", count / full, None),
        Figure("due dates: bare calls of the calendar library, a second", count / quick, None),
    ]


def _explained(start: date, clock: tuple[str, str, int, str]) -> list[str]:
    due = procedures.due_for(procedures.procedure(clock[0]), clock[1], start)
    return [explain.render(step, "en") for step in due.steps]


def _with_ledger(start: date, clock: tuple[str, str, int, str]) -> list[str]:
    lines = [Entry("paused", start), Entry("resumed", start + timedelta(days=2)), Entry("extended", start)]
    due = procedures.due_for(procedures.procedure(clock[0]), clock[1], start, ledger=lines, as_written=True)
    return [explain.render(step, "en") for step in due.steps]


def _timed(work: Callable[[date, tuple[str, str, int, str]], object], starts: list[date]) -> float:
    begun = time.perf_counter()
    for start in starts:
        for clock in CLOCKS:
            work(start, clock)
    return time.perf_counter() - begun


def _check(starts: list[date], bare: dict[str, holidays.HolidayBase]) -> None:
    """Both count the same days, so that the two times can be compared."""
    for start in starts:
        for id, name, number, code in CLOCKS:
            mine = procedures.due_for(procedures.procedure(id), name, start).latest
            other = bare[code].get_nth_working_day(start, number)
            if mine != other:
                raise AssertionError(f"{id} {name} from {start}: {mine} here, {other} in the library")
