"""What a programme file may say about who somebody is."""

from collections.abc import Mapping
from datetime import date

import pytest

from accounts import identifiers
from records import catalogue
from records.catalogue.matching import Matching, matching_problems


def problems(schemes: list[str], **rules: Mapping[str, object]) -> list[str]:
    numbers = {name.replace("_", "-"): rule for name, rule in rules.items()}
    matching = Matching.model_validate({"numbers": numbers})
    return [f"{'.'.join(map(str, key))}: {text}" for key, text in matching_problems(matching, schemes)]


def test_every_programme_has_a_rule_for_each_of_its_numbers() -> None:
    for programme in catalogue.programmes().values():
        assert set(programme.matching.numbers) == set(programme.identifiers)


def test_a_number_without_a_rule_is_told() -> None:
    assert "says nothing of passport" in problems(["cn-resident-id", "passport"], cn_resident_id={})[0]


def test_a_rule_for_a_number_of_another_programme_is_told() -> None:
    assert "is none of this programme" in problems(["passport"], passport={}, lei={})[0]


@pytest.mark.parametrize("rule", [{"identifies": "with"}, {"agree": ["name"]}])
def test_second_facts_stand_exactly_where_they_are_asked_for(rule: dict[str, object]) -> None:
    assert "expected facts exactly where" in problems(["passport"], passport=rule)[0]


def test_nobody_is_known_by_four_digits_alone() -> None:
    assert "belongs to several people" in problems(["us-ssn"], us_ssn={"identifies": "alone"})[0]
    only_one = {"identifies": "with", "agree": ["birth_date"]}
    assert "belongs to several people" in problems(["us-ssn"], us_ssn=only_one)[0]


def test_no_organisation_is_asked_for_its_birth_date() -> None:
    rule = {"identifies": "with", "agree": ["birth_date"]}
    assert "its birth date" in problems(["cn-uscc"], cn_uscc=rule)[0]


def test_a_fact_other_than_name_and_birth_date_is_refused() -> None:
    with pytest.raises(ValueError, match="birth_date"):
        Matching.model_validate({"numbers": {"passport": {"must_not_differ": ["address"]}}})


@pytest.mark.parametrize("fact", ["name", "birth_date"])
def test_a_fact_is_no_number_and_identifies_nobody(fact: str) -> None:
    matching = Matching.model_validate({"numbers": {"passport": {}, fact: {"identifies": "alone"}}})
    assert [key for key, _ in matching_problems(matching, ["passport"])] == [("numbers", fact)]


def test_numbers_of_the_standards_pass_their_checks() -> None:
    """The examples that GB 11643 and GB 32100 are usually explained with."""
    today = date(2026, 11, 22)
    assert identifiers.check("cn-resident-id", "11010519491231002X", today=today).birth_date == date(1949, 12, 31)
    assert identifiers.check("cn-uscc", "91350100M000100Y43", today=today).value == "91350100M000100Y43"
    for scheme, wrong in (("cn-resident-id", "110105194912310021"), ("cn-uscc", "91350100M000100Y44")):
        with pytest.raises(identifiers.IdentifierRefused):
            identifiers.check(scheme, wrong, today=today)
