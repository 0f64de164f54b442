"""Locks are taken in one order (architecture.md, "Locks"): two who meet wait for each other, and neither is refused.

Each test holds something that both need, lets them queue up for it, and lets go. Taken in opposite orders, the
database would have to end one of them.
"""

import ast
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.actors import Actor
from accounts.models import Role, Subject
from accounts.operations import mandates
from appeals import operations
from appeals.models import Case, DisputeDraft, Erasure, Remedy
from appeals.operations import NewItem, erasure
from appeals.workflow import Status
from audit.erasing import take_keys
from audit.keys import Erased
from records import queries as held
from records.importing.locks import take_turns
from records.importing.rulings import Choice
from records.models import (
    Content,
    DoubtfulLine,
    DoubtState,
    Mark,
    Measure,
    Record,
    RecordState,
    SourceChange,
    SourceChangeState,
)
from records.operations import identity, statements
from tests import factories, resending
from tests.factories import AT, case_at, item, record_for
from tests.feeds import feed, line
from tests.integration.test_doubtful_lines import decide, one_doubt
from tests.integration.test_importing_withdrawals import gone
from tests.integration.test_mandates import acting_for
from tests.threads import LONGEST, Work, join, threads_of

DAY = timedelta(days=1)
ROOT = Path(__file__).resolve().parents[2]
in_the_database = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    settings.MONTH_KEYS_DIR = tmp_path / "months"


def behind(hold: Work, *works: Work) -> list[Any]:
    """Do `hold` in a transaction; start each of `works` when those before it wait for us; then let go of all.

    What each returned or raised, in the order given.
    """
    threads, results = threads_of(works)
    with transaction.atomic():
        hold()
        for number, thread in enumerate(threads, 1):
            thread.start()
            wait_until(number, thread)
    join(threads)
    return results


# The server is shared: tests of other workers wait for locks, too.
_WAITING = """
    SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE NOT granted AND datname = current_database()
"""


def wait_until(number: int, last: Thread) -> None:
    """Until so many connections to this database wait for a lock, or the last that began has ended without waiting."""
    waiting, end = 0, monotonic() + LONGEST
    while waiting < number and last.is_alive():
        assert monotonic() < end, f"only {waiting} of {number} wait for a lock"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else we see the same again and again
            cursor.execute(_WAITING)
            waiting = cursor.fetchone()[0]
        sleep(0.01)


def lock(*records: Record) -> Work:
    ids = [record.pk for record in records]
    return lambda: list(Record.objects.select_for_update(no_key=True).filter(pk__in=ids))


def errors_in(results: list[Any]) -> list[Exception]:
    return [each for each in results if isinstance(each, Exception)]


def file(by: Actor, *items: NewItem) -> Case:
    return operations.file(procedure_id="redress-model", items=items, language="en", by=by, at=AT)


