"""Letters that officials print and post: those of their cases, and others to people about whom they hold something."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet

from accounts import post
from accounts.actors import Actor
from accounts.models import Role
from appeals import access
from delivery import letters
from delivery.models import Letter
from records import queries as held


def letters_to_post(actor: Actor) -> QuerySet[Letter]:
    """What this official has to print and post, oldest first."""
    return letters.to_post().filter(_theirs(actor))


def letters_posted(actor: Actor) -> QuerySet[Letter]:
    """What was posted and is not known to have arrived, the last first."""
    return letters.posted().filter(_theirs(actor), delivered_on=None)


def letter_for(actor: Actor, letter_id: UUID) -> Letter:
    """One of them. Raises `Letter.DoesNotExist`."""
    return Letter.objects.select_related("message").filter(_theirs(actor)).get(pk=letter_id)


def latest_today(at: datetime) -> date:
    """The latest day that it is anywhere on earth: no day after it has come for anybody."""
    return (at + timedelta(hours=14)).date()


def _theirs(actor: Actor) -> Q:
    """Letters about this official's cases, and about what their organisation holds.

    The envelope shows a home address, and another holder has no business knowing what a letter is about. One that is
    about neither (a mandate, a copy) is for the office that noted the address which stands on it: the one in use, or
    the very one to which it goes. An office that noted an earlier one does not learn where somebody lives now.
    """
    offices = actor.organisations(Role.CASEWORKER, Role.SUPERVISOR)
    cases = access.visible_to(actor).values("pk")
    is_held = held.is_held_by(actor, OuterRef("message__record_id"))
    neither = Q(message__case_id__isnull=True, message__record_id__isnull=True)
    to_one_in_use = Q(postal_id__isnull=True, subject_id__in=post.reached_by_office(offices))
    to_this_very_one = Q(postal_id__in=post.noted_by_office(offices))
    return (
        Q(message__case_id__in=cases)
        | Q(is_held, message__case_id__isnull=True)
        | neither & (to_one_in_use | to_this_very_one)
    )
