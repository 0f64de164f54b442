"""What officials do: take a case, draft an answer to every item, have a second person approve it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Role
from appeals import access, queries
from appeals.errors import DecisionIncomplete, DraftMoved
from appeals.models import Case, Decision, Item, ItemOutcome, Outcome, Remedy, RemedyKind
from appeals.operations import clocks, steps
from appeals.sealed import seal
from appeals.workflow import Action, IllegalStep, Status
from delivery import operations as delivery
from delivery.wake import wake
from law.procedures import Procedure
from records import operations as records
from records.values import says_something


@dataclass(frozen=True)
class Answer:
    """The answer to one item. `field` and `value` for a correction."""

    item_id: UUID
    outcome: str
    reasons: str
    remedy: str = ""
    field: str = ""
    value: object = None


@transaction.atomic
def take(case_id: UUID, *, by: Actor, at: datetime) -> Case:
    """Take a case out of the queue."""
    case = steps.locked(case_id)
    clocks.catch_up(case, at=at)
    steps.move(case, Action.TAKE, by=by, at=at, also={"caseworker_id": by.user_id})
    clocks.happened(case, "accepted", by=by, at=at)
    clocks.done(case, "taken", by=by, at=at)
    delivery.tell_subject(
        case.subject_id,
        "case_taken",
        at=at,
        mail=False,
        case_id=case.pk,
        params={"reference": case.reference},
    )
    return case


@transaction.atomic
def give_back(case_id: UUID, *, reason: str, by: Actor, at: datetime) -> Case:
    """Put a case back into the queue, saying why."""
    case = steps.locked(case_id)
    steps.move(case, Action.GIVE_BACK, by=by, at=at, reason=reason, also={"caseworker_id": None})
    return case


@transaction.atomic
def draft(case_id: UUID, answers: Sequence[Answer], *, by: Actor, at: datetime) -> Decision:
    """Write or rewrite the draft of the decision: every item with an outcome and reasons."""
    case = steps.locked(case_id)
    if case.status != Status.IN_REVIEW:
        raise IllegalStep(Status(case.status), Action.SUBMIT)
    access.check_can_decide(by, case)
    items = list(case.items.select_related("record").order_by("number"))
    _check_answers(queries.procedure_of(case), items, answers)
    decision, _made = Decision.objects.update_or_create(
        case=case,
        defaults={
            "subject_id": case.subject_id,
            "drafted_by_id": by.own_user,
            "drafted_at": at,
            "submitted_at": None,
            "sealed_unfinished": None,
        },
    )
    by_item = {answer.item_id: answer for answer in answers}
    for item in items:
        _write_answer(decision, item, by_item[item.pk])
    facts = {"state_after": _digest(decision)}
    steps.record(case, "case.draft_saved", by=by, at=at, facts=facts, role=Role.CASEWORKER)
    if any(answer.outcome != Outcome.REJECTED for answer in answers):
        clocks.happened(case, "found_wrong", by=by, at=at)
    return decision


@transaction.atomic
def keep_unfinished(case_id: UUID, filled_in: Mapping[str, Mapping[str, Any]], *, by: Actor, at: datetime) -> Decision:
    """Keep answers that are not complete, as they were filled in: by item id, what stands in each box.

    Nothing is decided by them: the draft is handed over or decided only after `draft` has taken complete ones.
    """
    case = steps.locked(case_id)
    if case.status != Status.IN_REVIEW:
        raise IllegalStep(Status(case.status), Action.SUBMIT)
    access.check_can_decide(by, case)
    decision, _made = Decision.objects.update_or_create(
        case=case,
        defaults={
            "subject_id": case.subject_id,
            "drafted_by_id": by.own_user,
            "drafted_at": at,
            "submitted_at": None,
            "sealed_unfinished": seal(case.subject_id, answers=filled_in),
        },
    )
    steps.record(case, "case.draft_saved", by=by, at=at, facts={"state_after": "unfinished"}, role=Role.CASEWORKER)
    return decision


@transaction.atomic
def submit(case_id: UUID, *, by: Actor, at: datetime) -> Case:
    """Hand the draft to a second person."""
    case = steps.locked(case_id)
    decision = _drafted(case)
    decision.submitted_at = at
    decision.save(update_fields=["submitted_at"])
    steps.move(case, Action.SUBMIT, by=by, at=at, facts={"state_after": _digest(decision)})
    return case


@transaction.atomic
def decide(case_id: UUID, *, by: Actor, at: datetime) -> Case:
    """Decide alone, where the procedure asks for no second person."""
    case = steps.locked(case_id)
    decision = _drafted(case)
    _conclude(case, decision, Action.DECIDE, by=by, at=at)
    return case


@transaction.atomic
def approve(case_id: UUID, *, seen: datetime, by: Actor, at: datetime) -> Case:
    """Approve the draft that was read: `seen` is when that draft was submitted."""
    case = steps.locked(case_id)
    decision = _drafted(case)
    access.check(by, Action.APPROVE, case)
    if decision.submitted_at != seen:
        raise DraftMoved
    decision.approved_by_id = by.user_id
    _conclude(case, decision, Action.APPROVE, by=by, at=at)
    return case


@transaction.atomic
def send_back(case_id: UUID, *, reason: str, by: Actor, at: datetime) -> Case:
    """Send the draft back to its drafter with reasons."""
    case = steps.locked(case_id)
    steps.move(case, Action.SEND_BACK, by=by, at=at, reason=reason)
    decision = case.decision
    decision.sealed_note = seal(case.subject_id, note=reason.strip())
    decision.submitted_at = None
    decision.save(update_fields=["sealed_note", "submitted_at"])
    return case


def _conclude(case: Case, decision: Decision, action: Action, *, by: Actor, at: datetime) -> None:
    """The decision is made: order the remedies, tell the person, wake who carries them out."""
    approver = str(decision.approved_by_id or "")
    facts = {"state_after": _digest(decision), "approved_by": "second_person" if approver else "one_person"}
    clocks.catch_up(case, at=at)
    steps.move(case, action, by=by, at=at, facts=facts, also={"decided_at": at})
    decision.decided_at = at
    decision.save(update_fields=["decided_at", "approved_by"])
    for answer in decision.outcomes.select_related("item").exclude(remedy=""):
        Remedy.objects.create(
            case=case, subject_id=case.subject_id, item=answer.item, kind=answer.remedy, ordered_at=at
        )
    clocks.happened(case, "completed", "decided", "sent", by=by, at=at)
    clocks.done(case, "decided", by=by, at=at)
    if not case.remedies.exists():
        clocks.done(case, "put_right", by=by, at=at)
    delivery.tell_subject(
        case.subject_id,
        "decision_ready",
        at=at,
        mail=True,
        case_id=case.pk,
        params={"reference": case.reference},
    )
    wake("appeals.tasks.sweep")


def _drafted(case: Case) -> Decision:
    """The complete draft of the case. Raises `DecisionIncomplete` when there is none."""
    decision = Decision.objects.select_for_update(no_key=True).filter(case=case).first()
    if decision is None or decision.sealed_unfinished or decision.outcomes.count() != case.items.count():
        raise DecisionIncomplete({})
    return decision


def _check_answers(procedure: Procedure, items: Sequence[Item], answers: Sequence[Answer]) -> None:
    by_item = {answer.item_id: answer for answer in answers}
    problems: dict[tuple[int, str], str] = {}
    for item in items:
        answer = by_item.get(item.pk)
        if answer is None or answer.outcome not in Outcome.values:
            problems[item.number, "outcome"] = _("Choose an outcome for this item.")
            continue
        if not says_something(answer.reasons):
            problems[item.number, "reasons"] = _("Give the reasons for this item.")
        if problem := _remedy_problem(procedure, item, answer):
            problems[item.number, problem[0]] = problem[1]
    if problems:
        raise DecisionIncomplete(problems)


def _remedy_problem(procedure: Procedure, item: Item, answer: Answer) -> tuple[str, str] | None:
    """What is wrong with the remedy of one answer: the form field and a sentence, or None."""
    if answer.outcome == Outcome.REJECTED:
        return ("remedy", _("An item that is rejected has no remedy.")) if answer.remedy else None
    if answer.remedy not in queries.remedies_open(procedure, item, answer.outcome):
        return "remedy", _("Choose what will be done.")
    if answer.remedy != RemedyKind.CORRECT:
        return None
    field = item.field or answer.field
    if not field:
        return "field", _("Choose the field that will be corrected.")
    try:
        records.check_correction(item.record, field, answer.value)
    except records.ValueRefused as error:
        return "value", str(error)
    return None


def _write_answer(decision: Decision, item: Item, answer: Answer) -> None:
    correction = answer.remedy == RemedyKind.CORRECT
    ItemOutcome.objects.update_or_create(
        item=item,
        defaults={
            "decision": decision,
            "case_id": item.case_id,
            "subject_id": item.subject_id,
            "outcome": answer.outcome,
            "remedy": answer.remedy,
            "sealed": seal(
                item.subject_id,
                reasons=answer.reasons.strip(),
                field=(item.field or answer.field) if correction else "",
                value=answer.value if correction else None,
            ),
        },
    )


def _digest(decision: Decision) -> str:
    """What the log commits to of a decision: outcome, remedy and a hash of the words, item by item."""
    return queries.decision_digest(decision)
