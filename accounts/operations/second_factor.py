"""The second factor of staff, from the outside: set up for the demonstration, read there, taken away when lost."""

from datetime import datetime
from typing import Any, NamedTuple

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.db import transaction

from accounts import addresses, queries
from accounts.actors import Actor
from accounts.models import User
from audit import operations as audit

PERIOD = 30  # seconds, of every authenticator app


class NoSecondFactor(Exception):
    """This user has no authenticator set up."""


class WrongCode(Exception):
    """This is not the code that the authenticator shows, or it was used before."""


class Code(NamedTuple):
    digits: str
    seconds_left: int


def set_up(user: User) -> str:
    """Give the user an authenticator without their doing, and return its secret. For the demonstration and tests."""
    secret: str = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def current_code(email: str, *, at: datetime) -> Code:
    """What the user's authenticator app shows at `at`. Raises `NoSecondFactor`."""
    authenticator = _of(email).filter(type=Authenticator.Type.TOTP).first()
    if authenticator is None:
        raise NoSecondFactor
    secret = get_adapter().decrypt(authenticator.data["secret"])
    now = int(at.timestamp())
    return Code(totp.format_hotp_value(totp.hotp_value(secret, now // PERIOD)), PERIOD - now % PERIOD)


def show(email: str, digits: str) -> Actor:
    """Whoever shows the code that their authenticator app shows now, as they act; each code works once.

    For commands that need to know who is at the keyboard. Raises `NoSecondFactor` or `WrongCode`.
    """
    found = _of(email).filter(type=Authenticator.Type.TOTP, user__is_active=True).select_related("user").first()
    if found is None:
        raise NoSecondFactor
    if not totp.TOTP(found).validate_code(digits.replace(" ", "")):
        raise WrongCode
    return queries.actor_of(found.user)


@transaction.atomic
def reset(email: str, *, by: Actor, at: datetime) -> None:
    """Take authenticator and recovery codes away; the user sets up new ones at the next sign-in.

    Raises `NoSecondFactor`.
    """
    user = User.objects.filter(email=addresses.normal(email)).first()
    if user is None or not _of(email).delete()[0]:
        raise NoSecondFactor
    audit.record("second_factor.reset", by=by.signature(), at=at, facts={"member": str(user.pk)})


def _of(email: str) -> Any:  # allauth is not typed
    return Authenticator.objects.filter(user__email=addresses.normal(email))
