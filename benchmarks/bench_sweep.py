"""The sweep of deadlines: a thousand that are over among a million open ones, against a thousand among ten thousand.

Both bases stand side by side on one server and are swept in turns. The cases whose deadlines are over are filed by
operations; the other open deadlines are rows beside them, due in the years to come, that the sweep has to pass over.
BENCH_CLOCKS (1,000,000 by default) is the size of the larger base, BENCH_DUE (1,000) how many are over.
"""

import os
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from accounts.models import Organisation
from accounts.queries import actor_of
from appeals import operations, queries
from appeals.models import Clock
from appeals.operations import NewItem
from benchmarks import database, population
from benchmarks.bench_held import _at
from benchmarks.figures import Figure
from records import catalogue
from records.queries import held

MANY = int(os.environ.get("BENCH_CLOCKS", "1000000"))
DUE = int(os.environ.get("BENCH_DUE", "1000"))
FEW = max(MANY // 100, 2 * DUE)
CHUNK = 50
LATE = population.AT + timedelta(days=60)

_FILL = """
INSERT INTO appeals_clock (case_id, subject_id, name, state, due_earliest, due_latest, is_provisional, look_on, tries)
SELECT id, subject_id, 'other ' || n, 'running', day, day, false, day, 0
FROM appeals_case, generate_series(1, %s) AS n, LATERAL (SELECT (%s::date + 1 + (n * 37) %% 900) AS day) AS days
"""


def run() -> list[Figure]:
    """Measure. Most of the time goes into filing the cases."""
    large = os.environ["DATABASE_URL"]
    with database.fresh(large, Path(settings.VAR_DIR)) as small:
        for address, clocks in ((small, FEW), (large, MANY)):
            with _at(address):
                _fill(clocks)
        took = {small: 0.0, large: 0.0}
        for _ in range(DUE // CHUNK):
            for address in took:
                with _at(address):
                    took[address] += _swept(CHUNK)
    name = f"sweep: {DUE:,} deadlines over"
    return [
        Figure(f"{name}, among {MANY:,} open against {FEW:,}, time", took[large] / took[small], 1.5, "lower"),
        Figure(f"{name}: milliseconds each in the larger base", took[large] / DUE * 1000, None, "lower"),
    ]


def _fill(clocks: int) -> None:
    """File the cases whose deadlines will be over, and lay the other open deadlines beside them."""
    holder = catalogue.programme("cn-court-defaulters").holder
    Organisation.objects.create(code=holder.code, name_en=holder.en, registered_at=population.AT)
    for _ in range(DUE):
        person = actor_of(population.somebody())
        mine = held(person, limit=1)[0]
        item = NewItem(mine.record.pk, mine.version.pk, ground="not_me", words="It was not me.")
        operations.file(procedure_id="redress-model", items=[item], language="en", by=person, at=population.AT)
    Clock.objects.exclude(name="decide").update(look_on=None)  # one deadline a case
    with connection.cursor() as cursor:
        cursor.execute(_FILL, [max(clocks // DUE - 1, 1), LATE.date()])
        cursor.execute("ANALYZE appeals_clock")


def _swept(number: int) -> float:
    """Seconds for finding and carrying out what follows for so many deadlines."""
    queries.clocks_to_look_at(LATE, limit=1)  # the new connection is not what is measured
    start = time.perf_counter()
    for clock_id in queries.clocks_to_look_at(LATE, limit=number):
        assert operations.look_at(clock_id, at=LATE) == "missed"
    return time.perf_counter() - start
