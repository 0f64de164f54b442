"""For people without mail or phone: officials find them by a number and print a way in."""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts import files, identifiers, one_time_codes, throttle
from accounts.actors import Actor, ActorKind, NotThisKind
from accounts.identifiers import IdentifierRefused
from accounts.models import ActivationLetter, Identifier, Role, Subject, User
from accounts.operations import sign_in
from accounts.operations.sign_in import CodeSpent, Fact, NotSignedIn
from accounts.throttle import Limit
from audit import keys
from audit import operations as audit

LETTER_LIFE: Final = timedelta(days=30)
LETTER_TRIES: Final = 5
OFFICIALS: Final = (Role.CASEWORKER, Role.SUPERVISOR)
_KIND: Final = "activation-letter"
# An official types in what came by post; a script that tries numbers is slowed down.
LOOK_UPS: Final = Limit("number_look_up", 60, timedelta(hours=1))
WRONG_CODES: Final = Limit("letter_code", 20, timedelta(hours=1))


@transaction.atomic
def find(
    scheme: str,
    number: str,
    *,
    purpose: str,
    by: Actor,
    at: datetime,
    name: str = "",
    birth_date: date | None = None,
) -> UUID | None:
    """The subject with exactly this number, or None. There is no search by name. Finding one is logged.

    `name` and `birth_date` only where the number alone does not tell people apart. Raises `IdentifierRefused`.
    """
    check_official(by)
    if scheme not in identifiers.SCHEMES:
        raise IdentifierRefused("")
    checked = identifiers.check(scheme, number, today=at.date(), name=name, birth_date=birth_date)
    lookup = keys.keyed_hash("identifier", checked.lookup)
    found = Identifier.objects.filter(lookup=lookup, scheme=scheme).values_list("subject_id", flat=True).first()
    if found is None:
        return None
    subject_id, _also = files.of(found)
    facts = {"scheme": scheme, "purpose": purpose}
    audit.record("person.looked_up", by=official_signature(by), at=at, subject_id=subject_id, facts=facts)
    return subject_id


@transaction.atomic
def make_activation_letter(subject_id: UUID, *, by: Actor, at: datetime) -> tuple[ActivationLetter, str]:
    """A new letter with its code, which is shown once; a letter that was made before stops working."""
    check_official(by)
    Subject.objects.select_for_update(no_key=True).get(pk=subject_id)
    ActivationLetter.objects.filter(subject_id=subject_id, used_at=None, expires_at__gt=at).update(expires_at=at)
    code = one_time_codes.new()
    made = ActivationLetter.objects.create(
        subject_id=subject_id,
        code_hash=one_time_codes.hash_of(_KIND, code),
        made_by_id=by.own_user,
        made_at=at,
        expires_at=at + LETTER_LIFE,
        tries_left=LETTER_TRIES,
    )
    facts = {"letter": str(made.pk)}
    audit.record("activation_letter.made", by=official_signature(by), at=at, subject_id=subject_id, facts=facts)
    return made, code


def activate_by_letter(code: str, *, fact: Fact, network: str, at: datetime) -> User:
    """Let in whoever has the letter and knows a fact that it does not hold. Each call spends one of five tries.

    The answer is the same for a code that does not exist. Raises `NotSignedIn`, `CodeSpent` or `TooMany`. Not to be
    called in a transaction: a refusal must leave its trace.
    """
    throttle.spend(WRONG_CODES, network, at=at)
    normal = one_time_codes.normal(code)
    lookup = one_time_codes.hash_of(_KIND, normal or "")
    alive = ActivationLetter.objects.filter(code_hash=lookup, used_at=None, expires_at__gt=at, tries_left__gt=0)
    if not alive.update(tries_left=F("tries_left") - 1):
        raise NotSignedIn
    letter = ActivationLetter.objects.select_related("subject").get(code_hash=lookup)
    if not sign_in.fits(letter.subject, fact):
        raise NotSignedIn
    throttle.give_back(WRONG_CODES, network, at=at)
    return _let_in(letter, fact, at)


@transaction.atomic
def _let_in(letter: ActivationLetter, fact: Fact, at: datetime) -> User:
    if not ActivationLetter.objects.filter(pk=letter.pk, used_at=None).update(used_at=at):
        raise CodeSpent
    subject = letter.subject
    user, is_new = User.objects.get_or_create(
        subject=subject, defaults={"language": subject.language, "joined_at": at, "password": "!"}
    )
    by = Actor(ActorKind.PERSON, user_id=user.pk, subject_id=subject.pk)
    event = "person.activated" if is_new else "person.signed_in"
    audit.record(event, by=by.signature(), at=at, subject_id=subject.pk, facts={"factor": f"letter+{fact.name}"})
    return user


def check_official(by: Actor) -> None:
    """Raise `NotThisKind` unless this is an official who decides or supervises."""
    if by.seat(*OFFICIALS) is None:
        raise NotThisKind


def official_signature(by: Actor) -> audit.Signature:
    """How the log keeps the official whom `check_official` let pass."""
    seat = by.seat(*OFFICIALS)
    assert seat
    return by.signature(seat.organisation_id, seat.role)
