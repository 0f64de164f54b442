"""From the OpenAPI document to what its page shows: operations and shapes as plain rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.api.problems import CONTENT_TYPE

_METHODS = ("get", "post", "delete")
_REF = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter, field or answer. `shapes` are named in `type` and described on their own."""

    name: str
    type: str
    text: SafeString
    is_required: bool = False
    shapes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    id: str
    method: str
    path: str
    summary: str
    text: SafeString
    proof: str
    parameters: list[Row]
    body: Row | None
    answers: list[Row]


@dataclass(frozen=True, slots=True)
class Shape:
    """One component: its fields, or the words that it may be."""

    name: str
    text: SafeString
    fields: list[Row]


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Every method of every address, in the order of the document."""
    return [
        _operation(path, method, item[method])
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    ]


def shapes(document: Mapping[str, Any]) -> list[Shape]:
    """The components that have fields; those that only list words stand where they are used."""
    return [
        Shape(name, _words(schema), list(_fields(schema, document)))
        for name, schema in document["components"]["schemas"].items()
        if "properties" in schema
    ]


def problems(document: Mapping[str, Any]) -> list[Row]:
    """What goes wrong in the same way everywhere: each status once."""
    found = {
        status: _answer(status, said)
        for item in document["paths"].values()
        for operation in item.values()
        for status, said in operation["responses"].items()
        if _is_problem(said)
    }
    return [found[status] for status in sorted(found)]


def _is_problem(said: Mapping[str, Any]) -> bool:
    return CONTENT_TYPE in said.get("content", {})


def _operation(path: str, method: str, said: Mapping[str, Any]) -> Operation:
    bodies = said.get("requestBody", {}).get("content", {})
    return Operation(
        id=said["operationId"],
        method=method.upper(),
        path=path,
        summary=said.get("summary", ""),
        text=_words(said),
        proof=", ".join(name for each in said.get("security", []) for name in each),
        parameters=[_parameter(each) for each in said.get("parameters", [])],
        body=next((_content("", kind, each, SafeString()) for kind, each in bodies.items()), None),
        answers=[_answer(status, each) for status, each in said["responses"].items() if not _is_problem(each)],
    )


def _parameter(said: Mapping[str, Any]) -> Row:
    kind = f"{said['in']}, {_type(said['schema'], {})}"
    return Row(said["name"], kind, _words(said), said.get("required", False))


def _answer(status: str, said: Mapping[str, Any]) -> Row:
    text = _words(said)
    return next(
        (_content(status, kind, each, text) for kind, each in said.get("content", {}).items()), Row(status, "", text)
    )


def _content(name: str, kind: str, said: Mapping[str, Any], text: SafeString) -> Row:
    return Row(name, kind, text, shapes=tuple(_shapes(said.get("schema", {}), {})))


def _fields(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Row]:
    components = document["components"]["schemas"]
    required = schema.get("required", [])
    for name, field in schema["properties"].items():
        names = tuple(_shapes(field, components))
        yield Row(name, _type(field, components), _words(field), name in required, names)


def _words(said: Mapping[str, Any]) -> SafeString:
    """The description, with what stands between backticks as code."""
    parts = enumerate(str(said.get("description", "")).split("`"))
    marked = (format_html("<code>{}</code>" if place % 2 else "{}", part) for place, part in parts)
    return format_html_join("", "{}", ((part,) for part in marked))


def _type(schema: Mapping[str, Any], components: Mapping[str, Any]) -> str:
    """A type in a few words: `text, at most 60`, `list of Item`, `one of: a, b`."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        target = components.get(name, {})
        return name if "properties" in target else _type(target, components)
    if several := schema.get("oneOf") or schema.get("allOf") or schema.get("anyOf"):
        return " or ".join(dict.fromkeys(_type(each, components) for each in several))
    if "enum" in schema:
        return "one of: " + ", ".join("null" if each is None else f"“{each}”" for each in schema["enum"])
    kind = schema.get("type", "anything")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if "items" in schema:
        return f"list of {_type(schema['items'], components)}"
    details = [schema["format"]] if "format" in schema else []
    details += [f"at most {schema['maxLength']}"] if "maxLength" in schema else []
    return ", ".join([words, *details])


def _shapes(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Iterator[str]:
    """The names of the shapes with fields that a schema leads to."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        if not components or "properties" in components.get(name, {}):
            yield name
    items = [schema["items"]] if "items" in schema else []
    for inner in (*schema.get("oneOf", ()), *schema.get("allOf", ()), *items):
        yield from _shapes(inner, components)
