from appeals.models.case import AnswerBy, Case, Item, Standing
from appeals.models.clock import CalendarException, Clock, ClockEntry, ClockState, CountedCalendar, EntryKind
from appeals.models.completion import CompletionRequest
from appeals.models.decision import Decision, ItemOutcome, Outcome, Remedy, RemedyKind, RemedyState, RemedyTry
from appeals.models.draft import DisputeDraft, DraftEvidence, DraftItem
from appeals.models.erasure import Erasure, ErasureState
from appeals.models.evidence import Evidence
from appeals.models.late import LateFiling
from appeals.models.screening import Screening

__all__ = [
    "AnswerBy",
    "CalendarException",
    "Case",
    "Clock",
    "ClockEntry",
    "ClockState",
    "CompletionRequest",
    "CountedCalendar",
    "Decision",
    "DisputeDraft",
    "DraftEvidence",
    "DraftItem",
    "EntryKind",
    "Erasure",
    "ErasureState",
    "Evidence",
    "Item",
    "ItemOutcome",
    "LateFiling",
    "Outcome",
    "Remedy",
    "RemedyKind",
    "RemedyState",
    "RemedyTry",
    "Screening",
    "Standing",
]
