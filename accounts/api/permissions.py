"""What may be asked with a key or a session. Which records and cases are meant is the business of each app."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.actors import Actor, ActorKind
from accounts.api.problems import Problem


class Denied(BasePermission):
    """The default: an endpoint that says nothing lets nobody in."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class IsPerson(BasePermission):
    """A person or organisation about whom data is held."""

    message = _("Only the person whom it is about can do this.")

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, Actor) and request.auth.kind is ActorKind.PERSON


class HasScope(BasePermission):
    """A system whose key has the scope that `view.scopes` names for the method. Other methods end in 405 later."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, Actor) or request.auth.kind is not ActorKind.SYSTEM:
            return False
        scopes: Mapping[str, str] = view.scopes
        scope = scopes.get(request.method or "", "")
        if scope and scope not in request.auth.scopes:
            challenge = f'Bearer realm="redress", error="insufficient_scope", scope="{scope}"'
            detail = _("This needs a key with the scope %(scope)s.") % {"scope": scope}
            raise Problem(403, "missing-scope", detail, headers={"WWW-Authenticate": challenge})
        return True
