"""A second start of the demo: on what the first one left, on a new database, and after a play that was cut off."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.operations import second_factor
from redress.demo import people, play
from redress.demo.play import Play

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_what_was_noted_of_another_database_counts_for_nothing() -> None:
    known = people.Secrets(password="of-the-old-one", imported=True, reference="RD-0000-0000", played=True)
    people.engage(known, at=timezone.now())
    assert User.objects.get(email=people.SEATS[0][0]).check_password(known.password)
    assert (known.imported, known.reference, known.played) == (False, "", False)
    assert people.Secrets.load() == known


def test_who_works_here_already_is_left_alone() -> None:
    people.engage(known := people.Secrets(), at=timezone.now())
    people.engage(again := people.Secrets.load(), at=timezone.now())
    assert again == known
    assert User.objects.filter(email=people.SEATS[0][0]).count() == 1


@pytest.mark.parametrize(
    ("played", "said"), [(True, "was played by an earlier start"), (False, "stopped in the middle of the dispute")]
)
def test_a_case_is_not_filed_twice_and_a_play_cut_off_is_not_said_to_have_ended(played: bool, said: str) -> None:
    lines: list[str] = []
    known = people.Secrets(password="x", imported=True, reference="RD-0000-0000", played=played)
    assert Play("http://127.0.0.1:1", known, lines.append).run() is played  # nobody listens there
    assert said in " ".join(lines)
    assert "/cases/RD-0000-0000/" in " ".join(lines)


def test_a_code_that_is_about_to_change_is_not_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = iter([second_factor.Code("111111", 3), second_factor.Code("222222", 30)])
    waited: list[float] = []
    monkeypatch.setattr(second_factor, "current_code", lambda _email, *, at: next(shown))
    monkeypatch.setattr("time.sleep", waited.append)
    assert play._code_of("somebody@office.example") == "222222"
    assert waited == [3]
