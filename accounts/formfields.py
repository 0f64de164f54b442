"""Form fields that Django lacks: a date in three boxes, and choices with a hint below each.

They stand here because every app above has forms with dates or grounds. How fields look is decided in
redress/templates/django/forms; nothing here knows of it.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

Text = str | Promise
BOXES = ("day", "month", "year")
BOX_LABELS: dict[str, Text] = {"day": _("Day"), "month": _("Month"), "year": _("Year")}


def boxes_in_order() -> tuple[str, ...]:
    """The boxes as a reader expects them: Chinese writes the year first."""
    return BOXES[::-1] if (get_language() or "").startswith("zh") else BOXES


class DateBoxes(forms.MultiWidget):
    """Three text boxes for day, month and year: quicker and safer than a calendar for a known date."""

    template_name = "forms/date_boxes.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None, *, birth_date: bool = False) -> None:
        self.birth_date = birth_date
        super().__init__({name: forms.TextInput() for name in BOXES}, attrs)

    def decompress(self, value: Any) -> list[Any]:
        return [value.day, value.month, value.year] if value else ["", "", ""]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        attrs = dict(attrs or {})
        wrong = attrs.pop("wrong", ())
        attrs.pop("aria-invalid", None)
        context = super().get_context(name, value, attrs)
        boxes = dict(zip(BOXES, context["widget"]["subwidgets"], strict=True))
        for box_name, box in boxes.items():
            box["label"] = BOX_LABELS[box_name]
            box["attrs"] |= self._box_attrs(box_name, context["widget"]["attrs"].get("id"), box_name in wrong)
        context["widget"]["subwidgets"] = [boxes[box_name] for box_name in boxes_in_order()]
        return context

    def _box_attrs(self, box: str, id_: str | None, is_wrong: bool) -> dict[str, Any]:
        width = 4 if box == "year" else 2
        attrs: dict[str, Any] = {
            "class": f"govuk-input govuk-date-input__input govuk-input--width-{width}",
            "inputmode": "numeric",
        }
        if id_:
            attrs["id"] = f"{id_}_{box}"
        if self.birth_date:
            attrs["autocomplete"] = f"bday-{box}"
        if is_wrong:
            attrs["class"] += " govuk-input--error"
            attrs["aria-invalid"] = "true"
        return attrs


class DateField(forms.Field):
    """A day in three boxes; cleans to `datetime.date`. Codes of its errors: required, missing_…, invalid."""

    widget: Any = DateBoxes
    default_error_messages = {
        "missing_day": _("The date must include a day"),
        "missing_month": _("The date must include a month"),
        "missing_year": _("The date must include a year"),
        "invalid": _("Enter a real date, for example 27 3 2025"),
    }

    def to_python(self, value: Any) -> datetime.date | None:
        if value is None or isinstance(value, datetime.date):
            return value
        day, month, year = (str(part or "").strip() for part in value)
        parts = {"day": day, "month": month, "year": year}
        if not any(parts.values()):
            return None
        for name, part in parts.items():
            if not part:
                raise self._error(f"missing_{name}")
        # A year of two figures could be of either century: asked again, never guessed.
        if len(year) != 4:
            raise self._error("invalid")
        try:
            return datetime.date(int(year), int(month), int(day))
        except ValueError:
            raise self._error("invalid") from None

    def _error(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code)


class _Hinted(forms.widgets.ChoiceWidget):
    def __init__(self, attrs: dict[str, Any] | None = None, *, hints: Mapping[str, Text] | None = None) -> None:
        super().__init__(attrs)
        self.hints = hints or {}

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["hint"] = self.hints.get(str(option["value"]), "")
        return option


class RadioHints(_Hinted, forms.RadioSelect):
    """Radio buttons, some with a hint of their own: `RadioHints(hints={"inaccurate": _("…")})`."""


class CheckboxHints(_Hinted, forms.CheckboxSelectMultiple):
    """Tick boxes, some with a hint of their own."""
