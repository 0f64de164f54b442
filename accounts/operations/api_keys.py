"""Keys of other systems: `rd_<prefix>_<secret>`, shown once, of which only a hash is kept."""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.actors import Actor, ActorKind
from accounts.models import ApiKey, Organisation, Scope, User
from audit import operations as audit

_PREFIX_LENGTH: Final = 10
_PREFIX_LETTERS: Final = string.ascii_lowercase + string.digits
_SECRET_BYTES: Final = 32  # 43 characters; no key stretching is needed for so much chance
_FORM: Final = re.compile(r"rd_([a-z0-9]{10})_([A-Za-z0-9_-]{43})")
_NO_HASH: Final = bytes(32)


class KeyRefused(ValueError):
    """A key needs at least one scope, one programme, and an end that lies ahead."""


class UnknownKey(Exception):
    """There is no key with this prefix."""


@transaction.atomic
def issue_key(
    *,
    organisation: Organisation,
    scopes: Collection[Scope],
    programmes: Collection[str],
    issued_by: User | None,
    expires_at: datetime,
    by: Actor,
    at: datetime,
) -> tuple[ApiKey, str]:
    """A new key and its text, which is never to be had again. `issued_by` answers for what comes in by it.

    Raises `KeyRefused`.
    """
    if not scopes or not programmes or expires_at <= at or not set(scopes) <= set(Scope):
        raise KeyRefused
    prefix = "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(_PREFIX_LENGTH))
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    key = ApiKey.objects.create(
        prefix=prefix,
        secret_hash=_hash(secret),
        organisation=organisation,
        scopes=sorted(scopes),
        programmes=sorted(set(programmes)),
        issued_by=issued_by,
        issued_at=at,
        expires_at=expires_at,
    )
    said = f"{' '.join(key.scopes)} for {' '.join(key.programmes)}"
    facts = {"key": str(key.pk), "scopes": said}
    audit.record("key.issued", by=by.signature(organisation.pk), at=at, facts=facts)
    return key, f"rd_{prefix}_{secret}"


@transaction.atomic
def revoke_key(*, prefix: str, by: Actor, at: datetime) -> ApiKey:
    """End a key at once; one that has ended stays as it was. Raises `UnknownKey`."""
    key = ApiKey.objects.select_for_update(no_key=True).filter(prefix=prefix).first()
    if key is None:
        raise UnknownKey
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        audit.record("key.revoked", by=by.signature(key.organisation_id), at=at, facts={"key": str(key.pk)})
    return key


def authenticate_key(text: str, at: datetime) -> Actor | None:
    """The system that this key belongs to, or None for any other text. One query; the secret in constant time."""
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    prefix, secret = form.groups()
    key = ApiKey.objects.filter(prefix=prefix).first()
    is_right = hmac.compare_digest(bytes(key.secret_hash) if key else _NO_HASH, _hash(secret))
    return _actor(key, at) if key and is_right else None


def actor_of_key(key_id: UUID, at: datetime) -> Actor | None:
    """The system of a key that was shown before, for what it left to be done; None once the key has ended."""
    return _actor(ApiKey.objects.get(pk=key_id), at)


def _actor(key: ApiKey, at: datetime) -> Actor | None:
    if key.revoked_at is not None or key.expires_at <= at:
        return None
    return Actor(
        ActorKind.SYSTEM,
        user_id=key.issued_by_id,
        organisation_id=key.organisation_id,
        key_id=key.pk,
        scopes=frozenset(key.scopes),
        programmes=frozenset(key.programmes),
    )


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
