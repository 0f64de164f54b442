"""A source uploads a file; it is imported in the background, followed, and destroyed."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts import operations as accounts
from accounts.actors import SERVICE
from accounts.models import ApiKey, Scope
from audit.models import Entry
from records import jobs, queries, uploads
from records.importing import batch, limits
from records.importing import run as importing
from records.importing.runs import Run
from records.models import ImportJob, ImportRun, JobState, Record, Version
from tests import samples
from tests.api_clients import Answer, Caller, mistakes, queries_of, system

pytestmark = pytest.mark.django_db
PROGRAMME = "cn-court-defaulters"
V1 = "/api/v1/imports/"


def standing_still(moment: datetime) -> datetime:
    """A clock that says the same moment for ever."""
    return moment


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    return tmp_path / "uploads"


@pytest.fixture
def court() -> Caller:
    return system("sample-court", scopes=[Scope.RECORDS_WRITE])


def line(number: int, **values: Any) -> dict[str, Any]:
    found = samples.line(PROGRAMME, "court_listing", ["no_plane"], values, source="x", ref=f"job-{number}")
    del found["source"]
    return found


def packed(lines: Sequence[Any]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in lines)


def upload(caller: Caller, body: bytes, *, programme: str = PROGRAMME, key: str = "", **more: str) -> Answer:
    headers = {"Idempotency-Key": key or str(uuid4()), **caller.headers}
    address = f"{V1}?programme={programme}" if programme else V1
    content_type = more.get("content_type", "application/x-ndjson")
    return caller.client.post(address, body, content_type, headers=headers)


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*")) if folder.exists() else []


def work(answer: Answer, **options: Any) -> JobState | None:
    return jobs.work(answer.json()["id"], clock=timezone.now, **options)


def seen(caller: Caller, answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = caller.client.get(answer.headers["Location"], headers=caller.headers).json()
    return found


def test_a_file_is_received_and_imported_afterwards(court: Caller, folder: Path) -> None:
    answer = upload(court, packed([line(1), line(2)]))
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["lines_in_file"]) == ("waiting", 0)
    assert not Record.objects.exists()
    assert work(answer) == JobState.DONE
    found = seen(court, answer)
    told = {name: found[name] for name in ("state", "lines_in_file", "lines_read", "created", "refused", "error")}
    assert told == {"state": "done", "lines_in_file": 2, "lines_read": 2, "created": 2, "refused": 0, "error": None}
    assert {record.source.code for record in Record.objects.all()} == {"sample-court"}


def test_a_list_of_six_costs_the_same_queries_as_one_of_two(court: Caller, folder: Path) -> None:
    counted = []
    for number in (2, 6):
        while (there := ImportJob.objects.count()) < number:
            work(upload(court, packed([line(there)])))
        counted.append(len(queries_of(lambda: court.get("/imports/"))))
    assert counted[0] == counted[1]


def test_whoever_issued_the_key_has_a_hand_in_it_and_the_key_too(court: Caller) -> None:
    work(upload(court, packed([line(1)])))
    entered = Version.objects.get().entered_with
    assert entered and entered.organisation.code == "sample-court"


def test_the_file_is_readable_by_the_service_alone_and_destroyed_afterwards(court: Caller, folder: Path) -> None:
    answer = upload(court, packed([line(1)]))
    (path,) = files(folder)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    work(answer)
    jobs._end(answer.json()["id"], JobState.DONE, "", at=timezone.now())
    uploads.destroy(answer.json()["id"])
    assert files(folder) == []


@pytest.mark.django_db(transaction=True)
def test_the_file_goes_when_the_end_of_the_job_is_committed(court: Caller, folder: Path) -> None:
    answer = upload(court, packed([line(1)]))
    assert len(files(folder)) == 1
    assert work(answer) == JobState.DONE
    assert files(folder) == []


def test_refused_lines_are_named_with_field_and_reason_and_never_the_value(court: Caller) -> None:
    answer = upload(court, packed([line(1, amount="CANARY"), line(2), {**line(3), "source": "sample-bank"}, []]))
    work(answer)
    place = f"{answer.headers['Location']}refused/"
    found = court.client.get(place, headers=court.headers).json()["results"]
    assert [(each["line"], each["field"], each["code"]) for each in found] == [
        (1, "values.amount", "wrong_form"),
        (3, "source", "not_your_source"),
        (4, "line", "malformed_json"),
    ]
    assert "CANARY" not in json.dumps(found)
    assert (seen(court, answer)["created"], seen(court, answer)["refused"]) == (1, 3)
    first = court.client.get(place, {"limit": 2}, headers=court.headers).json()
    assert len(first["results"]) == 2
    following = court.client.get(first["next"], headers=court.headers).json()
    assert [each["line"] for each in following["results"]] == [4]


def test_refused_lines_speak_the_language_of_the_reader(court: Caller) -> None:
    answer = upload(court, packed([line(1, amount="x")]))
    work(answer)
    headers = {**court.headers, "Accept-Language": "zh-Hans"}
    found = court.client.get(f"{answer.headers['Location']}refused/", headers=headers).json()["results"]
    assert not found[0]["detail"].isascii()


def test_the_same_file_with_the_same_key_is_one_job_and_one_file(court: Caller, folder: Path) -> None:
    body = packed([line(1)])
    first, again = (upload(court, body, key="same-upload") for _ in range(2))
    assert first.json() == again.json()
    assert ImportJob.objects.count() == len(files(folder)) == 1


def test_the_same_key_with_another_file_is_refused_and_leaves_no_file(court: Caller, folder: Path) -> None:
    upload(court, packed([line(1)]), key="same-upload")
    answer = upload(court, packed([line(2)]), key="same-upload")
    assert answer.status_code == 422
    assert len(files(folder)) == 1


def test_a_file_sent_twice_with_two_keys_changes_nothing_the_second_time(court: Caller) -> None:
    body = packed([line(1)])
    for outcome in ("created", "unchanged"):
        answer = upload(court, body)
        work(answer)
        assert seen(court, answer)[outcome] == 1
    assert Version.objects.count() == 1


def test_a_source_may_send_again_what_it_sent_before_something_else(court: Caller) -> None:
    for amount, outcome in (("12.00", "created"), ("77.00", "changed"), ("12.00", "changed")):
        answer = upload(court, packed([line(1, amount=amount)]))
        work(answer)
        assert seen(court, answer)[outcome] == 1


def amount_of(number: int) -> Any:
    return queries.latest_content(Record.objects.get(source_ref=f"job-{number}")).values["amount"]


def test_an_upload_skips_no_line_for_an_old_one_that_was_cut_off(
    court: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LINES_IN_A_BATCH", 2)
    body = packed([line(n, amount="12.00") for n in range(5)])
    old = upload(court, body)
    assert work(old, longest=0) == JobState.WAITING
    jobs._end(old.json()["id"], JobState.FAILED, "gave_up", at=timezone.now())
    court.post("/records/", {"programme": PROGRAMME, **line(0, amount="77.00")})
    answer = upload(court, body)
    assert work(answer) == JobState.DONE
    found = seen(court, answer)
    assert (found["lines_read"], found["created"], found["changed"], found["unchanged"]) == (5, 3, 1, 1)
    assert amount_of(0) == "12.00"


def test_an_upload_goes_on_where_it_was_whatever_came_in_since(court: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "LINES_IN_A_BATCH", 2)
    body = packed([line(n, amount="12.00") for n in range(5)])
    answer = upload(court, body)
    assert work(answer, longest=0) == JobState.WAITING
    court.post("/records/", {"programme": PROGRAMME, **line(0, amount="77.00")})
    another = upload(court, body)
    assert work(another, longest=0) == JobState.WAITING
    assert amount_of(0) == "12.00", "the second upload was received later"
    court.post("/records/", {"programme": PROGRAMME, **line(0, amount="88.00")})
    assert work(answer) == JobState.DONE
    found = seen(court, answer)
    assert (found["lines_read"], found["created"], found["unchanged"], amount_of(0)) == (5, 5, 0, "88.00")


@pytest.mark.parametrize("word", ["withdrawn", r"withdr\u0061wn"])
def test_a_file_that_takes_back_too_much_fails_at_once(
    court: Caller, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setattr(limits, "ALWAYS", 1)
    monkeypatch.setattr(importing, "LINES_IN_A_BATCH", 2)
    work(upload(court, packed([line(n) for n in range(3)])))
    taken_back = [{"source_ref": f"job-{n}", "type": "court_listing", "withdrawn": True} for n in range(3)]
    body = packed([line(3), *taken_back]).replace(b'"withdrawn"', f'"{word}"'.encode())
    answer = upload(court, body)
    assert work(answer) == JobState.FAILED
    found = seen(court, answer)
    stored = 0 if word == "withdrawn" else 1  # a word that hides is seen only at the second batch
    assert (found["error"], found["created"], found["withdrawn"]) == ("too_many_withdrawals", stored, stored)


# --- what is refused at the door


@pytest.mark.parametrize(
    ("programme", "status", "expected"),
    [("", 400, {"programme": "missing"}), ("us-credit-file", 400, {"programme": "not_your_programme"})],
)
def test_a_programme_that_is_not_the_keys_receives_nothing(
    court: Caller, folder: Path, programme: str, status: int, expected: dict[str, str]
) -> None:
    answer = upload(court, packed([line(1)]), programme=programme)
    assert (answer.status_code, mistakes(answer)) == (status, expected)
    assert files(folder) == []


def test_a_file_that_is_too_large_is_refused_before_it_is_read(court: Caller, folder: Path, settings: Any) -> None:
    settings.UPLOAD_MAX = 100
    answer = upload(court, packed([line(1)]))
    assert answer.status_code == 413
    assert files(folder) == []


def test_a_stream_that_brings_more_than_it_may_leaves_nothing(folder: Path) -> None:
    from io import BytesIO
    from uuid import UUID

    with pytest.raises(uploads.TooLarge):
        uploads.receive(BytesIO(b"x" * 300_000), UUID(int=7), most=299_999)
    assert files(folder) == []


def test_another_content_type_is_refused(court: Caller, folder: Path) -> None:
    answer = upload(court, packed([line(1)]), content_type="application/json")
    assert answer.status_code == 415
    assert files(folder) == []


def test_a_request_without_a_file_says_what_to_send(court: Caller, folder: Path) -> None:
    answer = upload(court, b"")
    assert answer.status_code == 411
    assert files(folder) == []


def test_uploading_needs_the_scope_to_write(folder: Path) -> None:
    answer = upload(system(scopes=[Scope.RECORDS_READ]), packed([line(1)]))
    assert answer.status_code == 403
    assert files(folder) == []


def test_a_job_exists_for_its_own_organisation_only(court: Caller) -> None:
    answer = upload(court, packed([line(1)]))
    for other in (system("sample-bank"), system("sample-court", ["us-credit-file"])):
        for place in (answer.headers["Location"], f"{answer.headers['Location']}refused/"):
            assert other.client.get(place, headers=other.headers).status_code == 404
        assert other.get("/imports/").json()["results"] == []
    assert [each["id"] for each in court.get("/imports/").json()["results"]] == [answer.json()["id"]]


# --- what goes wrong on the way


@pytest.mark.parametrize("body", [b"\n \n", "样例".encode("gb18030") * 10])
def test_a_file_that_cannot_be_read_fails_and_is_destroyed(court: Caller, body: bytes) -> None:
    answer = upload(court, body)
    assert work(answer) == JobState.FAILED
    assert (seen(court, answer)["state"], seen(court, answer)["error"]) == ("failed", "file_unusable")


def test_a_key_that_was_revoked_meanwhile_brings_nothing_in(court: Caller) -> None:
    answer = upload(court, packed([line(1)]))
    key = ApiKey.objects.get(organisation__code="sample-court")
    accounts.revoke_key(prefix=key.prefix, by=SERVICE, at=timezone.now())
    assert work(answer) == JobState.FAILED
    assert ImportJob.objects.get().error == "key_ended"
    assert not Record.objects.exists()


def test_a_long_import_is_left_at_a_batch_and_goes_on_from_there(
    court: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LINES_IN_A_BATCH", 2)
    answer = upload(court, packed([line(number) for number in range(5)] + [[]]))
    states = [work(answer, longest=0) for _ in range(3)]
    assert states == [JobState.WAITING, JobState.WAITING, JobState.DONE]
    found = seen(court, answer)
    assert (found["state"], found["lines_read"], found["created"], found["refused"]) == ("done", 6, 5, 1)
    assert Record.objects.count() == Version.objects.count() == 5
    assert ImportRun.objects.count() > 1


def test_a_killed_worker_leaves_a_job_that_comes_due_by_itself(court: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed: nothing after the first batch runs, not even what notes a failure."""
    monkeypatch.setattr(importing, "LINES_IN_A_BATCH", 2)
    answer = upload(court, packed([line(number) for number in range(5)]))
    note = jobs._note

    def die(*args: Any, **kwargs: Any) -> None:
        note(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(jobs, "_note", die)
    with pytest.raises(Killed):
        work(answer)
    monkeypatch.setattr(jobs, "_note", note)
    now = timezone.now()
    assert ImportJob.objects.get().state == JobState.RUNNING
    assert work(answer) is None
    assert jobs.due(now) == []
    later = now + jobs.LEASE + timedelta(seconds=5)
    assert len(jobs.due(later)) == 1
    assert jobs.work(jobs.due(later)[0], clock=lambda: later) == JobState.DONE
    found = seen(court, answer)
    assert (found["lines_read"], found["created"]) == (5, 5)
    assert Version.objects.count() == 5


def test_a_job_that_fails_is_tried_later_and_later_and_given_up_at_last(
    court: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = upload(court, packed([line(1)]))
    at = timezone.now()

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(jobs, "import_file", fail)
    waits = []
    for _ in range(jobs.MOST_TRIES):
        state = jobs.work(answer.json()["id"], clock=partial(standing_still, at))
        job = ImportJob.objects.get()
        if job.next_try_at:
            waits.append(job.next_try_at - at)
            at = job.next_try_at
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert (state, job.error, len(waits)) == (JobState.FAILED, "gave_up", jobs.MOST_TRIES - 1)


class Killed(BaseException):
    """What no worker lives to report."""


def tried(job_id: UUID, at: datetime) -> tuple[JobState | None, list[timedelta]]:
    """Work on a job whenever it is due, until it is over: how it ended, and how long each wait was."""
    waits: list[timedelta] = []
    for _ in range(4 * jobs.MOST_TRIES):
        state = jobs.work(job_id, clock=partial(standing_still, at))
        job = ImportJob.objects.get()
        if job.next_try_at is None:
            return state, waits
        waits.append(job.next_try_at - at)
        at = job.next_try_at
    raise AssertionError("it is tried for ever")


@pytest.mark.parametrize("place", ["batch", "end"])
def test_a_job_that_meets_the_same_error_of_the_database_each_time_is_given_up(
    court: Caller, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """The first batch of two lines is committed; what comes after fails each time, and gets no further."""
    monkeypatch.setattr(importing, "LINES_IN_A_BATCH", 2)
    answer = upload(court, packed([line(n) for n in range(5)]))
    store = batch.store

    def fail_at_the_third_line(*args: Any, **kwargs: Any) -> Any:
        if any(one.line.source_ref == "job-2" for one in args[1]):
            raise OperationalError("out of memory")
        return store(*args, **kwargs)

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("out of memory")

    with monkeypatch.context() as broken:
        if place == "batch":
            broken.setattr(importing, "store", fail_at_the_third_line)
        else:
            broken.setattr(Run, "finish", fail)
        state, waits = tried(answer.json()["id"], timezone.now())
    assert (state, ImportJob.objects.get().error) == (JobState.FAILED, "gave_up")
    assert (len(waits), waits) == (jobs.MOST_TRIES - 1, sorted(waits))
    found = seen(court, answer)
    read = 2 if place == "batch" else 5
    assert (found["lines_read"], found["created"]) == (read, read)


def test_a_try_that_committed_something_begins_the_count_again(court: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors are more than a job that stands still may meet, but never so many at one line."""
    monkeypatch.setattr(importing, "LINES_IN_A_BATCH", 1)
    answer = upload(court, packed([line(n) for n in range(4)]))
    store, calls = batch.store, iter(range(1000))

    def fail_often(*args: Any, **kwargs: Any) -> Any:
        if next(calls) % 6:
            raise OperationalError("out of memory")
        return store(*args, **kwargs)

    monkeypatch.setattr(importing, "store", fail_often)
    state, waits = tried(answer.json()["id"], timezone.now())
    assert state == JobState.DONE
    assert len(waits) > jobs.MOST_TRIES
    assert (seen(court, answer)["lines_read"], seen(court, answer)["created"]) == (4, 4)


def test_a_job_whose_worker_dies_each_time_is_given_up(court: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = upload(court, packed([line(1)]))

    def die(*args: Any, **kwargs: Any) -> None:
        raise Killed

    monkeypatch.setattr(jobs, "import_file", die)
    at = timezone.now()
    for _ in range(jobs.MOST_TRIES):
        with pytest.raises(Killed):
            jobs.work(answer.json()["id"], clock=partial(standing_still, at))
        at += jobs.LEASE
    assert jobs.work(answer.json()["id"], clock=partial(standing_still, at)) == JobState.FAILED
    assert ImportJob.objects.get().error == "gave_up"


def test_an_error_before_a_run_begins_leaves_the_counts_of_those_before(
    court: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LINES_IN_A_BATCH", 2)
    answer = upload(court, packed([line(n) for n in range(5)]))
    assert work(answer, longest=0) == JobState.WAITING

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(Run, "start", fail)
    assert work(answer) == JobState.WAITING
    assert seen(court, answer)["created"] == 2


def test_one_worker_at_a_time_takes_a_job(court: Caller) -> None:
    answer = upload(court, packed([line(1)]))
    assert jobs._take(answer.json()["id"], timezone.now()) is not None
    assert jobs._take(answer.json()["id"], timezone.now()) is None


def written_at(path: Path) -> datetime:
    """When a file was written, by the clock of its disk, which is not the test's."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def test_files_that_no_job_waits_for_are_removed(court: Caller, folder: Path) -> None:
    upload(court, packed([line(1)]))
    (wanted,) = files(folder)
    left = folder / f"{uuid4()}.ndjson"
    left.write_text("{}")
    (folder / "notes.txt").write_text("not ours")
    written = written_at(left)
    assert jobs.remove_leftovers(but_since=written - timedelta(hours=1)) == 0
    assert jobs.remove_leftovers(but_since=written + timedelta(hours=1)) == 1
    assert files(folder) == sorted([wanted, folder / "notes.txt"])


def test_what_a_killed_command_left_is_removed(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    left = tmp_path / "imports" / "ftm-killed"
    left.mkdir(parents=True)
    (left / "subjects").write_text("somebody")
    (tmp_path / "imports" / "ftm-x.troubles.jsonl").write_text("{}")
    written = written_at(left)
    assert jobs.remove_leftovers(but_since=written - timedelta(hours=6)) == 0
    assert jobs.remove_leftovers(but_since=written + timedelta(minutes=1)) == 1
    assert [path.name for path in (tmp_path / "imports").iterdir()] == ["ftm-x.troubles.jsonl"]


def test_the_log_knows_which_file_came_by_which_key(court: Caller) -> None:
    upload(court, packed([line(1)]))
    assert Entry.objects.filter(event_type="import.received").count() == 1
