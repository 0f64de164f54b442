"""What every test gets: a closed network, a clock, the same examples each time, and skips told with their reasons.

# Note [One clock]
No test depends on the day or the hour at which it runs: each begins at `NOW`, and its clock goes on from there. At
another time a limit of so many an hour would begin anew in the middle of a test, a code of an authenticator would
change, a month would end. To see how everything does at such a time, say when: `REDRESS_TEST_NOW=2027-12-31T23:59:59`.
Only what starts processes of ours, or looks at times that the database wrote, lives by the clock of the machine:
`tests/soak`, and what is marked `real_clock`.

# Note [The same examples]
Hypothesis draws the same examples in every run, so that a run says something about the code and not about its luck.
Who looks for new ones sets `REDRESS_TEST_SEARCH=1`, and writes what it finds into a test of its own.
"""

import gc
import os
import socket
import sys
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, settings

NOW = datetime.fromisoformat(os.environ.get("REDRESS_TEST_NOW", "2026-11-24T02:00:00")).replace(tzinfo=UTC)
_LIVES_BY_THE_MACHINE = Path(__file__).parent / "soak"

# Machines are shared and slow at times: speed is measured by `make bench`, never by a test.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("redress", settings.get_profile("search"), derandomize=True, database=None)
settings.load_profile("search" if os.environ.get("REDRESS_TEST_SEARCH") == "1" else "redress")

pytest_plugins = ["tests.fixtures"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Set the clock before the first fixture (Note [One clock])."""
    if item.get_closest_marker("real_clock") or item.path.is_relative_to(_LIVES_BY_THE_MACHINE):
        return (yield)
    with time_machine.travel(NOW):
        return (yield)


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


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: to look through it for garbage again and again takes its time."""
    gc.collect()
    gc.freeze()


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
def django_db_setup(django_db_setup: None, django_db_blocker: Any, request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the flush after a transactional test empty what otherwise only grows, and lay out the queue."""
    from django.db import connection

    from audit import guard
    from redress import celery
    from tests import emptying, processes

    emptying.instead_of_a_flush()
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            name = str(connection.settings_dict["NAME"])
            cursor.execute(guard.open_for_tests(APPEND_ONLY_TABLES, name, recorded=RECORDED_TABLES))
        celery.install_queue()
        connection.close()  # the setting holds for connections that begin from now on
    yield
    celery.forget_connections()
    with django_db_blocker.unblock():
        ended = processes.end_those_still_connected()  # else the test database could not be dropped
    if ended:
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            sys.stderr.write(f"\nConnections that no test closed, ended now: {ended}\n")
