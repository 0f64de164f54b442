"""What an open case does to the data: marks, and measures that stop and start again."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.actors import SERVICE, Actor
from audit import operations as audit
from delivery import operations as delivery
from records import queries
from records.models import Mark, MarkKind, Measure, MeasureState, Record
from records.operations.recipients import tell_recipients
from records.operations.source_changes import lock_records, settle_answers
from records.recipients import Told


@transaction.atomic
def mark_disputed(record_id: UUID, *, field: str, case_id: UUID, by: Actor, at: datetime) -> None:
    """Mark the record (or one field) as disputed. Marking twice changes nothing."""
    record = Record.objects.select_for_update(no_key=True).get(pk=record_id)
    key = {"record": record, "kind": MarkKind.DISPUTED, "field": field, "case_id": case_id}
    if Mark.objects.filter(**key, ended_at__isnull=True).exists():
        return
    Mark.objects.create(**key, subject_id=record.subject_id, placed_at=at)
    _log("record.marked", record.subject_id, record_id, by=by, at=at, case_id=case_id, mark=MarkKind.DISPUTED)
    tell_recipients([record_id], Told.MARKS_CHANGED, at=at, case_id=case_id)


@transaction.atomic
def end_marks(record_ids: Iterable[UUID], *, case_id: UUID, by: Actor, at: datetime, changed: bool = False) -> None:
    """End what this case marked on these records, and settle what their sources sent meanwhile.

    `changed`: the case changed them, so that the decision governs.
    """
    ids = lock_records(record_ids)  # a feed that brings something meanwhile waits, and then finds no mark
    open_ = Mark.objects.filter(record_id__in=ids, case_id=case_id, ended_at__isnull=True)
    marks = list(open_.select_for_update(no_key=True).order_by("pk"))
    for mark in marks:
        mark.ended_at = at
        mark.save(update_fields=["ended_at"])
        _log("record.unmarked", mark.subject_id, mark.record_id, by=by, at=at, case_id=case_id, mark=mark.kind)
    settle_answers(ids, made=not changed, case_id=case_id, by=by, at=at)
    if marks:
        tell_recipients({mark.record_id for mark in marks}, Told.MARKS_CHANGED, at=at, case_id=case_id)


@transaction.atomic
def suspend(measure_ids: Iterable[UUID], *, case_id: UUID, by: Actor, at: datetime) -> list[UUID]:
    """Suspend those of the measures that are in force; returns which. One under another case stays with that case.

    One whose last day has passed stops nothing any more, and nobody is told that it does.
    """
    suspended, records = [], set()
    for measure in _locked(measure_ids, MeasureState.IN_FORCE):
        if measure.to_on and measure.to_on < at.date():
            continue
        measure.state, measure.suspended_by_case = MeasureState.SUSPENDED, case_id
        measure.save(update_fields=["state", "suspended_by_case"])
        _log_measure("measure.suspended", measure, by=by, at=at, case_id=case_id)
        suspended.append(measure.pk)
        records.add(measure.record_id)
    if records:
        tell_recipients(records, Told.MEASURE_SUSPENDED, at=at, case_id=case_id)
    return suspended


@transaction.atomic
def set_resumption(
    *, case_id: UUID, on: date, by: Actor, at: datetime, keep: Iterable[UUID] = (), only: Iterable[UUID] | None = None
) -> list[Measure]:
    """Say from which day on the measures that this case suspended start again, except `keep` (or `only` these)."""
    suspended = Measure.objects.filter(suspended_by_case=case_id).exclude(pk__in=list(keep))
    chosen = suspended if only is None else suspended.filter(pk__in=list(only))
    measures = _locked_for(case_id, chosen)
    for measure in measures:
        measure.resumes_on = on
        measure.save(update_fields=["resumes_on"])
        _log_measure("measure.resumption_set", measure, by=by, at=at, case_id=case_id, effective_on=on.isoformat())
    return measures


@transaction.atomic
def unset_resumption(*, case_id: UUID, by: Actor, at: datetime) -> None:
    """The case goes on after all: what it suspended stays suspended, with no day set."""
    for measure in _locked_for(case_id, Measure.objects.filter(suspended_by_case=case_id)):
        if measure.resumes_on is None:
            continue
        measure.resumes_on = None
        measure.save(update_fields=["resumes_on"])
        _log_measure("measure.suspended", measure, by=by, at=at, case_id=case_id)


@transaction.atomic
def hand_over(measure_id: UUID, *, case_id: UUID, resumes_on: date | None, by: Actor, at: datetime) -> None:
    """Another case keeps this measure suspended from now on, until `resumes_on` or until that case says a day."""
    for measure in _locked([measure_id], MeasureState.SUSPENDED):
        measure.suspended_by_case, measure.resumes_on = case_id, resumes_on
        measure.save(update_fields=["suspended_by_case", "resumes_on"])
        _log_measure("measure.suspended", measure, by=by, at=at, case_id=case_id)


@transaction.atomic
def resume(measure_id: UUID, *, on: date, at: datetime) -> bool:
    """Start a suspended measure again if its day has come by `on`. False if there is nothing to do."""
    measure = next(iter(_locked([measure_id], MeasureState.SUSPENDED)), None)
    if measure is None or measure.resumes_on is None or measure.resumes_on > on:
        return False
    case_id = measure.suspended_by_case
    measure.state, measure.suspended_by_case, measure.resumes_on = MeasureState.IN_FORCE, None, None
    measure.save(update_fields=["state", "suspended_by_case", "resumes_on"])
    _log_measure("measure.resumed", measure, by=SERVICE, at=at, case_id=case_id)
    tell_recipients([measure.record_id], Told.MEASURE_RESUMED, at=at, case_id=case_id)
    delivery.tell_subject(
        measure.subject_id,
        "measure_resumed",
        at=at,
        mail=True,
        case_id=case_id,
        record_id=measure.record_id,
        measure_id=measure.pk,
        params={"measure": queries.measure_title(measure)},
    )
    return True


def lock_measures(measure_ids: Iterable[UUID]) -> list[Measure]:
    """These measures as they are, locked until the transaction ends, in one order so that no two block each other.

    Their records are locked first: a measure goes out with its record (Note [Given and changed at once]).
    """
    ids = list(measure_ids)
    lock_records(Measure.objects.filter(pk__in=ids).values_list("record_id", flat=True))
    return list(Measure.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))


def _locked_for(case_id: UUID, measures: QuerySet[Measure]) -> list[Measure]:
    """Those of these that the case has suspended still, once they are locked."""
    return [each for each in lock_measures(measures.values_list("pk", flat=True)) if each.suspended_by_case == case_id]


def _locked(measure_ids: Iterable[UUID], state: MeasureState) -> list[Measure]:
    """Those in this state. All are locked: else one in another state would change it unseen while we act."""
    return [measure for measure in lock_measures(measure_ids) if measure.state == state]


def _log(
    event: str,
    subject_id: UUID,
    record_id: UUID,
    *,
    by: Actor,
    at: datetime,
    case_id: UUID | None,
    **facts: str,
) -> None:
    audit.record(
        event,
        by=by.signature(),
        at=at,
        subject_id=subject_id,
        record_id=record_id,
        case_id=case_id,
        facts=facts,
    )


def _log_measure(event: str, measure: Measure, *, by: Actor, at: datetime, case_id: UUID | None, **facts: str) -> None:
    said = {"measure": f"{measure.type}:{measure.pk}", **facts}
    _log(event, measure.subject_id, measure.record_id, by=by, at=at, case_id=case_id, **said)
