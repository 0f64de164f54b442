"""Reads of what is held. Every one starts at `access.visible_to(actor)`; values are opened by `open_for` alone."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, QuerySet

from accounts import files
from accounts.actors import Actor, ActorKind
from accounts.models import Organisation, Role
from audit import bulk, keys
from audit import operations as audit
from records import catalogue, content, statements
from records.access import READING_ROLES, visible_to
from records.content import Said
from records.models import (
    Access,
    Content,
    Disclosure,
    Mark,
    Measure,
    MeasureState,
    Record,
    SourceChange,
    SourceChangeKind,
    SourceChangeState,
    Version,
)
from records.statements import Stated

_ALL: Final = slice(None)
ENTERING_ROLES = (Role.CASEWORKER, Role.SUPERVISOR)  # who types in what came on paper


class MayNotOpen(Exception):
    """These values are not for this actor."""


@dataclass(frozen=True)
class Held:
    """One record as it stands, opened for somebody: what it says, what rests on it, what is marked."""

    record: Record
    version: Version
    said: Said
    measures: Sequence[Measure]
    marks: Sequence[Mark]
    statement: Stated | None = None

    @property
    def programme(self) -> "catalogue.Programme":
        return catalogue.programme(self.record.programme)

    @property
    def type(self) -> "catalogue.RecordType":
        return self.programme.types[self.record.type]

    @property
    def measures_now(self) -> list[Measure]:
        """Those that are in force or suspended."""
        return [measure for measure in self.measures if measure.state != MeasureState.LIFTED]


class OpenVersion(NamedTuple):
    """A version with what it said; nothing when its content was purged."""

    version: Version
    said: Said | None


class EarlierEnd(NamedTuple):
    """A measure to which a source gave an earlier last day, and the one that stood."""

    measure: str
    was: date | None
    to: date


class SourceAnswer(NamedTuple):
    """What a source sent about a disputed record, with what the record would say; nothing for a withdrawal."""

    change: SourceChange
    said: Said | None
    ends: tuple[EarlierEnd, ...] = ()

    @property
    def is_withdrawal(self) -> bool:
        """Whether the source takes the record back."""
        return self.change.kind == SourceChangeKind.WITHDRAWAL

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for the decision."""
        return self.change.state == SourceChangeState.WAITING


@dataclass(frozen=True)
class Trace:
    """Everything else that a person may know of a record: its history, who received it, who looked."""

    versions: Sequence[Version]
    disclosures: Sequence[Disclosure]
    accesses: Sequence[Access]
    said: dict[UUID, Said]


def held(actor: Actor, *, before: UUID | None = None, limit: int = 50) -> list[Held]:
    """The records in a person's own file, newest first; `before` pages on. A handful of queries, however many."""
    records = visible_to(actor).select_related("source", "subject").order_by("-pk")
    if before:
        records = records.filter(pk__lt=before)
    return opened(records[:limit], actor)


def held_record(actor: Actor, record_id: UUID) -> Held:
    """One of them. Raises `Record.DoesNotExist` for what this person may not know of."""
    return opened([visible_to(actor).select_related("source", "subject").get(pk=record_id)], actor)[0]


def held_records(actor: Actor, record_ids: Iterable[UUID]) -> list[Held]:
    """Those of these records that stand in this person's own file."""
    return opened(visible_to(actor).select_related("source", "subject").filter(pk__in=set(record_ids)), actor)


