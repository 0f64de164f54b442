"""The same model under our log and under the packages that keep histories: transactions a second against none.

The packages keep copies of rows that whoever may write can edit, too; ours is a place in a signed tree. The
sequencer works beside and is measured with the writers (`bench_log`). They are among the requirements for development.
"""

import json
import os
import subprocess
import sys

from benchmarks import database
from benchmarks.figures import Figure

AHEAD_OF = ("django-auditlog", "django-simple-history", "django-reversion")


def run() -> list[Figure]:
    """Measure, in a process with settings of its own."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.histories.settings"}
    command = [sys.executable, "-m", "benchmarks.histories.measure"]
    done = subprocess.run(command, cwd=database.ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    rates: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    ours = rates["ours"]
    return [
        Figure("log: changes of one model with an entry each, against none", ours / rates["plain"]),
        *(Figure(f"log: the same, against {name}", ours / rates[name], 1.0) for name in AHEAD_OF),
        Figure("log: the same, against django-pghistory", ours / rates["django-pghistory"]),
    ]
