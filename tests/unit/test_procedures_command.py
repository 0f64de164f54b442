"""`manage.py procedures`: listed, shown to a lawyer, checked. Needs no database."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from appeals.operations import consequences as handlers
from law import consequences, procedures


def run(*arguments: str) -> str:
    said = StringIO()
    call_command("procedures", *arguments, stdout=said)
    return said.getvalue()


def test_it_lists_every_procedure() -> None:
    listed = run()
    assert all(id in listed for id in procedures.procedures())
    assert [each["id"] for each in json.loads(run("--json"))] == list(procedures.procedures())


@pytest.mark.parametrize("id", procedures.procedures())
def test_one_is_shown_with_every_source_and_every_safeguard(id: str) -> None:
    page = run("--show", id)
    found = procedures.procedure(id)
    sources = [clock.cite for clock in found.clocks.values()] + [ground.cite for ground in found.grounds]
    assert all(cite.replace("|", "\\|") in page for cite in sources)
    assert all(safeguard.text.en in page for safeguard in found.safeguards.values())
    assert "Nothing is unanswered." in page
    assert json.loads(run("--show", id, "--json"))["id"] == id


def test_an_unknown_one_is_answered_with_what_exists() -> None:
    with pytest.raises(CommandError, match=r"no procedure 'gdpr'.*eu-gdpr-accuracy"):
        run("--show", "gdpr")


def test_the_shipped_law_is_all_right() -> None:
    assert "are all right" in run("--check")
    assert json.loads(run("--check", "--json"))["problems"] == []


def test_a_broken_file_fails_with_its_line(tmp_path: Path) -> None:
    text = (procedures.FOLDER / "redress-model.yaml").read_text(encoding="utf-8")
    (tmp_path / "redress-model.yaml").write_text(text.replace("unit: working_day", "unit: moon", 1), encoding="utf-8")
    line = text[: text.index("unit: working_day")].count("\n") + 1
    said = StringIO()
    with pytest.raises(CommandError, match="1 problems"):
        call_command("procedures", "--check", "--folder", str(tmp_path), stdout=said)
    assert f"redress-model.yaml:{line}: clocks.acknowledge.unit: " in said.getvalue()


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no folder"):
        run("--check", "--folder", str(tmp_path / "nothing"))


def test_a_consequence_without_its_handler_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {name: handler for name, handler in handlers.HANDLERS.items() if name != "report"}
    monkeypatch.setattr(handlers, "HANDLERS", table)
    said = StringIO()
    with pytest.raises(CommandError, match="1 problems"):
        call_command("procedures", "--check", stdout=said)
    assert "consequences.yaml: report: expected a handler" in said.getvalue()


def test_a_consequence_that_no_table_knows_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {name: handling for name, handling in consequences.handlers().items() if name != "tell_supervisor"}
    monkeypatch.setattr(consequences, "handlers", lambda: table)
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("procedures", "--check", stdout=said)
    assert "nothing handles tell_supervisor" in said.getvalue()
