"""Ways to import a file: as CSV, packed, through a pipe, all or nothing, for a trial, and as a snapshot."""

import gzip
import io
import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.actors import SERVICE
from appeals.workflow import Status
from audit.models import Entry
from records.catalogue import programme
from records.importing import (
    FileUnusable,
    NeedsConfirming,
    Options,
    Stopped,
    Tally,
    batch,
    import_file,
    inputs,
    run,
)
from records.models import ImportRun, Record, RecordState, RefusedLine, SourceChange, Version
from tests import factories, feeds
from tests.factories import AT, case_at
from tests.feeds import COURT, Line, codes, feed, line
from tests.integration.test_importing_bad_input import command
from tests.unit.test_csv_rows import as_csv

COURTS = programme(COURT)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LINES_IN_A_BATCH", 3)


def lines(number: int = 7, **parts: Any) -> list[Line]:
    return [
        line(str(n), n, email=f"p{n}@mail.example", measures=[("no_plane", "2026-10-25")], **parts)
        for n in range(number)
    ]


def bad(ref: str = "bad") -> Line:
    return {**line(ref, 50), "type": "no_such_type"}


def state() -> set[tuple[str, bytes]]:
    return {(each.record.source_ref, bytes(each.digest)) for each in Version.objects.select_related("record")}


def read(path: Path, **options: Any) -> Tally:
    return import_file(COURTS, path, by=SERVICE, clock=lambda: AT, options=Options(**options))


# --- forms of input


def test_csv_leaves_what_json_lines_leave(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(as_csv(*lines()))
    tally = read(path)
    assert (tally.created, tally.refused, ImportRun.objects.get().form) == (7, 0, "csv")
    assert feed(tmp_path, *lines()).unchanged == 7


def test_refused_rows_of_csv_are_named_by_their_first_line(tmp_path: Path) -> None:
    rows = [line("1", 1, duty="first\nsecond"), bad(), line("3", 3)]
    path = tmp_path / "feed.csv"
    path.write_bytes(as_csv(*rows))
    tally = read(path)
    assert (codes(tally), tally.created) == ([(4, "type", "unknown_type")], 2)


def test_csv_takes_records_back(tmp_path: Path) -> None:
    feed(tmp_path, *lines())
    path = tmp_path / "gone.csv"
    path.write_text("source,source_ref,type,withdrawn\nsample-court,1,court_listing,true\n")
    assert read(path).withdrawn == 1


def test_a_header_that_does_not_fit_is_told_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text("source,source_ref,tpye\n")
    before = feeds.rows_by_table()
    status, said = command(path)
    assert (status, said) == (
        2,
        "Column 3 (“tpye”): the programme has no such field. Leave the column out, or correct its name.",
    )
    assert feeds.added(before) == {}


@pytest.mark.parametrize("name", ["feed.jsonl.gz", "feed.jsonl", "feed.csv.gz"])
def test_a_packed_file_is_known_by_its_first_bytes_and_is_the_same_file(tmp_path: Path, name: str) -> None:
    plain = feeds.write(tmp_path, lines())
    first = read(plain)
    data = as_csv(*lines()) if "csv" in name else plain.read_bytes()
    path = tmp_path / "packed" / name
    path.parent.mkdir()
    path.write_bytes(gzip.compress(data))
    tally = read(path)
    assert (tally.unchanged, tally.refused) == (7, 0)
    hashes = {bytes(run_.file_sha256 or b"") for run_ in ImportRun.objects.all()}
    assert len(hashes) == (2 if "csv" in name else 1)
    assert ImportRun.objects.get(pk=first.run_id).file_name == "feed.jsonl"
    assert list((tmp_path / "var" / "imports").iterdir()) == [], "nothing of what was unpacked is left"


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: data[:40] + b"xx" + data[42:]])
def test_a_damaged_packed_file_is_refused_whole(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "feed.gz"
    path.write_bytes(damage(gzip.compress(feeds.write(tmp_path, lines()).read_bytes())))
    with pytest.raises(FileUnusable, match="damaged or cut off"):
        read(path)
    assert not ImportRun.objects.exists()


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "SMALL", 3_000_000)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(20_000_000)))
    with pytest.raises(FileUnusable, match="over 200 times its size"):
        read(path)
    path.write_bytes(gzip.compress(os.urandom(4_000_000)))
    with pytest.raises(FileUnusable, match="not in UTF-8"):
        read(path)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "LEAST_FREE", 1 << 62)
    path = tmp_path / "feed.gz"
    path.write_bytes(gzip.compress(b"{}"))
    with pytest.raises(FileUnusable, match="too little room"):
        read(path)


@pytest.mark.parametrize("packed", [False, True])
def test_a_pipe_is_read_like_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    data = feeds.write(tmp_path, lines()).read_bytes()
    given = io.BytesIO(gzip.compress(data) if packed else data)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(given))
    said = StringIO()
    call_command("import_records", COURT, "-", stdout=said)
    assert "7  new records" in said.getvalue()
    assert ImportRun.objects.get().file_name == "-"


