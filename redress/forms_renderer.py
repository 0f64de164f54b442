"""Every form looks alike: label, hint, error and input tied together as the design system asks.

The renderer is named in settings (FORM_RENDERER); the markup stands in redress/templates/django/forms.
"""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

from accounts.formfields import BOXES, DateBoxes, boxes_in_order

# The first line that fits wins.
CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.HiddenInput, ""),
    (forms.CheckboxInput, "govuk-checkboxes__input"),
    (forms.FileInput, "govuk-file-upload"),
    (forms.Textarea, "govuk-textarea"),
    (forms.Select, "govuk-select"),
    (forms.widgets.Input, "govuk-input"),
)
ERROR_CLASSES = {
    "govuk-input": "govuk-input--error",
    "govuk-textarea": "govuk-textarea--error",
    "govuk-select": "govuk-select--error",
    "govuk-file-upload": "govuk-file-upload--error",
}


class LinkedField(BoundField):
    """A field that knows its classes, and which input an error summary must lead to."""

    def get_context(self) -> dict[str, Any]:
        return {"field": self, "heading": "", "size": "s"}

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        # The server says what is missing, in words, with a link to the field; the browser's own bubbles
        # do neither, and are in the browser's language.
        built.pop("required", None)
        if isinstance(widget, forms.RadioSelect):
            built.pop("aria-invalid", None)  # not allowed on a radio button; the group's error is read out
        if isinstance(widget, forms.Textarea) and widget.attrs.get("rows") == "10":
            built["rows"] = "5"  # Django's own default is most of a phone's screen
        if isinstance(widget, DateBoxes):
            built["wrong"] = self.wrong_boxes
        elif css := self._css_class(widget):
            built["class"] = css
        return built

    def _css_class(self, widget: forms.Widget) -> str:
        base = next((css for kind, css in CLASSES if isinstance(widget, kind)), "")
        error = ERROR_CLASSES.get(base, "") if self.errors else ""
        return " ".join(part for part in (base, error, widget.attrs.get("class", "")) if part)

    @property
    def wrong_boxes(self) -> tuple[str, ...]:
        """The boxes of a date that its error is about; all of them unless it names one."""
        codes = [error.code or "" for error in self.errors.as_data()]
        named = tuple(box for box in BOXES if f"missing_{box}" in codes)
        return named or (BOXES if codes else ())

    @property
    def first_input_id(self) -> str:
        """Where a link to this field leads: for a group, to its first input (or to the wrong box)."""
        widget, id_ = self.field.widget, self.auto_id
        if isinstance(widget, DateBoxes):
            first = next((box for box in boxes_in_order() if box in self.wrong_boxes), boxes_in_order()[0])
            return f"{id_}_{first}"
        if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            return next((option.id_for_label for option in self.subwidgets), id_)  # in a group: `…_0_0`
        return self.id_for_label or id_

    @property
    def is_tick_box(self) -> bool:
        """A single tick box, whose label stands beside it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_date(self) -> bool:
        return isinstance(self.field.widget, DateBoxes)

    @property
    def is_marked_optional(self) -> bool:
        """Optional fields say so, unless the form is one where nothing is required (a filter)."""
        wanted = getattr(self.form, "mark_optional", True)
        return bool(wanted) and not self.field.required and not self.is_tick_box


class Renderer(TemplatesSetting):
    bound_field_class = LinkedField
