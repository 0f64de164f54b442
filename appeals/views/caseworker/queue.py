"""The queue: open cases of the official's holders, the earliest due first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import SignedIn, staff_required
from accounts.models import Role
from appeals import presentation, queries
from appeals.forms.caseworker import DAYS_OF_DUE, LANGUAGES, FilterForm
from appeals.models import Case
from appeals.queries import QueueFilter
from appeals.views.caseworker import shown
from appeals.views.pages import Pages

PAGE = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One case of the queue."""

    case: Case
    filed_on: date
    programme: str
    procedure: str
    due: shown.Due | None
    language: str
    turn: str
    caseworker: str
    lacks_papers: bool
    is_overdue: bool  # the person's answer to what is missing


@staff_required(Role.CASEWORKER, Role.SUPERVISOR)
@require_safe
def queue(request: SignedIn) -> HttpResponse:
    """The cases that wait, filtered and by pages. The same number of queries for two rows and twenty."""
    now = timezone.now()
    form = FilterForm(request.GET or None)
    wanted = _wanted(form)
    pages = Pages(request, queries.queue(request.actor, wanted, at=now), PAGE)
    context = {"form": form, "rows": _rows(pages.rows, now), "pages": pages, "is_filtered": wanted != QueueFilter()}
    return render(request, "appeals/casework/queue.html", context)


def _wanted(form: FilterForm) -> QueueFilter:
    """What was asked for; with a word that is no choice, everything, and the form says so."""
    if not form.is_valid():
        return QueueFilter()
    said = form.cleaned_data
    return QueueFilter(
        programme=said["programme"],
        procedure=said["procedure"],
        language=said["language"],
        due_within=DAYS_OF_DUE[said["due"]],
        mine=said["mine"],
        waiting_for=said["waiting_for"],
        lacks_papers=said["lacks_papers"],
    )


def _rows(cases: Sequence[Case], now: datetime) -> list[Row]:
    numbers = queries.caseworker_numbers(cases)
    overdue = queries.answers_overdue(cases, at=now)
    lacking = queries.lacking_papers(cases)
    return [
        _row(case, numbers.get(case.pk), now, lacks_papers=case.pk in lacking, is_overdue=case.pk in overdue)
        for case in cases
    ]


def _row(case: Case, number: int | None, now: datetime, *, lacks_papers: bool, is_overdue: bool) -> Row:
    procedure = queries.procedure_of(case)
    return Row(
        case=case,
        filed_on=procedure.local_date(case.filed_at),
        programme=presentation.programme_title(case.programme),
        procedure=presentation.procedure_title(procedure),
        due=shown.due(case, procedure.local_date(now)),
        language=dict(LANGUAGES).get(case.language, case.language),
        turn=shown.turn(case),
        caseworker=_("No. %(number)s") % {"number": number} if number else _("Nobody yet"),
        lacks_papers=lacks_papers,
        is_overdue=is_overdue,
    )
