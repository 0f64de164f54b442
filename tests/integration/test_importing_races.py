"""Imports that meet others or are cut off: no doubles, nothing half done, and it can be run again."""

import os
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction

from accounts.actors import SERVICE
from accounts.models import Contact, Identifier, Organisation, Subject
from audit.ids import uuid7
from audit.models import Entry
from records import operations as records
from records import queries
from records.catalogue import programme
from records.importing import Options, Stopped, Tally, batch, import_one, known, run
from records.importing.rows import Rows
from records.models import ImportRun, Record, RecordState, RefusedLine, Version
from tests import factories, feeds
from tests.factories import AT
from tests.feeds import COURT, codes, feed, line
from tests.integration.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small_batches(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VAR_DIR = tmp_path / "var"
    monkeypatch.setattr(run, "LINES_IN_A_BATCH", 5)


def lines(number: int = 20, **parts: Any) -> list[feeds.Line]:
    return [
        line(str(n), n, email=f"p{n}@mail.example", measures=[("no_plane", "2026-10-25")], **parts)
        for n in range(number)
    ]


def test_one_file_imported_twice_at_once_makes_no_doubles(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    tallies = at_once(*(lambda folder=folder: feed(folder, *lines()) for folder in folders))
    assert [type(tally) for tally in tallies] == [Tally] * 2
    assert sum(tally.created for tally in tallies) == 20
    assert sum(tally.unchanged for tally in tallies) == 20
    assert Record.objects.count() == Subject.objects.count() == Contact.objects.count() == Version.objects.count() == 20
    assert Organisation.objects.count() == 1


def test_two_sources_bring_the_same_new_people_at_once(tmp_path: Path) -> None:
    folders = [tmp_path / "one-court", tmp_path / "two-court"]
    for folder in folders:
        folder.mkdir()
    both = [lines(source="one-court"), lines(source="two-court")[::-1]]
    tallies = at_once(
        *(lambda folder=folder, each=each: feed(folder, *each) for folder, each in zip(folders, both, strict=True))
    )
    assert [getattr(tally, "created", tally) for tally in tallies] == [20, 20]
    assert Subject.objects.count() == Identifier.objects.count() == 20
    assert Record.objects.count() == 40


def test_what_a_caseworker_does_meanwhile_is_decided_about_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(tmp_path, line(amount="1.00"))
    record = Record.objects.get()
    look_up = known.look_up

    def and_then_it_is_deleted(*args: Any, **options: Any) -> Any:
        found = look_up(*args, **options)
        monkeypatch.setattr(batch, "look_up", look_up)
        at_once(lambda: records.delete(record.pk, case_id=uuid7(), by=SERVICE, at=AT))
        return found

    monkeypatch.setattr(batch, "look_up", and_then_it_is_deleted)
    assert codes(feed(tmp_path, line(amount="2.00"))) == [(1, "source_ref", "was_corrected")]
    record.refresh_from_db()
    assert (record.state, record.latest_number) == (RecordState.SEALED, 1)


def test_whoever_was_overtaken_looks_again_with_the_records_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(tmp_path, line(amount="1.00"))
    record, look_up, met = Record.objects.get(), known.look_up, []

    def dispute() -> None:
        with transaction.atomic():
            Record.objects.select_for_update(no_key=True, nowait=True).get(pk=record.pk)
            records.mark_disputed(record.pk, field="", case_id=uuid7(), by=SERVICE, at=AT)

    def and_somebody_disputes_it(*args: Any, **options: Any) -> Any:
        found = look_up(*args, **options)
        met.extend(at_once(dispute))
        return found

    monkeypatch.setattr(batch, "look_up", and_somebody_disputes_it)
    assert feed(tmp_path, line(amount="2.00")).waiting == 1
    assert [type(each) for each in met] == [type(None), OperationalError]


def test_an_address_that_is_confirmed_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(tmp_path, line(email="mine@mail.example"))
    look_up = known.look_up

    def and_then_it_is_confirmed(*args: Any, **options: Any) -> Any:
        found = look_up(*args, **options)
        monkeypatch.setattr(batch, "look_up", look_up)
        at_once(lambda: Contact.objects.update(confirmed_at=AT))
        return found

    monkeypatch.setattr(batch, "look_up", and_then_it_is_confirmed)
    feed(tmp_path, line(email="theirs@mail.example"))
    assert Contact.objects.get().confirmed_at == AT


# --- the database goes away


def cut_off(monkeypatch: pytest.MonkeyPatch, *, in_batch: int, cut: Callable[[], object]) -> None:
    """Have `cut` called when that batch is being written."""
    real, calls = batch.store, iter(range(1, 100))

    def store(*args: Any) -> Any:
        stored = real(*args)  # everything of this batch is written, nothing of it is committed
        if next(calls) == in_batch:
            cut()
        return stored

    monkeypatch.setattr(run, "store", store)


def terminate_this_connection() -> None:
    assert isinstance(connection.connection, psycopg.Connection)
    pid = connection.connection.info.backend_pid
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_a_database_that_goes_away_leaves_whole_batches_and_the_next_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = feeds.write(tmp_path, lines())
    with monkeypatch.context() as patch:
        cut_off(patch, in_batch=3, cut=terminate_this_connection)
        with pytest.raises(CommandError) as stopped:
            call_command("import_records", COURT, str(path))
    connection.close()
    assert stopped.value.returncode == 3
    assert "The database went away (AdminShutdown): 10 of 20 lines are committed (0 refused)" in str(stopped.value)
    assert "Run the same command again" in str(stopped.value)
    assert Record.objects.count() == Version.objects.count() == 10
    assert Entry.objects.filter(event_type="record.imported").count() == 10
    cut = ImportRun.objects.get()
    assert (cut.lines_read, cut.created, cut.finished_at) == (10, 10, None)
    said = StringIO()
    call_command("import_records", COURT, str(path), stdout=said, stderr=said)
    assert "Going on after line 10: an earlier import of this file was cut off there." in said.getvalue()
    assert "10  new records" in said.getvalue()
    assert " 0  unchanged records" in said.getvalue()
    assert Record.objects.count() == Subject.objects.count() == 20
    went_on = ImportRun.objects.get(finished_at__isnull=False)
    assert (went_on.goes_on_from_id, went_on.lines_read, went_on.created, went_on.state) == (cut.pk, 20, 10, "finished")
    assert Entry.objects.filter(event_type="import.resumed").count() == 1
    call_command("import_records", COURT, str(path), stdout=said, stderr=said)
    assert "20  unchanged records" in said.getvalue(), "the last run of the file has ended: this one reads it all"


def test_what_was_refused_before_the_cut_is_said_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = [{**each, "type": "no_such_type"} if n in (1, 7) else each for n, each in enumerate(lines())]
    with monkeypatch.context() as patch:
        cut_off(patch, in_batch=2, cut=terminate_this_connection)
        with pytest.raises(Stopped):
            feed(tmp_path, *bad)
    connection.close()
    tally = feed(tmp_path, *bad)
    assert (tally.went_on_after, tally.refused_before, tally.refused) == (5, 1, 1)
    assert list(RefusedLine.objects.order_by("pk").values_list("line", "field", "code", "source__code")) == [
        (2, "type", "unknown_type", "sample-court"),
        (8, "type", "unknown_type", "sample-court"),
    ]


def test_a_cut_off_import_can_be_read_from_its_start_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        cut_off(patch, in_batch=3, cut=terminate_this_connection)
        with pytest.raises(Stopped):
            feed(tmp_path, *lines())
    connection.close()
    tally = feed(tmp_path, *lines(), options=Options(from_start=True))
    assert (tally.went_on_after, tally.created, tally.unchanged) == (0, 10, 10)


def test_the_same_file_of_another_source_does_not_go_on_from_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_source = [{name: part for name, part in each.items() if name != "source"} for each in lines()]
    with monkeypatch.context() as patch:
        cut_off(patch, in_batch=3, cut=terminate_this_connection)
        with pytest.raises(Stopped):
            feed(tmp_path, *without_source, options=Options(only_source="one-court"))
    connection.close()
    another = feed(tmp_path, *without_source, options=Options(only_source="two-court"))
    assert (another.went_on_after, another.created) == (0, 20)
    rest = feed(tmp_path, *without_source, options=Options(only_source="one-court"))
    assert (rest.went_on_after, rest.created) == (10, 10)


def test_another_file_does_not_go_on_from_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        cut_off(patch, in_batch=3, cut=terminate_this_connection)
        with pytest.raises(Stopped):
            feed(tmp_path, *lines())
    connection.close()
    tally = feed(tmp_path, *lines(21))
    assert (tally.went_on_after, tally.created, tally.unchanged) == (0, 11, 10)


def test_a_database_that_goes_away_amid_copy_is_told_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Rows.copy

    def cut(rows: Rows) -> None:
        terminate_this_connection()
        copy(rows)

    monkeypatch.setattr(Rows, "copy", cut)
    with pytest.raises(Stopped) as stopped:
        feed(tmp_path, *lines())
    connection.close()
    assert stopped.value.tally.lines_read == Record.objects.count() == 0


def interrupt() -> None:
    raise KeyboardInterrupt


def test_an_interruption_leaves_whole_batches_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_off(monkeypatch, in_batch=2, cut=interrupt)
    with pytest.raises(Stopped) as stopped:
        feed(tmp_path, *lines())
    assert (stopped.value.tally.lines_read, Record.objects.count()) == (5, 5)


# --- going on with a file that counts as news

PLAIN, AGAIN, SNAPSHOT = Options(), Options(again=True), Options(snapshot=True)
NEWS = pytest.mark.parametrize("news", [AGAIN, SNAPSHOT], ids=["again", "snapshot"])


@pytest.fixture
def interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Options], None]:
    """Import the file of twenty lines and stop it after ten."""

    def import_half(options: Options) -> None:
        with monkeypatch.context() as patch:
            cut_off(patch, in_batch=3, cut=interrupt)
            with pytest.raises(Stopped):
                feed(tmp_path, *lines(), options=options)

    return import_half


