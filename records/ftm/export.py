"""What of a programme may go out to everybody, as entities: records that are published now, without anything private.

Only types for which the programme names a time of publication, and of these only records on which a listing or a
publication is in force: what is suspended, disputed away or over is not published again by this. Of a person the
name and the year of birth go out, never a number, a day or a contact; of a company also its public numbers.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import queries as accounts
from accounts.actors import Actor
from audit import operations as audit
from records import queries
from records.catalogue import Programme, RecordType
from records.content import Said
from records.ftm.entities import Entity, entities
from records.models import Mark, Measure, MeasureState, Record, Version

PURPOSE: Final = "publication_export"
_PUBLIC_KINDS: Final = ("listing", "publication")
_PROVENANCE: Final = ("method", "collected_at")
_AT_ONCE: Final = 500


class NothingPublic(Exception):
    """This programme publishes nothing."""


def published(programme: Programme, on: date) -> "QuerySet[Record]":
    """The records of a programme that are published on that day. Raises `NothingPublic`."""
    types = [name for name, kind in programme.types.items() if kind.is_published]
    public = [name for name, measure in programme.measures.items() if measure.kind in _PUBLIC_KINDS]
    if not types or not public:
        raise NothingPublic
    shown = Measure.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=on),
        record=OuterRef("pk"),
        type__in=public,
        state=MeasureState.IN_FORCE,
        from_on__lte=on,
    )
    records = Record.objects.filter(Exists(shown), programme=programme.id, type__in=types, state="current")
    return records.select_related("source", "subject").order_by("pk")


def export(programme: Programme, *, by: Actor, holder_id: UUID, reason: str, at: datetime) -> Iterator[list[Entity]]:
    """The entities of what is published, record by record; a look of `by` at each of them is stored first.

    Raises `NothingPublic`, or `MayNotOpen` for somebody without a seat at the holder. A batch is one transaction.
    """
    rows, last, number = published(programme, at.date()), None, 0
    while True:
        batch = list((rows.filter(pk__gt=last) if last else rows)[:_AT_ONCE])
        if not batch:
            break
        versions = queries.latest_versions(batch)
        said = queries.open_for(by, PURPOSE, list(versions.values()), at=at, reason=reason, holder_id=holder_id)
        for record in batch:
            version = versions[record.pk]
            if version.pk in said:
                number += 1
                yield list(_entities(programme, record, version, said[version.pk], at.date()))
        last = batch[-1].pk
    with transaction.atomic():
        facts: dict[str, str | int | bool | None] = {
            "programme": programme.id, "form": "ftm", "records": number, "reason": reason,
        }  # fmt: skip
        audit.record("records.exported", by=by.signature(holder_id), at=at, facts=facts)


def _entities(programme: Programme, record: Record, version: Version, said: Said, on: date) -> Iterator[Entity]:
    kind = programme.types[record.type]
    line = {
        "source": record.source.code,
        "source_ref": str(record.pk),  # the source's own may hold a name or a number
        "subject": _subject(record),
        "values": _public_values(kind, said.values),
        "valid_from": version.valid_from and version.valid_from.isoformat(),
        "valid_to": version.valid_to and version.valid_to.isoformat(),
        "provenance": {name: said.provenance[name] for name in _PROVENANCE if name in said.provenance},
        "measures": _public_measures(programme, record, on),
        "marks": sorted(set(Mark.objects.filter(record=record, ended_at=None).values_list("kind", flat=True))),
    }
    return entities(programme.id, kind, line)


def _subject(record: Record) -> dict[str, Any]:
    known = accounts.particulars_of(record.subject_id)
    numbers = accounts.public_numbers(record.subject_id)
    return {
        "kind": record.subject.kind,
        "name": known.name,
        "birth_date": str(known.birth_date.year) if known.birth_date else None,
        "identifiers": [{"scheme": scheme, "value": value} for scheme, value in numbers],
        "key": str(record.subject_id),
    }


def _public_values(kind: RecordType, values: dict[str, Any]) -> dict[str, Any]:
    """What recipients may get, without what speaks of somebody else."""
    return {
        name: value
        for name, value in values.items()
        if name in kind.for_recipients and kind.fields[name].about == "subject"
    }


def _public_measures(programme: Programme, record: Record, on: date) -> list[dict[str, Any]]:
    return [
        {"type": each.type, "from": each.from_on.isoformat(), "to": each.to_on and each.to_on.isoformat()}
        for each in record.measures.filter(state=MeasureState.IN_FORCE).order_by("pk")
        if programme.measures[each.type].kind in _PUBLIC_KINDS and not each.has_run_out(on)
    ]
