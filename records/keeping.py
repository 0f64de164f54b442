"""How long records are kept, and what stands in the way of their end. Reads only.

This package knows of no cases, so it asks the function that the settings name what holds a record
(`settings.RECORDS_HELD_BY`): nothing is destroyed that an open dispute rests on.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.module_loading import import_string

from accounts.actors import Actor
from law.rules import Event
from records import catalogue
from records.access import visible_to
from records.catalogue import Retention
from records.content import Said
from records.models import (
    ChangeState,
    Content,
    IdentityChange,
    Keeping,
    KeptThing,
    Measure,
    MeasureState,
    Record,
    RecordState,
    Version,
)
from records.models import WaitsFor as WaitsFor  # for whoever answers `RECORDS_HELD_BY`

if TYPE_CHECKING:
    from records.queries import Held

# What was taken out by a decision has its own clock (KeptThing.CONTENT); what has expired is done.
KEPT_STATES = (RecordState.CURRENT, RecordState.DETACHED, RecordState.WITHDRAWN)
_OUT = (RecordState.SEALED, RecordState.EXPIRED)


class Hold(NamedTuple):
    """Why a record may not go yet; `until`: the last day of that, where one is known."""

    waits_for: WaitsFor
    until: date | None


class Term(NamedTuple):
    """The end of one keeping time, as the programme file and the record give it. `until` None: no day is known."""

    of: KeptThing
    rule: Retention
    until: date | None


def holds(record_ids: Collection[UUID]) -> Mapping[UUID, Hold]:
    """What stands in the way, by record."""
    ask = cast("Callable[[Collection[UUID]], Mapping[UUID, Hold]]", import_string(settings.RECORDS_HELD_BY))
    return ask(record_ids)


def terms(record: Record, version: Version, said: Said) -> list[Term]:
    """The keeping times of a record, worked out from what it says."""
    kind = catalogue.programme(record.programme).types[record.type]
    return [
        Term(
            KeptThing(rule.of),
            rule,
            catalogue.last_day(
                rule,
                values=said.values,
                provenance=said.provenance,
                valid_from=version.valid_from,
                valid_to=version.valid_to,
            ),
        )
        for rule in kind.retention
    ]


# A keeping time's word for its start, and the event of procedure files that it is; the others are none there.
_EVENTS: Mapping[str, Event] = {"listed": "listed", "published": "published", "conduct_end": "conduct_ended"}


def days_of(entry: "Held") -> dict[str, date]:
    """On which day a record was listed, published, …, in the words of procedure files, as far as its subject may know.

    By the record itself, where its programme says in which place; else the first day of an effect of that kind.
    """
    effects = [(entry.programme.measures[each.type].kind, each.from_on) for each in entry.measures]
    of_kind = {"listing": "listed", "publication": "published"}
    found = _earliest((of_kind[kind], day) for kind, day in effects if kind in of_kind)
    fields = entry.type.fields
    shown = {name: value for name, value in entry.said.values.items() if fields[name].visible == "subject"}
    stated = [
        (_EVENTS[rule.start], day)
        for rule in entry.type.retention
        if rule.start in _EVENTS
        and (
            day := catalogue.first_day(
                rule,
                values=shown,
                provenance=entry.said.provenance,
                valid_from=entry.version.valid_from,
                valid_to=entry.version.valid_to,
            )
        )
    ]
    return {**found, **_earliest(stated)}


def _earliest(days: Iterable[tuple[str, date]]) -> dict[str, date]:
    found: dict[str, date] = {}
    for event, day in days:
        found[event] = min(day, found.get(event, day))
    return found


def rule_of(keeping: Keeping) -> Retention | None:
    """The rule of the programme file behind a keeping time."""
    kind = catalogue.programme(keeping.record.programme).types[keeping.record.type]
    return next((rule for rule in kind.retention if rule.of == keeping.of), None)


def first_look(until: date) -> datetime:
    """When the sweep looks at what is kept until that day: after it has ended everywhere on earth."""
    return datetime.combine(until + timedelta(days=1), time(12), tzinfo=UTC)


def due(at: datetime, limit: int = 500) -> list[tuple[UUID, str]]:
    """Keeping times to look at, with their programme, the longest due first. What failed or waits comes again later."""
    rows = Keeping.objects.filter(next_look_at__lte=at).order_by("next_look_at", "pk")
    return list(rows.values_list("pk", "record__programme")[:limit])


def over(on: date) -> "QuerySet[Keeping]":
    """Keeping times that are over by that day and not done, worked out from what stands now."""
    rows = Keeping.objects.filter(next_look_at__isnull=False, until__lt=on).select_related("record")
    return rows.exclude(~_is_fresh()).order_by("pk")


def without_term(programme_id: str) -> "QuerySet[Record]":
    """Records whose keeping time was never worked out, or before their last version or the file's."""
    version = catalogue.programme(programme_id).version
    fresh = Keeping.objects.filter(
        record=OuterRef("pk"),
        of=KeptThing.RECORD,
        number=OuterRef("latest_number"),
        programme_version=version,
    )
    return Record.objects.filter(~Exists(fresh), programme=programme_id, state__in=KEPT_STATES).order_by("pk")