def amount_of(ref: str) -> Any:
    return queries.latest_content(Record.objects.get(source_ref=ref)).values["amount"]


@NEWS
def test_the_same_command_again_goes_on_with_what_is_news(
    tmp_path: Path, interrupted: Callable[[Options], None], news: Options
) -> None:
    feed(tmp_path, *lines())
    before = amount_of("0")
    feed(tmp_path, *lines(amount="5.00"))
    interrupted(news)
    feed(tmp_path, line("0", 0, source="other-court", amount="6.00"))
    tally = feed(tmp_path, *lines(), options=news)
    assert (tally.went_on_after, tally.changed, tally.unchanged) == (10, 10, 0)
    assert queries.latest_content(Record.objects.get(source_ref="19")).values["amount"] == before


@NEWS
@pytest.mark.parametrize("singly", [False, True], ids=["file", "record"])
def test_what_is_news_is_read_from_its_start_when_something_else_came_in_meanwhile(
    tmp_path: Path, interrupted: Callable[[Options], None], news: Options, singly: bool
) -> None:
    interrupted(news)
    before, other = amount_of("0"), line("0", 0, amount="5.00")
    if singly:
        import_one(programme(COURT), other, source="sample-court", by=factories.system("sample-court"), at=AT)
    else:
        feed(tmp_path, other)
    assert amount_of("0") == "5.00"
    told: list[str] = []
    tally = feed(tmp_path, *lines(), options=replace(news, told=told.append))
    assert (tally.went_on_after, tally.created, tally.changed, tally.unchanged) == (0, 10, 1, 9)
    assert amount_of("0") == before
    assert [words.partition(". ")[0] for words in told] == ["An earlier import of this file was cut off after line 10"]


