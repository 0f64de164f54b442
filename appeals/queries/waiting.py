"""From which day on somebody may ask for a repair, or to leave a list: the law's waiting times, for one entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from appeals.errors import StillWaiting
from appeals.queries.exceptions import exceptions_declared
from law import waiting
from law.procedures import Procedure
from law.rules import Thing
from law.waiting import Wait
from records import keeping
from records.presentation import reader
from records.queries import Held


@dataclass(frozen=True)
class Waiting:
    """A procedure with a waiting time, for one thing. `grounds`: those that wait, as they are offered for it."""

    procedure: Procedure
    wait: Wait
    grounds: frozenset[str]
    is_whole: bool  # nothing can be asked under it that does not wait
    today: date

    @property
    def keeps_back(self) -> bool:
        """Whether one may not ask yet."""
        return self.wait.keeps_back(self.today)


@dataclass(frozen=True)
class Offer:
    """Under which procedures somebody can file now, and which of the others open later, by the law's waiting times."""

    now: Sequence[Procedure]
    later: Sequence[Waiting]


def waiting_for(procedure: Procedure, entry: Held, thing: Thing, at: datetime) -> Waiting | None:
    """The waiting time of a procedure for this entry or a measure on it; None if it has none for that."""
    offered = {ground.id for ground in procedure.grounds_for(thing)}
    grounds = offered & waiting.grounds_that_wait(procedure)
    if not grounds:
        return None
    declared = waiting.leans_on_calendar(procedure)
    exceptions = exceptions_declared(procedure.calendar, entry.programme.holder.code) if declared else ()
    wait = waiting.wait_of(procedure, entry.type.severity, keeping.days_of(entry), exceptions)
    if wait is None:
        return None
    return Waiting(procedure, wait, frozenset(grounds), grounds == offered, procedure.local_date(at))


def grounds_now(procedure: Procedure, entry: Held, thing: Thing, at: datetime) -> list[str]:
    """The grounds on which one may file now, in the order of the file."""
    found = waiting_for(procedure, entry, thing, at)
    held_back = found.grounds if found and found.keeps_back else frozenset()
    return [ground.id for ground in procedure.grounds_for(thing) if ground.id not in held_back]


def offer(procedures: Sequence[Procedure], things: Sequence[tuple[Held, UUID | None]], at: datetime) -> Offer:
    """These procedures, by whether everything in `things` (an entry, a measure on it) can be filed under them now."""
    now, later = [], []
    for procedure in procedures:
        found = [waiting_for(procedure, entry, thing_of(measure_id), at) for entry, measure_id in things]
        back = [each for each in found if each and each.is_whole and each.keeps_back]
        if back:
            later.append(max(back, key=lambda each: each.wait.opens_on or date.min))
        else:
            now.append(procedure)
    return Offer(now, later)


def check_open_now(offered: Offer, procedure_id: str = "") -> None:
    """Raise `StillWaiting` where this procedure, or every one, opens only later."""
    later = [each for each in offered.later if procedure_id in ("", each.procedure.id)]
    if not later or (not procedure_id and offered.now):
        return
    first = min(later, key=lambda each: each.wait.opens_on or date.min)
    assert first.wait.opens_on
    raise StillWaiting(first.procedure.title.in_language(reader()), first.wait.opens_on)


def thing_of(measure_id: UUID | None) -> Thing:
    """What the law asks of it: `record` (or a field of one) or `measure`."""
    return "measure" if measure_id else "record"
