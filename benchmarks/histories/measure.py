"""`python -m benchmarks.histories.measure`: transactions a second for each way, as JSON on standard output."""

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import Any
from uuid import uuid4

ROWS, SAVES, ROUNDS = 50, int(os.environ.get("BENCH_HISTORY_SAVES", "500")), 3


def main() -> None:
    """One writer changes rows, each in a transaction of its own; in turns, the best of three."""
    import django

    django.setup()
    import pgtrigger
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0, skip_checks=True)
    pgtrigger.install()
    rates: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, (model, around, after) in _ways().items():
            rates[name] = max(rates.get(name, 0.0), _rate(model, around, after))
    json.dump(rates, sys.stdout)


def _ways() -> dict[str, tuple[Any, Callable[[], AbstractContextManager[Any]], Callable[[], object]]]:
    """By name: the model, what stands around each save, and what follows it in the same transaction."""
    import reversion
    from django.utils import timezone

    from audit import operations
    from audit.operations import Signature
    from benchmarks.histories import models

    by, subject = Signature(uuid4(), "caseworker:3"), uuid4()

    def ours() -> None:
        facts = {"purpose": "review", "reason": "bench", "what": "values"}
        operations.record("record.opened", by=by, at=timezone.now(), subject_id=subject, facts=facts)

    def nothing() -> None:
        pass

    return {
        "plain": (models.Plain, nullcontext, nothing),
        "ours": (models.Plain, nullcontext, ours),
        "django-auditlog": (models.OfAuditlog, nullcontext, nothing),
        "django-simple-history": (models.OfSimpleHistory, nullcontext, nothing),
        "django-reversion": (models.OfReversion, reversion.create_revision, nothing),
        "django-pghistory": (models.OfPghistory, nullcontext, nothing),
    }


def _rate(model: Any, around: Callable[[], AbstractContextManager[Any]], after: Callable[[], object]) -> float:
    from django.db import transaction

    rows = [model(owner=uuid4(), kind="record", body="x" * 200, since=date(2026, 11, 2)) for _ in range(ROWS)]
    for row in rows:
        row.save()
    start = 0.0
    for number in range(-ROWS, SAVES):  # the first ones only warm up
        if number == 0:
            start = time.perf_counter()
        row = rows[number % ROWS]
        row.body = f"{number} " + "y" * 200
        with transaction.atomic(), around():
            row.save()
            after()
    return SAVES / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
