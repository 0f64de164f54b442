"""What becomes of one line: a new record, a new version, new measures, nothing, or a refusal."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any, NoReturn
from uuid import UUID

from accounts.identifiers import gettext_noop
from audit import keys
from audit.ids import uuid7
from records import content, queries
from records.catalogue import ParsedLine, ParsedMeasure, Refusal, Refused
from records.content import Said
from records.importing.known import KnownRecord, Reference, TakenOut
from records.importing.people import Person
from records.models import MeasureState, RecordState, Version, VersionCause


class Outcome(StrEnum):
    """What a line changed in the record that it names."""

    CREATED = "created"
    CHANGED = "changed"  # a new version, or a new measure, or it is in the file again
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"  # taken out of the file by its source
    WAITING = "waiting"  # the record is disputed: what was sent waits for the decision
    DOUBTFUL = "doubtful"  # it is not sure whom it is about: the line waits until somebody has looked at it


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that fits its programme, with everything that can be worked out before the database is asked."""

    number: int
    line: ParsedLine
    said: Said
    packed: bytes
    digest: bytes
    lookups: tuple[bytes, ...]

    @classmethod
    def of(cls, number: int, line: ParsedLine) -> "Candidate":
        said = Said(line.values, line.provenance.as_json())
        return cls(
            number,
            line,
            said,
            *content.pack_and_digest(said, line.valid_from, line.valid_to),
            tuple(keys.keyed_hash("identifier", one.lookup) for one in line.subject.identifiers),
        )

    @property
    def reference(self) -> Reference:
        """By what the source names its record."""
        return self.line.source, self.line.source_ref


@dataclass(frozen=True, slots=True)
class Decided:
    """A line that was accepted. `known`: the record before it. `number`: of the version that it adds, if any.

    `returns`: its source had withdrawn the record. `waits`: the content waits for the decision of a dispute.
    `reverts`: what waited does so no more, since the source says again what stands.
    """

    candidate: Candidate
    person: Person
    record_id: UUID
    known: KnownRecord | None
    number: int | None
    measures: tuple[ParsedMeasure, ...]
    new_contact: bool
    returns: bool = False
    waits: bool = False
    reverts: bool = False

    @property
    def outcome(self) -> Outcome:
        if self.known is None:
            return Outcome.CREATED
        if self.waits:
            return Outcome.WAITING
        return Outcome.CHANGED if self.number or self.measures or self.returns else Outcome.UNCHANGED

    @property
    def writes(self) -> bool:
        """Whether anything is written about the record."""
        return bool(self.number or self.measures or self.returns or self.waits or self.reverts)

    def leaves(self, programme: str) -> KnownRecord:
        """The record as it stands after this line, for later lines of the batch that name it again."""
        imposed = {(one.type.id, one.from_on): str(MeasureState.IN_FORCE) for one in self.measures}
        digest = self.candidate.digest
        if self.known is None:
            type_id, state = self.candidate.line.type.id, RecordState.CURRENT
            return KnownRecord(self.record_id, self.person.id, programme, type_id, state, 1, digest, False, imposed)
        number, measures = self.number or self.known.number, {**self.known.measures, **imposed}
        waiting = self.candidate.digest if self.waits else None if self.reverts else self.known.waiting
        digest = digest if self.number else self.known.digest
        now = str(RecordState.CURRENT) if self.returns else self.known.state
        return replace(self.known, state=now, number=number, digest=digest, measures=measures, waiting=waiting)


def decide(
    candidate: Candidate,
    known: KnownRecord | None,
    person: Person,
    new_contact: bool,
    *,
    said_before: bool = False,
    read_before: bool = False,
) -> Decided:
    """What to write for a line that `check` let through.

    No version where an import of this very file took its content in before (`said_before`); and where one came to
    this line at all (`read_before`), nothing about a record that has been withdrawn or disputed since.
    """
    if known is None:
        measures = candidate.line.measures
        return Decided(candidate, person, uuid7(), None, 1, measures, new_contact)
    if read_before and (known.is_withdrawn or known.disputed):
        return Decided(candidate, person, known.id, known, None, (), new_contact)
    is_new = known.digest != candidate.digest
    if known.disputed:
        waits = is_new and known.waiting != candidate.digest
        reverts = not is_new and known.waiting is not None
        return Decided(candidate, person, known.id, known, None, (), new_contact, waits=waits, reverts=reverts)
    number = None if said_before or not is_new else known.number + 1
    measures = tuple(one for one in candidate.line.measures if (one.type.id, one.from_on) not in known.measures)
    return Decided(candidate, person, known.id, known, number, measures, new_contact, returns=known.is_withdrawn)


