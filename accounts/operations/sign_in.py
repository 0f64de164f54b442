"""A person's way in: a mailed code, and a fact that the mail does not hold (ADR 0004).

# Note [Known and unknown alike]
Whoever asks for a code learns nothing about whether the address is known: an unknown one gets a code, a
message and the same statements too, only that the message is addressed to nobody. The facts are compared
only after the code was right, so that a guess at the code takes the same time for both. Every refusal is
the same sentence.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from accounts import addresses, files, throttle
from accounts.actors import Actor, ActorKind
from accounts.models import Contact, Identifier, SignInCode, Subject, SubjectKind, User
from accounts.particulars import Particulars
from accounts.throttle import Limit
from audit import keys
from audit import operations as audit
from audit.ids import uuid7
from delivery import operations as delivery
from delivery.rendering import CODE_LIFE, CONTACT_CHANGED, OBJECTION, SIGN_IN_CODE

DIGITS: Final = 8  # somebody who knows the fact (a former partner) can guess for years: six would be too few
TRIES: Final = 5
NOBODY: Final = UUID("00000000-0000-7000-8000-000000000002")  # whom messages to unknown addresses are addressed to

# One network asks for one address: enough for mails that come late, too few to fill somebody's mailbox.
ASKS_OF_ONE_NETWORK_FOR_ONE_ADDRESS: Final = Limit("code_pair", 10, timedelta(hours=1))
# From everywhere together: several networks cannot fill it either, and one alone cannot lock its owner out.
ASKS_FOR_ONE_ADDRESS: Final = Limit("code_address", 20, timedelta(hours=1))
# A library or an office has one network address for many people.
ASKS_OF_ONE_NETWORK: Final = Limit("code_network", 60, timedelta(hours=1))
# Right code, wrong fact: only somebody who reads the mailbox gets here. With the year known, a birth date
# has 365 values, and ten a day leave the owner weeks to notice the mails.
FACTS_FOR_ONE_ADDRESS: Final = Limit("fact_address", 10, timedelta(days=1))
LAST_CHARACTERS: Final = 4
_NUMBERS_OF_ORGANISATIONS: Final = ("cn-uscc", "lei")


class NotSignedIn(Exception):
    """The code or the detail is not right, or the code is no longer valid."""


class CodeSpent(NotSignedIn):
    """This code has been tried too often or has expired. Ask for a new one."""


class SeveralMatch(NotSignedIn):
    """More than one file has this address and this detail, so we cannot tell which one is yours."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What the mail does not hold: a person's birth date, or the end of a company's registered number."""

    birth_date: date | None = None
    last_characters: str = ""

    @property
    def name(self) -> str:
        """How the log calls it."""
        return "birth_date" if self.birth_date else "registered_number"


def ask_for_code(*, email: str, network: str, at: datetime) -> UUID:
    """Mail a code to this address if it is known, and return the id to enter it under (Note [Known and unknown alike]).

    Raises `TooMany`.
    """
    address = addresses.normal(email)
    throttle.spend(ASKS_OF_ONE_NETWORK, network, at=at)
    throttle.spend(ASKS_OF_ONE_NETWORK_FOR_ONE_ADDRESS, f"{network} {address}", at=at)
    throttle.spend(ASKS_FOR_ONE_ADDRESS, address, at=at)
    return _make_code(address, at)


