"""Changing one deadline of a case: let it stand still, run again, or run longer, as far as the procedure allows."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedIn
from appeals import access, deadlines, operations, queries
from appeals.errors import ClockRefused
from appeals.forms.deadline import DeadlineForm
from appeals.models import Case, ClockState
from appeals.views.caseworker.frame import case_page, sent


@case_page
@require_POST
def go_on(request: SignedIn, case: Case, name: str) -> HttpResponse:
    """Let a deadline that stands still run again."""
    operations.go_on(case.pk, name, by=request.actor, at=timezone.now())
    messages.success(request, _("The deadline runs again. The person has been told."))
    return redirect("appeals:casework-case", case.reference)


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def deadline(request: SignedIn, case: Case, name: str) -> HttpResponse:
    """One deadline, and what may be done to it. The person is told in the transaction that does it."""
    found = next((each for each in queries.deadlines(case) if each.row.name == name), None)
    if found is None:
        raise Http404
    access.check_may_change_time(request.actor, case)
    now = timezone.now()
    form = DeadlineForm(sent(request), deadline=found)
    if request.method == "POST" and form.is_valid():
        try:
            form.carry_out(case, by=request.actor, at=now)
        except ClockRefused as error:
            form.add_error(form.box_of(error.code), str(error))
        else:
            messages.success(request, _("The deadline was changed. The person has been told."))
            return redirect("appeals:casework-case", case.reference)
    shown = [each for each in deadlines.shown(case, now) if each.name == name]
    context = {
        "case": case,
        "name": name,
        "title": shown[0].title,
        "shown": shown,
        "form": form,
        "is_paused": found.row.state == ClockState.PAUSED,
    }
    return render(request, "appeals/casework/deadline.html", context, status=422 if form.errors else 200)
