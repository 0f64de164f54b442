"""Brings everything up and takes it down: web server, worker, beat and sequencer as children, one dies, all end.
The embedded database is no child, and its death ends everything as well.

    with supervisor.running(port=None, env={}, say=print) as service:
        service.base_url
        service.wait()      # until Ctrl-C, SIGTERM, or the death of a part

Each part leads a process group of its own, so that Ctrl-C reaches only us and nothing that a part
starts can stay behind. `redress.reaper` does the same when we are killed. The database is attached by
`manage.py` before we start, and left at our exit.
"""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import BinaryIO, NoReturn, TextIO

from django.conf import settings
from django.db import connections

from redress import checks, prepare
from redress.embedded import Cluster
from redress.reaper import Reaper, end_groups

DEFAULT_PORT = 8000
_READY_SECONDS = 90
_LOG_BYTES = 10_000_000
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Failed(Exception):
    """The service could not start, or a part of it ended; the message is for the operator."""


@dataclass
class Part:
    """One child process and where it writes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def end_of_log(self, lines: int = 8) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass
class Service:
    """The running service."""

    base_url: str
    logs: Path
    parts: list[Part] = field(default_factory=list)
    reaper: Reaper | None = None
    database: Cluster | None = None  # the embedded one, if it is ours

    def check(self) -> None:
        """Raise `Failed` when a part has ended."""
        if self.database and not self.database.is_alive():
            raise Failed(f"The database server ended. The end of its log:\n{self.database.end_of_log()}")
        for part in self.parts:
            if (status := part.process.poll()) is not None:
                raise Failed(f"The {part.name} ended (status {status}). The end of {part.log}:\n{part.end_of_log()}")
        if self.reaper and self.reaper.process.poll() is not None:
            raise Failed("The process that clears up after us ended, so we stop while we can.")

    def wait(self) -> NoReturn:
        """Until a signal asks us to stop (`SystemExit(0)`); raise `Failed` when a part ends."""
        while True:
            self.check()
            time.sleep(0.2)


@contextlib.contextmanager
def running(
    port: int | None = None,
    env: Mapping[str, str] | None = None,
    build: bool = True,
    say: prepare.Say = print,
) -> Iterator[Service]:
    """Prepare and start everything, wait until it is ready, and take it down at the end of the block.

    Ctrl-C and SIGTERM raise `SystemExit(0)` in it. Raises `Failed` when something does not start.
    """
    if problems := checks.unsafe_settings():
        raise Failed("\n".join(f"{problem.id}: {problem.msg} {problem.hint}" for problem in problems))
    os.umask(0o077)  # mails, evidence and logs are for this user only
    with contextlib.ExitStack() as stack:
        stack.enter_context(_signals_end_us())
        note = stack.enter_context(_alone())
        listener = stack.enter_context(contextlib.closing(_listen(port, say)))
        service = Service(f"http://127.0.0.1:{listener.getsockname()[1]}", settings.VAR_DIR / "logs")
        _prepare(build, say)
        stack.callback(_stop, service, say)
        with _signals_wait():
            service.reaper = Reaper()
            if settings.EMBEDDED:
                service.database = _our_cluster()
                service.reaper.tell("cluster", str(settings.VAR_DIR / "pg"))
            _start_parts(service, listener, env or {})
        listener.close()  # when the web server is gone, the port must refuse
        with prepare.step(say, "Starting"):
            _wait_until_ready(service)
        note.write(json.dumps({"pid": os.getpid(), "url": service.base_url, "demo": settings.DEMO}))
        note.flush()
        yield service


def _prepare(build: bool, say: prepare.Say) -> None:
    try:
        prepare.database(say)
        if build:
            prepare.files(say)
    except prepare.NotPrepared as error:
        raise Failed(str(error)) from error
    connections.close_all()  # the children make their own


def _our_cluster() -> Cluster | None:
    """The embedded server that `manage.py` started; None if DATABASE_URL names another."""
    cluster = Cluster(settings.VAR_DIR / "pg")
    return cluster if cluster.is_alive() else None


def _start_parts(service: Service, listener: socket.socket, env: Mapping[str, str]) -> None:
    python, celery = sys.executable, ["-m", "celery", "--app", "redress.celery", "--quiet"]
    shared = {**os.environ, "REDRESS_URL": service.base_url, "PYTHONUNBUFFERED": "1", **env}
    descriptor = listener.fileno()
    commands = {
        "web server": [python, "-m", "gunicorn", "-c", "python:redress.serving", "redress.wsgi"],
        "worker": [python, *celery, "worker", "--concurrency", "2", *_QUIET_WORKER],
        "beat": [python, *celery, "beat", "--pidfile="],
        "sequencer": [python, "manage.py", "sequence"],
    }
    extra = {"web server": {"REDRESS_DB_POOL": "1", "REDRESS_BIND": f"fd://{descriptor}"}}
    for name, command in commands.items():
        log = service.logs / f"{name.split()[0]}.log"
        with _opened(log) as file:
            process = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                env={**shared, **extra.get(name, {})},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                pass_fds=[descriptor] if name == "web server" else [],
                process_group=0,
            )
        service.parts.append(Part(name, process, log))
        assert service.reaper is not None
        service.reaper.tell("group", process.pid)


_QUIET_WORKER = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")


def _opened(log: Path) -> BinaryIO:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log.open("ab")


def _wait_until_ready(service: Service) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end:
        service.check()
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{service.base_url}/readyz", timeout=5):  # noqa: S310  our own address
            return
        time.sleep(0.1)
    raise Failed(f"The service did not become ready in {_READY_SECONDS} seconds. Logs: {service.logs}")


def _stop(service: Service, say: prepare.Say) -> None:
    previous = {number: signal.signal(number, signal.SIG_IGN) for number in _SIGNALS}
    with prepare.step(say, "Stopping"):
        end_groups([part.process.pid for part in service.parts], lambda: [p.process.poll() for p in service.parts])
        for part in service.parts:
            part.process.wait()
        if service.reaper:
            service.reaper.dismiss()
    for number, handler in previous.items():
        signal.signal(number, handler)


@contextlib.contextmanager
def _signals_end_us() -> Iterator[None]:
    """Ctrl-C, SIGTERM and the end of the terminal are orderly ends, with status 0, also while we start."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    previous = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _signals_wait() -> Iterator[None]:
    """Put a signal off until every child that was started is also noted, so that none is forgotten."""
    came: list[int] = []
    previous = {number: signal.signal(number, lambda number, _: came.append(number)) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if came:
        raise SystemExit(0)


@contextlib.contextmanager
def _alone() -> Iterator[TextIO]:
    """Hold the lock that lets only one supervisor work on this folder; its file tells who and where."""
    path = settings.VAR_DIR / "up.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as note:
        try:
            fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            note.seek(0)
            url = json.loads(note.read() or "{}").get("url", "starting")
            raise Failed(f"Redress runs already ({url}). Stop that one first, with Ctrl-C.") from error
        note.truncate(0)
        yield note
        note.truncate(0)


def _listen(port: int | None, say: prepare.Say) -> socket.socket:
    """Take the port here and hand it to the web server, so that nobody takes it between."""
    if port is not None and not 0 < port < 65536:
        raise Failed(f"There is no port {port}. Choose one from 1 to 65535, or leave out --port.")
    try:
        return socket.create_server(("127.0.0.1", port or DEFAULT_PORT), backlog=256)
    except OSError as error:
        if port:
            why = os.strerror(error.errno) if error.errno else str(error)
            raise Failed(f"Port {port} cannot be used: {why}. Choose another, or leave out --port.") from error
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    say(f"Port {DEFAULT_PORT} is taken; using {listener.getsockname()[1]}.")
    return listener
