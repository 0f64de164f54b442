"""Import of many lines against COPY of every row that it leaves, guards on; and the memory it takes.

The lines are those of `make_examples` for the court's list (BENCH_LINES of them, 200,000 by default), into
an empty database. The import is the whole command, from its start to its end. The COPY loads the same rows
in binary into another empty database with the same indexes, constraints and guards, in one transaction,
which is faster than batches of the import's size: nothing is compared with a slower way than need be.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import psycopg
from django.apps import apps
from django.conf import settings
from psycopg import sql

from benchmarks import database
from benchmarks.figures import Figure
from records import sampling
from records.importing.run import LINES_IN_A_BATCH

PROGRAMME = "cn-court-defaulters"
LINES = int(os.environ.get("BENCH_LINES", "200000"))
FEW_LINES = min(LINES, max(LINES // 10, 2 * LINES_IN_A_BATCH))
CHUNK = 1 << 20
TRANSACTION = "xid"  # the guards want the transaction that writes now
BY_TRIGGER = frozenset({"audit_pending"})  # its rows come with those of the log, in either way


def run() -> list[Figure]:
    """Measure. Takes some minutes."""
    var, address = Path(settings.VAR_DIR), os.environ["DATABASE_URL"]
    many, few = _write_lines(var, LINES), _write_lines(var, FEW_LINES)
    with database.fresh(address, var) as another:
        _, small_peak = _import(another, var, few)
    seconds, peak = _import(address, var, many)
    copy_seconds = _copy_all(address, var)
    return [
        Figure("import of lines: throughput against COPY of the same rows", copy_seconds / seconds, 0.2),
        Figure("import of lines: peak memory, against a tenth of the lines", peak / small_peak, 1.2, "lower"),
        Figure("import of lines: lines a second", LINES / seconds),
        Figure("COPY of the same rows: lines a second", LINES / copy_seconds),
        Figure("import of lines: peak memory in MB", peak / 1024, None, "lower"),
    ]


def _write_lines(folder: Path, number: int) -> Path:
    path = folder / f"{number}.jsonl"
    every = sampling.lines(people=sampling.MOST_PEOPLE, seed=1)
    with path.open("w", encoding="utf-8") as file:
        for line in islice((line for programme, line in every if programme == PROGRAMME), number):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return path


def _import(address: str, var: Path, path: Path) -> tuple[float, int]:
    """Import a file by the command; seconds and peak memory in KB."""
    command = database.manage("import_records", PROGRAMME, str(path), "--skip-checks")
    start = time.monotonic()
    process = subprocess.Popen(
        command, cwd=database.ROOT, env=database.environment(address, var), stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"The import ended with status {process.returncode}.")
    return time.monotonic() - start, used.ru_maxrss


def _copy_all(address: str, var: Path) -> float:
    """Seconds that COPY takes for all rows of a database, into an empty one."""
    with psycopg.connect(address) as full, database.fresh(address, var) as empty:
        tables = list(_filled(full, empty))
        for table, columns in tables:
            with full.cursor().copy(_copy(table, columns, "TO STDOUT")) as copy, (var / table).open("wb") as file:
                for data in copy:
                    file.write(data)
        with psycopg.connect(empty) as target:
            start = time.monotonic()
            with target.transaction():
                for table, columns in tables:
                    _load(target, table, columns, var / table)
            return time.monotonic() - start


def _load(target: psycopg.Connection, table: str, columns: list[str], path: Path) -> None:
    with target.cursor().copy(_copy(table, columns, "FROM STDIN")) as copy, path.open("rb") as file:
        while data := file.read(CHUNK):
            copy.write(data)


def _filled(full: psycopg.Connection, empty: str) -> Iterator[tuple[str, list[str]]]:
    """The tables to which the import added rows, with their columns."""
    with psycopg.connect(empty) as before:
        for table in sorted(model._meta.db_table for model in apps.get_models()):
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            if table not in BY_TRIGGER and full.execute(count).fetchone() != before.execute(count).fetchone():
                yield table, _columns(full, table)


def _columns(full: psycopg.Connection, table: str) -> list[str]:
    rows = full.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " ORDER BY attnum",
        [table],
    )
    return [name for (name,) in rows if name != TRANSACTION]


def _copy(table: str, columns: list[str], direction: str) -> sql.Composed:
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    words = sql.SQL(f"{direction} (FORMAT BINARY)")
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), named, words)
