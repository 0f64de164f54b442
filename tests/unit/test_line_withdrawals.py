"""A line that takes a record back, and references whose letters cannot be told apart."""

from typing import Any

import pytest

from records.catalogue import ParsedLine, ParsedWithdrawal, Refused, named_by, programme, read_line
from tests.factories import AT
from tests.feeds import COURT, line

COURTS = programme(COURT)
TAKEN_BACK = {"source": "sample-court", "source_ref": "1", "type": "court_listing", "withdrawn": True}


def refused(given: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as error:
        read_line(COURTS, given, at=AT)
    return [(each.field, each.code) for each in error.value.refusals]


def test_a_record_is_taken_back_by_source_reference_and_type() -> None:
    parsed = read_line(COURTS, TAKEN_BACK, at=AT)
    assert isinstance(parsed, ParsedWithdrawal)
    assert (parsed.source, parsed.source_ref, parsed.type.id) == ("sample-court", "1", "court_listing")


@pytest.mark.parametrize("given", [False, None])
def test_a_line_that_is_not_withdrawn_is_a_line_like_any_other(given: Any) -> None:
    assert isinstance(read_line(COURTS, {**line(), "withdrawn": given}, at=AT), ParsedLine)


@pytest.mark.parametrize("given", ["true", 1, "yes", []])
def test_withdrawn_is_true_or_false(given: Any) -> None:
    assert refused({**line(), "withdrawn": given}) == [("withdrawn", "wrong_form")]


def test_a_line_that_takes_back_says_nothing_else() -> None:
    wrong = refused({**line(), "withdrawn": True, "valid_to": None})
    expected = ("measures", "provenance", "subject", "valid_from", "values")
    assert wrong == [(name, "not_with_withdrawn") for name in expected]
    assert refused({**TAKEN_BACK, "reason": "x"}) == [("reason", "outside_catalogue")]


@pytest.mark.parametrize("missing", ["source", "source_ref", "type"])
def test_a_line_that_takes_back_needs_what_names_its_record(missing: str) -> None:
    assert refused({**TAKEN_BACK, missing: None}) == [(missing, "missing")]


@pytest.mark.parametrize(
    "mark", ["\u200b", "\u200d", "\u200e", "\u202e", "\u2028", "\u00ad", "\u2060", "\ufeff", "\t", "\n"]
)
def test_a_reference_with_a_mark_that_nobody_sees_is_refused(mark: str) -> None:
    assert refused({**line(), "source_ref": f"A{mark}1"}) == [("source_ref", "unreadable_text")]
    assert refused({**TAKEN_BACK, "source_ref": f"A{mark}1"}) == [("source_ref", "unreadable_text")]


def test_a_letter_in_two_writings_is_one_reference_and_one_name() -> None:
    apart, together = "Re\u0301-1", "R\u00e9-1"
    assert apart != together
    first, second = (read_line(COURTS, {**line(ref, name=ref)}, at=AT) for ref in (apart, together))
    assert isinstance(first, ParsedLine)
    assert isinstance(second, ParsedLine)
    assert (first.source_ref, first.subject.name) == (second.source_ref, second.subject.name)
    assert named_by({"source": "a", "source_ref": apart}) == named_by({"source": "a ", "source_ref": together})


@pytest.mark.parametrize(
    "given", [{}, {"source": "a"}, {"source": 1, "source_ref": "b"}, {"source": " ", "source_ref": "b"}]
)
def test_a_line_without_source_or_reference_names_nothing(given: Any) -> None:
    assert named_by(given) is None


def test_letters_of_two_scripts_that_look_alike_are_two_references() -> None:
    latin, cyrillic = (read_line(COURTS, line(ref), at=AT) for ref in ("A-1", "\u0410-1"))
    assert isinstance(latin, ParsedLine)
    assert isinstance(cyrillic, ParsedLine)
    assert latin.source_ref != cyrillic.source_ref