def in_file(actor: Actor, record_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these records `actor` may know of now, unopened: for links that would lead nowhere else."""
    return set(visible_to(actor).filter(pk__in=list(record_ids)).values_list("pk", flat=True))


def ids_visible_to(actor: Actor) -> "QuerySet[Record, UUID]":
    """The ids of what `actor` may know of, for a query to be within."""
    return visible_to(actor).values_list("pk", flat=True)


def counts_by_programme(actor: Actor) -> dict[str, int]:
    """How many records each programme holds about this person."""
    rows = visible_to(actor).values_list("programme").annotate(number=Count("pk")).order_by("programme")
    return dict(rows)


def trace(actor: Actor, record_id: UUID, *, limit: int = 50) -> Trace:
    """The history of one visible record, newest first: versions opened for `actor`, disclosures, accesses."""
    record = visible_to(actor).get(pk=record_id)
    versions = list(record.versions.select_related("content", "entered_with__organisation").order_by("-number"))
    return Trace(
        versions=versions,
        disclosures=list(record.disclosures.select_related("recipient", "version").order_by("-disclosed_at")[:limit]),
        accesses=list(record.accesses.select_related("organisation").order_by("-looked_at")[:limit]),
        said=_said(versions),
    )


def open_for(
    actor: Actor,
    purpose: str,
    versions: Collection[Version],
    *,
    at: datetime,
    reason: str = "",
    case_id: UUID | None = None,
    holder_id: UUID | None = None,
) -> dict[UUID, Said]:
    """What these versions say, by version id; the one way to values for anybody.

    Staff leave an `Access` and a log entry, a system a `Disclosure` and a log entry, in the
    same transaction, before any value is returned. A person reads their own file without
    waiting for the log. Purged contents are absent. `holder_id`: for which organisation staff look,
    where they may work for several.
    """
    match actor.kind:
        case ActorKind.PERSON:
            return open_own(actor, versions)
        case ActorKind.STAFF:
            with transaction.atomic():
                _note_accesses(actor, purpose, versions, at=at, reason=reason, case_id=case_id, holder_id=holder_id)
        case ActorKind.SYSTEM:
            with transaction.atomic():
                _note_disclosures(actor, purpose, versions, at=at)
        case _:
            raise MayNotOpen
    return _said(versions)


def held_for_official(
    actor: Actor, subject_id: UUID, *, purpose: str, at: datetime, reason: str = "", part: slice = _ALL
) -> list[Held]:
    """What this official's organisations hold about somebody, opened for what that person asked on paper.

    Of each record one access is noted before any value is returned. Newest first; `part`: only so many of them.
    """
    held_by = catalogue.held_by(
        {each.code: each.pk for each in Organisation.objects.filter(pk__in=actor.organisations(*ENTERING_ROLES))}
    )
    person = on_paper(subject_id)
    rows = visible_to(person).filter(programme__in=held_by).select_related("source", "subject").order_by("-pk")
    with transaction.atomic():
        found = opened(rows[part], person)
        for programme, holder_id in held_by.items():
            versions = [each.version for each in found if each.record.programme == programme]
            _note_accesses(actor, purpose, versions, at=at, reason=reason, case_id=None, holder_id=holder_id)
    return found


def count_for_official(actor: Actor, subject_id: UUID) -> int:
    """How many entries `held_for_official` would open. No values."""
    return visible_to(on_paper(subject_id)).filter(programme__in=programmes_of(actor)).count()


def on_paper(subject_id: UUID) -> Actor:
    """The person who wrote, for reads of what is theirs; it signs nothing."""
    return Actor(ActorKind.PERSON, subject_id=subject_id, also=files.members(subject_id) - {subject_id})


def subjects_held_by(actor: Actor) -> "QuerySet[Record, UUID]":
    """The subjects about whom this official's organisations hold something, for a query to be within."""
    return Record.objects.filter(programme__in=programmes_of(actor)).values_list("subject_id", flat=True)


def is_held_by(actor: Actor, record_id: OuterRef) -> Exists:
    """Whether the record that a query is about is one that this official's organisations hold. No values."""
    return Exists(Record.objects.filter(pk=record_id, programme__in=programmes_of(actor)))


def programmes_of(actor: Actor) -> frozenset[str]:
    """The programmes that this official's organisations hold."""
    codes = Organisation.objects.filter(pk__in=actor.organisations(*ENTERING_ROLES)).values_list("code", flat=True)
    return frozenset(catalogue.held_by(dict.fromkeys(codes)))


def about(record_ids: Iterable[UUID]) -> list[Record]:
    """Records by id, for the layers above that reached them through a case. No values."""
    return list(Record.objects.filter(pk__in=list(record_ids)).select_related("source").order_by("pk"))


def open_histories(
    actor: Actor,
    purpose: str,
    record_ids: Iterable[UUID],
    *,
    at: datetime,
    reason: str = "",
    case_id: UUID | None = None,
    holder_id: UUID | None = None,
) -> dict[UUID, list[OpenVersion]]:
    """All versions of these records, newest first, opened as by `open_for`: one access a record."""
    found: dict[UUID, list[OpenVersion]] = {record_id: [] for record_id in record_ids}
    versions = list(Version.objects.filter(record_id__in=found).select_related("content").order_by("-number"))
    said = open_for(actor, purpose, versions, at=at, reason=reason, case_id=case_id, holder_id=holder_id)
    for version in versions:
        found[version.record_id].append(OpenVersion(version, said.get(version.pk)))
    return found


def number_of_answers(record_ids: Iterable[UUID], *, since: datetime, until: datetime) -> int:
    """How often sources sent something about these records in that time: no more of it than that."""
    sent = SourceChange.objects.filter(record_id__in=list(record_ids))
    return sent.filter(received_at__gte=since, received_at__lte=until).count()


def answers_during(record_ids: Iterable[UUID], *, since: datetime, looked: Actor) -> dict[UUID, list[SourceAnswer]]:
    """What sources have sent about these records since a dispute began, oldest first, opened.

    `looked`: the official for whom `open_histories` has just noted the look at these very records; nobody else gets it.
    """
    if looked.seat(*READING_ROLES) is None:
        raise MayNotOpen
    found: dict[UUID, list[SourceAnswer]] = {record_id: [] for record_id in record_ids}
    changes = list(SourceChange.objects.filter(record_id__in=found, received_at__gte=since).order_by("pk"))
    sealers = keys.load_many(change.subject_id for change in changes)
    types = dict(Measure.objects.filter(record_id__in=found).values_list("pk", "type"))
    for change in changes:
        sealer = sealers.get(change.subject_id)
        said = content.unpack(sealer.open(change.sealed)) if change.sealed is not None and sealer else None
        ends = tuple(
            EarlierEnd(types[UUID(pk)], days["was"] and date.fromisoformat(days["was"]), date.fromisoformat(days["to"]))
            for pk, days in change.ends.items()
        )
        found[change.record_id].append(SourceAnswer(change, said, ends))
    return found


def statements_on(record_ids: Iterable[UUID], *, looked: Actor) -> dict[UUID, Stated]:
    """The person's own words on these records. `looked`: as for `answers_during`."""
    if looked.seat(*READING_ROLES) is None:
        raise MayNotOpen
    return statements.on(list(record_ids))


def history(record_id: UUID) -> list[Version]:
    """All versions of a record, newest first, unopened."""
    return list(Version.objects.filter(record_id=record_id).select_related("content").order_by("-number"))


def references_at_sources(subject_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID], tuple[dict[str, str], str]]:
    """By subject and source: the source's name, and its reference of one record, by which its office knows them."""
    records = Record.objects.filter(subject_id__in=set(subject_ids)).select_related("source").order_by("-pk")
    return {(each.subject_id, each.source_id): (each.source.name, each.source_ref) for each in records}


