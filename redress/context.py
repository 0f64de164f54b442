"""What every page's frame needs: navigation, languages, the demonstration's ribbon."""

from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from accounts import queries as accounts
from accounts import sessions
from accounts.actors import Actor
from accounts.models import Role
from delivery import queries as delivery


class NavLink(NamedTuple):
    href: str
    label: str | Promise
    current: bool
    unread: int = 0


# url name, label. A page that does not exist is left out, so that each app can be tried alone.
MESSAGES_PAGE = "appeals:messages"
PERSON_PAGES: tuple[tuple[str, str | Promise], ...] = (
    ("records:held", _("What is held about me")),
    ("appeals:cases", _("My cases")),
    (MESSAGES_PAGE, _("Messages")),
    ("acting:home", _("Acting for others")),
    ("contact:overview", _("Address and mails")),
)
# With the roles that may open it: nobody is led to a page that refuses them.
STAFF_PAGES: tuple[tuple[str, str | Promise, tuple[Role, ...]], ...] = (
    ("appeals:queue", _("Cases"), (Role.CASEWORKER, Role.SUPERVISOR)),
    ("appeals:paper", _("On paper"), (Role.CASEWORKER, Role.SUPERVISOR)),
    ("appeals:letters", _("Letters to post"), (Role.CASEWORKER, Role.SUPERVISOR)),
    ("records:doubtful-lines", _("Doubtful lines"), (Role.CASEWORKER, Role.SUPERVISOR)),
    ("appeals:office-told", _("What the office was told"), (Role.CASEWORKER, Role.SUPERVISOR)),
    ("appeals:days", _("Days off"), (Role.SUPERVISOR,)),
    ("appeals:source-messages", _("What you were told"), (Role.SOURCE_OFFICER,)),
    ("records:import-runs", _("Imports"), (Role.SOURCE_OFFICER, Role.SUPERVISOR, Role.OPERATOR)),
    ("log:audit", _("The log"), (Role.AUDITOR,)),
    ("appeals:operator-untold", _("What nobody could be told"), (Role.OPERATOR,)),
    ("appeals:operator-addresses", _("Addresses in doubt"), (Role.OPERATOR,)),
)


def page(request: HttpRequest) -> dict[str, Any]:
    """`nav` (list of NavLink, worked out only where it is shown), `is_demo` and `languages` for base.html."""
    return {
        "nav": SimpleLazyObject(lambda: navigation(request)),
        "acts_for": SimpleLazyObject(lambda: acts_for(request)),
        **frame(),
    }


def acts_for(request: HttpRequest) -> str:
    """The name of the person or company for whom somebody acts; empty for those who act for themselves."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or actor.acts is None:
        return ""
    return accounts.name_of(actor.own_subject)


def frame() -> dict[str, Any]:
    """The part that needs no visitor: error pages use it alone, also while the database is away."""
    return {"is_demo": bool(getattr(settings, "DEMO", False)), "languages": settings.LANGUAGES}


def navigation(request: HttpRequest) -> list[NavLink]:
    """The main pages of whoever is signed in; nothing for a visitor. One query for a person, none for staff."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    own_id: UUID | None = getattr(user, "subject_id", None)
    if own_id and sessions.is_of_registered_contact(request):
        return []
    actor: Actor | None = getattr(request, "actor", None)
    subject_id = actor.subject_id if own_id and actor and actor.acts else own_id
    links = []
    for name, label in PERSON_PAGES if subject_id else _staff_pages(request):
        try:
            href = reverse(name)
        except NoReverseMatch:
            continue
        unread = 0
        if subject_id and name == MESSAGES_PAGE:
            everybody = actor.own_subjects if actor and actor.subject_id else {subject_id}
            unread = delivery.inbox(*everybody).filter(read_at=None).count()
        links.append(NavLink(href, label, request.path.startswith(href), unread))
    return links


def _staff_pages(request: HttpRequest) -> list[tuple[str, str | Promise]]:
    actor: Actor | None = getattr(request, "actor", None)
    return [(name, label) for name, label, roles in STAFF_PAGES if actor and actor.seat(*roles)]