def test_no_lock_stands_in_the_way_of_rows_that_only_refer_to_what_is_locked() -> None:
    """Foreign keys are checked at the commit: `FOR UPDATE` would make it wait there, behind all other locks."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for app in ("accounts", "appeals", "audit", "delivery", "records", "redress")
        for path in sorted((ROOT / app).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "select_for_update"
        and "no_key" not in {each.arg for each in node.keywords}
    ]
    assert found == []


@in_the_database
def test_somebody_who_acts_for_another_files_while_they_attach_a_statement(person: Actor, other_person: Actor) -> None:
    actor = acting_for(person, other_person)
    record = record_for(person)
    disputed = item(record)
    assert (
        errors_in(
            behind(
                lock(record),
                lambda: statements.attach(record.pk, words="Not mine.", language="en", by=actor, at=AT),
                lambda: file(actor, disputed),
            )
        )
        == []
    )
    assert actor.acts
    mandates.revoke(actor.acts.mandate_id, by=person, at=AT)


@in_the_database
def test_a_withdrawal_is_taken_back_while_another_dispute_about_the_same_is_filed(person: Actor) -> None:
    """Of two measures each stands still for another case: that which goes on locks its own, and then looks at both."""
    record = record_for(person, measures=("no_plane", "no_star_hotel"))
    one = file(person, item(record, ground="disproportionate", measure="no_plane"))
    case = case_at(Status.WITHDRAWING, person=person, items=[item(record)])
    stopped_by = dict(Measure.objects.values_list("type", "suspended_by_case"))
    assert stopped_by == {"no_plane": one.pk, "no_star_hotel": case.pk}
    a_field = item(record, ground="inaccurate", field="amount")
    results = behind(
        lambda: Measure.objects.select_for_update(no_key=True).get(type="no_plane"),
        lambda: file(person, a_field),
        lambda: operations.undo_withdrawal(case.pk, by=person, at=AT + timedelta(hours=2)),
    )
    assert errors_in(results) == []


@in_the_database
def test_an_import_takes_back_one_record_and_changes_another_while_both_are_disputed(tmp_path: Path) -> None:
    feed(tmp_path, line("1", 1), line("2", 1))
    first, second = Record.objects.order_by("pk")
    assert first.source_ref == "1"
    who, items = factories.person(first.subject), (item(first), item(second))
    results = behind(
        lock(first),
        lambda: file(who, *items),
        lambda: feed(tmp_path, gone("1"), line("2", 1, amount="1.00")),
    )
    assert errors_in(results) == []
    assert {each.kind for each in SourceChange.objects.filter(state=SourceChangeState.WAITING)} == {
        "change",
        "withdrawal",
    }


@in_the_database
def test_a_source_takes_a_doubtful_line_back_while_somebody_decides_about_it(tmp_path: Path, caseworker: Actor) -> None:
    doubt = one_doubt(tmp_path)
    results = behind(
        lambda: take_turns({"sample-court"}),
        lambda: feed(tmp_path, gone("2")),
        lambda: decide(doubt, caseworker, Choice.NEW),
    )
    assert [type(error).__name__ for error in errors_in(results)] == ["AlreadyDecided"]
    assert DoubtfulLine.objects.get().state == DoubtState.TAKEN_BACK


@in_the_database
def test_what_a_source_sends_while_a_dispute_ends_is_settled_with_it(person: Actor) -> None:
    record = record_for(person)
    case = case_at(Status.FILED, person=person, items=[item(record)])
    resending.send_again(record, amount="77.00", at=AT + DAY)
    operations.withdraw(case.pk, by=person, at=AT + DAY)
    results = behind(
        lambda: resending.send_again(record, amount="88.00", at=AT + 2 * DAY),
        lambda: operations.conclude_withdrawal(case.pk, at=AT + 30 * DAY),
    )
    assert errors_in(results) == []
    states = list(SourceChange.objects.order_by("received_at").values_list("state", flat=True))
    assert states == [SourceChangeState.REPLACED, SourceChangeState.APPLIED]
    assert held.latest_content(Record.objects.get()).values["amount"] == "88.00"
    assert not Mark.objects.filter(ended_at=None).exists()


# --- somebody is erased


def proposed(person: Actor) -> Erasure:
    """Asked by the person themselves, so that nothing but open cases and measures stands in the way."""
    by = factories.staff(Role.SUPERVISOR, "cn-spc")
    said: dict[str, Any] = {"asked_by_person": True, "basis": "GDPR Art. 17(1)(a)", "because": "Asked."}
    return erasure.propose(person.own_subject, **said, by=by, at=AT + 2 * DAY)


def erase(found: Erasure) -> Work:
    outsider = factories.staff(Role.REVIEWER, "sample-ombudsman")
    return lambda: erasure.approve(found.pk, by=outsider, at=AT + 30 * DAY)


def lock_subject(person: Actor) -> Work:
    return lambda: Subject.objects.select_for_update(no_key=True).get(pk=person.own_subject)


@in_the_database
def test_a_draft_is_sent_while_its_writer_is_erased(person: Actor) -> None:
    record = record_for(person, measures=())
    draft = operations.begin_draft([operations.Target(record.pk)], by=person, at=AT)
    operations.choose_procedure(draft.pk, "redress-model", by=person, at=AT)
    results = behind(
        lock_subject(person),
        erase(proposed(person)),
        lambda: operations.file_draft(draft.pk, language="en", by=person, at=AT),
    )
    assert [type(error) for error in errors_in(results)] == [DisputeDraft.DoesNotExist]
    assert not Case.objects.exists()


@in_the_database
def test_a_correction_is_taken_back_while_the_person_is_erased(person: Actor) -> None:
    record = record_for(person, measures=())
    disputed = item(record, ground="inaccurate", field="amount", wanted="1.00")
    answer = {"remedy": "correct", "value": "1.00"}
    case = case_at(Status.SERVED, person=person, items=[disputed], answers=[answer])
    factories.carry_out(case)
    supervisor, remedy = factories.staff(Role.SUPERVISOR, case.holder), Remedy.objects.get()
    results = behind(
        lambda: operations.undo_remedy(remedy.pk, reason="Another paper came.", by=supervisor, at=AT + 3 * DAY),
        erase(proposed(person)),
    )
    assert errors_in(results) == []
    assert Record.objects.get().state == RecordState.EXPIRED


@in_the_database
def test_two_files_are_taken_apart_while_who_they_are_is_erased(
    person: Actor, other_person: Actor, caseworker: Actor, supervisor: Actor
) -> None:
    record_for(person, measures=())
    record_for(other_person, measures=())
    two = person.own_subject, other_person.own_subject
    change = identity.propose_merge(*two, reason="One person.", by=caseworker, at=AT)
    identity.approve(change.pk, reason="Checked.", by=supervisor, at=AT)
    another = factories.staff(Role.SUPERVISOR, "cn-spc")
    results = behind(
        lock_subject(person),
        erase(proposed(person)),
        lambda: identity.undo(change.pk, reason="Two after all.", by=another, at=AT + 3 * DAY),
    )
    assert [type(error) for error in errors_in(results)] == [Erased]
    assert isinstance(results[0], erasure.Erased)


def _held_in_a_feed(tmp_path: Path) -> tuple[Actor, Subject]:
    feed(tmp_path, line("1"))
    subject = Subject.objects.get()
    return factories.person(subject), subject


@in_the_database
def test_what_an_import_brings_while_somebody_is_erased_goes_with_the_rest(tmp_path: Path) -> None:
    who, subject = _held_in_a_feed(tmp_path)
    results = behind(
        lambda: take_keys([subject.pk]),
        lambda: feed(tmp_path, line("1", amount="2.00"), line("2")),
        erase(proposed(who)),
    )
    assert errors_in(results) == []
    assert {record.state for record in subject.records.all()} == {RecordState.EXPIRED}
    assert subject.records.count() == 2
    assert not Content.objects.filter(sealed__isnull=False).exists()


@in_the_database
def test_an_import_that_waits_for_an_erasure_decides_again(tmp_path: Path) -> None:
    """Whoever comes back is somebody new: nothing is sealed under a key that is gone."""
    who, subject = _held_in_a_feed(tmp_path)
    results = behind(
        lambda: take_keys([subject.pk]),
        erase(proposed(who)),
        lambda: feed(tmp_path, line("1", amount="2.00"), line("2")),
    )
    assert errors_in(results) == []
    assert (results[1].created, results[1].refused) == (2, 0)
    again = Subject.objects.exclude(pk=subject.pk).get()
    assert set(again.records.values_list("source_ref", flat=True)) == {"1", "2"}
    assert all(held.open_content(content).values for content in Content.objects.filter(sealed__isnull=False))