def measures_on(record_ids: Iterable[UUID]) -> list[Measure]:
    """The measures that rest on these records, lifted ones included."""
    return list(Measure.objects.filter(record_id__in=list(record_ids)).order_by("pk"))


def measures(ids: Iterable[UUID]) -> list[Measure]:
    """These measures, with their records."""
    return list(Measure.objects.filter(pk__in=list(ids)).select_related("record").order_by("pk"))


def measures_suspended_by(case_id: UUID) -> list[Measure]:
    """What a case has suspended and not yet let go."""
    return list(Measure.objects.filter(suspended_by_case=case_id).order_by("pk"))


def cases_that_let_go() -> set[UUID]:
    """The cases by which measures are stopped that start again on a day that is known."""
    cases = Measure.objects.filter(resumes_on__isnull=False).values_list("suspended_by_case", flat=True)
    return {case_id for case_id in cases if case_id}


def measures_due(on: date, limit: int = 500) -> list[UUID]:
    """Suspended measures whose day to start again has come by `on`."""
    due = Measure.objects.filter(resumes_on__lte=on).order_by("resumes_on", "pk")
    return list(due.values_list("pk", flat=True)[:limit])


def measure_title(measure: Measure) -> dict[str, str]:
    """The catalogue's name of a measure, in each language."""
    record = measure.record
    return catalogue.programme(record.programme).measures[measure.type].title.as_dict()


def record_title(record: Record) -> dict[str, str]:
    """The catalogue's name of a record's type, in each language."""
    return catalogue.programme(record.programme).types[record.type].title.as_dict()


def latest_versions(records: Iterable[Record]) -> dict[UUID, Version]:
    """The present version of each record, by record id. One query."""
    versions = Version.objects.filter(
        record__in=[record.pk for record in records], number=F("record__latest_number")
    ).select_related("content")
    return {version.record_id: version for version in versions}


def latest_version(record: Record) -> Version:
    """The present version of one record."""
    return record.versions.select_related("content").get(number=record.latest_number)


def latest_content(record: Record) -> Said:
    """What the present version says, for operations of this package that carry it forward."""
    return open_content(latest_version(record).content)


