"""Filing a case against bare SQL of the same rows: what rules, sealing and the log cost (reported).

The writes of a filing are recorded, rolled back, and sent again by the driver alone, in one transaction with the
guards on. Half of the cases are filed, the others are sent again, in turns.
"""

import statistics
import time
from typing import Any
from unittest.mock import patch

from django.db import connection, transaction
from psycopg import Cursor

from accounts.actors import Actor, ActorKind
from accounts.models import Organisation
from accounts.queries import actor_of
from appeals import operations
from appeals.operations import NewItem
from benchmarks import population
from benchmarks.figures import Figure
from records import catalogue
from records.queries import held

CASES = 60
WRITES = ("INSERT", "UPDATE", "SELECT audit_append")
Write = tuple[str, Any]


def run() -> list[Figure]:
    """Measure."""
    holder = catalogue.programme("cn-court-defaulters").holder
    Organisation.objects.create(code=holder.code, name_en=holder.en, registered_at=population.AT)
    filed, bare = [], []
    for number in range(CASES + 5):
        first, second = _person(), _person()
        start = time.perf_counter()
        _file(first)
        middle = time.perf_counter()
        writes = _recorded(second)
        again = time.perf_counter()
        _send(writes)
        end = time.perf_counter()
        if number >= 5:  # the first ones fill caches
            filed.append(middle - start)
            bare.append(end - again)
    ratio = statistics.median(bare) / statistics.median(filed)
    return [
        Figure("filing a case: throughput against bare SQL of the same rows", ratio),
        Figure("filing a case: milliseconds", statistics.median(filed) * 1000, None, "lower"),
        Figure("filing a case: rows written, statements", len(writes), None, "lower"),
    ]


def _person() -> Actor:
    actor = actor_of(population.somebody())
    assert actor.kind is ActorKind.PERSON
    return actor


def _file(person: Actor) -> None:
    mine = held(person, limit=1)[0]
    item = NewItem(mine.record.pk, mine.version.pk, ground="not_me", words="It was not me.")
    operations.file(procedure_id="redress-model", items=[item], language="en", by=person, at=population.AT)


def _recorded(person: Actor) -> list[Write]:
    """The statements by which a filing writes, after which it is rolled back. Those of the log pass the driver only."""
    writes: list[Write] = []
    execute = Cursor.execute

    def record(cursor: Any, sql: Any, params: Any = None, **options: Any) -> Any:
        if str(sql).startswith(WRITES):
            writes.append((sql, params))
        return execute(cursor, sql, params, **options)

    with transaction.atomic(), patch.object(Cursor, "execute", record):
        _file(person)
        transaction.set_rollback(True)
    return writes


def _send(writes: list[Write]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, params in writes:
            cursor.execute(sql, params)
