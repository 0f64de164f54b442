"""Evidence files at rest, encrypted under the key of the person whose case it is: `audit.vault` says how."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings

from audit.vault import Misplaced, Missing, Vault

__all__ = ["Misplaced", "Missing", "destroy", "is_there", "read", "store", "stored"]


def store(owner: UUID, evidence_id: UUID, data: bytes) -> None:
    """Write `data`, on the disk when this returns. Raises FileExistsError for an id that has its file.

    Call in the transaction that stores the row. If it rolls back, the file is left over: `stored` finds it.
    """
    _vault().store(owner, evidence_id, data)


def read(owner: UUID, evidence_id: UUID) -> bytes:
    """The content. Raises `Missing`, `Misplaced`, or what `audit.keys.open_sealed` raises."""
    return _vault().read(owner, evidence_id)


def is_there(evidence_id: UUID) -> bool:
    """Whether a file is stored, unopened."""
    return _vault().is_there(evidence_id)


def destroy(_owner: UUID, evidence_id: UUID) -> None:
    """Remove the file, if it is still there. Call after the commit that makes it superfluous."""
    _vault().destroy(evidence_id)


def stored() -> Iterator[UUID]:
    """Ids of all stored files, for finding those that no row knows."""
    return _vault().stored()


def _vault() -> Vault:
    return Vault(Path(settings.EVIDENCE_DIR))
