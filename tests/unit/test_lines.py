"""Lines of an import: what fits its programme, and what is refused with which sentence."""

import copy
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import catalogue
from records.catalogue import MeasureType, Refused, check_line, parse_line, programme
from records.values import filled

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "examples"
LINE: dict[str, Any] = {
    "source": "sample-court",
    "source_ref": "2025-000123",
    "type": "court_listing",
    "subject": {
        "kind": "person",
        "name": "王测试",
        "birth_date": "1985-02-14",
        "identifiers": [{"scheme": "cn-resident-id", "value": "999901198502140011"}],
        "contact": {"email": "wang.ceshi@example.org", "language": "zh-hans"},
    },
    "values": {
        "case_number": "(2025)样0101执1234号",
        "basis_document": "(2024)样0101民初5678号",
        "basis_body": "样例市样例区人民法院",
        "court": "样例市样例区人民法院",
        "province": "样例省",
        "filed_on": "2025-01-16",
        "duty": "支付货款 12000.00 元",
        "amount": "12000.00",
        "performance": "none",
        "conduct": "refuses_though_able",
    },
    "valid_from": "2025-03-01",
    "valid_to": None,
    "provenance": {
        "method": "court_order",
        "collected_at": "2025-03-02T09:00:00+08:00",
        "collector": "执行局书记员",
        "device": None,
        "confidence": None,
        "document": "(2025)样0101执1234号决定书",
    },
    "measures": [{"type": "no_plane", "from": "2025-03-10", "to": None}],
}
COURT = programme("cn-court-defaulters")


