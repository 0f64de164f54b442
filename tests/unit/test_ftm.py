"""Records as entities of FollowTheMoney: what goes out comes back, and what is not understood is told by line."""

import json
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import catalogue, ftm
from records.ftm import Converted, Trouble
from tests import samples

PROGRAMME = catalogue.programme("cn-court-defaulters")
LISTING = PROGRAMME.types["court_listing"]
AT = datetime(2026, 11, 2, tzinfo=UTC)


def line(number: int = 1, **values: Any) -> dict[str, Any]:
    return samples.line(PROGRAMME.id, "court_listing", ["no_plane"], values, source="sample-court", ref=f"f-{number}")


def read(*entities: Any, type_id: str = "") -> tuple[list[dict[str, Any]], list[Trouble], Converted]:
    raw = b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in entities)
    target = StringIO()
    with TemporaryDirectory() as folder:
        work = Path(folder) / "subjects"
        told = list(ftm.convert(BytesIO(raw), target, work, PROGRAMME, source_code="sample-court", type_id=type_id))
    made = [json.loads(text) for text in target.getvalue().splitlines() if text.strip()]
    counted = told[-1]
    assert isinstance(counted, Converted)
    return made, [one for one in told if isinstance(one, Trouble)], counted


def parsed(of: dict[str, Any]) -> Any:
    return catalogue.parse_line(PROGRAMME, of, at=AT)


def entities(of: dict[str, Any]) -> list[dict[str, Any]]:
    return list(ftm.entities(PROGRAMME.id, LISTING, of))


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=40)
DAYS = st.dates(date(2000, 1, 1), date(2026, 1, 1)).map(str)


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    values = {
        "court": draw(WORDS),
        "duty": draw(WORDS),
        "province": draw(WORDS),
        "performance": draw(st.sampled_from(["none", "part", "all"])),
        "age": draw(st.integers(0, 130)),
        "published_on": draw(DAYS),
    }
    made = line(draw(st.integers(1, 10**6)), **values)
    made["valid_from"] = draw(DAYS)
    company = draw(st.booleans())
    number = draw(st.integers(1, 10**6))
    scheme, value = (
        ("cn-uscc", samples.company_code(number)) if company else
        ("cn-resident-id", samples.resident_id(date(1985, 2, 14), number % 900))
    )  # fmt: skip
    made["subject"] = {
        "kind": "organisation" if company else "person",
        "name": draw(WORDS),
        "identifiers": [{"scheme": scheme, "value": value}],
        **({} if company else {"birth_date": "1985-02-14"}),
    }
    return made


@given(lines(), st.randoms(use_true_random=False))
def test_what_goes_out_comes_back_in_whatever_order(made: dict[str, Any], chance: Any) -> None:
    found = entities(made)
    chance.shuffle(found)
    (back,), troubles, counted = read(*found)
    assert troubles == []
    assert counted.records == 1
    assert parsed(back) == parsed(made)


def test_the_entities_are_what_the_model_says() -> None:
    person, number, record = entities(line())
    assert (person["schema"], number["schema"], record["schema"]) == ("Person", "Identification", "Sanction")
    assert record["properties"]["entity"] == number["properties"]["holder"] == [person["id"]]
    assert record["properties"]["authority"] == ["Sample District Court"]
    assert record["properties"]["program"] == ["cn-court-defaulters/court_listing"]
    for entity in (person, number, record):
        assert all(isinstance(v, str) for values in entity["properties"].values() for v in values)


def test_the_same_subject_has_one_id_in_two_records() -> None:
    assert entities(line(1))[0]["id"] == entities(line(2))[0]["id"]
    assert entities(line(1))[-1]["id"] != entities(line(2))[-1]["id"]


def test_contacts_never_go_out() -> None:
    made = line()
    made["subject"]["contact"] = {"email": "canary@mail.example", "language": "en"}
    assert "canary" not in json.dumps(entities(made))


def test_a_record_stands_in_its_own_line_so_that_refusals_are_found_again() -> None:
    person, number, record = entities(line())
    raw = b"".join(json.dumps(each).encode() + b"\n" for each in (record, person, number))
    target = StringIO()
    with TemporaryDirectory() as folder:
        list(ftm.convert(BytesIO(raw), target, Path(folder) / "s", PROGRAMME, source_code="sample-court"))
    assert [bool(text.strip()) for text in target.getvalue().split("\n")[:3]] == [True, False, False]


PERSON, NUMBER, RECORD = entities(line())


