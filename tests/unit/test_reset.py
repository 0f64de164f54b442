"""`make demo-reset`: asks first, and then leaves nothing that a run of the service has written."""

import fcntl
from pathlib import Path

import pytest
from django.conf import settings

from redress import reset
from redress.demo import people

# What a service that was stopped leaves under var/.
WRITTEN = (
    "pg.log", "pg.lock", "pg.users.json", "keys/master_key", "evidence/a", "exports/a", "uploads/a", "mail/a",
    "imports/a", "logs/web.log", "log/state", "up.json", "beat.dat", "worker.alive", people.Secrets.path().name,
)  # fmt: skip


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REDRESS_VAR", str(tmp_path))
    for name in (*WRITTEN, "static/redress.css"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def answer(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _question: typed)


def test_yes_removes_all_that_was_written_and_keeps_what_was_built(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "yes")
    reset.main()
    assert [path.name for path in var.iterdir()] == ["static"]


@pytest.mark.parametrize("typed", ["", "no", "y"])
def test_anything_but_yes_removes_nothing(var: Path, monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    answer(monkeypatch, typed)
    with pytest.raises(SystemExit, match="Nothing was removed"):
        reset.main()
    assert all((var / name).exists() for name in WRITTEN)


def test_without_a_terminal_nothing_is_removed(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(SystemExit, match="no terminal"):
        reset.main()
    assert all((var / name).exists() for name in WRITTEN)


def test_data_in_use_are_not_removed(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "yes")
    with (var / "up.json").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(SystemExit, match="running on this data"):
            reset.main()
    assert all((var / name).exists() for name in WRITTEN)


@pytest.mark.parametrize("setting", ["EVIDENCE_DIR", "EXPORT_DIR", "UPLOAD_DIR", "EMAIL_FILE_PATH", "AUDIT_SIGNER_DIR"])
def test_every_folder_with_data_is_among_what_is_removed(
    var: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    answer(monkeypatch, "yes")
    folder = var / Path(getattr(settings, setting)).name
    folder.mkdir(exist_ok=True)
    reset.main()
    assert not folder.exists()
