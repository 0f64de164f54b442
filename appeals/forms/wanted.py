"""The input for what a field should say, made from the catalogue: what somebody types fits before it is sent."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from accounts.formfields import DateField
from records import presentation
from records.catalogue import RecordType
from records.values import FORMATS

_MANY = 6  # more choices than this go into a drop-down
_LONG_TEXT = 200
# What nobody types in the catalogue's own form is taken in the person's words, for the caseworker to read.
_IN_OWN_WORDS = frozenset({"date-time"})
_AMOUNT = re.compile(r"(\d+)(?:\.(\d{1,2}))?")


def field(kind: RecordType, name: str) -> forms.Field | None:
    """An optional input for the value of one field; None for lists, which are described in words."""
    schema: Mapping[str, Any] = kind.values["properties"][name]
    if schema.get("type") == "array":
        return None
    made = _field(kind, name, schema)
    made.required = False
    made.label = _("What should it say?")
    return made


def text_of(value: object) -> str:
    """What the draft keeps of a cleaned input."""
    return value.isoformat() if isinstance(value, date) else str(value or "").strip()


def problem(kind: RecordType, name: str, text: str) -> str:
    """Why the catalogue cannot take this, in a sentence; empty if it can."""
    if not text or _format(kind, name) in _IN_OWN_WORDS:
        return ""
    refusals = kind.check_field(name, kind.from_text(name, normal(kind, name, text)))
    return _(refusals[0].sentence) % refusals[0].params if refusals else ""


def normal(kind: RecordType, name: str, text: str) -> str:
    """Amounts as people write them (`¥12,000`) in the form of the catalogue; other texts as they are."""
    if _format(kind, name) != "money":
        return text
    found = _AMOUNT.fullmatch(re.sub(r"[\s,，¥￥$元]|CNY|USD|RMB", "", text, flags=re.IGNORECASE))
    if not found:
        return text
    return f"{int(found[1])}.{(found[2] or '').ljust(2, '0')}"


def shown(kind: RecordType, name: str, text: str) -> str:
    """What was typed, as a page shows it."""
    if not text or _format(kind, name) in _IN_OWN_WORDS:
        return text
    return presentation.value(kind, name, kind.from_text(name, text))


def _field(kind: RecordType, name: str, schema: Mapping[str, Any]) -> forms.Field:
    choices = [(code, words.of(presentation.reader())) for code, words in kind.fields[name].choices.items()]
    if schema.get("type") == "boolean":
        choices = [("true", _("Yes")), ("false", _("No"))]
    if choices:
        few = len(choices) <= _MANY
        choices = [*choices, ("", _("I do not know"))] if few else [("", _("I do not know")), *choices]
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect() if few else forms.Select())
    form = schema.get("format", "")
    if form == "date":
        return DateField()
    return forms.CharField(
        widget=_widget(schema), max_length=schema.get("maxLength", 400), help_text=_hint(kind, name, form)
    )


def _widget(schema: Mapping[str, Any]) -> forms.Widget:
    if schema.get("type") in ("integer", "number") or schema.get("format") in ("money", "share"):
        return forms.TextInput(attrs={"class": "govuk-input--width-10", "inputmode": "decimal"})
    if schema.get("maxLength", 0) > _LONG_TEXT:
        return forms.Textarea(attrs={"rows": 4})
    return forms.TextInput()


def _hint(kind: RecordType, name: str, form: str) -> str:
    if form == "money":
        return _("An amount in %(currency)s, for example 120.00") % {
            "currency": presentation.currency(kind.fields[name].currency or "")
        }
    if form in FORMATS:
        return _("For example %(example)s") % {"example": FORMATS[form].example}
    if form in _IN_OWN_WORDS:
        return _("The day and the time, as you know them")
    return ""


def _format(kind: RecordType, name: str) -> str:
    return str(kind.values["properties"][name].get("format", ""))
