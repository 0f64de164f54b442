"""What happened in a case, who did it and who looked: read back from the log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from appeals.models import Case
from audit import queries as log
from audit.models import Entry

LOOKS = frozenset({"case.opened"})
HIDDEN = LOOKS | {
    "case.draft_saved",
    "record.opened",
    "case.clock_started",
    "case.clock_done",
    "case.deadline_near",
    "case.law_compared",
}  # of no use to those who follow what happened


@dataclass(frozen=True)
class TimelineEvent:
    """One line of a case's history: what happened, when; whose act follows from the event."""

    event: str
    at: datetime


@dataclass(frozen=True)
class Act:
    """One line of the log about a case, for officials: with who acted, and the facts that were kept.

    `role` is that of an official, with `number` and `user_id`; or `person`, `service`, `system`.
    """

    event: str
    at: datetime
    role: str
    number: int | None
    user_id: str
    facts: Mapping[str, object]


def timeline(case: Case) -> list[TimelineEvent]:
    """What happened in a case, oldest first; looks by staff are shown elsewhere."""
    return [
        TimelineEvent(entry.event_type, entry.recorded_at)
        for entry in log.entries_of_case(case.pk)
        if entry.event_type not in HIDDEN
    ]


def looks_at(case: Case) -> int:
    """How often staff opened what the person wrote or handed in."""
    return sum(entry.event_type in LOOKS for entry in log.entries_of_case(case.pk))


def acts_and_looks(case: Case) -> tuple[list[Act], list[Act]]:
    """What happened, oldest first; and who looked, newest first."""
    entries = log.entries_of_case(case.pk)
    acts = _opened(entry for entry in entries if entry.event_type not in HIDDEN)
    looks = _opened(entry for entry in entries if entry.event_type in LOOKS)
    return acts, looks[::-1]


def last_act(case: Case) -> Act:
    """The last step of a case, without what it did to the records; there is always one, its filing."""
    steps = [entry for entry in log.entries_of_case(case.pk) if entry.event_type.startswith("case.")]
    return _opened([entry for entry in steps if entry.event_type not in HIDDEN][-1:])[0]


def _opened(entries: Iterable[Entry]) -> list[Act]:
    found = list(entries)
    facts = log.opened(entry.entry_id for entry in found)
    return [_act(entry, facts.get(entry.entry_id, {})) for entry in found]


def _act(entry: Entry, facts: Mapping[str, object]) -> Act:
    role, number, user_id, *_ = f"{facts.get('actor', '')}::".split(":")
    is_official = number.isdigit()  # what follows "system:" is the id of a key
    return Act(
        event=entry.event_type,
        at=entry.recorded_at,
        role=role,
        number=int(number) if is_official else None,
        user_id=user_id if is_official else "",
        facts=facts,
    )
