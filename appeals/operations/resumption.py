"""When what a case stopped starts again: never while another case holds it, and after a day that was told."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from accounts.actors import SERVICE, Actor
from appeals import queries
from appeals.models import Case, RemedyState
from appeals.operations import steps
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
        return queries.not_before(procedure, "resume_after_service", procedure.local_date(at), case.holder_id)
    except NoSuchClock:
        return None


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
        tell(case, records.set_resumption(case_id=case.pk, on=day, by=by, at=at, only=only), on=day, at=at, mail=True)


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
        measures = records.set_resumption(case_id=case.pk, on=day, by=SERVICE, at=at, only=waiting)
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
