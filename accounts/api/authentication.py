"""Who asks: a system by its key, a person by the session of the pages. `request.auth` is the actor."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts import throttle
from accounts.actors import Actor
from accounts.operations import authenticate_key
from accounts.throttle import Limit

# A key has 256 bits of chance, so nobody guesses one; this keeps a client with a wrong key from hammering.
BAD_KEYS = Limit("api_bad_key", 60, timedelta(minutes=10))
_SCHEME = "bearer"


class KeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer rd_…`. A missing or wrong key is answered with 401 and how to show one."""

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        """The actor of the key. Raises `AuthenticationFailed`; None where no key is shown."""
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != _SCHEME:
            return None
        at = timezone.now()
        actor = authenticate_key(text.strip(), at)
        if actor is None:
            throttle.spend(BAD_KEYS, throttle.client(request._request), at=at)
            raise exceptions.AuthenticationFailed(_("This key is not valid, or not any more."))
        request._request.actor = actor  # type: ignore[attr-defined]  # for the log of what is refused
        return AnonymousUser(), actor

    def authenticate_header(self, request: Request) -> str:
        """RFC 6750: a key that was shown and refused is an invalid token."""
        shown = request.headers.get("Authorization", "").lower().startswith(_SCHEME)
        return 'Bearer realm="redress"' + (', error="invalid_token"' if shown else "")


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of somebody who signed in on the pages; what changes anything needs the CSRF token too."""

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        """Whoever the middleware found. Staff without their second factor are nobody."""
        actor: Actor | None = getattr(request._request, "actor", None)
        if actor is None:
            return None
        self.enforce_csrf(request)
        return request._request.user, actor

    def authenticate_header(self, request: Request) -> str:
        """No registered scheme names a session; without any, the framework would answer 403."""
        return 'Session realm="redress"'
