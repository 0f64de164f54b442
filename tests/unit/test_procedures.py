"""Procedure files: what they say, what they may not do, and how a broken one is told."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from law import calendars, clocks, explain, files, grounds, procedures, rules
from law.procedures import Procedure
from records import catalogue

TODAY = date(2026, 11, 22)
SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "procedure.schema.json"
LAW = {"cite": "an Act, section 1", "basis": "law"}


def _open(**thing: str) -> list[str]:
    found = procedures.open_for(**{"subject_kind": "person", **thing}, on=TODAY)
    return [procedure.id for procedure in found]


def _broken(folder: Path, source: Path, old: str, new: str) -> tuple[Path, int]:
    """A copy of a shipped file with one change, and the line of the change."""
    text = source.read_text(encoding="utf-8")
    assert old in text
    copy = folder / source.name
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy, text[: text.index(old)].count("\n") + 1


def _changed(id: str, change: Callable[[dict[str, object]], None]) -> Procedure:
    content, _ = files.load(procedures.FOLDER / f"{id}.yaml")
    change(content)
    return Procedure.model_validate(content)


def test_every_shipped_file_is_valid() -> None:
    assert procedures.check_all() == []


def test_the_published_schema_is_the_schema_of_the_code() -> None:
    # Written by: python -m law.procedures > docs/reference/procedure.schema.json
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == procedures.json_schema()


def test_a_defaulter_may_choose_between_the_court_and_our_own_procedure() -> None:
    assert _open(programme="cn-court-defaulters", type="court_listing") == [
        "cn-spc-defaulter-list",
        "redress-model",
    ]
    assert _open(programme="cn-court-defaulters", measure="no_plane") == ["redress-model"]


def test_each_programme_opens_its_own_procedures() -> None:
    assert _open(programme="cn-jaywalking", type="face_event") == ["redress-model"]
    assert _open(programme="us-credit-file", type="collection") == ["us-fcra-cra-dispute"]
    companies = _open(programme="cn-corporate-classes", type="serious_illegal", subject_kind="organisation")
    assert {"cn-source-complaint", "cn-source-repair", "cn-source-delisting"} < set(companies)
    assert {"cn-ndrc-credit-repair-2026", "cn-admin-reconsideration", "cn-samr-serious-list"} < set(companies)
    assert "cn-samr-abnormal-list" not in companies  # that one is for another list
    assert _open(programme="us-credit-file", measure="housing_refused") == []
    assert _open(programme="nowhere", type="court_listing") == []


def test_whatever_may_be_held_about_somebody_can_be_disputed() -> None:
    held = [
        (programme.id, name, kind)
        for programme in catalogue.programmes().values()
        for name, record_type in programme.types.items()
        for kind in record_type.about
    ]
    assert len(held) > 10
    assert [each for each in held if not _open(programme=each[0], type=each[1], subject_kind=each[2])] == []


def test_the_credit_file_dispute_is_for_people_only() -> None:
    assert _open(programme="us-credit-file", type="collection", subject_kind="organisation") == []
    assert "redress-model" in _open(programme="cn-court-defaulters", type="court_listing", subject_kind="organisation")


def test_a_procedure_opens_only_while_it_is_law() -> None:
    early = procedures.open_for(
        programme="cn-court-defaulters", type="court_listing", subject_kind="person", on=date(2017, 4, 30)
    )
    assert early == []


def test_the_model_procedure_has_every_safeguard_by_a_rule() -> None:
    model = procedures.procedure("redress-model")
    assert model.marks_disputed
    assert model.suspends_measures
    assert model.needs_second_person
    assert model.asks_source
    assert model.next_tier("first") is not None
    assert model.clock("resume_after_service") is not None
    assert set(model.safeguards) == set(rules.SAFEGUARDS)
    assert all(safeguard.given_by for safeguard in model.safeguards.values())


def test_the_court_does_not_suspend_and_the_credit_agency_needs_no_second_person() -> None:
    court, agency = procedures.procedure("cn-spc-defaulter-list"), procedures.procedure("us-fcra-cra-dispute")
    assert (court.marks_disputed, court.suspends_measures) == (True, False)
    assert court.interim.mark_disputed.basis == "service"
    assert (agency.marks_disputed, agency.suspends_measures, agency.needs_second_person) == (
        True,
        False,
        False,
    )


def test_grounds_and_remedies_fit_the_thing() -> None:
    model = procedures.procedure("redress-model")
    assert model.remedies_for("not_me") == ("detach", "delete")
    assert model.remedies_for("not_me", "measure") == ("lift",)
    assert model.remedies_for("cannot_pay") == ()
    assert "cannot_pay" not in {ground.id for ground in model.grounds_for("record")}
    assert "cannot_pay" in {ground.id for ground in model.grounds_for("measure")}
    assert model.remedies_for("no such ground") == ()


def test_what_cannot_be_verified_goes_and_its_measure_is_lifted() -> None:
    model = procedures.procedure("redress-model")
    assert model.unverifiable_remedy("record") == "delete"
    assert model.unverifiable_remedy("measure") == "lift"


def test_tiers_end() -> None:
    court = procedures.procedure("cn-spc-defaulter-list")
    above = court.next_tier("executing_court")
    assert above is not None
    assert above.id == "higher_court"
    assert court.next_tier("higher_court") is None


def test_a_statement_is_limited_only_for_those_who_were_helped() -> None:
    statement = procedures.procedure("us-fcra-cra-dispute").statement
    assert statement.word_limit(helped=True) == 100
    assert statement.word_limit(helped=False) is None


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(procedures.UnknownProcedure, match="no-such-law"):
        procedures.procedure("no-such-law")
    with pytest.raises(procedures.UnknownProcedure, match="redress-model 99"):
        procedures.procedure("redress-model", 99)
    with pytest.raises(procedures.NoSuchClock, match="resume_after_service"):
        procedures.due_for(procedures.procedure("cn-spc-defaulter-list"), "resume_after_service", TODAY)
    with pytest.raises(procedures.NoSuchClock, match="deemed_service"):
        procedures.due_for(procedures.procedure("us-fcra-cra-dispute"), "deemed_service", TODAY)


@pytest.mark.parametrize(
    ("evidence", "adopted", "may_give", "may_take"),
    [
        ("read", False, True, True),
        ("reported", False, False, False),
        ("reported", True, True, False),
        ("unread", False, False, False),
        ("unread", True, True, False),
    ],
)
def test_what_was_not_read_never_takes_and_gives_only_when_adopted(
    evidence: str, adopted: bool, may_give: bool, may_take: bool
) -> None:
    adoption = {"adopted_by": "the holder", "adopted_on": TODAY} if adopted else {}
    rule = rules.Rule.model_validate({**LAW, "evidence": evidence, **adoption})
    assert (rule.acts_for_person(), rule.acts_against_person()) == (may_give, may_take)


@pytest.mark.parametrize("safeguard", ["mark_disputed", "suspend_measures"])
def test_an_unread_no_does_not_take_a_safeguard_away(safeguard: str) -> None:
    unread_no = rules.Switch.model_validate({**LAW, "evidence": "unread", "applies": False})
    unread_yes = rules.Switch.model_validate({**LAW, "evidence": "unread", "applies": True})
    assert unread_no.in_effect(), safeguard
    assert not unread_yes.in_effect(), safeguard


def test_an_unread_window_never_closes_and_an_unread_service_is_never_deemed() -> None:
    def forget(content: dict[str, object]) -> None:
        content["tiers"][1]["file_by"]["evidence"] = "unread"  # type: ignore[index]  # plain YAML
        content["service"]["deemed"]["evidence"] = "reported"  # type: ignore[index]  # plain YAML

    model = _changed("redress-model", forget)
    assert model.clock("review_file_by") is None
    assert model.deemed_service is None


def test_a_ground_that_nobody_adopted_is_not_offered() -> None:
    def forget(content: dict[str, object]) -> None:
        for ground in content["grounds"]:  # type: ignore[attr-defined]  # plain YAML
            ground.pop("adopted_by", None)
            ground.pop("adopted_on", None)

    court = _changed("cn-spc-defaulter-list", forget)
    assert [ground.id for ground in court.grounds_for("record")] == ["already_put_right", "expired"]


def test_no_consequence_of_lateness_is_adverse_to_the_person() -> None:
    for_the_person = {
        "tell_person",
        "next_tier_opens",
        "deemed_admitted",
        "pay_per_day",
        "compensation",
        "delete",
        "lift",
    }
    against_the_holder = {"tell_supervisor", "report", "fine"}
    assert set(get_args(rules.Consequence)) == for_the_person | against_the_holder


def test_nobody_is_served_at_a_contact_that_they_did_not_confirm() -> None:
    with pytest.raises(ValidationError):
        rules.Deemed.model_validate(
            {**LAW, "evidence": "read", "length": 7, "unit": "week", "only_confirmed_contact": False}
        )


def test_the_order_of_the_keys_does_not_matter() -> None:
    path = procedures.FOLDER / "redress-model.yaml"
    content, _ = files.load(path)
    turned = Procedure.model_validate({key: content[key] for key in reversed(content)})
    assert turned == procedures.procedure("redress-model")


def test_every_text_is_said_in_both_languages() -> None:
    for procedure in procedures.procedures().values():
        for text in (procedure.title, procedure.summary, *(tier.how for tier in procedure.tiers)):
            assert re.search(r"[\u4e00-\u9fff]", text.in_language("zh-hans"))
            assert not re.search(r"[\u4e00-\u9fff]", text.in_language("en"))
    for ground in grounds.grounds().values():
        assert re.search(r"[\u4e00-\u9fff]", ground.title.zh + ground.hint.zh)


BROKEN_PROCEDURES = [
    ("calendar: CN", "calender: CN", "calender: is not a key"),
    ("case_version: filing_date", "case_version: some_day", "'filing_date' or 'decision_date'"),
    ("valid_from: 2026-01-01", "valid_from: 2026-02-30", "expected YYYY-MM-DD"),
    ("valid_from: 2026-01-01", "valid_from: 2026-01-01\nvalid_to: 2025-01-01", "ends before it starts"),
    ("version: 1", "version: none yet", "valid integer"),
    ("calendar: CN", "calendar: ZZ", "no calendar file for ZZ"),
    ("id: inaccurate, remedies", "id: unfair, remedies", "no known ground"),
    ("id: incomplete, remedies", "id: inaccurate, remedies", "stands twice"),
    ("remedies: [correct], cite", "remedies: [apologise], cite", "'correct', 'delete', 'detach' or 'lift'"),
    ("start: received, length: 3, unit: working_day", "start: received, length: 0, unit: working_day", "1"),
    ("length: 3, unit: working_day", "length: 3, unit: moon", "'calendar_day', 'working_day'"),
    ("start: served, length: 10", "start: served, length: 2", "expected 3 or more"),
    ("  resume_after_service: {start", "  correct: {start", "stands twice"),
    ("only_confirmed_contact: true", "only_confirmed_contact: false", "True"),
    ("second_person: true, cite", "second_person: true, cites", "approval.cite: is missing"),
    ("evidence: read}", "evidence: read, adopted_by: us}", "adopted_by and adopted_on together"),
    ("given_by: clocks.decide", "given_by: clocks.hurry", "no rule of this file"),
    ("given_by: tiers.second", "given_by: yes", "string"),
    ("given_by: tiers.second", 'given_by: "yes"', "yes is no rule of this file"),
    ("given_by: tiers.second", "given_by: tiers.first", "is the first tier; expected one above it"),
    ("given_by: tiers.second", "given_by: notices.filed", "cannot give higher_tier; expected a rule under tiers."),
    ("given_by: tiers.second", "law_silent: nothing", "'nothing' is no citation; expected where you looked"),
    ("given_by: tiers.second", "given_by: tiers.second, tested_by: tests/unit/test_x.py::test_y", "does not exist"),
    (
        "start: received, length: 3, unit: working_day",
        "start: received, length: 3, unit: day",
        "'day' needs `counting`",
    ),
    ("start: received, length: 3, unit: working_day", "start: somehow, length: 3, unit: working_day", "start"),
    (
        "reason: complexity, by: approval, length: 10, unit: working_day",
        "reason: complexity, by: approval, length: 10",
        "length and unit together",
    ),
    (
        "reason: complexity, by: approval, length: 10, unit: working_day",
        "reason: complexity, by: approval, trigger: information_received",
        "expected length or total",
    ),
    ("reasons: [clarification, identity_check]", "reasons: [weather, identity_check]", "reasons.0"),
    ("cured_by: cure", "cured_by: heal", "cured_by"),
    ("  - id: repeat\n", "  - id: late\n", "lateness follows from clocks.file_by"),
    ("next_tier: second", "next_tier: third", "third is no tier above the first"),
    ("  hearing: {text", "  hearings: {text", "safeguards"),
    ("jurisdiction: none", "jurisdiction: [none", "not readable as YAML"),
    ("{type: correct, cite", "{type: correction, cite", "requests.0.type"),
    ("requests:\n", "requests: []\nrequest:\n", "request: is not a key"),
    ("effects: [tell_person, ", "effects: [sell_person, ", "'tell_person', 'tell_supervisor'"),
    ("effects: [tell_person, ", "effects: [pay_per_day, ", "expected per_day with the effect"),
    ("- {effects: [tell_person", "- {clock: mark, effects: [tell_person", "there is no clock mark"),
    ("- {effects: [tell_person", "- {opens: court, effects: [tell_person", "court is no tier above the first"),
    ("  - id: second\n", "  - id: first\n", "stands twice"),
    ("zh: 请我们重新核查}", "zh: ''}", "title.zh"),
]


@pytest.mark.parametrize(("old", "new", "message"), BROKEN_PROCEDURES)
def test_a_broken_procedure_names_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path, line = _broken(tmp_path, procedures.FOLDER / "redress-model.yaml", old, new)
    told = procedures.check_all(tmp_path)
    assert told
    assert message in "\n".join(told)
    # Added lines and unclosed brackets are found on the line after the change at the latest.
    near = {line, line + 1}
    assert any(int(problem.split(":")[1]) in near and path.name in problem for problem in told), told


@pytest.mark.parametrize(
    ("id", "old", "new", "key"),
    [
        ("us-fcra-direct-dispute", '1022.43(b)(2)", <<: *read', '1022.43(b)(2)", <<: *service', "exclusions.1"),
        ("us-fcra-direct-dispute", '1022.43(d)", <<: *read', '1022.43(d)", <<: *service', "documents.0"),
        ("us-fcra-direct-dispute", '1022.43(f)(1)(ii)"\n    <<: *read', '(f)"\n    <<: *service', "screening.1"),
        ("us-fcra-adverse-action", 'of the notice", <<: *read', 'of the notice", <<: *service', "clocks.file_by"),
        (
            "ie-credit-register",
            'after receipt", <<: *read',
            'after receipt", <<: *service',
            "clocks.decide.extensions.0",
        ),
    ],
)
def test_a_rule_of_the_holders_own_never_protects_the_person_less(
    tmp_path: Path, id: str, old: str, new: str, key: str
) -> None:
    path, line = _broken(tmp_path, procedures.FOLDER / f"{id}.yaml", old, new)
    (told,) = procedures.check_all(tmp_path)
    assert f"{key}: a service rule takes from the person here" in told
    assert path.name in told
    # The line of the rule, which begins a little above what was changed in it.
    assert line - 8 <= int(told.split(":")[1]) <= line + 1


BROKEN_CALENDARS = [
    ("last: 2026-01-03", "last: 2025-12-03", "expected 2026-01-01 or later"),
    ("first: 2026-05-01", "first: 2027-05-01", "not in 2026"),
    ("2026-01-04", "2026-01-05", "expected a weekend day"),
    ("announced: true", "announced: perhaps", "announced"),
    ("code: CN", "code: DE", "expected the file name DE-2026.yaml"),
]


@pytest.mark.parametrize(("old", "new", "message"), BROKEN_CALENDARS)
def test_a_broken_calendar_names_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    _, line = _broken(tmp_path, calendars.FOLDER / "CN-2026.yaml", old, new)
    told = calendars.check_files(tmp_path)
    assert message in "\n".join(str(problem) for problem in told)
    assert line in {problem.line for problem in told}


@pytest.mark.parametrize(
    ("source", "model", "old", "new"),
    [
        (grounds.FILE, grounds.Catalogue, "needs: [words]", "needs: [money]"),
        (explain.FILE, explain.Explanations, "received: {en:", "received: {english:"),
    ],
)
def test_a_broken_catalogue_names_its_line(
    tmp_path: Path, source: Path, model: type[files.Model], old: str, new: str
) -> None:
    path, line = _broken(tmp_path, source, old, new)
    with pytest.raises(files.FileProblems) as caught:
        files.read(path, model)
    assert {problem.line for problem in caught.value.problems} == {line}


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, "the file is empty"),
        (b"id: a\nversion: \xff\n", 2, "not UTF-8"),
        (b"id: a\nid: b\n", 2, "stands twice"),
        (b"id: a\n[1, 2]: b\n", 2, "not plain text"),
        (b"- just\n- a list\n", 1, "valid dictionary"),
    ],
)
def test_a_file_that_is_no_file_is_told(tmp_path: Path, content: bytes, line: int, message: str) -> None:
    path = tmp_path / "redress-model.yaml"
    path.write_bytes(content)
    with pytest.raises(files.FileProblems) as caught:
        files.read(path, Procedure)
    assert caught.value.problems[0].line == line
    assert message in caught.value.problems[0].message


def test_two_files_of_one_version_and_a_wrong_name_are_told(tmp_path: Path) -> None:
    text = (procedures.FOLDER / "redress-model.yaml").read_text(encoding="utf-8")
    (tmp_path / "redress-model.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "other.yaml").write_text(text, encoding="utf-8")
    told = "\n".join(procedures.check_all(tmp_path))
    assert "expected the file name redress-model.yaml" in told
    assert "version 1 stands in two files" in told


def _two_versions(folder: Path) -> None:
    text = (procedures.FOLDER / "redress-model.yaml").read_text(encoding="utf-8")
    old = text.replace("valid_from: 2026-01-01", "valid_from: 2026-01-01\nvalid_to: 2026-06-30")
    new = text.replace("version: 1", "version: 2\nsupersedes: {id: redress-model, version: 1}")
    new = new.replace("valid_from: 2026-01-01", "valid_from: 2026-07-01")
    (folder / "redress-model@1.yaml").write_text(old, encoding="utf-8")
    (folder / "redress-model.yaml").write_text(new, encoding="utf-8")


def test_the_version_that_is_law_on_the_day_is_the_one_that_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _two_versions(tmp_path)
    versions = procedures._versions(tmp_path)
    monkeypatch.setattr(procedures, "_versions", lambda: versions)

    def opened(on: date) -> list[int]:
        found = procedures.open_for(programme="cn-jaywalking", type="violation", subject_kind="person", on=on)
        return [procedure.version for procedure in found]

    assert opened(date(2025, 12, 31)) == []
    assert opened(date(2026, 6, 30)) == [1]
    assert opened(date(2026, 7, 1)) == [2]
    assert procedures.procedure("redress-model").version == 2
    assert procedures.procedure("redress-model", 1).version == 1


def test_a_version_that_was_replaced_must_stay(tmp_path: Path) -> None:
    _two_versions(tmp_path)
    assert procedures.check_all(tmp_path) == []
    (tmp_path / "redress-model@1.yaml").unlink()
    assert "redress-model version 1 has no file" in "\n".join(procedures.check_all(tmp_path))


@pytest.mark.parametrize(
    ("first", "second", "third", "overlaps"),
    [
        ("valid_to: 2026-06-30", "valid_from: 2026-07-01", "", False),
        ("", "valid_from: 2026-07-01", "", True),
        ("valid_to: 2026-07-01", "valid_from: 2026-07-01", "", True),
        ("valid_to: 2026-06-30", "valid_from: 2026-07-01", "valid_from: 2026-06-30", True),
        ("valid_to: 2026-06-30", "valid_from: 2026-07-01\nvalid_to: 2026-07-31", "valid_from: 2026-08-01", False),
    ],
)
def test_two_versions_of_one_procedure_are_never_law_on_one_day(
    first: str, second: str, third: str, overlaps: bool, tmp_path: Path
) -> None:
    text = (procedures.FOLDER / "redress-model.yaml").read_text(encoding="utf-8")
    dates = [f"valid_from: 2026-01-01\n{first}", second, *([third] if third else [])]
    for number, said in enumerate(dates, 1):
        made = text.replace("version: 1", f"version: {number}").replace("valid_from: 2026-01-01", said)
        (tmp_path / f"redress-model@{number}.yaml").write_text(made, encoding="utf-8")
    problems = procedures.check_all(tmp_path)
    assert bool(problems) is overlaps
    if overlaps:
        line = text[: text.index("valid_from")].count("\n") + 1
        assert re.search(rf"^redress-model@\d\.yaml:{line}: valid_from: version \d is law on some", problems[0])


@pytest.mark.parametrize(("hour", "version"), [(15, 1), (16, 2)])
def test_a_version_begins_with_the_day_of_its_own_place(
    hour: int, version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _two_versions(tmp_path)
    versions = procedures._versions(tmp_path)
    monkeypatch.setattr(procedures, "_versions", lambda: versions)
    moment = datetime(2026, 6, 30, hour, tzinfo=UTC)  # 1 July begins in Shanghai at 16:00 UTC
    (found,) = procedures.open_for(programme="cn-jaywalking", type="violation", subject_kind="person", on=moment)
    assert found.version == version == procedures.law_on("redress-model", moment).version


def test_on_a_day_on_which_no_version_is_law_the_newest_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _two_versions(tmp_path)
    versions = procedures._versions(tmp_path)
    monkeypatch.setattr(procedures, "_versions", lambda: versions)
    assert procedures.law_on("redress-model", date(2025, 12, 31)).version == 2
    with pytest.raises(procedures.UnknownProcedure):
        procedures.law_on("no-such-law", TODAY)


# Rules that were not read never act against the person


def test_an_unread_extension_or_pause_does_not_make_the_answer_later() -> None:
    gdpr = procedures.procedure("eu-gdpr-accuracy")
    clock, written = gdpr.clock("decide"), gdpr.timer("decide", as_written=True).clock
    assert clock is not None
    assert (len(written.extensions), len(written.pauses)) == (1, 1)
    assert (clock.extensions, clock.pauses) == ((), ())
    start, told = date(2026, 3, 5), [clocks.Entry("extended", date(2026, 4, 1))]
    assert procedures.due_for(gdpr, "decide", start, "DE", ledger=told).latest == date(2026, 4, 7)
    assert procedures.due_for(gdpr, "decide", start, "DE", ledger=told, as_written=True).latest == date(2026, 6, 5)


def test_an_extension_that_was_read_does() -> None:
    told = [clocks.Entry("extended", date(2026, 4, 1))]
    uk = procedures.procedure("uk-gdpr-rights")
    assert procedures.due_for(uk, "decide", date(2026, 3, 5), ledger=told).latest == date(2026, 6, 5)


def test_an_extension_that_the_person_agrees_to_may_be_adopted() -> None:
    clock = procedures.procedure("au-credit-correction").clock("decide")
    assert clock is not None
    assert [rule.reason for rule in clock.extensions] == ["agreement"]


def test_a_waiting_time_that_nobody_read_keeps_nobody_waiting() -> None:
    repair = procedures.procedure("cn-ndrc-credit-repair-2026")
    assert "delist_after" in repair.clocks
    assert repair.clock("delist_after") is None
    assert repair.clock("delist_after", "serious") is None


def test_papers_may_be_insisted_on_only_where_the_rule_was_read() -> None:
    repair, block = procedures.procedure("cn-ndrc-credit-repair-2026"), procedures.procedure("us-fcra-idtheft-block")
    assert [each.id for each in repair.documents_asked("repair")] == ["undertaking", "proof_of_rectification"]
    assert repair.documents_for("repair") == ()
    assert repair.documents_asked("correct") == ()
    assert [each.id for each in block.documents_for("block")] == [
        "proof_of_identity",
        "theft_report",
        "entries",
        "statement",
    ]


def test_nobody_is_turned_away_or_left_out_by_a_rule_that_was_not_read() -> None:
    agency, direct = procedures.procedure("us-fcra-cra-dispute"), procedures.procedure("us-fcra-direct-dispute")
    assert agency.screening_for("frivolous") is None
    assert agency.screening
    refused = direct.screening_for("frivolous")
    assert refused is not None
    assert (refused.decided_by, refused.revived_by) == ("human", ("new_information",))
    act = procedures.procedure("us-privacy-act-amendment")
    assert (len(act.exclusions), act.exclusions_in_effect()) == (2, ())
    assert [each.id for each in direct.exclusions_in_effect()] == ["other_things", "repair_firms"]


def test_coming_late_is_a_rule_where_a_window_was_read_and_there_is_somewhere_to_go() -> None:
    above = procedures.procedure("cn-admin-reconsideration")
    late, excuse = above.screening_for("late"), above.excuse_for("file_by")
    assert late is not None
    assert (late.cite, late.next_tier, late.decided_by) == ("行政复议法 art 20", "court", "human")
    assert excuse is not None
    assert excuse.reasons == ("force_majeure", "good_reason")
    # Ours has no window; that of the list of abnormal operations is known from memory.
    for id in ("redress-model", "cn-samr-abnormal-list"):
        assert procedures.procedure(id).screening_for("late") is None
        assert procedures.procedure(id).excuse_for("file_by") is None


def test_what_is_withheld_and_what_it_costs_must_have_been_read() -> None:
    trip = procedures.procedure("us-dhs-trip")
    assert [limit.level for limit in trip.disclosure_limits] == ["status_only", "criterion"]
    assert procedures.procedure("eu-dsa-adr").is_free
    assert not procedures.procedure("cn-gov-info-correction").is_free


def test_standing_and_requests_are_given_when_adopted() -> None:
    pipl = procedures.procedure("cn-pipl")
    relative = pipl.standing_as("close_relative")
    assert relative is not None
    assert relative.needs == ("proof_of_kinship",)
    assert pipl.standing_as("lawyer") is None
    assert "human_review" in pipl.request_types
    asked = {ground.id for ground in pipl.grounds_for("record", "delete")}
    assert "no_longer_needed" in asked


def test_further_interim_effects_are_given_by_a_rule_only() -> None:
    block = procedures.procedure("us-fcra-idtheft-block")
    assert block.interim_effect("block")
    assert not block.interim_effect("mask")
    assert not procedures.procedure("cn-ndrc-credit-repair-2026").interim_effect("mask")


def test_silence_has_the_effects_that_the_file_names() -> None:
    act = procedures.procedure("cn-admin-reconsideration")
    assert [rule.effects for rule in act.consequences_of("accept")] == [("deemed_admitted", "tell_person")]
    assert {effect for rule in act.consequences_of("decide") for effect in rule.effects} == {
        "tell_person",
        "tell_supervisor",
        "next_tier_opens",
    }
    (paid,) = [rule for rule in procedures.procedure("in-cicra-correction").consequences_of("decide") if rule.per_day]
    assert paid.per_day is not None
    assert (paid.per_day.amount, paid.per_day.currency) == (100, "INR")


def test_unverifiable_has_opposite_defaults() -> None:
    us, cn = procedures.procedure("us-fcra-cra-dispute"), procedures.procedure("cn-credit-reporting-objection")
    assert us.unverifiable_remedy("record") == "delete"
    assert cn.on_unverifiable.record == "annotate"
    assert cn.unverifiable_remedy("record") is None


def test_each_tier_has_its_own_windows() -> None:
    act = procedures.procedure("us-privacy-act-amendment")
    assert act.clock("review_decide") == act.clock("review_decide:head_of_agency")
    assert act.clock("review_decide:court") is None
    listed = procedures.procedure("cn-samr-serious-list")
    names = listed.clock_names()
    assert {"review_file_by", "review_file_by:reconsideration", "review_file_by:court"} <= set(names)
    court = procedures.due_for(listed, "review_file_by:court", date(2026, 3, 5))
    assert court.latest == date(2026, 9, 7)


@pytest.mark.parametrize("id", procedures.procedures())
def test_every_clock_of_every_file_gives_a_day_as_it_is_written(id: str) -> None:
    found = procedures.procedure(id)
    for name in found.clock_names():
        variants = [None, *found.timer(name, as_written=True).clock.variants]
        for variant in variants:
            due = procedures.due_for(found, name, date(2026, 3, 5), variant=variant, as_written=True)
            assert date(2026, 3, 5) <= due.earliest <= due.latest, (name, variant)


def test_every_procedure_of_the_facts_is_there() -> None:
    assert set(procedures.procedures()) == {
        "redress-model",
        *("us-fcra-cra-dispute", "us-fcra-disclosure", "us-fcra-furnisher-indirect", "us-fcra-direct-dispute"),
        *("us-fcra-idtheft-block", "us-fcra-adverse-action", "us-privacy-act-amendment", "us-dhs-trip"),
        *("eu-gdpr-accuracy", "eu-dsa-complaint", "eu-dsa-adr", "eu-aiact-explanation", "eu-pwd-human-review"),
        *("eu-ccd2-credit-refusal", "cn-pipl", "cn-credit-reporting-objection", "cn-spc-defaulter-list"),
        *("cn-ndrc-credit-repair-2026", "cn-ndrc-credit-repair-2023", "cn-samr-serious-list", "cn-samr-credit-repair"),
        *("cn-samr-penalty-publication", "cn-samr-abnormal-list", "cn-admin-reconsideration"),
        *("cn-shanghai-social-credit", "cn-gov-info-correction", "uk-dpa-complaint", "uk-gdpr-rights"),
        *("uk-cca-credit-file", "au-credit-correction", "in-cicra-correction", "in-dpdp", "ie-credit-register"),
        *("cn-source-complaint", "cn-source-repair", "cn-source-delisting"),
    }


@pytest.mark.parametrize(
    ("asked", "line", "said"),
    [
        ("case_version: decision_date", 0, "case_version: a case that runs goes by the version of its day of filing"),
        (
            "case_version: filing_date\nmilder: [clocks.decide]",
            1,
            "milder.0: clocks.decide cannot be changed",
        ),
        ("case_version: filing_date\nmilder: [clocks.nothing]", 1, "milder.0: clocks.nothing is no rule of this file"),
    ],
)
def test_what_cannot_be_done_for_cases_that_run_already_is_refused(
    asked: str, line: int, said: str, tmp_path: Path
) -> None:
    copy, at = _broken(tmp_path, procedures.FOLDER / "redress-model.yaml", "case_version: filing_date", asked)
    problem, *_ = procedures.check_all(tmp_path)
    assert problem.startswith(f"{copy.name}:{at + line}: {said}")


def test_the_repair_rules_of_2026_replace_those_of_2023() -> None:
    old, new = (procedures.procedure(f"cn-ndrc-credit-repair-{year}") for year in (2023, 2026))
    assert (old.is_valid_on(date(2026, 3, 31)), new.is_valid_on(date(2026, 3, 31))) == (True, False)
    assert (old.is_valid_on(date(2026, 4, 1)), new.is_valid_on(date(2026, 4, 1))) == (False, True)
    assert new.supersedes is not None
    assert new.supersedes.id == old.id
