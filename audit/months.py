"""The keys of months, which wrap the keys of people. They stand outside the database, and outside its backups.

# Note [Months]
A backup keeps what was erased since. So the key of each person is wrapped under the key of the month, too, which no
backup holds: in the next month every key that is still there is wrapped anew (`audit.turning`), and once the last
backup of the old month is too old to be restored, the old month's key is destroyed. From that day on nobody can open
what was erased, wherever a copy of it lies. Who loses a month's key before then loses everybody's values: it stands
in two places, and in no backup that is kept for longer than it.

# Note [Written ahead]
Beside these keys stands the list of erased key ids. It is written before the database commits an erasure, and wins
over the table: after a restore nothing of these people can be opened, also before `manage.py prepare` has replayed
the list.
"""

import calendar
import os
import re
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEY_BYTES: Final = 32
_NAME = re.compile(r"[0-9]{6}")
_LIST, _DESTROYED = "erased", "destroyed"


class MonthKeyLost(Exception):
    """The key of a month is not where it should be, and was not destroyed by us: the operator has to bring it back."""


class MonthKeyDestroyed(Exception):
    """The key of this month was destroyed: what was wrapped under it alone is erased for good."""


def current() -> str:
    """The present month as it is written here, in UTC: `202611`."""
    return time.strftime("%Y%m", time.gmtime())


def wrapping_key(month: str) -> bytes:
    """What wraps people's keys in that month: from its key and the master key, so that neither alone opens anything.

    The key of the present month is made when it is first asked for. Raises `MonthKeyLost`, `MonthKeyDestroyed`.
    """
    path = _folder() / month
    try:
        seen = path.stat()
    except FileNotFoundError:
        if month != current() or month in _lines(_DESTROYED):
            raise MonthKeyDestroyed(month) if month in _lines(_DESTROYED) else MonthKeyLost(month) from None
        _make(path)
        seen = path.stat()
    return _derived(str(path), seen.st_ino, seen.st_mtime_ns, bytes(settings.MASTER_KEY))


def kept() -> list[str]:
    """The months whose keys are there, the oldest first."""
    with suppress(FileNotFoundError):
        return sorted(path.name for path in _folder().iterdir() if _NAME.fullmatch(path.name))
    return []


def destroy(month: str) -> None:
    """Destroy the key of a month that is over, for ever. That it was on purpose is written down first."""
    _append(_DESTROYED, [month])
    path = _folder() / month
    with suppress(FileNotFoundError):
        with path.open("r+b") as file:  # where the disk writes in place, nothing of it stays
            file.write(b"\0" * path.stat().st_size)
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        _sync(_folder())
    _derived.cache_clear()


def final_day(month: str) -> date:
    """The first day on which no backup of that month is kept any more: then its key may go."""
    return _ends(month) + timedelta(days=settings.BACKUP_DAYS)


def _ends(month: str) -> date:
    year, number = int(month[:4]), int(month[4:])
    return date(year, number, calendar.monthrange(year, number)[1]) + timedelta(days=1)


# --- the list of what was erased ------------------------------------------------------------------


def note_erased(owners: Iterable[UUID]) -> None:
    """Write key ids into the list, on the disk when this returns (Note [Written ahead])."""
    _append(_LIST, [str(owner) for owner in owners])


def erased() -> frozenset[UUID]:
    """The key ids in the list."""
    path = _path(settings.MONTH_KEYS_DIR, _LIST)
    return _ids(_state(path), path)


def is_erased(owner: UUID) -> bool:
    """Whether that key is in the list: asked each time a value is opened or sealed."""
    return owner in erased()


@lru_cache(maxsize=4)
def _ids(_seen: tuple[int, int, int], path: Path) -> frozenset[UUID]:
    try:
        return frozenset(UUID(line) for line in path.read_text(encoding="ascii").split())
    except FileNotFoundError:
        return frozenset()


def _lines(name: str) -> frozenset[str]:
    try:
        return frozenset((_folder() / name).read_text(encoding="ascii").split())
    except FileNotFoundError:
        return frozenset()


def _state(path: Path) -> tuple[int, int, int]:
    """Changes whenever the file does; another process may write it at any time."""
    try:
        seen = path.stat()
    except FileNotFoundError:
        return 0, 0, 0
    return seen.st_ino, seen.st_size, seen.st_mtime_ns


# --- files ----------------------------------------------------------------------------------------

_lock = Lock()


@lru_cache(maxsize=16)
def _path(folder: str, name: str) -> Path:
    """The path is asked for with every value that is sealed or opened, and making one costs more than the look."""
    return Path(folder) / name


def _folder() -> Path:
    return Path(settings.MONTH_KEYS_DIR)


@lru_cache(maxsize=64)
def _derived(path: str, _inode: int, _written: int, master: bytes) -> bytes:
    key = Path(path).read_bytes()
    if len(key) != KEY_BYTES:
        raise MonthKeyLost(Path(path).name)
    return HKDF(SHA256(), KEY_BYTES, salt=key, info=b"redress month key").derive(master)


def _make(path: Path) -> None:
    """Make a key of chance, durably. Of several processes that make it at once, all take what the first one made."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)  # unlike a rename, fails if another process was first
    draft.unlink()
    _sync(path.parent)


def _append(name: str, lines: Iterable[str]) -> None:
    new = "".join(f"{line}\n" for line in lines)
    path = _folder() / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock, os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="ascii") as file:
        file.write(new)
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def month_of(day: date | datetime) -> str:
    """The month of a day, as it is written here."""
    return f"{day:%Y%m}"
