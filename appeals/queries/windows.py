"""The times that bind the person, for filing and for the next tier: counted from what the service can prove.

A window that begins with the person's knowledge begins when they opened the last message about the entry. While
that one was not opened, or where a window begins with something that the service does not see, none is over.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from accounts import files
from appeals import access
from appeals.models import Case, DisputeDraft, LateFiling
from appeals.queries.cases import procedure_of
from appeals.queries.deciders import office_of
from appeals.queries.due import last_review_day
from appeals.queries.exceptions import exceptions_declared, exceptions_of
from appeals.queries.screening import next_tier_of, screening_that_stands
from appeals.sealed import unseal
from appeals.workflow import ANSWERED
from delivery import queries as messages
from law import procedures
from law.clocks import Due, Entry
from law.clocks.terms import Term
from law.procedures import NoSuchClock, Procedure
from law.rules import Clock, Excuse, Tier
from records import catalogue

_KNOWLEDGE = frozenset({"known", "informed", "served"})
_TOLD_BY = ("record_added", "record_changed", "record_returned", "measure_imposed")


@dataclass(frozen=True)
class Window:
    """The time for filing under one procedure. `excuse`: what lets one file after it."""

    rule: Clock
    known_on: date
    due: Due
    excuse: Excuse | None

    def is_over(self, procedure: Procedure, at: datetime, given_on: date | None = None) -> bool:
        """Whether it had ended, by its latest reading, when the dispute was sent; `given_on`: the day of a paper."""
        return self.due.latest < (given_on or procedure.local_date(at))


@dataclass(frozen=True)
class Limit:
    """A time of the person's as its procedure has it, for whoever is told of it.

    `due` is None where nobody knows from when it counts, or where its words were not read: then none is over.
    """

    rule: Clock
    term: Term
    was_read: bool
    due: Due | None = None
    excuse: Excuse | None = None


@dataclass(frozen=True)
class Hindrance:
    """From which day to which day something kept the person from acting: `until` is the first free day."""

    since: date
    until: date


@dataclass(frozen=True)
class OpenExcuse:
    """Why a case was filed late, opened. `posted_on`: the day that is known since, by which it came in time."""

    row: LateFiling
    words: str
    hindered: Hindrance | None = None
    posted_on: date | None = None


def filing_window(
    procedure: Procedure,
    record_ids: Iterable[UUID],
    subject_ids: Collection[UUID],
    programme: str,
    *,
    known_by: datetime | None = None,
) -> Window | None:
    """The window for disputing these entries together; None while there is none that could be proved.

    `known_by`: what was opened later does not count, for a case that was filed then.
    """
    rule = procedure.clock("file_by")
    if rule is None or not set(rule.starts) <= _KNOWLEDGE:
        return None
    told = [messages.last_told(subject_ids, record_id, _TOLD_BY, by=known_by) for record_id in set(record_ids)]
    read = [each.read_at for each in told if each and each.read_at and (known_by is None or each.read_at <= known_by)]
    if not told or len(read) < len(told):
        return None
    known_on = procedure.local_date(max(read))
    exceptions = exceptions_declared(procedure.calendar, office_of(procedure, catalogue.programme(programme)).code)
    due = procedures.due_for(procedure, "file_by", known_on, exceptions=exceptions)
    return Window(rule, known_on, due, procedure.excuse_for("file_by"))


def filing_limit(
    procedure: Procedure, record_ids: Iterable[UUID], subject_ids: Collection[UUID], programme: str
) -> Limit | None:
    """The time for disputing these entries, also where it was not read or cannot be proved; None if there is none."""
    limit = _as_written(procedure, "file_by")
    if limit is None or not limit.was_read:
        return limit
    return _with_days(limit, filing_window(procedure, record_ids, subject_ids, programme))


def filing_limit_of(case: Case) -> Limit | None:
    """The same as it was for a case when it was filed."""
    procedure = procedure_of(case)
    limit = _as_written(procedure, "file_by")
    if limit is None or not limit.was_read:
        return limit
    record_ids = case.items.values_list("record_id", flat=True)
    own = files.members(case.subject_id)
    return _with_days(limit, filing_window(procedure, record_ids, own, case.programme, known_by=case.filed_at))


def tier_limit(case: Case, tier: Tier) -> Limit | None:
    """The time for going to a tier above; without days while the answer was not delivered. None if there is none."""
    procedure = procedure_of(case)
    name = f"review_file_by:{tier.id}"
    limit = _as_written(procedure, name)
    if limit is None or not limit.was_read or case.served_at is None:
        return limit
    if next(each for each in procedure.tiers[1:] if each.file_by) is tier:
        return replace(limit, due=last_review_day(case))  # it has a ledger, with what the person was told
    exceptions = exceptions_of(procedure.calendar, case.holder_id)
    served_on = procedure.local_date(case.served_at)
    return replace(limit, due=procedures.due_for(procedure, name, served_on, exceptions=exceptions))


def tier_after(case: Case) -> Tier | None:
    """Where the person can go who does not agree with the answer of a case; None while there is no answer."""
    if case.status not in ANSWERED:
        return None
    procedure = procedure_of(case)
    standing = screening_that_stands(case)
    if standing is None:
        return procedure.next_tier(procedure.tiers[0].id) if case.decided_at else None
    return next_tier_of(case, standing.rule) if standing.rule else None


def _as_written(procedure: Procedure, name: str) -> Limit | None:
    try:
        rule, term = procedure.timer(name, as_written=True)
    except NoSuchClock:
        return None
    return Limit(rule, term, procedure.clock(name) is not None)


def _with_days(limit: Limit, window: Window | None) -> Limit:
    return replace(limit, due=window.due, excuse=window.excuse) if window else limit


def excuse_of(case: Case) -> OpenExcuse | None:
    """Why a case was filed late, if it was."""
    row = LateFiling.objects.filter(case=case).first()
    if row is None:
        return None
    kept = unseal(row.subject_id, row.sealed_hindered)
    hindered = Hindrance(*(date.fromisoformat(kept[name]) for name in ("since", "until"))) if kept else None
    posted_on = None if row.accepted_at or access.excuse_is_open(case) else case.posted_on
    return OpenExcuse(row, unseal(row.subject_id, row.sealed).get("words", ""), hindered, posted_on)


def came_on(case: Case) -> date:
    """The day on which a case came, for the person's own time: of its filing; of its posting where that counts."""
    procedure = procedure_of(case)
    return procedure.day_given(case.received_on or procedure.local_date(case.filed_at), case.posted_on)


def counts_on(case: Case) -> Excuse | None:
    """The rule by which the window for filing stands still while something hinders the person, if there is one."""
    excuse = procedure_of(case).excuse_for("file_by")
    return excuse if excuse is not None and excuse.effect == "counts_on" else None


def counted_on(case: Case, late: LateFiling, hindered: Hindrance) -> Due:
    """The window of a case by that rule: it stands still from the day of the hindrance, and then runs on."""
    rule = counts_on(case)
    assert rule, "asked only where there is one"
    procedure = procedure_of(case)
    reason = late.reason or rule.reasons[0]
    ledger = [Entry("paused", hindered.since, reason=reason), Entry("resumed", hindered.until, reason=reason)]
    exceptions = exceptions_of(procedure.calendar, case.holder_id)
    return procedures.due_for(procedure, "file_by", late.known_on, ledger=ledger, exceptions=exceptions)


def excuse_of_draft(draft: DisputeDraft) -> str:
    """What the person wrote so far on why it comes late."""
    return str(unseal(draft.subject_id, draft.sealed_late).get("words", ""))
