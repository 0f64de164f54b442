"""Evidence files at rest."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appeals import vault
from audit import keys
from audit.ids import uuid7

OWNER, OTHER = uuid7(), uuid7()
CONTENT = b"A receipt of the court"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A vault of its own, and keys that need no database."""
    sealers = {owner: keys.Sealer(owner, AESGCM.generate_key(256)) for owner in (OWNER, OTHER)}
    monkeypatch.setattr(keys, "seal", lambda owner, data: sealers[owner].seal(data))
    monkeypatch.setattr(keys, "open_sealed", lambda owner, sealed: sealers[owner].open(sealed))
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    yield settings.EVIDENCE_DIR


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_stored_can_be_read_by_its_owners_key_only() -> None:
    evidence = uuid7()
    vault.store(OWNER, evidence, CONTENT)

    assert vault.read(OWNER, evidence) == CONTENT
    with pytest.raises(keys.NotAuthentic):
        vault.read(OTHER, evidence)


def test_nothing_on_the_disk_tells_content_or_owner(folder: Path) -> None:
    vault.store(OWNER, uuid7(), CONTENT)

    (path,) = files(folder)
    assert CONTENT not in path.read_bytes()
    assert OWNER.hex not in str(path)
    assert OWNER.bytes not in path.read_bytes()


def test_files_and_folders_are_for_us_alone_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0)
    try:
        vault.store(OWNER, uuid7(), CONTENT)
    finally:
        os.umask(before)

    (path,) = files(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(parent.stat().st_mode) for parent in path.parents[:3]} == {0o700}


def test_files_exchanged_on_the_disk_do_not_open(folder: Path) -> None:
    first, second = uuid7(), uuid7()
    vault.store(OWNER, first, CONTENT)
    vault.store(OWNER, second, b"Another file")
    one, two = files(folder)
    kept = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(kept)

    for evidence in (first, second):
        with pytest.raises(vault.Misplaced):
            vault.read(OWNER, evidence)


def test_an_altered_file_does_not_open(folder: Path) -> None:
    evidence = uuid7()
    vault.store(OWNER, evidence, CONTENT)
    (path,) = files(folder)
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))

    with pytest.raises(keys.NotAuthentic):
        vault.read(OWNER, evidence)


def test_a_stored_file_is_never_overwritten() -> None:
    evidence = uuid7()
    vault.store(OWNER, evidence, CONTENT)

    with pytest.raises(FileExistsError):
        vault.store(OWNER, evidence, b"Something else")
    assert vault.read(OWNER, evidence) == CONTENT


def test_destroying_removes_the_file_and_can_be_repeated(folder: Path) -> None:
    evidence = uuid7()
    vault.store(OWNER, evidence, CONTENT)

    vault.destroy(OWNER, evidence)
    vault.destroy(OWNER, evidence)

    assert files(folder) == []
    with pytest.raises(vault.Missing):
        vault.read(OWNER, evidence)


def test_a_full_disk_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    vault.store(OWNER, uuid7(), CONTENT)
    before = files(folder)
    monkeypatch.setattr(os, "fsync", no_space)

    with pytest.raises(OSError, match="No space"):
        vault.store(OWNER, uuid7(), CONTENT)
    assert files(folder) == before


def test_all_stored_files_can_be_listed() -> None:
    evidence = {uuid7() for _ in range(20)}
    for one in evidence:
        vault.store(OWNER, one, CONTENT)

    assert set(vault.stored()) == evidence


def test_an_empty_vault_lists_nothing() -> None:
    assert list(vault.stored()) == []


def test_the_files_of_one_month_spread_over_many_folders(folder: Path) -> None:
    for _ in range(200):
        vault.store(OWNER, uuid7(), b"")

    assert len({path.parent.parent for path in files(folder)}) > 50
