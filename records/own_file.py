"""The whole of a person's own file, beyond one page of it: groups, search, histories, who received it and who looked.

Every read starts at `visible_to(actor)`, and takes as many queries for ten records as for a thousand.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Count, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.module_loading import import_string

from accounts.actors import Actor, ActorKind
from accounts.models import Membership, Organisation, Role
from audit import queries as log
from records import catalogue, queries
from records.access import left_the_file_of, visible_to
from records.content import Said
from records.models import Access, Disclosure, Keeping, Record, RecordState, Version, VersionCause
from records.queries import Held

T = TypeVar("T")
Row = TypeVar("Row", Disclosure, Access)
SHOWN_OF_EACH: Final = 5
SEARCHED_AT_ONCE: Final = 500
MOST_SEARCHED: Final = 10_000  # entries, the newest; a page says so when there are more

# What the log knows of a record besides its versions, its disclosures and the looks at it.
HAPPENINGS: Final = frozenset(
    {
        "record.marked", "record.unmarked", "record.sealed", "record.detached", "record.restored",
        "record.withdrawn", "record.returned", "record.answered", "record.answer_settled", "record.moved",
        "record.unpublished", "record.statement_attached", "record.statement_ended",
        "measure.imposed", "measure.suspended", "measure.resumption_set", "measure.resumed", "measure.lifted",
        "measure.restored", "measure.shortened",
    }
)  # fmt: skip
_LEAVES: Final = frozenset({"record.withdrawn", "record.sealed"})
_OWN_WORDS: Final = frozenset({"record.statement_attached", "record.statement_ended"})


class Group(NamedTuple):
    """The records of one type of one programme."""

    programme: str
    type: str


@dataclass(frozen=True)
class Hand:
    """Who brought a version in: staff by role and number, a `system`, a `file`, or the `service` after a decision."""

    role: str
    number: int | None = None
    organisation: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Step:
    """One version with what it said, the version before it, and whose hand it was."""

    version: Version
    said: Said | None
    before: Version | None
    said_before: Said | None
    hand: Hand


@dataclass(frozen=True)
class Happening:
    """One thing besides a new version, from the log. `role` is that of an official, or person, service, system."""

    event: str
    at: datetime
    case_id: UUID | None
    role: str
    number: int | None
    facts: Mapping[str, object]


@dataclass(frozen=True)
class Left:
    """An entry that has left the file: what it said if that may still be read, since when, who had it, who saw it.

    Of disclosures and looks the newest few.
    """

    record: Record
    said: Said | None
    since: datetime | None
    received: Sequence[Disclosure]
    looked: Sequence[Access]


@dataclass(frozen=True)
class Story:
    """What changed in one record, newest first. `references`: of the cases that this person may know of."""

    steps: Sequence[Step]
    happenings: Sequence[Happening]
    references: Mapping[UUID, str]
    versions: int


def counts(actor: Actor) -> dict[Group, int]:
    """How many records of each type each programme holds about this person."""
    rows = visible_to(actor).values_list("programme", "type").annotate(number=Count("pk"))
    return {Group(programme, type_): number for programme, type_, number in rows.order_by("programme", "type")}


def zone_of(actor: Actor) -> str:
    """The time zone of this person: that of the newest thing held about them."""
    newest = visible_to(actor).order_by("-pk").values_list("programme", flat=True).first()
    return catalogue.programme(newest).time_zone if newest else settings.TIME_ZONE


def page(actor: Actor, *, of: Group | None = None, before: UUID | None = None, limit: int) -> list[Held]:
    """The records of a person's own file (or those of one group), newest first; `before` pages on."""
    return queries.opened(_newest(actor, of, before)[:limit], actor)


def next_after(actor: Actor, last: UUID | None, *, upto: UUID, limit: int) -> list[Held]:
    """The records of a person's own file in the order in which they came, after `last` and up to `upto`."""
    records = visible_to(actor).select_related("source").filter(pk__lte=upto).order_by("pk")
    return queries.opened((records.filter(pk__gt=last) if last else records)[:limit], actor)


