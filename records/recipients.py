"""Who receives records, what they asked to be told, and what they were told. Reads only."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet

from accounts.actors import Actor, ActorKind
from accounts.models import Organisation, Scope
from delivery import systems
from records.access import visible_to
from records.models import Subscription


class Told(StrEnum):
    """What a recipient is told about a record that it received. Never a value."""

    CORRECTED = "corrected"
    CHANGED = "changed"  # the source sent another version
    DELETED = "deleted"
    DETACHED = "detached"  # it is about somebody else
    WITHDRAWN = "withdrawn"  # the source took it back
    EXPIRED = "expired"  # its keeping time is over
    RESTORED = "restored"  # what was changed was taken back
    MARKS_CHANGED = "marks_changed"
    MEASURE_SUSPENDED = "measure_suspended"
    MEASURE_RESUMED = "measure_resumed"
    MEASURE_LIFTED = "measure_lifted"


# After these the recipient may keep nothing of the record.
TO_BE_FORGOTTEN = frozenset({Told.DELETED, Told.DETACHED, Told.WITHDRAWN, Told.EXPIRED})


@dataclass(frozen=True)
class Telling:
    """That one recipient is told of one change. `told_at`: when it fetched it; None while it has not."""

    record_id: UUID
    case_id: UUID | None
    recipient: Organisation
    what: Told
    caused_at: datetime
    told_at: datetime | None
    acknowledged_at: datetime | None


def subscriptions(actor: Actor) -> "QuerySet[Subscription]":
    """The subscriptions of the actor's organisation under the programmes of its key, newest first."""
    if actor.kind is not ActorKind.SYSTEM or Scope.RECORDS_READ not in actor.scopes:
        return Subscription.objects.none()
    theirs = Subscription.objects.filter(recipient_id=actor.organisation_id, programme__in=actor.programmes)
    return theirs.filter(ended_at=None).order_by("-pk")


def told(actor: Actor, record_id: UUID) -> list[Telling]:
    """Which recipients were told, or are to be told, of changes of a record in the actor's own file; newest first."""
    record = visible_to(actor).get(pk=record_id)
    return tellings([record.subject_id], [record.pk])


def tellings(subject_ids: Collection[UUID], record_ids: Iterable[UUID]) -> list[Telling]:
    """The same for records of these subjects, for callers that have checked whose they are. Two queries."""
    rows = list(systems.about_records(subject_ids, list(record_ids))[:500])
    organisations = Organisation.objects.in_bulk({row.organisation_id for row in rows})
    return [
        Telling(
            row.record_id,
            row.case_id,
            organisations[row.organisation_id],
            Told(row.what),
            row.caused_at,
            row.given_at,
            row.acknowledged_at,
        )
        for row in rows
    ]


def tellings_by_case(subject_ids: Collection[UUID], record_ids: Iterable[UUID]) -> dict[UUID, list[Telling]]:
    """The same, by the case that caused them; what no case caused is left out."""
    found: dict[UUID, list[Telling]] = defaultdict(list)
    for each in tellings(subject_ids, record_ids):
        if each.case_id:
            found[each.case_id].append(each)
    return dict(found)
