"""Reading messages. Whoever calls has checked whose they are: this package knows nobody."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from delivery.models import MailState, Message
from delivery.rendering import CONTACT_CODE, NEVER_IN_INBOX, SIGN_IN_CODE


def inbox(*subject_ids: UUID) -> QuerySet[Message]:
    """What these subjects were told, newest first; slice it. Sign-in codes are no messages to read."""
    return (
        Message.objects.filter(subject_id__in=subject_ids)
        .exclude(kind__in=NEVER_IN_INBOX)
        .order_by("-created_at", "-pk")
    )


def organisation_inbox(organisation_ids: Iterable[UUID]) -> QuerySet[Message]:
    """What these organisations were told, newest first; slice it."""
    return Message.objects.filter(organisation_id__in=set(organisation_ids)).order_by("-created_at", "-pk")


def office_inbox(organisation_ids: Iterable[UUID]) -> QuerySet[Message]:
    """What these organisations were told of the cases that they decide, newest first; slice it."""
    return organisation_inbox(organisation_ids).filter(kind__startswith="holder_told_")


def source_inbox(organisation_ids: Iterable[UUID]) -> QuerySet[Message]:
    """What these organisations were told of the records that they supplied, newest first; slice it."""
    return organisation_inbox(organisation_ids).filter(kind__startswith="source_told_")


def untold() -> QuerySet[Message]:
    """What nobody could be told, oldest first: no address, or every try failed. For the operator."""
    return (
        Message.objects.filter(~Q(not_possible="") | Q(mail_state=MailState.FAILED))
        .exclude(kind__in=(SIGN_IN_CODE, CONTACT_CODE))
        .order_by("created_at", "pk")
    )


def untold_counts() -> list[tuple[str, int, int]]:
    """Kind, how many had no address, how many mails failed for good; the most frequent kind first."""
    counted = (
        untold()
        .order_by()
        .values_list("kind")
        .annotate(no_address=Count("pk", filter=~Q(not_possible="")), failed=Count("pk", filter=Q(not_possible="")))
    )
    return sorted(counted, key=lambda row: (-row[1] - row[2], row[0]))


def last_told(
    subject_ids: Iterable[UUID], record_id: UUID, kinds: Iterable[str], *, by: datetime | None = None
) -> Message | None:
    """The last message of these kinds that these subjects had about this record; `read_at` says when they opened it.

    `by`: as it was then.
    """
    told = Message.objects.filter(subject_id__in=list(subject_ids), record_id=record_id, kind__in=list(kinds))
    if by is not None:
        told = told.filter(created_at__lte=by)
    return told.order_by("-created_at", "-pk").first()


def read_at(case_id: UUID, kind: str, *, since: datetime) -> datetime | None:
    """When a message of this kind about this case, made since then, was first opened; None while it was not."""
    told = Message.objects.filter(case_id=case_id, kind=kind, created_at__gte=since, read_at__isnull=False)
    return told.order_by("read_at").values_list("read_at", flat=True).first()


def mailed_at(case_id: UUID, kind: str, *, since: datetime | None = None) -> datetime | None:
    """When a message of this kind about this case (made `since` then) was first mailed; None while it was not."""
    sent = Message.objects.filter(case_id=case_id, kind=kind, sent_at__isnull=False).order_by("sent_at")
    if since is not None:
        sent = sent.filter(created_at__gte=since)
    return sent.values_list("sent_at", flat=True).first()
