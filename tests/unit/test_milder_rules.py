"""What a later version makes milder for cases that run already, and what it may not name."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from law import milder, procedures, rules
from law.procedure import Procedure
from tests.laws import READ, next_version

BEGINS = date(2026, 11, 4)
PATHS = ["clocks.cure", "clocks.resume_after_service", "tiers.second.file_by", "approval"]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Procedure:
    """A version that gives twice the time, asks for a second person, and decides sooner, of which it says nothing."""
    old = procedures.procedure("redress-model").model_dump(exclude_unset=True)
    clocks = {**old["clocks"], "decide": {**old["clocks"]["decide"], "length": 5}}
    for name in ("cure", "resume_after_service"):
        clocks[name] = {**clocks[name], "length": 20}
    first, second, *above = old["tiers"]
    second = {**second, "file_by": {**second["file_by"], "length": 60}}
    tiers = [first, second, *above]
    return next_version(monkeypatch, "redress-model", BEGINS, clocks=clocks, tiers=tiers, milder=PATHS)


def test_a_case_has_what_is_milder_and_keeps_the_rest(later: Procedure) -> None:
    filed = procedures.procedure("redress-model", 1)
    names = ("cure", "resume_after_service", "review_file_by", "decide")
    before = [filed.timer(name).term.length for name in names]  # which are then known, and not used for the other
    eased = procedures.procedure("redress-model", 1, milder=2)
    assert [eased.timer(name).term.length for name in names] == [20, 20, 60, before[3]]
    assert [filed.timer(name).term.length for name in names] == before
    assert (eased.version, filed.rule_at("clocks.cure")) != (1, eased.rule_at("clocks.cure"))
    assert procedures.procedure("redress-model", 1) is filed


@pytest.mark.parametrize(("hour", "known"), [(15, None), (16, 2)])
def test_it_begins_with_the_first_day_of_the_later_version(hour: int, known: int | None, later: Procedure) -> None:
    assert procedures.milder_since("redress-model", datetime(2026, 11, 3, hour, tzinfo=UTC)) == known
    assert procedures.milder_since("cn-pipl", datetime(2026, 11, 4, tzinfo=UTC)) is None


def test_a_version_in_between_stays_milder(monkeypatch: pytest.MonkeyPatch, later: Procedure) -> None:
    clocks = dict(later.model_dump(exclude_unset=True)["clocks"])
    clocks["cure"] = {**clocks["cure"], "length": 7}
    next_version(monkeypatch, "redress-model", date(2026, 12, 1), clocks=clocks, milder=["approval"])
    for last in (2, 3):
        found = procedures.procedure("redress-model", 1, milder=last).clock("cure")
        assert found
        assert found.length == 20


def test_milder_than_the_version_before_may_be_harsher_than_that_of_the_filing(
    monkeypatch: pytest.MonkeyPatch, later: Procedure
) -> None:
    clocks = dict(later.model_dump(exclude_unset=True)["clocks"])
    for number, length in ((3, 7), (4, 15)):
        clocks["cure"] = {**clocks["cure"], "length": length}
        named = ["clocks.cure"] if number == 4 else []
        next_version(monkeypatch, "redress-model", date(2026, 12, number), clocks=clocks, milder=named)
    lengths = [procedures.procedure("redress-model", filed, milder=4).timer("cure").term.length for filed in (1, 2, 3)]
    assert lengths == [20, 20, 15]


def test_only_what_can_become_better_may_be_named() -> None:
    assert all(map(milder.may_govern, PATHS))
    for path in ("clocks.decide", "clocks.file_by", "interim.suspend_measures", "tiers.second", "tiers.second.decide"):
        assert not milder.may_govern(path), path


CURE = "  cure: {start: informed, length: 10, unit: working_day"


@pytest.mark.parametrize(
    ("named", "old", "new", "said"),
    [
        ("clocks.cure", CURE, CURE.replace("10", "12"), ""),
        ("clocks.cure", CURE, CURE.replace("10", "9"), "clocks.cure is shorter than before; expected 10 or more"),
        (
            "clocks.cure",
            CURE,
            CURE.replace("working_day", "month"),
            "clocks.cure has another unit, so that nobody can tell",
        ),
        ("clocks.cure", CURE, CURE.replace("informed", "received"), "clocks.cure has another start"),
        ("clocks.decide", "x", "x", "clocks.decide cannot be changed for cases that run already"),
    ],
)
def test_what_is_not_milder_is_refused_with_file_and_line(
    named: str, old: str, new: str, said: str, tmp_path: Path
) -> None:
    text = (procedures.FOLDER / "redress-model.yaml").read_text(encoding="utf-8")
    ended = text.replace("valid_from: 2026-01-01", "valid_from: 2026-01-01\nvalid_to: 2026-06-30")
    later = text.replace("version: 1", "version: 2\nsupersedes: {id: redress-model, version: 1}")
    later = later.replace("valid_from: 2026-01-01", f"valid_from: 2026-07-01\nmilder: [{named}]").replace(old, new)
    (tmp_path / "redress-model@1.yaml").write_text(ended, encoding="utf-8")
    (tmp_path / "redress-model.yaml").write_text(later, encoding="utf-8")
    problems = procedures.check_all(tmp_path)
    line = later[: later.index("milder:")].count("\n") + 1
    about = [each for each in problems if ": milder" in each]
    assert bool(about) is bool(said)
    if said:
        assert about[0].startswith(f"redress-model.yaml:{line}: milder.0: {said}")


def test_what_was_not_read_or_replaces_nothing_governs_no_running_case(later: Procedure) -> None:
    filed = procedures.procedure("redress-model", 1)

    def refused(**approval: Any) -> list[str]:
        wrong = Procedure.model_validate({**later.model_dump(exclude_unset=True), "approval": {**READ, **approval}})
        return list(milder.why_not("approval", filed, wrong))

    assert refused(second_person=True) == []
    assert refused(second_person=False) == ["approval asks for no second person; expected that it does"]
    unread = {"evidence": "unread", "adopted_by": "the court", "adopted_on": BEGINS}
    assert refused(second_person=True, **unread) == ["approval was not read; what governs running cases has to be"]
    never_closed = {**filed.model_dump(exclude_unset=True)["clocks"]["cure"], "evidence": "unread"}
    before = filed.with_rule("clocks.cure", rules.Clock.model_validate(never_closed))
    assert list(milder.why_not("clocks.cure", before, later)) == [
        "clocks.cure was not read before, so that nothing is milder than it"
    ]
    gone = filed.model_copy(update={"clocks": {}})
    assert "has no clocks.cure" in next(milder.why_not("clocks.cure", gone, later))


def test_nothing_is_milder_than_another_procedure(tmp_path: Path) -> None:
    text = (procedures.FOLDER / "redress-model.yaml").read_text(encoding="utf-8")
    alone = text.replace("case_version:", "milder: [clocks.cure]\ncase_version:", 1)
    (tmp_path / "redress-model.yaml").write_text(alone, encoding="utf-8")
    (problem,) = procedures.check_all(tmp_path)
    assert "milder: nothing runs under an older version; expected supersedes to name one of redress-model" in problem
