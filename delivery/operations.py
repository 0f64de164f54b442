"""Telling and sending. A message is stored in the transaction that causes it; `deliver_due` mails what waits.

# Note [At least once]
A worker locks one waiting row, sends, and stores that it was sent, in one transaction. Others skip the
locked row, so in normal operation nothing is sent twice. A worker that dies between sending and
committing leaves the row as it was, and it is sent again: twice is better than never.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from audit import keys
from delivery import addressee, letters, mails, rendering, wishes
from delivery.addressee import Address, Ways
from delivery.models import MailState, Message, NotPossible
from delivery.rendering import Heeds
from delivery.wake import wake
from delivery.wishes import ANY_TIME, Mails, Wishes

log = structlog.get_logger(__name__)

WORKER = "delivery.tasks.deliver_due"


class NotMailed(ValueError):
    """The table of kinds says that this kind is never mailed."""


class TooLate(Exception):
    """What waited is not worth sending any more, such as a code that has expired."""


class NotNow(Exception):
    """The person wishes no mail at this hour; `until` is when one may come."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class NotWanted(Exception):
    """The person wishes no mails at all: it stands in the inbox."""


def tell_subject(
    subject_id: UUID,
    kind: str,
    *,
    at: datetime,
    mail: bool,
    case_id: UUID | None = None,
    record_id: UUID | None = None,
    measure_id: UUID | None = None,
    params: Mapping[str, Any] | None = None,
    secret: str | None = None,
    contact_id: int | None = None,
    to: str = "",
) -> Message:
    """Store a message to a subject, and have it mailed if `mail`. Call it in the transaction that causes it.

    `params` are codes, ISO days and catalogue titles {en, zh}, never a personal value. `secret` is sealed under
    the subject's key until it is sent. Without an address the message says why it was not possible; with a
    secret that is found out only when it is sent, so that whoever asked for it sees no difference. `contact_id`:
    to this very address, not to the one in use. To whoever gets letters it goes on paper instead, or as well.
    """
    is_anywhere = mail and secret is None and contact_id is None
    ways = addressee.ways_to(subject_id, at) if is_anywhere else Ways(letter=False, mail=mail)
    mail = ways.mail
    can_be_reached = not mail or secret is not None or addressee.address_of(subject_id) is not None
    message = prepare(subject_id, kind, at=at, mail=mail, can_be_reached=can_be_reached, params=params)
    message.case_id, message.record_id, message.measure_id = case_id, record_id, measure_id
    message.contact_id = contact_id
    if secret is not None:
        message.sealed_params = keys.seal(subject_id, mails.Secret(secret, to).to_bytes())
    message.save(force_insert=True)
    if ways.letter:
        letters.make(message, at)
    if message.mail_state == MailState.WAITING:
        wake(WORKER)
    return message


def prepare(
    subject_id: UUID,
    kind: str,
    *,
    at: datetime,
    mail: bool,
    can_be_reached: bool,
    params: Mapping[str, Any] | None = None,
) -> Message:
    """The row of `tell_subject`, not yet stored: bulk writers look up addresses and store rows by themselves."""
    rendering.check_params(kind, params or {})
    if mail and not rendering.kind(kind).is_mailed:
        raise NotMailed(kind)
    is_waiting = mail and can_be_reached
    return Message(
        subject_id=subject_id,
        kind=kind,
        params=dict(params or {}),
        created_at=at,
        mail_state=MailState.WAITING if is_waiting else MailState.NONE,
        next_try_at=at if is_waiting else None,
        not_possible="" if can_be_reached else NotPossible.NO_CONTACT,
    )


def tell_organisation(
    organisation_id: UUID,
    kind: str,
    *,
    at: datetime,
    case_id: UUID | None = None,
    record_id: UUID | None = None,
    measure_id: UUID | None = None,
    params: Mapping[str, Any] | None = None,
) -> Message:
    """Store a message that the organisation's staff find on their page."""
    rendering.check_params(kind, params or {})
    return Message.objects.create(
        organisation_id=organisation_id,
        kind=kind,
        case_id=case_id,
        record_id=record_id,
        measure_id=measure_id,
        params=dict(params or {}),
        created_at=at,
    )


def mark_read(message_ids: Iterable[UUID], *, subject_id: UUID, at: datetime) -> None:
    """Note when these messages of this subject were first shown to them."""
    Message.objects.filter(pk__in=list(message_ids), subject_id=subject_id, read_at=None).update(read_at=at)


def deliver_due(*, at: datetime, limit: int) -> int:
    """Mail up to `limit` messages that are due at `at`; returns how many were tried (Note [At least once])."""
    connection = get_connection()
    try:
        for tried in range(limit):
            if not _deliver_next(connection, at):
                return tried
        return limit
    finally:
        connection.close()


