"""The document of a copy as tagged PDF (PDF/UA-1), for reading and printing."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from delivery.paper import MISSING, Printer, region_of, set_pages
from records import presentation

_Json = dict[str, Any]
_TEMPLATE: Final = Path(__file__).with_name("copy.typ")


def pages(document: _Json, *, at: datetime) -> bytes:
    """The PDF, in the active language. The same document gives the same bytes. Raises `delivery.paper.FontMissing`."""
    return set_pages(_TEMPLATE, lambda printer: _content(document, printer), dated=at)


def _content(document: _Json, printer: Printer) -> _Json:
    language, region = region_of(document["language"])
    part = document["part"]
    content = {
        "language": language,
        "region": region,
        "title": _("What is held about you"),
        "name": printer.line(document["about"]["name"]),
        "notice": printer.line(document["notice"]),
        "facts": _rows(printer, _about(document)),
        "part": _("Entries %(first)s to %(last)s of %(total)s") % part if part["total"] else _("Nothing is held."),
        "entries": [_entry(each, printer) for each in document["entries"]],
        "left_out": _rows(printer, ((each["what"], each["why"]) for each in document["left_out"] if not each["entry"])),
        "words": {
            "left_out": _("What is not in this copy"),
            "page": _("Page"),
            "fields": _("What it says"),
            "statements": _("Your statement"),
            "measures": _("What it does to you"),
            "origin": _("Where it comes from"),
            "basis": _("Why it may be held, and for how long"),
            "received": _("Who received it"),
            "looked": _("Who looked at it"),
            "versions": _("How it has changed"),
            "happened": _("What else happened with it"),
            "adverse": _("Speaks against you"),
        },
    }
    missing = ", ".join(printer.missing)
    sentence = _("Our typeface lacks some characters: %(codes)s. They are printed as %(mark)s.")
    return {**content, "missing": sentence % {"codes": missing, "mark": MISSING} if missing else ""}


def _about(document: _Json) -> Iterable[tuple[str, str]]:
    about = document["about"]
    yield _("Name"), about["name"]
    if about["birth_date"]:
        yield _("Date of birth"), _day(about["birth_date"])
    for each in about["identifiers"]:
        yield each["scheme"], f"… {each['ends_in']}"
    yield _("Made on"), _moment(document["made_at"])


def _entry(entry: _Json, printer: Printer) -> _Json:
    return {
        "title": printer.line(entry["type"]["title"]),
        "programme": printer.line(entry["programme"]["title"]),
        "adverse": entry["adverse"],
        "fields": _rows(printer, ((each["title"], each["text"]) for each in entry["fields"])),
        "marks": [printer.line(each["text"]) for each in entry["marks"]],
        "statements": [printer.line(each["words"]) for each in entry["statements"]],
        "measures": _rows(printer, ((each["title"], _measure(each)) for each in entry["measures"])),
        "origin": _rows(printer, _origin(entry)),
        "basis": _rows(printer, _basis(entry)),
        "received": [_line(printer, _received(each)) for each in entry["received"]],
        "looked": [_line(printer, _looked(each)) for each in entry["looked"]],
        "versions": [_line(printer, _version(each)) for each in entry["versions"]],
        "happened": [
            _line(printer, [each["title"], _moment(each["at"]), each["by"], each["case"]]) for each in entry["happened"]
        ],
    }


def _origin(entry: _Json) -> Iterable[tuple[str, str]]:
    yield _("Held by"), entry["holder"]["title"]
    yield _("Sent by"), entry["source"]["title"]
    yield _("Their reference"), entry["source_ref"]
    yield _("Valid"), _validity(entry)
    yield _("Recorded here on"), _moment(entry["recorded_at"])
    yield from ((each["title"], each["text"]) for each in entry["origin"])


def _basis(entry: _Json) -> Iterable[tuple[str, str]]:
    yield _("Legal basis"), _joined([entry["basis"]["cite"], entry["basis"]["text"]])
    for each in entry["keeping"]:
        title = _("This entry") if each["of"] == "record" else _("Where it is published")
        yield title, _joined([each["text"], each["day"], each["basis"]["cite"]])
    yield _("All rules"), entry["rules"]


def _measure(measure: _Json) -> str:
    since = _("Since %(day)s.") % {"day": _day(measure["since"])}
    until = _("Until: %(until)s.") % {"until": measure["until"]}
    carrier = _("Carried out by: %(carrier)s.") % {"carrier": measure["carrier"]}
    return _joined([measure["meaning"], since, until, carrier, measure["basis"]["cite"], measure["basis"]["text"]])


def _received(each: _Json) -> list[str]:
    version = _("version %(number)s") % {"number": each["version"]}
    return [each["organisation"]["title"], _moment(each["at"]), each["purpose"]["title"], version, *each["marks"]]


def _looked(each: _Json) -> list[str]:
    who = _("%(role)s no. %(number)s") % {"role": each["role"]["title"], "number": each["number"]}
    return [each["organisation"]["title"], who, _moment(each["at"]), each["purpose"]["title"], each["reason"]]


def _version(each: _Json) -> list[str]:
    number = _("Version %(number)s") % {"number": each["number"]}
    changes = [change["note"] or _was_and_is(change) for change in each["changes"]]
    return [number, each["title"], _moment(each["recorded_at"]), each["by"], each["case"], each["note"], *changes]


def _was_and_is(change: _Json) -> str:
    values = {"title": change["title"], "was": change["was"], "now": change["now"]}
    return _("%(title)s: before: %(was)s; now: %(now)s") % values


def _validity(entry: _Json) -> str:
    first, last = (date.fromisoformat(day) if day else None for day in (entry["valid_from"], entry["valid_to"]))
    return presentation.validity(first, last)


def _rows(printer: Printer, rows: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [[printer.line(title), printer.line(text)] for title, text in rows]


def _line(printer: Printer, texts: Iterable[str]) -> str:
    return printer.line(" · ".join(each for each in texts if each))


def _joined(texts: Iterable[str]) -> str:
    return " ".join(each for each in texts if each)


def _day(iso: str) -> str:
    return presentation.day(date.fromisoformat(iso))


def _moment(iso: str) -> str:
    return presentation.moment(datetime.fromisoformat(iso))
