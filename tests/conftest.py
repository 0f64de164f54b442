"""What every test gets: a closed network, and the skips told with their reasons."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Machines are shared and slow at times: speed is measured by `make bench`, never by a test.
settings.register_profile("redress", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("redress")

pytest_plugins = ["tests.fixtures"]

_OPEN = {"127.0.0.1", "::1", "localhost", ""}


@pytest.fixture(autouse=True, scope="session")
def closed_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    original = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _OPEN:
            raise AssertionError(f"A test tried to reach {address[0]}, which is not this machine")
        original(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request in Chinese leaves its language behind in the thread, and the next test would read it."""
    from django.utils import translation

    with translation.override("en"):
        yield


APPEND_ONLY_TABLES = (
    "audit_entry",
    "audit_leaf",
    "audit_checkpoint",
    "audit_cosignature",
    "records_version",
    "records_identitymove",
    "appeals_clockentry",
)
RECORDED_TABLES = tuple(
    f"{app}_{name}"
    for app, names in {
        "records": "record content measure mark disclosure access doubtfulline identitychange sourcechange"
        " sourcewithdrawal statement",
        "appeals": "case item clock clockentry completionrequest screening latefiling evidence decision itemoutcome"
        " remedy",
    }.items()
    for name in names.split()
)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let the flush after a transactional test empty what otherwise only grows, and lay out the queue."""
    from django.db import connection

    from audit import guard
    from redress import celery

    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            name = str(connection.settings_dict["NAME"])
            cursor.execute(guard.open_for_tests(APPEND_ONLY_TABLES, name, recorded=RECORDED_TABLES))
        celery.install_queue()
        connection.close()  # the setting holds for connections that begin from now on
    yield
    celery.forget_connections()  # else the test database could not be dropped
