"""The log in tests: entries that nobody caused, places for them, a signer of the test's own."""

from datetime import UTC, datetime
from uuid import uuid4

from django.db import connection, transaction

from audit import operations, sequencer, signing
from audit.models import Checkpoint
from audit.operations import Signature

AT = datetime(2026, 11, 22, 8, 30, 15, 123456, tzinfo=UTC)


def add_entries(count: int = 1) -> list[int]:
    """That many entries; their ids."""
    by = Signature(uuid4(), "caseworker:3")
    return [operations.record("record.opened", by=by, at=AT, facts={"purpose": "test"}) for _ in range(count)]


def place_all() -> int:
    """Give every waiting entry its place; how many there were."""
    total = 0
    while placed := sequencer.step():
        total += placed
    return total


def sign() -> Checkpoint | None:
    """Have the tree signed now, however short a time ago it was signed; the newest checkpoint."""
    signing._not_before = 0.0
    signing.publish()
    return Checkpoint.objects.order_by("-size").first()


def seal_everything() -> Checkpoint:
    """All entries in the tree, and the tree signed."""
    place_all()
    checkpoint = sign()
    assert checkpoint
    return checkpoint


@transaction.atomic
def rewrite(statement: str, *values: str | int | bytes) -> None:
    """What somebody does who has all rights on the database: all guards are put aside meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")  # what waits is checked first
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'"
        )
        guards = cursor.fetchall()
        for table, guard in guards:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {guard}")
        cursor.execute(statement, values or None)
        for table, guard in guards:
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {guard}")
