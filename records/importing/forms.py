"""In which form records stand in a file."""

from collections.abc import Callable
from typing import BinaryIO, Final

from records.catalogue import Programme
from records.importing.csv_rows import CsvRows, is_header
from records.importing.inputs import Input
from records.importing.reader import Form, JsonLines, pieces

_MAKE: Final[dict[str, Callable[[Programme, BinaryIO], Form]]] = {
    "jsonl": lambda programme, file: JsonLines(),
    "csv": CsvRows,
}
FORMS: Final = tuple(_MAKE)


def form_of(programme: Programme, given: Input, wanted: str = "") -> Form:
    """The form that is wanted, or else the one that the name or the first line shows. Raises `FileUnusable`."""
    return _MAKE[wanted or _shown(given)](programme, given.file)


def _shown(given: Input) -> str:
    if given.name.lower().removesuffix(".gz").endswith(".csv"):
        return "csv"
    first = next((piece.data for piece in pieces(given.file) if not piece.data.isspace()), b"")
    return "csv" if is_header(first) else "jsonl"
