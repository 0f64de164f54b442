"""Days, moments, money and shares as a reader of the active language writes them."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from babel.numbers import format_currency, format_decimal, get_currency_name
from django.utils import dateformat
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

_HAN = re.compile("[\u3400-\u9fff]")
_BETWEEN_WORDS = re.compile(r"([\s“”]+)")
_LATIN_WORD = re.compile("[A-Za-z]{2}")
_BETWEEN_LATIN = re.compile(r"([^A-Za-z .,'’&-]+)")
_LOCALES = {"en": "en", "zh": "zh_Hans_CN"}
_DAYS = {"en": "j F Y", "zh": "Y年n月j日"}
_MOMENTS = {"en": "j F Y, H:i", "zh": "Y年n月j日 H:i"}


def reader() -> str:
    """The language in which the page is read: `en` or `zh`."""
    return "zh" if (get_language() or "en").startswith("zh") else "en"


def lang_of(text: str) -> str:
    """The `lang` attribute for a text that may be in another language than the page; empty if it is the page's."""
    if reader() == "en":
        return "zh-Hans" if _HAN.search(text) else ""
    return "en" if _LATIN_WORD.search(text) and not _HAN.search(text) else ""


def spoken(text: str) -> SafeString:
    """A sentence with its words of the other language marked, so that a screen reader changes its voice for them."""
    is_foreign, lang = (_HAN, "zh-Hans") if reader() == "en" else (_LATIN_WORD, "en")
    pieces = (_BETWEEN_WORDS if reader() == "en" else _BETWEEN_LATIN).split(text)
    return format_html_join("", "{}", ((_marked(each, lang if is_foreign.search(each) else ""),) for each in pieces))


def _marked(text: str, lang: str) -> SafeString:
    return format_html('<span lang="{}">{}</span>', lang, text) if lang else SafeString(escape(text))


def day(value: date) -> str:
    """`22 November 2026`, `2026年11月22日`."""
    return dateformat.format(value, _DAYS[reader()])


def moment(value: datetime, time_zone: str = "UTC") -> str:
    """A moment in that zone: `22 November 2026, 16:05 UTC+8`.

    One that was written with another offset than UTC keeps it: that is where it happened.
    """
    offset = value.utcoffset()
    if not offset:
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(ZoneInfo(time_zone))
        offset = value.utcoffset()
    return f"{dateformat.format(value, _MOMENTS[reader()])} {_zone(offset or timedelta())}"


def local_day(value: datetime, time_zone: str) -> date:
    """The day on which it was then in that zone."""
    return value.astimezone(ZoneInfo(time_zone)).date()


def _zone(offset: timedelta) -> str:
    if not offset:
        return "UTC"
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    return f"UTC{'-' if offset < timedelta() else '+'}{hours}" + (f":{minutes:02d}" if minutes else "")


def duration(code: str) -> str:
    """`2 years` of `P2Y`, `1 year, 6 months` of `P1Y6M`."""
    parts = {unit: int(number) for number, unit in re.findall(r"(\d+)([YMD])", code)}
    years, months, days = (parts.get(unit, 0) for unit in "YMD")
    said = [
        (years, ngettext("%(number)d year", "%(number)d years", years)),
        (months, ngettext("%(number)d month", "%(number)d months", months)),
        (days, ngettext("%(number)d day", "%(number)d days", days)),
    ]
    return listed(text % {"number": number} for number, text in said if number)


def money(amount: str, currency: str | None) -> str:
    """`CN¥12,000.00`, `¥12,000.00`; what is no amount is shown as it is."""
    try:
        number = Decimal(amount)
    except InvalidOperation:
        return amount
    if currency is None:
        return str(format_decimal(number, format="#,##0.00", locale=_LOCALES[reader()]))
    return str(format_currency(number, currency, locale=_LOCALES[reader()]))


def currency(code: str) -> str:
    """The name of a currency: `Chinese yuan` of `CNY`."""
    return str(get_currency_name(code, count=2, locale=_LOCALES[reader()]))


def percent(share: str) -> str:
    """`83%` of `0.83`; what is no share is shown as it is."""
    try:
        return f"{(Decimal(share) * 100).normalize():f}%"
    except InvalidOperation:
        return share


def yes_or_no(value: bool) -> str:
    return _("Yes") if value else _("No")


def listed(texts: Iterable[str]) -> str:
    """Several texts in one line."""
    return ("、" if reader() == "zh" else ", ").join(texts)
