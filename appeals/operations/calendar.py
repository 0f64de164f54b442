"""Days that a supervisor declares to be worked, or off, calendars whose files change, and what is then counted anew."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actors import SERVICE, Actor
from accounts.models import Role
from appeals import access, queries
from appeals.errors import DayRefused
from appeals.models import CalendarException, ClockState, CountedCalendar
from appeals.operations import clocks, resumption, steps
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


def remember_calendars(*, at: datetime) -> None:
    """Keep what each calendar says, where that is not known yet: from then on a change of its files is noticed."""
    known = CountedCalendar.objects.values_list("code", flat=True)
    codes = sorted(queries.calendars_in_use().difference(known))
    if codes:
        rows = [CountedCalendar(code=code, digest=calendars.calendar(code).digest, counted_at=at) for code in codes]
        CountedCalendar.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def begin_recount(calendar_id: int) -> CountedCalendar | None:
    """Go on with counting anew by a calendar whose files have changed, or begin if they changed (again).

    None if another worker has just come to the end of it.
    """
    row = CountedCalendar.objects.select_for_update(no_key=True).get(pk=calendar_id)
    digest = calendars.calendar(row.code).digest
    if not row.towards and row.digest == digest:
        return None
    if row.towards != digest:
        row.towards, row.reached, row.has_failed = digest, None, False
        row.save(update_fields=["towards", "reached", "has_failed"])
    return row


@transaction.atomic
def recount_case(case_id: UUID, *, at: datetime) -> bool:
    """Count anew every open deadline of a case, and when what it stopped starts again; whether anything moved.

    Safe to repeat: what was counted already does not move again.
    """
    case = steps.locked(case_id)
    names = list(case.clocks.exclude(state=ClockState.DONE).order_by("name").values_list("name", flat=True))
    moved = [clocks.recount(case_id, name, at=at) for name in names]
    return any([*moved, resumption.recount(case_id, at=at)])


@transaction.atomic
def note_recounted(begun: CountedCalendar, case_ids: Sequence[UUID], *, has_failed: bool, at: datetime) -> None:
    """Keep how far the counting anew has come; with no case left it is at an end, unless one `has_failed` on the way.

    Nothing happens where another worker was quicker.
    """
    row = CountedCalendar.objects.select_for_update(no_key=True).get(pk=begun.pk)
    if (row.towards, row.reached) != (begun.towards, begun.reached):
        return
    row.has_failed = row.has_failed or has_failed
    if case_ids:
        row.reached = case_ids[-1]
        wake("appeals.tasks.sweep")
    elif row.has_failed:
        row.reached, row.has_failed = None, False  # another round, with the next sweep
    else:
        row.digest, row.towards, row.reached, row.counted_at = row.towards, "", None, at
        facts = {"calendar": row.code, "digest": row.digest}
        audit.record("calendar.counted_anew", by=SERVICE.signature(), at=at, facts=facts)
    row.save()


def _record(row: CalendarException, event: str, *, by: Actor, at: datetime, **facts: str) -> None:
    said = {"calendar": row.calendar, "on": row.on.isoformat(), **facts}
    audit.record(event, by=by.signature(row.organisation_id), at=at, facts=said)