# --- all or nothing, and trials


def test_a_strict_import_stores_all_lines(tmp_path: Path) -> None:
    tally = feed(tmp_path, *lines(), options=Options(strict=True))
    assert (tally.created, tally.nothing_stored, Record.objects.count()) == (7, False, 7)
    run_ = ImportRun.objects.get()
    assert (run_.state, run_.is_strict, run_.created, run_.lines_read) == ("finished", True, 7, 7)


@pytest.mark.parametrize("wrong", [[bad()], [line("0", 90)]], ids=["at sight", "by what is known"])
def test_a_strict_import_with_a_refused_line_stores_nothing_and_names_it(tmp_path: Path, wrong: list[Line]) -> None:
    before = feeds.rows_by_table()
    given = [*lines(), *wrong]
    tally = feed(tmp_path, *given, options=Options(strict=True))
    assert (tally.created, tally.refused, tally.nothing_stored) == (0, 1, True)
    added = feeds.added(before)
    assert not {"records_record", "accounts_subject", "delivery_message", "accounts_contact"} & added.keys()
    assert [number for number, _, _ in codes(tally)] == [8]
    assert list(RefusedLine.objects.values_list("line", "source__code")) in ([(8, None)], [(8, "sample-court")])
    run_ = ImportRun.objects.get()
    assert (run_.state, run_.created, run_.refused) == ("refused", 0, 1)
    assert run_.finished_at
    assert feed(tmp_path, *given).created == 7


def test_the_command_says_that_nothing_was_stored(tmp_path: Path) -> None:
    status, said = command(feeds.write(tmp_path, [*lines(2), bad()]), "--strict")
    assert status == 1
    assert "Nothing was stored, because not every line fits:" in said
    assert "1  refused lines" in said


@pytest.mark.parametrize("wrong", [[], [bad()]])
def test_a_trial_says_what_an_import_then_does_and_stores_nothing(tmp_path: Path, wrong: list[Line]) -> None:
    feed(tmp_path, *lines(3), line("9", 9))
    gone = {"source": "sample-court", "source_ref": "9", "type": "court_listing", "withdrawn": True}
    given = [*lines(3), *lines(5, amount="5.00"), line("0", 70), gone, *wrong]
    before = feeds.rows_by_table()
    trial = feed(tmp_path, *given, options=Options(dry_run=True))
    assert feeds.added(before) == {}
    assert not trial.refused_file.exists()
    real = feed(tmp_path, *given)
    for name in ("created", "changed", "unchanged", "withdrawn", "waiting", "doubtful", "refused", "notices", "untold"):
        assert getattr(trial, name) == getattr(real, name), name
    assert (real.created, real.changed, real.withdrawn) == (2, 3, 1)
    assert [one.line for one in trial.shown] == [number for number, _, _ in codes(real)]


@pytest.mark.django_db(transaction=True)
def test_a_trial_leaves_no_entry_and_wakes_nobody(tmp_path: Path) -> None:
    path = feeds.write(tmp_path, [*lines(), bad()])
    status, said = command(path, "--dry-run")
    assert status == 1
    assert "This was a trial: nothing was stored." in said
    assert "7  new records" in said
    assert "line 8: type: Use a type of the catalogue" in said
    assert not Entry.objects.exists()
    assert not ImportRun.objects.exists()
    assert not Record.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_strict_import_that_is_cut_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = batch.store, iter(range(1, 100))

    def interrupted(*args: Any) -> Any:
        if next(calls) == 3:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(run, "store", interrupted)
    with pytest.raises(Stopped, match="Interrupted: nothing was stored"):
        feed(tmp_path, *lines(), options=Options(strict=True))
    assert not Record.objects.exists()
    assert ImportRun.objects.get().state == "stopped"


# --- snapshots


@pytest.fixture
def before(tmp_path: Path) -> None:
    feed(tmp_path, *lines())


def states() -> dict[str, str]:
    return dict(Record.objects.values_list("source_ref", "state"))


@pytest.mark.usefixtures("before")
def test_a_snapshot_says_what_would_disappear_and_writes_nothing(tmp_path: Path) -> None:
    counted = feeds.rows_by_table()
    with pytest.raises(NeedsConfirming) as asked:
        feed(tmp_path, *lines(5), options=Options(snapshot=True))
    assert asked.value.disappearing == (2, ("sample-court 5", "sample-court 6"))
    assert "--confirm-disappearing 2" in str(asked.value)
    assert feeds.added(counted) == {}