def _example(name: str, type_id: str) -> dict[str, Any]:
    with (EXAMPLES / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return next(line for line in map(json.loads, lines) if line["type"] == type_id)


def _with(path: str, value: object, line: dict[str, Any] = LINE) -> dict[str, Any]:
    """A copy of the line in which the field at a dotted path says `value`; it is taken out for `...`."""
    changed = copy.deepcopy(line)
    part: Any = changed
    *parents, last = (int(key) if key.isdigit() else key for key in path.split("."))
    for key in parents:
        part = part[key]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return changed


def _told(line: object, of: catalogue.Programme = COURT) -> list[tuple[str, str]]:
    return [(refusal.field, refusal.code) for refusal in check_line(of, line, at=AT)]


def test_the_line_of_the_format_is_taken_and_parsed_once() -> None:
    parsed = parse_line(COURT, LINE, at=AT)
    assert (parsed.source, parsed.source_ref, parsed.type.id) == ("sample-court", "2025-000123", "court_listing")
    assert (parsed.adverse, parsed.valid_from, parsed.valid_to) == (True, date(2025, 3, 1), None)
    assert parsed.values == LINE["values"]
    subject = parsed.subject
    assert (subject.kind, subject.name, subject.birth_date) == ("person", "王测试", date(1985, 2, 14))
    assert [one.lookup for one in subject.identifiers] == ["cn-resident-id:999901198502140011"]
    assert (subject.email, subject.language) == ("wang.ceshi@example.org", "zh-hans")
    assert parsed.provenance.collected_at == datetime(2025, 3, 2, 1, tzinfo=UTC)
    assert [(one.type.id, one.from_on, one.to_on) for one in parsed.measures] == [("no_plane", date(2025, 3, 10), None)]


def test_what_is_stored_of_the_origin_has_nothing_empty() -> None:
    line = _with("provenance.served_on", "2025-03-05")
    assert parse_line(COURT, line, at=AT).provenance.as_json() == {
        "method": "court_order",
        "collected_at": "2025-03-02T01:00:00+00:00",
        "collector": "执行局书记员",
        "document": "(2025)样0101执1234号决定书",
        "served_on": "2025-03-05",
    }


def test_a_line_needs_no_more_than_the_format_requires() -> None:
    line = copy.deepcopy(LINE)
    del line["valid_from"], line["valid_to"], line["measures"], line["subject"]["contact"]
    del line["subject"]["birth_date"]
    line["provenance"] = {"method": "court_order", "collected_at": "2025-03-02T09:00:00Z"}
    parsed = parse_line(COURT, line, at=AT)
    assert (parsed.valid_from, parsed.measures, parsed.subject.email) == (None, (), None)
    assert parsed.subject.birth_date == date(1985, 2, 14)  # it stands in the identity number


def test_full_width_brackets_and_old_identity_numbers_are_brought_into_one_form() -> None:
    line = _with("values.case_number", "（2025）样0101执1234号")
    line = _with("subject.identifiers.0.value", "999901850214001", line)
    parsed = parse_line(COURT, line, at=AT)
    assert parsed.values["case_number"] == "(2025)样0101执1234号"
    assert parsed.subject.identifiers[0].value == "999901198502140011"


REFUSED: list[tuple[str, object, str, str]] = [
    ("source", ..., "source", "missing"),
    ("source", "Sample Court", "source", "wrong_form"),
    ("source_ref", "", "source_ref", "missing"),
    ("source_ref", "  ", "source_ref", "missing"),
    ("source_ref", "x" * 201, "source_ref", "out_of_range"),
    ("source_ref", 123, "source_ref", "wrong_form"),
    ("source_ref", "a\x00b", "source_ref", "unreadable_text"),
    ("type", "parking", "type", "unknown_type"),
    ("type", "minor_child_listing", "type", "forbidden_datum"),
    ("religion", "x", "religion", "protected_field"),
    ("hobby", "x", "hobby", "outside_catalogue"),
    ("subject", ..., "subject", "missing"),
    ("subject", [], "subject", "missing"),
    ("subject.ethnicity", "x", "subject.ethnicity", "protected_field"),
    ("subject.kind", "ship", "subject.kind", "outside_catalogue"),
    ("subject.kind", "organisation", "subject.birth_date", "wrong_form"),
    ("subject.kind", "organisation", "subject.identifiers.0.scheme", "bad_identifier"),
    ("subject.name", None, "subject.name", "missing"),
    ("subject.name", "a\u202eb", "subject.name", "unreadable_text"),
    ("subject.birth_date", "1985-02-30", "subject.birth_date", "impossible_date"),
    ("subject.birth_date", "2031-02-14", "subject.birth_date", "impossible_date"),
    ("subject.birth_date", "1731-02-14", "subject.birth_date", "impossible_date"),
    ("subject.birth_date", "14/02/1985", "subject.birth_date", "wrong_form"),
    ("subject.birth_date", "1985-01-24", "subject.birth_date", "bad_identifier"),
    ("subject.identifiers", [], "subject.identifiers", "missing"),
    ("subject.identifiers", "999901198502140011", "subject.identifiers", "wrong_form"),
    ("subject.identifiers", ["999901198502140011"], "subject.identifiers", "wrong_form"),
    ("subject.identifiers.0.scheme", "us-ssn", "subject.identifiers.0.scheme", "bad_identifier"),
    ("subject.identifiers.0.value", "999901198502140012", "subject.identifiers.0.value", "bad_identifier"),
    ("subject.identifiers.0.value", "999901199902290072", "subject.identifiers.0.value", "impossible_date"),
    ("subject.contact", "a@example.org", "subject.contact", "missing"),
    ("subject.contact.email", "nobody", "subject.contact.email", "wrong_form"),
    ("subject.contact.email", "a@example.org\nBcc: b@example.org", "subject.contact.email", "wrong_form"),
    ("subject.contact.language", "fr", "subject.contact.language", "not_in_list"),
    ("subject.contact.phone", "100-0000-0001", "subject.contact.phone", "outside_catalogue"),
    ("values", None, "values", "missing"),
    ("values.court", ..., "values.court", "missing"),
    ("values.filed_on", "2025-02-30", "values.filed_on", "impossible_date"),
    ("values.blood_type", "x", "values.blood_type", "protected_field"),
    ("valid_from", "2025-13-01", "valid_from", "impossible_date"),
    ("valid_from", "20250301", "valid_from", "wrong_form"),
    ("valid_to", "2025-02-28", "valid_to", "wrong_order"),
    ("valid_to", "9999-12-31", "valid_to", "impossible_date"),
    ("provenance", None, "provenance", "missing"),
    ("provenance.method", "gossip", "provenance.method", "not_in_list"),
    ("provenance.method", "third_party_report", "provenance.method", "not_in_list"),
    ("provenance.collected_at", ..., "provenance.collected_at", "missing"),
    ("provenance.collected_at", "2025-03-02T09:00:00", "provenance.collected_at", "wrong_form"),
    ("provenance.collected_at", "2026-11-22T12:06:00Z", "provenance.collected_at", "in_future"),
    ("provenance.collected_at", "2025-02-30T09:00:00Z", "provenance.collected_at", "impossible_date"),
    ("provenance.confidence", 1.2, "provenance.confidence", "wrong_form"),
    ("provenance.confidence", True, "provenance.confidence", "wrong_form"),
    ("provenance.confidence", "NaN", "provenance.confidence", "wrong_form"),
    ("provenance.confidence", "high", "provenance.confidence", "wrong_form"),
    ("provenance.served_how", "carrier pigeon", "provenance.served_how", "not_in_list"),
    ("provenance.served_on", "soon", "provenance.served_on", "wrong_form"),
    ("provenance.threshold", "2", "provenance.threshold", "wrong_form"),
    ("provenance.mood", "x", "provenance.mood", "outside_catalogue"),
    ("measures", {}, "measures", "wrong_form"),
    ("measures.0", "no_plane", "measures", "wrong_form"),
    ("measures.0.type", "no_air", "measures.0.type", "measure_not_in_list"),
    ("measures.0.from", None, "measures.0.from", "missing"),
    ("measures.0.to", "2025-03-09", "measures.0.to", "wrong_order"),
    ("measures.0.reason", "x", "measures.0.reason", "outside_catalogue"),
]


@pytest.mark.parametrize(("path", "value", "field", "code"), REFUSED)
def test_a_wrong_field_is_refused_by_name(path: str, value: object, field: str, code: str) -> None:
    assert (field, code) in _told(_with(path, value))


@pytest.mark.parametrize("line", [None, [], "text", 3, True])
def test_a_line_that_is_no_object_is_refused(line: object) -> None:
    assert _told(line) == [("line", "wrong_form")]


def test_everything_wrong_is_told_at_once() -> None:
    line = _with("values.filed_on", "x", _with("source", "", _with("measures.0.type", "no_air")))
    assert {field for field, _ in _told(line)} == {"source", "values.filed_on", "measures.0.type"}
    with pytest.raises(Refused, match="Add this: it is required"):
        parse_line(COURT, line, at=AT)


def test_clocks_may_differ_by_minutes() -> None:
    assert _told(_with("provenance.collected_at", (AT + timedelta(minutes=4)).isoformat())) == []


def test_a_baby_is_born_today_in_the_east_before_it_is_today_here() -> None:
    line = _with("subject.birth_date", "2026-11-23")
    assert ("subject.birth_date", "impossible_date") not in _told(line)


def test_nobody_has_two_identity_numbers_but_one_may_be_sent_twice() -> None:
    one = {"scheme": "cn-resident-id", "value": "999901198502140011"}
    same = {"scheme": "cn-resident-id", "value": "999901850214001"}
    other = {"scheme": "cn-resident-id", "value": "999901198501240010"}
    assert len(parse_line(COURT, _with("subject.identifiers", [one, same]), at=AT).subject.identifiers) == 1
    assert ("subject.identifiers.1.value", "bad_identifier") in _told(_with("subject.identifiers", [one, other]))


def test_a_measure_rests_on_the_types_that_the_file_names() -> None:
    line = _example("cn-court-defaulters", "enforcement_case")
    line["measures"] = [{"type": "list_publication", "from": "2025-03-10", "to": None}]
    assert _told(line) == [("measures.0.type", "measure_without_record")]


def test_a_measure_for_people_is_not_for_companies() -> None:
    with (EXAMPLES / "cn-court-defaulters.jsonl").open(encoding="utf-8") as lines:
        company = next(line for line in map(json.loads, lines) if line["subject"]["kind"] == "organisation")
    company["measures"] = [{"type": "exit_ban", "from": "2025-03-10", "to": None}]
    assert _told(company) == [("measures.0.type", "measure_not_in_list")]


def test_a_measure_is_listed_once() -> None:
    twice = LINE["measures"] * 2
    assert _told(_with("measures", twice)) == [("measures.1.type", "duplicate")]
    assert _told(_with("measures.0.to", "2025-03-10")) == []  # one day is long enough


def test_a_measure_lasts_no_longer_than_its_basis_allows() -> None:
    measure = COURT.measures["no_plane"]
    limited = MeasureType.model_validate({**measure.model_dump(exclude={"until"}), "longest": "P1Y"})
    limited._id = "no_plane"
    short = COURT.model_copy(update={"measures": {**COURT.measures, "no_plane": limited}})
    assert _told(LINE, short) == [("measures.0.to", "too_long")]
    assert _told(_with("measures.0.to", "2026-03-11"), short) == [("measures.0.to", "too_long")]
    assert _told(_with("measures.0.to", "2026-03-10"), short) == []


def test_a_machine_alone_never_speaks_against_anybody() -> None:
    jaywalking, line = programme("cn-jaywalking"), _example("cn-jaywalking", "face_event")
    assert _told(line, jaywalking) == []
    unreviewed = _with("provenance.reviewed_at", ..., line)
    assert _told(unreviewed, jaywalking) == [("provenance.reviewed_at", "unreviewed_machine")]
    by_nobody = _with("provenance.reviewed_by", "", line)
    assert _told(by_nobody, jaywalking) == [("provenance.reviewed_at", "unreviewed_machine")]
    alone = _with("values.matched_by", "machine", line)
    assert _told(alone, jaywalking) == [("values.matched_by", "unreviewed_machine")]


@pytest.mark.parametrize("confidence", [0.79, "0.79", 0])
def test_a_match_below_the_programmes_threshold_is_refused(confidence: object) -> None:
    jaywalking, line = programme("cn-jaywalking"), _example("cn-jaywalking", "face_event")
    assert _told(_with("provenance.confidence", confidence, line), jaywalking) == [
        ("provenance.confidence", "low_confidence")
    ]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("values.confidence", "0.79", [("values.confidence", "low_confidence")] * 2),  # the programme's, and its own
        ("values.confidence", "0.8", []),
        ("values.threshold", "0.84", [("values.confidence", "low_confidence")]),
        ("values.threshold", "0.83", []),
        # Taken on Monday 12 May 2025, at 8:31 in Shanghai: Monday 19 May is the fifth working day.
        ("provenance.reviewed_at", "2025-05-19T23:59:00+08:00", []),
        ("provenance.reviewed_at", "2025-05-19T15:59:00Z", []),
        ("provenance.reviewed_at", "2025-05-19T16:00:00Z", [("provenance.reviewed_at", "unreviewed_machine")]),
        # Taken before the holidays of 1 to 5 May: the fifth working day is 9 May.
        ("values.at", "2025-04-30T23:30:00+08:00", [("provenance.reviewed_at", "unreviewed_machine")]),
        ("values.at", "0001-01-01T00:00:00+08:00", []),  # no day that can be counted from decides anything
        ("values.at", "9999-12-31T23:59:59Z", []),
        ("values.at", ["2025"], [("values.at", "wrong_form")]),
    ],
)
def test_a_match_that_is_not_sure_or_was_checked_too_late_is_refused(
    field: str, value: object, told: list[tuple[str, str]]
) -> None:
    line = _with(field, value, _example("cn-jaywalking", "face_event"))
    assert _told(line, programme("cn-jaywalking")) == told


