"""CSV against JSON Lines, and the memory that a snapshot takes.

The same lines are imported in both forms (BENCH_LINES of them, 50,000 by default), each by the whole command into
an empty database. A snapshot of BENCH_SNAPSHOT_LINES lines (1,000,000 by default) and one of a tenth are imported
whole, each into a database that holds some records which it does not name; the large one is also read up to the
question what may disappear, and no further.
"""

import csv
import json
import os
import subprocess
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from benchmarks import database
from benchmarks.figures import Figure
from records import sampling

PROGRAMME = "cn-court-defaulters"
LINES = int(os.environ.get("BENCH_LINES", "50000"))
SNAPSHOT = int(os.environ.get("BENCH_SNAPSHOT_LINES", "1000000"))
HELD = 100  # records that the snapshots do not name
ASKS = 4
GOES = ("--snapshot", "--confirm-disappearing", str(HELD))


def run() -> list[Figure]:
    """Measure. Takes some minutes."""
    var, address = Path(settings.VAR_DIR), os.environ["DATABASE_URL"]
    jsonl, table = _write_jsonl(var / "feed.jsonl", LINES), _write_csv(var / "feed.csv", LINES)
    with database.fresh(address, var) as another:
        json_seconds, _ = _command(another, var, "import_records", PROGRAMME, str(jsonl))
    with database.fresh(address, var) as another:
        csv_seconds, _ = _command(another, var, "import_records", PROGRAMME, str(table))
    held = _write_held(var / "held.jsonl")
    with database.fresh(address, var) as another:
        _command(another, var, "import_records", PROGRAMME, str(held))
        few = _write_jsonl(var / "few.jsonl", SNAPSHOT // 10)
        _, small = _command(another, var, "import_records", PROGRAMME, str(few), *GOES)
    _command(address, var, "import_records", PROGRAMME, str(held))
    many = _write_jsonl(var / "many.jsonl", SNAPSHOT)
    look_seconds, _ = _command(address, var, "import_records", PROGRAMME, str(many), "--snapshot", ends=ASKS)
    seconds, peak = _command(address, var, "import_records", PROGRAMME, str(many), *GOES)
    return [
        Figure("import of CSV: throughput against JSON Lines", json_seconds / csv_seconds, 0.75),
        Figure(f"snapshot of {SNAPSHOT:,} lines: peak memory, against a tenth", peak / small, 1.2, "lower"),
        Figure(f"snapshot of {SNAPSHOT:,} lines: peak memory in MB", peak / 1024, None, "lower"),
        Figure(f"snapshot of {SNAPSHOT:,} lines: lines a second", SNAPSHOT / seconds),
        Figure(f"look through a snapshot of {SNAPSHOT:,} lines: lines a second", SNAPSHOT / look_seconds),
    ]


def _lines(number: int) -> Iterator[dict[str, Any]]:
    every = sampling.lines(people=sampling.MOST_PEOPLE, seed=1)
    return islice((line for programme, line in every if programme == PROGRAMME), number)


def _write_jsonl(path: Path, number: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for line in _lines(number):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return path


def _write_csv(path: Path, number: int) -> Path:
    names = list(dict.fromkeys(name for line in _lines(number) for name in _flat(line)))
    # The entries of a list are numbered in order, however the first lines came.
    names.sort(key=lambda name: [part.zfill(4) if part.isdigit() else part for part in name.split(".")])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(map(_flat, _lines(number)))
    return path


def _write_held(path: Path) -> Path:
    """Records that no snapshot names."""
    with path.open("w", encoding="utf-8") as file:
        for place, line in enumerate(_lines(HELD)):
            file.write(json.dumps({**line, "source_ref": f"held-{place}"}, ensure_ascii=False) + "\n")
    return path


def _flat(value: Any, under: str = "") -> dict[str, str]:
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        return {k: v for name, part in parts for k, v in _flat(part, f"{under}.{name}" if under else str(name)).items()}
    return {} if value is None else {under: str(value)}


def _command(address: str, var: Path, *words: str, ends: int = 0) -> tuple[float, int]:
    """Run a command of `manage.py`; seconds and peak memory in KB."""
    start = time.monotonic()
    process = subprocess.Popen(
        database.manage(*words, "--skip-checks"),
        cwd=database.ROOT,
        env=database.environment(address, var),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != ends:
        raise RuntimeError(f"The command ended with status {process.returncode}.")
    return time.monotonic() - start, used.ru_maxrss
