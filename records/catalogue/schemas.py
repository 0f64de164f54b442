"""Which JSON Schemas a record type may have: closed, bounded, and from a small vocabulary.

Closed, so that nothing slips in that the catalogue does not name. Bounded, so that a line
cannot fill the disk. Small, so that each way to fail has its own sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from records.values import BUILT_IN_FORMATS, FORMATS

_KEYWORDS: Final[dict[str, frozenset[str]]] = {
    "object": frozenset({"type", "required", "additionalProperties", "properties"}),
    "array": frozenset({"type", "items", "minItems", "maxItems", "uniqueItems"}),
    "string": frozenset({"type", "enum", "format", "minLength", "maxLength"}),
    "integer": frozenset({"type", "minimum", "maximum"}),
    "boolean": frozenset({"type"}),
}


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """What is wrong in a schema, and where below `values`."""

    text: str
    at: tuple[str, ...]


def schema_problem(schema: Mapping[str, Any]) -> SchemaProblem | None:
    """The first reason why a schema cannot be used for the values of a record type, or None."""
    if schema.get("type") != "object":
        return SchemaProblem("is no object; expected `type: object`", ())
    return _problem(schema, ())


def _problem(body: Any, at: tuple[str, ...]) -> SchemaProblem | None:
    if not isinstance(body, Mapping) or body.get("type") not in _KEYWORDS:
        return SchemaProblem(f"expected a `type`, one of {', '.join(_KEYWORDS)}; numbers with decimals are text", at)
    unknown = body.keys() - _KEYWORDS[body["type"]]
    if unknown:
        allowed = ", ".join(sorted(_KEYWORDS[body["type"]]))
        return SchemaProblem(f"cannot stand here; expected only {allowed}", (*at, min(unknown)))
    if body["type"] == "object":
        return _object_problem(body, at)
    if body["type"] == "array":
        if not isinstance(body.get("maxItems"), int):
            return SchemaProblem("may be a list without end; expected also `maxItems`", at)
        return _problem(body.get("items"), (*at, "items"))
    return _string_problem(body, at) if body["type"] == "string" else None


def _object_problem(body: Mapping[str, Any], at: tuple[str, ...]) -> SchemaProblem | None:
    if body.get("additionalProperties") is not False:
        return SchemaProblem("is open; expected `additionalProperties: false`", at)
    properties = body.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        return SchemaProblem("has no fields; expected at least one under `properties`", at)
    required = body.get("required", [])
    if not isinstance(required, list) or set(map(str, required)) - properties.keys():
        return SchemaProblem("names unknown fields; expected those under `properties`", (*at, "required"))
    found = (_problem(part, (*at, "properties", str(name))) for name, part in properties.items())
    return next((one for one in found if one), None)


def _string_problem(body: Mapping[str, Any], at: tuple[str, ...]) -> SchemaProblem | None:
    options = body.get("enum")
    if options is not None and not (isinstance(options, list) and options and all(isinstance(o, str) for o in options)):
        return SchemaProblem("expected a list of texts; put quotation marks around numbers", (*at, "enum"))
    known = FORMATS.keys() | BUILT_IN_FORMATS
    if "format" in body and body["format"] not in known:
        return SchemaProblem(f"is no format; expected one of {', '.join(sorted(known))}", (*at, "format"))
    if options is None and "format" not in body and not isinstance(body.get("maxLength"), int):
        return SchemaProblem("may be a text without end; expected also `maxLength`", at)
    return None


def options(body: Mapping[str, Any]) -> list[str]:
    """The words that the schema of a field allows; empty where it allows more than words."""
    return list(body.get("enum") or body.get("items", {}).get("enum") or [])