def test_holidays_are_not_counted_and_days_worked_instead_are() -> None:
    line = _with("values.at", "2025-04-24T08:00:00+08:00", _example("cn-jaywalking", "face_event"))
    for day, told in (("2025-04-30", []), ("2025-05-06", [("provenance.reviewed_at", "unreviewed_machine")])):
        reviewed = _with("provenance.reviewed_at", f"{day}T12:00:00+08:00", line)
        assert _told(reviewed, programme("cn-jaywalking")) == told, day


@pytest.mark.parametrize(("amount", "fits"), [("4.99", False), ("5.00", True), ("50.00", True), ("50.01", False)])
def test_a_fine_beyond_the_law_is_refused(amount: str, fits: bool) -> None:
    line = _with("values.amount", amount, _example("cn-jaywalking", "violation"))
    assert _told(line, programme("cn-jaywalking")) == ([] if fits else [("values.amount", "outside_catalogue")])


@pytest.mark.parametrize(
    ("type_id", "values"),
    [
        ("fraud_alert", {"kind": "initial", "placed_on": "2026-03-01", "until": "2027-03-01"}),
        ("freeze", {"placed_on": "2026-03-01"}),
        ("idtheft_block", {"of": "2025-000480", "reported_on": "2026-03-01", "blocked_on": "2026-03-04"}),
    ],
)
def test_what_a_consumer_asked_for_speaks_against_nobody(type_id: str, values: dict[str, str]) -> None:
    line = {**_example("us-credit-file", "collection"), "type": type_id, "values": values, "measures": []}
    line["provenance"] = {"method": "consumer", "collected_at": "2026-03-01T09:00:00-05:00"}
    agency = programme("us-credit-file")
    assert not parse_line(agency, line, at=AT).adverse
    assert _told(_with("provenance.method", "court_record", line), agency) == [("provenance.method", "not_in_list")]