def changed(entity: dict[str, Any], /, **properties: Any) -> dict[str, Any]:
    kept = {**entity["properties"], **properties}
    return {**entity, "properties": {name: value for name, value in kept.items() if value is not None}}


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        (changed(PERSON, religion=["CANARY"]), (1, "properties.religion", "unknown_property", False)),
        (changed(PERSON, email=["canary@mail.example"]), (1, "properties.email", "contact", False)),
        (changed(PERSON, address=["CANARY 1"]), (1, "properties.address", "contact", False)),
        (changed(NUMBER, type=["library card"]), (1, "properties.type", "unknown_scheme", False)),
        (changed(NUMBER, country=["cn"]), (1, "properties.country", "unknown_property", False)),
        (changed(RECORD, unscId=["CANARY"]), (1, "properties.unscId", "unknown_property", False)),
        (changed(RECORD, summary=["CANARY is bad"]), (1, "properties.summary", "unknown_text", False)),
        (changed(RECORD, provisions=["no planes"]), (1, "properties.provisions", "wrong_form", False)),
        (changed(RECORD, entity=["CANARY"]), (1, "properties.entity", "unknown_entity", True)),
        (changed(RECORD, authority=["CANARY", "B"]), (1, "properties.authority", "several", True)),
        (changed(RECORD, program=["CANARY"]), (1, "properties.program", "unknown_type", True)),
        ({"id": "x", "schema": "Vessel", "properties": {}}, (1, "schema", "unknown_schema", True)),
        ({"id": "x", "schema": "Address", "properties": {"full": ["CANARY"]}}, (1, "schema", "contact", False)),
        ({"id": "x", "schema": "Person", "properties": {"name": "CANARY"}}, (1, "properties", "wrong_form", True)),
        ({"schema": "Person"}, (1, "line", "no_entity", True)),
        (b"{CANARY", (1, "line", "malformed_json", True)),
        (b"\xff\xfe", (1, "line", "malformed_json", True)),
        (b"[" * 100_000, (1, "line", "malformed_json", True)),
    ],
)
def test_what_is_not_understood_is_told_with_its_line_and_never_the_value(
    entity: Any, expected: tuple[int, str, str, bool]
) -> None:
    others = [
        each for each in (PERSON, NUMBER, RECORD) if not isinstance(entity, dict) or each["id"] != entity.get("id")
    ]
    _, troubles, _ = read(entity, *others)
    found = {(one.line, one.field, one.code, one.is_left_out) for one in troubles}
    assert expected in found
    assert "CANARY" not in repr(troubles) and "canary" not in repr(troubles)


def test_a_line_that_is_too_long_is_passed_over() -> None:
    long = b'{"id": "' + b"x" * 1_100_000 + b'"}'
    made, troubles, _ = read(long, PERSON, NUMBER, RECORD)
    assert [(one.line, one.code) for one in troubles] == [(1, "line_too_long")] * len(troubles)
    assert len(made) == 1


def test_a_legal_entity_has_to_say_what_it_is() -> None:
    unclear = {**PERSON, "schema": "LegalEntity"}
    assert read(unclear, NUMBER, RECORD)[1][-1].code == "person_or_company"
    clear = changed(unclear, registrationNumber=["1"], birthDate=None)
    made, _, _ = read(clear, RECORD)
    assert made[0]["subject"]["kind"] == "organisation"


def test_a_birth_year_is_no_birth_date() -> None:
    (made,), _, _ = read(changed(PERSON, birthDate=["1985"]), NUMBER, RECORD)
    assert "birth_date" not in made["subject"]


def test_sanctions_of_others_need_their_type_said() -> None:
    foreign = changed(RECORD, program=None)
    assert read(PERSON, NUMBER, foreign)[1][-1].code == "unknown_type"
    (made,), _, _ = read(PERSON, NUMBER, foreign, type_id="court_listing")
    assert made["type"] == "court_listing"


def test_memory_holds_no_file() -> None:
    """Subjects stand in a file of their own: the generator keeps only the present line."""
    with TemporaryDirectory() as folder:
        work = Path(folder) / "subjects"
        many = b"".join(
            json.dumps({"id": f"p{n}", "schema": "Person", "properties": {"name": [f"N{n}"]}}).encode() + b"\n"
            for n in range(500)
        )
        list(ftm.convert(BytesIO(many), StringIO(), work, PROGRAMME, source_code="sample-court"))
        assert work.stat().st_size > 500 * 20
