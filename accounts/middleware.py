"""Who is asking: sessions end in time, staff count only with their second factor, `request.actor` says who acts."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts import mandates, queries, sessions
from accounts.models import User
from audit import failures

_GetResponse = Callable[[HttpRequest], HttpResponse]


class SessionLimits:
    """Ends a session that was left alone or has lasted too long."""

    def __init__(self, get_response: _GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and sessions.is_over(request.session, user, timezone.now()):
            sessions.end(request)
            request.user = AnonymousUser()
        return self.get_response(request)


class ActorMiddleware:
    """Sets `request.actor`: an Actor, or None for a visitor and for staff who have not shown their second factor.

    Such staff are nobody to every page and to the API, except to the pages that set the second factor up
    (marked `for_second_factor`), to which they are led.
    """

    def __init__(self, get_response: _GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = None  # type: ignore[attr-defined]  # access.SignedIn declares it for views
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        if not user.is_authenticated or getattr(view, "for_second_factor", False):
            return None
        if user.subject_id:
            return _person(request, user, view)
        if sessions.has_second_factor(request, user):
            request.actor = queries.actor_of(user)  # type: ignore[attr-defined]
            return None
        request.user = AnonymousUser()
        return _lead_to_second_factor(request, user) if getattr(view, "login_required", True) else None


class FailureLog:
    """Logs what was denied or refused, once the answer is there and everything was rolled back (`audit.failures`).

    A page about one thing answers 404 to whom it is none of their business, so that counts as denied.
    """

    def __init__(self, get_response: _GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code in _FAILED:
            _note_failure(request, response.status_code)
        return response


_REFUSED = frozenset({409, 429})
_FAILED = _REFUSED | {401, 403, 404}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _note_failure(request: HttpRequest, status: int) -> None:
    match, actor, at = request.resolver_match, getattr(request, "actor", None), timezone.now()
    if match is None or (status == 404 and not (actor and match.kwargs)):
        return  # an address that there is not, for whomever
    if actor:
        event = "act.refused" if status in _REFUSED else "access.denied"
        method = request.method if request.method in _METHODS else "other"
        by = actor.signature()
        failures.note(event, by=by, at=at, route=match.route, method=str(method), status=status)
    else:
        kinds = {401: failures.Kind.KEY, 429: failures.Kind.TOO_OFTEN}
        failures.count(kinds.get(status, failures.Kind.DENIED), at=at)


def _person(request: HttpRequest, user: User, view: Callable[..., Any]) -> HttpResponse | None:
    """Who acts: the person, or the person for somebody else by a mandate that is in force at this very moment.

    By a mandate that has ended nobody acts, not even for themselves: a page that was opened for somebody else must
    not be sent for oneself. Such a session is led to the page that says so; the API answers that nobody is signed
    in. Whoever came in through a company's mailbox is led to the page where they say who they are.
    """
    if sessions.is_of_registered_contact(request) and not getattr(view, "for_registered_contact", False):
        return _lead_to("acting:company", view)
    chosen = sessions.acts_by(request)
    if chosen is None or getattr(view, "for_oneself", False):
        actor = queries.actor_of(user)
        request.actor = actor if sessions.has_proof(request) else queries.within_reach(actor)  # type: ignore[attr-defined]
        return None
    request.actor = mandates.actor_by_mandate(user, chosen, timezone.now())  # type: ignore[attr-defined]
    return _lead_to("acting:home", view) if request.actor is None else None  # type: ignore[attr-defined]


def _lead_to(page: str, view: Callable[..., Any]) -> HttpResponse | None:
    """To a page, unless the view is open to everybody or an endpoint, which refuses by itself."""
    return redirect(page) if getattr(view, "login_required", True) else None


def _lead_to_second_factor(request: HttpRequest, user: User) -> HttpResponse:
    if Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists():
        request.session.flush()  # set up in another session meanwhile: this one must show it by signing in again
        return redirect("account_login")
    return redirect("mfa_activate_totp")
