"""Waiting times: from which day on somebody may ask for something.

# Note [Waiting]
`delist_after` keeps back only those who concede what is held and ask for its end before its time: a repair, or
leaving a list. Whoever disputes denies it, and never waits; so which grounds wait follows from the requests under
which they are heard. A waiting time takes something from the person, so it holds only if its words were read
(law/evidence.py, Note [Evidence]), if it is known from which day it counts, and until its earliest reading. Where
its length depends on a class that is not known, the shortest counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from law import procedures
from law.calendars import DayException
from law.clocks import Due, Entry, NotStarted
from law.procedure import Procedure
from law.rules import Clock, RequestType
from law.rules.timing import Variant

CLOCK: Final = "delist_after"
CONCEDING: frozenset[RequestType] = frozenset({"repair", "delist"})


@dataclass(frozen=True)
class Wait:
    """A waiting time, counted for one thing. `due` is None where nobody knows the day from which it counts."""

    rule: Clock
    due: Due | None

    @property
    def was_read(self) -> bool:
        """Whether it may keep anybody back at all."""
        return self.rule.acts_against_person()

    @property
    def opens_on(self) -> date | None:
        """The first day on which one may ask: the earliest reading, because the wait binds the person."""
        return self.due.earliest if self.due else None

    def keeps_back(self, on: date) -> bool:
        """Whether one may not ask yet on that day."""
        return self.was_read and self.opens_on is not None and on < self.opens_on


def grounds_that_wait(procedure: Procedure) -> frozenset[str]:
    """The grounds by which one asks for a repair, or to leave a list; see Note [Waiting]."""
    return frozenset(rule.id for rule in procedure.grounds if CONCEDING.issuperset(procedure.requests_of(rule.id)))


def leans_on_calendar(procedure: Procedure) -> bool:
    """Whether a declared day off could move the day on which the wait is over."""
    clock = procedure.clocks.get(CLOCK)
    if clock is None:
        return False
    terms: tuple[Clock | Variant, ...] = (clock, *clock.variants.values())
    return any(each.roll == "next_working_day" or each.unit in ("day", "working_day", "business_day") for each in terms)


def wait_of(
    procedure: Procedure,
    kind: str,
    days: Mapping[str, date],
    exceptions: Iterable[DayException] = (),
) -> Wait | None:
    """The waiting time for something of a class `kind`, or None if the file has none.

    `days`: what is known of it, by event, such as `listed`. `exceptions`: the days that supervisors declared.
    """
    if CLOCK not in procedure.clocks:
        return None
    declared = tuple(exceptions)
    variants = procedure.clocks[CLOCK].variants
    names = [kind] if kind in variants else [None, *variants]
    found = [_counted(procedure, name, days, declared) for name in names]
    # What was neither read nor adopted says nothing, for or against, as long as something else does.
    found = [each for each in found if each.was_read or each.rule.acts_for_person()] or found
    return min(found, key=_place)


def _counted(
    procedure: Procedure, variant: str | None, days: Mapping[str, date], exceptions: tuple[DayException, ...]
) -> Wait:
    rule = procedure.timer(CLOCK, variant, as_written=True).clock
    ledger = [Entry("happened", days[event], event=event) for event in rule.starts if event in days]
    if len(ledger) < len(rule.starts):  # of several days the last one counts, so all have to be known
        return Wait(rule, None)
    try:
        due = procedures.due_for(
            procedure, CLOCK, None, variant=variant, ledger=ledger, exceptions=exceptions, as_written=True
        )
    except NotStarted:
        return Wait(rule, None)
    return Wait(rule, due)


def _place(wait: Wait) -> tuple[bool, date]:
    """The milder first: one whose day nobody knows keeps nobody back."""
    return (wait.opens_on is not None, wait.opens_on or date.max)
