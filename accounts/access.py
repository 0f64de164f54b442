"""Who may open a page: decorators for views. What may be seen and done in it is the business of each app.

`check_settled_contact` guards what cannot be taken back: an export, a withdrawal.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url

from accounts import files
from accounts.actors import Actor, ActorKind
from accounts.models import Contact, PostalAddress, Role, User

_Arguments = ParamSpec("_Arguments")
PERSON_SIGN_IN = "accounts:sign-in"
STAFF_SIGN_IN = "account_login"


class ContactNotSettled(Exception):
    """The address of this person was changed so recently that the old one could still object."""

    def __init__(self, settles_at: datetime) -> None:
        super().__init__(settles_at)
        self.settles_at = settles_at


def contact_settles_at(subject_id: UUID, at: datetime) -> datetime | None:
    """Until when a new address, by mail or post, waits before what cannot be taken back; None if it may be done now."""
    in_use = {"subject_id__in": files.members(subject_id), "ended_at": None, "settles_at__gt": at}
    waits = [each.settles_at for model in (Contact, PostalAddress) for each in model._default_manager.filter(**in_use)]
    return max((settles_at for settles_at in waits if settles_at), default=None)


def settled_contact(subject_id: UUID, at: datetime) -> bool:
    """Whether exports and withdrawals are open: nothing about the address changed within the last 72 hours.

    Somebody without any address has nothing that could have been changed.
    """
    return contact_settles_at(subject_id, at) is None


def check_settled_contact_of(by: Actor, at: datetime, *also: UUID) -> None:
    """Raise `ContactNotSettled` unless nothing changed about the address of this actor, and of the subjects `also`.

    Of whoever acts for another both addresses count: their own mailbox may be the one that was just taken over.
    """
    subject_ids = {*also, by.subject_id, by.acts.holder_id if by.acts else None} - {None}
    waits = [settles_at for each in subject_ids if each and (settles_at := contact_settles_at(each, at))]
    if waits:
        raise ContactNotSettled(max(waits))


def check_settled_contact(subject_id: UUID, at: datetime) -> None:
    """Raise `ContactNotSettled` unless `settled_contact`. For operations that cannot be taken back."""
    if settles_at := contact_settles_at(subject_id, at):
        raise ContactNotSettled(settles_at)


class SignedIn(HttpRequest):
    """A request behind `person_required` or `staff_required`."""

    actor: Actor
    user: User


_View = Callable[Concatenate[SignedIn, _Arguments], HttpResponseBase]
_Wrapped = Callable[Concatenate[HttpRequest, _Arguments], HttpResponseBase]


def person_required(view: _View[_Arguments]) -> _Wrapped[_Arguments]:
    """Only for a person or organisation about whom data is held. Visitors sign in; staff are refused (403)."""
    return _guarded(view, PERSON_SIGN_IN, ("person",), lambda actor: actor.kind is ActorKind.PERSON)


def for_oneself(view: _View[_Arguments]) -> _Wrapped[_Arguments]:
    """`person_required`, whomever the person acts for at the moment: `request.actor` is the person themselves."""
    guarded = person_required(view)
    guarded.for_oneself = True  # type: ignore[attr-defined]  # read by ActorMiddleware
    return guarded


def staff_required(*roles: Role) -> Callable[[_View[_Arguments]], _Wrapped[_Arguments]]:
    """Only for staff with one of `roles` (any role, if none is named) and their second factor shown."""

    def decorate(view: _View[_Arguments]) -> _Wrapped[_Arguments]:
        return _guarded(view, STAFF_SIGN_IN, roles or ("staff",), lambda actor: bool(actor.organisations(*roles)))

    return decorate


def _guarded(
    view: _View[_Arguments], sign_in: str, open_to: tuple[str, ...], may: Callable[[Actor], bool]
) -> _Wrapped[_Arguments]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> HttpResponseBase:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None:
            return redirect_to_login(request.get_full_path(), resolve_url(sign_in))
        if not may(actor):
            raise PermissionDenied
        signed_in: Any = request
        return view(signed_in, *args, **kwargs)

    guarded.login_url = sign_in  # type: ignore[attr-defined]  # read by LoginRequiredMiddleware
    guarded.open_to = tuple(map(str, open_to))  # type: ignore[attr-defined]  # read by redress.references
    return guarded
