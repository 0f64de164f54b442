"""From a record to entities. Note [What goes where]."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from records.catalogue import RecordType

Entity = dict[str, Any]
_SCHEMA = {"person": "Person", "organisation": "Company"}


def entities(programme_id: str, kind: RecordType, line: Mapping[str, Any]) -> Iterator[Entity]:
    """The entities of one line of an import file: its subject, the subject's numbers, and the record.

    Ids are hashes of what names the thing: the same subject in two lines has one id. Contacts are left out.
    """
    subject = line["subject"]
    subject_id = _id("subject", subject["kind"], *_named(subject))
    yield _entity(
        subject_id,
        _SCHEMA[subject["kind"]],
        name=subject["name"],
        birthDate=subject.get("birth_date"),
    )
    for number in subject.get("identifiers") or ():
        number_id = _id("number", subject_id, number["scheme"], number["value"])
        yield _entity(number_id, "Identification", holder=subject_id, type=number["scheme"], number=number["value"])
    yield _record(programme_id, kind, line, subject_id)


def _record(programme_id: str, kind: RecordType, line: Mapping[str, Any], subject_id: str) -> Entity:
    values = dict(line["values"])
    said = {there: text(values.pop(field)) for field, there in kind.ftm.items() if field in values}
    rest = [f"{name}: {text(value)}" for name, value in sorted(values.items())]
    rest += [f"provenance.{name}: {text(value)}" for name, value in sorted(line["provenance"].items())]
    rest += [f"mark: {mark}" for mark in line.get("marks") or ()]
    return _entity(
        _id("record", programme_id, line["source"], line["source_ref"]),
        "Sanction",
        entity=subject_id,
        recordId=line["source_ref"],
        program=f"{programme_id}/{kind.id}",
        startDate=line.get("valid_from"),
        endDate=line.get("valid_to"),
        provisions=[_measure(measure) for measure in line.get("measures") or ()],
        summary=rest,
        **said,
    )


def text(value: Any) -> str:
    """A value as text; lists and groups as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _measure(measure: Mapping[str, Any]) -> str:
    until = measure.get("to")
    return f"{measure['type']} {measure['from']}" + (f"/{until}" if until else "")


def _entity(entity_id: str, schema: str, **properties: Any) -> Entity:
    lists = {name: value if isinstance(value, list) else [value] for name, value in properties.items() if value}
    return {"id": entity_id, "schema": schema, "properties": {name: value for name, value in lists.items() if value}}


def _named(subject: Mapping[str, Any]) -> list[str]:
    numbers = [f"{one['scheme']}:{one['value']}" for one in subject.get("identifiers") or ()]
    return sorted(numbers) or [subject["name"], subject.get("birth_date") or "", subject.get("key", "")]


def _id(*parts: str) -> str:
    return f"redress-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:40]}"
