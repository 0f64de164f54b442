"""One line of an import, checked against its programme and parsed once.

Everything that is wrong is said at once, so that a source repairs a line in one go. No sentence
holds a value. The caller gives the present moment; nothing here asks the clock.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from accounts.identifiers import gettext_noop
from records.catalogue.models import MeasureType, Programme, RecordType
from records.catalogue.origins import ParsedProvenance, read_provenance
from records.catalogue.parts import Part, Report, in_one_form
from records.catalogue.refusing import refuse_when
from records.catalogue.subjects import ParsedSubject, read_subject
from records.values import MOST_REFUSALS, Refusal, Values

LINE_KEYS: Final = frozenset(
    ("source", "source_ref", "type", "subject", "values", "valid_from", "valid_to", "provenance", "measures")
)
# `withdrawn: false` says what its absence says, so that a source may send it on every line.
_KEYS: Final = LINE_KEYS | {"withdrawn"}
_WITHDRAWAL_KEYS: Final = frozenset(("source", "source_ref", "type", "withdrawn"))
MOST_MEASURES: Final = 60
MEASURE_KEYS: Final = frozenset(("type", "from", "to"))
_UNSEEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))  # controls, joiners, marks of direction
_SOURCE: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class ParsedMeasure:
    """One measure that rests on the record. `to_on` None: no end is known."""

    type: MeasureType
    from_on: date
    to_on: date | None

    @property
    def key(self) -> tuple[str, date]:
        """By what it is known on its record."""
        return self.type.id, self.from_on


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """A line that fits its programme, in normal form."""

    source: str
    source_ref: str
    type: RecordType
    subject: ParsedSubject
    values: Values
    adverse: bool
    valid_from: date | None
    valid_to: date | None
    provenance: ParsedProvenance
    measures: tuple[ParsedMeasure, ...]
    given: Mapping[str, Any]

    def as_line(self) -> dict[str, Any]:
        """The line as it came, to be kept and read again. Of its numbers only what may be stored."""
        numbers = [{"scheme": one.scheme, "value": one.value} for one in self.subject.identifiers]
        return {**self.given, "subject": {**self.given["subject"], "identifiers": numbers}}


@dataclass(frozen=True, slots=True)
class ParsedWithdrawal:
    """A line by which a source takes one of its records back."""

    source: str
    source_ref: str
    type: RecordType


class Refused(ValueError):
    """This line does not fit its programme. `refusals` say which fields and why, without any value."""

    def __init__(self, refusals: list[Refusal]) -> None:
        self.refusals = refusals
        super().__init__("; ".join(f"{refusal.field}: {refusal.message}" for refusal in refusals))


def check_line(programme: Programme, line: object, *, at: datetime) -> list[Refusal]:
    """What is wrong with a line; an empty list if it fits. `at`: now, as an aware moment."""
    try:
        parse_line(programme, line, at=at)
    except Refused as refused:
        return refused.refusals
    return []


def read_line(programme: Programme, line: object, *, at: datetime) -> ParsedLine | ParsedWithdrawal:
    """What a line says: a record, or that the source takes one back. Raises Refused as `parse_line` does."""
    if isinstance(line, dict) and line.get("withdrawn") is True:
        return _withdrawal(programme, line, at)
    return parse_line(programme, line, at=at)


def named_by(line: Mapping[str, Any]) -> tuple[str, str] | None:
    """Source and reference of the record that a line names, even if the rest of it is wrong; None if it names none."""
    source, source_ref = line.get("source"), line.get("source_ref")
    if isinstance(source, str) and isinstance(source_ref, str) and source.strip() and source_ref.strip():
        return source.strip(), in_one_form(source_ref.strip())
    return None


def parse_line(programme: Programme, line: object, *, at: datetime) -> ParsedLine:
    """The line in normal form. `line` is what json.loads gave. Raises Refused with all that is wrong."""
    if not isinstance(line, dict):
        raise Refused([Refusal("line", "wrong_form", gettext_noop("Write each line as one JSON object."))])
    report = Report(at)
    part = Part(line, "", report)
    part.known(_KEYS)
    if line.get("withdrawn") not in (None, False):
        part.refuse("withdrawn", "wrong_form", gettext_noop("Write this as true or false."))
    source, source_ref = _source(part), _reference(part)
    record_type = _type(part, programme)
    subject_part, provenance_part = part.group("subject"), part.group("provenance")
    subject = read_subject(subject_part, programme, record_type) if subject_part else None
    values = _values(part, record_type)
    valid_from, valid_to = part.days("valid_from", "valid_to")
    provenance = read_provenance(provenance_part, record_type) if provenance_part else None
    measures = _measures(part, programme, record_type, subject)
    if report.refusals:
        raise Refused(report.refusals[:MOST_REFUSALS])
    # Nothing was refused, so every required part has been read.
    assert source and source_ref and record_type and subject and values is not None and provenance
    adverse = record_type.is_adverse(values)
    return ParsedLine(
        source, source_ref, record_type, subject, values, adverse, valid_from, valid_to, provenance, measures, line
    )


def _withdrawal(programme: Programme, line: dict[str, Any], at: datetime) -> ParsedWithdrawal:
    report = Report(at)
    part = Part(line, "", report)
    source, source_ref = _source(part), _reference(part)
    record_type = _type(part, programme)
    part.known(_KEYS)
    for name in sorted(LINE_KEYS - _WITHDRAWAL_KEYS):
        if line.get(name) is not None:
            sentence = gettext_noop("Leave this out: a line that takes a record back says only which one.")
            part.refuse(name, "not_with_withdrawn", sentence)
    if report.refusals:
        raise Refused(report.refusals[:MOST_REFUSALS])
    assert source and source_ref and record_type
    return ParsedWithdrawal(source, source_ref, record_type)


def _source(part: Part) -> str | None:
    source = part.text("source", required=True, longest=60)
    if source and not _SOURCE.fullmatch(source):
        part.refuse("source", "wrong_form", gettext_noop("Write the code of the source, such as sample-court."))
    return source


def _reference(part: Part) -> str | None:
    """The source's own name of the record: a text whose every letter can be seen, in one form."""
    source_ref = part.text("source_ref", required=True, longest=200)
    if source_ref is None or (source_ref.isascii() and source_ref.isprintable()):
        return source_ref
    if any(unicodedata.category(each) in _UNSEEN for each in source_ref):
        sentence = gettext_noop("Write the reference without marks that cannot be seen.")
        part.refuse("source_ref", "unreadable_text", sentence)
        return None
    return in_one_form(source_ref)