@transaction.atomic
def _deliver_next(connection: BaseEmailBackend, at: datetime) -> bool:
    due = Message.objects.filter(mail_state=MailState.WAITING, next_try_at__lte=at).order_by("next_try_at", "pk")
    # One of a kind that another release wrote waits for a worker of that release, and stops no others meanwhile.
    message = due.filter(kind__in=list(rendering.KINDS)).select_for_update(no_key=True, skip_locked=True).first()
    if message is None:
        return False
    try:
        with transaction.atomic():  # a failed look-up must not take the note about the failure with it
            is_sent = _send(message, connection, at)
    except NotNow as error:
        _note_waiting(message, error.until)
    except NotWanted:
        _note_not_wanted(message)
    except Exception as error:  # whatever the mail system raises is a failed try, told by its class alone
        connection.close()
        _note_failure(message, error, at)
    else:
        _note_sent(message, at) if is_sent else _note_unreachable(message)
    return True


def _send(message: Message, connection: BaseEmailBackend, at: datetime) -> bool:
    """Mail it. False when there is no address any more. Raises `NotNow`, `NotWanted` or `TooLate`."""
    assert message.subject_id is not None
    line = rendering.kind(message.kind)
    if line.life and at >= message.created_at + line.life:
        raise TooLate
    wished = _check_wishes(message.subject_id, line.heeds, at)
    secret, to = mails.secret_of(message), addressee.address_of(message.subject_id, message.contact_id)
    if secret.to:
        to = Address(secret.to, to.language if to else settings.LANGUAGE_CODE)
    if to is None:
        return False
    connection.open()
    mails.mail(message, to, secret.text, connection, bare=wished.mails is Mails.BARE).send()
    return True


def _check_wishes(subject_id: UUID, heeds: Heeds, at: datetime) -> Wishes:
    """The wishes that a mail of now has to follow (Note [Wishes])."""
    if heeds is Heeds.NOTHING:
        return ANY_TIME
    wished = wishes.wishes_of(subject_id, at, settled=heeds is Heeds.SETTLED)
    if wished.mails is Mails.NONE:
        raise NotWanted
    if heeds is Heeds.SETTLED:
        return ANY_TIME
    if (opens_at := wished.opens_at(at)) > at:
        raise NotNow(opens_at)
    return wished


def _note_waiting(message: Message, until: datetime) -> None:
    message.next_try_at = until
    _store(message, "next_try_at")
    log.info("mail_waits", message=str(message.pk), kind=message.kind)


def _note_not_wanted(message: Message) -> None:
    message.mail_state, message.next_try_at = MailState.NONE, None
    _store(message, "mail_state", "next_try_at")
    log.info("mail_not_wanted", message=str(message.pk), kind=message.kind)


def _note_sent(message: Message, at: datetime) -> None:
    message.mail_state, message.sent_at, message.next_try_at = MailState.SENT, at, None
    message.tries += 1
    message.last_error = ""
    _store(message, "mail_state", "sent_at", "next_try_at", "tries", "last_error")
    log.info("mail_sent", message=str(message.pk), kind=message.kind, tries=message.tries)


def _note_unreachable(message: Message) -> None:
    message.mail_state, message.next_try_at = MailState.NONE, None
    message.not_possible = NotPossible.NO_CONTACT
    _store(message, "mail_state", "next_try_at", "not_possible")
    log.info("mail_not_possible", message=str(message.pk), kind=message.kind)


def _note_failure(message: Message, error: Exception, at: datetime) -> None:
    waits = rendering.kind(message.kind).waits
    is_last = message.tries >= len(waits) or isinstance(error, TooLate)
    message.mail_state = MailState.FAILED if is_last else MailState.WAITING
    message.next_try_at = None if is_last else at + waits[message.tries]
    message.tries += 1
    message.last_error = type(error).__name__[:60]
    _store(message, "mail_state", "next_try_at", "tries", "last_error")
    log.warning(
        "mail_failed",
        message=str(message.pk),
        kind=message.kind,
        error=message.last_error,
        tries=message.tries,
        final=is_last,
    )


def _store(message: Message, *fields: str) -> None:
    """Keep what came of it. A code that is sent, or never will be, leaves no row: nobody reads it later."""
    is_over = message.mail_state != MailState.WAITING
    if is_over and not rendering.kind(message.kind).is_kept:
        Message.objects.filter(pk=message.pk).delete()
        return
    if is_over:
        message.sealed_params = None  # a secret lives no longer than its mail
    message.save(update_fields=[*fields, "sealed_params"])
