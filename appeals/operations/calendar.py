"""Days that a supervisor declares to be worked, or off, and the deadlines that are counted anew because of them."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Role
from appeals import access, queries
from appeals.errors import DayRefused
from appeals.models import CalendarException
from appeals.operations import clocks, resumption
from audit import operations as audit
from delivery.wake import wake
from law import calendars
from records.values import says_something


@transaction.atomic
def declare_day(calendar: str, on: date, *, is_worked: bool, reason: str, by: Actor, at: datetime) -> CalendarException:
    """Declare one day of a calendar to be worked, or off. Open deadlines are counted anew in the background."""
    seat = access.check_may_declare_days(by)
    if not says_something(reason):
        raise DayRefused("reason", _("Say why, and where it was announced."))
    try:
        known = calendars.calendar(calendar)
    except calendars.UnknownCalendar:
        raise DayRefused("calendar", _("There is no such calendar.")) from None
    if known.excepting(queries.exceptions_of(calendar, seat.organisation_id)).is_working_day(on) == is_worked:
        raise DayRefused("on", _("The calendar says this of that day already."))
    with transaction.atomic():
        mine = CalendarException.objects.filter(organisation=seat.organisation_id, calendar=calendar, on=on)
        mine.filter(ended_at__isnull=True).update(ended_at=at)
        try:
            made = CalendarException.objects.create(
                calendar=calendar,
                on=on,
                is_worked=is_worked,
                reason=reason.strip(),
                organisation_id=seat.organisation_id,
                entered_by_id=by.own_user,
                entered_at=at,
            )
        except IntegrityError:  # somebody else was quicker
            raise DayRefused("on", _("Somebody has just declared this day. Look at the list again.")) from None
    _record(made, "calendar.day_declared", by=by, at=at, is_worked="yes" if is_worked else "no")
    wake("appeals.tasks.sweep")
    return made


@transaction.atomic
def end_declared_day(exception_id: int, *, by: Actor, at: datetime) -> CalendarException:
    """Take a declared day back: the calendar as it was written stands again."""
    access.check_may_declare_days(by)
    mine = by.organisations(Role.SUPERVISOR)
    row = CalendarException.objects.select_for_update(no_key=True).get(
        pk=exception_id, ended_at__isnull=True, organisation__in=mine
    )
    row.ended_at, row.recounted_at = at, None
    row.save(update_fields=["ended_at", "recounted_at"])
    _record(row, "calendar.day_taken_back", by=by, at=at)
    wake("appeals.tasks.sweep")
    return row


def recount_calendar(exception_id: int, *, at: datetime) -> int:
    """Count anew what an exception may move, each in its own transaction; how much of it moved.

    That is every open deadline, and every day on which something that a case stopped starts again.

    Safe to repeat: what was counted already does not move again. If the day is taken back meanwhile, it stays to be
    counted anew.
    """
    row = CalendarException.objects.get(pk=exception_id)
    moved = 0
    for case_id, name in queries.clocks_touched_by(row):
        moved += clocks.recount(case_id, name, at=at)
    for case_id in queries.resumptions_touched_by(row):
        moved += resumption.recount(case_id, at=at)
    # Only if it still says what was counted: some of it was counted before the day was taken back.
    CalendarException.objects.filter(pk=exception_id, ended_at=row.ended_at).update(recounted_at=at)
    return moved


def _record(row: CalendarException, event: str, *, by: Actor, at: datetime, **facts: str) -> None:
    said = {"calendar": row.calendar, "on": row.on.isoformat(), **facts}
    audit.record(event, by=by.signature(row.organisation_id), at=at, facts=said)
