"""What a case is about and how it is answered. What is sealed is opened here alone, and logged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, ActorKind
from accounts.models import Role
from appeals import access, vault
from appeals.access import NotAllowed
from appeals.models import Case, CompletionRequest, Decision, Evidence, Item, ItemOutcome, Outcome, Remedy, RemedyState
from appeals.sealed import unseal
from audit import operations as audit
from law.procedures import Procedure
from law.rules import Thing
from records import queries as held
from records.content import Said
from records.queries import OpenVersion, SourceAnswer


@dataclass(frozen=True)
class OpenItem:
    """One item, opened: the person's words, what it should be, and the answer as far as there is one.

    `history`: for officials, all versions of its record, newest first, with what each said. `sent`: what the source
    has sent about the record since the dispute began. `statement`: what the person attached to the record.
    """

    row: Item
    words: str
    wanted: str
    as_disputed: Said | None
    answer: "OpenAnswer | None"
    history: Sequence[OpenVersion] = ()
    sent: Sequence[SourceAnswer] = ()
    statement: str = ""


@dataclass(frozen=True)
class OpenAnswer:
    """The answer to one item, opened. `field` and `value` for a correction."""

    outcome: str
    remedy: str
    reasons: str
    field: str
    value: Any


def remedies_open(procedure: Procedure, item: Item, outcome: str) -> tuple[str, ...]:
    """What may be done for an item with this outcome: by the ground, or by the rule on what cannot be verified."""
    kind: Thing = "measure" if item.measure_id else "record"
    if outcome == Outcome.UNVERIFIABLE:
        remedy = procedure.unverifiable_remedy(kind)
        return (remedy,) if remedy else ()
    if outcome == Outcome.REJECTED:
        return ()
    return procedure.remedies_for(item.ground, kind)


def open_items(case: Case, actor: Actor, *, at: datetime, purpose: str = "review") -> list[OpenItem]:
    """The items of a case with the person's words; for officials also with the history of each record.

    For staff, leaves the entry `case.opened` and one access a record. The person sees answers only once
    they are decided.
    """
    rows = list(case.items.select_related("record__source", "version__content", "measure", "answer").order_by("number"))
    if actor.kind is not ActorKind.STAFF:
        access.check_is_the_person(actor, case)
        said = held.open_for(actor, "own_file", [row.version for row in rows], at=at)
        return [_opened(row, said.get(row.version_id), show_answers=case.decided_at is not None) for row in rows]
    with transaction.atomic():
        _note_opening(case, actor, what="items", purpose=purpose, at=at)
        histories = held.open_histories(
            actor,
            purpose,
            {row.record_id for row in rows},
            at=at,
            reason=case.reference,
            case_id=case.pk,
            holder_id=case.holder_id,
        )
        sent = held.answers_during({row.record_id for row in rows}, since=case.filed_at, looked=actor)
        stated = held.statements_on({row.record_id for row in rows}, looked=actor)
    return [
        replace(
            _with_history(row, histories[row.record_id]),
            sent=sent[row.record_id],
            statement=stated[row.record_id].words if row.record_id in stated else "",
        )
        for row in rows
    ]


def evidence_of(case: Case) -> list[tuple[Evidence, str]]:
    """The files of a case with the names that the person gave them."""
    return [
        (each, unseal(each.subject_id, each.sealed_name).get("name", "")) for each in case.evidence.order_by("added_at")
    ]


def read_evidence(case: Case, evidence_id: UUID, actor: Actor, *, at: datetime) -> tuple[Evidence, str, bytes]:
    """One file: its row, name and bytes. Staff leave an entry. Raises `Evidence.DoesNotExist`."""
    row = case.evidence.get(pk=evidence_id)
    if actor.kind is ActorKind.STAFF:
        with transaction.atomic():
            _note_opening(case, actor, what=f"evidence:{row.pk}", purpose="review", at=at)
    name = unseal(row.subject_id, row.sealed_name).get("name", "")
    return row, name, vault.read(row.subject_id, row.pk)


def send_back_note(case: Case) -> str:
    """Why the draft was last sent back, for its drafter."""
    decision = getattr(case, "decision", None)
    return str(unseal(case.subject_id, decision.sealed_note).get("note", "")) if decision else ""


def completion_request(case: Case) -> tuple[CompletionRequest, str] | None:
    """What the person is asked to hand in now, with its words; None when nothing is."""
    row = case.completion_requests.filter(ended_at__isnull=True).first()
    return (row, str(unseal(case.subject_id, row.sealed).get("words", ""))) if row else None


def completion_answers(case: Case) -> list[tuple[CompletionRequest, str, str]]:
    """What was asked of the person so far and is over, with the words of both sides, oldest first."""
    rows = case.completion_requests.filter(ended_at__isnull=False).order_by("asked_at", "id")
    opened = [(row, unseal(case.subject_id, row.sealed), unseal(case.subject_id, row.sealed_answer)) for row in rows]
    return [(row, asked.get("words", ""), answer.get("words", "")) for row, asked, answer in opened]


def unfinished_answers(case: Case) -> Mapping[str, dict[str, Any]]:
    """Answers that were kept before they were complete: by item id, what stood in each box."""
    decision = getattr(case, "decision", None)
    sealed = decision.sealed_unfinished if decision else None
    answers: Mapping[str, dict[str, Any]] = unseal(case.subject_id, sealed).get("answers", {})
    return answers


def correction_of(answer: ItemOutcome) -> OpenAnswer:
    """An answer, opened for carrying it out."""
    said = unseal(answer.subject_id, answer.sealed)
    return OpenAnswer(answer.outcome, answer.remedy, said["reasons"], said["field"], said["value"])


def disputed_measures(case: Case) -> set[UUID]:
    """The measures that a case is about: those that it names, and all on the records that it names."""
    items = list(case.items.values_list("record_id", "measure_id"))
    on_records = held.measures_on(record_id for record_id, measure_id in items if measure_id is None)
    return {measure_id for _, measure_id in items if measure_id} | {measure.pk for measure in on_records}


def later_remedy_stands(remedy: Remedy) -> bool:
    """Whether something was done later to the same record, under any case, and not undone."""
    later = Q(done_at__gt=remedy.done_at) | Q(done_at=remedy.done_at, pk__gt=remedy.pk)
    return Remedy.objects.filter(later, item__record_id=remedy.item.record_id, state=RemedyState.DONE).exists()


def decision_digest(decision: Decision) -> str:
    """What the log commits to of a decision: outcome, remedy and a hash of the words, item by item."""
    lines = []
    for answer in decision.outcomes.select_related("item").order_by("item__number"):
        said = correction_of(answer)
        lines.append(f"{answer.item.number}|{said.outcome}|{said.remedy}|{said.field}|{said.value!r}|{said.reasons}")
    return sha256("\n".join(lines).encode()).hexdigest()


def _opened(row: Item, said: Said | None, *, show_answers: bool) -> OpenItem:
    words = unseal(row.subject_id, row.sealed)
    answer = getattr(row, "answer", None) if show_answers else None
    return OpenItem(row, words["words"], words["wanted"], said, correction_of(answer) if answer else None)


def _with_history(row: Item, history: Sequence[OpenVersion]) -> OpenItem:
    as_disputed = next(each.said for each in history if each.version.pk == row.version_id)
    return replace(_opened(row, as_disputed, show_answers=True), history=history)


def _note_opening(case: Case, actor: Actor, *, what: str, purpose: str, at: datetime) -> None:
    if actor.seat(Role.CASEWORKER, Role.SUPERVISOR, organisation_id=case.holder_id) is None:
        raise NotAllowed("no_seat", _("Only caseworkers of the office that decides this case take it."))
    audit.record(
        "case.opened",
        by=actor.signature(case.holder_id),
        at=at,
        subject_id=case.subject_id,
        case_id=case.pk,
        facts={"purpose": purpose, "what": what},
    )
