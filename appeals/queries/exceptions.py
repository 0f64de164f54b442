"""The days that supervisors declared to be worked, or off, for the cases of their organisation."""

from collections.abc import Collection, Iterable
from uuid import UUID

from appeals.models import CalendarException, Clock, ClockState
from appeals.workflow import FINAL
from law import calendars, procedures
from law.calendars import DayException


def exceptions_of(calendar: str, holder_id: UUID) -> list[DayException]:
    """What an organisation declared for a calendar, and for the country that it is a part of; oldest first."""
    codes = {calendar, calendar.partition("-")[0]}
    rows = CalendarException.objects.filter(organisation=holder_id, calendar__in=codes, ended_at__isnull=True)
    return [DayException(on=row.on, is_worked=row.is_worked) for row in rows.order_by("entered_at", "id")]


def exceptions_declared(calendar: str, holder_code: str | None = None) -> list[DayException]:
    """What one organisation, or any, declared for a calendar and the country that it is a part of; oldest first."""
    codes = {calendar, calendar.partition("-")[0]}
    rows = CalendarException.objects.filter(calendar__in=codes, ended_at__isnull=True)
    if holder_code is not None:
        rows = rows.filter(organisation__code=holder_code)
    return [DayException(on=row.on, is_worked=row.is_worked) for row in rows.order_by("entered_at", "id")]


def declared_days(organisation_ids: Iterable[UUID]) -> list[CalendarException]:
    """What these organisations declared and did not take back, the latest day first."""
    rows = CalendarException.objects.filter(organisation__in=set(organisation_ids), ended_at__isnull=True)
    return list(rows.order_by("-on", "calendar"))


def exceptions_to_recount() -> list[CalendarException]:
    """Exceptions, entered or ended, after which the open deadlines have not all been counted anew."""
    return list(CalendarException.objects.filter(recounted_at__isnull=True).order_by("id"))


def clocks_touched_by(exception: CalendarException) -> list[tuple[UUID, str]]:
    """Case and name of every deadline that a declared day may move, in the order of locking."""
    ids = procedures_on(exception)
    running = Clock.objects.filter(case__procedure__in=ids, case__holder=exception.organisation_id)
    running = running.exclude(state=ClockState.DONE).exclude(case__status__in=FINAL)  # nobody waits in what is over
    return list(running.order_by("case_id", "name").values_list("case_id", "name"))


def procedures_on(exception: CalendarException) -> set[str]:
    """The ids of the procedures that count by the calendar of a declared day, or by one of a part of its country."""
    codes = {code for code in calendars.codes() if code.partition("-")[0] == exception.calendar} | {exception.calendar}
    return procedures_by(codes)


def procedures_by(codes: Collection[str]) -> set[str]:
    """The ids of the procedures of which some version counts by one of these calendars."""
    return {law.id for id in procedures.procedures() for law in procedures.versions(id) if law.calendar in codes}
