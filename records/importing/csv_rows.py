"""CSV: the fields of a line of JSON, named with dots in the header (`subject.identifiers.0.scheme`).

# Note [Empty cells]
An empty cell says nothing: the field is left out, as if the column were not there. A group or a list
entry of which every cell is empty is left out with them, so that a file may have more columns than
a row needs. There is no way to write an empty text, and none is needed: for "no end" leave
`valid_to` empty. Blanks around a cell do not count. Entries of a list begin at 0, without gaps.

# Note [Where a row ends]
At a line end outside double quotes. That alone decides: a row is as long as its quotes say, and one
that cannot be read is refused from its first line to its last, never taken apart again, or else a
text that holds a line end could smuggle a row in. A quotation mark that is never closed would
swallow the rest of the file, so such a file is refused whole.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final, NamedTuple

from accounts.identifiers import gettext_noop
from records.catalogue import ENTRY, Programme, Refusal, Refused, names_of
from records.importing.inputs import FileUnusable
from records.importing.reader import LONGEST_LINE, EncodingJudge, Line, Survey, pieces, refuse, sha256_of

DELIMITERS: Final = ",;\t"
_WHO: Final = "source_ref"  # the column that every header has
_PLAIN_NAME: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
_ENTRY_NUMBER: Final = re.compile(r"(?<=\.)(?:0|[1-9][0-9]{0,2})(?=\.|$)")
_NOTHING: Final = b' \t\r\n,;"'
_TEXTS: Final = ("string", None)
_TRUTH: Final = {"true": True, "false": False}

Path = tuple[str | int, ...]
csv.field_size_limit(LONGEST_LINE)


class CsvRows:
    """Records as rows of CSV under one header. Raises `FileUnusable` for a header that does not fit the programme."""

    name = "csv"

    def __init__(self, programme: Programme, file: BinaryIO) -> None:
        header = next(_rows(file), None)
        if header is None:
            raise FileUnusable("The file is empty, or a quotation mark in its header is never closed.")
        if header.data is None:
            raise FileUnusable("The header is longer than 1 MB.")
        self._header = header.number
        names = _header(header.data)
        self._delimiter = names.delimiter
        self._paths = _paths(names.cells, programme)
        self._lists = sorted({path[:at] for path in self._paths for at, part in enumerate(path) if part == 0})
        self._conversions = {name: _conversions(programme, name) for name in programme.types}

    def survey(self, file: BinaryIO) -> Survey:
        """Look through the whole file and go back to its start. Raises `FileUnusable`."""
        lines, opened_at = 0, 0
        judge = EncodingJudge()
        for piece in pieces(file):
            judge.look(piece)
            if piece.data.count(b'"') % 2:
                opened_at = 0 if opened_at else lines + 1
            lines += piece.ends_line
        judge.check()
        if opened_at:
            raise FileUnusable(
                f"Line {opened_at:,}: a quotation mark is opened and never closed, so nobody can say where the row "
                "ends. Close it, and double the quotation marks that belong to a text."
            )
        return Survey(sha256_of(file), lines, ("withdrawn",) in self._paths)

    def lines(self, file: BinaryIO, *, after: int = 0) -> Iterator[Line]:
        """The rows that are not blank and begin after that line. One that is too long is skipped, not read."""
        first = max(self._header, after)
        return (row for row in _rows(file) if row.number > first)

    def parse(self, line: Line) -> dict[str, Any]:
        """What a row says, as a line of JSON would. Raises `Refused`."""
        if line.data is None:
            refuse("line_too_long", gettext_noop("Write at most 1 MB in a line, one record in each."))
        try:
            cells = _cells(line.data.decode(), self._delimiter)
        except UnicodeDecodeError:
            refuse("not_utf8", gettext_noop("Write this line in UTF-8."))
        except csv.Error:
            refuse("malformed_csv", gettext_noop("The quotation marks of this row do not fit together."))
        if len(cells) != len(self._paths):
            sentence = gettext_noop("This row has %(found)s cells, and the header has %(wanted)s.")
            refuse("wrong_number_of_cells", sentence, found=len(cells), wanted=len(self._paths))
        said: dict[Any, Any] = {}
        for path, cell in zip(self._paths, cells, strict=True):
            if cell and (text := cell.strip()):
                _put(said, path, text)
        for path in self._lists:
            _close_list(said, path)
        return self._typed(said)

    def _typed(self, said: dict[str, Any]) -> dict[str, Any]:
        """The texts of the cells in the types of the catalogue. What does not fit stays text, to be refused."""
        if "withdrawn" in said:
            said["withdrawn"] = _TRUTH.get(said["withdrawn"].lower(), said["withdrawn"])
        values = said.get("values", {})
        for name, convert in self._conversions.get(said.get("type", ""), {}).items():
            if isinstance(text := values.get(name), str):
                values[name] = convert(name, text)
        return said


def is_header(data: bytes) -> bool:
    """Whether the first line of a file is the header of a CSV file: it names the column `source_ref`."""
    return re.search(rb'(?:^|[,;\t])\s*"?source_ref"?\s*(?:$|[,;\t])', data.strip()) is not None


def _rows(file: BinaryIO) -> Iterator[Line]:
    """The rows that are not blank, by the number of their first line: Note [Where a row ends]."""
    parts: list[bytes] = []
    number = first = size = 0
    inside = False
    for piece in pieces(file):
        number += piece.begins_line
        first = first or number
        size += len(piece.data)
        if size <= LONGEST_LINE + 1:
            parts.append(piece.data)
        else:
            parts.clear()
        inside ^= piece.data.count(b'"') % 2 == 1
        if inside or not piece.ends_line:
            continue
        data = b"".join(parts)
        if size > LONGEST_LINE + 1:
            yield Line(first, None)
        elif data.strip(_NOTHING):
            yield Line(first, data)
        parts.clear()
        first = size = 0


class _Header(NamedTuple):
    delimiter: str
    cells: list[str]


def _header(data: bytes) -> _Header:
    for delimiter in DELIMITERS:
        try:
            cells = [cell.strip() for cell in _cells(data.decode(), delimiter)]
        except (UnicodeDecodeError, csv.Error) as error:
            raise FileUnusable(
                "The header cannot be read. Write it in UTF-8, with commas between the names."
            ) from error
        if _WHO in cells:
            return _Header(delimiter, cells)
    raise FileUnusable(f"The header has no column {_WHO}. Its first line names the fields, with commas between them.")


def _cells(text: str, delimiter: str) -> list[str]:
    rows = csv.reader([text.rstrip("\r\n")], delimiter=delimiter, strict=True)
    return next(rows)


def _paths(names: Sequence[str], programme: Programme) -> list[Path]:
    """The parts of each name of the header; numbers are places in a list. Raises `FileUnusable`, naming the column."""
    allowed = names_of(programme)
    met: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        wrong = _wrong_name(name, allowed, met)
        if wrong:
            # A name that is no plain word may itself be somebody's data: it is not repeated.
            called = f"“{name}”" if _PLAIN_NAME.fullmatch(name) and len(name) <= 80 else "its name"
            raise FileUnusable(f"Column {number} ({called}): {wrong}")
        met[name] = number
    return [tuple(int(part) if part.isdigit() else part for part in name.split(".")) for name in names]


def _wrong_name(name: str, allowed: frozenset[str], met: Mapping[str, int]) -> str:
    if name in met:
        return f"column {met[name]} has the same name. Leave one of them out."
    pattern = _ENTRY_NUMBER.sub(ENTRY, name)
    if not name or pattern not in allowed or ENTRY in name:
        return "the programme has no such field. Leave the column out, or correct its name."
    if any(name.startswith(f"{other}.") or other.startswith(f"{name}.") for other in met):
        return "another column names the same list as a whole. Leave one of them out."
    for found in _ENTRY_NUMBER.finditer(name):
        before = f"{name[: found.start()]}{int(found[0]) - 1}"
        if found[0] != "0" and not any(f"{other}.".startswith(f"{before}.") for other in met):
            return f"it comes before {before}. Number the entries of a list from 0, in order."
    return ""


def _put(said: dict[Any, Any], path: Path, text: str) -> None:
    for part in path[:-1]:
        said = said.setdefault(part, {})
    said[path[-1]] = text


def _close_list(said: dict[Any, Any], path: Path) -> None:
    """Make a list of the entries under `path`. Raises `Refused` for one that has a gap."""
    for part in path[:-1]:
        said = said.get(part, {})
    entries = said.get(path[-1])
    if not isinstance(entries, dict):
        return
    if max(entries) >= len(entries):
        sentence = gettext_noop("Fill the entries of a list from 0 on, without a gap.")
        raise Refused([Refusal(".".join(map(str, path)), "gap_in_list", sentence)])
    said[path[-1]] = [entries[number] for number in range(len(entries))]


def _conversions(programme: Programme, type_id: str) -> dict[str, Callable[[str, str], Any]]:
    """How the values of a type that are no texts are read from one."""
    kind = programme.types[type_id]
    return {
        name: kind.from_text for name, schema in kind.values["properties"].items() if schema.get("type") not in _TEXTS
    }
