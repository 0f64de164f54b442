"""Health pages: for machines, without sign-in, host name, cookie or personal data."""

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django.fixtures import Settings

from redress import health


@pytest.fixture
def migrations_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_applied", False)


def test_livez_answers_without_a_database(client: Client) -> None:
    answer = client.get("/livez", headers={"host": "10.1.2.3"})
    assert (answer.status_code, answer.content) == (200, b"alive\n")
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.cookies


@pytest.mark.django_db
def test_readyz_is_ready_with_database_migrations_and_keys(client: Client, migrations_unread: None) -> None:
    answer = client.get("/readyz", headers={"host": "10.1.2.3"})
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in ("ready", "database", "migrations", "keys")} == {
        "ready": True,
        "database": "ok",
        "migrations": "ok",
        "keys": "ok",
    }


@pytest.mark.django_db
def test_a_broker_that_is_down_is_told_but_does_not_stop_the_service(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redress.celery.broker_answers", lambda: False)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["broker"] == "unreachable: work waits"


def test_readyz_is_not_ready_without_the_database(
    client: Client, monkeypatch: pytest.MonkeyPatch, migrations_unread: None
) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("password for user planted-name failed")

    monkeypatch.setattr("django.db.connection.cursor", refuse)
    monkeypatch.setattr("redress.health.MigrationExecutor", refuse)
    monkeypatch.setattr("redress.celery.broker_answers", lambda: False)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "unreachable"
    assert b"planted-name" not in answer.content
    assert {answer.json()[part] for part in ("migrations", "keys", "broker", "log")} == {"unknown"}


@pytest.mark.django_db
def test_readyz_is_not_ready_without_keys(client: Client, settings: Settings) -> None:
    settings.MASTER_KEY = b""
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["keys"] == "missing"
