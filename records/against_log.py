"""Whether what is held is what the log left: an edit behind the application's back is found, and named.

Slower than `records.integrity`, since facts are opened; `manage.py audit_verify` runs these. Of somebody who was
erased nothing can be opened, and nothing is compared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from django.db.models import F, Model, QuerySet

from audit import queries as log
from audit.events import EVENTS
from audit.integrity import Check
from records import content
from records.models import Content, Measure, MeasureState, Record, Version

_Row = TypeVar("_Row", bound=Model)

_BATCH = 1_000
STATE_EVENTS = frozenset(n for n, e in EVENTS.items() if n.startswith("record.") and "state_after" in e.facts)
SHORTENED: Final = "measure.shortened"  # says nothing of its state, but on which day it ends
# What a measure is after the last of these events; after others it may be anything.
MEASURE_AFTER: Mapping[str, MeasureState] = {
    "measure.imposed": MeasureState.IN_FORCE,
    "measure.suspended": MeasureState.SUSPENDED,
    "measure.resumption_set": MeasureState.SUSPENDED,
    "measure.resumed": MeasureState.IN_FORCE,
    "measure.lifted": MeasureState.LIFTED,
}


def _differs_from_log(_at: datetime) -> Iterable[object]:
    """Records that are not as the log left them: their state, their latest version, or what it says."""
    for records in _batches(Record.objects.order_by("pk")):
        said = _last_states([record.pk for record in records])
        digests = _latest_digests(records)
        for record in records:
            now = f"{record.state}:{record.latest_number}:{digests.get(record.pk, '')}"
            if said.get(record.pk, now) != now:
                yield record.pk


def _content_differs_from_digest(_at: datetime) -> Iterable[object]:
    """Records with a version whose content is not what its digest says."""
    rows = Content.objects.filter(sealed__isnull=False).select_related("version").order_by("pk")
    for contents in _batches(rows):
        for row in contents:
            version = row.version
            assert row.sealed
            if not content.fits(row.subject_id, row.sealed, version.valid_from, version.valid_to, version.digest):
                yield row.record_id


def _measure_differs_from_log(_at: datetime) -> Iterable[object]:
    """Measures that are not as the log left them, or of which it knows nothing."""
    for measures in _batches(Measure.objects.order_by("pk")):
        events = _last_measure_events([measure.record_id for measure in measures])
        for measure in measures:
            if measure.record_id not in events:
                continue  # its owner was erased: nothing can be opened
            event = events[measure.record_id].get(str(measure.pk))
            if event is None or MEASURE_AFTER.get(event, measure.state) != measure.state:
                yield measure.pk


def _measure_ends_on_another_day(_at: datetime) -> Iterable[object]:
    """Measures that got an earlier last day from their source, and now end on another one."""
    for measures in _batches(Measure.objects.order_by("pk")):
        days = _last_ends([measure.record_id for measure in measures])
        for measure in measures:
            now = measure.to_on.isoformat() if measure.to_on else ""
            if days.get(str(measure.pk), now) != now:
                yield measure.pk


def _last_ends(record_ids: Sequence[UUID]) -> dict[str, str]:
    """By measure, the last day that its source gave it afterwards, as far as the log can be opened."""
    entries = log.entries_of_records(record_ids, [SHORTENED])
    opened = log.opened(entry.entry_id for entry in entries)
    said = (opened.get(entry.entry_id, {}) for entry in entries)
    return {str(facts["measure"]).rpartition(":")[2]: str(facts["ends_on"]) for facts in said if "ends_on" in facts}


def _last_states(record_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What the log says of each record after its last change, as far as it can be opened."""
    last: dict[UUID, int] = {}
    for entry in log.entries_of_records(record_ids, STATE_EVENTS):
        assert entry.record_id
        last[entry.record_id] = entry.entry_id
    opened = log.opened(last.values())
    return {
        record_id: str(opened[entry_id]["state_after"])
        for record_id, entry_id in last.items()
        if "state_after" in opened.get(entry_id, {})
    }


def _last_measure_events(record_ids: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """By record and measure, the last event of the measure, as far as the log can be opened."""
    names = [name for name in EVENTS if name.startswith("measure.") and name != SHORTENED]
    entries = log.entries_of_records(record_ids, names)
    opened = log.opened(entry.entry_id for entry in entries)
    found: dict[UUID, dict[str, str]] = {}
    for entry in entries:
        if fact := opened.get(entry.entry_id, {}).get("measure"):
            assert entry.record_id
            found.setdefault(entry.record_id, {})[str(fact).rpartition(":")[2]] = entry.event_type
    return found


def _latest_digests(records: Sequence[Record]) -> dict[UUID, str]:
    rows = Version.objects.filter(record__in=records, number=F("record__latest_number"))
    return {record_id: bytes(digest).hex() for record_id, digest in rows.values_list("record_id", "digest")}


def _batches(rows: "QuerySet[_Row]") -> Iterator[list[_Row]]:
    """The rows in batches, in the order of their key; nothing is held open between two."""
    after: object = None
    while batch := list((rows if after is None else rows.filter(pk__gt=after))[:_BATCH]):
        yield batch
        after = batch[-1].pk


CHECKS: Mapping[str, Check] = {
    "record.differs_from_log": _differs_from_log,
    "record.content_differs": _content_differs_from_digest,
    "measure.differs_from_log": _measure_differs_from_log,
    "measure.ends_on_another_day": _measure_ends_on_another_day,
}