@pytest.mark.parametrize(
    ("first", "then"), [(PLAIN, AGAIN), (AGAIN, SNAPSHOT), (SNAPSHOT, AGAIN), (AGAIN, PLAIN), (SNAPSHOT, PLAIN)]
)
def test_another_command_does_not_go_on_from_this_one(
    tmp_path: Path, interrupted: Callable[[Options], None], first: Options, then: Options
) -> None:
    interrupted(first)
    tally = feed(tmp_path, *lines(), options=then)
    assert (tally.went_on_after, tally.created, tally.unchanged) == (0, 10, 10)


def test_what_came_in_before_a_second_cut_does_not_count(
    tmp_path: Path, interrupted: Callable[[Options], None]
) -> None:
    interrupted(AGAIN)
    feed(tmp_path, line("0", 0, amount="5.00"))
    interrupted(AGAIN)
    assert feed(tmp_path, *lines(), options=AGAIN).went_on_after == 10


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_off(monkeypatch, in_batch=2, cut=lambda: feeds.write(tmp_path, lines(5)))
    with pytest.raises(Stopped, match="The file was changed while it was read"):
        feed(tmp_path, *lines())
    run_ = ImportRun.objects.get()
    assert (run_.finished_at, run_.state, run_.file_sha256) == (None, "stopped", None)
    tally = feed(tmp_path, *lines())
    assert tally.went_on_after == 0, "nobody knows what stood in the lines that were read"


def test_refused_lines_of_a_batch_that_was_not_committed_are_not_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(monkeypatch, in_batch=2, cut=terminate_this_connection)
    bad = [{**each, "type": "no_such_type"} if n in (1, 7) else each for n, each in enumerate(lines())]
    with pytest.raises(Stopped) as stopped:
        feed(tmp_path, *bad)
    connection.close()
    assert codes(stopped.value.tally) == [(2, "type", "unknown_type")]
    assert stopped.value.tally.refused == 1
