"""A short letter: a notice to somebody who gets no mail, or the way in for somebody who never signed in."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from django.utils import translation
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _

from delivery.paper import MISSING, Printer, region_of, set_pages

_TEMPLATE = Path(__file__).with_name("notice.typ")
_DATES = {"en": "j F Y", "zh-hans": "Y年n月j日"}


@dataclass(frozen=True, slots=True)
class Notice:
    """One letter of a page. All texts stand in its language already; `address` are the lines of the envelope."""

    language: str
    sender: str
    addressee: str
    address: tuple[str, ...]
    title: str
    paragraphs: tuple[str, ...]
    on: date
    reference: str = ""
    code: str = ""
    checkpoint: str = ""


def render_notice(notice: Notice) -> bytes:
    """The letter as PDF/UA-1. Raises `FontMissing`."""
    with translation.override(notice.language):
        return set_pages(
            _TEMPLATE,
            lambda printer: _content(notice, printer),
            dated=datetime.combine(notice.on, time(), UTC),
        )


def _content(notice: Notice, printer: Printer) -> dict[str, object]:
    language, region = region_of(notice.language)
    content = {
        "language": language,
        "region": region,
        "sender": printer.line(notice.sender),
        "address": [printer.line(each) for each in (notice.addressee, *notice.address)],
        "title": printer.line(notice.title),
        "day": format_date(notice.on, _DATES[notice.language]),
        "reference": _("Reference: %(reference)s") % {"reference": notice.reference} if notice.reference else "",
        "paragraphs": [lines for each in notice.paragraphs for lines in printer.paragraphs(each)],
        "code": printer.line(notice.code),
        "page": _("Page"),
        "log": _("Our log on that day:") if notice.checkpoint else "",
        "checkpoint": printer.line(notice.checkpoint),
    }
    # Last: by now every text has gone through the printer.
    return {**content, "missing": _missing(printer.missing)}


def _missing(codes: list[str]) -> str:
    if not codes:
        return ""
    sentence = _("Our typeface lacks some characters: %(codes)s. They are printed as %(mark)s.")
    return sentence % {"mark": MISSING, "codes": ", ".join(codes)}
