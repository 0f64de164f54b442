"""Keeping times, deliveries and uploads over two connections at once."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.actors import SERVICE, Actor
from appeals import errors
from appeals import operations as cases
from appeals.models import Case
from delivery import systems
from delivery.models import Delivery
from records import jobs, queries
from records import operations as records
from records.access import visible_to
from records.api.disclosing import disclose
from records.models import Content, Disclosure, Keeping, Record, RecordState, Subscription
from records.operations import retention
from records.operations.retention import Ended
from records.recipients import Told
from tests import factories, feeds
from tests.api_clients import system
from tests.factories import AT
from tests.integration.test_api_imports import line, upload
from tests.integration.test_lock_order import behind, errors_in, wait_until
from tests.integration.test_races import at_once, split
from tests.resending import send_again
from tests.threads import join, threads_of

pytestmark = pytest.mark.django_db(transaction=True)
OVER = datetime(2026, 11, 23, 12, tzinfo=AT.tzinfo)


@pytest.mark.parametrize("attempt", range(3))
def test_filing_and_the_end_of_a_keeping_time_never_leave_a_case_without_its_record(
    person: Actor, attempt: int
) -> None:
    record = factories.record_for(person, "cn-jaywalking", "face_event")
    factories.organisation("cn-city-traffic-police")
    item = factories.item(record)
    retention.work_out(limit=10)
    keeping_id = Keeping.objects.get(record=record).pk
    ended, filed = at_once(
        lambda: retention.end_keeping(keeping_id, at=OVER),
        lambda: cases.file(procedure_id="redress-model", items=[item], language="en", by=person, at=AT),
    )
    record.refresh_from_db()
    if isinstance(filed, Case):
        assert ended == Ended.WAITS
        assert record.state == RecordState.CURRENT
        assert Content.objects.get(record=record).sealed is not None
    else:
        assert isinstance(filed, errors.NotInYourFile)
        assert ended == Ended.GONE
        assert not Case.objects.exists()


def test_two_sweeps_end_a_keeping_time_once(person: Actor) -> None:
    record = factories.record_for(person, "cn-jaywalking", "face_event")
    retention.work_out(limit=10)
    keeping_id = Keeping.objects.get(record=record).pk
    results = at_once(*(lambda: retention.end_keeping(keeping_id, at=OVER) for _ in range(2)))
    assert sorted(results) == [Ended.GONE, Ended.NOTHING]


def test_two_readers_of_changes_get_the_same_numbers(person: Actor) -> None:
    bank = factories.system("sample-bank")
    record = factories.record_for(person)
    disclose(bank, list(visible_to(bank)), purpose="check", at=AT)
    records.subscribe(programme=record.programme, by=bank, at=AT)
    for _ in range(3):
        records.mark_disputed(record.pk, field="", case_id=record.pk, by=SERVICE, at=AT)
        records.end_marks([record.pk], case_id=record.pk, by=SERVICE, at=AT)
    assert bank.organisation_id

    def read() -> list[tuple[Any, Any]]:
        assert bank.organisation_id
        given = systems.give(bank.organisation_id, bank.programmes, after=0, limit=100, at=AT)
        return [(one.pk, one.number) for one in given]

    first, second = at_once(read, read)
    assert first == second
    assert [number for _, number in first] == list(range(1, 7))
    assert Delivery.objects.filter(number__isnull=True).count() == 0


def test_subscribing_at_once_makes_one_subscription() -> None:
    bank = factories.system("sample-bank")
    won, lost = split(
        at_once(*(lambda: records.subscribe(programme="cn-court-defaulters", by=bank, at=AT) for _ in range(2)))
    )
    assert lost == []
    assert {made.pk for made, _ in won} == {Subscription.objects.get().pk}


# --- given out and changed at once


@pytest.fixture
def bank() -> Actor:
    found = factories.system("sample-bank")
    records.subscribe(programme="cn-court-defaulters", by=found, at=AT)
    return found


CHANGES: dict[str, Callable[[Record], Any]] = {
    Told.CORRECTED: lambda it: records.correct(it.pk, "court", "Another Court", case_id=it.pk, by=SERVICE, at=AT),
    Told.CHANGED: lambda it: send_again(it, amount="9.00"),
    Told.MEASURE_SUSPENDED: lambda it: records.suspend(
        list(it.measures.values_list("pk", flat=True)), case_id=it.pk, by=SERVICE, at=AT
    ),
    Told.WITHDRAWN: lambda it: records.withdraw(it.pk, records.Hand(), by=SERVICE, at=AT),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_given_out_at_the_moment_of_a_change_is_followed_by_it(
    person: Actor, bank: Actor, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = factories.record_for(person)
    open_for, (changing,) = queries.open_for, (threads := threads_of([lambda: CHANGES[what](record)]))[0]

    def while_it_is_given(*args: Any, **options: Any) -> Any:
        said = open_for(*args, **options)
        changing.start()
        wait_until(1, changing)
        return said

    monkeypatch.setattr(queries, "open_for", while_it_is_given)
    (given,) = disclose(bank, list(visible_to(bank)), purpose="check", at=AT)
    join([changing])
    assert errors_in(threads[1]) == []
    delivery = Delivery.objects.get()
    assert (delivery.what, delivery.received_version_id, given.version.number) == (what, given.version.pk, 1)


def test_whoever_asks_while_it_is_corrected_gets_the_new_value(person: Actor, bank: Actor) -> None:
    record = factories.record_for(person)
    found = list(visible_to(bank))
    ((given,),) = behind(lambda: CHANGES[Told.CORRECTED](record), lambda: disclose(bank, found, purpose="check", at=AT))
    assert (given.values["court"], given.version.number, given.record.latest_number) == ("Another Court", 2, 2)
    assert Disclosure.objects.get().version_id == given.version.pk


def test_whoever_asks_while_it_leaves_the_file_gets_nothing(person: Actor, bank: Actor) -> None:
    record = factories.record_for(person)
    found = list(visible_to(bank))
    (given,) = behind(lambda: CHANGES[Told.WITHDRAWN](record), lambda: disclose(bank, found, purpose="check", at=AT))
    assert given == []
    assert not Disclosure.objects.exists()


def test_what_went_to_another_file_meanwhile_is_no_answer(person: Actor, other_person: Actor, bank: Actor) -> None:
    record, other = factories.record_for(person), factories.record_for(other_person)
    found = list(visible_to(bank).order_by("pk"))
    found[0].subject_id = other.subject_id  # as it was when it was found
    assert [one.record.pk for one in disclose(bank, found, purpose="check", at=AT)] == [other.pk]
    assert not Disclosure.objects.filter(record=record).exists()


def test_recipients_do_not_wait_for_each_other(person: Actor, bank: Actor) -> None:
    factories.record_for(person)
    another = factories.system("sample-airline")
    found = list(visible_to(bank))
    threads, results = threads_of([lambda: disclose(another, found, purpose="check", at=AT)])
    with transaction.atomic():
        disclose(bank, found, purpose="check", at=AT)
        threads[0].start()
        threads[0].join(timeout=30)
        assert not threads[0].is_alive()
    assert len(results[0]) == 1


@pytest.mark.django_db
def test_giving_out_many_costs_the_same_queries_as_one(person: Actor, bank: Actor) -> None:
    for _ in range(5):
        factories.record_for(person)
    found = list(visible_to(bank).select_related("source"))
    few, many = (
        feeds.queries_of(lambda some=some: disclose(bank, some, purpose="check", at=AT))  # type: ignore[misc]
        for some in (found[:1], found)
    )
    assert few == many


def test_two_workers_do_not_import_one_upload_twice(settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    answer = upload(system("sample-court"), b"".join(json.dumps(line(n)).encode() + b"\n" for n in range(5)))
    job_id = answer.json()["id"]
    results = at_once(*(lambda: jobs.work(job_id, clock=timezone.now) for _ in range(2)))
    assert sorted(map(str, results)) == ["None", "done"]
    assert Record.objects.count() == 5
