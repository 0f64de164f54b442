"""Whether cases are what the log left: decisions, remedies, evidence. `manage.py audit_verify` runs these."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from appeals import integrity, queries
from appeals.models import Decision, Evidence, Remedy, RemedyState, Screening
from appeals.sealed import Erased, NotAuthentic, unseal
from audit import queries as log
from audit.integrity import Check
from audit.models import Entry
from records import against_log as records

_DRAFTED = ("case.draft_saved", "case.submitted", "case.decided")
_TURNED_AWAY = ("case.screening_proposed", "case.screened_out")
_DONE = ("case.remedy_done", "case.remedy_undone")


def _decision_differs(_at: datetime) -> Iterable[object]:
    """Cases whose decision, or draft of one, says something else than was logged."""
    for decision in Decision.objects.order_by("pk").iterator(chunk_size=500):
        said = _last(decision.case_id, _DRAFTED, "state_after")
        try:
            if said not in (None, "unfinished") and queries.decision_digest(decision) != said:
                yield decision.case_id
        except NotAuthentic:
            yield decision.case_id
        except Erased:
            continue


def _screening_differs(_at: datetime) -> Iterable[object]:
    """Cases that were turned away, or were to be, for other reasons than were logged."""
    for case_id in Screening.objects.order_by("case_id").values_list("case_id", flat=True).distinct().iterator():
        logged = [facts.get("justification") for facts in _facts(case_id, _TURNED_AWAY)]
        rows = list(Screening.objects.filter(case_id=case_id).order_by("proposed_at", "pk"))
        try:
            stand = [unseal(row.subject_id, row.sealed)["reasons"] for row in rows]
        except NotAuthentic:
            yield case_id
        except Erased:
            continue
        else:
            if stand != logged and _can_be_opened(case_id):
                yield case_id


def _remedy_differs(_at: datetime) -> Iterable[object]:
    """Remedies that are done or undone, and of which the log says something else."""
    for remedy in Remedy.objects.exclude(state=RemedyState.WAITING).order_by("pk").iterator(chunk_size=500):
        for facts in _facts(remedy.case_id, _DONE)[::-1]:
            if facts.get("remedy") == f"{remedy.kind}:{remedy.pk}":
                if facts.get("state_after") != remedy.state:
                    yield remedy.pk
                break
        else:
            if _can_be_opened(remedy.case_id):
                yield remedy.pk


def _evidence_differs(_at: datetime) -> Iterable[object]:
    """Evidence that is not what was handed in, or of which the log knows nothing."""
    for evidence in Evidence.objects.order_by("pk").iterator(chunk_size=500):
        logged = {facts.get("document_sha256") for facts in _facts(evidence.case_id, ["case.evidence_added"])}
        if bytes(evidence.digest).hex() not in logged and _can_be_opened(evidence.case_id):
            yield evidence.pk


def _last(case_id: UUID, events: Sequence[str], fact: str) -> object:
    """What the last of these events of the case says; None if there is none that can be opened."""
    found = _facts(case_id, events)
    return found[-1].get(fact) if found else None


def _facts(case_id: UUID, events: Sequence[str]) -> list[Mapping[str, object]]:
    """The facts of these events of the case, oldest first."""
    entries = Entry.objects.filter(case_id=case_id, event_type__in=events).order_by("entry_id")
    ids = [entry.entry_id for entry in entries]
    opened = log.opened(ids)
    return [opened.get(entry_id, {}) for entry_id in ids]


def _can_be_opened(case_id: UUID) -> bool:
    """Whether the facts about this case's person can be opened: not after an erasure."""
    return any("subject" in facts for facts in _facts(case_id, ["case.filed"]))


def checks(*, full: bool) -> dict[str, Check]:
    """The comparisons by code; `full`: those too that open every value."""
    slow = {"record.content_differs"}
    every = {**records.CHECKS, **CHECKS}
    return {code: check for code, check in every.items() if full or code not in slow}


CHECKS: Mapping[str, Check] = {
    "case.status_differs_from_log": integrity.CHECKS["case.status_differs_from_log"],
    "case.decision_differs": _decision_differs,
    "case.screening_differs": _screening_differs,
    "remedy.differs_from_log": _remedy_differs,
    "evidence.differs_from_log": _evidence_differs,
}
