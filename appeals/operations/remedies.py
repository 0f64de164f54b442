"""Carrying out what was decided: each remedy exactly once, whatever crashes, and undoable."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.actors import SERVICE, Actor
from appeals import access, queries
from appeals.errors import LaterRemedyStands, ReasonMissing, TooLate
from appeals.models import Case, Remedy, RemedyKind, RemedyState, RemedyTry
from appeals.operations import clocks, resumption, steps
from appeals.workflow import FINAL
from delivery import operations as delivery
from records import operations as records
from records import queries as held
from records.values import says_something

_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))  # after each failed try


@transaction.atomic
def carry_out(remedy_id: UUID, *, at: datetime) -> bool:
    """Do what one remedy says, with its mark and notices, in one transaction. False if it was done already."""
    remedy = _locked(remedy_id)
    if remedy.state != RemedyState.WAITING:
        return False
    case, item = remedy.case, remedy.item
    before = _DO[RemedyKind(remedy.kind)](remedy, at)
    remedy.state, remedy.done_at = RemedyState.DONE, at
    remedy.before = dict(before)
    remedy.save(update_fields=["state", "done_at", "before"])
    records.end_marks([item.record_id], case_id=case.pk, by=SERVICE, at=at, changed=True)
    _record(remedy, "case.remedy_done", by=SERVICE, at=at)
    _tell(remedy, "remedy_done", "source_told_remedy", at=at)
    resumption.resume_after_remedy(case, item.record_id, at=at)
    if not case.remedies.filter(state=RemedyState.WAITING).exists():
        clocks.done(case, "put_right", by=SERVICE, at=at)
    return True


@transaction.atomic
def put_off_remedy(remedy_id: UUID, *, at: datetime) -> None:
    """A try to carry it out failed: try again later, and later each time. Its case's log says nothing of that."""
    remedy = Remedy.objects.select_for_update(no_key=True).get(pk=remedy_id)
    failed, _ = RemedyTry.objects.get_or_create(
        remedy=remedy, defaults={"subject_id": remedy.subject_id, "next_try_at": at}
    )
    failed.next_try_at = at + _WAITS[min(failed.tries, len(_WAITS) - 1)]
    failed.tries += 1
    failed.save(update_fields=["tries", "next_try_at"])


@transaction.atomic
def undo_remedy(remedy_id: UUID, *, reason: str, by: Actor, at: datetime) -> None:
    """Take a remedy back, by a supervisor who neither drafted nor approved, with a reason; the person is told.

    The last one first: what a later remedy did to the record rests on what this one had done.
    """
    was_done = _lock_suspending_cases(remedy_id)
    remedy = _locked(remedy_id)
    access.check_can_undo(by, remedy.case)
    if not says_something(reason):
        raise ReasonMissing
    if not was_done or remedy.state != RemedyState.DONE:
        return
    if remedy.case.status in FINAL:
        raise TooLate
    if queries.later_remedy_stands(remedy):
        raise LaterRemedyStands
    try:
        records.undo(remedy.before, case_id=remedy.case_id, by=by, at=at)
    except records.NothingLeft:
        raise TooLate from None
    remedy.state, remedy.undone_at = RemedyState.UNDONE, at
    remedy.save(update_fields=["state", "undone_at"])
    _record(remedy, "case.remedy_undone", by=by, at=at, justification=reason.strip())
    _tell(remedy, "remedy_undone", "source_told_remedy", at=at, mail=True)
    resumption.resume_after_undo([UUID(each) for each in remedy.before.get("measures", {})], by=by, at=at)


def _lock_suspending_cases(remedy_id: UUID) -> bool:
    """Lock the cases that decide when the measures of a remedy start again, together with its own, in one order.

    Which these are is known once it was carried out; returns whether it was.
    """
    own, state, before = Remedy.objects.values_list("case_id", "state", "before").get(pk=remedy_id)
    others = {each["suspended_by_case"] for each in before.get("measures", {}).values()} - {None}
    list(Case.objects.select_for_update(no_key=True).filter(pk__in={own, *others}).order_by("pk"))
    return bool(state == RemedyState.DONE)


def _correct(remedy: Remedy, at: datetime) -> records.Before:
    said = queries.correction_of(remedy.item.answer)
    return records.correct(remedy.item.record_id, said.field, said.value, case_id=remedy.case_id, by=SERVICE, at=at)


def _delete(remedy: Remedy, at: datetime) -> records.Before:
    return records.delete(remedy.item.record_id, case_id=remedy.case_id, by=SERVICE, at=at)


def _detach(remedy: Remedy, at: datetime) -> records.Before:
    return records.detach(remedy.item.record_id, case_id=remedy.case_id, by=SERVICE, at=at)


def _lift(remedy: Remedy, at: datetime) -> records.Before:
    assert remedy.item.measure_id
    return records.lift(remedy.item.measure_id, case_id=remedy.case_id, by=SERVICE, at=at)


_DO: dict[RemedyKind, Callable[[Remedy, datetime], records.Before]] = {
    RemedyKind.CORRECT: _correct,
    RemedyKind.DELETE: _delete,
    RemedyKind.DETACH: _detach,
    RemedyKind.LIFT: _lift,
}


def _locked(remedy_id: UUID) -> Remedy:
    """The remedy, after its case: cases are always locked first."""
    steps.locked(Remedy.objects.values_list("case_id", flat=True).get(pk=remedy_id))
    return (
        Remedy.objects.select_for_update(no_key=True, of=("self",))
        .select_related("case", "item__answer", "item__record")
        .get(pk=remedy_id)
    )


def _record(remedy: Remedy, event: str, *, by: Actor, at: datetime, **said: str) -> None:
    facts = {"remedy": f"{remedy.kind}:{remedy.pk}", "state_after": remedy.state, **said}
    steps.record(remedy.case, event, by=by, at=at, record_id=remedy.item.record_id, facts=facts)


def _tell(remedy: Remedy, to_person: str, to_source: str, *, at: datetime, mail: bool = False) -> None:
    record = remedy.item.record
    params = {"reference": remedy.case.reference, "type": held.record_title(record), "remedy": remedy.kind}
    delivery.tell_subject(
        remedy.subject_id,
        to_person,
        at=at,
        mail=mail,
        case_id=remedy.case_id,
        record_id=record.pk,
        params=params,
    )
    delivery.tell_organisation(
        record.source_id,
        to_source,
        at=at,
        case_id=remedy.case_id,
        record_id=record.pk,
        params={
            "source_ref": record.source_ref,
            "type": params["type"],
            "remedy": remedy.kind,
            "state": remedy.state,
        },
    )
