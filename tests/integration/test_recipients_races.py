"""Keeping times, deliveries and uploads over two connections at once."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import SERVICE, Actor
from appeals import errors
from appeals import operations as cases
from appeals.models import Case
from delivery import systems
from delivery.models import Delivery
from records import jobs
from records import operations as records
from records.access import visible_to
from records.api.disclosing import disclose
from records.models import Content, Keeping, Record, RecordState, Subscription
from records.operations import retention
from records.operations.retention import Ended
from tests import factories
from tests.api_clients import system
from tests.factories import AT
from tests.integration.test_api_imports import line, upload
from tests.integration.test_races import at_once, split

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


def test_two_workers_do_not_import_one_upload_twice(settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    answer = upload(system("sample-court"), b"".join(json.dumps(line(n)).encode() + b"\n" for n in range(5)))
    job_id = answer.json()["id"]
    results = at_once(*(lambda: jobs.work(job_id, clock=timezone.now) for _ in range(2)))
    assert sorted(map(str, results)) == ["None", "done"]
    assert Record.objects.count() == 5
