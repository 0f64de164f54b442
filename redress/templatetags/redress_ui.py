"""Tags and filters of our pages: `{% load redress_ui %}`."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django import template
from django.forms import BaseForm, BaseFormSet
from django.forms.boundfield import BoundField
from django.urls import NoReverseMatch, reverse
from django.utils import dateformat, timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from records import presentation

register = template.Library()

# As `<html lang>` wants it: Django's own codes are in lower case.
HTML_LANGUAGES = {"zh-hans": "zh-Hans"}
DATE_FORMATS = {"zh": "Y年n月j日", "en": "j F Y"}


def _written_language() -> str:
    return (get_language() or "en").split("-")[0]


@register.simple_tag
def html_language() -> str:
    """The value of `<html lang>`: `en` or `zh-Hans`."""
    code = get_language() or "en"
    return HTML_LANGUAGES.get(code, code)


@register.filter
def language_tag(code: str) -> str:
    """A `lang` attribute from one of Django's language codes."""
    return HTML_LANGUAGES.get(code, code)


@register.filter
def long_date(value: datetime.date | None) -> str:
    """`22 November 2026` or `2026年11月22日`. A moment is shown as its day in the current time zone."""
    if not value:
        return ""
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value)
    return dateformat.format(value, DATE_FORMATS.get(_written_language(), DATE_FORMATS["en"]))


@register.filter
def long_datetime(value: datetime.datetime | None) -> str:
    """`22 November 2026, 14:05 UTC` or `2026年11月22日 22:05 UTC+8`: in the current time zone, which it names."""
    return presentation.moment(timezone.localtime(value)) if value else ""


@register.filter
def in_language(text: Any) -> str:
    """The reader's language out of a catalogue text: a mapping {en, zh} or an object with .en and .zh."""
    if not text or isinstance(text, str):
        return text or ""
    for code in (_written_language(), "en", "zh"):
        found = text.get(code) if isinstance(text, Mapping) else getattr(text, code, None)
        if found:
            return str(found)
    return ""


@register.filter
def spoken(text: Any) -> SafeString:
    """A sentence in which words of the other language are marked for screen readers."""
    return text if isinstance(text, SafeString) else presentation.spoken(str(text))


@register.filter
def file_size(size: int | None) -> str:
    """`2.1 MB`: decimal units, as phones and computers show them."""
    amount, units = float(size or 0), ["B", "kB", "MB", "GB"]
    while amount >= 999.95 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{amount:.0f} B" if units[0] == "B" else f"{amount:.1f} {units[0]}"


@register.simple_tag
def optional_url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page, or nothing when there is no such page: `{% optional_url "x" as href %}`."""
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return ""


@register.simple_tag
def field(bound: BoundField, *, heading: str = "", size: str = "s") -> SafeString:
    """One field; with `heading="l"` its label or legend is the page's h1 (one thing a page)."""
    chosen = {"heading": heading, "size": heading or size}
    return bound.render(context={**bound.get_context(), **chosen})


@register.inclusion_tag("includes/back_link.html")
def back_link(href: str, text: str = "") -> dict[str, str]:
    return {"href": href, "text": text or _("Back")}


class ListedError(NamedTuple):
    message: str
    target: str


@register.inclusion_tag("includes/error_summary.html")
def error_summary(*forms: Any) -> dict[str, Any]:
    """What is wrong in all these forms, lists of forms and formsets; each line leads to the first input of a field."""
    return {"listed_errors": [error for form in forms if form for error in _errors_of(form)]}


def _errors_of(form: Any) -> Iterator[ListedError]:
    if isinstance(form, list):
        for one in form:
            yield from _errors_of(one)
    elif isinstance(form, BaseFormSet):
        yield from (ListedError(str(message), "") for message in form.non_form_errors())
        for one in form.forms:
            yield from _errors_of(one)
    elif isinstance(form, BaseForm):
        for name, messages in form.errors.items():
            known = form[name] if name in form.fields and not form[name].is_hidden else None
            target = getattr(known, "first_input_id", "") if known else ""
            yield from (ListedError(str(message), target) for message in messages)
