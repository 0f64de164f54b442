"""Where letters go: a paper asks for them, the person ends them, an official takes back what was not the person.

# Note [A paper is no proof]
Anybody can write in somebody's name. So whoever was reached another way is told by that way, and while they can object
nothing is exported, no case is withdrawn, and mails go on coming to a confirmed mailbox. Every address that letters
leave is told by a last letter, whoever did it (docs/adr/0021-a-postal-address-from-a-paper.md).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from accounts import files, post
from accounts.actors import Actor, ActorKind, NotThisKind
from accounts.models import Contact, PostalAddress, Subject
from accounts.operations.paper import check_official, official_signature
from accounts.queries import contact_in_use
from audit import operations as audit
from delivery import letters
from delivery import operations as delivery
from delivery.operations import WORKER
from delivery.rendering import OBJECTION, POSTAL_LEFT, POSTAL_NOTED
from delivery.wake import wake

BY_POST: Final = timedelta(days=14)  # the time of two letters: ours to the old address, theirs back


class NoOtherWay(Exception):
    """Without letters nothing would reach this person: they give an e-mail address first."""


@transaction.atomic
def note(subject_id: UUID, lines: str, *, by: Actor, at: datetime) -> PostalAddress:
    """Note where letters go, as a paper wrote it that asks for letters (Note [A paper is no proof]).

    The address that is in use already changes nothing.
    """
    check_official(by)
    members = _locked(subject_id)  # two officials may hold the same paper
    text = "\n".join(line.strip() for line in lines.splitlines() if line.strip())
    earlier, contact = post.in_use(subject_id), contact_in_use(subject_id)
    if earlier and post.opened(earlier) == text:
        return earlier
    settles_at = _settles_at(contact, earlier, at)
    _leave(members, earlier, at)
    made = PostalAddress.objects.create(
        subject_id=subject_id,
        sealed=post.sealed(subject_id, text),
        noted_by_id=by.own_user,
        noted_at=at,
        settles_at=settles_at,
    )
    until = settles_at.isoformat() if settles_at else ""
    if contact:
        delivery.tell_subject(subject_id, POSTAL_NOTED, at=at, mail=True, contact_id=contact.pk)
    if settles_at:
        delivery.tell_subject(subject_id, "postal_noted", at=at, mail=False, params={"until_at": until})
    audit.record("address.noted", by=official_signature(by), at=at, subject_id=subject_id, facts={"until": until})
    return made


@transaction.atomic
def end(*, by: Actor, at: datetime) -> bool:
    """The person wants no letters there; False if none go anywhere. What is not posted yet is mailed.

    One that has not settled gives way to the one before it, if there was one. After any other the person waits as
    long as a letter takes: whoever sits at their mailbox may be somebody else. Raises `NoOtherWay`.
    """
    if by.kind is not ActorKind.PERSON or by.acts:
        raise NotThisKind
    subject_id = by.own_subject
    members = _locked(subject_id)
    ended, contact = post.in_use(subject_id), contact_in_use(subject_id)
    if ended is None:
        return False
    if contact is None:
        raise NoOtherWay
    is_objection = ended.settles_at is not None and at < ended.settles_at
    _leave(members, ended, at, is_disowned=is_objection)
    if not (is_objection and _put_back(members)):
        _mail_again(members, can_be_mailed=True, at=at)
    if not is_objection:
        Contact.objects.filter(pk=contact.pk).update(settles_at=at + BY_POST)
    audit.record("address.ended", by=by.signature(), at=at, subject_id=subject_id)
    return True


@transaction.atomic
def put_back(subject_id: UUID, *, seen: int | None, by: Actor, at: datetime) -> bool:
    """The person told the office that a change of where letters go was not theirs: what was before it counts again.

    That is the address before, also one that was ended, or else mail. `seen`: which address was in use when that was
    said; False where it is another one by now, or there was none at all.
    """
    check_official(by)
    members = _locked(subject_id)
    ended, contact = post.in_use(subject_id), contact_in_use(subject_id)
    if (ended.pk if ended else None) != seen:
        return False
    _leave(members, ended, at, is_disowned=True)
    if not _put_back(members):
        if ended is None:
            return False
        _mail_again(members, can_be_mailed=contact is not None, at=at)
    elif ended is None and contact:  # until now it was mails that went out
        delivery.tell_subject(subject_id, POSTAL_NOTED, at=at, mail=True, contact_id=contact.pk)
    audit.record("address.put_back", by=official_signature(by), at=at, subject_id=subject_id)
    return True


def _locked(subject_id: UUID) -> frozenset[UUID]:
    members = files.members(subject_id)
    list(Subject.objects.select_for_update(no_key=True).filter(pk__in=members).order_by("pk"))
    return members


def _settles_at(contact: Contact | None, earlier: PostalAddress | None, at: datetime) -> datetime | None:
    """Until when the way before can object: a mailbox hears of it at once, an address by letter, nobody otherwise."""
    if contact and (contact.confirmed_at or earlier is None):
        return at + OBJECTION
    return at + BY_POST if earlier else None


def _leave(members: Collection[UUID], left: PostalAddress | None, at: datetime, *, is_disowned: bool = False) -> None:
    """Letters go there no longer, and the last one says so."""
    in_use = PostalAddress.objects.filter(subject_id__in=members, ended_at=None)
    in_use.update(ended_at=at, is_disowned=is_disowned)
    if left:
        told = delivery.tell_subject(left.subject_id, POSTAL_LEFT, at=at, mail=False)
        letters.make(told, at, postal_id=left.pk)


def _put_back(members: Collection[UUID]) -> bool:
    """Use the last address again that had settled before it was ended, and that nobody disowned."""
    settled = Q(settles_at=None) | Q(settles_at__lte=F("ended_at"))
    before = PostalAddress.objects.filter(settled, subject_id__in=members, ended_at__isnull=False, is_disowned=False)
    last = before.order_by("-ended_at", "-pk").first()
    if last is None:
        return False
    last.ended_at = None
    last.save(update_fields=["ended_at"])
    return True


def _mail_again(members: Collection[UUID], *, can_be_mailed: bool, at: datetime) -> None:
    letters.call_back(members, can_be_mailed=can_be_mailed, at=at)
    wake(WORKER)