def search(
    actor: Actor, matches: Callable[[Held], T | None], *, of: Group | None = None
) -> tuple[list[tuple[UUID, T]], bool]:
    """What `matches` finds in each record, newest first, by record id; and whether all records were looked at.

    The values are sealed, so that no database could search them: they are opened here, for this person alone.
    """
    found: list[tuple[UUID, T]] = []
    before: UUID | None = None
    for _ in range(MOST_SEARCHED // SEARCHED_AT_ONCE):
        batch = page(actor, of=of, before=before, limit=SEARCHED_AT_ONCE)
        found += [(held.record.pk, hit) for held in batch if (hit := matches(held)) is not None]
        if len(batch) < SEARCHED_AT_ONCE:
            return found, True
        before = batch[-1].record.pk
    return found, not _newest(actor, of, before).exists()


def received(actor: Actor, record_ids: Collection[UUID] | None = None) -> QuerySet[Disclosure]:
    """Everybody who was given something out of this person's file, also what has left it since, newest first."""
    found = Disclosure.objects.filter(record__in=_of(actor, record_ids))
    return found.select_related("recipient", "version", "record").order_by("-disclosed_at", "-pk")


def looked(actor: Actor, record_ids: Collection[UUID] | None = None) -> QuerySet[Access]:
    """Every look of staff at this person's file, also at what has left it since, newest first."""
    found = Access.objects.filter(record__in=_of(actor, record_ids))
    return found.select_related("organisation", "record").order_by("-looked_at", "-pk")


def left(actor: Actor) -> QuerySet[Record]:
    """What has left this person's file, newest first."""
    return left_the_file_of(actor).select_related("source").order_by("-pk")


def left_entries(actor: Actor, records: Collection[Record]) -> list[Left]:
    """These records, which have left the file: a handful of queries, however many.

    What a source took back is opened, since it is kept and may come back; what a decision deleted is not.
    """
    ids = [record.pk for record in records]
    taken_back = [record for record in records if record.state == RecordState.WITHDRAWN]
    said = {held.record.pk: held.said for held in queries.opened(taken_back, actor)}
    happened = _happenings(ids, actor)
    given, seen = defaultdict(list), defaultdict(list)
    for disclosure in _newest_of_each(received(actor, ids), "-disclosed_at"):
        given[disclosure.record_id].append(disclosure)
    for access in _newest_of_each(looked(actor, ids), "-looked_at"):
        seen[access.record_id].append(access)
    return [
        Left(
            record,
            said.get(record.pk),
            next((each.at for each in happened[record.pk] if each.event in _LEAVES), None),
            given[record.pk],
            seen[record.pk],
        )
        for record in records
    ]


def _newest_of_each(rows: QuerySet[Row], newest: str) -> QuerySet[Row]:
    """The first rows of each record: an entry may have been given out a hundred thousand times."""
    place = Window(RowNumber(), partition_by="record_id", order_by=[newest, "-pk"])
    return rows.annotate(place=place).filter(place__lte=SHOWN_OF_EACH)


def keepings(actor: Actor, record_ids: Collection[UUID]) -> dict[UUID, list[Keeping]]:
    """Until when these records are kept and published, as far as a day is known. One query."""
    found: dict[UUID, list[Keeping]] = {record_id: [] for record_id in record_ids}
    for each in Keeping.objects.filter(record__in=_of(actor, record_ids)).order_by("pk"):
        found[each.record_id].append(each)
    return found


def story(actor: Actor, record_id: UUID, *, newer_than: int | None = None, limit: int = 20) -> Story:
    """What changed in one record. `newer_than`: versions below this number, to page on."""
    return stories(actor, [record_id], below=newer_than, limit=limit)[record_id]


def stories(
    actor: Actor, record_ids: Collection[UUID], *, below: int | None = None, limit: int | None = None
) -> dict[UUID, Story]:
    """The stories of several records at once: the same few queries, however many."""
    known = list(visible_to(actor).filter(pk__in=record_ids))
    versions = _versions(known, below, limit)
    said = queries.open_own(actor, [each for some in versions.values() for each in some])
    happened = _happenings([record.pk for record in known], actor)
    hands = _hands([each for some in versions.values() for each in some])
    cases = {each.case_id for some in versions.values() for each in some if each.case_id}
    cases |= {each.case_id for some in happened.values() for each in some if each.case_id}
    references = case_references(actor, cases)
    return {
        record.pk: Story(
            steps=_steps(versions[record.pk], said, hands, limit),
            happenings=happened[record.pk],
            references=references,
            versions=record.latest_number,
        )
        for record in known
    }


def case_references(actor: Actor, case_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The references of those of these cases that `actor` may know of. The settings name who, above us, knows cases."""
    wanted = list(case_ids)
    if not wanted:
        return {}
    references: Callable[[Actor, list[UUID]], dict[UUID, str]] = import_string(settings.CASE_REFERENCES_OF)
    return references(actor, wanted)


def _newest(actor: Actor, of: Group | None, before: UUID | None) -> QuerySet[Record]:
    records = visible_to(actor).select_related("source", "subject").order_by("-pk")
    if of:
        records = (
            records.filter(programme=of.programme, type=of.type) if of.type else records.filter(programme=of.programme)
        )
    return records.filter(pk__lt=before) if before else records


def _of(actor: Actor, record_ids: Collection[UUID] | None) -> QuerySet[Record, Any]:
    """The records in question, none that this person may not know of; nothing for anybody but a person."""
    if actor.kind is not ActorKind.PERSON:
        return Record.objects.none()
    records = visible_to(actor) | left_the_file_of(actor)
    return (records if record_ids is None else records.filter(pk__in=record_ids)).values("pk").order_by()


def _versions(records: Collection[Record], below: int | None, limit: int | None) -> dict[UUID, list[Version]]:
    """The versions of each record, newest first; with a limit one more, against which the last is compared."""
    found = Version.objects.filter(record_id__in=[record.pk for record in records])
    if below:
        found = found.filter(number__lt=below)
    found = found.select_related("content", "entered_with__organisation", "entered_in").order_by("-number")
    by_record: dict[UUID, list[Version]] = {record.pk: [] for record in records}
    for version in found[: limit + 1] if limit is not None else found:
        by_record[version.record_id].append(version)
    return by_record


def _steps(
    versions: Sequence[Version], said: Mapping[UUID, Said], hands: Mapping[UUID, Hand], limit: int | None
) -> list[Step]:
    earlier: list[Version | None] = [*versions[1:], None]
    steps = [
        Step(version, said.get(version.pk), before, said.get(before.pk) if before else None, hands[version.pk])
        for version, before in zip(versions, earlier, strict=True)
    ]
    return steps[:limit]


def _happenings(record_ids: Collection[UUID], actor: Actor) -> dict[UUID, list[Happening]]:
    found: dict[UUID, list[Happening]] = defaultdict(list)
    entries = log.entries_of_records(record_ids, HAPPENINGS)
    facts = log.opened(entry.entry_id for entry in entries)
    own = {str(subject) for subject in actor.own_subjects}
    for entry in reversed(entries):
        known = facts.get(entry.entry_id, {})
        if entry.event_type in _OWN_WORDS and known.get("subject") not in own:
            continue  # of somebody whom the record was taken to be about before
        role, number, *_ = f"{known.get('actor', '')}:".split(":")
        told = {name: value for name, value in known.items() if name != "actor"}
        happening = Happening(
            event=entry.event_type,
            at=entry.recorded_at,
            case_id=entry.case_id,
            role=role,
            number=int(number) if number.isdigit() else None,
            facts=told,
        )
        assert entry.record_id
        found[entry.record_id].append(happening)
    return found


def _hands(versions: Collection[Version]) -> dict[UUID, Hand]:
    users = {user for version in versions if (user := _user(version))}
    seats: dict[UUID, list[Membership]] = defaultdict(list)
    for seat in Membership.objects.filter(user_id__in=users).select_related("organisation").order_by("since", "pk"):
        seats[seat.user_id].append(seat)
    return {version.pk: _hand(version, seats) for version in versions}


def _user(version: Version) -> UUID | None:
    return version.entered_by_id or (version.entered_in.started_by_id if version.entered_in else None)


def _hand(version: Version, seats: Mapping[UUID, Sequence[Membership]]) -> Hand:
    if version.entered_with:
        return Hand("system", organisation=_name(version.entered_with.organisation))
    seat = _seat(version, seats.get(_user(version) or UUID(int=0), ()))
    if seat:
        return Hand(seat.role, seat.number, _name(seat.organisation))
    return Hand("file" if version.entered_in else "service")


def _seat(version: Version, seats: Sequence[Membership]) -> Membership | None:
    """The seat that somebody with several used: that of a decision-maker for what a case did, any other otherwise."""
    decided = version.cause != VersionCause.SUPPLIED
    then = [seat for seat in seats if seat.since <= version.recorded_at] or list(seats)
    fitting = [seat for seat in then if (seat.role in (Role.CASEWORKER, Role.SUPERVISOR, Role.REVIEWER)) == decided]
    return next(iter(fitting or then), None)


def _name(organisation: Organisation) -> Mapping[str, str]:
    return organisation.name
