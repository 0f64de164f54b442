"""What we keep in a session, and how long a session lasts."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from accounts.models import SubjectKind, User

IDLE: Final = timedelta(minutes=30)
# A person who reads or types slowly may ask for more: ten times as much, as WCAG 2.2.1 wants it.
IDLE_WITH_MORE_TIME: Final = timedelta(hours=5)
LONGEST_FOR_A_PERSON: Final = timedelta(hours=12)
LONGEST_FOR_STAFF: Final = timedelta(hours=8)  # a working day: the second factor is asked every day
_WRITE_EVERY: Final = timedelta(minutes=1)  # noting each request would write the session row each time

_BEGUN, _SEEN, _IDLE_SECONDS = "begun_at", "seen_at", "idle_seconds"
_SECOND_FACTOR = "second_factor"
ACTS_FOR: Final = "acts_for"  # the mandate by which somebody acts in this session
_REGISTERED_CONTACT = "registered_contact"
_PROVED = "proved"
ENDED: Final = "session_ended"  # left in the new session, so that the sign-in page can say why


def sign_in_person(request: HttpRequest, user: User, *, at: datetime, more_time: bool) -> None:
    """Begin a fresh session: nothing of the visitor's session, nor its id, lives on in it."""
    request.session.flush()
    login(request, user, backend="accounts.backends.PersonBackend")
    request.session[_BEGUN] = request.session[_SEEN] = at.timestamp()
    request.session[_IDLE_SECONDS] = (IDLE_WITH_MORE_TIME if more_time else IDLE).total_seconds()
    if user.subject and user.subject.kind == SubjectKind.ORGANISATION:
        request.session[_REGISTERED_CONTACT] = True


def note_proof(request: HttpRequest) -> None:
    """In this session somebody showed who they are by more than an address: a letter on paper (ADR 0008)."""
    request.session[_PROVED] = True


def has_proof(request: HttpRequest) -> bool:
    """Whether they did. Such a session sees the whole file, whoever gave the address in use."""
    return bool(request.session.get(_PROVED))


def outlive(request: HttpRequest, at: datetime) -> None:
    """Let this session go on where all others of its user end at `at` (`User.signed_out_at`)."""
    request.session[_BEGUN] = at.timestamp() + 0.001


def is_of_registered_contact(request: HttpRequest) -> bool:
    """Whether somebody came in through a company's mailbox: we do not know who, so they may only say who they are."""
    return bool(request.session.get(_REGISTERED_CONTACT))


def act_for(request: HttpRequest, mandate_id: UUID | None) -> None:
    """From the next request on act by this mandate, or for oneself again."""
    if mandate_id is None:
        request.session.pop(ACTS_FOR, None)
    else:
        request.session[ACTS_FOR] = str(mandate_id)


def acts_by(request: HttpRequest) -> UUID | None:
    """The mandate that was chosen in this session; whether it is in force is looked up at every request."""
    chosen = request.session.get(ACTS_FOR)
    return UUID(chosen) if chosen else None


def is_over(session: SessionBase, user: User, at: datetime) -> bool:
    """Whether this session has lasted too long or was left alone too long; notes that it was used if not."""
    now = at.timestamp()
    begun, seen = session.setdefault(_BEGUN, now), session.setdefault(_SEEN, now)
    longest = LONGEST_FOR_A_PERSON if user.subject_id else LONGEST_FOR_STAFF
    idle = session.get(_IDLE_SECONDS, IDLE.total_seconds())
    if now - begun > longest.total_seconds() or now - seen > idle:
        return True
    if user.signed_out_at and begun <= user.signed_out_at.timestamp():
        return True
    if now - seen > _WRITE_EVERY.total_seconds():
        session[_SEEN] = now
    return False


def end(request: HttpRequest) -> None:
    """Sign out because time is over."""
    request.session.flush()
    request.session[ENDED] = True


def note_second_factor(request: HttpRequest, user: User) -> None:
    """This session has shown the second factor of this user."""
    request.session[_SECOND_FACTOR] = str(user.pk)


def has_second_factor(request: HttpRequest, user: User) -> bool:
    """Whether it has. An authenticator that was set up in another session does not count for this one."""
    return bool(request.session.get(_SECOND_FACTOR) == str(user.pk))


def speak(request: HttpRequest, response: HttpResponse, language: str) -> None:
    """Go on in the user's language, unless the visitor has chosen one on this device."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            path=settings.LANGUAGE_COOKIE_PATH,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )


def home_of(user: User) -> str:
    """Where somebody goes who has just signed in: the main page of their kind."""
    try:
        return reverse(settings.PERSON_HOME if user.subject_id else settings.STAFF_HOME)
    except NoReverseMatch:  # an app that is tried alone has no such page
        return reverse("home")
