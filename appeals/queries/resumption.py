"""From which day on what a case stopped may start again, under the calendar as it stands now."""

from datetime import date
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import Q

from appeals.models import CalendarException, Case, EntryKind
from appeals.queries.cases import procedure_of
from appeals.queries.clocks import not_before
from appeals.queries.exceptions import procedures_on
from appeals.workflow import Status
from law.procedure import NoSuchClock
from records import queries as held

if TYPE_CHECKING:
    from records.models import Measure

RESUMPTION: Final = "resume_after_service"


def resumption_counted_from(case: Case, told: date) -> date | None:
    """The day from which a day that was told for a resumption was counted; None if nobody wrote it down."""
    lines = case.clock_entries.filter(clock=RESUMPTION, kind=EntryKind.TOLD)
    exact = lines.filter(due_latest=told).order_by("-id").first()
    if exact is None and case.served_at:  # taken over from another case, or from before this was written down
        return procedure_of(case).local_date(case.served_at)
    line = exact or lines.order_by("-id").first()
    return line.on if line else None


def resumes_not_before(case: Case, told: date) -> date:
    """The first day that the law allows for what was told to start again on `told`: never earlier than that."""
    start = resumption_counted_from(case, told)
    if start is None:
        return told
    try:
        return max(told, not_before(procedure_of(case), RESUMPTION, start, case.holder_id))
    except NoSuchClock:
        return told


def may_not_resume_yet(measure: "Measure", on: date) -> bool:
    """Whether the calendar as it stands keeps a stopped measure back on that day, whatever was told before."""
    if measure.suspended_by_case is None or measure.resumes_on is None:
        return False
    case = Case.objects.filter(pk=measure.suspended_by_case).first()
    return case is not None and resumes_not_before(case, measure.resumes_on) > on


def resumptions_touched_by(exception: CalendarException) -> list[UUID]:
    """The cases in which a declared day may move the day on which something starts again, in the order of locking."""
    waiting = Q(status=Status.WITHDRAWING) | Q(pk__in=held.cases_that_let_go())
    found = Case.objects.filter(waiting, procedure__in=procedures_on(exception), holder=exception.organisation_id)
    return list(found.order_by("pk").values_list("pk", flat=True))
