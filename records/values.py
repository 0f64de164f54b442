"""Check what a record says against the JSON Schema of its type, in sentences that never hold the value."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from functools import cached_property
from typing import Any, Final

import jsonschema_rs

from accounts.identifiers import gettext_noop
from records.protected import protected_kind

Values = dict[str, Any]
DEEPEST: Final = 8  # groups within groups: no catalogue needs more, and recursion has an end
MOST_REFUSALS: Final = 20  # of one line: enough to repair it, and junk cannot fill the disk


# What stands in a sentence: a text or number, or words in both languages (`{"en": …, "zh": …}`) from a file.
Param = str | int | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not taken in.

    `sentence` is the English source text: pages translate it, then fill in `params` with `filled`.
    """

    field: str
    code: str
    sentence: str
    params: Mapping[str, Param] = default(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence in English, ready to print."""
        return filled(self.sentence, self.params)


def filled(sentence: str, params: Mapping[str, Param], language: str = "en") -> str:
    """A sentence in that language with its params."""
    if not params:
        return sentence
    key = "zh" if language.lower().startswith("zh") else "en"
    return sentence % {name: one[key] if isinstance(one, Mapping) else one for name, one in params.items()}


@dataclass(frozen=True, slots=True)
class Format:
    """A named form of text. `example` is what pages show beside the field."""

    fits: Callable[[str], bool]
    sentence: str
    example: str


def _fits(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})")
# Old case numbers have 字第; some high courts have no digits in their code; later ones end in 之一.
_CASE_NUMBER: Final = (
    r"\((?:19|20)\d{2}\)[\u4e00-\u9fff]{1,6}\d{0,4}[\u4e00-\u9fff]{1,8}\d{1,8}号"
    r"(?:之[一二三四五六七八九十]{1,3})?"
)

# `date` and `date-time` are checked by the validator itself (RFC 3339: a moment has its offset).
FORMATS: Final[dict[str, Format]] = {
    "money": Format(
        _fits(r"(?:0|[1-9]\d{0,12})\.\d{2}"),
        gettext_noop("Write an amount with two decimals, such as 120.00."),
        "120.00",
    ),
    "share": Format(
        _fits(r"0(?:\.\d{1,4})?|1(?:\.0{1,4})?"),
        gettext_noop("Write a number from 0 to 1, such as 0.83."),
        "0.83",
    ),
    "case-number": Format(
        _fits(_CASE_NUMBER),
        gettext_noop("Write the case number with year, court, kind and number, such as (2025)样0101执1234号."),
        "(2025)样0101执1234号",
    ),
    "account-mask": Format(
        _fits(r"\*{4}[0-9]{4}"), gettext_noop("Write four stars and the last four digits only."), "****1234"
    ),
    "record-ref": Format(
        _fits(r"[^\s\x00-\x1f\x7f]{1,200}"),
        gettext_noop("Write the reference under which the same source supplied the other record."),
        "2025-000123",
    ),
}
BUILT_IN_FORMATS: Final = frozenset({"date", "date-time"})
_TYPES: Final = {
    "string": gettext_noop("Write this as text."),
    "integer": gettext_noop("Write this as a whole number."),
    "number": gettext_noop("Write this as a number."),
    "boolean": gettext_noop("Write this as true or false."),
    "array": gettext_noop("Write this as a list."),
    "object": gettext_noop("Write this as a group of fields."),
}
_LIMITS: Final = {
    "minLength": gettext_noop("Write at least %(limit)s characters."),
    "maxLength": gettext_noop("Write at most %(limit)s characters."),
    "minimum": gettext_noop("The lowest number possible here is %(limit)s."),
    "maximum": gettext_noop("The highest number possible here is %(limit)s."),
    "minItems": gettext_noop("List at least %(limit)s."),
    "maxItems": gettext_noop("List at most %(limit)s."),
}
# Control characters, half surrogates and marks that turn the reading direction: the database or the
# reader trips over them.
UNREADABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # count as letters or signs, and show nothing
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_BRACKETS: Final = str.maketrans("（）〔〕［］", "()()()")


class Checker:
    """The schema of one record type, compiled once."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = dict(schema)
        self._validator = _compile(self.schema)
        self._case_numbers = [
            name for name, body in schema["properties"].items() if body.get("format") == "case-number"
        ]

    @cached_property
    def _fields(self) -> dict[str, jsonschema_rs.Draft202012Validator]:
        return {name: _compile(body) for name, body in self.schema["properties"].items()}

    def normalise(self, values: Values) -> Values:
        """The same values with case numbers in half-width brackets. The argument stays as it is."""
        changed = {
            name: values[name].translate(_BRACKETS) for name in self._case_numbers if isinstance(values.get(name), str)
        }
        return {**values, **changed} if changed else values

    def check(self, values: object, under: str = "values") -> list[Refusal]:
        """Everything that is wrong with `values`, as far as a few sentences go. Empty: nothing."""
        if not _readable(values):
            return _unreadable(values, under)[:MOST_REFUSALS]
        if self._validator.is_valid(values):
            return []
        refusals = [refusal for error in self._validator.iter_errors(values) for refusal in _from_error(error, under)]
        return refusals[:MOST_REFUSALS]

    def check_field(self, name: str, value: object, under: str = "values") -> list[Refusal]:
        """The same for one field, for example one that a person says should be different."""
        where = f"{under}.{name}" if under else name
        if name not in self._fields:
            return [unknown_field(name, under)]
        if not _readable(value):
            return _unreadable(value, where)[:MOST_REFUSALS]
        errors = self._fields[name].iter_errors(value)
        return [refusal for error in errors for refusal in _from_error(error, where)][:MOST_REFUSALS]

    def from_text(self, name: str, text: str) -> Any:
        """What somebody typed into one box, as the schema wants it: numbers, yes or no, lists by comma."""
        kind = self.schema["properties"][name].get("type", "string")
        text = text.strip()
        if kind == "integer" and re.fullmatch(r"-?\d{1,18}", text):
            return int(text)
        if kind == "boolean" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if kind == "array":
            return [part.strip() for part in re.split(r"[,，]", text) if part.strip()]
        if name in self._case_numbers:
            return text.translate(_BRACKETS)
        return text


def unknown_field(name: str, under: str) -> Refusal:
    """Refuse a field that the catalogue does not have; a protected characteristic is called so."""
    # A name that is no plain word may itself be somebody's data: it is not repeated.
    where = f"{under}.{name}" if _NAME.fullmatch(name) else f"{under}.?"
    where = where.removeprefix(".")
    if protected_kind(name):
        return Refusal(
            where,
            "protected_field",
            gettext_noop("Leave this out: such a characteristic may never be held here."),
        )
    return Refusal(where, "outside_catalogue", gettext_noop("Leave this out: the catalogue has no such field."))


def readable(text: str) -> bool:
    """Whether a text has no control characters, half characters or marks that turn the reading direction."""
    return UNREADABLE.search(text) is None


def says_something(text: str) -> bool:
    """Whether a text has a character that can be seen: neither spaces nor marks without width are reasons."""
    return any(unicodedata.category(each)[0] not in "CMZ" and each not in _BLANKS for each in text)


def unreadable(where: str) -> Refusal:
    """Refuse a text that is not `readable`, or lists in lists without end."""
    return Refusal(where, "unreadable_text", gettext_noop("Write this without control characters or broken letters."))


def _compile(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        dict(schema),
        validate_formats=True,
        ignore_unknown_formats=False,
        formats={name: form.fits for name, form in FORMATS.items()},
        offline=True,
    )


def _readable(values: object, depth: int = 0) -> bool:
    if isinstance(values, str):
        return UNREADABLE.search(values) is None
    if isinstance(values, dict):
        return depth < DEEPEST and all(
            _readable(name) and _readable(value, depth + 1) for name, value in values.items()
        )
    if isinstance(values, list):
        return depth < DEEPEST and all(_readable(value, depth + 1) for value in values)
    return True


def _unreadable(values: object, under: str) -> list[Refusal]:
    """Name the fields at the top that cannot be read; what lies deeper is not worth a path of its own."""
    if not isinstance(values, dict):
        return [unreadable(under)]
    return [
        unreadable(f"{under}.{name if _NAME.fullmatch(name) else '?'}".removeprefix("."))
        for name, value in values.items()
        if not (_readable(name) and _readable(value, 1))
    ]


def _from_error(error: jsonschema_rs.ValidationError, under: str) -> list[Refusal]:
    where = ".".join([under, *map(str, error.instance_path)]).removeprefix(".")
    kind = error.kind.name
    details = error.kind.as_dict()
    if kind == "additionalProperties":
        return [unknown_field(name, where) for name in details["unexpected"]]
    if kind == "required":
        return [Refusal(f"{where}.{details['property']}", "missing", gettext_noop("Add this: it is required."))]
    if kind == "format":
        return [_from_format(where, details["format"], error.instance)]
    if kind == "enum":
        options = details["options"]
        listed = ", ".join(map(str, json.loads(options) if isinstance(options, str) else options))
        return [Refusal(where, "not_in_list", gettext_noop("Use one of: %(options)s."), {"options": listed})]
    if kind == "type":
        schema_type = re.search("|".join(_TYPES), json.dumps(details, default=str))
        return [Refusal(where, "wrong_form", _TYPES[schema_type[0] if schema_type else "string"])]
    if kind in _LIMITS:
        return [Refusal(where, "out_of_range", _LIMITS[kind], {"limit": details["limit"]})]
    if kind == "uniqueItems":
        return [Refusal(where, "duplicate", gettext_noop("List everything once only."))]
    return [Refusal(where, "wrong_form", gettext_noop("This is not in the form that the catalogue asks for."))]


def _from_format(where: str, name: str, value: object) -> Refusal:
    if name in FORMATS:
        return Refusal(where, "wrong_form", FORMATS[name].sentence)
    shape = _DAY if name == "date" else _MOMENT
    if isinstance(value, str) and shape.fullmatch(value):
        return Refusal(where, "impossible_date", gettext_noop("This day or time does not exist. Check it."))
    if name == "date":
        return Refusal(where, "wrong_form", gettext_noop("Write the date as year-month-day, such as 2025-03-01."))
    return Refusal(
        where,
        "wrong_form",
        gettext_noop("Write the time with its offset, such as 2025-03-02T09:00:00+08:00."),
    )
