"""Processes that tests start and kill: commands on the test database, and forks that die at a chosen point."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.db import connection, connections

from audit import keys
from delivery import wake
from redress import celery
from tests import emptying

ROOT = Path(__file__).resolve().parents[1]
_FAILED = 70
_NAME = "redress-test-fork"  # what the server calls the connections of our forks


def database_url() -> str:
    """The address of the test database, for other processes."""
    database = connection.settings_dict
    user, password = quote(str(database["USER"])), quote(str(database["PASSWORD"]))
    host, port = quote(str(database["HOST"]), safe=""), str(database["PORT"])
    query = f"host={host}" + (f"&port={port}" if port else "")
    return f"postgresql://{user}{':' + password if password else ''}@/{database['NAME']}?{query}"


def environment(**changes: str) -> dict[str, str]:
    """The environment of a process that works on the test database, with the same keys and folders."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("REDRESS_", "CELERY_", "DJANGO_"))}
    ours = {"DATABASE_URL": database_url(), "REDRESS_EMBEDDED": "1", "REDRESS_VAR": str(settings.VAR_DIR)}
    return {**kept, **ours, **changes}


def manage(*words: str, **changes: str) -> "subprocess.Popen[str]":
    """Start a command of `manage.py` on the test database."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment(**changes),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


class Ended(NamedTuple):
    """How a fork ended, and at how many points it could have been killed."""

    killed: bool
    points: int


def forked(work: Callable[[], object], *, die_at: int | None = None, die_after: float | None = None) -> Ended:
    """Do `work` in a fork that dies at its `die_at`-th contact with the database, or after so many seconds.

    A contact is a statement, or the moment before or after a commit. Raises `AssertionError` if the work failed.
    """
    connections.close_all()  # neither shares a connection with the other
    celery.forget_connections()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _in_the_fork(work, die_at, writer)
    os.close(writer)
    if die_after is not None:
        time.sleep(die_after)
        os.kill(pid, signal.SIGKILL)  # if it has ended already, nothing happens
    _, status = os.waitpid(pid, 0)
    with os.fdopen(reader) as told:
        points = told.read()
    wait_until_alone()
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the work failed in the fork: see its output"
    return Ended(os.WIFSIGNALED(status), int(points or 0))


def at_once(works: Iterable[Callable[[], object]]) -> None:
    """Do each in a fork of its own, all at the same time. Raises `AssertionError` if one failed."""
    connections.close_all()
    celery.forget_connections()
    pids = []
    for work in works:
        pid = os.fork()
        if pid == 0:
            _in_the_fork(work, None, os.open(os.devnull, os.O_WRONLY))
        pids.append(pid)
    failed = [pid for pid in pids if os.waitpid(pid, 0)[1]]
    wait_until_alone()
    assert not failed, "the work failed in a fork: see its output"


def _in_the_fork(work: Callable[[], object], die_at: int | None, writer: int) -> None:
    """Never returns: neither pytest nor what it registered for its exit may go on in here."""
    status = _FAILED
    try:
        connection.settings_dict["OPTIONS"]["application_name"] = _NAME
        keys.forget()
        wake._silent_until = float("inf")  # nobody is listening
        contacts = count(1)
        _dies_at(contacts, die_at)
        work()
        os.write(writer, str(next(contacts) - 1).encode())
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def _dies_at(contacts: "count[int]", die_at: int | None) -> None:
    """Count every contact of this process with the database, and end it there without a word."""

    def contact() -> None:
        if next(contacts) == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    cursor, commit = connection.cursor, connection._commit  # type: ignore[attr-defined]  # Django's own seam

    def counted_cursor(*given: Any, **named: Any) -> Any:
        contact()
        return cursor(*given, **named)

    def counted_commit() -> None:
        contact()
        commit()
        contact()

    connection.cursor = counted_cursor  # type: ignore[method-assign]
    connection._commit = counted_commit  # type: ignore[attr-defined]


def wait_until_alone(name: str = _NAME, seconds: float = 120) -> None:
    """Until the server has noticed that our forks are gone: a commit on its way may still arrive.

    `name`: what the server calls the connections of those that are gone, if they were no forks.
    """
    others = (
        "SELECT pid, state, query FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = %s AND pid <> pg_backend_pid()"
    )
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(others, [name])
            left = cursor.fetchall()
        if not left:
            return
        time.sleep(0.01)
    raise AssertionError(f"A fork is still connected to the test database: {left}")


def end_those_still_connected(seconds: float = 20) -> list[tuple[str, str, str]]:
    """Give everybody else time to leave the test database, and end who stays: name, state and last query of each."""
    others = (
        "SELECT pid, application_name, state, left(query, 200) FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    end = time.monotonic() + seconds
    with connection.cursor() as cursor:
        while True:
            cursor.execute(others)
            left = cursor.fetchall()
            if not left or time.monotonic() > end:
                break
            time.sleep(0.05)
        for pid, *_ in left:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
    return [(name, state, query) for _, name, state, query in left]


def free_port() -> int:
    """A port that stays free until it is used: one that neither the system gives out nor another worker counts to."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in range(21_000 + 100 * worker, 21_100 + 100 * worker):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("a hundred ports are taken")


def kill_group(process: "subprocess.Popen[Any]") -> None:
    """End a process and all that it started, at once, as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def empty_the_database() -> None:
    """What the flush after a transactional test does, in the middle of one."""
    emptying.empty()
    keys.forget()
