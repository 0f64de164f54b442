"""One key per person or organisation; everything personal is sealed under its owner's key.

# Note [Keys]
Each owner (a subject or an organisation, by uuid) has a data key of 256 bits, stored in
`audit_subject_key` wrapped under the master key and the key of the month, which both stand
outside the database (`audit.months`). Destroying the wrapped key erases every value of that
owner at once, in all tables (ADR 0002), and in every backup once the month's key is destroyed.
Sealed bytes are `version (1) | nonce (12) | AES-256-GCM ciphertext`, with the owner's id as
associated data: a value moved to another owner's row does not open. Wrapped keys are
`version (1) | month (6) | nonce (12) | ciphertext`; those of version 1 have no month and stand
under the master key alone.
"""

import hmac
import os
from collections import OrderedDict
from collections.abc import Collection, Iterable
from contextlib import suppress
from threading import Lock
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction

from audit import months
from audit.models import SubjectKey

Stored = bytes | memoryview  # a sealed value as it is made, or as the database returns it

_VERSION = b"\x01"
_UNDER_A_MONTH = b"\x02"
_MARK = 7  # bytes of a wrapped key that say under which month it stands
_NONCE = 12
_CACHE_SIZE = 10_000


class Erased(Exception):
    """The key of this person was destroyed; what was sealed under it cannot be opened any more."""


class NotAuthentic(Exception):
    """A sealed value was altered, moved to another owner, or belongs to another master key."""


def keyed_hash(purpose: str, text: str) -> bytes:
    """HMAC-SHA-256 (32 bytes) of `text` for look-ups; `purpose` keeps equal texts of two uses apart."""
    return hmac.digest(settings.HASH_KEY, f"{purpose}\x00{text}".encode(), "sha256")


def seal(owner: UUID, data: bytes) -> bytes:
    """Encrypt `data` under the owner's key, making the key when this is the owner's first value."""
    return Sealer.of(owner).seal(data)


def open_sealed(owner: UUID, sealed: Stored) -> bytes:
    """Decrypt what `seal` made for this owner. Raises `Erased` or `NotAuthentic`."""
    return Sealer.of(owner).open(sealed)


