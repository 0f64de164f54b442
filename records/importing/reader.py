"""Reading files line by line, and JSON Lines, without ever holding more than one line of at most 1 MB."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple, NoReturn, Protocol

from accounts.identifiers import gettext_noop
from records.catalogue import Refusal, Refused
from records.importing.inputs import FileUnusable

LONGEST_LINE: Final = 1_000_000  # bytes, without the end of the line
_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff", b"{\x00", b"\x00{")  # byte order mark, or a first brace
_WITHDRAWN: Final = b"withdrawn"


class Piece(NamedTuple):
    """A line, or a part of one that is too long."""

    data: bytes
    begins_line: bool
    ends_line: bool


class Line(NamedTuple):
    """One line as it stands in the file. `data` is None where the line is too long to be read."""

    number: int
    data: bytes | None


class Survey(NamedTuple):
    """What a first look at the whole file tells: its hash for the log, and how many lines there are.

    `may_withdraw`: whether any line may take a record back; a second look then counts them.
    """

    sha256: str
    lines: int
    may_withdraw: bool


class Form(Protocol):
    """How records stand in a file. A line is numbered as an editor numbers it, by where it begins."""

    name: str

    def survey(self, file: BinaryIO) -> Survey:
        """Look through the whole file and go back to its start. Raises `FileUnusable`."""

    def lines(self, file: BinaryIO, *, after: int = 0) -> Iterator[Line]:
        """The lines that are not blank and begin after that one. One that is too long is skipped, not read."""

    def parse(self, line: Line) -> dict[str, Any]:
        """What a line says, as `json.loads` would give it. Raises `Refused`."""


class JsonLines:
    """One JSON object a line."""

    name = "jsonl"

    def survey(self, file: BinaryIO) -> Survey:
        """Look through the whole file and go back to its start. Raises `FileUnusable`."""
        lines = 0
        may_withdraw = False
        judge = EncodingJudge()
        for piece in pieces(file):
            lines += piece.ends_line
            judge.look(piece)
            may_withdraw = may_withdraw or _WITHDRAWN in piece.data
        judge.check()
        return Survey(sha256_of(file), lines, may_withdraw)

    def lines(self, file: BinaryIO, *, after: int = 0) -> Iterator[Line]:
        """The lines that are not blank and begin after that one. One that is too long is skipped, not read."""
        number = 0
        for piece in pieces(file):
            if not piece.begins_line:
                continue
            number += 1
            if number <= after:
                continue
            if not piece.ends_line:
                yield Line(number, None)
            elif not piece.data.isspace():
                yield Line(number, piece.data)

    def parse(self, line: Line) -> dict[str, Any]:
        """The JSON object in a line. Raises `Refused`."""
        if line.data is None:
            refuse("line_too_long", gettext_noop("Write at most 1 MB in a line, one record in each."))
        try:
            document = json.loads(line.data.decode().rstrip("\r\n"), parse_constant=_no_number)
        except UnicodeDecodeError:
            refuse("not_utf8", gettext_noop("Write this line in UTF-8."))
        except json.JSONDecodeError as error:
            sentence = gettext_noop("This is not JSON: look at character %(column)s of the line.")
            refuse("malformed_json", sentence, column=error.colno)
        except (ValueError, RecursionError):
            refuse("malformed_json", gettext_noop("This JSON holds a number or a nesting that cannot be read."))
        if not isinstance(document, dict):
            refuse("malformed_json", gettext_noop("Write each line as one JSON object."))
        return document


class EncodingJudge:
    """Sees that a file holds something, in UTF-8: in most of its lines that hold more than ASCII."""

    def __init__(self) -> None:
        self._beyond_ascii = self._broken = 0
        self._something = False

    def look(self, piece: Piece) -> None:
        """Take note of one piece. A single broken line is left for `parse` to refuse."""
        self._something = self._something or not piece.data.isspace()
        if piece.begins_line and piece.ends_line and not piece.data.isascii():
            self._beyond_ascii += 1
            self._broken += not _is_utf8(piece.data)

    def check(self) -> None:
        """Raise `FileUnusable` for a file that is empty or in another encoding."""
        if not self._something:
            raise FileUnusable("The file is empty.")
        if self._broken * 2 > self._beyond_ascii:
            raise FileUnusable(
                "The file is not in UTF-8. Convert it and import it again, for example:\n"
                "  iconv -f GB18030 -t UTF-8 FILE > NEW_FILE"
            )


def pieces(file: BinaryIO) -> Iterator[Piece]:
    """The file from its start, without its byte order mark. A line of permitted length comes in one piece.

    Raises `FileUnusable` for UTF-16.
    """
    file.seek(0)
    if file.read(2) in _UTF_16:
        raise FileUnusable("The file is in UTF-16. Save it as UTF-8 and import it again.")
    file.seek(0)
    if file.read(len(_BOM)) != _BOM:
        file.seek(0)
    begins_line = True
    while data := file.readline(LONGEST_LINE + 1):
        ends_line = data.endswith(b"\n") or len(data) <= LONGEST_LINE
        yield Piece(data, begins_line, ends_line)
        begins_line = ends_line


def sha256_of(file: BinaryIO) -> str:
    """The hash of the whole file, which is then at its start again."""
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # typeshed wants readinto
    file.seek(0)
    return sha256


def refuse(code: str, sentence: str, **params: str | int) -> NoReturn:
    """Refuse a line as a whole."""
    raise Refused([Refusal("line", code, sentence, params)])


def _is_utf8(piece: bytes) -> bool:
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


def _no_number(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity are no JSON
