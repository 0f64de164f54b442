"""Acting for another: mandates are given by a code that is handed over, accepted, used, and ended by either side.

# Note [Handed over by a code]
Whoever gives a mandate gets a code, shown once, and hands it to the person who will act. That person signs in as
themselves, types the code, reads what they would take on, and accepts. So nobody types anything about a third
person, nobody learns who has a file here, and nobody is made to act against their will.

# Note [At once]
A mandate counts only while it is in force. Every request looks it up anew, and what writes holds its row until the
end of the transaction (`hold`): of a revocation and a filing at once, one waits for the other. Both lock the subject
first and the mandate after it, so that they never wait for each other in a circle.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import addresses, one_time_codes, throttle
from accounts.actors import Actor, ActorKind, NotThisKind
from accounts.models import Basis, Contact, Mandate, Membership, Reach, Role, Subject, SubjectKind
from accounts.models.mandate import MandateSet
from accounts.particulars import Particulars
from accounts.throttle import Limit
from audit import keys
from audit import operations as audit
from delivery import operations as delivery

CODE_LIFE: Final = timedelta(days=14)
_KIND: Final = "mandate"
# A code has 54 bits: these only keep a script from hammering.
WRONG_CODES: Final = Limit("mandate_code", 10, timedelta(hours=1))
OFFERS: Final = Limit("mandate_offer", 20, timedelta(hours=1))
ON_PAPER: Final = (Basis.POWER_OF_ATTORNEY, Basis.GUARDIAN, Basis.HEIR)
OFFICIALS: Final = (Role.CASEWORKER, Role.SUPERVISOR)


class MandateRefused(Exception):
    """This could not be done with the mandate."""

    sentence: object = _("This could not be done.")

    def __init__(self, sentence: object = "") -> None:
        self.sentence = sentence or self.sentence
        super().__init__(str(self.sentence))


class MandateEnded(MandateRefused):
    """The mandate by which somebody wanted to act is not in force any more."""

    sentence = _("You no longer act for this person or company: the mandate has ended.")


class NotToGive(MandateRefused):
    """Somebody who acts for another gives mandates only as administrator of a company."""

    sentence = _("Only the person themselves, or an administrator of the company, can say who acts for them.")


class WrongDays(MandateRefused):
    """A mandate ends after it begins, and not in the past."""

    sentence = _("The last day must not lie before the first day, nor in the past.")


class NoSuchOffer(MandateRefused):
    """No mandate waits under this code: mistyped, used, expired or taken back."""

    sentence = _("This code is not right, or it can no longer be used. Ask whoever gave it to you for a new one.")


class NotForYourself(MandateRefused):
    """Nobody acts for themselves by a mandate, and only people act for others."""

    sentence = _("This code is for somebody else: nobody needs a mandate to act for themselves.")


class LastAdministrator(MandateRefused):
    """The last administrator of a company cannot go before there is another."""

    sentence = _(
        "This is the only administrator. Name another one first, or sign in by a code to the registered contact of"
        " the company."
    )


class NeedsAnotherPerson(MandateRefused):
    """A mandate on paper is confirmed by another official than the one who entered it."""

    sentence = _("You entered this mandate, so somebody else has to confirm it.")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a mandate says. `called`: what its giver calls the holder. No programme named means every one."""

    basis: str
    reach: str
    from_on: date
    to_on: date | None
    called: str
    programmes: Sequence[str] = ()
    paper: str = ""


@transaction.atomic
def give(terms: Terms, *, by: Actor, at: datetime) -> tuple[Mandate, str]:
    """Offer a mandate for the actor's subject; returns it with the code to hand over (Note [Handed over by a code]).

    Raises `NotToGive`, `WrongDays` or `MandateEnded`.
    """
    hold(by, at=at)
    check_may_give(by)
    kind = Subject.objects.values_list("kind", flat=True).get(pk=by.own_subject)
    if terms.basis not in bases_of(kind):
        raise NotToGive
    mandate, code = _new(terms, by.own_subject, at=at), one_time_codes.new()
    mandate.given_by_id = by.own_user
    mandate.code_hash, mandate.code_expires_at = one_time_codes.hash_of(_KIND, code), at + CODE_LIFE
    mandate.save(force_insert=True)
    _record("mandate.given", mandate, by=by, at=at, facts=_facts(mandate))
    return mandate, code


@transaction.atomic
def enter(terms: Terms, *, subject_id: UUID, by: Actor, at: datetime) -> Mandate:
    """Enter a mandate that came on paper. It counts only once another official has confirmed it."""
    if by.seat(*OFFICIALS) is None:
        raise NotThisKind
    if terms.basis not in ON_PAPER:
        raise NotToGive
    mandate = _new(terms, subject_id, at=at)
    mandate.entered_by_id = by.own_user
    mandate.save(force_insert=True)
    _record("mandate.entered", mandate, by=by, at=at, facts=_facts(mandate))
    return mandate


