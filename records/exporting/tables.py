"""The document of a copy as tables: CSV files in a ZIP, safe to open in a spreadsheet (`records.spreadsheets`)."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from records import spreadsheets
from records.spreadsheets import Cell

_Json = dict[str, Any]
_Row = Sequence[Cell]


class Table(NamedTuple):
    """One CSV file: its columns, and its rows out of the document."""

    columns: str
    rows: Callable[[_Json], Iterator[_Row]]


def _about(document: _Json) -> Iterator[_Row]:
    about = document["about"]
    numbers = "; ".join(f"{each['scheme']} …{each['ends_in']}" for each in about["identifiers"])
    yield about["kind"], about["name"], about["birth_date"], numbers


def _entries(document: _Json) -> Iterator[_Row]:
    for each in document["entries"]:
        named = [each[key]["title"] for key in ("programme", "type", "holder", "source")]
        facts = [each[key] for key in ("source_ref", "adverse", "version", "recorded_at", "valid_from", "valid_to")]
        yield each["id"], *named, *facts, each["basis"]["cite"], each["basis"]["text"], each["rules"]


def _inside(part: str, *keys: str) -> Callable[[_Json], Iterator[_Row]]:
    """The rows of one list inside every entry; a key like `organisation.title` looks one deeper."""

    def rows(document: _Json) -> Iterator[_Row]:
        for entry in document["entries"]:
            for each in entry[part]:
                yield entry["id"], *(_cell(each, key) for key in keys)

    return rows


def _in_versions(part: str, *keys: str) -> Callable[[_Json], Iterator[_Row]]:
    def rows(document: _Json) -> Iterator[_Row]:
        for entry in document["entries"]:
            for version in entry["versions"]:
                for each in version[part]:
                    yield entry["id"], version["number"], *(_cell(each, key) for key in keys)

    return rows


def _left_out(document: _Json) -> Iterator[_Row]:
    for each in document["left_out"]:
        yield each["what"], each["why"], each["entry"], each["field"]


def _cell(each: Any, key: str) -> Cell:
    for name in key.split("."):
        each = each[name]
    return "; ".join(map(str, each)) if isinstance(each, list) else each


TABLES: dict[str, Table] = {
    "about": Table("kind name birth_date identifiers", _about),
    "entries": Table(
        "entry programme type holder source source_ref adverse version recorded_at valid_from valid_to basis"
        " basis_in_words rules",
        _entries,
    ),
    "fields": Table(
        "entry field title hidden value text", _inside("fields", "name", "title", "hidden", "value", "text")
    ),
    "origin": Table("entry fact title hidden text", _inside("origin", "name", "title", "hidden", "text")),
    "marks": Table("entry mark field since text", _inside("marks", "kind", "field", "since", "text")),
    "statements": Table(
        "entry version written_at language words",
        _inside("statements", "version", "written_at", "language", "words"),
    ),
    "measures": Table(
        "entry measure title kind state since to resumes_on until meaning carrier basis basis_in_words",
        _inside(
            "measures", "id", "title", "kind", "state", "since", "to", "resumes_on", "until", "meaning", "carrier",
            "basis.cite", "basis.text",
        ),
    ),
    "keeping": Table(
        "entry what text until day basis basis_in_words",
        _inside("keeping", "of", "text", "until", "day", "basis.cite", "basis.text"),
    ),
    "versions": Table(
        "entry version cause title recorded_at valid_from valid_to by case note",
        _inside(
            "versions", "number", "cause", "title", "recorded_at", "valid_from", "valid_to", "by", "case", "note"
        ),
    ),
    "version_fields": Table(
        "entry version field title hidden value text",
        _in_versions("fields", "name", "title", "hidden", "value", "text"),
    ),
    "changes": Table("entry version title was now note", _in_versions("changes", "title", "was", "now", "note")),
    "happened": Table("entry event title at by case", _inside("happened", "event", "title", "at", "by", "case")),
    "received": Table(
        "entry organisation at purpose version marks",
        _inside("received", "organisation.title", "at", "purpose.title", "version", "marks"),
    ),
    "looked": Table(
        "entry organisation role number at purpose reason",
        _inside("looked", "organisation.title", "role.title", "number", "at", "purpose.title", "reason"),
    ),
    "left_out": Table("what why entry field", _left_out),
}  # fmt: skip


def packed(document: _Json, *, at: datetime) -> bytes:
    """All tables in one ZIP, with a note on what they are. The same document gives the same bytes."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "read-me.txt", [_read_me(document)], at)
        for name, table in TABLES.items():
            _add(archive, f"{name}.csv", spreadsheets.lines(table.columns.split(), table.rows(document)), at)
    return into.getvalue()


def _read_me(document: _Json) -> str:
    lines = [
        document["notice"],
        _("Each line of the other tables names by “entry” the line of “entries” that it belongs to."),
        _("“left_out” says what is not in this copy, and why."),
        f"schema {document['schema']} {document['schema_version']}",
    ]
    return "\r\n\r\n".join(lines) + "\r\n"


def _add(archive: zipfile.ZipFile, name: str, texts: Iterable[str], at: datetime) -> None:
    info = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    archive.writestr(info, "".join(texts).encode())
