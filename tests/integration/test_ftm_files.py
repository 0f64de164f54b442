"""A programme's published records go out as entities; sanctions of others come in."""

import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.actors import SERVICE, Actor
from accounts.models import Role, SubjectKind, User
from audit.models import Entry
from records import catalogue, ftm
from records import operations as records
from records.models import Access, Record, Version
from tests import factories, samples
from tests.factories import AT

pytestmark = pytest.mark.django_db
PROGRAMME = "cn-court-defaulters"


@pytest.fixture
def clerk(holder: Any) -> str:
    actor = factories.staff(Role.SUPERVISOR, holder)
    return str(User.objects.get(pk=actor.own_user).email)


def listed(of: Any, *measures: str, **values: Any) -> Record:
    return factories.record_for(of, measures=["list_publication", *measures], values=values)


def export(out: Path, by: str, **options: Any) -> list[dict[str, Any]]:
    said = StringIO()
    call_command("ftm_export", PROGRAMME, str(out), by=by, reason="monthly list", no_input=True, stdout=said, **options)
    return [json.loads(line) for line in out.read_text().splitlines()]


def by_schema(entities: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for entity in entities:
        found.setdefault(entity["schema"], []).append(entity["properties"])
    return found


def test_what_is_published_goes_out_and_leaves_a_look(tmp_path: Path, clerk: str, person: Actor) -> None:
    record = listed(person)
    found = by_schema(export(tmp_path / "out.jsonl", clerk))
    assert found["Person"][0]["name"] == ["Wang Xiaoyu"]
    assert found["Sanction"][0]["authority"] == ["Sample District Court"]
    (look,) = Access.objects.filter(record=record)
    assert (look.purpose, look.reason) == ("publication_export", "monthly list")
    assert Entry.objects.filter(event_type="records.exported").exists()
    assert (tmp_path / "out.jsonl").stat().st_mode & 0o777 == 0o600


def test_of_a_person_only_the_year_of_birth_goes_out_and_never_a_number_or_a_contact(
    tmp_path: Path, clerk: str
) -> None:
    subject = factories.subject(email="canary@mail.example")
    listed(subject)
    number = factories._named(subject, PROGRAMME)["identifiers"][0]["value"]
    entities = export(tmp_path / "out.jsonl", clerk)
    said = json.dumps(entities)
    assert set(by_schema(entities)) == {"Person", "Sanction"}
    assert len(by_schema(entities)["Person"][0]["birthDate"][0]) == 4
    assert number not in said and "canary" not in said


def test_a_company_goes_out_with_its_public_number(tmp_path: Path, clerk: str) -> None:
    listed(factories.subject(kind=SubjectKind.ORGANISATION, name="Sample Trading"), representative="Canary Other")
    entities = export(tmp_path / "out.jsonl", clerk)
    assert set(by_schema(entities)) == {"Company", "Identification", "Sanction"}
    assert "Canary" not in json.dumps(entities)


def test_what_is_not_published_now_does_not_go_out(tmp_path: Path, clerk: str) -> None:
    for number, hide in enumerate(("suspended", "lifted", "never", "deleted")):
        who = factories.person()
        record = factories.record_for(who, measures=["no_plane"]) if hide == "never" else listed(who)
        measures = [measure.pk for measure in record.measures.all()]
        match hide:
            case "suspended":
                records.suspend(measures, case_id=record.pk, by=SERVICE, at=AT)
            case "lifted":
                records.lift(measures[0], case_id=record.pk, by=SERVICE, at=AT)
            case "deleted":
                records.delete(record.pk, case_id=record.pk, by=SERVICE, at=AT)
        assert number >= 0
    assert export(tmp_path / "out.jsonl", clerk) == []
    assert not Access.objects.exists()


def test_a_disputed_record_says_so(tmp_path: Path, clerk: str, person: Actor) -> None:
    record = listed(person)
    records.mark_disputed(record.pk, field="", case_id=record.pk, by=SERVICE, at=AT)
    assert "mark: disputed" in by_schema(export(tmp_path / "out.jsonl", clerk))["Sanction"][0]["summary"]


def test_where_nobody_can_be_asked_nothing_is_written(
    tmp_path: Path, clerk: str, person: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(person)
    monkeypatch.setattr("sys.stdin", StringIO(""))
    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("ftm_export", PROGRAMME, str(tmp_path / "out"), by=clerk, reason="list", stdout=StringIO())
    assert not (tmp_path / "out").exists()


def test_it_asks_first_and_writes_over_nothing(
    tmp_path: Path, clerk: str, person: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(person)
    monkeypatch.setattr("builtins.input", lambda _question: "no")
    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("ftm_export", PROGRAMME, str(tmp_path / "out"), by=clerk, reason="list", stdout=StringIO())
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").write_text("mine")
    with pytest.raises(CommandError, match="Cannot write"):
        export(tmp_path / "out", clerk)
    assert (tmp_path / "out").read_text() == "mine"


def test_only_staff_of_the_holder_export(tmp_path: Path, person: Actor, clerk: str) -> None:
    listed(person)
    stranger = factories.staff(Role.SUPERVISOR, "another-office")
    email = str(User.objects.get(pk=stranger.own_user).email)
    for who in (email, "nobody@office.example"):
        with pytest.raises(CommandError):
            export(tmp_path / "out", who)
        assert not (tmp_path / "out").exists()
    assert not Access.objects.exists()


def test_a_programme_that_publishes_nothing_exports_nothing(tmp_path: Path, clerk: str) -> None:
    with pytest.raises(CommandError, match="publishes nothing"):
        call_command("ftm_export", "us-credit-file", str(tmp_path / "out"), by=clerk, reason="x", no_input=True)


# --- coming in


def file_of(folder: Path, *lines: dict[str, Any], more: Sequence[Any] = ()) -> Path:
    kind = catalogue.programme(PROGRAMME).types["court_listing"]
    path = folder / "entities.ftm.json"
    found = [entity for line in lines for entity in ftm.entities(PROGRAMME, kind, line)]
    path.write_text("".join(json.dumps(each) + "\n" for each in (*found[::-1], *more)))
    return path


def line(ref: str = "ftm-1", **values: Any) -> dict[str, Any]:
    return samples.line(PROGRAMME, "court_listing", ["no_plane"], values, source="sample-court", ref=ref)


def take_in(path: Path, settings: Any, folder: Path) -> tuple[int, str]:
    settings.VAR_DIR = folder / "var"
    said, status = StringIO(), 0
    try:
        call_command("ftm_import", PROGRAMME, str(path), source="sample-court", stdout=said, stderr=said)
    except SystemExit as end:
        status = int(end.code or 0)
    return status, said.getvalue()


def test_sanctions_come_in_like_any_file_and_change_nothing_twice(tmp_path: Path, settings: Any) -> None:
    path = file_of(tmp_path, line())
    assert take_in(path, settings, tmp_path) == (0, "1 new, 0 changed, 0 unchanged; 0 not taken in.\n")
    record = Record.objects.get()
    assert (record.source.code, record.source_ref, record.type) == ("sample-court", "ftm-1", "court_listing")
    assert [measure.type for measure in record.measures.all()] == ["no_plane"]
    status, said = take_in(path, settings, tmp_path)
    assert (status, said) == (0, "0 new, 0 changed, 1 unchanged; 0 not taken in.\n")
    assert Version.objects.count() == 1


def test_nothing_of_the_file_stays_behind(tmp_path: Path, settings: Any) -> None:
    take_in(file_of(tmp_path, line()), settings, tmp_path)
    assert not list((tmp_path / "var" / "imports").glob("ftm-*"))


def test_what_is_refused_is_named_by_its_own_line_and_field(tmp_path: Path, settings: Any) -> None:
    path = file_of(tmp_path, line("1"), line("2", amount="CANARY"), more=[{"id": "x", "schema": "Vessel"}])
    status, said = take_in(path, settings, tmp_path)
    assert status == 1
    assert "line 7: schema: Things of this kind are not taken in." in said
    (named,) = (tmp_path / "var" / "imports").glob("*.refused.jsonl")
    assert json.loads(named.read_text())["line"] == 1
    assert "CANARY" not in said + named.read_text()


def test_a_file_without_a_record_is_refused(tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "empty.json"
    path.write_text("\n")
    with pytest.raises(CommandError, match="No record"):
        take_in(path, settings, tmp_path)
    with pytest.raises(CommandError, match="cannot be read"):
        take_in(tmp_path / "missing.json", settings, tmp_path)
