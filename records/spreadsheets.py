"""CSV on the way out: nothing that somebody else wrote may be run by the program that opens the file.

# Note [Formulas in cells]
A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end, and what we
write comes from sources and from people. By the rule of OWASP ("CSV injection") such a text
gets an apostrophe in front, every cell stands in double quotes, and quotes inside are doubled, so
that no cell can end early and begin another. Blanks in front do not hide a formula, and neither
do the wide forms of the signs that a Chinese keyboard gives. A number is a number, and stays one.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final

# Everything that a cell may hold; a text is what somebody may have written.
Cell = str | int | float | Decimal | date | None

_RUNS: Final = frozenset("=+-@\t\r\n＝＋－＠")
_BLANKS: Final = " \u00a0\u3000\ufeff\u200b"
_BOM: Final = "\ufeff"  # by which Excel knows that the file is UTF-8


def safe_row(cells: Iterable[Cell]) -> list[str]:
    """The cells as texts that no spreadsheet runs: Note [Formulas in cells]. None is empty."""
    return [_safe(cell) for cell in cells]


def lines(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """A whole CSV file (RFC 4180, UTF-8 with byte order mark), line by line, for a streamed answer."""
    yield _BOM + _line(header)
    for row in rows:
        yield _line(row)


def _line(cells: Iterable[Cell]) -> str:
    into = io.StringIO()
    csv.writer(into, quoting=csv.QUOTE_ALL).writerow(safe_row(cells))
    return into.getvalue()


def _safe(cell: Cell) -> str:
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return str(cell)
    text = cell.replace("\0", "")
    return f"'{text}" if text.lstrip(_BLANKS)[:1] in _RUNS else text
