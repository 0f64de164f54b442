"""Files at rest: one encrypted file each below a folder.

Sealed under the key of the person whose file it is (`audit.keys`), so that destroying the key destroys them
too, in every backup. The file's id is sealed in with the content: files exchanged on the disk do not
open. Folders and names tell nothing but that id.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from audit import keys

_SUFFIX = ".sealed"


class Missing(Exception):
    """This file is not stored, or not any more."""


class Misplaced(Exception):
    """The stored file belongs to another id."""


class Vault:
    """The files below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def store(self, owner: UUID, file_id: UUID, data: bytes) -> None:
        """Write `data`, on the disk when this returns. Raises FileExistsError for an id that has its file.

        Call in the transaction that stores the row. If it rolls back, the file is left over: `stored` finds it.
        """
        path = self._path(file_id)
        if path.exists():
            raise FileExistsError(str(file_id))
        sealed = keys.seal(owner, file_id.bytes + data)
        _make_folder(path.parent)
        unfinished = path.with_suffix(".unfinished")
        try:
            _write(unfinished, sealed)
            unfinished.rename(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        _sync(path.parent)

    def read(self, owner: UUID, file_id: UUID) -> bytes:
        """The content. Raises `Missing`, `Misplaced`, or what `audit.keys.open_sealed` raises."""
        try:
            sealed = self._path(file_id).read_bytes()
        except FileNotFoundError:
            raise Missing(str(file_id)) from None
        opened = keys.open_sealed(owner, sealed)
        if opened[:16] != file_id.bytes:
            raise Misplaced(str(file_id))
        return opened[16:]

    def is_there(self, file_id: UUID) -> bool:
        """Whether a file is stored, unopened."""
        return self._path(file_id).is_file()

    def destroy(self, file_id: UUID) -> None:
        """Remove the file, if it is still there. Call after the commit that makes it superfluous."""
        path = self._path(file_id)
        with suppress(FileNotFoundError):
            path.unlink()
            _sync(path.parent)

    def stored(self) -> Iterator[UUID]:
        """Ids of all stored files, for finding those that no row knows."""
        for path in self._folder.glob(f"??/??/*{_SUFFIX}"):
            yield UUID(path.stem)

    def _path(self, file_id: UUID) -> Path:
        # Shards by the last digits: the first ones of a time-ordered id are the same for months.
        name = file_id.hex
        return self._folder / name[-2:] / name[-4:-2] / f"{name}{_SUFFIX}"


def _make_folder(folder: Path) -> None:
    """Make `folder` and its parents for us alone, and durably: a lost folder loses its files."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
