"""What every page of one case stands in: who may open it, and one answer when somebody else was quicker."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render

from accounts.access import SignedIn, staff_required
from accounts.models import Role
from appeals import queries, vault
from appeals.models import Case
from appeals.reference import normalise
from appeals.views.caseworker import shown
from appeals.views.problems import TOLD, sentence_of, status_of
from appeals.views.zone import tell_time_as_in


def case_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page about one case, for officials of its holder. 404 for any other case, whether or not it exists.

    The view gets the request, the case instead of its reference, and what else the address names.
    """

    def page(request: SignedIn, /, reference: str, **named: Any) -> HttpResponseBase:
        try:
            case = tell_time_as_in(queries.case_for(request.actor, normalise(reference) or ""))
        except Case.DoesNotExist:
            raise Http404 from None
        try:
            return view(request, case, **named)
        except vault.Missing:
            raise Http404 from None
        except TOLD as error:
            return _not_possible(request, case, error)

    return wraps(view)(staff_required(Role.CASEWORKER, Role.SUPERVISOR)(page))


def sent(request: HttpRequest) -> QueryDict | None:
    """What was sent in a form, if one was."""
    return request.POST if request.method == "POST" else None


def _not_possible(request: SignedIn, case: Case, error: Exception) -> HttpResponse:
    """Why this cannot be done, what was done last and by whom, and where the case stands now."""
    case.refresh_from_db(fields=["status", "caseworker"])
    context = {
        "case": case,
        "why": sentence_of(error),
        "last": shown.act(queries.last_act(case), you=request.actor),
        "turn": shown.turn(case),
    }
    return render(request, "appeals/casework/not_possible.html", context, status=status_of(error))
