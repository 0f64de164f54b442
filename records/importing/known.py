"""What the database knows about the lines of one batch: a fixed number of queries, however long the batch."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Subquery, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from accounts import files, likeness
from accounts.models import Contact, ContactVouch, Identifier, Organisation, Subject
from accounts.particulars import Particulars
from audit import keys
from audit.keys import Sealer
from records import queries
from records.catalogue import ParsedLine
from records.models import (
    Content,
    ImportRun,
    Mark,
    Measure,
    MeasureState,
    RecordState,
    SourceChange,
    SourceChangeState,
    SourceWithdrawal,
    Version,
    VersionCause,
)

# The sealed particulars of those of whom no hashes are kept.
_NOT_HASHED = Case(When(name_hash__isnull=True, then="sealed_particulars"), default=None)
Reference = tuple[str, str]  # code of the source, source_ref


# A measure that ended because its source withdrew the record, as it is now: it may come back with the record.
ENDED_WITH_RECORD: Final = "ended_with_record"
# The same of an earlier time: the record came back without it.
LEFT_BEHIND: Final = "left_behind"


class KnownMeasure(NamedTuple):
    """A measure as it stands. `id`: None where an earlier line of the batch imposes it."""

    id: UUID | None
    state: str
    to_on: date | None

    @property
    def stands(self) -> bool:
        """Whether it is in force, stopped for now, or comes back with its record."""
        return self.state in (MeasureState.IN_FORCE, MeasureState.SUSPENDED, ENDED_WITH_RECORD)

    def is_made_shorter(self, to_on: date | None) -> bool:
        """Whether that is an earlier end than the known one, or the first."""
        return to_on is not None and (self.to_on is None or to_on < self.to_on)

    def is_made_longer(self, to_on: date | None) -> bool:
        """Whether that is a later end than the known one, or takes it away."""
        return self.to_on is not None and (to_on is None or to_on > self.to_on)


class Waiting(NamedTuple):
    """What waits for the decision about a record: digest of its content, empty for a withdrawal, and its `ends`."""

    digest: bytes
    ends: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """A record that the batch may be about, as its latest version stands."""

    id: UUID
    subject_id: UUID
    programme: str
    type: str
    state: str
    number: int
    digest: bytes
    corrected: bool  # by a decision, in any of its versions
    measures: dict[tuple[str, date], KnownMeasure]  # by type and first day
    disputed: bool = False  # marked so by a case that is open
    waiting: Waiting | None = None

    @property
    def is_withdrawn(self) -> bool:
        """Whether its source has taken it back."""
        return self.state == RecordState.WITHDRAWN


@dataclass(frozen=True, slots=True)
class KnownContact:
    """The address in use of a subject. `replaceable`: it came by a feed, and nobody has confirmed it.

    `proved`: who holds it showed more than a feed can say.
    """

    id: int
    lookup: bytes
    replaceable: bool
    proved: bool = False


@dataclass(frozen=True, slots=True)
class KnownSubject:
    """A subject that an identifier or a record of the batch leads to. Without a sealer it has been erased."""

    kind: str
    sealer: Sealer | None
    file: UUID  # whose file this subject stands in: its own, or one that it was joined to
    name_hash: bytes | None
    birth_hash: bytes | None
    identifiers: dict[bytes, str]  # lookup with its scheme
    contact: KnownContact | None
    earlier_addresses: frozenset[bytes]
    vouches: frozenset[tuple[bytes, UUID]] = frozenset()  # which source gave which address
    is_reached_elsewhere: bool = False  # at the confirmed address of somebody whose file was joined with theirs


class TakenOut:
    """One version of a record that a decision took out of a subject's file. Its values are opened when asked for."""

    __slots__ = ("_values", "_version_id", "digest", "type")

    def __init__(self, type_: str, digest: bytes, version_id: UUID) -> None:
        self.type = type_
        self.digest = digest
        self._version_id = version_id
        self._values: dict[str, Any] | None = None

    @property
    def values(self) -> dict[str, Any]:
        """What it said; nothing once it was purged: its digest still tells whether the same content comes back."""
        if self._values is None:
            try:
                self._values = queries.open_content(Content.objects.get(pk=self._version_id)).values
            except (queries.MayNotOpen, keys.Erased):
                self._values = {}
        return self._values


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that deciding about a batch needs. `identifiers`: lookup with its subject."""

    sources: dict[str, Organisation]
    new_sources: tuple[str, ...]
    records: dict[Reference, KnownRecord]
    identifiers: dict[bytes, UUID]
    subjects: dict[UUID, KnownSubject] = field(default_factory=dict)
    # What earlier imports of the very same file took in: digests by record, and up to which line they came.
    said_before: dict[UUID, set[bytes]] = field(default_factory=dict)
    read_before: int = 0
    taken_out: Mapping[UUID, Sequence[TakenOut]] = field(default_factory=dict)


def look_up(
    lines: Sequence[ParsedLine], lookups: Collection[bytes], *, at: datetime, earlier: Mapping[UUID, int]
) -> Known:
    """What is known about these lines and identifiers; registers the sources that are not.

    `earlier`: imports of the same file, with the line up to which they came.
    """
    codes = {line.source for line in lines}
    sources, new_sources = _sources(codes, at)
    records = _records(lines, sources)
    found = Identifier.objects.filter(lookup__in=_all_of(lookups, "bytea")).values_list("subject_id", flat=True)
    subject_ids = {*found, *(record.subject_id for record in records.values())}
    subjects = _subjects(subject_ids)
    identifiers = {lookup: subject for subject, known in subjects.items() for lookup in known.identifiers}
    said_before = _said_in(earlier, [record.id for record in records.values()])
    read_before = max(earlier.values(), default=0)
    return Known(sources, new_sources, records, identifiers, subjects, said_before, read_before, _taken_out(subjects))


def look_up_subjects(ids: Collection[UUID]) -> dict[UUID, KnownSubject]:
    """Subjects that no identifier and no record of the batch led to."""
    return _subjects(set(ids))


def look_alike(hashes: Collection[bytes]) -> list[tuple[bytes, UUID]]:
    """The subjects of these names and birth dates, with the hash that found them."""
    found = Subject.objects.filter(alike__in=_all_of(hashes, "bytea")) if hashes else Subject.objects.none()
    return [(bytes(alike), subject) for alike, subject in found.values_list("alike", "pk") if alike]


def disputed(record_ids: Collection[UUID]) -> set[UUID]:
    """Which of these records an open case has marked as disputed."""
    marks = Mark.objects.filter(record_id__in=_all_of(record_ids, "uuid"), ended_at__isnull=True)
    return set(marks.values_list("record_id", flat=True))


def sealers_of(subject_ids: Collection[UUID]) -> dict[UUID, Sealer]:
    """The keys of these subjects; those who were erased are absent."""
    return keys.load_many(subject_ids)


def hold_keys(subject_ids: Collection[UUID]) -> None:
    """Let no erasure of these subjects begin until the transaction ends; waits for one that has begun."""
    keys.load_and_hold(subject_ids)


def earlier_imports(file_sha256: bytes, *, but: UUID | None) -> dict[UUID, int]:
    """Imports of the file with this hash, besides this one, with the line up to which each came."""
    if not file_sha256 or but is None:
        return {}
    # A file whose lines name no source is another one for every source that sends it.
    for_whom = ImportRun.objects.filter(pk=but).values("only_source")
    same = ImportRun.objects.filter(file_sha256=file_sha256, only_source=Subquery(for_whom)).exclude(pk=but)
    return dict(same.values_list("pk", "lines_read"))


def _all_of(values: Iterable[Any], type_: str) -> RawSQL:
    """Thousands of values as one parameter: half the time of `IN (%s, %s, …)`."""
    return RawSQL(f"SELECT unnest(%s::{type_}[])", [list(values)])  # noqa: S611  the types stand below


def _sources(codes: set[str], at: datetime) -> tuple[dict[str, Organisation], tuple[str, ...]]:
    known = {each.code: each for each in Organisation.objects.filter(code__in=codes)}
    new = tuple(sorted(codes - known.keys()))
    if new:
        # Its name is its code until somebody gives it one; what counts is who sent the data.
        Organisation.objects.bulk_create(
            [Organisation(code=code, name_en=code, registered_at=at) for code in new], ignore_conflicts=True
        )
        known = {each.code: each for each in Organisation.objects.filter(code__in=codes)}
    return known, new


def _records(lines: Sequence[ParsedLine], sources: dict[str, Organisation]) -> dict[Reference, KnownRecord]:
    of_record = OuterRef("record")
    corrected = Version.objects.filter(record=of_record, cause=VersionCause.CORRECTED)
    marks = Mark.objects.filter(record=of_record, ended_at__isnull=True)
    waiting = SourceChange.objects.filter(record=of_record, state=SourceChangeState.WAITING)
    digest_of_waiting = waiting.annotate(said=Coalesce("digest", Value(b""))).values("said")
    rows = []
    for code, source in sources.items():
        refs = [line.source_ref for line in lines if line.source == code]
        latest = Version.objects.filter(
            record__source=source, record__source_ref__in=_all_of(refs, "text"), number=F("record__latest_number")
        )
        columns = ("record_id", "record__source_ref", "record__subject_id", "record__programme", "record__type")
        rows += [
            (code, *row)
            for row in latest.annotate(
                corrected=Exists(corrected),
                disputed=Exists(marks),
                waiting=Subquery(digest_of_waiting),
                ends=Subquery(waiting.values("ends")),
            ).values_list(*columns, "record__state", "number", "digest", "corrected", "disputed", "waiting", "ends")
        ]
    measures = measures_of([row[1] for row in rows])
    return {
        (code, ref): KnownRecord(
            record,
            subject,
            programme,
            type_,
            state,
            number,
            bytes(digest),
            put_right,
            measures[record],
            disputed,
            None if said is None else Waiting(bytes(said), ends),
        )
        for code, record, ref, subject, programme, type_, state, number, digest, put_right, disputed, said, ends in rows
    }


def _said_in(runs: Collection[UUID], record_ids: Collection[UUID]) -> dict[UUID, set[bytes]]:
    """The digests of the versions that these imports added to these records."""
    said: dict[UUID, set[bytes]] = defaultdict(set)
    if runs:
        versions = Version.objects.filter(record_id__in=_all_of(record_ids, "uuid"), entered_in__in=runs)
        for record_id, digest in versions.values_list("record_id", "digest"):
            said[record_id].add(bytes(digest))
    return said


def _taken_out(subject_ids: Collection[UUID]) -> dict[UUID, list[TakenOut]]:
    """What decisions took out of the files of these subjects."""
    found: dict[UUID, list[TakenOut]] = defaultdict(list)
    if subject_ids:
        out = Version.objects.filter(
            record__subject__in=_all_of(subject_ids, "uuid"),
            record__state__in=(RecordState.SEALED, RecordState.DETACHED),
        )
        for subject, type_, digest, pk in out.values_list("record__subject_id", "record__type", "digest", "pk"):
            found[subject].append(TakenOut(type_, bytes(digest), pk))
    return found


def measures_of(record_ids: Collection[UUID]) -> dict[UUID, dict[tuple[str, date], KnownMeasure]]:
    """The measures on these records, by type and first day."""
    found: dict[UUID, dict[tuple[str, date], KnownMeasure]] = defaultdict(dict)
    is_out = SourceWithdrawal.objects.filter(pk=OuterRef("ended_by_withdrawal"), returned_at__isnull=True)
    rows = Measure.objects.filter(record_id__in=_all_of(record_ids, "uuid")).annotate(is_out=Exists(is_out))
    columns = ("record_id", "type", "from_on", "pk", "state", "to_on", "ended_by_withdrawal", "is_out")
    for record_id, type_, from_on, pk, state, to_on, withdrawal, is_out_ in rows.values_list(*columns):
        state_now = state if withdrawal is None else ENDED_WITH_RECORD if is_out_ else LEFT_BEHIND
        found[record_id][type_, from_on] = KnownMeasure(pk, state_now, to_on)
    return found


def _subjects(ids: set[UUID]) -> dict[UUID, KnownSubject]:
    if not ids:
        return {}
    sealers = keys.load_and_hold(ids)  # an erasure that came first is seen below
    identifiers: dict[UUID, dict[bytes, str]] = defaultdict(dict)
    for subject, lookup, scheme in Identifier.objects.filter(subject_id__in=_all_of(ids, "uuid")).values_list(
        "subject_id", "lookup", "scheme"
    ):
        identifiers[subject][bytes(lookup)] = scheme
    contacts, earlier = _contacts(ids)
    vouches: dict[UUID, set[tuple[bytes, UUID]]] = defaultdict(set)
    given = ContactVouch.objects.filter(subject_id__in=_all_of(ids, "uuid"))
    for subject, lookup, source in given.values_list("subject_id", "lookup", "source_id"):
        vouches[subject].add((bytes(lookup), source))
    elsewhere = reached_elsewhere(ids - contacts.keys())
    return {
        subject: KnownSubject(
            kind,
            sealers.get(subject),
            into or subject,
            *_likeness(subject, sealers.get(subject), name_hash, birth_hash, sealed),
            identifiers[subject],
            contacts.get(subject),
            frozenset(earlier[subject]),
            frozenset(vouches[subject]),
            subject in elsewhere,
        )
        for subject, kind, into, name_hash, birth_hash, sealed in Subject.objects.filter(
            pk__in=_all_of(ids, "uuid")
        ).values_list("pk", "kind", "merged_into_id", "name_hash", "birth_hash", _NOT_HASHED)
    }


def reached_elsewhere(ids: set[UUID]) -> set[UUID]:
    """Those of these subjects whose file has a confirmed address of another one. One query where nobody was joined."""
    if not ids:
        return set()
    roots = Subject.objects.filter(pk__in=_all_of(ids, "uuid")).values(root=Coalesce("merged_into_id", "id"))
    joined = set(Subject.objects.filter(merged_into__in=roots).values_list("merged_into_id", flat=True))
    if not joined:
        return set()
    members = files.members_of(ids)
    others = {other for each in members.values() for other in each}
    confirmed = Contact.objects.filter(subject_id__in=others, ended_at=None, confirmed_at__isnull=False)
    reached = set(confirmed.values_list("subject_id", flat=True))
    return {subject for subject, of_file in members.items() if (of_file - {subject}) & reached}


def _likeness(
    subject: UUID, sealer: Sealer | None, name: bytes | None, birth: bytes | None, sealed: bytes | None
) -> tuple[bytes | None, bytes | None]:
    """By what the name and birth date of somebody known are compared. Whoever was known before such hashes were kept
    is opened once a batch."""
    if name is None and sealer and sealed:
        said = Particulars.from_bytes(sealer.open(sealed))
        return likeness.of(subject, said.name, said.birth_date)[:2]
    return None if name is None else bytes(name), None if birth is None else bytes(birth)


def _contacts(ids: set[UUID]) -> tuple[dict[UUID, KnownContact], dict[UUID, set[bytes]]]:
    in_use: dict[UUID, KnownContact] = {}
    earlier: dict[UUID, set[bytes]] = defaultdict(set)
    for contact in Contact.objects.filter(subject_id__in=_all_of(ids, "uuid")).defer("sealed"):
        if contact.ended_at is None:
            replaceable = contact.origin == Contact.Origin.FEED and contact.confirmed_at is None
            in_use[contact.subject_id] = KnownContact(
                contact.pk, bytes(contact.lookup), replaceable, contact.proved_at is not None
            )
        else:
            earlier[contact.subject_id].add(bytes(contact.lookup))
    return in_use, earlier
