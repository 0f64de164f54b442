"""Values of a record against the schema of its type."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import values
from records.protected import PROTECTED, PROTECTED_ZH, protected_kind
from records.values import Checker

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["filed_on"],
    "additionalProperties": False,
    "properties": {
        "filed_on": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"},
        "amount": {"type": "string", "format": "money"},
        "sure": {"type": "string", "format": "share"},
        "case": {"type": "string", "format": "case-number"},
        "account": {"type": "string", "format": "account-mask"},
        "parent": {"type": "string", "format": "record-ref"},
        "state": {"type": "string", "enum": ["open", "paid"]},
        "shots": {"type": "integer", "minimum": 1, "maximum": 100},
        "note": {"type": "string", "minLength": 2, "maxLength": 5},
        "yes": {"type": "boolean"},
        "months": {
            "type": "array",
            "maxItems": 2,
            "uniqueItems": True,
            "items": {"type": "string", "enum": ["1", "2"]},
        },
    },
}
CHECKER = Checker(SCHEMA)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("filed_on", "2024-02-29"),
        ("at", "2025-05-12T08:31:04+08:00"),
        ("at", "2025-05-12T08:31:04Z"),
        ("amount", "12000.00"),
        ("amount", "0.00"),
        ("sure", "0.83"),
        ("sure", "1"),
        ("sure", "0"),
        ("case", "(2025)样0101执1234号"),
        ("case", "(2025)样0101限消1号"),
        ("case", "(2021)样06执恢12号之一"),
        ("case", "(2013)样执字第01234号"),
        ("account", "****1234"),
        ("parent", "2025-000123"),
        ("state", "open"),
        ("shots", 4),
        ("note", "王测试"),
        ("yes", False),
        ("months", ["1", "2"]),
        ("months", []),
    ],
)
def test_a_good_value_is_taken(name: str, good: object) -> None:
    assert CHECKER.check({"filed_on": "2025-01-16", name: good}) == []
    assert CHECKER.check_field(name, good) == []


@pytest.mark.parametrize(
    ("name", "bad", "code", "message"),
    [
        ("filed_on", "2025-02-29", "impossible_date", "This day or time does not exist. Check it."),
        ("filed_on", "16.01.2025", "wrong_form", "Write the date as year-month-day, such as 2025-03-01."),
        ("filed_on", 20250116, "wrong_form", "Write this as text."),
        ("at", "2025-05-12T25:31:04+08:00", "impossible_date", "This day or time does not exist. Check it."),
        (
            "at",
            "2025-05-12T08:31:04",
            "wrong_form",
            "Write the time with its offset, such as 2025-03-02T09:00:00+08:00.",
        ),
        ("amount", "12000", "wrong_form", "Write an amount with two decimals, such as 120.00."),
        ("amount", "12,000.00", "wrong_form", "Write an amount with two decimals, such as 120.00."),
        ("amount", "-1.00", "wrong_form", "Write an amount with two decimals, such as 120.00."),
        ("amount", "１.00", "wrong_form", "Write an amount with two decimals, such as 120.00."),
        ("amount", 12000.0, "wrong_form", "Write this as text."),
        ("sure", "1.01", "wrong_form", "Write a number from 0 to 1, such as 0.83."),
        ("case", "1234", "wrong_form", None),
        ("account", "4111111111111234", "wrong_form", "Write four stars and the last four digits only."),
        ("parent", "two words", "wrong_form", None),
        ("state", "lost", "not_in_list", "Use one of: open, paid."),
        ("shots", 0, "out_of_range", "The lowest number possible here is 1."),
        ("shots", 101, "out_of_range", "The highest number possible here is 100."),
        ("shots", 1.5, "wrong_form", "Write this as a whole number."),
        ("shots", math.nan, "wrong_form", "Write this as a whole number."),
        ("shots", True, "wrong_form", "Write this as a whole number."),
        ("note", "x", "out_of_range", "Write at least 2 characters."),
        ("note", "secret", "out_of_range", "Write at most 5 characters."),
        ("note", "a\x00b", "unreadable_text", "Write this without control characters or broken letters."),
        ("note", "a\ud800b", "unreadable_text", "Write this without control characters or broken letters."),
        ("note", "a\u202eb", "unreadable_text", "Write this without control characters or broken letters."),
        ("yes", "yes", "wrong_form", "Write this as true or false."),
        ("months", "1", "wrong_form", "Write this as a list."),
        ("months", ["1", "2", "1"], "out_of_range", "List at most 2."),
        ("months", ["1", "1"], "duplicate", "List everything once only."),
    ],
)
def test_a_bad_value_is_told_by_field_and_sentence(name: str, bad: object, code: str, message: str | None) -> None:
    found = CHECKER.check({"filed_on": "2025-01-16", name: bad})
    assert (found[0].field, found[0].code) == (f"values.{name}", code)
    assert CHECKER.check_field(name, bad)[0].code == code
    if message:
        assert message in [one.message for one in found]


def test_a_missing_field_is_named() -> None:
    assert [(one.field, one.code) for one in CHECKER.check({})] == [("values.filed_on", "missing")]


def test_a_field_of_a_list_is_named_by_its_place() -> None:
    found = CHECKER.check({"filed_on": "2025-01-16", "months": ["1", "9"]})
    assert [(one.field, one.message) for one in found] == [("values.months.1", "Use one of: 1, 2.")]


@pytest.mark.parametrize("values", [None, [], "text", 3])
def test_values_that_are_no_group_of_fields_are_refused(values: object) -> None:
    assert [one.message for one in CHECKER.check(values)] == ["Write this as a group of fields."]


@pytest.mark.parametrize(
    ("name", "field", "code"),
    [
        ("hobby", "values.hobby", "outside_catalogue"),
        ("religion", "values.religion", "protected_field"),
        ("blood_type", "values.blood_type", "protected_field"),
        ("王测试", "values.?", "outside_catalogue"),  # what is no plain word may be somebody's name
        ("宗教", "values.?", "protected_field"),
    ],
)
def test_an_unknown_field_is_refused_and_a_protected_one_is_called_so(name: str, field: str, code: str) -> None:
    found = CHECKER.check({"filed_on": "2025-01-16", name: "Zoroastrian"})
    assert [(one.field, one.code) for one in found] == [(field, code)]
    assert "Zoroastrian" not in found[0].message


def test_a_line_cannot_fill_the_disk_with_refusals_or_the_stack_with_lists() -> None:
    assert len(CHECKER.check({f"field_{number}": 1 for number in range(1000)})) == values.MOST_REFUSALS
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    assert [one.code for one in CHECKER.check({"months": deep})] == ["unreadable_text"]
    assert [one.code for one in CHECKER.check_field("months", deep)] == ["unreadable_text"]


def test_case_numbers_get_one_kind_of_brackets() -> None:
    given_values = {"filed_on": "2025-01-16", "case": "（2025）样0101执1234号"}
    normal = CHECKER.normalise(given_values)
    assert normal["case"] == "(2025)样0101执1234号"
    assert given_values["case"].startswith("（")
    assert CHECKER.normalise({"case": 5, "note": "（a）"}) == {"case": 5, "note": "（a）"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("shots", " 4 ", 4),
        ("shots", "four", "four"),
        ("yes", "True", True),
        ("yes", "perhaps", "perhaps"),
        ("months", "1， 2,", ["1", "2"]),
        ("case", "（2025）样0101执1234号", "(2025)样0101执1234号"),
        ("note", " 王测试 ", "王测试"),
    ],
)
def test_typed_text_becomes_what_the_schema_wants(name: str, text: str, value: object) -> None:
    assert CHECKER.from_text(name, text) == value


def test_a_field_that_is_not_there_cannot_be_corrected() -> None:
    assert [one.code for one in CHECKER.check_field("hobby", "x")] == ["outside_catalogue"]


@pytest.mark.parametrize("kind", PROTECTED)
def test_every_protected_characteristic_is_found_in_a_name(kind: str) -> None:
    for phrase in PROTECTED[kind]:
        name = phrase.replace(" ", "_")
        assert protected_kind(name) == protected_kind(f"{name}_code") == protected_kind(f"holder_{name}") == kind


@pytest.mark.parametrize("word", PROTECTED_ZH)
def test_every_protected_characteristic_is_found_in_a_chinese_title(word: str) -> None:
    assert protected_kind(f"本人{word}情况")


@pytest.mark.parametrize("name", ["credit_union", "good_faith", "trace", "terrace", "bloodhound", "province", "face"])
def test_a_harmless_word_is_not_taken_for_a_protected_one(name: str) -> None:
    assert protected_kind(name) is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(SCHEMA["properties"])) | st.text(max_size=12), ANYTHING, max_size=6))
def test_no_json_brings_the_check_down(given_values: dict[str, Any]) -> None:
    for refusal in CHECKER.check(CHECKER.normalise(given_values)):
        assert refusal.message
        assert refusal.field.startswith("values")


@given(st.sampled_from(sorted(SCHEMA["properties"])), st.text("planted-9471ÄÖ", min_size=9, max_size=14))
def test_no_refusal_holds_the_value(name: str, planted: str) -> None:
    for refusal in CHECKER.check({name: planted}) + CHECKER.check({name: [planted]}):
        assert planted not in f"{refusal.field} {refusal.message}"