def of_records(actor: Actor, record_ids: Iterable[UUID]) -> dict[UUID, list[Keeping]]:
    """The keeping times of records in the actor's own file: last day, and why one that is over waits. One query.

    A record that came in within the last hour may have none yet.
    """
    mine = visible_to(actor).filter(pk__in=list(record_ids))
    found: dict[UUID, list[Keeping]] = defaultdict(list)
    for row in Keeping.objects.filter(record__in=mine).order_by("record", "of"):
        found[row.record_id].append(row)
    return dict(found)


# --- what erasing somebody asks for ---------------------------------------------------------------


def measures_rest_on(subject_ids: Collection[UUID]) -> bool:
    """Whether an effect rests on what is held about them, or may start again."""
    return Measure.objects.filter(subject__in=subject_ids).exclude(state=MeasureState.LIFTED).exists()


def last_change_about(subject_ids: Collection[UUID]) -> datetime | None:
    """When anything was last written about them; None if nothing ever was."""
    moments = [
        *Content.objects.filter(subject__in=subject_ids).values_list("version__recorded_at", flat=True),
        *Measure.objects.filter(subject__in=subject_ids, lifted_at__isnull=False).values_list("lifted_at", flat=True),
    ]
    return max((moment for moment in moments if moment), default=None)


def keeps_anything_about(subject_ids: Collection[UUID]) -> bool:
    """Whether something that is held about them is still within its keeping time."""
    return Record.objects.filter(subject__in=subject_ids).exclude(state__in=_OUT).exists()


def identity_is_open(subject_ids: Collection[UUID]) -> bool:
    """Whether somebody says that this file is another's, too, or part of it is: that is settled first."""
    theirs = Q(subject__in=subject_ids) | Q(other__in=subject_ids)
    return IdentityChange.objects.filter(theirs, state=ChangeState.PROPOSED).exists()


def sources_about(subject_ids: Collection[UUID]) -> set[UUID]:
    """The organisations that supplied what is held about them."""
    return set(Record.objects.filter(subject__in=subject_ids).values_list("source_id", flat=True))


def programmes_about(subject_ids: Collection[UUID]) -> set[str]:
    """The programmes in which something is held about them."""
    return set(Record.objects.filter(subject__in=subject_ids).values_list("programme", flat=True))


# --- batches --------------------------------------------------------------------------------------


def batches(rows: "QuerySet[Record] | QuerySet[Keeping]", size: int = 1000) -> Iterator[list[object]]:
    """All rows in the order of their ids, a batch at a time, without holding a cursor open."""
    last = None
    while True:
        batch = list((rows.filter(pk__gt=last) if last else rows)[:size])
        if not batch:
            return
        yield cast("list[object]", batch)
        last = batch[-1].pk


def _is_fresh() -> "Exists":
    """Whether a keeping time was worked out from the record's last version. A deleted record gets none any more."""
    return Exists(Record.objects.filter(pk=OuterRef("record"), latest_number=F("latest_number")))
