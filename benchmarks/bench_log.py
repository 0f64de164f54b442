"""The log: what an entry costs the operation that writes it, how fast an export is verified, what a receipt costs.

Writers are processes of their own, each with its connection; a transaction inserts one row, does other work for
5 ms (or none), and commits. Audited, it also records one event with its facts sealed, as operations do, while a
sequencer places and signs what comes. Rates are those of the whole group, in turns, the best of three.
"""

import hashlib
import multiprocessing
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Barrier
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone

from audit import exporting, operations, receipts, sequencer, signing, tiles, verifying
from audit.operations import Signature
from benchmarks import database
from benchmarks.figures import Figure

WRITERS = 8
TRANSACTIONS = int(os.environ.get("BENCH_LOG_TRANSACTIONS", "1600"))
FEW, MANY = 10_000, int(os.environ.get("BENCH_LOG_ENTRIES", "1000000"))
ROUNDS = 3
WORK_SECONDS = 0.005

_TABLE = "CREATE TABLE bench_row (id bigserial PRIMARY KEY, body text NOT NULL)"
# Entries of the usual length; what they say makes no difference to the tree.
_FILL = """
INSERT INTO audit_entry (event_type, leaf, leaf_hash)
SELECT 'record.imported', leaf, sha256('\\x00'::bytea || leaf)
FROM (SELECT convert_to(rpad(n::text, 420, 'x'), 'UTF8') AS leaf FROM generate_series(%s, %s) AS n) AS made
"""


def run() -> list[Figure]:
    """Measure. Takes some minutes."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLE)
    return [*_writers(), *_log_of_many()]


def _writers() -> list[Figure]:
    sequence = database.manage("sequence")
    environment = database.environment(os.environ["DATABASE_URL"], Path(settings.VAR_DIR))
    process = subprocess.Popen(sequence, cwd=database.ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        busy, idle = (_ratio(seconds) for seconds in (WORK_SECONDS, 0.0))
    finally:
        process.terminate()
        process.wait()
    return [
        Figure("log: audited against unaudited transactions, 8 writers, 5 ms of other work", busy, 0.9),
        Figure("log: audited against unaudited transactions, 8 writers, no other work", idle),
    ]


def _ratio(work: float) -> float:
    rates: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(ROUNDS):
        for audited, found in rates.items():
            found.append(_rate(audited, work))
    return max(rates[True]) / max(rates[False])


def _rate(audited: bool, work: float) -> float:
    """Transactions a second of all writers together."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    ready, go = context.Barrier(WRITERS + 1), context.Barrier(WRITERS + 1)
    writers = [context.Process(target=_write, args=(audited, work, ready, go)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    ready.wait()
    start = time.perf_counter()
    go.wait()
    for writer in writers:
        writer.join()
        if writer.exitcode:
            raise RuntimeError("A writer failed.")
    return TRANSACTIONS / (time.perf_counter() - start)


def _write(audited: bool, work: float, ready: Barrier, go: Barrier) -> None:
    by, subject = Signature(uuid4(), "caseworker:3"), uuid4()
    for number in range(TRANSACTIONS // WRITERS + 1):
        if number == 1:  # the first one connects, and makes the keys
            ready.wait()
            go.wait()
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO bench_row (body) VALUES (%s)", ["x" * 200])
            if audited:
                facts = {"purpose": "review", "reason": "bench", "what": "values"}
                operations.record("record.opened", by=by, at=timezone.now(), subject_id=subject, facts=facts)
            time.sleep(work)
    connection.close()


def _log_of_many() -> list[Figure]:
    """Receipts out of a small and a large log, and the verification of an export of the large one."""
    _fill(1, FEW)
    small = _receipt_seconds()
    _fill(FEW + 1, MANY)
    large = _receipt_seconds()
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as folder:
        exporting.write(Path(folder))
        verified, bare = _verification(Path(folder))
    return [
        Figure(
            "log: verification of an export by two processes, against SHA-256 of the same entries",
            bare / verified,
            0.35,
        ),
        Figure(f"log: a receipt from {MANY:,} entries, against {FEW:,}", large / small, 2.0, "lower"),
        Figure("log: a receipt in milliseconds", large * 1000, None, "lower"),
    ]


def _fill(first: int, last: int) -> None:
    for start in range(first, last + 1, 100_000):
        with connection.cursor() as cursor:
            cursor.execute(_FILL, [start, min(start + 99_999, last)])
        while sequencer.step():
            pass
    signing.publish()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE audit_entry, audit_leaf, audit_tile, audit_pending")


def _receipt_seconds() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT entry_id FROM audit_leaf ORDER BY sha256(leaf_hash) LIMIT 60")
        entries = [entry for (entry,) in cursor.fetchall()]
    return statistics.median(_seconds(partial(receipts.build, [entry])) for entry in entries)


def _verification(folder: Path) -> tuple[float, float]:
    """Seconds to verify the export, and to hash the very same bytes without any more ado."""
    leaves = [
        leaf
        for path in sorted((folder / "tile" / "entries").rglob("*"))
        if path.is_file()
        for leaf in tiles.unbundle(path.read_bytes())
    ]
    keys = signing.verifiers()

    def verify() -> None:
        if found := list(verifying.of_files(folder, keys, processes=2)):
            raise RuntimeError(f"The export does not verify: {found[0]}")

    def hash_them() -> None:
        for leaf in leaves:
            hashlib.sha256(leaf).digest()

    return min(_seconds(verify) for _ in range(ROUNDS)), min(_seconds(hash_them) for _ in range(ROUNDS))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
