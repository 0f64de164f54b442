"""What a system receives of records: never more than the person it is about may see of them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import Coalesce, RowNumber

from accounts.actors import Actor
from accounts.models import Identifier, Subject
from records import catalogue, operations, queries, statements
from records.access import visible_to
from records.models import Mark, Measure, MeasureState, Record, Version
from records.statements import Stated

# Whose file an identifier leads to, where one was joined to another.
_ROOT = Coalesce("subject__merged_into_id", "subject_id")


@dataclass(frozen=True)
class Disclosed:
    """One record as it goes to a recipient. `withheld`: the fields that say something, but not to others."""

    record: Record
    version: Version
    values: dict[str, Any]
    withheld: list[str]
    measures: Sequence[Measure]
    marks: Sequence[Mark]
    statement: Stated | None = None


def records_about(actor: Actor, lookup: bytes, *, programme: str = "") -> QuerySet[Record]:
    """What this system may know about the subject with this identifier, newest first; joined files are one.

    One query, the same for somebody unknown: whether a person is known at all is nobody's business.
    """
    named = Identifier.objects.filter(lookup=lookup).values(root=_ROOT)
    theirs = Subject.objects.filter(Q(pk__in=named) | Q(merged_into__in=named))
    records = visible_to(actor).filter(subject__in=theirs).select_related("source")
    if programme:
        records = records.filter(programme=programme)
    return records.order_by("-pk")


def records_about_many(
    actor: Actor, lookups: Collection[bytes], *, programme: str = "", most: int
) -> dict[bytes, list[Record]]:
    """The same for many subjects at once, by lookup: of each the newest `most`, and one more where there are more.

    Three queries, however many; somebody unknown is absent, like somebody without records.
    """
    named = Identifier.objects.filter(lookup__in=set(lookups)).values_list("lookup", _ROOT)
    root_of = {bytes(lookup): root for lookup, root in named}
    roots = set(root_of.values())
    members = Subject.objects.filter(Q(pk__in=roots) | Q(merged_into__in=roots))
    records = visible_to(actor).filter(subject__in=list(members.values_list("pk", flat=True)))
    if programme:
        records = records.filter(programme=programme)
    root = Coalesce("subject__merged_into_id", "subject_id")
    place = Window(RowNumber(), partition_by=[root], order_by=F("pk").desc())
    found: dict[UUID, list[Record]] = defaultdict(list)
    newest = records.annotate(root=root, place=place).filter(place__lte=most + 1)
    for record in newest.select_related("source").order_by("-pk"):
        found[record.root].append(record)
    return {lookup: found[root_id] for lookup, root_id in root_of.items() if root_id in found}


def disclose(actor: Actor, records: Sequence[Record], *, purpose: str, at: datetime) -> list[Disclosed]:
    """The present values of these records, each leaving a disclosure before it is returned.

    Without those that left the file, or went to somebody else's, since they were found. Whoever changes one of them
    waits until the disclosure stands, and is waited for (Note [Given and changed at once]).
    """
    with transaction.atomic():
        operations.lock_shared(record.pk for record in records)
        records = _as_they_are(actor, records)
        ids = [record.pk for record in records]
        versions = queries.latest_versions(records)
        said = queries.open_for(actor, purpose, list(versions.values()), at=at)
        measures, marks, stated = _measures(ids), _marks(ids), statements.on(ids)
    return [
        Disclosed(
            record,
            version,
            *_parted(record, said[version.pk].values),
            measures[record.pk],
            marks[record.pk],
            stated.get(record.pk),
        )
        for record in records
        if (version := versions[record.pk]).pk in said
    ]


def _as_they_are(actor: Actor, found: Sequence[Record]) -> list[Record]:
    """These records read again, in the same order. What is about another subject now is no answer to what was asked."""
    visible = visible_to(actor).select_related("source").filter(pk__in=[record.pk for record in found])
    now = {record.pk: record for record in visible}
    return [now[each.pk] for each in found if each.pk in now and now[each.pk].subject_id == each.subject_id]


def _parted(record: Record, values: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    allowed = catalogue.programme(record.programme).types[record.type].for_recipients
    open_ = {name: value for name, value in values.items() if name in allowed}
    return open_, [name for name in values if name not in open_]


def _measures(ids: Sequence[UUID]) -> dict[UUID, list[Measure]]:
    found: dict[UUID, list[Measure]] = defaultdict(list)
    for measure in queries.measures_on(ids):
        if measure.state != MeasureState.LIFTED:
            found[measure.record_id].append(measure)
    return found


def _marks(ids: Sequence[UUID]) -> dict[UUID, list[Mark]]:
    found: dict[UUID, list[Mark]] = defaultdict(list)
    for mark in Mark.objects.filter(record_id__in=ids, ended_at__isnull=True).order_by("pk"):
        found[mark.record_id].append(mark)
    return found
