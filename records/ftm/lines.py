"""From entities to lines of an import file, in two readings: subjects first, since a record may come before its own."""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from accounts import identifiers
from records.catalogue import Programme, RecordType
from records.ftm import model

LONGEST_LINE: Final = 1_000_000
_MEASURE: Final = re.compile(r"([a-z][a-z0-9_]{0,59}) (\d{4}-\d{2}-\d{2})(?:/(\d{4}-\d{2}-\d{2}))?")
_REST: Final = re.compile(r"(provenance\.)?([a-z][a-z0-9_]{0,59}): (.*)", re.DOTALL)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class Trouble(NamedTuple):
    """What of a line was not understood, without its value. `is_left_out`: the record was not taken at all."""

    line: int
    field: str
    code: str
    reason: str
    is_left_out: bool


@dataclass(slots=True)
class Converted:
    """What came of a file: how many records, and what was not understood."""

    records: int = 0
    left_out: int = 0


class _Refused(Exception):
    """This record cannot be taken: the field, a code and a reason."""


def convert(
    source: IO[bytes], target: IO[str], work: Path, programme: Programme, *, source_code: str, type_id: str = ""
) -> Iterator[Trouble | Converted]:
    """Write a line of an import file for each record among these entities, and tell what was not understood.

    A record stands in the same line as in the file it came from (the others are blank), so that what the importer
    refuses is found again. `work`: a file for the subjects, which is made and belongs to the caller. The last thing
    told is what came of it all.
    """
    converted = Converted()
    with sqlite3.connect(work) as known:
        known.execute("CREATE TABLE subject (id TEXT PRIMARY KEY, said TEXT)")
        known.execute("CREATE TABLE number (holder TEXT, scheme TEXT, value TEXT)")
        yield from _learn(source, known)
        known.execute("CREATE INDEX numbers ON number (holder)")
        source.seek(0)
        for line, entity, trouble in _entities(source):
            if trouble or entity is None or entity["schema"] != model.RECORD:
                target.write("\n")
                continue
            troubles: list[Trouble] = []
            try:
                made = _line(entity, known, programme, type_id, troubles, line)
            except _Refused as refused:
                field, code, reason = refused.args
                troubles.append(Trouble(line, field, code, reason, True))
                converted.left_out += 1
                target.write("\n")
            else:
                converted.records += 1
                target.write(json.dumps({"source": source_code, **made}, ensure_ascii=False) + "\n")
            yield from troubles
    yield converted


