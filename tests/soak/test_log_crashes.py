"""Sequencers and a database that die under load: every acknowledged entry has one place, and none has two."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from audit import merkle
from redress import embedded
from tests.processes import ROOT

pytestmark = pytest.mark.soak

WRITERS, KILLS, DATABASE_DIES_AT = 8, 20, 10
# Nothing here survives a power cut, but what was committed survives the death of the server.
DURABLE = {"fsync": "off", "full_page_writes": "off"}

# Writes entries as fast as it can, one in ten in vain, and notes each that the database has acknowledged.
WRITER = """
import hashlib, os, random, sys, time
import psycopg
address, notes, stop, seed = sys.argv[1:]
chance, connection = random.Random(int(seed)), None
with open(notes, "a") as acknowledged:
    while not os.path.exists(stop):
        try:
            connection = connection or psycopg.connect(address, connect_timeout=5)
            leaf = os.urandom(200)
            row = connection.execute(
                "INSERT INTO audit_entry (event_type, leaf, leaf_hash) VALUES ('x', %s, %s) RETURNING entry_id",
                [leaf, hashlib.sha256(b"\\0" + leaf).digest()],
            ).fetchone()
            if chance.random() < 0.02:
                time.sleep(chance.random())  # a transaction that takes its time
            if chance.random() < 0.1:
                connection.rollback()
                continue
            connection.commit()
            print(row[0], file=acknowledged, flush=True)
            time.sleep(chance.random() / 50)
        except psycopg.Error:
            connection = None
            time.sleep(0.2)
"""


class Service:
    """A database of our own to kill, and what runs on it."""

    def __init__(self, folder: Path) -> None:
        self.cluster = embedded.Cluster(folder / "pg", DURABLE)
        self.address, self.folder = self.cluster.attach(), folder
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("REDRESS_", "CELERY_", "DJANGO_"))}
        ours = {"DATABASE_URL": self.address, "REDRESS_EMBEDDED": "1", "REDRESS_VAR": str(folder / "var")}
        self.environment = {**kept, **ours}
        (folder / "var").mkdir()

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def sequencer(self) -> "subprocess.Popen[bytes]":
        return self.start("manage.py", "sequence")

    def kill_the_database(self) -> None:
        pid = int((self.cluster.data / "postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, signal.SIGQUIT)  # as `pg_ctl stop -m immediate`
        while self.cluster.is_running():
            time.sleep(0.05)
        self.cluster.attach()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.address) as connection:
            return connection.execute(query).fetchall()

    def wait_until(self, query: str, seconds: float = 300) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(psycopg.Error):
                if self.rows(query)[0][0]:
                    return
            time.sleep(0.1)
        pytest.fail(f"never true: {query}\n{(self.folder / 'log').read_text()[-3000:]}")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    prepared = made.start("manage.py", "migrate", "--verbosity", "0")
    assert prepared.wait() == 0, (tmp_path / "log").read_text()
    running: list[subprocess.Popen[bytes]] = []
    original = made.start

    def start(*command: str) -> "subprocess.Popen[bytes]":
        running.append(original(*command))
        return running[-1]

    made.start = start  # type: ignore[method-assign]  # so that nothing outlives the test
    try:
        yield made
    finally:
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        made.cluster.detach()


def test_nothing_is_lost_skipped_or_doubled(service: Service, tmp_path: Path) -> None:
    chance, stop = random.Random(5), tmp_path / "stop"
    notes = [tmp_path / f"acknowledged{number}" for number in range(WRITERS)]
    writers = [
        service.start("-c", WRITER, service.address, str(file), str(stop), str(number))
        for number, file in enumerate(notes)
    ]
    sequencers = [service.sequencer(), service.sequencer()]
    service.wait_until("SELECT count(*) > 0 FROM audit_checkpoint")
    for number in range(KILLS):
        time.sleep(0.3 + chance.random())
        victim = chance.randrange(2)
        os.killpg(sequencers[victim].pid, signal.SIGKILL)
        sequencers[victim].wait()
        if number == DATABASE_DIES_AT:
            service.kill_the_database()
        sequencers[victim] = service.sequencer()
    stop.touch()
    for writer in writers:
        writer.wait()
    service.wait_until("SELECT NOT EXISTS (SELECT FROM audit_pending)")
    service.wait_until("SELECT (SELECT max(size) FROM audit_checkpoint) = (SELECT size FROM audit_tree)")

    acknowledged = {int(line) for file in notes for line in file.read_text().splitlines()}
    entries = {entry for (entry,) in service.rows("SELECT entry_id FROM audit_entry")}
    leaves = service.rows("SELECT leaf_index, entry_id, leaf_hash FROM audit_leaf ORDER BY leaf_index")
    assert len(acknowledged) > 500
    assert acknowledged <= entries
    assert len(entries - acknowledged) <= WRITERS  # committed, and the writer's connection died before it knew
    assert [index for index, _, _ in leaves] == list(range(len(entries)))
    assert {entry for _, entry, _ in leaves} == entries
    root = merkle.root_of([bytes(hash_) for _, _, hash_ in leaves])
    assert service.rows("SELECT size, root, refusal FROM audit_tree") == [(len(entries), root, "")]
    verified = service.start("manage.py", "audit_verify", "--full")
    assert verified.wait() == 0, (tmp_path / "log").read_text()[-3000:]