def test_a_reason_of_the_programme_is_told_in_the_readers_language() -> None:
    line = _with("values.matched_by", "machine", _example("cn-jaywalking", "face_event"))
    (refusal,) = check_line(programme("cn-jaywalking"), line, at=AT)
    assert refusal.message.startswith("A computer alone matched this face.")
    assert filled(refusal.sentence, refusal.params, "zh-hans").startswith("此次比对仅由计算机作出")


def test_the_match_of_the_story_is_good_enough() -> None:
    line = _example("cn-jaywalking", "face_event")
    parsed = parse_line(programme("cn-jaywalking"), line, at=AT)
    assert (parsed.provenance.confidence, parsed.provenance.device) == (Decimal("0.83"), "CAM-样例路-07")
    assert _told(_with("provenance.confidence", None, line), programme("cn-jaywalking")) == [
        ("provenance.confidence", "missing")
    ]


def test_a_penalty_by_summary_procedure_is_no_credit_entry() -> None:
    jaywalking, line = programme("cn-jaywalking"), _example("cn-jaywalking", "violation")
    refusals = check_line(jaywalking, _with("type", "credit_entry", line), at=AT)
    assert ("type", "summary_penalty") in [(one.field, one.code) for one in refusals]
    assert refusals[0].message == jaywalking.refused_types["credit_entry"].because.en


def test_four_digits_need_a_birth_date() -> None:
    line = _example("us-credit-file", "collection")
    assert _told(line, programme("us-credit-file")) == []
    assert _told(_with("subject.birth_date", None, line), programme("us-credit-file")) == [
        ("subject.identifiers.0.value", "bad_identifier")
    ]


PATHS = sorted({path for path, *_ in REFUSED if "ethnicity" not in path})
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(PATHS), ANYTHING)
def test_no_json_brings_the_reading_of_a_line_down(path: str, value: object) -> None:
    for refusal in check_line(COURT, _with(path, value), at=AT):
        assert refusal.message
        assert refusal.field


@given(st.sampled_from(PATHS), st.text("QÄ9-@.", min_size=9, max_size=14))
def test_no_refusal_of_a_line_holds_the_value(path: str, planted: str) -> None:
    for value in (planted, [planted], {planted: planted}):
        for refusal in check_line(COURT, _with(path, value), at=AT):
            assert planted not in f"{refusal.field} {refusal.message}"