@transaction.atomic
def confirm(mandate_id: UUID, *, by: Actor, at: datetime) -> str:
    """Confirm a mandate on paper as a second official of the same office; returns the code to hand over."""
    mandate = Mandate.objects.select_for_update(no_key=True, of=("self",)).get(
        pk=mandate_id, entered_by__isnull=False, confirmed_by=None, revoked_at=None
    )
    if mandate.entered_by_id == by.own_user:
        raise NeedsAnotherPerson
    offices = by.organisations(*OFFICIALS)
    colleagues = Membership.objects.filter(user=mandate.entered_by_id, organisation__in=offices, role__in=OFFICIALS)
    if not colleagues.exists():
        raise Mandate.DoesNotExist
    code = one_time_codes.new()
    mandate.confirmed_by_id = by.own_user
    mandate.code_hash, mandate.code_expires_at = one_time_codes.hash_of(_KIND, code), at + CODE_LIFE
    mandate.save(update_fields=["confirmed_by", "code_hash", "code_expires_at"])
    _record("mandate.confirmed", mandate, by=by, at=at)
    return code


def offer(code: str, *, by: Actor, at: datetime) -> Mandate:
    """The mandate that waits under this code, to be read before it is accepted. Raises `NoSuchOffer`, `TooMany`."""
    found = _waiting(code, at).first()
    if found is None:
        throttle.spend(WRONG_CODES, str(by.own_user), at=at)
        raise NoSuchOffer
    if found.subject_id in by.own_subjects or _kind_of(by.own_subject) != SubjectKind.PERSON:
        raise NotForYourself
    return found


@transaction.atomic
def accept(code: str, *, by: Actor, at: datetime) -> Mandate:
    """Take on the mandate under this code. Twice at once, it is taken on once. Raises `NoSuchOffer`."""
    found = _waiting(code, at).select_for_update(no_key=True).first()
    if found is None or by.acts:
        raise NoSuchOffer
    if found.subject_id == by.own_subject or _kind_of(by.own_subject) != SubjectKind.PERSON:
        raise NotForYourself
    found.holder_id, found.accepted_at, found.code_hash = by.own_subject, at, None
    found.save(update_fields=["holder", "accepted_at", "code_hash"])
    _record("mandate.accepted", found, by=by, at=at)
    delivery.tell_subject(found.subject_id, "mandate_began", at=at, mail=True)
    delivery.tell_subject(by.own_subject, "mandate_held", at=at, mail=True)
    return found


@transaction.atomic
def use(mandate_id: UUID, *, by: Actor, at: datetime) -> None:
    """Note that somebody begins to act for another. Raises `MandateEnded`."""
    held = Mandate.objects.in_force(at).filter(pk=mandate_id, holder_id__in=by.own_subjects).first()
    if held is None:
        raise MandateEnded
    _record("mandate.used", held, by=by, at=at)


@transaction.atomic
def revoke(mandate_id: UUID, *, by: Actor, at: datetime) -> None:
    """End a mandate, or take back an offer: by the subject, an administrator of a company, or whoever holds it.

    Raises `Mandate.DoesNotExist` for what is not the actor's to end, `LastAdministrator`, or `MandateEnded`.
    Ended twice, the second time changes nothing.
    """
    mandate = _to_end(mandate_id, by)
    # Of two administrators who end each other's mandate at once, the second finds itself the last.
    Subject.objects.select_for_update(no_key=True).get(pk=mandate.subject_id)
    hold(by, at=at)
    mandate = Mandate.objects.select_for_update(no_key=True).get(pk=mandate.pk)
    if mandate.revoked_at:
        return
    if mandate.basis == Basis.COMPANY_ADMINISTRATOR and not _came_by_registered_contact(by, mandate):
        _check_not_last(mandate, at)
    mandate.revoked_at, mandate.code_hash = at, None
    mandate.save(update_fields=["revoked_at", "code_hash"])
    how = "holder" if mandate.holder_id in _oneself(by) else "subject"
    _record("mandate.revoked", mandate, by=by, at=at, facts={"mandate": str(mandate.pk), "how": how})
    if mandate.accepted_at and mandate.holder_id:
        delivery.tell_subject(mandate.subject_id, "mandate_ended", at=at, mail=True)
        delivery.tell_subject(mandate.holder_id, "mandate_lost", at=at, mail=True)


def hold(by: Actor, *, at: datetime) -> None:
    """Before a write by somebody who acts for another: keep their mandate as it is until the transaction ends.

    Nothing to do for others. Raises `MandateEnded` (Note [At once]).
    """
    if by.acts is None:
        return
    same = Mandate.objects.in_force(at).filter(
        pk=by.acts.mandate_id, subject_id__in=by.own_subjects, holder_id=by.acts.holder_id, reach=by.acts.reach
    )
    if same.select_for_update(no_key=True).first() is None:
        raise MandateEnded