def _type(part: Part, programme: Programme) -> RecordType | None:
    name = part.text("type", required=True, longest=60)
    if name is None:
        return None
    refused = programme.refused_types.get(name)
    if refused:
        part.refuse("type", refused.code, "%(because)s", because=refused.because.as_dict())
    elif name not in programme.types:
        sentence = gettext_noop("Use a type of the catalogue: %(options)s.")
        part.refuse("type", "unknown_type", sentence, options=", ".join(programme.types))
    return programme.types.get(name)


def _values(part: Part, record_type: RecordType | None) -> Values | None:
    values = part.group("values")
    if values is None or record_type is None:
        return None
    normal = record_type.checker.normalise(values.given)
    wrong = record_type.checker.check(normal)
    part.report.refusals += wrong
    refuse_when(part, record_type, {"values": normal, "provenance": part.given.get("provenance")})
    return None if wrong else normal


def _measures(
    part: Part, programme: Programme, record_type: RecordType | None, subject: ParsedSubject | None
) -> tuple[ParsedMeasure, ...]:
    found: dict[tuple[str, date], ParsedMeasure] = {}
    for one in part.listed("measures", MOST_MEASURES):
        measure = _measure(one, programme, record_type, subject)
        if measure is None:
            continue
        if (measure.type.id, measure.from_on) in found:
            one.refuse("type", "duplicate", gettext_noop("List everything once only."))
        found[measure.type.id, measure.from_on] = measure
    return tuple(found.values())


def _measure(
    part: Part, programme: Programme, record_type: RecordType | None, subject: ParsedSubject | None
) -> ParsedMeasure | None:
    part.known(MEASURE_KEYS)
    name = part.text("type", required=True, longest=60)
    from_on, to_on = part.days("from", "to", required=True)
    if name is None:
        return None
    measure_type = programme.measures.get(name)
    if measure_type is None or (subject and subject.kind not in measure_type.about):
        sentence = gettext_noop("The programme has no such measure for this kind of subject.")
        part.refuse("type", "measure_not_in_list", sentence)
        return None
    if record_type and record_type.id not in measure_type.rests_on:
        sentence = gettext_noop("This measure can only rest on: %(options)s.")
        part.refuse("type", "measure_without_record", sentence, options=", ".join(measure_type.rests_on))
    if from_on is None:
        return None
    latest = measure_type.latest_end(from_on)
    if latest and (to_on is None or to_on > latest):
        sentence = gettext_noop("Give an end: this measure may last %(limit)s at most.")
        part.refuse("to", "too_long", sentence, limit=str(measure_type.longest))
    return ParsedMeasure(measure_type, from_on, to_on)