def open_content(sealed: Content) -> Said:
    """What one content row says, for operations of this package that carry it forward."""
    if sealed.sealed is None:
        raise MayNotOpen
    return content.unpack(keys.open_sealed(sealed.subject_id, sealed.sealed))


def open_contents(versions: Collection[Version]) -> dict[UUID, Said]:
    """What these versions say, by version id, for operations of this package that work on many. Purged: absent."""
    return _said(versions)


def opened(records: "QuerySet[Record] | list[Record]", actor: Actor) -> list[Held]:
    """These records of the actor's own file, opened: a handful of queries, however many."""
    found = list(records)
    versions = latest_versions(found)
    said = open_own(actor, list(versions.values()))
    measures, marks = defaultdict(list), defaultdict(list)
    ids = [record.pk for record in found]
    for measure in Measure.objects.filter(record_id__in=ids).order_by("pk"):
        measures[measure.record_id].append(measure)
    for mark in Mark.objects.filter(record_id__in=ids, ended_at__isnull=True).order_by("pk"):
        marks[mark.record_id].append(mark)
    stated = statements.on(ids)
    return [
        Held(record, version, said[version.pk], measures[record.pk], marks[record.pk], stated.get(record.pk))
        for record in found
        if (version := versions[record.pk]).pk in said
    ]


def open_own(actor: Actor, versions: Collection[Version]) -> dict[UUID, Said]:
    """What versions of a person's own file say. Raises `MayNotOpen` for anybody else's, and for staff and systems."""
    if actor.kind is not ActorKind.PERSON or any(version.about not in actor.own_subjects for version in versions):
        raise MayNotOpen
    return _said(versions)


def _said(versions: Collection[Version]) -> dict[UUID, Said]:
    sealers = keys.load_many(version.about for version in versions)
    return {
        version.pk: content.unpack(sealers[version.about].open(version.content.sealed))
        for version in versions
        if version.content.sealed is not None and version.about in sealers
    }


def _note_accesses(
    actor: Actor,
    purpose: str,
    versions: Collection[Version],
    *,
    at: datetime,
    reason: str,
    case_id: UUID | None,
    holder_id: UUID | None,
) -> None:
    seat = actor.seat(*READING_ROLES, Role.SOURCE_OFFICER, organisation_id=holder_id)
    if seat is None or actor.user_id is None:
        raise MayNotOpen
    for version in _one_a_record(versions):
        Access.objects.create(
            record_id=version.record_id,
            subject_id=version.about,
            organisation_id=seat.organisation_id,
            user_id=actor.user_id,
            role=seat.role,
            number=seat.number,
            purpose=purpose,
            reason=reason,
            case_id=case_id,
            looked_at=at,
        )
        audit.record(
            "record.opened",
            by=actor.signature(seat.organisation_id),
            at=at,
            subject_id=version.about,
            record_id=version.record_id,
            case_id=case_id,
            facts={"purpose": purpose, "reason": reason, "what": "values"},
        )


def _note_disclosures(actor: Actor, purpose: str, versions: Collection[Version], *, at: datetime) -> None:
    if actor.organisation_id is None or actor.key_id is None:
        raise MayNotOpen
    marks = defaultdict(set)
    for record_id, kind in Mark.objects.filter(
        record_id__in=[version.record_id for version in versions], ended_at__isnull=True
    ).values_list("record_id", "kind"):
        marks[record_id].add(kind)
    for record_id in statements.carried_by([version.record_id for version in versions]):
        marks[record_id].add(statements.CARRIED)
    sealers = keys.load_many(version.about for version in versions)
    given = [version for version in versions if version.about in sealers]  # nothing opens of an erased person
    with_marks = {version.pk: sorted(marks[version.record_id]) for version in given}
    Disclosure.objects.bulk_create(
        Disclosure(
            record_id=version.record_id,
            version=version,
            subject_id=version.about,
            recipient_id=actor.organisation_id,
            key_id=actor.key_id,
            purpose=purpose,
            marks=with_marks[version.pk],
            disclosed_at=at,
        )
        for version in given
    )
    notes = [
        bulk.Note(
            "record.disclosed",
            version.about,
            version.record_id,
            {"purpose": purpose, "version": str(version.pk), "marks": ",".join(with_marks[version.pk])},
        )
        for version in given
    ]
    if notes:
        bulk.record_many(notes, by=actor.signature(), at=at, sealers=sealers)


def _one_a_record(versions: Collection[Version]) -> list[Version]:
    """One look at a record is one access, however many of its versions were on the page."""
    return list({version.record_id: version for version in versions}.values())
