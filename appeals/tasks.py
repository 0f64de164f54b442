"""What the worker does when it is woken, and the sweep repeats: stored work, each piece in its own transaction."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from celery import shared_task
from django.utils import timezone

from accounts.actors import SERVICE
from appeals import operations, queries
from appeals.errors import TooEarly
from appeals.workflow import IllegalStep
from records import queries as held

log = structlog.get_logger(__name__)


@shared_task(name="appeals.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """Carry out remedies, conclude withdrawals, start measures whose day has come, serve and close. Safe to repeat."""
    at = timezone.now()
    today = queries.cautious_today(at)
    for remedy_id in queries.waiting_remedies(at):
        put_off = partial(operations.put_off_remedy, remedy_id, at=at)
        _alone(partial(operations.carry_out, remedy_id, at=at), "remedy", remedy_id, or_else=put_off)
    # Before anything starts again: a milder rule, or a day off, may move that day.
    for case_id, version in queries.cases_to_ease(at):
        _alone(partial(operations.ease, case_id, version, at=at), "milder", case_id)
    for exception in queries.exceptions_to_recount():
        _alone(partial(operations.recount_calendar, exception.pk, at=at), "calendar", exception.pk)
    _alone(partial(operations.remember_calendars, at=at), "calendar", "")
    for calendar in queries.calendars_to_recount():
        _alone(partial(_recount, calendar.pk, at), "calendar", calendar.code)
    for case_id in queries.withdrawals_due(today):
        _alone(partial(operations.conclude_withdrawal, case_id, at=at), "withdrawal", case_id)
    for measure_id in held.measures_due(today):
        _alone(partial(operations.resume, measure_id, on=today, at=at), "measure", measure_id)
    _alone(partial(operations.make_letters_of_untold, at=at), "letters", "")
    for case_id in queries.deemed_served(at):
        _alone(partial(operations.serve, case_id, how="deemed", by=SERVICE, at=at), "service", case_id)
    for case_id in queries.windows_ended(today):
        _alone(partial(operations.close, case_id, at=at), "closing", case_id)
    for clock_id in queries.clocks_to_look_at(at):
        put_off = partial(operations.put_off, clock_id, at=at)
        _alone(partial(operations.look_at, clock_id, at=at), "clock", clock_id, or_else=put_off)


def _recount(calendar_id: int, at: datetime) -> None:
    """Count anew the next cases by a calendar whose files have changed; a later sweep goes on after them."""
    calendar = operations.begin_recount(calendar_id)
    if calendar is None:
        return
    case_ids = queries.cases_counted_by(calendar)
    done = [_alone(partial(operations.recount_case, case_id, at=at), "deadlines", case_id) for case_id in case_ids]
    operations.note_recounted(calendar, case_ids, has_failed=not all(done), at=at)


def _alone(
    work: Callable[[], object], what: str, row_id: object, *, or_else: Callable[[], object] = lambda: None
) -> bool:
    """Do one piece; an error in it is logged and does not stop the others. It is tried again by a later sweep.

    False after an error.
    """
    try:
        work()
    except (IllegalStep, TooEarly) as error:
        log.info("work_not_due", what=what, id=str(row_id), why=type(error).__name__)
    except Exception:
        log.exception("work_failed", what=what, id=str(row_id))
        or_else()
        return False
    return True
