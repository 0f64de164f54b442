"""Keeping times end by themselves; what a dispute rests on waits, and the proof stays."""

from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.actors import SERVICE, Actor
from accounts.models import Subject
from appeals import operations as cases
from appeals.models import Outcome
from appeals.workflow import Status
from audit.models import Entry
from delivery.models import Message
from records import catalogue, keeping, queries
from records import operations as records
from records.catalogue import Refused
from records.importing import import_one
from records.keeping import Hold, WaitsFor
from records.models import Content, Keeping, KeptThing, MeasureState, Record, RecordState, Version
from records.operations import retention
from records.operations.retention import Ended
from tests import factories, samples
from tests.factories import AT

pytestmark = pytest.mark.django_db

FACE = ("cn-jaywalking", "face_event")
COLLECTED = date(2026, 10, 22)  # of the sample line; kept for thirty days


@pytest.fixture
def face(person: Actor) -> Record:
    """A record that is kept until 21 November, with the measure that rests on it."""
    return factories.record_for(person, *FACE, measures=["screen_display"])


OVER = datetime(2026, 11, 23, 12, tzinfo=AT.tzinfo)


def sweep(at: datetime = OVER) -> dict[Ended, int]:
    while retention.work_out(limit=10):
        pass
    return {ended: number for (_, ended), number in retention.run_due(at=at, limit=10).items()}


def kept(record: Record, of: KeptThing = KeptThing.RECORD) -> Keeping:
    return Keeping.objects.get(record=record, of=of)


def events(record: Record) -> list[str]:
    return list(Entry.objects.filter(record_id=record.pk).order_by("entry_id").values_list("event_type", flat=True))


def test_the_last_day_is_worked_out_from_what_the_record_says(face: Record) -> None:
    assert retention.work_out(limit=10) == 1
    assert kept(face).until == date(2026, 11, 21)
    assert retention.work_out(limit=10) == 0


def test_nothing_ends_before_its_day_is_over_everywhere(face: Record) -> None:
    assert sweep(datetime(2026, 11, 22, 11, 59, tzinfo=AT.tzinfo)) == {}
    assert sweep(datetime(2026, 11, 22, 12, 0, tzinfo=AT.tzinfo)) == {Ended.GONE: 1}


def test_its_end_takes_the_record_out_and_leaves_the_proof(face: Record, person: Actor) -> None:
    before = Version.objects.get(record=face)
    assert sweep() == {Ended.GONE: 1}
    face.refresh_from_db()
    assert face.state == RecordState.EXPIRED
    assert not queries.held(person)
    assert bytes(Version.objects.get(record=face).digest) == bytes(before.digest)
    content = Content.objects.get(record=face)
    assert (content.sealed, content.purged_at) == (None, OVER)
    assert events(face)[-3:] == ["measure.lifted", "record.expired", "record.purged"]


def test_its_end_ends_what_rests_on_it(face: Record) -> None:
    sweep()
    assert [m.state for m in face.measures.all()] == [MeasureState.LIFTED]


def test_the_person_is_told_in_neutral_words_and_not_by_mail(face: Record, person: Actor) -> None:
    sweep()
    message = Message.objects.get(kind="record_expired")
    assert (message.subject_id, message.mail_state) == (person.subject_id, "none")


def test_the_sweep_repeated_does_nothing_more(face: Record) -> None:
    sweep()
    assert sweep() == {} and sweep(OVER + timedelta(days=40)) == {}
    assert Message.objects.filter(kind="record_expired").count() == 1


def test_what_is_to_be_locked_away_is_shown_to_nobody_but_not_destroyed(person: Actor) -> None:
    values = {"conduct": "property_report", "term_until": "2026-11-10"}
    record = factories.record_for(person, values=values)
    sweep()
    assert not queries.held(person)
    assert Content.objects.get(record=record).sealed is not None
    assert Message.objects.filter(kind="record_locked_away").exists()


def test_a_feed_cannot_bring_back_what_is_no_longer_kept(face: Record, person: Actor) -> None:
    sweep()
    with pytest.raises(Refused, match="keeping time"):
        _send_again(face, person)
    assert not queries.held(person)


def _send_again(record: Record, person: Actor) -> None:
    who = factories._named(Subject.objects.get(pk=person.own_subject), record.programme)
    line = samples.line(*FACE, [], {}, source="sample-court", ref=record.source_ref, about=who)
    import_one(catalogue.programme(record.programme), line, source="sample-court", by=SERVICE, at=OVER)


def test_another_version_has_its_time_worked_out_again(person: Actor) -> None:
    record = factories.record_for(person, values={"conduct": "property_report", "term_until": "2026-11-10"})
    retention.work_out(limit=10)
    case = factories.case_at(person=person, items=[factories.item(record, field="term_until")])
    records.correct(record.pk, "term_until", "2027-11-10", case_id=case.pk, by=SERVICE, at=AT)
    assert retention.work_out(limit=10) == 1
    assert kept(record).until == date(2027, 11, 10)


