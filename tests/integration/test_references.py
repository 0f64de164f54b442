"""The reference pages: written from the code, checked, and named when they are not up to date."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from appeals.workflow import FINAL, STEPS
from law import procedures
from redress import references
from redress.references import NoRule

NAMES = {"workflow.md", "access.md", "events.md", "glossary.md", "programme.schema.json", "procedure.schema.json"}
NAMES |= {"export.schema.json"}
NAMES |= {f"procedures/{id}.md" for id in ("README", *procedures.procedures())}


def run(folder: Path, *more: str) -> str:
    said = StringIO()
    call_command("references", "--folder", str(folder), *more, stdout=said)
    return said.getvalue()


@pytest.mark.soak  # `make check` asks the same
@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_committed_file_is_up_to_date(name: str) -> None:
    written = (Path(settings.BASE_DIR) / "docs" / "reference" / name).read_text()
    assert written == references.references()[name], "run `python manage.py references`"


def test_it_writes_every_file_and_then_none(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    count = len(NAMES)
    assert run(folder).startswith(f"{count} of {count} files written")
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == NAMES
    assert run(folder).startswith(f"0 of {count} files written")
    assert f"{count} files are up to date" in run(folder, "--check")


def test_no_page_is_left_of_a_procedure_that_is_gone() -> None:
    pages = (Path(settings.BASE_DIR) / "docs" / "reference" / "procedures").glob("*.md")
    assert {f"procedures/{path.name}" for path in pages} <= NAMES


def test_check_names_the_file_shows_the_difference_and_writes_nothing(tmp_path: Path) -> None:
    run(tmp_path)
    (tmp_path / "workflow.md").write_text("old\n")
    (tmp_path / "events.md").unlink()
    with pytest.raises(CommandError, match=r"workflow\.md, events\.md\. Run"):
        run(tmp_path, "--check")
    assert (tmp_path / "workflow.md").read_text() == "old\n"
    assert not (tmp_path / "events.md").exists()


def test_an_address_without_a_rule_stops_the_page() -> None:
    with pytest.raises(NoRule, match="new-page does not say who may open it"):
        _ = references.Address("new/", "new-page", lambda request: None).open_to


def test_a_word_without_its_code_stops_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "glossary.yaml"
    monkeypatch.setattr(references, "GLOSSARY", wrong)
    for code in ("appeals.models.Gone", "nowhere.at.all"):
        wrong.write_text(f"- {{word: x, zh: x, code: {code}, meaning: x}}\n")
        with pytest.raises(LookupError, match=code):
            references.glossary()


def test_the_diagram_has_every_state_and_step() -> None:
    text = references.workflow()
    for line in ("filed --> in_review : take", "awaiting_approval --> decided : approve", "closed --> [*]"):
        assert line in text
    assert text.count(" --> ") == len(STEPS) + 1 + len(FINAL)


def test_tables_hold_what_would_break_them() -> None:
    assert references._table(["a"], [["x|y"]]) == ["| a |", "| --- |", "| x\\|y |"]
