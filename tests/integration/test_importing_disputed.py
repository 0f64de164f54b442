"""What a dispute did stays done: a feed cannot bring back what a decision put right."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals import integrity, operations
from appeals.models import Case, Outcome, Remedy
from appeals.workflow import Status
from delivery.models import Message
from records import queries
from records.models import Measure, MeasureState, Record, RecordState, SourceChange
from tests import factories
from tests.factories import AT, case_at
from tests.feeds import Line, codes, feed, line

DAY = timedelta(days=1)
CORRECTED = "source_ref", "was_corrected"
Decide = Callable[..., Case]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


def supplied(**values: Any) -> Line:
    return line("1", 1, measures=[("no_plane", "2026-10-25")], **{"amount": "830.00", **values})


@pytest.fixture
def record(holder: Organisation, tmp_path: Path) -> Record:
    """What the feed brought about the person who disputes it."""
    feed(tmp_path, supplied())
    return Record.objects.get()


@pytest.fixture
def decide(record: Record) -> Decide:
    """Dispute the record, and carry out the remedy that was decided."""

    def run(remedy: str, **item: Any) -> Case:
        answer = {"remedy": remedy, **({"value": item["wanted"]} if remedy == "correct" else {})}
        case = case_at(Status.DECIDED, person=owner(record), items=[factories.item(record, **item)], answers=[answer])
        factories.carry_out(case)
        return case

    return run


def owner(record: Record) -> Actor:
    return factories.person(record.subject)


@pytest.mark.parametrize(
    ("remedy", "ground", "state"),
    [("delete", "inaccurate", RecordState.SEALED), ("detach", "not_me", RecordState.DETACHED)],
)
def test_a_record_that_was_taken_out_stays_out(
    tmp_path: Path, record: Record, decide: Decide, remedy: str, ground: str, state: str
) -> None:
    decide(remedy, ground=ground)
    to_another = line("1", 2)
    for each in (supplied(), supplied(amount="930.00"), to_another):
        assert codes(feed(tmp_path, each)) == [(1, *CORRECTED)]
    record.refresh_from_db()
    assert (record.state, record.latest_number) == (state, 1)
    assert Record.objects.count() == 1


def test_a_corrected_value_does_not_come_back(tmp_path: Path, record: Record, decide: Decide) -> None:
    decide("correct", ground="inaccurate", field="amount", wanted="1.00")
    assert codes(feed(tmp_path, supplied())) == [(1, "values", "was_corrected")]
    assert codes(feed(tmp_path, supplied(performance="part"))) == [(1, "values.amount", "was_corrected")]
    assert queries.latest_content(Record.objects.get()).values["amount"] == "1.00"


def test_the_corrected_value_and_what_is_new_beside_it_are_taken_in(
    tmp_path: Path, record: Record, decide: Decide
) -> None:
    decide("correct", ground="inaccurate", field="amount", wanted="1.00")
    assert feed(tmp_path, supplied(amount="1.00")).unchanged == 1
    assert feed(tmp_path, supplied(amount="1.00", performance="part")).changed == 1
    assert feed(tmp_path, supplied(amount="2.00", performance="part")).changed == 1
    assert codes(feed(tmp_path, supplied(amount="830.00"))) == [(1, "values", "was_corrected")]


def test_a_value_may_come_back_when_the_correction_was_undone(
    tmp_path: Path, record: Record, decide: Decide, supervisor: Actor
) -> None:
    case = decide("correct", ground="inaccurate", field="amount", wanted="1.00")
    remedy = Remedy.objects.get(case=case)
    operations.undo_remedy(remedy.pk, reason="Another paper came.", by=supervisor, at=AT + 2 * DAY)
    assert feed(tmp_path, supplied()).unchanged == 1


def test_a_lifted_measure_is_not_imposed_again(tmp_path: Path, record: Record, decide: Decide) -> None:
    decide("lift", ground="disproportionate", measure="no_plane")
    assert feed(tmp_path, supplied()).unchanged == 1
    again = {**supplied(), "measures": [{"type": "no_plane", "from": "2026-11-25", "to": None}]}
    assert codes(feed(tmp_path, again)) == [(1, "measures.0.type", "was_corrected")]
    assert Measure.objects.get().state == MeasureState.LIFTED


@pytest.mark.parametrize("type_", ["no_plane", "no_star_hotel"])
def test_nothing_is_imposed_while_measures_are_suspended(tmp_path: Path, record: Record, type_: str) -> None:
    case_at(Status.FILED, person=owner(record), items=[factories.item(record)])
    assert Measure.objects.get().state == MeasureState.SUSPENDED
    assert feed(tmp_path, supplied()).unchanged == 1
    again = {**supplied(), "measures": [{"type": type_, "from": "2026-11-25", "to": None}]}
    assert codes(feed(tmp_path, again)) == [(1, "measures.0.type", "under_dispute")]
    assert Measure.objects.get().state == MeasureState.SUSPENDED


# --- what a source sends during a dispute waits


def waiting() -> list[tuple[str, str]]:
    return sorted(SourceChange.objects.values_list("kind", "state"))


def disputed(record: Record, person: Actor | None = None, **item: Any) -> Case:
    return case_at(Status.FILED, person=person or owner(record), items=[factories.item(record, **item)])


def taken_back(ref: str = "1") -> Line:
    return {"source": "sample-court", "source_ref": ref, "type": "court_listing", "withdrawn": True}


def test_a_change_of_a_disputed_record_waits_and_changes_nothing(tmp_path: Path, record: Record) -> None:
    disputed(record)
    tally = feed(tmp_path, supplied(amount="930.00"))
    assert (tally.waiting, tally.changed) == (1, 0)
    assert Record.objects.get().latest_number == 1
    assert record.marks.filter(ended_at__isnull=True).exists()
    assert waiting() == [("change", "waiting")]
    change = SourceChange.objects.get()
    assert b"930.00" not in bytes(change.sealed or b"")
    assert (change.entered_in_id, change.adverse, change.settled_at) == (tally.run_id, True, None)
    assert Message.objects.filter(kind="source_answered", subject_id=record.subject_id).count() == 1
    assert not Message.objects.filter(kind="record_changed").exists()


def test_the_same_change_again_waits_once_and_the_last_one_counts(tmp_path: Path, record: Record) -> None:
    disputed(record)
    feed(tmp_path, supplied(amount="930.00"))
    assert feed(tmp_path, supplied(amount="930.00")).unchanged == 1
    assert waiting() == [("change", "waiting")]
    assert feed(tmp_path, supplied(amount="940.00"), supplied(amount="950.00")).waiting == 2
    assert waiting() == [("change", "replaced"), ("change", "replaced"), ("change", "waiting")]
    assert feed(tmp_path, taken_back()).waiting == 1
    assert feed(tmp_path, taken_back()).unchanged == 1
    assert waiting()[-1] == ("withdrawal", "waiting")
    assert len([state for _, state in waiting() if state == "waiting"]) == 1


def test_a_source_that_says_again_what_stands_has_nothing_waiting(tmp_path: Path, record: Record) -> None:
    disputed(record)
    feed(tmp_path, supplied(amount="930.00"))
    assert feed(tmp_path, supplied(), supplied()).unchanged == 2
    assert waiting() == [("change", "replaced")]


def test_the_same_file_again_leaves_what_waits_as_it_is(tmp_path: Path, record: Record) -> None:
    disputed(record)
    lines = [supplied(), supplied(amount="930.00")]
    feed(tmp_path, *lines)
    assert feed(tmp_path, *lines).unchanged == 2
    assert waiting() == [("change", "waiting")]


def test_a_new_measure_is_not_placed_on_a_disputed_record(tmp_path: Path, holder: Organisation) -> None:
    feed(tmp_path, line("1", 1))
    record = Record.objects.get()
    disputed(record, ground="inaccurate", field="amount")
    assert codes(feed(tmp_path, supplied())) == [(1, "measures.0.type", "under_dispute")]
    assert not Measure.objects.exists()


def decided_with(
    tmp_path: Path,
    record: Record,
    sent: Line,
    answer: dict[str, Any],
    item: dict[str, Any],
    person: Actor | None = None,
) -> Case:
    """A case that was filed, got an answer of the source, and was then decided, served and carried out."""
    person = person or owner(record)
    caseworker = factories.staff(Role.CASEWORKER, "cn-spc")
    supervisor = factories.staff(Role.SUPERVISOR, "cn-spc")
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker, items=[factories.item(record, **item)])
    feed(tmp_path, sent)
    later = AT + DAY
    operations.draft(case.pk, factories.answers_to(case, [answer]), by=caseworker, at=later)
    operations.submit(case.pk, by=caseworker, at=later)
    operations.approve(case.pk, seen=later, by=supervisor, at=later)
    operations.serve(case.pk, how="opened", by=person, at=later)
    factories.carry_out(case, at=later)
    return case


REJECTED = {"outcome": Outcome.REJECTED, "remedy": "", "reasons": "The order names you."}
NOT_ME = {"ground": "not_me"}


@pytest.mark.django_db(transaction=True)
def test_a_rejected_dispute_lets_the_waiting_change_be_made(tmp_path: Path, record: Record) -> None:
    case = decided_with(tmp_path, record, supplied(amount="930.00"), REJECTED, NOT_ME)
    record.refresh_from_db()
    assert record.latest_number == 2
    assert queries.latest_content(record).values["amount"] == "930.00"
    change = SourceChange.objects.get()
    assert (change.state, change.case_id, change.settled_at) == ("applied", case.pk, AT + DAY)
    assert Message.objects.filter(kind="record_changed").count() == 1
    assert feed(tmp_path, supplied(amount="930.00")).unchanged == 1


@pytest.mark.django_db(transaction=True)
def test_a_rejected_dispute_lets_the_record_be_withdrawn(tmp_path: Path, record: Record) -> None:
    decided_with(tmp_path, record, taken_back(), REJECTED, NOT_ME)
    record.refresh_from_db()
    assert record.state == RecordState.WITHDRAWN
    assert Measure.objects.get().state == MeasureState.LIFTED
    assert Message.objects.filter(kind="record_withdrawn", subject_id=record.subject_id).count() == 1
    assert [found.code for found in integrity.findings(AT) if found.code.startswith(("record", "measure"))] == []


@pytest.mark.django_db(transaction=True)
def test_an_upheld_dispute_governs_and_the_source_is_told(tmp_path: Path, record: Record) -> None:
    said = {"remedy": "correct", "value": "1.00"}
    item = {"ground": "inaccurate", "field": "amount", "wanted": "1.00"}
    decided_with(tmp_path, record, supplied(amount="930.00"), said, item)
    record.refresh_from_db()
    assert queries.latest_content(record).values["amount"] == "1.00"
    assert SourceChange.objects.get().state == "set_aside"
    told = Message.objects.get(kind="source_told_set_aside")
    assert (told.organisation_id, told.params["source_ref"]) == (record.source_id, "1")


def test_what_was_deleted_is_not_withdrawn_too(tmp_path: Path, record: Record) -> None:
    decided_with(tmp_path, record, taken_back(), {"remedy": "delete"}, NOT_ME)
    record.refresh_from_db()
    assert record.state == RecordState.SEALED
    assert SourceChange.objects.get().state == "set_aside"
    assert feed(tmp_path, taken_back()).unchanged == 1


def test_while_another_case_is_open_the_answer_goes_on_waiting(tmp_path: Path, record: Record) -> None:
    person = owner(record)
    disputed(record, person, ground="inaccurate", field="amount", wanted="1.00")
    decided_with(tmp_path, record, supplied(amount="930.00"), REJECTED, NOT_ME, person)
    assert SourceChange.objects.get().state == "waiting"
    assert Record.objects.get().latest_number == 1


def test_a_case_that_the_person_withdraws_lets_the_change_be_made(tmp_path: Path, record: Record) -> None:
    person = owner(record)
    case = case_at(Status.FILED, person=person, items=[factories.item(record)])
    feed(tmp_path, supplied(amount="930.00"))
    operations.withdraw(case.pk, by=person, at=AT + DAY)
    operations.conclude_withdrawal(case.pk, at=AT + 60 * DAY)
    assert SourceChange.objects.get().state == "applied"
    assert Record.objects.get().latest_number == 2


# --- what was taken out does not come back under another name


@pytest.mark.parametrize(("remedy", "ground"), [("delete", "inaccurate"), ("detach", "not_me")])
def test_what_was_taken_out_does_not_come_back_under_a_new_reference(
    tmp_path: Path, record: Record, decide: Decide, remedy: str, ground: str
) -> None:
    decide(remedy, ground=ground)
    same = {**supplied(), "source_ref": "2"}
    collected_later = {**same, "provenance": {**same["provenance"], "collected_at": "2026-10-23T09:00:00+08:00"}}
    valid_otherwise = {**same, "valid_from": "2025-03-02"}
    for each in (same, collected_later, valid_otherwise, {**same, "source": "other-court"}):
        assert codes(feed(tmp_path, each)) == [(1, "values", "was_corrected")]
    assert Record.objects.count() == 1
    assert feed(tmp_path, {**supplied(amount="2.00"), "source_ref": "3"}).created == 1
    assert codes(feed(tmp_path, {**supplied(), "source_ref": "3"})) == [(1, "values", "was_corrected")]
    assert feed(tmp_path, {**line("4", 2), "values": same["values"]}).created == 1, "somebody else's is another thing"
