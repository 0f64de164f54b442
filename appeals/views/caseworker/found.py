"""Whom an official found by an exact number, and what is open to them because of it.

It stays in their session for half an hour: only what was found so, and logged, can be entered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.access import SignedIn, staff_required
from accounts.actors import Actor
from accounts.models import Role
from records import queries as held

_Of = Callable[[SignedIn, "Found"], HttpResponse]
KEY: Final = "found_on_paper"
_STAYS: Final = timedelta(minutes=30)
officials = staff_required(Role.CASEWORKER, Role.SUPERVISOR)


@dataclass(frozen=True)
class Found:
    """Whose paper it is, and on which day it was received, and posted if that is known."""

    subject_id: UUID
    received_on: date
    posted_on: date | None

    @property
    def person(self) -> Actor:
        """The one who wrote, for reads of what can be disputed; it signs nothing."""
        return held.on_paper(self.subject_id)


def found_of(request: SignedIn, at: datetime) -> Found | None:
    """Whom this official found in this session, not long ago."""
    kept = request.session.get(KEY)
    if not kept or at.timestamp() - kept[3] > _STAYS.total_seconds():
        return None
    return Found(UUID(kept[0]), date.fromisoformat(kept[1]), date.fromisoformat(kept[2]) if kept[2] else None)


def of_found(view: _Of) -> Callable[[SignedIn], HttpResponse]:
    """For officials who found somebody: the view gets whom. Everybody else is led to the search."""

    @wraps(view)
    def guarded(request: SignedIn) -> HttpResponse:
        found = found_of(request, timezone.now())
        return redirect("appeals:paper") if found is None else view(request, found)

    return guarded


def of_holder(view: _Of) -> Callable[[SignedIn], HttpResponse]:
    """As `of_found`, where the office holds something about them: the office above only takes in what disputes it."""

    @wraps(view)
    def guarded(request: SignedIn, found: Found) -> HttpResponse:
        if not is_holder(request.actor, found):
            raise Http404
        return view(request, found)

    return of_found(guarded)


def is_holder(actor: Actor, found: Found) -> bool:
    """Whether this official's office holds something about whom they found."""
    return bool(held.count_for_official(actor, found.subject_id))
