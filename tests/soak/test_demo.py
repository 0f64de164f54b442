"""The demonstration for real, twice: what it writes names nobody, its data agree, and a second start keeps them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from redress import reset
from redress.demo import people, play
from tests.processes import ROOT, free_port

pytestmark = pytest.mark.soak


def manage(var: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("REDRESS_", "DATABASE_", "DJANGO_", "CELERY_"))}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**kept, "REDRESS_VAR": str(var)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def play_in(var: Path) -> "subprocess.CompletedProcess[str]":
    """The whole play, on a port of its own: tests of the default port need that for themselves."""
    return manage(var, "demo", "--exit", "--port", str(free_port()))


def personal_values() -> Iterator[str]:
    """What the examples and the play say about people."""
    yield from (play.WORDS, play.REASONS, people.PERSON_EMAIL, play.CASE_NUMBER)
    for path in (ROOT / "examples").glob("*.jsonl"):
        for text in path.read_text(encoding="utf-8").splitlines():
            line: dict[str, Any] = json.loads(text)
            subject = line["subject"]
            yield from (subject["name"], *(each["value"] for each in subject["identifiers"] if len(each["value"]) > 5))
            yield from filter(None, (subject.get("birth_date"), (subject.get("contact") or {}).get("email")))
            yield from (value for value in line["values"].values() if isinstance(value, str) and len(value) > 12)


def test_the_demo_plays_writes_no_names_and_starts_again_on_what_it_kept(tmp_path: Path) -> None:
    var = tmp_path / "var"
    first = play_in(var)
    assert first.returncode == 0, first.stdout + first.stderr
    checked = manage(var, "check_integrity")
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout

    second = play_in(var)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "imported by an earlier start" in second.stdout
    assert "played by an earlier start" in second.stdout

    written = {path.name: path.read_text() for path in [*(var / "logs").iterdir(), var / "pg.log"]}
    assert {"web.log", "worker.log", "beat.log", "pg.log"} <= set(written)
    assert '"event": "request"' in written["web.log"]
    assert '"event": "mail_sent"' in written["worker.log"]
    values = set(personal_values())
    assert len(values) > 100
    found = [(name, value) for name, text in written.items() for value in values if value in text]
    assert found == []
    assert not [line for text in written.values() for line in text.splitlines() if "Traceback" in line]


def test_after_a_reset_the_demo_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    var = tmp_path / "var"
    assert play_in(var).returncode == 0
    monkeypatch.setenv("REDRESS_VAR", str(var))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _question: "yes")
    reset.main()
    again = play_in(var)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "earlier start" not in again.stdout
    assert "The play ended well" in again.stdout
