"""Reading the log."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from audit import keys, leaf, openings, tree
from audit.models import Entry, Leaf, Opening


def entries_of_case(case_id: UUID) -> list[Entry]:
    """The entries of one case, oldest first."""
    return list(Entry.objects.filter(case_id=case_id).order_by("entry_id"))


def entries_of_record(record_id: UUID) -> list[Entry]:
    """The entries of one record, oldest first."""
    return list(Entry.objects.filter(record_id=record_id).order_by("entry_id"))


def entries_of_records(record_ids: Collection[UUID], events: Collection[str]) -> list[Entry]:
    """The entries of these events about any of these records, oldest first."""
    found = Entry.objects.filter(record_id__in=list(record_ids), event_type__in=list(events))
    return list(found.order_by("entry_id"))


class Wanted(NamedTuple):
    """Which entries: of one kind, in a time, from a place on."""

    event: str = ""
    since: datetime | None = None
    until: datetime | None = None
    place: int | None = None


def entries_about(subject_ids: Collection[UUID]) -> "QuerySet[Entry]":
    """The entries about these people, newest first. They are found by their openings: an entry names nobody."""
    theirs = Opening.objects.filter(name=openings.ABOUT, subject_key__in=list(subject_ids)).values("entry_id")
    return Entry.objects.filter(pk__in=theirs).order_by("-pk")


def placed(wanted: Wanted) -> "QuerySet[Leaf]":
    """The places of the entries that are wanted, the newest first, as far as the log was signed."""
    found = Leaf.objects.filter(leaf_index__lt=tree.signed_size()).order_by("-leaf_index")
    if wanted.place is not None:
        found = found.filter(leaf_index__gte=wanted.place)
    of = Entry.objects.all()
    if wanted.event:
        of = of.filter(event_type=wanted.event)
    if wanted.since:
        of = of.filter(recorded_at__gte=wanted.since)
    if wanted.until:
        of = of.filter(recorded_at__lt=wanted.until)
    return found.filter(entry_id__in=of.values("pk")) if wanted[:3] != Wanted()[:3] else found


def at_place(place: int) -> int | None:
    """The entry at a place of the tree."""
    return Leaf.objects.filter(leaf_index=place).values_list("entry_id", flat=True).first()


def in_bulk(entry_ids: Iterable[int]) -> dict[int, Entry]:
    """These entries, by id."""
    return Entry.objects.in_bulk(list(entry_ids))


def opened_facts(entry_ids: Iterable[int], names: Iterable[str]) -> dict[int, dict[str, leaf.Canonical]]:
    """The facts of these names, as far as they can still be opened, by entry id."""
    return {
        entry_id: {name: leaf.disclosed(said)[1] for name, said in disclosed.items()}
        for entry_id, disclosed in disclosures(entry_ids, names).items()
    }


def opened(entry_ids: Iterable[int]) -> dict[int, dict[str, leaf.Canonical]]:
    """The facts of each entry that can still be opened, by entry id. Two queries."""
    return {
        entry_id: {name: leaf.disclosed(said)[1] for name, said in disclosed.items()}
        for entry_id, disclosed in _open(Opening.objects.filter(entry_id__in=list(entry_ids))).items()
    }


def disclosures(entry_ids: Iterable[int], names: Iterable[str] | None) -> dict[int, dict[str, str]]:
    """The disclosures of these names (None: of all) as the leaves commit to them, as far as they can be opened."""
    found = Opening.objects.filter(entry_id__in=list(entry_ids))
    if names is None:
        return _open(found)
    wanted = set(names)
    opened = _open(found.filter(name__in=openings.holding(wanted)))
    chosen = {entry: {name: said[name] for name in wanted & said.keys()} for entry, said in opened.items()}
    return {entry: said for entry, said in chosen.items() if said}


def _open(rows: "QuerySet[Opening]") -> dict[int, dict[str, str]]:
    sealers = keys.load_many(row.subject_key for row in rows)
    found: dict[int, dict[str, str]] = {}
    for row in rows:
        if sealer := sealers.get(row.subject_key):
            found.setdefault(row.entry_id, {}).update(openings.disclosures(sealer.open(row.sealed)))
    return found