def check(candidate: Candidate, known: KnownRecord, programme: str) -> None:
    """Refuse a line that names a record which a feed may not touch, or brings back what a decision put right."""
    if known.state == RecordState.EXPIRED:
        sentence = gettext_noop("The keeping time of this record is over. A feed cannot bring it back.")
        _refuse("source_ref", "keeping_time_over", sentence)
    if known.state not in (RecordState.CURRENT, RecordState.WITHDRAWN):
        sentence = gettext_noop("This record was taken out after a dispute. A feed cannot bring it back.")
        _refuse("source_ref", "was_corrected", sentence)
    if (known.programme, known.type) != (programme, candidate.line.type.id):
        sentence = gettext_noop("This reference already names a record of another type or programme.")
        _refuse("source_ref", "duplicate_ref_other_type", sentence)
    if known.corrected and known.digest != candidate.digest:
        _check_corrections(candidate, known)
    for place, measure in enumerate(candidate.line.measures):
        if (measure.type.id, measure.from_on) not in known.measures:
            _check_measure(f"measures.{place}.type", measure.type.id, known)


def check_taken_out(candidate: Candidate, known: KnownRecord | None, taken_out: Iterable[TakenOut]) -> None:
    """Refuse what a decision took out of this subject's file, under whatever reference it comes back."""
    if known and known.digest == candidate.digest:
        return
    for one in taken_out:
        if one.type != candidate.line.type.id:
            continue
        if one.digest == candidate.digest or one.values == candidate.said.values:
            sentence = gettext_noop("A decision took this out of the file. It cannot come back under another name.")
            _refuse("values", "was_corrected", sentence)


def _check_measure(field: str, type_id: str, known: KnownRecord) -> None:
    """What a dispute stopped does not come back under another date or name."""
    states = {state for (one, _), state in known.measures.items() if one == type_id}
    if MeasureState.LIFTED in states:
        sentence = gettext_noop("A decision ended this measure on this record. A feed cannot impose it again.")
        _refuse(field, "was_corrected", sentence)
    if MeasureState.SUSPENDED in known.measures.values():
        sentence = gettext_noop("Measures on this record are suspended while a dispute is open. Wait for the decision.")
        _refuse(field, "under_dispute", sentence)
    if known.disputed:
        sentence = gettext_noop("This record is disputed: no measure is placed on it now. Wait for the decision.")
        _refuse(field, "under_dispute", sentence)


def _check_corrections(candidate: Candidate, known: KnownRecord) -> None:
    """Refuse the wrong values of the past. This opens versions, so it runs for corrected records only."""
    sentence = gettext_noop("A decision put this right. Correct it in your own data, then send it again.")
    versions = Version.objects.filter(record=known.id).select_related("content").order_by("number")
    wrong: list[tuple[bytes, dict[str, Any]]] = []
    for before, after in pairwise(versions):
        if after.cause == VersionCause.CORRECTED:
            wrong.append((bytes(before.digest), _put_right(_said(before), _said(after))))
        elif after.cause == VersionCause.RESTORED and wrong:
            wrong.pop()
    for digest, values in wrong:
        if digest == candidate.digest:
            _refuse("values", "was_corrected", sentence)
        for name, value in values.items():
            if candidate.said.values.get(name) == value:
                _refuse(f"values.{name}", "was_corrected", sentence)


def _said(version: Version) -> dict[str, Any]:
    try:
        return queries.open_content(version.content).values
    except queries.MayNotOpen:
        return {}  # purged: its digest still tells whether the same content comes back


def _put_right(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in before.items() if after and after.get(name) != value}


def _refuse(field: str, code: str, sentence: str) -> NoReturn:
    raise Refused([Refusal(field, code, sentence)])
