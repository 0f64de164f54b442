"""Small JSON documents of the person's words and the official's reasons, sealed under the person's key."""

import json
from typing import Any
from uuid import UUID

from audit import keys
from audit.keys import Erased, NotAuthentic

__all__ = ["Erased", "NotAuthentic", "seal", "unseal"]


def seal(subject_id: UUID, **document: Any) -> bytes:
    """Seal keyword values as one document."""
    return keys.seal(subject_id, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


def unseal(subject_id: UUID, sealed: keys.Stored | None) -> dict[str, Any]:
    """What `seal` made; an empty document for nothing."""
    if sealed is None:
        return {}
    document: dict[str, Any] = json.loads(keys.open_sealed(subject_id, sealed))
    return document
