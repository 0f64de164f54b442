"""The deadlines of a case: their ledgers, and the days that follow from them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from appeals.models import Case, Clock, ClockEntry, ClockState, EntryKind
from appeals.queries.cases import procedure_of
from appeals.queries.deciders import office_of
from appeals.queries.exceptions import exceptions_declared, exceptions_of
from appeals.sealed import unseal
from law import procedures
from law.clocks import Due, Entry, Extension, NotStarted, Pause
from law.clocks.ledger import Kind
from law.procedure import NoSuchClock, Procedure
from law.rules import Clock as Rule
from records import catalogue


@dataclass(frozen=True)
class Deadline:
    """One deadline for a page: where it stands, how its days were counted, and what may be done to it."""

    row: Clock
    rule: Rule
    due: Due
    extensions: Sequence[Extension]
    pauses: Sequence[Pause]
    # What makes it longer without anybody's word, once it happens.
    by_itself: Sequence[Extension] = ()

    @property
    def is_open(self) -> bool:
        """Whether what it waits for has not happened yet."""
        return self.row.state != ClockState.DONE


@dataclass(frozen=True)
class Change:
    """A pause or an extension in the ledger, with the words that the person was given."""

    entry: ClockEntry
    words: str


class Counting:
    """The ledgers of a case, read once: days are counted from them, also from lines that are not saved yet."""

    def __init__(self, case: Case) -> None:
        self._procedure = procedure_of(case)
        self._exceptions = exceptions_of(self._procedure.calendar, case.holder_id)
        self._ledgers: defaultdict[str, list[Entry]] = defaultdict(list)
        for row in current_entries(case).order_by("id"):
            self.add(row)

    def add(self, row: ClockEntry) -> ClockEntry:
        """Let one more line count; returns it."""
        self._ledgers[row.clock].append(_line(row, self._procedure))
        return row

    def ledger(self, name: str) -> Sequence[Entry]:
        """The lines of one clock, oldest first."""
        return self._ledgers.get(name, ())

    def due(self, name: str) -> Due | None:
        """The due date of a clock; None while it has not started. Raises `NoSuchClock`."""
        ledger = self.ledger(name)
        try:
            return procedures.due_for(self._procedure, name, None, ledger=ledger, exceptions=self._exceptions)
        except NotStarted:
            return None


def count(case: Case, name: str, more: Iterable[Entry] = ()) -> Due:
    """The due date of a clock from its ledger, as if `more` stood in it too. Raises `NoSuchClock`, `NotStarted`."""
    procedure = procedure_of(case)
    ledger = [*lines(case, procedure, name), *more]
    return procedures.due_for(
        procedure, name, None, ledger=ledger, exceptions=exceptions_of(procedure.calendar, case.holder_id)
    )


def not_before(procedure: Procedure, name: str, start: date, holder_id: UUID) -> date:
    """The day that something adverse waits for, once it counts from `start`. Raises `NoSuchClock`.

    A day off that the office declared makes it later; a day worked that only the office declared never makes it sooner.
    """
    exceptions = exceptions_of(procedure.calendar, holder_id)
    counted = [procedures.due_for(procedure, name, start, exceptions=each) for each in ((), exceptions)]
    return max(due.latest for due in counted)


def expected(procedure: Procedure, day: date, programme: str) -> Due:
    """When a case filed on `day` is answered, as far as that can be said before it runs. Raises `NoSuchClock`.

    Where it has to be taken on first, the last day counts from the end of the time for that: what is told before
    is then never too early a promise.
    """
    exceptions = exceptions_declared(procedure.calendar, office_of(procedure, catalogue.programme(programme)).code)
    found = procedures.due_for(procedure, "decide", day, exceptions=exceptions)
    rule = procedure.clock("decide")
    if rule is None or "accepted" not in rule.starts or procedure.clock("accept") is None:
        return found
    taken_on = procedures.due_for(procedure, "accept", day, exceptions=exceptions).latest
    last = procedures.due_for(procedure, "decide", taken_on, exceptions=exceptions)
    return replace(last, earliest=found.earliest, provisional=found.provisional or last.provisional)


def lines(case: Case, procedure: Procedure, name: str) -> list[Entry]:
    """The ledger of one clock as the engine reads it."""
    return [_line(row, procedure) for row in current_entries(case).filter(clock=name).order_by("id")]


def current_entries(case: Case) -> QuerySet[ClockEntry]:
    """The lines that count: all, or those since the case was last revived by something new."""
    renewed = ClockEntry.objects.filter(case=OuterRef("case"), kind=EntryKind.RENEWED, id__gte=OuterRef("id"))
    return case.clock_entries.filter(~Exists(renewed))


def deadlines(case: Case) -> list[Deadline]:
    """Every deadline of a case, in the order of the procedure file, counted anew."""
    procedure = procedure_of(case)
    rows = {row.name: row for row in case.clocks.all()}
    counting = Counting(case)
    found = []
    for name in procedure.clock_names():
        rule = procedure.clock(name)
        if name not in rows or rule is None:
            continue
        ledger = counting.ledger(name)
        due = counting.due(name)
        assert due, f"the clock {name} of {case.reference} has a row and no start"
        is_open = rows[name].state != ClockState.DONE
        used = [entry.reason for entry in ledger if entry.kind == "extended"]
        found.append(
            Deadline(
                row=rows[name],
                rule=rule,
                due=due,
                extensions=_extensions_left(rule, ledger, used) if is_open else (),
                pauses=rule.pauses if is_open else (),
                by_itself=_extensions_to_come(rule, ledger) if is_open else (),
            )
        )
    return found


def changes(case: Case) -> list[Change]:
    """What changed the deadlines of a case, oldest first, with the words that were given for each."""
    kinds = (EntryKind.PAUSED, EntryKind.RESUMED, EntryKind.EXTENDED, EntryKind.RENEWED)
    rows = case.clock_entries.filter(kind__in=kinds, by__isnull=False).order_by("id")
    return [Change(row, unseal(row.subject_id, row.sealed_words).get("words", "")) for row in rows]


def missed(case: Case) -> list[Clock]:
    """The deadlines of a case that ran out before what they wait for had happened."""
    return list(case.clocks.filter(missed_at__isnull=False).order_by("due_latest", "id"))


def clocks_to_look_at(at: datetime, limit: int = 500) -> list[int]:
    """Clocks for which the sweep has something to do, the most urgent first: wherever on earth their day has come."""
    today = (at + timedelta(hours=14)).date()
    ready = Q(next_try_at__isnull=True) | Q(next_try_at__lte=at)
    found = Clock.objects.filter(ready, look_on__lte=today).order_by("look_on", "id")
    return list(found.values_list("pk", flat=True)[:limit])


def heard(rule: Rule) -> frozenset[str]:
    """The events that a clock has to know of: what starts it, what makes it longer, what rules that out."""
    more = {event for extension in rule.extensions for event in (extension.trigger, *extension.blocked_if) if event}
    return frozenset({*rule.starts, *more})


def binds_refusals_only(name: str, rule: Rule | None) -> bool:
    """Whether a clock from the filing on only says how long a case may be turned away: who takes it up is not late."""
    return name == "notify_refusal" and rule is not None and "received" in rule.starts


def safe_day(case: Case, name: str) -> date | None:
    """The day by which a clock is kept under every reading of its rule; None if it does not run."""
    return case.clocks.filter(name=name).values_list("due_earliest", flat=True).first()


def _extensions_left(rule: Rule, ledger: Iterable[Entry], used: Sequence[str]) -> tuple[Extension, ...]:
    happened = {entry.event for entry in ledger}
    return tuple(
        extension
        for extension in rule.extensions
        if extension.trigger is None
        and used.count(extension.reason) < extension.at_most
        and not happened & set(extension.blocked_if)
    )


def _extensions_to_come(rule: Rule, ledger: Iterable[Entry]) -> tuple[Extension, ...]:
    happened = {entry.event for entry in ledger}
    return tuple(each for each in rule.extensions if each.trigger and not happened & {each.trigger, *each.blocked_if})


def _line(row: ClockEntry, procedure: Procedure) -> Entry:
    on = row.on or procedure.local_date(row.at)
    author = str(row.by_id or "")
    if row.kind == EntryKind.TOLD:
        return Entry("told", on, until=row.due_latest, earliest=row.due_earliest, at=row.at, author=author)
    # Lines of the first release named no event; they all were of filing.
    event = row.event or ("received" if row.kind == EntryKind.STARTED else "")
    return Entry(
        cast(Kind, row.kind),
        on,
        event=event,
        reason=row.reason,
        until=row.until,
        at=row.at,
        author=author,
    )


__all__ = ["Change", "Deadline", "NoSuchClock"]
