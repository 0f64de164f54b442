"""The form of a copy: which fields may be in it. Closed everywhere, so that nothing slips in that is not named here.

A new field keeps the version of the schema; one that goes or changes its meaning raises it
(`records.operations.exports.SCHEMA_VERSION`), and `docs/reference/export.schema.json` with it.
"""

import json
from functools import cache
from typing import Any, Final

import jsonschema_rs

from records.operations.exports import SCHEMA_VERSION

_Schema = dict[str, Any]


class NotAllowed(Exception):
    """A document does not fit the schema of copies: it is not given to anybody."""


def _text(about: str = "") -> _Schema:
    return {"type": "string", "description": about} if about else {"type": "string"}


def _object(**properties: _Schema) -> _Schema:
    """A closed object in which everything is there; what is unknown is null."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(item: _Schema, about: str = "") -> _Schema:
    return {"type": "array", "items": item, **({"description": about} if about else {})}


def _or_null(schema: _Schema) -> _Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_DAY: Final = {"type": "string", "format": "date"}
_MOMENT: Final = {"type": "string", "format": "date-time", "description": "With the offset of the programme's zone."}
_NUMBER: Final = {"type": "integer", "minimum": 0}
_BOOLEAN: Final = {"type": "boolean"}
_ID: Final = {"type": "string", "format": "uuid"}
_HIDDEN: Final = {
    "enum": ["", "withheld", "role"],
    "description": "Why there is no value: it is withheld, or only a role is shown. `text` says it in words.",
}
_VALUE: Final = _or_null({"type": ["string", "integer", "boolean", "array"], "items": {"type": "string"}})
_NAMED: Final = _object(id=_text("Code."), title=_text("In the language of the copy."))
_BASIS: Final = _object(
    cite=_text("The rule; empty where no law was found."),
    evidence={"enum": ["read", "reported", "unread", "none"]},
    text=_text("The same in words."),
)
_FIELD: Final = _object(name=_text(), title=_text(), hidden=_HIDDEN, value=_VALUE, text=_text("As a page shows it."))
_ORIGIN: Final = _object(name=_text(), title=_text(), hidden=_HIDDEN, text=_text())
_MARK: Final = _object(kind=_text(), field=_or_null(_text()), since=_MOMENT, text=_text())
_STATEMENT: Final = _object(
    words=_text("What you wrote. It goes to everybody who receives the entry."),
    language={"enum": ["en", "zh-hans"]},
    version=_NUMBER,
    written_at=_MOMENT,
)
_MEASURE: Final = _object(
    id=_ID,
    type=_text(),
    title=_text(),
    kind={"enum": ["restriction", "listing", "publication", "benefit", "score_part"]},
    state={"enum": ["in_force", "suspended", "lifted", "over"]},
    since=_DAY,
    to=_or_null(_DAY),
    resumes_on=_or_null(_DAY),
    until=_text("Until when, in words."),
    meaning=_text("What it means now, in words."),
    carrier=_text("Who carries it out."),
    basis=_BASIS,
)
_KEEPING: Final = _object(
    of={"enum": ["record", "publication"]},
    text=_text("For how long, and what happens then."),
    until=_or_null(_DAY),
    day=_text("The last day in words; empty where none is known."),
    basis=_BASIS,
)
_CHANGE: Final = _object(title=_text(), was=_text(), now=_text(), note=_text("Instead of what may not be shown."))
_VERSION: Final = _object(
    number=_NUMBER,
    cause=_text(),
    title=_text("Why there is this version, in words."),
    recorded_at=_MOMENT,
    valid_from=_or_null(_DAY),
    valid_to=_or_null(_DAY),
    by=_text("Whose hand it was: organisation, role and number, never a name."),
    case=_text("Reference of the case that changed it; empty without one."),
    note=_text(),
    changes=_list(_CHANGE, "Against the version before."),
    fields=_list(_FIELD, "What this version said."),
)
_HAPPENED: Final = _object(event=_text(), title=_text(), at=_MOMENT, by=_text(), case=_text())
_RECEIVED: Final = _object(
    organisation=_NAMED, at=_MOMENT, purpose=_NAMED, version=_NUMBER, marks=_list(_text(), "Those it had then.")
)
_LOOKED: Final = _object(organisation=_NAMED, role=_NAMED, number=_NUMBER, at=_MOMENT, purpose=_NAMED, reason=_text())
_ENTRY: Final = _object(
    id=_ID,
    programme=_NAMED,
    type=_NAMED,
    holder=_NAMED,
    source=_NAMED,
    source_ref=_text("By what the source names it."),
    adverse=_BOOLEAN,
    rules=_text("Where the rules for entries of this kind stand."),
    version=_NUMBER,
    recorded_at=_MOMENT,
    valid_from=_or_null(_DAY),
    valid_to=_or_null(_DAY),
    basis=_BASIS,
    fields=_list(_FIELD),
    origin=_list(_ORIGIN),
    marks=_list(_MARK),
    statements=_list(_STATEMENT, "Your own words on it, at most one."),
    measures=_list(_MEASURE),
    keeping=_list(_KEEPING),
    versions=_list(_VERSION, "Newest first."),
    happened=_list(_HAPPENED, "Marks, and what was done about measures; newest first."),
    received=_list(_RECEIVED, "Who was given the entry through this service; newest first."),
    looked=_list(_LOOKED, "Which members of staff opened it; newest first."),
)
_LEFT_OUT: Final = _object(
    what=_text(),
    why=_text(),
    entry=_or_null(_ID),
    field=_or_null(_text("Name of the field.")),
)


@cache
def json_schema() -> _Schema:
    """The published schema of the JSON file, which is also what may be in the others."""
    document = _object(
        schema={"const": "redress-copy"},
        schema_version={"const": SCHEMA_VERSION},
        notice=_text("For whom this copy is."),
        made_at=_MOMENT,
        language={"enum": ["en", "zh-hans"]},
        part=_object(number=_NUMBER, first=_NUMBER, last=_NUMBER, total=_NUMBER),
        in_full=_BOOLEAN,
        about=_object(
            kind={"enum": ["person", "organisation"]},
            name=_text(),
            birth_date=_or_null(_DAY),
            identifiers=_list(_object(scheme=_text(), ends_in=_text("The last characters."))),
        ),
        entries=_list(_ENTRY),
        left_out=_list(_LEFT_OUT, "What is not in this copy, and why."),
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A copy of everything held about one person",
        **document,
    }


def check(document: _Schema) -> None:
    """Raise `NotAllowed` for a document with anything in it that the schema does not name. No value is in the error."""
    validator = _validator()
    for error in validator.iter_errors(document):
        raise NotAllowed("/".join(map(str, error.schema_path)))


@cache
def _validator() -> Any:
    return jsonschema_rs.validator_for(json_schema(), validate_formats=True)


def written(document: _Schema) -> bytes:
    """The JSON file."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
