"""From a keeping rule and a record to the last day."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import catalogue
from records.catalogue import FileProblems, Retention
from records.catalogue.durations import later

COURT = catalogue.programme("cn-court-defaulters")
LISTING = COURT.types["court_listing"].retention[0]


def last(rule: Retention, **said: Any) -> date | None:
    given = {"values": {}, "provenance": {}, "valid_from": None, "valid_to": None, **said}
    return catalogue.last_day(rule, **given)


def rule(programme: str, type_: str) -> Retention:
    return catalogue.programme(programme).types[type_].retention[0]


def test_two_years_count_from_the_listing() -> None:
    listed = {"valid_from": date(2024, 3, 1), "values": {"conduct": "property_report"}}
    assert last(LISTING, **listed) == date(2026, 3, 1)


def test_an_extension_that_nothing_states_is_not_assumed() -> None:
    listed = {"valid_from": date(2024, 3, 1), "values": {"conduct": "forged_or_violent"}}
    assert last(LISTING, **listed) == date(2026, 3, 1)


def test_a_stated_end_counts_as_far_as_the_rule_lets_it() -> None:
    def listed(until: str) -> date | None:
        values = {"conduct": "forged_or_violent", "term_until": until}
        return last(LISTING, valid_from=date(2024, 3, 1), values=values)

    assert listed("2025-01-01") == date(2025, 1, 1)
    assert listed("2028-06-30") == date(2028, 6, 30)
    assert listed("2199-12-31") == date(2029, 3, 1)


def test_who_is_listed_until_they_pay_has_no_day_before_the_court_says_one() -> None:
    values = {"conduct": "refuses_though_able"}
    assert last(LISTING, valid_from=date(2024, 3, 1), values=values) is None
    assert last(LISTING, valid_from=date(2024, 3, 1), valid_to=date(2025, 5, 5), values=values) == date(2025, 5, 5)


def test_an_extension_without_an_event_is_always_added() -> None:
    values = {"first_delinquent_on": "2019-01-31"}
    assert last(rule("us-credit-file", "collection"), values=values) == later(date(2026, 1, 31), "P180D")


def test_an_account_that_was_never_late_has_no_end() -> None:
    assert last(rule("us-credit-file", "tradeline"), values={"status": "current"}) is None


def test_a_face_match_goes_after_thirty_days() -> None:
    said = {"provenance": {"collected_at": "2026-10-20T23:30:00+08:00"}}
    assert last(rule("cn-jaywalking", "face_event"), **said) == date(2026, 11, 19)


def test_a_day_that_cannot_be_read_is_no_day() -> None:
    assert last(rule("us-credit-file", "inquiry"), values={"at": "soon"}) is None


@given(st.dates(date(1900, 1, 1), date(2150, 1, 1)), st.integers(0, 30), st.integers(0, 30), st.integers(0, 400))
def test_later_is_never_earlier_and_grows_with_every_part(day: date, years: int, months: int, days: int) -> None:
    found = later(day, f"P{years}Y{months}M{days}D")
    assert found >= day
    assert later(day, f"P{years}Y{months}M{days + 1}D") > found
    assert later(day, f"P{years + 1}Y{months}M{days}D") > found


MINIMAL = Path(catalogue.FOLDER / "cn-jaywalking.yaml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("counted_from: [values.decided_on]", "counted_from: [values.kind]", "is no day of this type"),
        ("counted_from: [values.decided_on]", "counted_from: [provenance.batch]", "is no day of this type"),
        ("counted_from: [values.decided_on]", "counted_from: []", "expected `counted_from` exactly where"),
        ("counted_from: [values.shown_from]", "counted_from: [values.shown_from]\n        ends_with: [valid_to]",
         "expected also `until`"),
        ("counted_from: [values.shown_from]",
         "counted_from: [values.shown_from]\n        no_term_when: {masked: [nearly]}", "has no nearly"),
        ("    about: [person]\n    adverse: true\n    basis: {cite: \"PIPL arts 26",
         "    recipients_get: [image]\n    about: [person]\n    adverse: true\n    basis: {cite: \"PIPL arts 26",
         "names image, which the subject does not see"),
    ],
)  # fmt: skip
def test_a_rule_that_does_not_fit_is_told_with_its_place(old: str, new: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "cn-jaywalking.yaml"
    assert old in MINIMAL
    path.write_text(MINIMAL.replace(old, new, 1))
    with pytest.raises(FileProblems, match=says):
        catalogue.load(path)


def test_what_recipients_get_is_never_more_than_the_subject_sees() -> None:
    for programme in catalogue.programmes().values():
        for kind in programme.types.values():
            seen = {name for name, info in kind.fields.items() if info.visible == "subject"}
            assert kind.for_recipients <= seen
