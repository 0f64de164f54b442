"""Where a feed is read from: a file, standard input, either of them packed by gzip.

What is read can be gone through several times. A pipe and a packed file are written out first, into
a file without a name that the system frees with the last handle: it holds what people's records
say, so that it may outlive nothing.
"""

import gzip
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Final, NamedTuple, cast

from django.conf import settings

STDIN: Final = Path("-")
# A text like ours packs to a tenth; deflate alone never below a thousandth. In between stands a bomb.
MOST_UNPACKED: Final = 200  # times what was read of the packed file
SMALL: Final = 64_000_000  # bytes that nobody minds, however well they were packed
LEAST_FREE: Final = 500_000_000  # bytes of disk that stay free
_GZIP: Final = b"\x1f\x8b"
_CHUNK: Final = 1 << 20
_BUFFER: Final = 1 << 18


class FileUnusable(Exception):
    """This file cannot be imported. The message says why and what to do."""


class Input(NamedTuple):
    """What is to be imported, at its start, and under which name it came."""

    file: BinaryIO
    name: str


@contextmanager
def opened(path: Path) -> Iterator[Input]:
    """Open a file, or standard input for `-`, and unpack it if it is packed. Raises `FileUnusable`."""
    with _plain(path) as file:
        if file.read(len(_GZIP)) == _GZIP:
            with _unpacked(file) as unpacked:
                yield Input(unpacked, path.name)
        else:
            file.seek(0)
            yield Input(file, path.name)


def open_file(path: Path) -> BinaryIO:
    """Open a file that can be read more than once. Raises `FileUnusable`."""
    if not path.exists():
        raise FileUnusable(f"There is no file {path}.")
    if not path.is_file():
        raise FileUnusable(f"{path} is no regular file. To import from a pipe, write - as the file.")
    try:
        return path.open("rb", buffering=_BUFFER)
    except OSError as error:
        raise FileUnusable(f"{path} cannot be read: {error.strerror}.") from error


def stamp(file: BinaryIO) -> tuple[int, int]:
    """By which a change of the file is noticed: its size and when it was last written."""
    stat = os.fstat(file.fileno())
    return stat.st_size, stat.st_mtime_ns


@contextmanager
def _plain(path: Path) -> Iterator[BinaryIO]:
    if path != STDIN:
        with open_file(path) as file:
            yield file
        return
    with _nameless() as spool:
        _pour(sys.stdin.buffer, spool)
        spool.seek(0)
        yield spool


@contextmanager
def _unpacked(packed: BinaryIO) -> Iterator[BinaryIO]:
    packed.seek(0)
    with _nameless() as spool:
        try:
            _pour(gzip.GzipFile(fileobj=packed), spool, packed=packed)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise FileUnusable("The packed file is damaged or cut off. Pack it and send it again.") from error
        spool.seek(0)
        yield spool


@contextmanager
def _nameless() -> Iterator[BinaryIO]:
    folder = Path(settings.VAR_DIR) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder, buffering=_BUFFER) as spool:
        yield cast("BinaryIO", spool)


def _pour(source: "IO[bytes] | gzip.GzipFile", spool: BinaryIO, *, packed: BinaryIO | None = None) -> None:
    written = 0
    while data := source.read(_CHUNK):
        written += len(data)
        if packed and written > SMALL and written > MOST_UNPACKED * packed.tell():
            raise FileUnusable(
                f"The packed file holds over {MOST_UNPACKED} times its size, as no feed does. Unpack it yourself."
            )
        _write(spool, data)
    spool.flush()


def _write(spool: BinaryIO, data: bytes) -> None:
    if shutil.disk_usage(spool.fileno()).free < LEAST_FREE + len(data):
        raise FileUnusable("There is too little room on the disk to unpack or keep this input. Import it in parts.")
    spool.write(data)
