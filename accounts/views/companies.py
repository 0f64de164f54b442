"""A company's registered contact: whoever comes in by a code to it says who they are, and becomes administrator.

We know only that they read the company's mail. So in such a session nothing of the file is shown: it names an
administrator, who then acts as a person under their own name, and it ends the mandates of administrators.
"""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import mandates, queries, sessions, throttle
from accounts.access import SignedIn, person_required
from accounts.mandates import MandateShown
from accounts.models import Basis, Reach
from accounts.operations import mandates as writes
from accounts.operations.mandates import MandateRefused, Terms
from accounts.throttle import TooMany
from accounts.views import person
from accounts.views.mandates import _row, _show_code


def _administrators(request: SignedIn, at: datetime) -> list[MandateShown]:
    return [
        each
        for each in mandates.mandates_given(request.actor.own_subject, at)
        if each.row.basis == Basis.COMPANY_ADMINISTRATOR and each.row.revoked_at is None
    ]


@person_required
@require_safe
def company(request: SignedIn) -> HttpResponse:
    """Who administers the company here, and how to become administrator."""
    _only_registered_contact(request)
    context = {
        "name": queries.name_of(request.actor.own_subject),
        "rows": [_row(each) for each in _administrators(request, timezone.now())],
    }
    return render(request, "accounts/acting/company.html", context)


@person_required
@require_POST
def become(request: SignedIn) -> HttpResponse:
    """A code that makes whoever accepts it administrator of the company."""
    _only_registered_contact(request)
    at = timezone.now()
    terms = Terms(
        basis=Basis.COMPANY_ADMINISTRATOR,
        reach=Reach.ALL,
        from_on=timezone.localdate(at),
        to_on=None,
        called=_("Named through the registered contact"),
    )
    try:
        throttle.spend(writes.OFFERS, str(request.actor.own_user), at=at)
        mandate, code = writes.give(terms, by=request.actor, at=at)
    except TooMany as error:
        messages.error(request, person.wait(error, at))
        return redirect("acting:company")
    return _show_code(request, mandate, code, called="")


@person_required
@require_POST
def end_administrator(request: SignedIn, mandate_id: UUID) -> HttpResponse:
    """End what an administrator may do, also the last one's: a code to the registered contact can name another."""
    _only_registered_contact(request)
    at = timezone.now()
    if mandate_id not in {each.row.pk for each in _administrators(request, at)}:
        raise Http404
    try:
        writes.revoke(mandate_id, by=request.actor, at=at)
    except (ObjectDoesNotExist, MandateRefused):
        raise Http404 from None
    messages.success(request, _("It has ended. It no longer counts from this moment on."))
    return redirect("acting:company")


def _only_registered_contact(request: SignedIn) -> None:
    if not sessions.is_of_registered_contact(request):
        raise Http404


for _view in (company, become, end_administrator):
    setattr(_view, "for_registered_contact", True)  # noqa: B010  mypy knows no attributes of functions
