"""Calendars whose files say something else than when the open deadlines were last counted by them."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from appeals.models import Case, Clock, ClockState, CountedCalendar
from appeals.queries.exceptions import procedures_by
from appeals.workflow import FINAL, Status
from law import calendars, procedures
from records import queries as held


def calendars_in_use() -> set[str]:
    """The codes of the calendars by which some version of a procedure counts."""
    return {law.calendar for id in procedures.procedures() for law in procedures.versions(id)}


def calendars_to_recount() -> list[CountedCalendar]:
    """Those by which deadlines have to be counted anew, or are being so."""
    rows = CountedCalendar.objects.filter(code__in=calendars_in_use()).order_by("code")
    return [row for row in rows if row.towards or row.digest != calendars.calendar(row.code).digest]


def cases_counted_by(calendar: CountedCalendar, limit: int = 500) -> list[UUID]:
    """The next cases in which a calendar may move something, after the one that is reached; in the order of locking."""
    running = Clock.objects.filter(case=OuterRef("pk")).exclude(state=ClockState.DONE)
    waiting = Q(Exists(running)) & ~Q(status__in=FINAL)  # nobody waits in what is over
    waiting |= Q(status=Status.WITHDRAWING) | Q(pk__in=held.cases_that_let_go())
    found = Case.objects.filter(waiting, procedure__in=procedures_by({calendar.code}))
    if calendar.reached:
        found = found.filter(pk__gt=calendar.reached)
    return list(found.order_by("pk").values_list("pk", flat=True)[:limit])
