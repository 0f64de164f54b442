"""Days that a supervisor declares to be worked, or off, for the cases of their office."""

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedIn, staff_required
from accounts.models import Role
from appeals import operations, queries
from appeals.errors import DayRefused
from appeals.forms.days import DayForm


@staff_required(Role.SUPERVISOR)
@require_http_methods(["GET", "HEAD", "POST"])
def days(request: SignedIn) -> HttpResponse:
    """The declared days, newest first, and a form for one more."""
    form = DayForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            operations.declare_day(
                said["calendar"],
                said["on"],
                is_worked=said["is_worked"] == "yes",
                reason=said["reason"],
                by=request.actor,
                at=timezone.now(),
            )
        except DayRefused as error:
            form.add_error(error.code, str(error))
        else:
            messages.success(request, _("The day is declared. Open deadlines are counted anew."))
            return redirect("appeals:days")
    rows = queries.declared_days(request.actor.organisations(Role.SUPERVISOR))
    context = {"form": form, "rows": rows}
    return render(request, "appeals/casework/days.html", context, status=422 if form.errors else 200)


@staff_required(Role.SUPERVISOR)
@require_POST
def take_back(request: SignedIn, day_id: int) -> HttpResponse:
    """The calendar stands as it was written."""
    try:
        operations.end_declared_day(day_id, by=request.actor, at=timezone.now())
    except ObjectDoesNotExist:
        raise Http404 from None
    messages.success(request, _("The day was taken back. Open deadlines are counted anew."))
    return redirect("appeals:days")