def _entities(source: IO[bytes]) -> Iterator[tuple[int, dict[str, Any] | None, Trouble | None]]:
    number = 0
    while data := source.readline(LONGEST_LINE + 1):
        number += 1
        if len(data) > LONGEST_LINE and not data.endswith(b"\n"):
            while (more := source.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
                pass
            yield number, None, Trouble(number, "line", "line_too_long", "Write at most 1 MB in a line.", True)
            continue
        if data.isspace():
            continue
        yield (number, *_entity(number, data))


def _entity(number: int, data: bytes) -> tuple[dict[str, Any] | None, Trouble | None]:
    try:
        found = json.loads(data.decode())
    except (ValueError, RecursionError):
        return None, Trouble(number, "line", "malformed_json", "This is not JSON in UTF-8.", True)
    if not isinstance(found, dict) or not isinstance(found.get("id"), str) or not isinstance(found.get("schema"), str):
        return None, Trouble(number, "line", "no_entity", "Write an object with `id`, `schema` and `properties`.", True)
    properties = found.get("properties", {})
    if not isinstance(properties, dict) or not all(_is_texts(each) for each in properties.values()):
        return None, Trouble(number, "properties", "wrong_form", "Write each property as a list of texts.", True)
    if found["schema"] not in model.READ:
        return None, Trouble(number, "schema", "unknown_schema", "Things of this kind are not taken in.", True)
    return found, None


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _learn(source: IO[bytes], known: sqlite3.Connection) -> Iterator[Trouble]:
    """Remember subjects and numbers; tell what of them is not understood."""
    for line, entity, trouble in _entities(source):
        if trouble:
            yield trouble
        if entity is None:
            continue
        schema, properties = entity["schema"], entity["properties"]
        if schema in model.SUBJECTS:
            said = json.dumps({"schema": schema, "properties": properties})
            known.execute("INSERT OR REPLACE INTO subject VALUES (?, ?)", [entity["id"], said])
            yield from _unread(line, properties, model.SUBJECT_TAKEN)
        elif schema in (model.NUMBER, "Passport"):
            yield from _learn_number(line, schema, properties, known)
            yield from _unread(line, properties, model.NUMBER_TAKEN)
        elif schema == model.ADDRESS:
            yield Trouble(line, "schema", "contact", "Addresses are not taken from such a file.", False)


def _learn_number(
    line: int, schema: str, properties: Mapping[str, list[str]], known: sqlite3.Connection
) -> Iterator[Trouble]:
    scheme = "passport" if schema == "Passport" else next(iter(properties.get("type", [])), "")
    values = [*properties.get("number", []), *properties.get("passportNumber", [])]
    if scheme not in identifiers.SCHEMES:
        yield Trouble(line, "properties.type", "unknown_scheme", "This kind of number is not known here.", False)
        return
    rows = [(holder, scheme, value) for holder in properties.get("holder", []) for value in values]
    known.executemany("INSERT INTO number VALUES (?, ?, ?)", rows)


def _unread(line: int, properties: Mapping[str, Any], taken: frozenset[str]) -> Iterator[Trouble]:
    for name in sorted(properties.keys() - taken):
        where = f"properties.{name}" if name.isascii() and name.isidentifier() and len(name) < 60 else "properties.?"
        if name in model.CONTACTS:
            yield Trouble(line, where, "contact", "Contacts are not taken from such a file.", False)
        else:
            yield Trouble(line, where, "unknown_property", "Nothing reads this property.", False)


def _line(
    entity: Mapping[str, Any],
    known: sqlite3.Connection,
    programme: Programme,
    type_id: str,
    troubles: list[Trouble],
    line: int,
) -> dict[str, Any]:
    properties = entity["properties"]
    kind = _type(properties, programme, type_id)
    mapped = {there: field for field, there in kind.ftm.items()}
    troubles += _unread(line, properties, frozenset((*model.SANCTION, *mapped)))
    values, provenance = _rest(properties.get("summary", []), kind, troubles, line)
    for there, field in mapped.items():
        if there in properties:
            values[field] = _read(kind, field, _one(properties, there))
    made = {
        "source_ref": _one(properties, "recordId") if properties.get("recordId") else entity["id"],
        "type": kind.id,
        "subject": _subject(_one(properties, "entity"), known),
        "values": values,
        "valid_from": _one(properties, "startDate") if properties.get("startDate") else None,
        "valid_to": _one(properties, "endDate") if properties.get("endDate") else None,
        "provenance": provenance,
    }
    measures = _measures(properties.get("provisions", []), troubles, line)
    return {**made, "measures": measures} if measures else made


def _type(properties: Mapping[str, list[str]], programme: Programme, type_id: str) -> RecordType:
    named = next(iter(properties.get("program", [])), "")
    ours = named.removeprefix(f"{programme.id}/") if named.startswith(f"{programme.id}/") else ""
    found = programme.types.get(ours or type_id)
    if found is None:
        raise _Refused("properties.program", "unknown_type", "Say with --type which type of the programme these are.")
    return found


def _subject(subject_id: str, known: sqlite3.Connection) -> dict[str, Any]:
    row = known.execute("SELECT said FROM subject WHERE id = ?", [subject_id]).fetchone()
    if row is None:
        raise _Refused("properties.entity", "unknown_entity", "The file has no person or company with this id.")
    said = json.loads(row[0])
    properties = said["properties"]
    found = known.execute("SELECT scheme, value FROM number WHERE holder = ? ORDER BY rowid", [subject_id])
    numbers = [{"scheme": scheme, "value": value} for scheme, value in found]
    numbers += [
        {"scheme": scheme, "value": value}
        for name, scheme in model.NUMBERS.items()
        for value in properties.get(name, [])
    ]
    kind = model.SUBJECTS[said["schema"]] or ("organisation" if model.OF_ORGANISATIONS & properties.keys() else "")
    if not kind:
        raise _Refused("properties.entity", "person_or_company", "Say whether this is a Person or a Company.")
    subject: dict[str, Any] = {"kind": kind, "name": _one(properties, "name"), "identifiers": numbers}
    born = [day for day in properties.get("birthDate", []) if _DAY.fullmatch(day)]
    if kind == "person" and len(born) == 1:
        subject["birth_date"] = born[0]
    return subject


def _rest(
    texts: list[str], kind: RecordType, troubles: list[Trouble], line: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that stand in `summary`. Free words among them are somebody's prose: they are told, not taken."""
    values: dict[str, Any] = {}
    provenance: dict[str, Any] = {}
    for text in texts:
        found = _REST.fullmatch(text)
        if found and found[1]:
            provenance[found[2]] = found[3]
        elif found and found[2] in kind.fields:
            values[found[2]] = _read(kind, found[2], found[3])
        else:
            troubles.append(Trouble(line, "properties.summary", "unknown_text", "Nothing reads this text.", False))
    return values, provenance


def _read(kind: RecordType, field: str, text: str) -> Any:
    """A text in the type that the catalogue wants; the importer refuses what does not fit."""
    wanted = kind.values["properties"].get(field, {}).get("type", "string")
    if wanted == "string":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _measures(texts: list[str], troubles: list[Trouble], line: int) -> list[dict[str, Any]]:
    found = []
    for text in texts:
        if measure := _MEASURE.fullmatch(text):
            found.append({"type": measure[1], "from": measure[2], "to": measure[3]})
        else:
            reason = "Write a measure as its type and first day, such as: no_plane 2026-03-10."
            troubles.append(Trouble(line, "properties.provisions", "wrong_form", reason, False))
    return found


def _one(properties: Mapping[str, list[str]], name: str) -> str:
    """The only value. Of several, none is guessed."""
    values = list(dict.fromkeys(properties.get(name, [])))
    if len(values) != 1:
        code, reason = ("several", "Say one only.") if values else ("missing", "Add this: it is required.")
        raise _Refused(f"properties.{name}", code, reason)
    return values[0]
