"""Recipients are told when something that they received has changed, if they asked for it.

# Note [Who is told]
Only an organisation to which this very record was disclosed, and which has a subscription that covers it. So a
subscription never tells anything about somebody of whom the recipient had not heard. What is stored is a code; the
present value is asked for like any other, with a purpose, and leaves a disclosure.

# Note [Given and changed at once]
Only a disclosure that is committed can be followed by a change. So what is given out is locked before it is read, in
a way that those who only read share: whoever changes a record waits until the disclosure stands, and then finds it;
whoever comes while it is being changed waits for the new value.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.actors import Actor, ActorKind, NotThisKind
from audit import operations as audit
from delivery import systems
from delivery.models import Delivery
from records.access import visible_to
from records.models import Disclosure, Record, Subscription
from records.recipients import Told, subscriptions


@transaction.atomic
def tell_recipients(record_ids: Iterable[UUID], what: Told, *, at: datetime, case_id: UUID | None = None) -> int:
    """Store a delivery for each subscribed recipient of these records; returns how many (Note [Who is told]).

    Call it in the transaction of the change. One query when nobody subscribed.
    """
    last_given = (
        Disclosure.objects.filter(Exists(_covering()), record_id__in=set(record_ids))
        .order_by("record_id", "recipient_id", "-disclosed_at", "-pk")
        .distinct("record_id", "recipient_id")
        .values_list("recipient_id", "record_id", "record__subject_id", "record__programme", "version_id")
    )
    deliveries = [
        Delivery(
            organisation_id=recipient_id,
            programme=programme,
            what=what,
            subject_id=subject_id,
            record_id=record_id,
            received_version_id=version_id,
            case_id=case_id,
            caused_at=at,
        )
        for recipient_id, record_id, subject_id, programme, version_id in last_given
    ]
    if deliveries:
        systems.queue(deliveries)
    return len(deliveries)


def lock_shared(record_ids: Iterable[UUID]) -> None:
    """Keep these records as they are until the transaction ends, beside others who do.

    Note [Given and changed at once]. In the order of all records (architecture.md, "Locks"); one query, however many.
    """
    with connection.cursor() as cursor:  # Django has no FOR SHARE
        cursor.execute("SELECT FROM records_record WHERE id = ANY(%s) ORDER BY id FOR SHARE", [list(record_ids)])


@transaction.atomic
def subscribe(
    *, programme: str, purpose: str = "", record_id: UUID | None = None, by: Actor, at: datetime
) -> tuple[Subscription, bool]:
    """Subscribe the actor's organisation; the subscription and whether it is new.

    With `record_id` to one record that it received. Raises `Record.DoesNotExist` for any other.
    """
    if by.kind is not ActorKind.SYSTEM or by.organisation_id is None or by.key_id is None:
        raise NotThisKind
    record = _received(by, record_id) if record_id else None
    made, is_new = Subscription.objects.get_or_create(
        recipient_id=by.organisation_id,
        programme=record.programme if record else programme,
        purpose=purpose,
        record=record,
        ended_at=None,
        defaults={"key_id": by.key_id, "subject_id": record.subject_id if record else None, "made_at": at},
    )
    if is_new:
        _log("subscription.made", made, by=by, at=at)
    return made, is_new


@transaction.atomic
def end_subscription(subscription_id: UUID, *, by: Actor, at: datetime) -> None:
    """End one of the organisation's subscriptions. Raises `Subscription.DoesNotExist`."""
    found = subscriptions(by).select_for_update(no_key=True).get(pk=subscription_id)
    found.ended_at = at
    found.save(update_fields=["ended_at"])
    _log("subscription.ended", found, by=by, at=at)


@transaction.atomic
def acknowledge(*, up_to: int, by: Actor, at: datetime) -> int:
    """Note that the organisation has dealt with the changes that it was given, up to that number; how many are new."""
    if by.organisation_id is None or by.key_id is None:
        raise NotThisKind
    found = systems.acknowledge(by.organisation_id, by.programmes, up_to=up_to, key_id=by.key_id, at=at)
    for each in found:
        audit.record(
            "recipient.acknowledged",
            by=by.signature(),
            at=at,
            subject_id=each.subject_id,
            record_id=each.record_id,
            facts={"what": each.what, "delivery": str(each.pk)},
        )
    return len(found)


def _covering() -> "QuerySet[Subscription]":
    """The subscriptions that cover a disclosure."""
    in_programme = Q(record__isnull=True, programme=OuterRef("record__programme"))
    for_purpose = Q(purpose="") | Q(purpose=OuterRef("purpose"))
    return Subscription.objects.filter(
        Q(record=OuterRef("record")) | in_programme & for_purpose, recipient=OuterRef("recipient"), ended_at=None
    )


def _received(by: Actor, record_id: UUID) -> Record:
    to_them = Disclosure.objects.filter(record=OuterRef("pk"), recipient=by.organisation_id)
    return visible_to(by).filter(Exists(to_them)).get(pk=record_id)


def _log(event: str, subscription: Subscription, *, by: Actor, at: datetime) -> None:
    facts = {"programme": subscription.programme, "purpose": subscription.purpose, "subscription": str(subscription.pk)}
    audit.record(
        event,
        by=by.signature(),
        at=at,
        subject_id=subscription.subject_id,
        record_id=subscription.record_id,
        facts=facts,
    )