def test_a_last_day_that_is_out_of_date_ends_nothing(person: Actor) -> None:
    record = factories.record_for(person, values={"conduct": "property_report", "term_until": "2026-11-10"})
    retention.work_out(limit=10)
    records.correct(record.pk, "term_until", "2027-11-10", case_id=record.pk, by=SERVICE, at=AT)
    assert dict(retention.run_due(at=OVER, limit=10)) == {("cn-court-defaulters", Ended.NOTHING): 1}
    record.refresh_from_db()
    assert record.state == RecordState.CURRENT


# --- what waits


@pytest.mark.parametrize("status", [Status.FILED, Status.IN_REVIEW, Status.AWAITING_APPROVAL, Status.DECIDED])
def test_a_record_in_an_open_case_waits_with_the_reason(face: Record, person: Actor, status: Status) -> None:
    factories.case_at(
        status, person=person, items=[factories.item(face)], answers=[{"outcome": Outcome.REJECTED, "remedy": ""}],
        programme="cn-jaywalking", at=AT,
    )  # fmt: skip
    assert sweep() == {Ended.WAITS: 1}
    row = kept(face)
    assert (row.waits_for, row.waits_until, row.done_at) == (WaitsFor.OPEN_CASE, None, None)
    assert keeping.of_records(person, [face.pk])[face.pk][0].waits_for == WaitsFor.OPEN_CASE


def test_what_waits_does_nothing_adverse_and_keeps_the_evidence(face: Record, person: Actor) -> None:
    case = factories.case_at(person=person, items=[factories.item(face)], programme="cn-jaywalking")
    before = records.current_state(face.pk)
    sweep()
    assert records.current_state(face.pk) == before
    assert case.status == Status.FILED


def test_a_served_decision_holds_it_until_the_window_has_ended(face: Record, person: Actor) -> None:
    case = factories.case_at(
        Status.SERVED, person=person, items=[factories.item(face)],
        answers=[{"outcome": Outcome.REJECTED, "remedy": ""}], programme="cn-jaywalking",
    )  # fmt: skip
    assert sweep() == {Ended.WAITS: 1}
    row = kept(face)
    assert row.waits_for == WaitsFor.REVIEW_WINDOW
    assert row.waits_until and row.waits_until > OVER.date()
    later = OVER + timedelta(days=120)
    cases.close(case.pk, at=later)
    assert sweep(later) == {Ended.GONE: 1}


def test_what_waits_is_looked_at_again_only_a_day_later(face: Record, person: Actor) -> None:
    factories.case_at(person=person, items=[factories.item(face)], programme="cn-jaywalking")
    sweep()
    assert sweep(OVER + timedelta(hours=23)) == {}
    assert sweep(OVER + timedelta(hours=24)) == {Ended.WAITS: 1}


# --- what a decision deleted


def deleted(person: Actor, record: Record, status: Status = Status.SERVED) -> Any:
    case = factories.case_at(
        status,
        person=person,
        items=[factories.item(record)],
        answers=[{"remedy": "delete"}],
        programme=record.programme,
    )
    factories.carry_out(case)
    return case


def test_deleted_content_stays_sealed_while_it_can_be_undone(face: Record, person: Actor) -> None:
    deleted(person, face)
    assert sweep() == {Ended.WAITS: 1}
    assert Content.objects.get(record=face).sealed is not None
    assert kept(face, KeptThing.CONTENT).waits_for == WaitsFor.REVIEW_WINDOW


def test_deleted_content_is_purged_when_the_last_window_is_closed(face: Record, person: Actor) -> None:
    case = deleted(person, face)
    later = OVER + timedelta(days=120)
    cases.close(case.pk, at=later)
    assert sweep(later) == {Ended.GONE: 1}
    assert Content.objects.get(record=face).sealed is None
    assert Record.objects.get(pk=face.pk).state == RecordState.SEALED
    assert events(face)[-1] == "record.purged"


def test_an_undone_deletion_stops_the_clock(face: Record, person: Actor) -> None:
    before = records.delete(face.pk, case_id=face.pk, by=SERVICE, at=AT)
    records.undo(before, case_id=face.pk, by=SERVICE, at=AT)
    assert not Keeping.objects.filter(of=KeptThing.CONTENT).exists()
    assert queries.held(person)


@pytest.mark.parametrize("second", [records.delete, records.detach])
def test_undoing_a_second_decision_does_not_keep_what_the_first_deleted(face: Record, second: Any) -> None:
    records.delete(face.pk, case_id=face.pk, by=SERVICE, at=AT)
    before = second(face.pk, case_id=face.pk, by=SERVICE, at=AT)
    records.undo(before, case_id=face.pk, by=SERVICE, at=AT)
    assert Record.objects.get().state == RecordState.SEALED
    assert sweep() == {Ended.GONE: 1}
    assert Content.objects.get(record=face).sealed is None