def open_account(
    code: str, *, name: str, birth_date: date, email: str, language: str, network: str, at: datetime
) -> None:
    """Somebody who has no file here, and was given a code, gets an account; they sign in as all others do.

    Where a file with this address and birth date exists, nothing is made, and the answer is the same. Raises
    `NoSuchOffer` or `TooMany`.
    """
    throttle.spend(WRONG_CODES, network, at=at)
    if not _waiting(code, at).exists():
        raise NoSuchOffer
    throttle.give_back(WRONG_CODES, network, at=at)
    with transaction.atomic():
        lookup = addresses.lookup(email)
        known = Contact.objects.filter(lookup=lookup, ended_at=None, subject__kind=SubjectKind.PERSON)
        if any(_born(contact.subject) == birth_date for contact in known.select_related("subject")):
            return
        made = Subject(kind=SubjectKind.PERSON, language=language, created_at=at)
        made.sealed_particulars = keys.seal(made.pk, Particulars(name, birth_date).to_bytes())
        made.save(force_insert=True)
        sealed = keys.seal(made.pk, addresses.normal(email).encode())
        Contact.objects.create(
            subject=made, lookup=lookup, sealed=sealed, origin=Contact.Origin.PERSON, added_at=at, confirmed_at=None
        )
        by = Actor(ActorKind.PERSON, subject_id=made.pk)
        facts = {"origin": str(Contact.Origin.PERSON)}
        audit.record("contact.added", by=by.signature(), at=at, subject_id=made.pk, facts=facts)


def bases_of(kind: str) -> tuple[Basis, ...]:
    """On what a mandate can rest that is given on the pages; others come on paper, with evidence."""
    if kind == SubjectKind.ORGANISATION:
        return (Basis.COMPANY_MEMBER, Basis.COMPANY_ADMINISTRATOR)
    return (Basis.POWER_OF_ATTORNEY,)


def check_may_give(by: Actor) -> None:
    """Raise `NotToGive` unless this is the subject themselves, or an administrator of a company."""
    if by.kind is not ActorKind.PERSON:
        raise NotThisKind
    if by.acts and by.acts.basis != Basis.COMPANY_ADMINISTRATOR:
        raise NotToGive


def _new(terms: Terms, subject_id: UUID, *, at: datetime) -> Mandate:
    if terms.to_on is not None and (terms.to_on < terms.from_on or terms.to_on < timezone.localdate(at)):
        raise WrongDays
    is_administrator = terms.basis == Basis.COMPANY_ADMINISTRATOR
    return Mandate(
        subject_id=subject_id,
        basis=terms.basis,
        reach=Reach.ALL if is_administrator else terms.reach,
        programmes=[] if is_administrator else sorted(set(terms.programmes)),
        from_on=terms.from_on,
        to_on=terms.to_on,
        given_at=at,
        sealed=keys.seal(subject_id, json.dumps({"called": terms.called, "paper": terms.paper}).encode()),
    )


def _facts(mandate: Mandate) -> dict[str, str]:
    return {
        "mandate": str(mandate.pk),
        "basis": mandate.basis,
        "reach": mandate.reach,
        "programmes": ",".join(mandate.programmes),
        "from_on": mandate.from_on.isoformat(),
        "to_on": mandate.to_on.isoformat() if mandate.to_on else "",
    }


def _record(event: str, mandate: Mandate, *, by: Actor, at: datetime, facts: dict[str, str] | None = None) -> None:
    said = facts or {"mandate": str(mandate.pk)}
    audit.record(event, by=by.signature(), at=at, subject_id=mandate.subject_id, facts=said)


def _waiting(code: str, at: datetime) -> MandateSet:
    normal = one_time_codes.normal(code)
    lookup = one_time_codes.hash_of(_KIND, normal) if normal else b""
    two_people = Q(entered_by=None) | Q(confirmed_by__isnull=False)
    today = timezone.localdate(at)
    alive = Q(to_on=None) | Q(to_on__gte=today)
    return Mandate.objects.filter(
        two_people, alive, code_hash=lookup, code_expires_at__gt=at, accepted_at=None, revoked_at=None
    )


def _to_end(mandate_id: UUID, by: Actor) -> Mandate:
    """A mandate that this actor may end."""
    its_own = Q(holder_id__in=_oneself(by))
    if by.acts is None or by.acts.basis == Basis.COMPANY_ADMINISTRATOR:
        its_own |= Q(subject_id__in=by.own_subjects)
    return Mandate.objects.get(its_own, pk=mandate_id)


def _oneself(by: Actor) -> frozenset[UUID]:
    return frozenset({by.acts.holder_id}) if by.acts else by.own_subjects


def _came_by_registered_contact(by: Actor, mandate: Mandate) -> bool:
    """Whether it is the company itself that ends it: a session that began with a code to its registered contact."""
    return by.acts is None and mandate.subject_id in by.own_subjects


def _check_not_last(mandate: Mandate, at: datetime) -> None:
    others = Mandate.objects.in_force(at).filter(subject_id=mandate.subject_id, basis=Basis.COMPANY_ADMINISTRATOR)
    of_it = Mandate.objects.in_force(at).filter(pk=mandate.pk)
    if of_it.exists() and not others.exclude(pk=mandate.pk).exists():
        raise LastAdministrator


def _kind_of(subject_id: UUID) -> str:
    return Subject.objects.values_list("kind", flat=True).get(pk=subject_id)


def _born(subject: Subject) -> date | None:
    try:
        return Particulars.from_bytes(keys.open_sealed(subject.pk, bytes(subject.sealed_particulars))).birth_date
    except keys.Erased:
        return None
