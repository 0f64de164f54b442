"""Secrets: given by the environment, or made once for the embedded database, never defaulted."""

from pathlib import Path

import pytest

from redress import keyring


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDRESS_SECRET_KEY", raising=False)
    monkeypatch.delenv("REDRESS_MASTER_KEYS", raising=False)


def test_there_is_no_default_without_a_folder() -> None:
    assert keyring.secret_key(None) == ""
    assert keyring.master_keys(None) == (b"", b"")


def test_made_secrets_stay_the_same_and_are_for_the_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = (keyring.secret_key(folder), keyring.master_keys(folder))
    assert (keyring.secret_key(folder), keyring.master_keys(folder)) == first
    assert len(first[0]) >= 32
    assert [len(key) for key in first[1]] == [32, 32]
    assert first[1][0] != first[1][1]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_given_keys_come_before_made_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_MASTER_KEYS", f"{keyring.fresh()}, {keyring.fresh()}")
    given = keyring.master_keys(tmp_path / "keys")
    assert given == keyring.master_keys(None)
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("text", ["", "x", "x,y", "c2hvcnQ=,c2hvcnQ=", pytest.param(keyring.fresh(), id="one"), "é,é"])
def test_keys_that_are_not_right_are_no_keys(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_MASTER_KEYS", text)
    assert keyring.master_keys(None) == (b"", b"")
