"""Where a member of staff begins."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.access import SignedIn, staff_required
from accounts.models import Role

# The first that fits.
HOMES = (
    ((Role.CASEWORKER, Role.SUPERVISOR), "appeals:queue"),
    ((Role.SOURCE_OFFICER,), "appeals:source-messages"),
    ((Role.OPERATOR,), "appeals:operator-untold"),
    ((Role.AUDITOR,), "log:audit"),
)


@staff_required()
@require_safe
def home(request: SignedIn) -> HttpResponse:
    """The main page of the first role that has one; the start page for the others."""
    return redirect(next((page for roles, page in HOMES if request.actor.seat(*roles)), "home"))
