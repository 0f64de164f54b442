"""From a `Letter` to the bytes of its PDF."""

from datetime import UTC, date, datetime, time
from pathlib import Path

from django.utils import translation
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appeals.letters.letter import Answer, Letter
from delivery.paper import MISSING, FontMissing, Printer, region_of, set_pages

__all__ = ["FontMissing", "render"]

_TEMPLATE = Path(__file__).with_name("decision.typ")
_DATES = {"en": "j F Y", "zh-hans": "Y年n月j日"}


def render(letter: Letter) -> bytes:
    """The letter as PDF/UA-1. The same letter gives the same bytes. Raises `FontMissing`."""
    with translation.override(letter.language):
        return set_pages(
            _TEMPLATE,
            lambda printer: _content(letter, printer),
            dated=datetime.combine(letter.decided_on, time(), UTC),
        )


def _content(letter: Letter, printer: Printer) -> dict[str, object]:
    """What the template shows, with the fixed words in the active language."""
    line = printer.line
    language, region = region_of(letter.language)
    title = _("Decision on your case %(reference)s") % {"reference": line(letter.reference)}
    many = len(letter.answers) > 1
    content = {
        "language": language,
        "region": region,
        "title": title,
        "holder": line(letter.holder),
        "address": [line(each) for each in letter.address],
        "reference": line(letter.reference),
        "facts": [
            [_("To"), line(letter.addressee)],
            [_("About"), line(letter.programme)],
            [_("Handled under"), line(letter.procedure)],
            *([[_("Who filed"), line(letter.standing)]] if letter.standing else []),
            [_("You filed this case on"), _day(letter.filed_on, letter.language)],
            [_("We decided it on"), _day(letter.decided_on, letter.language)],
        ],
        "opening": _opening(len(letter.answers)),
        "overview": [[line(answer.title), line(answer.outcome)] for answer in letter.answers] if many else [],
        "answers": [_answer(answer, printer) for answer in letter.answers],
        "looked_at": [line(each) for each in letter.looked_at],
        "next_steps": [line(step) for step in letter.next_steps],
        "next_tier": _next_tier(letter, printer),
        "signature": [
            line(letter.signature.role),
            _("Number %(number)s") % {"number": line(letter.signature.number)},
            line(letter.signature.organisation),
        ],
        "checkpoint": line(letter.checkpoint),
        "words": _words(),
    }
    # Last: by now every text has gone through the printer.
    return {**content, "missing": _missing(printer.missing)}


def _opening(number: int) -> str:
    return ngettext(
        "You asked us to look at %(number)d thing. This letter says what we decided and why.",
        "You asked us to look at %(number)d things. This letter says what we decided on each one and why.",
        number,
    ) % {"number": number}


def _answer(answer: Answer, printer: Printer) -> dict[str, object]:
    return {
        "title": printer.line(answer.title),
        "ground": printer.paragraphs(answer.ground),
        "outcome": printer.line(answer.outcome),
        "reasons": printer.paragraphs(answer.reasons),
        "changes": printer.paragraphs(answer.changes),
    }


def _next_tier(letter: Letter, printer: Printer) -> dict[str, object] | None:
    if letter.next_tier is None:
        return None
    until = [printer.line(each) for each in letter.next_tier.until]
    further = [printer.line(each) for each in letter.next_tier.further]
    return {"text": printer.paragraphs(letter.next_tier.text), "until": until, "further": further}


def _words() -> dict[str, str]:
    return {
        "ground": _("What you said"),
        "outcome": _("What we decided"),
        "reasons": _("Why"),
        "changes": _("What changes"),
        "thing": _("What you disputed"),
        "result": _("Our decision"),
        "looked_at": _("What was before us"),
        "next_steps": _("What happens next"),
        "next_tier": _("If you do not agree"),
        "signature": _("Decided by"),
        "check": _("How to check this decision later"),
        "page": _("Page"),
    }


def _missing(codes: list[str]) -> str:
    if not codes:
        return ""
    sentence = _(
        "Our typeface lacks some characters: %(codes)s. They are printed as %(mark)s. The page of your case shows them."
    )
    return sentence % {"mark": MISSING, "codes": ", ".join(codes)}


def _day(on: date, language: str) -> str:
    """`22 November 2026`, `2026年11月22日`."""
    return format_date(on, _DATES[language])
