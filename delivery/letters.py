"""Messages that go on paper. Whoever calls has checked who may print, post and note them: this package knows nobody."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Min, Q, QuerySet

from delivery.models import Letter, MailState, Message, NotPossible
from delivery.rendering import NEVER_IN_INBOX


def to_post() -> QuerySet[Letter]:
    """What is not posted yet, oldest first; slice it."""
    return Letter.objects.filter(posted_on__isnull=True).select_related("message").order_by("made_at", "pk")


def posted() -> QuerySet[Letter]:
    """What is on its way or has arrived, the last posted first."""
    return Letter.objects.filter(posted_on__isnull=False).select_related("message").order_by("-posted_on", "-pk")


def make(message: Message, at: datetime, *, postal_id: int | None = None) -> Letter:
    """Put a message on paper. `postal_id`: to this very address, not to the one in use."""
    assert message.subject_id
    return Letter.objects.create(message=message, subject_id=message.subject_id, made_at=at, postal_id=postal_id)


def make_many(messages: Iterable[Message], at: datetime) -> None:
    """Put messages on paper that were just stored; one query."""
    Letter.objects.bulk_create(
        [Letter(message=each, subject_id=each.subject_id, made_at=at) for each in messages if each.subject_id]
    )


@transaction.atomic
def call_back(subject_ids: Collection[UUID], *, can_be_mailed: bool, at: datetime) -> int:
    """What is not posted yet goes on paper no longer; returns how many letters. It is mailed, where it was not.

    Where it cannot be mailed, it waits as what could not be told, for the next address.
    """
    waiting = Letter.objects.filter(subject_id__in=subject_ids, posted_on__isnull=True, postal_id__isnull=True)
    found = list(waiting.select_for_update(no_key=True, of=("self",)).select_related("message").order_by("pk"))
    for letter in found:
        message = letter.message
        letter.delete()
        if message.mail_state != MailState.NONE:
            continue  # it was mailed beside the letter
        if can_be_mailed:
            message.mail_state, message.next_try_at = MailState.WAITING, at
        else:
            message.not_possible = NotPossible.NO_CONTACT
        message.save(update_fields=["mail_state", "next_try_at", "not_possible"])
    return len(found)


@transaction.atomic
def make_of_untold(subject_id: UUID, *, at: datetime, mails_go_on: bool = False) -> int:
    """Put on paper what this subject could not be told, now that there is an address; returns how many letters.

    `mails_go_on`: a mail that waits is sent all the same. What is only ever mailed, to one address, stays a mail.
    """
    rows = Message.objects.filter(
        Q(not_possible=NotPossible.NO_CONTACT) | Q(mail_state__in=(MailState.FAILED, MailState.WAITING)),
        subject_id=subject_id,
        letter=None,
    )
    found = list(rows.exclude(kind__in=NEVER_IN_INBOX).select_for_update(no_key=True, of=("self",), skip_locked=True))
    for message in found:
        if not (mails_go_on and message.mail_state == MailState.WAITING):
            message.not_possible, message.mail_state, message.next_try_at = "", MailState.NONE, None
            message.save(update_fields=["not_possible", "mail_state", "next_try_at"])
        make(message, at)
    return len(found)


def untold_subjects(among: "QuerySet[Any, UUID]", limit: int = 500) -> list[UUID]:
    """Whom of these something could not be told for want of an address, who waits longest first.

    `among`: those who can be told by now. Others are not looked at: they would fill the limit for ever.
    """
    rows = Message.objects.filter(not_possible=NotPossible.NO_CONTACT, subject_id__in=among, letter=None)
    waiting = rows.exclude(kind__in=NEVER_IN_INBOX).values("subject_id").annotate(since=Min("created_at"))
    longest = waiting.order_by("since", "subject_id").values_list("subject_id", flat=True)
    return [pk for pk in longest[:limit] if pk]


def note_printed(letter_id: UUID, *, by: UUID, at: datetime) -> Letter:
    """The first printing is kept; printing it again changes nothing."""
    letter = _locked(letter_id)
    if letter.printed_at is None:
        letter.printed_at, letter.printed_by = at, by
        letter.save(update_fields=["printed_at", "printed_by"])
    return letter


def note_posted(letter_id: UUID, *, on: date, by: UUID) -> Letter:
    """Noted twice, the first day stays."""
    letter = _locked(letter_id)
    if letter.posted_on is None:
        letter.posted_on, letter.posted_by = on, by
        letter.save(update_fields=["posted_on", "posted_by"])
    return letter


def note_delivered(letter_id: UUID, *, on: date, by: UUID) -> Letter:
    """There is proof, such as a signed receipt, that the letter arrived on that day."""
    letter = _locked(letter_id)
    if letter.delivered_on is None:
        letter.delivered_on, letter.delivered_by = on, by
        letter.save(update_fields=["delivered_on", "delivered_by"])
    return letter


def posted_on(case_id: UUID, kind: str, *, since: datetime) -> date | None:
    """When a letter of this kind about this case, of a message made since then, was posted; None while it was not."""
    sent = Letter.objects.filter(
        message__case_id=case_id, message__kind=kind, message__created_at__gte=since, posted_on__isnull=False
    )
    return sent.order_by("posted_on").values_list("posted_on", flat=True).first()


def are_made(case_id: UUID, kind: str, *, since: datetime) -> bool:
    """Whether a message of this kind about this case, made since then, goes on paper, posted or not."""
    made = Letter.objects.filter(message__case_id=case_id, message__kind=kind, message__created_at__gte=since)
    return made.exists()


def _locked(letter_id: UUID) -> Letter:
    return Letter.objects.select_for_update(no_key=True, of=("self",)).select_related("message").get(pk=letter_id)
