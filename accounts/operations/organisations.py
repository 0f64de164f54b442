"""Organisations and their staff."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import Max

from accounts import addresses
from accounts.actors import Actor
from accounts.models import Membership, Organisation, Role, User
from audit import operations as audit


class AddressTaken(Exception):
    """Somebody already signs in with this address."""


class NotAMember(Exception):
    """This user does not hold this role in this organisation."""


def register_organisation(*, code: str, name_en: str, name_zh: str, by: Actor, at: datetime) -> Organisation:
    """The organisation with this code, made if it is new. One that exists keeps its names."""
    names = {"name_en": name_en, "name_zh": name_zh, "registered_at": at}
    return Organisation.objects.get_or_create(code=code, defaults=names)[0]


@transaction.atomic
def create_staff(
    *, email: str, password: str, organisation: Organisation, role: Role, language: str, by: Actor, at: datetime
) -> Membership:
    """A new user with one role. They set up their second factor when they first sign in.

    Raises `AddressTaken`, or `ValidationError` for a password that is too easy.
    """
    email = addresses.normal(email)
    if User.objects.filter(email=email).exists():
        raise AddressTaken
    validate_password(password, User(email=email))
    user = User.objects.create_staff(email, password, language=language, joined_at=at)
    return appoint(user=user, organisation=organisation, role=role, by=by, at=at)


@transaction.atomic
def appoint(*, user: User, organisation: Organisation, role: Role, by: Actor, at: datetime) -> Membership:
    """Give a user a role; one that they hold already stays. Numbers count up and are never used again."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)  # two at once must not get one number
    held = Membership.objects.filter(user=user, organisation=organisation, role=role, ended_at=None).first()
    if held:
        return held
    others = Membership.objects.filter(organisation=organisation, role=role)
    highest = others.aggregate(highest=Max("number"))["highest"] or 0
    made = Membership.objects.create(user=user, organisation=organisation, role=role, number=highest + 1, since=at)
    _record("role.given", user, organisation, role, by=by, at=at)
    return made


@transaction.atomic
def end_membership(*, user: User, organisation: Organisation, role: Role, by: Actor, at: datetime) -> None:
    """Take a role away; it no longer counts from the next request on. Raises `NotAMember`."""
    held = Membership.objects.filter(user=user, organisation=organisation, role=role, ended_at=None)
    if not held.update(ended_at=at):
        raise NotAMember
    _record("role.ended", user, organisation, role, by=by, at=at)


def _record(event: str, user: User, organisation: Organisation, role: Role, *, by: Actor, at: datetime) -> None:
    facts = {"role": str(role), "member": str(user.pk)}
    audit.record(event, by=by.signature(organisation.pk), at=at, facts=facts)
