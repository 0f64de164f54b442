"""Telling systems that something which they received has changed. They fetch deliveries and acknowledge them.

# Note [Nothing is skipped]
A system reads on from the last number that it has seen. A number given when a row is written could become visible
after a higher one, when its transaction ends later, and would be passed over for ever. So rows get their numbers when
they are first read, one reader of an organisation after the other: what is visible then comes after all that was given.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from delivery.models import Delivery


def queue(deliveries: Iterable[Delivery]) -> None:
    """Store deliveries, in the transaction of what causes them."""
    Delivery.objects.bulk_create(deliveries)


def give(
    organisation_id: UUID, programmes: Collection[str], *, after: int, limit: int, at: datetime
) -> Sequence[Delivery]:
    """The next deliveries to an organisation under these programmes, in their order (Note [Nothing is skipped])."""
    theirs = Delivery.objects.filter(organisation_id=organisation_id, programme__in=list(programmes))
    with transaction.atomic():
        given = _given(theirs, after, limit)
        if len(given) < limit and theirs.filter(number__isnull=True).exists():
            _take_turns(organisation_id)
            _number(theirs, organisation_id, limit - len(given), at)
            given = _given(theirs, after, limit)
    return given


def acknowledge(
    organisation_id: UUID, programmes: Collection[str], *, up_to: int, key_id: UUID, at: datetime
) -> Sequence[Delivery]:
    """Note that the organisation has dealt with what it was given up to that number; returns what is newly so."""
    theirs = Delivery.objects.filter(organisation_id=organisation_id, programme__in=list(programmes))
    with transaction.atomic():
        waiting = theirs.filter(number__lte=up_to, acknowledged_at__isnull=True).order_by("number")
        found = list(waiting.select_for_update(no_key=True))
        for delivery in found:
            delivery.acknowledged_at, delivery.acknowledged_with = at, key_id
        Delivery.objects.bulk_update(found, ["acknowledged_at", "acknowledged_with"], batch_size=1000)
    return found


def about_records(subject_ids: Collection[UUID], record_ids: Collection[UUID]) -> "QuerySet[Delivery]":
    """What systems were told, or are to be told, about these records; the newest first. For whoever may see them."""
    found = Delivery.objects.filter(subject_id__in=list(subject_ids), record_id__in=list(record_ids))
    return found.order_by("-caused_at", "-pk")


def _given(theirs: "QuerySet[Delivery]", after: int, limit: int) -> list[Delivery]:
    return list(theirs.filter(number__gt=after).order_by("number")[:limit])


def _take_turns(organisation_id: UUID) -> None:
    number = int.from_bytes(organisation_id.bytes[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _number(theirs: "QuerySet[Delivery]", organisation_id: UUID, most: int, at: datetime) -> None:
    everything = Delivery.objects.filter(organisation_id=organisation_id)
    last = everything.aggregate(last=Max("number"))["last"] or 0
    fresh = list(theirs.filter(number__isnull=True).order_by("pk")[:most])
    for number, delivery in enumerate(fresh, last + 1):
        delivery.number, delivery.given_at = number, at
    Delivery.objects.bulk_update(fresh, ["number", "given_at"], batch_size=1000)