def test_nothing_is_undone_once_the_content_is_purged(face: Record) -> None:
    before = records.delete(face.pk, case_id=face.pk, by=SERVICE, at=AT)
    assert sweep() == {Ended.GONE: 1}
    with pytest.raises(records.NothingLeft):
        records.undo(before, case_id=face.pk, by=SERVICE, at=AT)


# --- rows that fail


def test_a_row_that_fails_does_not_stop_the_others_and_is_tried_later_and_later(
    face: Record, person: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = factories.record_for(factories.person(), *FACE)
    real = retention._ENDS[KeptThing.RECORD]

    def fail_for_one(record: Record, *rest: Any) -> None:
        if record.pk == face.pk:
            raise RuntimeError("Wang Xiaoyu")
        real(record, *rest)

    monkeypatch.setitem(retention._ENDS, KeptThing.RECORD, fail_for_one)
    assert sweep() == {Ended.FAILED: 1, Ended.GONE: 1}
    other.refresh_from_db()
    assert other.state == RecordState.EXPIRED
    row = kept(face)
    assert (row.tries, row.last_error, row.next_look_at) == (1, "RuntimeError", OVER + timedelta(hours=1))
    assert sweep(OVER + timedelta(minutes=59)) == {}
    assert sweep(OVER + timedelta(hours=1)) == {Ended.FAILED: 1}
    assert kept(face).next_look_at == OVER + timedelta(hours=5)


def test_rows_that_always_fail_do_not_starve_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [factories.record_for(factories.person(), *FACE) for _ in range(3)]
    whole = factories.record_for(factories.person(), *FACE)
    real = retention._ENDS[KeptThing.RECORD]

    def fail(record: Record, *rest: Any) -> None:
        if record in broken:
            raise RuntimeError
        real(record, *rest)

    monkeypatch.setitem(retention._ENDS, KeptThing.RECORD, fail)
    retention.work_out(limit=10)
    found = retention.run_due(at=OVER, limit=3) + retention.run_due(at=OVER, limit=3)
    assert found == {("cn-jaywalking", Ended.FAILED): 3, ("cn-jaywalking", Ended.GONE): 1}
    whole.refresh_from_db()
    assert whole.state == RecordState.EXPIRED


# --- the command


def run(*words: str, answer: str = "", monkeypatch: pytest.MonkeyPatch | None = None) -> str:
    if monkeypatch:
        monkeypatch.setattr("builtins.input", lambda _question: answer)
    out = StringIO()
    call_command("retention", *words, stdout=out)
    return out.getvalue()


def test_a_dry_run_shows_what_would_go_and_writes_nothing(face: Record, person: Actor) -> None:
    entries = Entry.objects.count()
    said = run("--dry-run", "--on", "2026-11-23")
    assert "cn-jaywalking  face_event  record     2026-11-21  destroyed" in said
    assert "1 would go; 0 wait." in said
    assert (Keeping.objects.count(), Entry.objects.count()) == (0, entries)
    retention.work_out(limit=10)
    assert run("--dry-run", "--on", "2026-11-23") == said
    assert "0 would go" in run("--dry-run", "--on", "2026-11-21")


def test_a_dry_run_names_what_waits_and_why(face: Record, person: Actor) -> None:
    factories.case_at(person=person, items=[factories.item(face)], programme="cn-jaywalking")
    said = run("--dry-run", "--on", "2026-11-23")
    assert "open case" in said and "0 would go; 1 wait." in said


def old_face() -> Record:
    values = {"at": "2026-10-19T08:00:00+08:00"}
    record = factories.record_for(factories.person(), *FACE, values=values)
    Keeping.objects.all().delete()
    return record


def test_a_run_by_hand_asks_first(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    record = old_face()
    monkeypatch.setattr(timezone, "now", lambda: OVER)
    with pytest.raises(CommandError, match="Nothing was changed"):
        run("--run", answer="no", monkeypatch=monkeypatch)
    record.refresh_from_db()
    assert record.state == RecordState.CURRENT
    assert "1 ended; 0 wait; 0 failed." in run("--run", answer="1", monkeypatch=monkeypatch)
    record.refresh_from_db()
    assert record.state == RecordState.EXPIRED
    assert Entry.objects.filter(event_type="retention.run").exists()


def test_a_run_with_nothing_to_do_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: pytest.fail("it asked"))
    assert "There is nothing to do." in run("--run")


def test_what_is_due_is_found_by_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM records_keeping WHERE next_look_at <= now() ORDER BY next_look_at")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "keeping_times_to_look_at" in plan


def test_a_hold_says_what_the_case_says(face: Record, person: Actor) -> None:
    assert keeping.holds([face.pk]) == {}
    factories.case_at(person=person, items=[factories.item(face)], programme="cn-jaywalking")
    assert keeping.holds([face.pk]) == {face.pk: Hold(WaitsFor.OPEN_CASE, None)}
