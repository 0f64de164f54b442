"""Celery only wakes: work stands in the database. Without a broker it waits; any broker's worker does it."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connections
from django.test import Client
from django.utils import timezone
from kombu import Connection

from accounts.actors import SERVICE, Actor
from accounts.models import Organisation
from appeals import operations, tasks
from appeals.models import Case, DisputeDraft, Remedy
from appeals.workflow import Status
from delivery import tasks as delivery
from delivery import wake
from delivery.models import MailState, Message
from records import catalogue
from records.importing import import_file
from records.models import Record
from redress import celery
from tests import factories, processes, samples, shared_broker
from tests.fixtures import client_for

pytestmark = pytest.mark.django_db(transaction=True)

BROKERS = [
    pytest.param("", id="pgmq", marks=pytest.mark.soak),
    pytest.param("REDRESS_TEST_RABBITMQ", id="rabbitmq", marks=[pytest.mark.broker, pytest.mark.soak]),
    pytest.param("REDRESS_TEST_REDIS", id="redis", marks=[pytest.mark.broker, pytest.mark.soak]),
]


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A broker whose port is closed."""
    dead = Connection("amqp://guest:guest@127.0.0.1:1//", transport_options={"max_retries": 1}, connect_timeout=2)
    monkeypatch.setattr(wake, "_silent_until", 0.0)
    monkeypatch.setattr(celery.app, "connection_for_write", lambda *_, **__: dead.clone())
    monkeypatch.setattr(celery.app.amqp, "_producer_pool", None)
    yield
    wake._silent_until = 0.0


@pytest.fixture
def mails(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return tmp_path / "mail"


def waiting() -> Counter[str]:
    found = Counter({"mails": Message.objects.filter(mail_state=MailState.WAITING).count()})
    found["remedies"] = Remedy.objects.filter(state="waiting").count()
    return +found


def a_decided_case(person: Actor) -> Case:
    at = timezone.now() - timedelta(hours=12)
    return factories.case_at(
        Status.DECIDED, person=person, items=[factories.item(factories.record_for(person, at=at))], at=at
    )


def a_written_draft(person: Actor) -> DisputeDraft:
    at = timezone.now()
    record = factories.record_for(person, at=at)
    draft = operations.begin_draft([operations.Target(record.pk)], by=person, at=at)
    operations.choose_procedure(draft.pk, "redress-model", by=person, at=at)
    item = draft.items.get()
    said: dict[str, Any] = {"ground": "not_me", "words": "Not me.", "wanted": "", "seen": item.version_id}
    operations.describe(draft.pk, item.pk, **said, by=person, at=at)
    return draft


def a_file(folder: Path, lines: int) -> Path:
    path = folder / "records.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(lines):
            line = samples.line(
                "cn-court-defaulters", "court_listing", ["no_plane"], {}, source="sample-court", ref=str(number)
            )
            line["subject"]["identifiers"][0]["value"] = samples.resident_id(factories.AT.date(), number)
            line["subject"]["contact"] = {"email": f"reader{number}@mail.example"}
            file.write(json.dumps(line) + "\n")
    return path


@pytest.mark.soak
def test_without_a_broker_a_dispute_goes_on_and_its_work_waits_for_the_sweep(
    no_broker: None, mails: Path, holder: Organisation, person: Actor
) -> None:
    a_decided_case(person)
    assert waiting() == {"mails": 3, "remedies": 1}  # the record, the receipt, the decision
    tasks.sweep()
    delivery.deliver_due()
    assert waiting() == {}
    assert Remedy.objects.get().state == "done"
    assert len(list(mails.iterdir())) == 1


@pytest.mark.soak
def test_without_a_broker_a_form_is_answered(no_broker: None, holder: Organisation, person: Actor) -> None:
    draft = a_written_draft(person)
    client: Client = client_for(person)
    wake._silent_until = 0.0
    assert client.post(f"/dispute/{draft.pk}/check/").status_code == 302
    assert Case.objects.count() == 1


def test_without_a_broker_an_import_loses_nothing(no_broker: None, mails: Path, tmp_path: Path) -> None:
    path = a_file(tmp_path, 30)
    programme = catalogue.programme("cn-court-defaulters")
    import_file(programme, path, by=SERVICE, clock=timezone.now)
    assert Record.objects.count() == 30
    assert waiting() == {"mails": 30}
    delivery.deliver_due()
    assert waiting() == {}


@contextlib.contextmanager
def broker(variable: str) -> Iterator[dict[str, str]]:
    """The environment of a worker on this broker, with this process publishing there too; cleaned up afterwards."""
    if not variable:
        yield {"CELERY_BROKER_URL": "pgmq://localhost"}
        return
    if not (url := os.environ.get(variable)):
        pytest.skip(f"{variable} is not set")
    queue = f"redress-test-{secrets.token_hex(4)}"
    publisher = shared_broker.configure(celery.RedressCelery("publisher", set_as_current=False), url, queue)
    publisher.set_current()
    try:
        yield {"CELERY_BROKER_URL": url, "REDRESS_TEST_QUEUE": queue}
    finally:
        celery.app.set_current()
        _clear(publisher, url, queue)


def _clear(publisher: celery.RedressCelery, url: str, queue: str) -> None:
    """Leave nothing with our name in the broker."""
    with publisher.connection_for_write() as connection, connection.channel() as channel:
        if url.startswith("redis"):
            redis: Any = channel.client  # type: ignore[attr-defined]  # of this transport only
            redis.delete("-", *redis.keys(f"*{queue}*"))
            return
        (declared,) = publisher.conf.task_queues
        declared(channel).delete()
        declared.exchange(channel).delete()


@contextlib.contextmanager
def worker(environment: dict[str, str], log: Path) -> Iterator[None]:
    app = "tests.shared_broker" if "REDRESS_TEST_QUEUE" in environment else "redress.celery"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "--app", app, "--quiet", "worker", "--concurrency", "1"],
            cwd=processes.ROOT,
            env=processes.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=120)
        finally:
            with contextlib.suppress(ProcessLookupError):
                processes.kill_group(process)


@pytest.mark.real_clock  # as the worker does
@pytest.mark.parametrize("variable", BROKERS)
def test_a_worker_that_is_woken_does_what_is_stored(
    variable: str, holder: Organisation, person: Actor, tmp_path: Path
) -> None:
    wake._silent_until = 0.0
    with broker(variable) as environment:
        case = a_decided_case(person)
        assert waiting() == {"mails": 3, "remedies": 1}
        with worker(environment, tmp_path / "worker.log"):
            end = time.monotonic() + 300
            while waiting():
                assert time.monotonic() < end, (tmp_path / "worker.log").read_text()
                time.sleep(0.1)
        connections.close_all()
    assert Remedy.objects.get(case=case).state == "done"
    assert Message.objects.filter(mail_state=MailState.SENT).count() == 3
    written = b"".join(path.read_bytes() for path in (Path(configured.VAR_DIR) / "mail").glob("*.log"))
    for pk in Message.objects.filter(mail_state=MailState.SENT).values_list("pk", flat=True):
        assert written.count(str(pk).encode()) == 1
