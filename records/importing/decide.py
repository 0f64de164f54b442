"""What becomes of one line: a new record, a new version, new measures, nothing, or a refusal."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
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
from records.importing.known import (
    ENDED_WITH_RECORD,
    LEFT_BEHIND,
    KnownMeasure,
    KnownRecord,
    Reference,
    TakenOut,
    Waiting,
)
from records.importing.people import Person
from records.models import MeasureState, RecordState, Version, VersionCause


class Outcome(StrEnum):
    """What a line changed in the record that it names."""

    CREATED = "created"
    CHANGED = "changed"  # a new version, a new measure, an earlier end of one, or it is in the file again
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

    `returns`: its source had withdrawn the record. `ends`: known measures that end earlier than was said. `waits`:
    content and ends wait for the decision of a dispute. `reverts`: what waited does so no more, since the source says
    again what stands.
    """

    candidate: Candidate
    person: Person
    record_id: UUID
    known: KnownRecord | None
    number: int | None
    measures: tuple[ParsedMeasure, ...]
    new_contact: bool
    ends: tuple[ParsedMeasure, ...] = ()
    returns: bool = False
    waits: bool = False
    reverts: bool = False

    @property
    def outcome(self) -> Outcome:
        if self.known is None:
            return Outcome.CREATED
        if self.waits:
            return Outcome.WAITING
        changes = self.number or self.measures or self.ends or self.returns
        return Outcome.CHANGED if changes else Outcome.UNCHANGED

    @property
    def writes(self) -> bool:
        """Whether anything is written about the record."""
        return bool(self.number or self.measures or self.ends or self.returns or self.waits or self.reverts)

    @property
    def waiting(self) -> Waiting:
        """What waits for the decision, if the line `waits`."""
        assert self.known
        return _waiting(self.candidate, self.known, self.ends)

    def leaves(self, programme: str) -> KnownRecord:
        """The record as it stands after this line, for later lines of the batch that name it again."""
        imposed = {one.key: KnownMeasure(None, MeasureState.IN_FORCE, one.to_on) for one in self.measures}
        digest = self.candidate.digest
        if self.known is None:
            type_id, state = self.candidate.line.type.id, RecordState.CURRENT
            return KnownRecord(self.record_id, self.person.id, programme, type_id, state, 1, digest, False, imposed)
        number, measures = self.number or self.known.number, {**self._measures_left(self.known), **imposed}
        waiting = self.waiting if self.waits else None if self.reverts else self.known.waiting
        digest = digest if self.number else self.known.digest
        now = str(RecordState.CURRENT) if self.returns else self.known.state
        return replace(self.known, state=now, number=number, digest=digest, measures=measures, waiting=waiting)

    def _measures_left(self, known: KnownRecord) -> dict[tuple[str, date], KnownMeasure]:
        """The known measures as they stand after this line."""
        if self.waits:
            return known.measures
        left = dict(known.measures)
        if self.returns:
            named = {one.key for one in self.candidate.line.measures}
            for key, each in known.measures.items():
                if each.state == ENDED_WITH_RECORD:
                    left[key] = each._replace(state=MeasureState.IN_FORCE if key in named else LEFT_BEHIND)
        return left | {one.key: left[one.key]._replace(to_on=one.to_on) for one in self.ends}


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
    is_new, ends = known.digest != candidate.digest, ends_of(candidate, known)
    if known.disputed:
        waits = bool(is_new or ends) and known.waiting != _waiting(candidate, known, ends)
        reverts = not is_new and not ends and known.waiting is not None
        ends = ends if waits else ()
        return Decided(
            candidate, person, known.id, known, None, (), new_contact, ends=ends, waits=waits, reverts=reverts
        )
    number = None if said_before or not is_new else known.number + 1
    measures = tuple(one for one in candidate.line.measures if one.key not in known.measures)
    returns = known.is_withdrawn
    return Decided(candidate, person, known.id, known, number, measures, new_contact, ends=ends, returns=returns)


def ends_of(candidate: Candidate, known: KnownRecord) -> tuple[ParsedMeasure, ...]:
    """The known measures that this line gives an earlier last day, or the first one, if they stand."""
    named = ((one, known.measures.get(one.key)) for one in candidate.line.measures)
    return tuple(one for one, stands in named if stands and stands.stands and stands.is_made_shorter(one.to_on))


def _waiting(candidate: Candidate, known: KnownRecord, ends: Iterable[ParsedMeasure]) -> Waiting:
    days = {str(known.measures[one.key].id): (known.measures[one.key].to_on, one.to_on) for one in ends}
    return Waiting(
        candidate.digest,
        {pk: {"was": was and was.isoformat(), "to": to and to.isoformat()} for pk, (was, to) in days.items()},
    )


def check(candidate: Candidate, known: KnownRecord, programme: str, *, read_before: bool) -> None:
    """Refuse a line that names a record which a feed may not touch, or brings back what a decision put right.

    `read_before`: an import of this very file came to this line, which brings no end of that time back.
    """
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
        there = known.measures.get(measure.key)
        if there is None:
            _check_measure(f"measures.{place}.type", measure.type.id, known)
        elif there.stands and there.is_made_longer(measure.to_on) and not read_before:
            sentence = gettext_noop(
                "This measure is known to end earlier, and a feed makes none longer. Impose it anew, with its own first"
                " day."
            )
            _refuse(f"measures.{place}.to", "measure_made_longer", sentence)


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
    states = {each.state for (one, _), each in known.measures.items() if one == type_id}
    if MeasureState.LIFTED in states:
        sentence = gettext_noop("A decision ended this measure on this record. A feed cannot impose it again.")
        _refuse(field, "was_corrected", sentence)
    if MeasureState.SUSPENDED in {each.state for each in known.measures.values()}:
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
