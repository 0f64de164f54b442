"""What an entry says, field by field, as its subject may read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.utils.translation import gettext as _

from records.catalogue import RecordType, Shown
from records.presentation import words
from records.queries import Held

_PRINCIPAL = 4  # facts on a card: enough to know the entry again


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page. `hidden` says that the value is replaced by a reason or by a role.

    `key`, `value` and `lang` are what includes/summary_list.html reads.
    """

    key: str
    value: str
    hidden: Literal["", "withheld", "role"] = ""
    name: str = ""

    @property
    def lang(self) -> str:
        return words.lang_of(self.value)


def lines(kind: RecordType, values: dict[str, Any]) -> list[Line]:
    """Every field of an entry that has a value, in the order of the catalogue."""
    return [_line(kind, shown) for shown in kind.for_subject(values)]


def principal(held: Held) -> list[Line]:
    """The few facts by which a person knows an entry again: what every entry of the kind has, and amounts."""
    kind = held.type
    seen = [shown for shown in kind.for_subject(held.said.values) if shown.info.visible == "subject"]
    amounts = [shown for shown in seen if shown.info.currency][:1]
    others = [shown for shown in seen if shown not in amounts and shown.name in kind.required]
    chosen = [*others[: _PRINCIPAL - len(amounts)], *amounts]
    return [_line(kind, shown) for shown in seen if shown in chosen]


def title(kind: RecordType, name: str) -> str:
    """The name of a field in the reader's language."""
    return kind.fields[name].title.of(words.reader())


def value(kind: RecordType, name: str, raw: Any) -> str:
    """One value as the reader's language writes it."""
    info = kind.fields[name]
    if isinstance(raw, list):
        return words.listed(value(kind, name, one) for one in raw)
    if isinstance(raw, bool):
        return words.yes_or_no(raw)
    if isinstance(raw, str) and raw in info.choices:
        return info.choices[raw].of(words.reader())
    if not isinstance(raw, str):
        return str(raw)
    form = str(kind.values["properties"][name].get("format", ""))
    return _formatted(raw, form, info.currency, kind.time_zone)


def _formatted(raw: str, form: str, currency: str | None, time_zone: str) -> str:
    try:
        match form:
            case "date":
                return words.day(date.fromisoformat(raw))
            case "date-time":
                return words.moment(datetime.fromisoformat(raw), time_zone)
    except ValueError:
        return raw  # held before the catalogue asked for a day: shown as it was sent
    match form:
        case "money":
            return words.money(raw, currency)
        case "share":
            return f"{words.percent(raw)} ({raw})"
    return raw


def _line(kind: RecordType, shown: Shown) -> Line:
    label = shown.info.title.of(words.reader())
    if shown.info.visible == "withheld":
        return Line(label, _hidden_text(shown), "withheld", shown.name)
    if shown.info.visible == "role":
        return Line(label, _hidden_text(shown), "role", shown.name)
    return Line(label, value(kind, shown.name, shown.value), "", shown.name)


def _hidden_text(shown: Shown) -> str:
    text = shown.label.of(words.reader()) if shown.label else ""
    if shown.info.visible == "role":
        return _("%(role)s (we do not show the name)") % {"role": text}
    return _("Not shown. %(why)s") % {"why": text}


@dataclass(frozen=True, slots=True)
class Change:
    """What one field said before and says now; empty where it said nothing. `note` replaces what may not be seen."""

    key: str
    was: str
    now: str
    note: str = ""


def changes(kind: RecordType, before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """The fields in which two versions differ."""
    differing = (name for name in kind.fields if before.get(name) != after.get(name))
    return [_change(kind, name, before.get(name), after.get(name)) for name in differing]


def _change(kind: RecordType, name: str, was: Any, now: Any) -> Change:
    if kind.fields[name].visible != "subject":
        return Change(title(kind, name), "", "", _("This has changed. We do not show what it says."))
    return Change(title(kind, name), *(_or_nothing(kind, name, raw) for raw in (was, now)))


def _or_nothing(kind: RecordType, name: str, raw: Any) -> str:
    return _("nothing") if raw is None else value(kind, name, raw)


def names_listed(kind: RecordType, names: Iterable[str]) -> str:
    """Several fields by their names, in one line."""
    return words.listed(title(kind, name) for name in names)
