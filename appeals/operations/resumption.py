"""When what a case stopped starts again: never while another case holds it, and after a day that was told.

# Note [Days of resumption]
The day that was told, and the day from which it was counted, are a line of the case's ledger, under the name of the
rule that gives the days. So a day that a supervisor declares off later moves it, and a day that was told never comes
nearer: a line is only added with a later one.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from accounts.actors import SERVICE, Actor
from appeals import queries
from appeals.models import Case, ClockEntry, EntryKind, RemedyState
from appeals.operations import steps
from appeals.queries import RESUMPTION
from appeals.workflow import DELIVERED, Status
from delivery import operations as delivery
from law.procedures import NoSuchClock
from records import operations as records
from records import queries as held

if TYPE_CHECKING:
    from records.models import Measure

# In these it is settled that what the case stopped starts again, but for what a remedy ends.
_SETTLED = DELIVERED | {Status.WITHDRAWING, Status.WITHDRAWN, Status.CLOSED}


def first_day(case: Case, at: datetime) -> date | None:
    """The first day on which something may start again after the person was told at `at`; None for never."""
    procedure = queries.procedure_of(case)
    try:
        return queries.not_before(procedure, RESUMPTION, procedure.local_date(at), case.holder_id)
    except NoSuchClock:
        return None


def settle(
    case: Case,
    day: date,
    *,
    by: Actor,
    at: datetime,
    start: date | None = None,
    keep: Iterable[UUID] = (),
    only: Iterable[UUID] | None = None,
) -> "list[Measure]":
    """Let what a case stopped start again on `day`, except `keep` (or `only` these). See Note [Days of resumption].

    `start`: the day from which it was counted, if not that of `at`. The caller holds the case locked, and tells the
    person.
    """
    ClockEntry.objects.create(
        case=case,
        subject_id=case.subject_id,
        clock=RESUMPTION,
        kind=EntryKind.TOLD,
        on=start or queries.procedure_of(case).local_date(at),
        due_earliest=day,
        due_latest=day,
        by_id=by.user_id,
        at=at,
    )
    return records.set_resumption(case_id=case.pk, on=day, by=by, at=at, keep=keep, only=only)


@transaction.atomic
def recount(case_id: UUID, *, at: datetime) -> bool:
    """Count anew when what a case stopped starts again, after its calendar changed; whether anything waits longer now.

    The person is told the later day. Nothing ever comes earlier than was told.
    """
    case = steps.locked(case_id)
    days: dict[date, list[UUID]] = {}
    records.lock_measures(measure.pk for measure in held.measures_suspended_by(case.pk))  # of all days, in one order
    for measure in held.measures_suspended_by(case.pk):
        if measure.resumes_on:
            days.setdefault(measure.resumes_on, []).append(measure.pk)
    if case.status == Status.WITHDRAWING and case.withdrawal_effective_on:
        days.setdefault(case.withdrawal_effective_on, [])
    moved = [_put_off(case, old, only, at=at) for old, only in sorted(days.items())]
    return any(moved)


def _put_off(case: Case, old: date, only: Iterable[UUID], *, at: datetime) -> bool:
    new = queries.resumes_not_before(case, old)
    if new == old:
        return False
    is_withdrawal = case.status == Status.WITHDRAWING and case.withdrawal_effective_on == old
    moved = settle(case, new, by=SERVICE, at=at, start=queries.resumption_counted_from(case, old), only=only)
    steps.record(case, "case.clock_recounted", by=SERVICE, at=at, facts={"clock": RESUMPTION, "due": f"{new}/{new}"})
    days = {"old": old.isoformat(), "new": new.isoformat()}
    if is_withdrawal:
        case.withdrawal_effective_on = new
        case.save(update_fields=["withdrawal_effective_on"])
        params = {"reference": case.reference, **days}
        delivery.tell_subject(case.subject_id, "withdrawal_later", at=at, mail=True, case_id=case.pk, params=params)
    for measure in moved:
        delivery.tell_subject(
            case.subject_id,
            "measure_resumes_later",
            at=at,
            mail=not is_withdrawal,  # one mail is enough
            case_id=case.pk,
            record_id=measure.record_id,
            measure_id=measure.pk,
            params={"measure": held.measure_title(measure), **days},
        )
    return True


@transaction.atomic
def resume(measure_id: UUID, *, on: date, at: datetime) -> bool:
    """Start a measure again whose day has come by `on`; while another case holds it, leave it to that one."""
    (measure,) = held.measures([measure_id])
    holding = queries.cases_that_hold(measure)
    for case in holding:
        day = _let_go_on(steps.locked(case.pk), measure.record_id)
        if day is None or day > on:
            records.hand_over(measure_id, case_id=case.pk, resumes_on=day, by=SERVICE, at=at)
            return False
    records.lock_measures([measure_id])  # who files about it waits here; who has filed meanwhile is seen
    if set(queries.cases_that_hold(measure)) - set(holding):
        return False  # the next sweep asks that case, too: cases are locked before measures
    if queries.may_not_resume_yet(measure, on):
        return False  # its calendar has changed; `recount` tells the person the new day
    return records.resume(measure_id, on=on, at=at)


def resume_after_undo(measure_ids: Iterable[UUID], *, by: Actor, at: datetime) -> None:
    """Give measures that an undone remedy brought back a day to start again, if their case is settled; tell the person.

    Their cases are locked by the caller.
    """
    for case, measures in queries.suspending_cases(measure_ids).items():
        day = first_day(case, at) if case.status in _SETTLED else None
        if day is None:
            continue
        only = [measure.pk for measure in measures]
        tell(case, settle(case, day, by=by, at=at, only=only), on=day, at=at, mail=True)


def resume_after_remedy(case: Case, record_id: UUID, *, at: datetime) -> None:
    """Give measures that waited for a remedy, and were not ended by it, a day to start again; tell the person.

    The case is locked by the caller. Another case may have handed them over while the remedy waited.
    """
    day = first_day(case, at)
    if case.status not in _SETTLED or day is None or _still_to_be_put_right(case, record_id):
        return
    found = held.measures_on([record_id])
    waiting = [each.pk for each in found if each.suspended_by_case == case.pk and each.resumes_on is None]
    if waiting:
        measures = settle(case, day, by=SERVICE, at=at, only=waiting)
        tell(case, measures, on=day, at=at, mail=True)


def tell(case: Case, measures: "Iterable[Measure]", *, on: date, at: datetime, mail: bool) -> None:
    """Tell the person from which day on these measures apply again."""
    for measure in measures:
        delivery.tell_subject(
            case.subject_id,
            "measure_resumes",
            at=at,
            mail=mail,
            case_id=case.pk,
            record_id=measure.record_id,
            measure_id=measure.pk,
            params={"measure": held.measure_title(measure), "on": on.isoformat()},
        )


def _let_go_on(case: Case, record_id: UUID) -> date | None:
    """From which day on a case lets a measure on this record start again; None while that is not settled."""
    if case.status == Status.WITHDRAWING:
        return case.withdrawal_effective_on
    if case.status not in _SETTLED or _still_to_be_put_right(case, record_id):
        return None
    return (case.status in DELIVERED and case.served_at and first_day(case, case.served_at)) or date.min


def _still_to_be_put_right(case: Case, record_id: UUID) -> bool:
    return case.remedies.filter(state=RemedyState.WAITING, item__record_id=record_id).exists()
