"""Waking a worker: on commit, once, through the queue of the live database, and never at the request's cost."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from time import sleep
from typing import Any

import psycopg
import pytest
import structlog
from celery import current_app
from django.db import connection, transaction
from kombu import Connection, pools
from structlog.testing import LogCapture

from delivery import wake
from redress import celery
from tests.threads import join, threads_of

TASK = "delivery.tasks.deliver_due"
_Commit = Callable[..., AbstractContextManager[list[Callable[[], Any]]]]


@pytest.fixture
def waiting(db: None) -> Iterator[Callable[[], list[str]]]:
    """Take what waits in the queue: the names of the tasks."""

    def take() -> list[str]:
        with current_app.connection_for_write() as broker, broker.SimpleQueue(celery.app.conf.task_queues[0]) as q:
            names: list[str] = []
            while True:
                try:
                    message = q.get_nowait()
                except q.Empty:
                    return names
                names.append(str(message.headers["task"]))
                message.ack()

    wake._silent_until = 0.0
    take()
    yield take
    take()


@pytest.fixture
def broker_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker whose port is closed."""
    dead = Connection("amqp://guest:guest@127.0.0.1:1//", transport_options={"max_retries": 1}, connect_timeout=2)
    monkeypatch.setattr(wake, "_silent_until", 0.0)
    monkeypatch.setattr(celery.app, "connection_for_write", lambda *_, **__: dead.clone())
    monkeypatch.setattr(celery.app.amqp, "_producer_pool", None)


def test_a_worker_is_woken_on_commit_and_once(
    waiting: Callable[[], list[str]], django_capture_on_commit_callbacks: _Commit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        wake.wake(TASK)
        wake.wake("appeals.tasks.sweep")
        wake.wake(TASK)
        assert waiting() == []
    assert sorted(waiting()) == ["appeals.tasks.sweep", TASK]


def test_what_is_rolled_back_wakes_nobody(
    waiting: Callable[[], list[str]], django_capture_on_commit_callbacks: _Commit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            wake.wake(TASK)
            raise ZeroDivisionError
        wake.wake("appeals.tasks.sweep")
    assert waiting() == ["appeals.tasks.sweep"]


def test_with_the_broker_down_it_is_tried_once_and_a_warning_is_logged(
    broker_down: None, db: None, django_capture_on_commit_callbacks: _Commit
) -> None:
    captured = LogCapture()
    previous = structlog.get_config()["processors"]
    wake.log = structlog.wrap_logger(structlog.PrintLogger(), processors=[captured])
    try:
        for _ in range(5):
            with django_capture_on_commit_callbacks(execute=True):
                wake.wake(TASK)
    finally:
        wake.log = structlog.get_logger(wake.__name__)
        structlog.configure(processors=previous)
    (line,) = captured.entries  # the other four did not try
    assert (line["event"], line["task"]) == ("worker_not_woken", TASK)


def test_the_queue_is_that_of_the_live_database(db: None) -> None:
    address = celery.pgmq_address(connection.settings_dict)
    assert "test_" in str(connection.settings_dict["NAME"])
    name = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
    assert name == f"'{connection.settings_dict['NAME']}'"


@pytest.mark.parametrize("password", ["simple", "with space", "quo'te", "back\\slash", "", "a=b"])
def test_pgmq_reads_our_address_whatever_the_password_and_keeps_the_options(password: str) -> None:
    from pgmq.base import PGMQConfig

    database = {"NAME": "da ta", "USER": "us'er", "PASSWORD": password, "HOST": "/run/a b", "PORT": ""}
    options = {"sslmode": "prefer", "connect_timeout": 5, "pool": False}
    address = celery.pgmq_address({**database, "OPTIONS": options})
    read = psycopg.conninfo.conninfo_to_dict(PGMQConfig(conn_string=address).dsn)
    expected = {"host": "/run/a b", "port": "5432", "dbname": "da ta", "user": "us'er", "password": password}
    extra = {"sslmode": "prefer", "connect_timeout": "5", "application_name": "redress-queue"}
    assert read == {**expected, **extra}


def test_a_process_that_only_loads_django_has_our_celery_and_our_checks() -> None:
    """A command or the web server never imports them itself."""
    program = (
        "import django; django.setup(); import celery; from django.core.checks.registry import registry;"
        "print(celery.current_app.main, any(c.__module__ == 'redress.checks' for c in registry.get_checks()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["redress", "True"]


def test_the_queue_is_installed_once(db: None) -> None:
    assert celery.install_queue() is False


@pytest.mark.django_db(transaction=True)
def test_threads_that_wake_at_once_share_one_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that another thread makes at the same time would keep its connection until the process ends."""
    celery.forget_connections()
    made = []
    create = pools.Producers.create

    def slowly(*given: Any) -> Any:
        made.append(given)
        sleep(0.1)
        return create(*given)

    monkeypatch.setattr(pools.Producers, "create", slowly)
    monkeypatch.setattr(wake, "_silent_until", 0.0)
    works = [wake._Send(TASK, ())] * 4
    threads, results = threads_of(works)
    for thread in threads:
        thread.start()
    join(threads)
    assert (results, len(made)) == ([None] * 4, 1)