class Sealer:
    """Seals and opens for one owner."""

    __slots__ = ("_cipher", "_owner")

    def __init__(self, owner: UUID, key: bytes) -> None:
        self._owner = owner.bytes
        self._cipher = AESGCM(key)

    @classmethod
    def of(cls, owner: UUID) -> "Sealer":
        """The owner's sealer, from the cache, the table, or new. Raises `Erased`."""
        if months.is_erased(owner):  # the list wins over the table (Note [Written ahead])
            raise Erased
        return _cached(owner) or _remember(owner, _load_or_make(owner))

    def seal(self, data: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._cipher.encrypt(nonce, data, self._owner)

    def open(self, sealed: Stored) -> bytes:
        data = bytes(sealed)
        if data[:1] != _VERSION:
            raise NotAuthentic
        try:
            return self._cipher.decrypt(data[1 : 1 + _NONCE], data[1 + _NONCE :], self._owner)
        except InvalidTag as error:
            raise NotAuthentic from error


def sealers(owners: Collection[UUID]) -> dict[UUID, Sealer]:
    """The sealers of these owners, as `Sealer.of` each; the list of the erased is looked at once. Raises `Erased`."""
    if not months.erased().isdisjoint(owners):
        raise Erased
    return {owner: _cached(owner) or _remember(owner, _load_or_make(owner)) for owner in owners}


def new_key(owner: UUID) -> tuple[bytes, "Sealer"]:
    """A fresh wrapped key for bulk writers, who store it themselves, and its sealer."""
    key = AESGCM.generate_key(256)
    return _wrap(owner, key), Sealer(owner, key)


def load_many(owners: Iterable[UUID]) -> dict[UUID, "Sealer"]:
    """Sealers of owners that already have keys, in one query. Erased owners are absent."""
    wanted = set(owners) - months.erased()
    return _unwrapped(SubjectKey.objects.filter(pk__in=wanted, wrapped_key__isnull=False))


def load_and_hold(owners: Iterable[UUID]) -> dict[UUID, "Sealer"]:
    """As `load_many`, and nobody destroys these keys until the transaction ends.

    For whoever seals without a lock on the owner. Waits for an erasure that has begun (`audit.erasing.take_keys`).
    """
    found = _unwrapped(SubjectKey.objects.raw(_HELD, [list(owners)]))
    erased = months.erased()  # after the wait
    return {owner: sealer for owner, sealer in found.items() if owner not in erased}


_HELD = (  # shared: imports and all others who hold a key do not wait for each other
    "SELECT * FROM audit_subject_key WHERE subject_key = ANY(%s::uuid[]) AND wrapped_key IS NOT NULL"
    " ORDER BY subject_key FOR SHARE"
)


def _unwrapped(rows: Iterable[SubjectKey]) -> dict[UUID, "Sealer"]:
    found = {}
    for row in rows:
        if row.wrapped_key:
            with suppress(Erased):  # in a copy that is older than its month's key
                found[row.pk] = Sealer(row.pk, _unwrap(row.pk, row.wrapped_key))
    return found


# A transaction that rolls back takes a new key's row with it, and a cached key without a row
# would seal values that nobody can open again: so a key is remembered on commit only.
_cache: OrderedDict[UUID, Sealer] = OrderedDict()
_lock = Lock()


def forget(owner: UUID | None = None) -> None:
    """Drop one cached key, or all: after an erasure, and between tests."""
    with _lock:
        if owner is None:
            _cache.clear()
        else:
            _cache.pop(owner, None)


def _cached(owner: UUID) -> Sealer | None:
    with _lock:
        if owner in _cache:
            _cache.move_to_end(owner)
        return _cache.get(owner)


def _remember(owner: UUID, sealer: Sealer) -> Sealer:
    transaction.on_commit(lambda: _keep(owner, sealer))
    return sealer


def _keep(owner: UUID, sealer: Sealer) -> None:
    with _lock:
        _cache[owner] = sealer
        while len(_cache) > _CACHE_SIZE:
            _cache.popitem(last=False)


def _load_or_make(owner: UUID) -> Sealer:
    row = SubjectKey.objects.filter(pk=owner).first()
    if row is None:
        row, _ = SubjectKey.objects.get_or_create(pk=owner, defaults={"wrapped_key": new_key(owner)[0]})
    if row.wrapped_key is None:
        raise Erased
    return Sealer(owner, _unwrap(owner, row.wrapped_key))


def mark_of(month: str) -> bytes:
    """What a key wrapped in that month begins with. Marks sort as their months do, older ways of wrapping first."""
    return _UNDER_A_MONTH + month.encode("ascii")


def month_in(mark: Stored) -> str:
    """The month of a mark; empty for a key that stands under the master key alone."""
    mark = bytes(mark)
    return mark[1:_MARK].decode("ascii") if mark[:1] == _UNDER_A_MONTH else ""


def wrap_again(owner: UUID, wrapped: Stored) -> bytes:
    """The same key, wrapped under the present month's."""
    return _wrap(owner, _unwrap(owner, wrapped))


def _wrap(owner: UUID, key: bytes) -> bytes:
    month, nonce = months.current(), os.urandom(_NONCE)
    mark = mark_of(month)
    return mark + nonce + AESGCM(months.wrapping_key(month)).encrypt(nonce, key, owner.bytes + mark)


def _unwrap(owner: UUID, wrapped: Stored) -> bytes:
    """Raises `Erased` where the month's key was destroyed, `NotAuthentic`, or `months.MonthKeyLost`."""
    wrapped = bytes(wrapped)
    if wrapped[:1] == _UNDER_A_MONTH:
        mark, rest = wrapped[:_MARK], wrapped[_MARK:]
        try:
            outer = months.wrapping_key(month_in(mark))
        except months.MonthKeyDestroyed:
            raise Erased from None
    else:
        mark, rest, outer = b"", wrapped[1:], settings.MASTER_KEY
    try:
        return AESGCM(outer).decrypt(rest[:_NONCE], rest[_NONCE:], owner.bytes + mark)
    except InvalidTag as error:
        raise NotAuthentic from error
