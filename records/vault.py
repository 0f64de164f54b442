"""Copies for people at rest: encrypted under the key of the person whose copy it is (`audit.vault`)."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings

from audit.vault import Misplaced, Missing, Vault

__all__ = ["Misplaced", "Missing", "destroy", "read", "store", "stored"]


def store(owner: UUID, file_id: UUID, data: bytes) -> None:
    """Write one file. Raises FileExistsError for an id that has its file."""
    _vault().store(owner, file_id, data)


def read(owner: UUID, file_id: UUID) -> bytes:
    """The content. Raises `Missing`, `Misplaced`, or what `audit.keys.open_sealed` raises."""
    return _vault().read(owner, file_id)


def destroy(file_id: UUID) -> None:
    """Remove the file, if it is still there. Call after the commit that makes it superfluous."""
    _vault().destroy(file_id)


def stored() -> Iterator[UUID]:
    """Ids of all stored files, for finding those that no row knows."""
    return _vault().stored()


def _vault() -> Vault:
    return Vault(Path(settings.EXPORT_DIR))
