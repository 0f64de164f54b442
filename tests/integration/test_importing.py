"""Data comes in: what a line leaves behind, from a file and from another system."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.actors import SERVICE, Actor
from accounts.models import Role, User
from accounts.queries import address_of, particulars_of
from audit import bulk
from audit.models import Entry, Opening
from audit.queries import entries_of_record, opened
from delivery.models import Message
from records import access, catalogue, queries
from records.importing import Outcome, Tally, import_one
from records.importing.rows import TABLES
from records.management.commands import import_records
from records.models import ImportRun, Measure, Record, Version
from tests import feeds
from tests.factories import AT, staff, system
from tests.feeds import feed, line

NO_PLANE = ("no_plane", "2026-10-25")
NO_TRAIN = ("no_g_train_other", "2026-10-25")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


def counts(tally: Tally) -> tuple[int, int, int, int]:
    return tally.created, tally.changed, tally.unchanged, tally.refused


def kinds() -> list[tuple[str, str]]:
    """Kind of each message and how it goes out. Those of one moment have no order of their own."""
    return sorted((each.kind, each.not_possible or each.mail_state) for each in Message.objects.all())


# --- what a line leaves behind


@pytest.mark.django_db(transaction=True)
def test_a_line_becomes_a_record_with_its_measure_notices_and_log(tmp_path: Path) -> None:
    tally = feed(tmp_path, line(email="wang@mail.example", measures=[NO_PLANE], amount="830.00"))
    assert counts(tally) == (1, 0, 0, 0)
    assert tally.new_sources == ("sample-court",)
    record = Record.objects.get()
    version = queries.latest_version(record)
    said = queries.open_content(version.content)
    assert (record.source.code, record.source_ref, record.type) == ("sample-court", "1", "court_listing")
    assert (said.values["amount"], said.provenance["method"]) == ("830.00", version.method)
    assert (version.number, version.cause, version.entered_in_id) == (1, "supplied", tally.run_id)
    assert particulars_of(record.subject_id).name == "Wang Xiaoyu"
    reached = address_of(record.subject_id)
    assert reached and (reached.email, reached.language) == ("wang@mail.example", "zh-hans")
    assert record.measures.get().type == "no_plane"
    assert kinds() == [("measure_imposed", "none"), ("record_added", "waiting")]
    facts = opened(entry.pk for entry in entries_of_record(record.pk))
    state = f"current:1:{bytes(version.digest).hex()}"
    told = [(said.get("state_after") or said["measure"], said["notice"]) for said in facts.values()]
    assert told == [(state, "mail"), (f"no_plane:{record.measures.get().pk}", "inbox")]
    assert {said["actor"] for said in facts.values()} == {"service"}


def test_a_run_says_who_read_what_and_how_far_it_came(tmp_path: Path) -> None:
    tally = feed(tmp_path, line("1"), line("2"), {**line("3"), "type": "no_such_type"})
    run = ImportRun.objects.get()
    assert (run.pk, run.file_name, run.started_at, run.finished_at) == (tally.run_id, "feed.jsonl", AT, AT)
    assert (run.lines_read, run.created, run.refused) == (3, 2, 1)
    started, finished = Entry.objects.filter(event_type__startswith="import.").order_by("pk")
    facts = opened([started.pk, finished.pk])
    assert len(str(facts[started.pk]["document_sha256"])) == 64
    assert (facts[finished.pk]["accepted"], facts[finished.pk]["refused"]) == (2, 1)


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    lines = [line(str(n), n, email=f"p{n % 3}@mail.example", measures=[NO_PLANE]) for n in range(1, 6)]
    feed(tmp_path, *lines)
    before = feeds.rows_by_table()
    assert counts(feed(tmp_path, *lines)) == (0, 0, 5, 0)
    openings = {"audit_opening": 2, "audit_pending": 2, "records_runsource": 1}  # of each entry one
    assert feeds.added(before) == {"records_importrun": 1, "audit_entry": 2, **openings}


def test_other_content_adds_a_version_and_tells_the_person(tmp_path: Path) -> None:
    feed(tmp_path, line(amount="830.00"))
    assert counts(feed(tmp_path, line(amount="930.00"))) == (0, 1, 0, 0)
    record = Record.objects.get()
    new, old = queries.history(record.pk)
    assert (record.latest_number, new.number, new.cause) == (2, 2, "supplied")
    assert [queries.open_content(each.content).values["amount"] for each in (new, old)] == ["930.00", "830.00"]
    assert [kind for kind, _ in kinds()] == ["record_added", "record_changed"]
    assert [each.event_type for each in entries_of_record(record.pk)] == ["record.imported", "record.version_added"]


def test_validity_is_content_too(tmp_path: Path) -> None:
    feed(tmp_path, line())
    assert counts(feed(tmp_path, {**line(), "valid_to": "2027-01-01"})) == (0, 1, 0, 0)


def test_a_repeated_reference_in_one_file_is_a_second_version(tmp_path: Path) -> None:
    again = line(amount="2.00", measures=[NO_PLANE])
    assert counts(feed(tmp_path, line(amount="1.00"), line(amount="1.00"), again, again)) == (1, 1, 2, 0)
    record = Record.objects.get()
    assert (record.latest_number, record.measures.count()) == (2, 1)
    assert [each.number for each in queries.history(record.pk)] == [2, 1]
    assert [kind for kind, _ in kinds()] == ["measure_imposed", "record_added", "record_changed"]
    assert counts(feed(tmp_path, line(amount="3.00"), line(amount="4.00"), again)) == (0, 3, 0, 0)
    record.refresh_from_db()
    assert (record.latest_number, record.versions.count()) == (5, 5)
    assert queries.latest_content(record).values["amount"] == "2.00"


def test_a_record_that_speaks_for_its_subject_makes_no_notice(tmp_path: Path) -> None:
    good = line(programme="us-credit-file", type="tradeline", status="current")
    good["subject"] |= {"birth_date": "1985-02-14", "identifiers": [{"scheme": "us-ssn", "value": "6789"}]}
    feed(tmp_path, good, programme="us-credit-file")
    assert not Record.objects.get().adverse
    assert kinds() == []
    late = {**good, "values": {**good["values"], "status": "90"}}
    feed(tmp_path, late, programme="us-credit-file")
    assert Record.objects.get().adverse
    assert [kind for kind, _ in kinds()] == ["record_changed"]


def test_new_measures_are_imposed_and_none_is_ended_by_silence(tmp_path: Path) -> None:
    feed(tmp_path, line(measures=[NO_PLANE]))
    assert counts(feed(tmp_path, line(measures=[NO_TRAIN]))) == (0, 1, 0, 0)
    assert set(Measure.objects.values_list("type", "state")) == {
        ("no_plane", "in_force"),
        ("no_g_train_other", "in_force"),
    }
    assert [kind for kind, _ in kinds()] == ["measure_imposed", "measure_imposed", "record_added"]
    assert Version.objects.count() == 1


def test_who_enters_data_counts_as_having_had_a_part_in_it(tmp_path: Path, source_officer: Actor) -> None:
    tally = feed(tmp_path, line(), by=source_officer)
    record = Record.objects.get()
    assert Version.objects.get().entered_by_id == source_officer.user_id
    assert ImportRun.objects.get(pk=tally.run_id).started_by_id == source_officer.user_id
    assert source_officer.user_id in access.hands_on([record.pk]).users


def test_who_adds_only_a_measure_counts_as_having_had_a_part_in_it(tmp_path: Path, source_officer: Actor) -> None:
    feed(tmp_path, line())
    feed(tmp_path, line(measures=[("no_plane", "2025-03-10")]), by=source_officer)
    record = Record.objects.get()
    assert (record.versions.count(), record.measures.count()) == (1, 1)
    assert source_officer.user_id in access.hands_on([record.pk]).users


def test_a_long_import_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_records, "_SIGN_OF_LIFE", 0)
    path, said = feeds.write(tmp_path, [line("1"), line("2")]), StringIO()
    call_command("import_records", feeds.COURT, str(path), stdout=StringIO(), stderr=said)
    assert said.getvalue().startswith("2 of 2 lines, ")


def test_the_command_takes_who_enters_the_data(tmp_path: Path, source_officer: Actor) -> None:
    assert source_officer.user_id
    email = str(User.objects.get(pk=source_officer.user_id).email)
    path = feeds.write(tmp_path, [line()])
    call_command("import_records", feeds.COURT, str(path), "--by", email.upper(), stdout=StringIO())
    assert ImportRun.objects.get().started_by_id == source_officer.user_id


# --- from another system


def test_a_system_supplies_one_record(tmp_path: Path) -> None:
    by = system("sample-court")
    given = line("1")
    del given["source"]
    made = import_one(catalogue.programme(feeds.COURT), given, source="sample-court", by=by, at=AT)
    again = import_one(catalogue.programme(feeds.COURT), given, source="sample-court", by=by, at=AT)
    assert (made.outcome, again.outcome) == (Outcome.CREATED, Outcome.UNCHANGED)
    assert made.record_id == again.record_id == Record.objects.get().pk
    version = Version.objects.get()
    assert (version.entered_with_id, version.entered_in_id) == (by.key_id, None)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"source": "other-court"}, "source", "not_your_source"),
        ({"type": "no_such_type"}, "type", "unknown_type"),
        ({"valid_from": "2025-02-30"}, "valid_from", "impossible_date"),
    ],
)
def test_a_system_is_told_which_field_does_not_fit(change: dict[str, str], field: str, code: str) -> None:
    programme = catalogue.programme(feeds.COURT)
    with pytest.raises(catalogue.Refused) as refused:
        import_one(programme, {**line(), **change}, source="sample-court", by=system("sample-court"), at=AT)
    assert [(each.field, each.code) for each in refused.value.refusals] == [(field, code)]
    assert not Record.objects.exists()


# --- the rows


def test_the_rows_for_copy_have_every_column_that_has_no_default_of_its_own() -> None:
    written: dict[Any, tuple[str, ...]] = {model: row._fields for row, model in TABLES.items()}
    for model, columns in {**written, Entry: bulk.ENTRY, Opening: bulk.OPENING}.items():
        missing = {
            field.column
            for field in model._meta.concrete_fields
            if field.column not in columns and not field.null and not field.has_db_default() and not field.primary_key
        }
        assert missing == set(), model
        assert set(columns) <= {field.column for field in model._meta.concrete_fields}


def test_a_batch_asks_the_same_number_of_questions_whatever_its_length(
    tmp_path: Path, django_assert_num_queries: Any
) -> None:
    def queries_of(number: int) -> int:
        lines = [line(f"{number}-{n}", n, email=f"p{n}@mail.example", measures=[NO_PLANE]) for n in range(1, number)]
        with connection.execute_wrapper(counting := _Counting()):
            feed(tmp_path, *lines)
        return counting.number

    feed(tmp_path, line("0"))
    queries_of(2)  # the first batch of all registers the organisations
    assert queries_of(3) == queries_of(40)


class _Counting:
    number = 0

    def __call__(self, execute: Any, *args: Any) -> Any:
        self.number += 1
        return execute(*args)


def test_staff_sign_by_role_and_number_in_the_log(tmp_path: Path) -> None:
    by = staff(Role.SOURCE_OFFICER, "sample-court")
    feed(tmp_path, line(), by=by)
    entry = Entry.objects.get(event_type="record.imported")
    assert opened([entry.pk])[entry.pk]["actor"] == f"source_officer:1:{by.user_id}"
    assert SERVICE.signature().owner not in Opening.objects.values_list("subject_key", flat=True)


def test_a_file_that_names_a_record_twice_is_imported_again_without_a_change(tmp_path: Path) -> None:
    lines = [line("1"), line("2", 2), line("1", amount="77.00"), line("1")]
    first = feed(tmp_path, *lines)
    assert (first.created, first.changed) == (2, 2)
    again = feed(tmp_path, *lines)
    assert (again.created, again.changed, again.unchanged, again.notices) == (0, 0, 4, 0)
    feed(tmp_path, line("1", amount="99.00"))
    older = feed(tmp_path, *lines)
    assert (older.changed, older.notices) == (0, 0)
    assert Version.objects.count() == 5


def test_only_the_lines_that_an_import_came_to_were_said_before(tmp_path: Path) -> None:
    lines = [line("1"), line("1", amount="77.00"), line("1")]
    whole = feed(tmp_path, *lines)
    ImportRun.objects.filter(pk=whole.run_id).update(lines_read=2)  # as if it had been killed then
    assert feed(tmp_path, *lines).changed == 0  # the record says already what the third line says
    feed(tmp_path, line("1", amount="88.00"))
    ImportRun.objects.update(lines_read=2)
    assert feed(tmp_path, *lines).changed == 1