@pytest.mark.usefixtures("before")
def test_a_snapshot_that_is_confirmed_takes_back_what_it_leaves_out(tmp_path: Path) -> None:
    given = [*lines(4), line("8", 8)]
    status, said = command(feeds.write(tmp_path, given), "--snapshot")
    assert (status, said[:42]) == (4, "3 records are not in this snapshot and wou")
    status, said = command(feeds.write(tmp_path, given), "--snapshot", "--confirm-disappearing", "2")
    assert status == 4
    status, said = command(feeds.write(tmp_path, given), "--snapshot", "--confirm-disappearing", "3")
    assert status == 0
    assert "3  records taken back by their source" in said
    assert "3  of these, not in the snapshot any more" in said
    gone = {ref for ref, state in states().items() if state == RecordState.WITHDRAWN}
    assert gone == {"4", "5", "6"}
    run_ = ImportRun.objects.get(is_snapshot=True)
    assert (run_.created, run_.withdrawn, run_.unchanged) == (1, 3, 4)
    assert feed(tmp_path, *given, options=Options(snapshot=True)).withdrawn == 0


@pytest.mark.usefixtures("before")
def test_a_snapshot_speaks_only_for_its_sources_and_types(tmp_path: Path) -> None:
    other = next(name for name in COURTS.types if name != "court_listing")
    assert other
    feed(tmp_path, line("a", 20, source="other-court"))
    assert feed(tmp_path, line("b", 21, source="third-court"), options=Options(snapshot=True)).withdrawn == 0
    with pytest.raises(NeedsConfirming) as asked:
        feed(tmp_path, line("c", 20, source="other-court"), options=Options(snapshot=True))
    assert asked.value.disappearing == (1, ("other-court a",))


@pytest.mark.usefixtures("before")
def test_a_refused_line_still_names_its_record(tmp_path: Path) -> None:
    wrong = {**line("6", 6), "valid_from": "x"}
    tally = feed(tmp_path, *lines(6), wrong, options=Options(snapshot=True))
    assert (tally.refused, tally.withdrawn) == (1, 0)


@pytest.mark.usefixtures("before")
def test_a_line_of_which_nothing_can_be_read_lets_nothing_disappear(tmp_path: Path) -> None:
    path = feeds.write(tmp_path, lines(2))
    path.write_text(path.read_text() + "{broken\n")
    told: list[str] = []
    tally = read(path, snapshot=True, told=told.append)
    assert (tally.refused, tally.withdrawn) == (1, 0)
    assert [words[:45] for words in told] == ["In 1 lines not even the reference can be read"]


@pytest.mark.usefixtures("before")
def test_a_trial_of_a_snapshot_counts_what_would_disappear(tmp_path: Path) -> None:
    told: list[str] = []
    tally = feed(tmp_path, *lines(5), options=Options(snapshot=True, dry_run=True, told=told.append))
    assert (tally.withdrawn, tally.disappeared) == (2, 2)
    assert told == ["2 records are not in this snapshot, among them: sample-court 5, sample-court 6."]
    assert set(states().values()) == {RecordState.CURRENT}


@pytest.mark.usefixtures("before", "holder")
def test_what_disappears_while_it_is_disputed_waits(tmp_path: Path) -> None:
    record = Record.objects.get(source_ref="6")
    case_at(Status.FILED, person=factories.person(record.subject), items=[factories.item(record)])
    confirmed = Options(snapshot=True, confirm=lambda found: found.number == 2)
    tally = feed(tmp_path, *lines(5), options=confirmed)
    assert (tally.withdrawn, tally.waiting, tally.disappeared) == (1, 1, 2)
    assert SourceChange.objects.get().record_id == record.pk
    assert feed(tmp_path, *lines(5), options=Options(snapshot=True)).waiting == 0, "it waits already"


@pytest.mark.usefixtures("before")
def test_what_came_in_after_the_look_does_not_disappear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = run._Reading._lines

    def and_another_comes(reading: Any, snapshot: Any) -> None:
        feed_of_another = tmp_path / "another"
        feed_of_another.mkdir()
        monkeypatch.setattr(run._Reading, "_lines", real)
        path = feeds.write(feed_of_another, [line("new", 30)])
        import_file(COURTS, path, by=SERVICE, clock=lambda: AT + timedelta(seconds=1))
        real(reading, snapshot)

    monkeypatch.setattr(run._Reading, "_lines", and_another_comes)
    feed(tmp_path, *lines(7), options=Options(snapshot=True))
    assert states()["new"] == RecordState.CURRENT


def test_nothing_of_a_snapshot_is_left_in_the_session(tmp_path: Path) -> None:
    feed(tmp_path, *lines(2), options=Options(snapshot=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.import_snapshot')")
        assert cursor.fetchone() == (None,)


@pytest.fixture
def at_the_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Somebody sits there and types that."""

    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    yield lambda typed: monkeypatch.setattr(sys, "stdin", Terminal(typed + "\n"))


@pytest.mark.usefixtures("before")
def test_somebody_at_the_terminal_types_the_number(
    tmp_path: Path, at_the_terminal: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    path = feeds.write(tmp_path, lines(5))
    at_the_terminal("yes")
    with pytest.raises(CommandError) as asked:
        call_command("import_records", COURT, str(path), "--snapshot")
    assert asked.value.returncode == 4
    at_the_terminal("2")
    call_command("import_records", COURT, str(path), "--snapshot", stdout=StringIO())
    assert states()["6"] == RecordState.WITHDRAWN
    assert "Type their number" in capsys.readouterr().out
