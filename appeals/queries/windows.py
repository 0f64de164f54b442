"""Whether the time for filing is over: counted from what the service can prove, and nothing else.

A window that begins with the person's knowledge begins when they opened the last message about the entry. While
that one was not opened, or where a window begins with something that the service does not see, none is over.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from appeals.models import Case, DisputeDraft, LateFiling
from appeals.queries.exceptions import exceptions_declared
from appeals.sealed import unseal
from delivery import queries as messages
from law import procedures
from law.clocks import Due
from law.procedures import Procedure
from law.rules import Clock, Excuse
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

    def is_over(self, procedure: Procedure, at: datetime, received_on: date | None = None) -> bool:
        """Whether it had ended, by its latest reading, when the dispute was sent or its paper was received."""
        return self.due.latest < (received_on or procedure.local_date(at))


@dataclass(frozen=True)
class OpenExcuse:
    """Why a case was filed late, opened."""

    row: LateFiling
    words: str


def filing_window(
    procedure: Procedure, record_ids: Iterable[UUID], subject_ids: Collection[UUID], programme: str
) -> Window | None:
    """The window for disputing these entries together; None while there is none that could be proved."""
    rule = procedure.clock("file_by")
    if rule is None or not set(rule.starts) <= _KNOWLEDGE:
        return None
    told = [messages.last_told(subject_ids, record_id, _TOLD_BY) for record_id in set(record_ids)]
    read = [each.read_at for each in told if each and each.read_at]
    if not told or len(read) < len(told):
        return None
    known_on = procedure.local_date(max(read))
    exceptions = exceptions_declared(procedure.calendar, catalogue.programme(programme).holder.code)
    due = procedures.due_for(procedure, "file_by", known_on, exceptions=exceptions)
    return Window(rule, known_on, due, procedure.excuse_for("file_by"))


def excuse_of(case: Case) -> OpenExcuse | None:
    """Why a case was filed late, if it was."""
    row = LateFiling.objects.filter(case=case).first()
    return OpenExcuse(row, unseal(row.subject_id, row.sealed).get("words", "")) if row else None


def excuse_of_draft(draft: DisputeDraft) -> str:
    """What the person wrote so far on why it comes late."""
    return str(unseal(draft.subject_id, draft.sealed_late).get("words", ""))
