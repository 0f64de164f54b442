"""The rules by which procedure files give the safeguards of due process, run for every file that gives one."""

import re
from datetime import date
from typing import Any

import pytest

from law import lint, procedures, rules
from law.procedure import Procedure
from records import catalogue

START = date(2026, 11, 2)


def _given(name: rules.SafeguardName) -> list[Any]:
    """Each file that gives this safeguard, and by which rule."""
    found = [(procedure, procedure.safeguards[name].given_by) for procedure in procedures.procedures().values()]
    return [pytest.param(procedure, path, id=procedure.id) for procedure, path in found if path is not None]


def _rule(procedure: Procedure, path: str) -> Any:
    rule = procedure.rule_at(path)
    assert rule is not None
    assert rule.acts_for_person()
    return rule


@pytest.mark.parametrize(("procedure", "path"), _given("notice"))
def test_a_filed_case_is_acknowledged_with_what_happens_and_when(procedure: Procedure, path: str) -> None:
    said = _rule(procedure, path).contains
    assert {"what_happens_next", "due_date"} <= set(said) or "next_tier" in said


@pytest.mark.parametrize(("procedure", "path"), _given("reasons"))
def test_a_decision_states_its_reasons(procedure: Procedure, path: str) -> None:
    assert "reasons" in _rule(procedure, path).contains


@pytest.mark.parametrize(("procedure", "path"), _given("evidence_access"))
def test_what_a_decision_rests_on_is_told_or_opened(procedure: Procedure, path: str) -> None:
    _rule(procedure, path)
    assert "evidence_used" in procedure.notices["decided"].contains


@pytest.mark.parametrize(("procedure", "path"), _given("on_the_record"))
def test_a_decision_on_the_record_names_its_evidence(procedure: Procedure, path: str) -> None:
    _rule(procedure, path)
    assert "evidence_used" in procedure.notices["decided"].contains


@pytest.mark.parametrize("programme", catalogue.programmes().values(), ids=lambda programme: programme.id)
def test_no_programme_holds_that_somebody_disputed(programme: catalogue.Programme) -> None:
    named = [*programme.types, *(field for type_ in programme.types.values() for field in type_.fields)]
    assert not [name for name in named if re.search("disput|appealed|complain|grievance|objection", name)]


@pytest.mark.parametrize(("procedure", "path"), _given("representation"))
def test_representation_is_by_a_rule_of_standing_or_a_promise(procedure: Procedure, path: str) -> None:
    rule = _rule(procedure, path)
    assert path == "guarantees.representation" or rule.capacity not in ("self", "company")


@pytest.mark.parametrize(("procedure", "path"), _given("other_decider"))
def test_another_decider_is_a_second_person_or_another_body(procedure: Procedure, path: str) -> None:
    rule = _rule(procedure, path)
    if isinstance(rule, rules.Tier):
        assert rule.reviewer != "holder" or "not_original_decider" in rule.reviewer_rules
    else:
        assert procedure.needs_second_person


@pytest.mark.parametrize(("procedure", "path"), _given("time_limit"))
def test_a_time_limit_is_a_clock_that_gives_a_date(procedure: Procedure, path: str) -> None:
    due = procedures.due_for(procedure, path.removeprefix("clocks."), START)
    assert START <= due.earliest <= due.latest


@pytest.mark.parametrize(("procedure", "path"), _given("higher_tier"))
def test_a_higher_tier_stands_above_the_first(procedure: Procedure, path: str) -> None:
    above = procedure.next_tier(procedure.tiers[0].id)
    assert above is not None
    assert _rule(procedure, path).id in {tier.id for tier in procedure.tiers[1:]}


@pytest.mark.parametrize(("procedure", "path"), _given("effective_remedy"))
def test_an_effective_remedy_reaches_others(procedure: Procedure, path: str) -> None:
    _rule(procedure, path)
    assert any(ground.remedies for ground in procedure.grounds)
    assert path.startswith(("guarantees.propagation", "propagation", "remedies", "clocks.correct"))


@pytest.mark.parametrize(("procedure", "path"), _given("free_and_open"))
def test_a_free_procedure_has_no_fee(procedure: Procedure, path: str) -> None:
    _rule(procedure, path)
    assert procedure.is_free or (procedure.fee is not None and procedure.fee.kind != "loser_pays")


def test_each_benchmark_has_tests_that_exist() -> None:
    benchmarks = lint.benchmarks()
    assert set(benchmarks) == set(rules.SAFEGUARDS)
    assert all(benchmark.tested_by for benchmark in benchmarks.values())
    for procedure in procedures.procedures().values():
        assert list(lint.untested(procedure)) == []
