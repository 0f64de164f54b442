"""What is thrown away of messages when somebody is erased."""

from collections.abc import Collection
from uuid import UUID

from delivery import outbox
from delivery.models import Letter, Message


def empty(subject_ids: Collection[UUID]) -> None:
    """Throw away every message and letter to them, sent or not. That they were told stays in the log."""
    Letter.objects.filter(subject_id__in=subject_ids).delete()
    Message.objects.filter(subject_id__in=subject_ids).delete()


def forget_mails(addresses: Collection[str]) -> None:
    """Remove mails to these addresses that were written to files, as the demonstration does. Call after the commit."""
    outbox.forget(addresses)
