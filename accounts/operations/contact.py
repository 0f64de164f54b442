"""The address of a person: changing it, stopping a change, and what mails may come.

# Note [A change can be stopped]
Whoever changes an address may be somebody who found a session open. So the new address is confirmed by a code, the
old one is told at once and can stop the change, and until its time is over no export leaves and no case is
withdrawn (`accounts.access.settled_contact`). An address that a feed gave and that nobody proved is told, but cannot
stop whoever proved more.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import addresses, throttle, wishes
from accounts.access import check_settled_contact
from accounts.actors import SERVICE, Actor
from accounts.models import Contact, ContactChange, ContactVouch, ContactWishes, Mandate, Subject, User
from accounts.operations import mandates
from accounts.operations.sign_in import ASKS_OF_ONE_NETWORK, DIGITS, TRIES, CodeSpent, NotSignedIn
from accounts.queries import came_as, contact_in_use, contact_of
from accounts.throttle import Limit
from audit import keys
from audit import operations as audit
from audit.ids import uuid7
from delivery import operations as delivery
from delivery.rendering import CODE_LIFE, CONTACT_CHANGED, CONTACT_CODE, OBJECTION
from delivery.wishes import Wishes

# A few slips are enough for anybody; more would make us write to strangers' mailboxes.
CHANGES_OF_ONE_PERSON: Final = Limit("change_person", 5, timedelta(days=1))
CHANGES_TO_ONE_ADDRESS: Final = Limit("change_address", 5, timedelta(hours=1))


class SameAddress(ValueError):
    """This address is the one in use."""


class UnknownLink(LookupError):
    """There is no such change, or it can no longer be stopped."""


def ask_to_change(*, email: str, network: str, by: Actor, at: datetime) -> UUID:
    """Mail a code to a new address; returns the id to enter it under. Nothing changes yet.

    Raises `ContactNotSettled` while an earlier change can be stopped, `SameAddress` or `TooMany`.
    """
    subject_id, address = by.own_subject, addresses.normal(email)
    check_settled_contact(subject_id, at)
    in_use = contact_in_use(subject_id)
    if in_use and bytes(in_use.lookup) == addresses.lookup(address) and in_use.proved_at:
        raise SameAddress
    throttle.spend(ASKS_OF_ONE_NETWORK, network, at=at)
    throttle.spend(CHANGES_OF_ONE_PERSON, str(subject_id), at=at)
    throttle.spend(CHANGES_TO_ONE_ADDRESS, address, at=at)
    return _ask(subject_id, address, by, at)


@transaction.atomic
def _ask(subject_id: UUID, address: str, by: Actor, at: datetime) -> UUID:
    change_id, digits = uuid7(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    ContactChange.objects.create(
        pk=change_id,
        subject_id=subject_id,
        lookup=addresses.lookup(address),
        sealed=addresses.sealed(subject_id, address),
        code_hash=_hash(change_id, digits),
        tries_left=TRIES,
        asked_at=at,
        expires_at=at + CODE_LIFE,
        is_proved=by.sources is None,
    )
    delivery.tell_subject(subject_id, CONTACT_CODE, at=at, mail=True, secret=digits, to=address)
    audit.record("contact.change_asked", by=by.signature(), at=at, subject_id=subject_id)
    return change_id


def confirm_change(*, change_id: UUID, digits: str, by: Actor, at: datetime) -> Contact:
    """Put the new address in use, tell the old one and end all sessions: the caller lets its own go on.

    Each call spends one try.

    Raises `CodeSpent`, `NotSignedIn` or `ContactNotSettled`. Not to be called in a transaction: a refusal must
    leave its trace.
    """
    alive = ContactChange.objects.filter(
        pk=change_id, subject_id=by.own_subject, confirmed_at=None, expires_at__gt=at, tries_left__gt=0
    )
    if not alive.update(tries_left=F("tries_left") - 1):
        raise CodeSpent
    change = ContactChange.objects.get(pk=change_id)
    if not hmac.compare_digest(bytes(change.code_hash), _hash(change_id, digits)):
        raise NotSignedIn
    try:
        return _confirm(change_id, by, at)
    except IntegrityError:  # there was no address, and a feed has just brought one: it is the old one now
        return _confirm(change_id, by, at)


@transaction.atomic
def _confirm(change_id: UUID, by: Actor, at: datetime) -> Contact:
    subject = Subject.objects.select_for_update(no_key=True).get(pk=by.own_subject)  # one change at a time
    change = ContactChange.objects.get(pk=change_id)
    if change.confirmed_at:
        raise CodeSpent  # somebody else was quicker with the same code
    check_settled_contact(subject.pk, at)
    # Whoever proved nothing changes their own address only, where files were joined.
    side = None if change.is_proved else came_as(by)
    old, is_same = contact_of(subject.pk, came_as=side), False
    if old:
        is_same = bytes(old.lookup) == bytes(change.lookup)
        Contact.objects.filter(pk=old.pk).update(ended_at=at)
    whose = old.subject_id if old and side else subject.pk
    new = Contact.objects.create(
        subject_id=whose,
        lookup=bytes(change.lookup),
        sealed=addresses.sealed(whose, addresses.opened(change)),
        origin=Contact.Origin.PERSON,
        added_at=at,
        confirmed_at=at,
        proved_at=at if change.is_proved else None,
        settles_at=at + OBJECTION if old and not is_same else None,
    )
    if old and not change.is_proved:
        _carry_vouches(old, new, at)
    change.confirmed_at, change.old, change.new = at, old, new
    if old and not is_same:
        _tell_old(change, old, at)
    change.save(update_fields=["confirmed_at", "old", "new", "stop_hash"])
    if change.is_proved and not (old and old.proved_at):
        _open_in_full(new, by, at)
        if old and not is_same:
            _undo_unproved(by, at)
    User.objects.filter(subject_id__in={subject.pk, new.subject_id}).update(signed_out_at=at)
    until = new.settles_at.isoformat() if new.settles_at else ""
    audit.record("contact.changed", by=by.signature(), at=at, subject_id=subject.pk, facts={"until": until})
    return new


def _open_in_full(new: Contact, by: Actor, at: datetime) -> None:
    """Whoever holds this address showed by a letter on paper that they are the subject (ADR 0008)."""
    audit.record("person.proved", by=by.signature(), at=at, subject_id=new.subject_id, facts={"factor": "letter"})
    delivery.tell_subject(new.subject_id, "file_opened", at=at, mail=False)


def _undo_unproved(by: Actor, at: datetime) -> None:
    """Whoever used the address before may have been somebody else: what they set does not outlive them."""
    subject_id = by.own_subject
    ContactWishes.objects.filter(pk=subject_id).delete()
    given = Mandate.objects.filter(subject_id=subject_id, entered_by=None, revoked_at=None)
    for mandate_id in given.order_by("pk").values_list("pk", flat=True):
        mandates.revoke(mandate_id, by=by, at=at)


def _tell_old(change: ContactChange, old: Contact, at: datetime) -> None:
    """A mail to the old address, with a way to stop the change, unless it was proved less than the new one."""
    token = ""
    if old.proved_at or not change.is_proved:
        token = secrets.token_urlsafe(32)
        change.stop_hash = _token_hash(token)
    delivery.tell_subject(change.subject_id, CONTACT_CHANGED, at=at, mail=True, secret=token, contact_id=old.pk)
    params = {"until_at": (at + OBJECTION).isoformat()}
    delivery.tell_subject(change.subject_id, "contact_changed", at=at, mail=False, params=params)


def change_to_stop(token: str, at: datetime) -> ContactChange:
    """The change that this link can stop, or has stopped. Raises `UnknownLink`."""
    change = ContactChange.objects.filter(stop_hash=_token_hash(token)).first()
    if change is None or change.confirmed_at is None or at >= change.confirmed_at + OBJECTION:
        raise UnknownLink
    return change


@transaction.atomic
def stop_change(*, token: str, at: datetime) -> None:
    """The old address objects: it is in use again, and every session of this person ends. Safe to repeat.

    Raises `UnknownLink`.
    """
    found = change_to_stop(token, at)
    Subject.objects.select_for_update(no_key=True).get(pk=found.subject_id)
    change = ContactChange.objects.select_related("old").get(pk=found.pk)
    if change.stopped_at:
        return
    assert change.old
    old_id = change.old.pk
    Contact.objects.filter(subject_id=change.subject_id, ended_at=None).update(ended_at=at)
    Contact.objects.filter(pk=old_id).update(ended_at=None)
    ContactChange.objects.filter(pk=change.pk).update(stopped_at=at)
    ContactChange.objects.filter(subject_id=change.subject_id, confirmed_at=None).update(expires_at=at)
    User.objects.filter(subject_id=change.subject_id).update(signed_out_at=at)
    _restore_wishes(change.subject_id, at)
    delivery.tell_subject(change.subject_id, "contact_restored", at=at, mail=True)
    # Nobody is signed in here; what is known is that somebody reads the old mailbox.
    audit.record("contact.change_stopped", by=SERVICE.signature(), at=at, subject_id=change.subject_id)


@transaction.atomic
def set_wishes(wished: Wishes, *, by: Actor, at: datetime) -> None:
    """When mails may come from now on, and what they may say (delivery.wishes)."""
    subject_id = by.own_subject
    Subject.objects.select_for_update(no_key=True).get(pk=subject_id)
    row = ContactWishes.objects.filter(pk=subject_id).first()
    before = wishes.standing(row, at, settled=True) if row else None
    _store_wishes(subject_id, wished, before, at)
    audit.record("contact.wishes_set", by=by.signature(), at=at, subject_id=subject_id)


def _restore_wishes(subject_id: UUID, at: datetime) -> None:
    """What was wished shortly before a change that was stopped may be the intruder's wish too."""
    row = ContactWishes.objects.filter(pk=subject_id).first()
    if row and at < row.changed_at + OBJECTION:
        before = wishes.standing(row, at, settled=True)
        _store_wishes(subject_id, before, before, at)


def _store_wishes(subject_id: UUID, wished: Wishes, before: Wishes | None, at: datetime) -> None:
    sealed = wishes.pack(subject_id, wished, before)
    ContactWishes.objects.update_or_create(pk=subject_id, defaults={"sealed": sealed, "changed_at": at})


def _carry_vouches(old: Contact, new: Contact, at: datetime) -> None:
    """Another address of the same holder opens no more and no less than the one before."""
    given = ContactVouch.objects.filter(subject_id=old.subject_id, lookup=bytes(old.lookup))
    ContactVouch.objects.bulk_create(
        [
            ContactVouch(subject_id=new.subject_id, lookup=bytes(new.lookup), source_id=source_id, since=at)
            for source_id in given.values_list("source_id", flat=True)
        ],
        ignore_conflicts=True,
    )


def _hash(change_id: UUID, digits: str) -> bytes:
    return keys.keyed_hash("contact-change", f"{change_id}:{digits}")


def _token_hash(token: str) -> bytes:
    return keys.keyed_hash("contact-stop", token)