@transaction.atomic
def _make_code(address: str, at: datetime) -> UUID:
    code_id, digits = uuid7(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    lookup = addresses.lookup(address)
    known = Contact.objects.filter(lookup=lookup, ended_at=None).order_by("pk").values_list("subject_id", flat=True)
    to = known.first() or NOBODY
    keys.forget(to)  # a cached key would make one of the two quicker
    SignInCode.objects.create(
        pk=code_id,
        address_lookup=lookup,
        code_hash=_hash(code_id, digits),
        asked_at=at,
        expires_at=at + CODE_LIFE,
        tries_left=TRIES,
    )
    delivery.tell_subject(to, SIGN_IN_CODE, at=at, mail=True, secret=digits)
    return code_id


def enter_code(*, code_id: UUID, digits: str, fact: Fact, at: datetime) -> User:
    """The user of the one subject that has this address and this fact. Each call spends one try.

    Raises `CodeSpent`, `NotSignedIn`, `SeveralMatch` or `TooMany`. Not to be called in a transaction: a refusal
    must leave its trace.
    """
    code = _spend_try(code_id, at)
    if not hmac.compare_digest(bytes(code.code_hash), _hash(code_id, digits)):
        raise NotSignedIn
    address = bytes(code.address_lookup).hex()
    throttle.spend(FACTS_FOR_ONE_ADDRESS, address, at=at)  # before comparing: above the limit nobody learns anything
    contacts = [contact for contact in _contacts(code) if fits(contact.subject, fact)]
    if not contacts:
        raise NotSignedIn
    throttle.give_back(FACTS_FOR_ONE_ADDRESS, address, at=at)
    if len(set(files.roots([contact.subject_id for contact in contacts]).values())) > 1:
        raise SeveralMatch
    return _let_in(code, contacts[0], fact, at)


def _spend_try(code_id: UUID, at: datetime) -> SignInCode:
    """Take one of the tries, in one statement: two tries at once cannot both take the last."""
    alive = SignInCode.objects.filter(pk=code_id, used_at=None, expires_at__gt=at, tries_left__gt=0)
    if not alive.update(tries_left=F("tries_left") - 1):
        raise CodeSpent
    return SignInCode.objects.get(pk=code_id)


def _hash(code_id: UUID, digits: str) -> bytes:
    return keys.keyed_hash("sign-in-code", f"{code_id}:{digits}")


def _contacts(code: SignInCode) -> list[Contact]:
    """Those that let in, the file's own first: of somebody who was joined to it only a confirmed one (ADR 7)."""
    own = Q(subject__merged_into__isnull=True) | Q(confirmed_at__isnull=False)
    found = Contact.objects.filter(own, lookup=code.address_lookup, ended_at=None).select_related("subject")
    return list(found.order_by(F("subject__merged_into").asc(nulls_first=True), "pk"))


def fits(subject: Subject, fact: Fact) -> bool:
    """Whether the fact is this subject's."""
    if fact.birth_date:
        own = Particulars.from_bytes(keys.open_sealed(subject.pk, bytes(subject.sealed_particulars))).birth_date
        return own is not None and _equal(own.isoformat(), fact.birth_date.isoformat())
    if subject.kind != SubjectKind.ORGANISATION:
        return False
    numbers = Identifier.objects.filter(subject=subject, scheme__in=_NUMBERS_OF_ORGANISATIONS)
    ends = [keys.open_sealed(subject.pk, bytes(number.sealed)).decode()[-LAST_CHARACTERS:] for number in numbers]
    return any(_equal(end.casefold(), fact.last_characters.casefold()) for end in ends)


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


@transaction.atomic
def _let_in(code: SignInCode, contact: Contact, fact: Fact, at: datetime) -> User:
    if not SignInCode.objects.filter(pk=code.pk, used_at=None).update(used_at=at):
        raise CodeSpent  # somebody else was quicker with the same code
    Contact.objects.filter(pk=contact.pk, confirmed_at=None).update(confirmed_at=at)
    user, is_new = User.objects.get_or_create(
        subject=contact.subject, defaults={"language": contact.subject.language, "joined_at": at, "password": "!"}
    )
    by = Actor(ActorKind.PERSON, user_id=user.pk, subject_id=contact.subject_id)
    event = "person.activated" if is_new else "person.signed_in"
    audit.record(event, by=by.signature(), at=at, subject_id=contact.subject_id, facts={"factor": fact.name})
    if is_new:
        _tell_other_addresses(contact, at)
    return user


def _tell_other_addresses(contact: Contact, at: datetime) -> None:
    """Whoever reads another mailbox that was once given for this subject learns that a different one is used now.

    These were never confirmed, so they cannot stop anything; the mail names the office to ask, and what cannot be
    taken back waits so long.
    """
    others = Contact.objects.filter(subject_id=contact.subject_id).exclude(lookup=bytes(contact.lookup))
    known = list(others.order_by("lookup", "-pk").distinct("lookup"))
    if known:
        Contact.objects.filter(pk=contact.pk).update(settles_at=at + OBJECTION)
    for other in known:
        delivery.tell_subject(contact.subject_id, CONTACT_CHANGED, at=at, mail=True, secret="", contact_id=other.pk)
