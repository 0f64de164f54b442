"""Programme files: what they say, and how a broken one is told."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel

from law import files
from records import catalogue
from records.catalogue import FileProblems, Programme, Text

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "programme.schema.json"
IDS = ["cn-corporate-classes", "cn-court-defaulters", "cn-jaywalking", "us-credit-file"]


def _texts(part: object) -> Iterator[Text]:
    if isinstance(part, Text):
        yield part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _texts(getattr(part, name))
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from _texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value)


def _broken(folder: Path, old: str, new: str, source: str = "cn-jaywalking") -> tuple[Path, int]:
    """A copy of a shipped file with one change, and the line of the change."""
    text = (catalogue.FOLDER / f"{source}.yaml").read_text(encoding="utf-8")
    assert old in text
    copy = folder / f"{source}.yaml"
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy, text[: text.index(old)].count("\n") + 1


def _problems(path: Path) -> list[files.Problem]:
    with pytest.raises(FileProblems) as refused:
        catalogue.load(path)
    return refused.value.problems


def test_the_first_programmes_are_there() -> None:
    assert list(catalogue.programmes()) == IDS
    assert catalogue.programme("cn-jaywalking").title.en == "Faces at the crossing"


def test_an_unknown_programme_is_told_with_those_that_exist() -> None:
    with pytest.raises(catalogue.UnknownProgramme, match="cn-jaywalking, us-credit-file"):
        catalogue.programme("eu-something")


def test_the_published_schema_is_the_schema_of_the_code() -> None:
    # Written by: python -m records.catalogue > docs/reference/programme.schema.json
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == catalogue.json_schema()


@pytest.mark.parametrize("name", IDS)
def test_the_published_schema_takes_the_shipped_files(name: str) -> None:
    content, _ = files.load(catalogue.FOLDER / f"{name}.yaml")
    jsonschema_rs.validate(catalogue.json_schema(), content)


@pytest.mark.parametrize("name", [*IDS, "provenance"])
def test_every_text_stands_in_both_languages(name: str) -> None:
    part = catalogue.vocabulary() if name == "provenance" else catalogue.programme(name)
    texts = list(_texts(part))
    assert len(texts) > 40
    for text in texts:
        assert re.search("[\u4e00-\u9fff]", text.zh), text
        assert not re.search("[\u4e00-\u9fff]", text.en), text


@pytest.mark.parametrize("name", IDS)
def test_summaries_are_written_for_a_reader_of_nine(name: str) -> None:
    programme = catalogue.programme(name)
    for summary in (programme.summary, *(record_type.summary for record_type in programme.types.values())):
        for sentence in re.split(r"[.?!] ?", summary.en):
            words = re.findall(r"[A-Za-z']+", sentence)
            assert len(words) <= 24, sentence
            assert sum(map(len, words)) <= 5.2 * len(words), sentence


@pytest.mark.parametrize("name", IDS)
def test_every_law_says_how_well_we_know_it(name: str) -> None:
    programme = catalogue.programme(name)
    for record_type in programme.types.values():
        assert record_type.basis.evidence in ("read", "reported", "unread")
        assert all(kept.basis.cite and kept.words.zh for kept in record_type.retention)
    for measure in programme.measures.values():
        assert measure.contested == (measure.basis == "none")


def test_measures_without_a_law_are_there_only_to_be_disputed() -> None:
    contested = [measure.id for measure in catalogue.programme("cn-jaywalking").measures.values() if measure.contested]
    assert contested == ["screen_display", "letter_to_employer"]


def test_the_nine_limits_on_spending_are_parts_of_one_measure() -> None:
    measures = catalogue.programme("cn-court-defaulters").measures_on("court_listing")
    parts = [measure.id for measure in measures if measure.part_of == "consumption_limit"]
    assert len(parts) == 11  # nine, and the two of them that travel companies enforce by themselves
    assert {"no_plane", "no_star_hotel", "no_fee_school", "no_g_train_other"} <= set(parts)


@pytest.mark.parametrize(
    ("programme", "type_id", "values", "adverse"),
    [
        ("cn-court-defaulters", "court_listing", {}, True),
        ("cn-court-defaulters", "delisting", {}, False),
        ("us-credit-file", "tradeline", {"status": "current"}, False),
        ("us-credit-file", "tradeline", {"status": "90"}, True),
        ("us-credit-file", "tradeline", {"status": "paid", "months": ["paid", "60", "current"]}, True),
        ("us-credit-file", "inquiry", {"kind": "soft"}, False),
        ("us-credit-file", "inquiry", {"kind": "hard"}, True),
    ],
)
def test_what_is_adverse_may_depend_on_the_values(
    programme: str, type_id: str, values: dict[str, Any], adverse: bool
) -> None:
    assert catalogue.programme(programme).types[type_id].is_adverse(values) is adverse


def test_the_subject_sees_words_and_of_staff_only_the_role() -> None:
    face_event = catalogue.programme("cn-jaywalking").types["face_event"]
    values = {"image": "face-1", "reviewed_by": "Officer Example", "matched_by": "machine_then_human", "shots": 4}
    shown = {one.name: (one.value, one.label.en if one.label else None) for one in face_event.for_subject(values)}
    assert shown["matched_by"] == ("machine_then_human", "a computer, then a person")
    assert shown["reviewed_by"] == (None, "a traffic officer")
    assert shown["image"][0] is None
    assert shown["image"][1] is not None
    assert shown["shots"] == (4, None)
    assert "Officer Example" not in repr(face_event.for_subject(values))


def test_what_the_subject_does_not_see_cannot_be_corrected() -> None:
    for programme in catalogue.programmes().values():
        for record_type in programme.types.values():
            for name in record_type.correctable:
                assert record_type.fields[name].visible == "subject"
    assert "reviewed_by" not in catalogue.programme("cn-jaywalking").types["face_event"].correctable


def test_what_is_about_others_is_withheld_unless_the_file_says_otherwise() -> None:
    info = catalogue.FieldInfo.model_validate({"title": {"en": "Informant", "zh": "举报人"}, "about": "other"})
    assert (info.visible, info.correctable) == ("withheld", False)
    assert info.withheld_because is not None
    assert info.withheld_because.of("zh-hans").startswith("这是关于他人")


def test_texts_are_given_by_language() -> None:
    text = Text(en="Court", zh="法院")
    assert (text.of("en"), text.of("zh-hans"), text.of("fr")) == ("Court", "法院", "Court")
    assert text.as_dict() == {"en": "Court", "zh": "法院"}


PROTECTED_FIELDS = [
    ("device: {type: string, minLength: 1, maxLength: 100}", "religion: {type: string, maxLength: 9}", "religion"),
    (
        "device: {title: {en: Camera, zh: 设备}}",
        "device: {title: {en: Camera, zh: 设备}, meaning: blood_type}",
        "blood",
    ),
    ("device: {title: {en: Camera, zh: 设备}}", "device: {title: {en: Ethnic group, zh: 设备}}", "ethnicity"),
    ("device: {title: {en: Camera, zh: 设备}}", "device: {title: {en: Camera, zh: 政治面貌}}", "政治面貌"),
    ("device: {title: {en: Camera, zh: 设备}}", "device: {title: {en: Medical history, zh: 设备}}", "health"),
]


@pytest.mark.parametrize(("old", "new", "kind"), PROTECTED_FIELDS)
def test_a_protected_characteristic_cannot_be_declared(tmp_path: Path, old: str, new: str, kind: str) -> None:
    path, line = _broken(tmp_path, old, new)
    found = [problem for problem in _problems(path) if "protected characteristic" in problem.message]
    assert [problem.line for problem in found] == [line]
    assert kind in found[0].message


BROKEN = [
    ("title: {en: Faces at the crossing, zh: 行人闯红灯人脸识别}", "title: {en: Faces}", "title.zh", "is missing"),
    ("status: pilot", "status: pilot\ncolour: red", "colour", "not a key"),
    ("status: pilot", "status: often", "status", "in_force"),
    ("identifiers: [cn-resident-id]", "identifiers: [library-card]", "identifiers.0", "expected one of cn-resident-id"),
    ("identifiers: [cn-resident-id]", "identifiers: [cn-uscc]", "identifiers.0", "kind of subject"),
    ("    adverse: true", "    adverse: either", "types.face_event.adverse", "adverse_when"),
    ("    adverse: true", "    adverse: perhaps", "types.face_event.adverse", "either"),
    ("    about: [person]", "    about: [organisation]", "types.face_event.about", "kind of subject"),
    ("allowed: [face_match]", "allowed: [gossip]", "types.face_event.provenance.allowed.0", "no method"),
    (
        "required: [device, confidence",
        "required: [weather, confidence",
        "types.face_event.provenance.required.0",
        "no key",
    ),
    ("additionalProperties: false", "additionalProperties: true", "types.face_event.values", "is open"),
    ("place: {type: string, minLength: 1, maxLength: 200}", "place: {type: string}", ".place", "maxLength"),
    ("{type: string, format: share}", "{type: string, format: percent}", "confidence.format", "is no format"),
    ("{type: string, format: share}", "{type: number}", "confidence", "expected a `type`"),
    ("{type: string, format: share}", "{type: string, pattern: '.*'}", "confidence.pattern", "cannot stand here"),
    ("{type: string, format: share}", "{type: array, items: {type: boolean}}", "confidence", "maxItems"),
    ("{type: string, format: share}", "{type: object}", "confidence", "is open"),
    ("enum: [machine, machine_then_human, human]", "enum: [1, 2]", "matched_by.enum", "quotation marks"),
    ("required: [device, place", "required: [devise, place", "values.required", "unknown fields"),
    ("      shots: {title", "      shorts: {title", "fields.shorts", "no schema"),
    (
        "amount: {title: {en: Fine, zh: 罚款金额}, currency: CNY}",
        "amount: {title: {en: Fine, zh: 罚款金额}}",
        "",
        "money",
    ),
    ("          human: {en: a person, zh: 人工}\n", "", "fields.matched_by.choices", "expected a title for each"),
    ("rests_on: [violation]", "rests_on: [parking]", "measures.fine.rests_on", "no type parking"),
    ("    basis: none", "    basis: none\n    part_of: fines", "part_of", "no such measure"),
    ("    until: once", "    until: once\n    longest: P1Y", "measures.fine", "either"),
    ("max: P30D", "max: 30 days", "retention.0.max", "pattern"),
    ("  credit_entry:", "  violation:", "refused_types.violation", "not both"),
    ("id: cn-jaywalking", "id: cn-walking", "id", "expected the name of the file"),
    ("field: values.matched_by", "field: values.matched", "refuse_when.0.field", "no field"),
    ("is_in: [machine]", "is_in: [machines]", "refuse_when.0.is_in", "has no machines"),
    ("is_in: [machine]", 'is_in: [machine]\n        below: "0.5"', "refuse_when.0", "exactly one"),
    ("below: values.threshold", "below: values.device", "refuse_when.2", "no number"),
    ("below: values.threshold", "below: values.thresholds", "refuse_when.2", "no number"),
    ("below: values.threshold", "below: half", "refuse_when.2.below", "pattern"),
    ("after: values.at,", "after: values.place,", "refuse_when.3", "no day"),
    ("calendar: CN", "calendar: XX", "refuse_when.3.later_than.calendar", "no calendar"),
    (", calendar: CN", "", "refuse_when.3.later_than", "expected `calendar`"),
    ("status: pilot", "status: pilot\nstatus: pilot", "", "stands twice"),
    ("status: pilot", "status: [pilot", "", "not readable as YAML"),
]


@pytest.mark.parametrize(("old", "new", "key", "expected"), BROKEN, ids=[f"{key}-{word}" for _, _, key, word in BROKEN])
def test_a_broken_file_is_told_by_line_key_and_expectation(
    tmp_path: Path, old: str, new: str, key: str, expected: str
) -> None:
    path, line = _broken(tmp_path, old, new)
    problems = _problems(path)
    told = [problem for problem in problems if key in problem.key and expected in problem.message]
    assert told, [str(problem) for problem in problems]
    # At the change, or at the key that holds what is wrong now.
    assert any(line - 4 <= problem.line <= line + 1 for problem in told)
    assert str(told[0]).startswith(f"cn-jaywalking.yaml:{told[0].line}: ")


def test_a_protected_field_is_found_within_a_group_of_fields(tmp_path: Path) -> None:
    group = "{type: object, additionalProperties: false, properties: {faith: {type: boolean}}}"
    path, line = _broken(tmp_path, "clip_seconds: {type: integer, minimum: 0, maximum: 3600}", f"clip_seconds: {group}")
    assert [(one.line, "religion" in one.message) for one in _problems(path)] == [(line, True)]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path, _ = _broken(tmp_path, "allowed: [face_match]", "allowed: [gossip]")
    text = path.read_text(encoding="utf-8").replace("rests_on: [violation]", "rests_on: [parking]")
    path.write_text(text, encoding="utf-8")
    assert len(_problems(path)) == 1 + text.count("rests_on: [parking]")


def test_a_longest_time_ends_on_a_day_that_exists() -> None:
    def latest(longest: str, from_on: date) -> date | None:
        content = {
            "title": {"en": "Bar", "zh": "禁止"},
            "kind": "restriction",
            "rests_on": ["listing"],
            "longest": longest,
            "carrier": {"en": "Court", "zh": "法院"},
            "basis": "none",
        }
        return catalogue.MeasureType.model_validate(content).latest_end(from_on)

    assert latest("P1Y", date(2024, 2, 29)) == date(2025, 2, 28)
    assert latest("P1M", date(2025, 1, 31)) == date(2025, 2, 28)
    assert latest("P180D", date(2025, 1, 1)) == date(2025, 6, 30)
    assert latest("P1Y6M10D", date(2025, 8, 1)) == date(2027, 2, 11)


def test_programmes_never_name_procedures() -> None:
    procedures = [path.stem for path in (Path(files.__file__).parent / "procedures").glob("*.yaml")]
    assert procedures
    for path in catalogue.FOLDER.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert not [name for name in procedures if name in text]


def test_a_programme_that_was_loaded_is_not_changed() -> None:
    programme: Programme = catalogue.programme("cn-jaywalking")
    with pytest.raises(ValueError, match="frozen"):
        programme.version = 2  # type: ignore[misc]  # that it cannot be done is what is tested
    with pytest.raises(TypeError):
        catalogue.programmes()["x"] = programme  # type: ignore[index]  # likewise
