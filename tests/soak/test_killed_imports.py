"""An import that is killed anywhere leaves whole batches only; run again, it leaves what an unkilled one leaves."""

import json
import random
import time
from collections import Counter
from collections.abc import Iterable
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Contact, Identifier, Subject
from appeals import integrity
from audit.models import Entry, Opening, SubjectKey
from delivery.models import Message
from records import content, sampling
from records.importing import run
from records.models import ImportRun, Measure, Record, Version
from records.queries import open_content
from tests import factories, processes

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]
COURT = "cn-court-defaulters"
POINTS = 40  # at so many contacts with the database the small import is killed
KILLS = 12  # so often the large one is killed, whenever
State = dict[str, Counter[Any]]


def state() -> State:
    """What an import leaves behind, without what differs each time (ids, salts, times, what is sealed)."""
    identified = {subject: sorted(bytes(found).hex() for found in lookups) for subject, lookups in _lookups().items()}
    records = Record.objects.select_related("source")
    whose = {record.pk: record.source_ref for record in records}
    return {
        "records": Counter(
            (r.source.code, r.source_ref, r.type, r.state, r.latest_number, r.adverse, *identified[r.subject_id])
            for r in records
        ),
        "versions": Counter(
            (whose[v.record_id], v.number, bytes(v.digest), v.valid_from, v.valid_to) for v in Version.objects.all()
        ),
        "measures": Counter((whose[m.record_id], m.type, m.from_on, m.to_on, m.state) for m in Measure.objects.all()),
        "messages": Counter(
            (whose[m.record_id], m.kind, json.dumps(m.params), m.not_possible, m.mail_state)
            for m in Message.objects.all()
            if m.record_id
        ),
        "contacts": Counter((bytes(c.lookup), c.ended_at is None) for c in Contact.objects.all()),
        "entries": Counter(
            (whose.get(e.record_id), e.event_type) if e.record_id else e.event_type
            for e in Entry.objects.exclude(event_type__startswith="import.")
        ),
        "subjects": Counter({"subjects": Subject.objects.count(), "keys": _keys_of_subjects()}),
    }


def _lookups() -> dict[Any, list[bytes]]:
    found: dict[Any, list[bytes]] = {subject: [] for subject in Subject.objects.values_list("pk", flat=True)}
    for subject, lookup in Identifier.objects.values_list("subject_id", "lookup"):
        found[subject].append(bytes(lookup))
    return found


def _keys_of_subjects() -> int:
    return SubjectKey.objects.filter(pk__in=Subject.objects.values("pk")).count()


def check_that_nothing_is_half_written() -> None:
    """What must hold after every kill: checks, no person without a record, every value opens, counts fit."""
    late = {"message.mail_overdue"}
    assert [found for found in integrity.findings(factories.AT) if found.code not in late] == []
    assert not Subject.objects.filter(records__isnull=True).exists()
    for version in Version.objects.select_related("content"):
        said = open_content(version.content)
        assert content.digest(said, version.valid_from, version.valid_to) == bytes(version.digest)
    in_runs = sum(run_.created for run_ in ImportRun.objects.all())
    assert Record.objects.count() == in_runs
    bare = Entry.objects.exclude(pk__in=Opening.objects.values("entry_id"))
    assert not bare.exists()


def write(folder: Path, people: int) -> tuple[Path, Path]:
    """A file of new records about new and known people, and one with later versions, measures and new addresses.

    The first names some records again, with another amount and then the first one; some lines of both are refused.
    The second takes some records back, and one of them sends it again.
    """
    sampling.write(folder, people, 11)
    first, second = folder / f"{COURT}.jsonl", folder / "later.jsonl"
    texts = first.read_text(encoding="utf-8").splitlines()
    later = [json.loads(text) for text in texts[::2]]
    for line in later:
        if line["type"] == "court_listing":
            line["values"]["amount"] = "77.00"
            line["measures"] = [{"type": "exit_ban", "from": "2026-01-05", "to": None}]
        line["subject"]["contact"] = {"email": f"new.{line['source_ref']}@mail.example", "language": "en"}
    texts += [_again(text, amount) for amount in ("5.00", "") for text in texts[::5] if '"court_listing"' in text]
    texts.insert(len(texts) // 3, '{"source": "sample-court", ')
    first.write_text("\n".join(texts) + "\n", encoding="utf-8")
    names = ("source", "source_ref", "type")
    gone = [{**{name: line[name] for name in names}, "withdrawn": True} for line in later[:8]]
    later = [*later[:5], *gone[:4], *later[5:], later[0], *gone[4:]]
    lines = [json.dumps(line, ensure_ascii=False) for line in later]
    second.write_text("\n".join([*lines, "[]"]) + "\n", encoding="utf-8")
    return first, second


def _again(text: str, amount: str) -> str:
    line = json.loads(text)
    line["values"]["amount"] = amount or line["values"]["amount"]
    return json.dumps(line, ensure_ascii=False)


def import_them(files: Iterable[Path], lines_in_a_batch: int) -> None:
    """What the command does, in small batches."""
    run.LINES_IN_A_BATCH = lines_in_a_batch  # type: ignore[misc]  # in a fork of our own
    for path in files:
        with pytest.raises(SystemExit) as ended:  # status 1: some lines are refused
            call_command("import_records", COURT, str(path), stdout=StringIO())
        assert ended.value.code == 1


def test_killed_at_any_contact_with_the_database(tmp_path: Path) -> None:
    work = partial(import_them, write(tmp_path, 60), 12)
    whole = processes.forked(work)
    wanted = state()
    assert whole.points > POINTS
    points = sorted(random.Random(5).sample(range(1, whole.points + 1), POINTS))
    for point in points:
        processes.empty_the_database()
        assert processes.forked(work, die_at=point).killed
        check_that_nothing_is_half_written()
        assert not processes.forked(work).killed
        check_that_nothing_is_half_written()
        assert state() == wanted, f"killed at contact {point}"


def test_killed_again_and_again_at_any_moment_it_still_comes_to_the_same_end(tmp_path: Path) -> None:
    work = partial(import_them, write(tmp_path, 2000), 200)
    started = time.monotonic()
    processes.forked(work)
    took = time.monotonic() - started
    wanted = state()
    processes.empty_the_database()
    chance, killed = random.Random(3), 0
    while killed < KILLS:
        ended = processes.forked(work, die_after=chance.uniform(0.05, 0.4) * took)
        check_that_nothing_is_half_written()
        if ended.killed:
            killed += 1
        else:
            took /= 2  # there is less to do than there was, or the machine has become faster
    processes.forked(work)
    check_that_nothing_is_half_written()
    assert state() == wanted
    finished = ImportRun.objects.filter(finished_at__isnull=False).count()
    assert Entry.objects.filter(event_type="import.finished").count() == finished
