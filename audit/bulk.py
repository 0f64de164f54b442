"""The log for writers of thousands of rows: the entries of `audit.operations.record`, as rows for COPY.

Ids come from the table's own sequence, so that bulk and single writers never collide. The
guards fire for these rows as for all others.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, models

from audit import keys, leaf, openings
from audit.models import Entry, Opening
from audit.operations import NotInTransaction, Signature, all_facts, check_declared


class Note(NamedTuple):
    """One entry to be: what happened to whom, with the facts of the event."""

    event: str
    subject_id: UUID
    record_id: UUID | None
    facts: Mapping[str, leaf.Canonical]


# What `record_many` writes; time of recording and transaction are the database's own.
ENTRY = ("entry_id", "event_type", "record_id", "leaf", "leaf_hash")
OPENING = ("entry_id", "name", "subject_key", "sealed")


def record_many(notes: Sequence[Note], *, by: Signature, at: datetime, sealers: Mapping[UUID, keys.Sealer]) -> None:
    """Append one entry for each note. `sealers`: the keys of all subjects that the notes are about."""
    sealers = {**sealers, by.owner: keys.Sealer.of(by.owner)}
    moment = leaf.moment(at)
    entries: list[tuple[Any, ...]] = []
    opened_by: list[tuple[Any, ...]] = []
    for entry_id, note in zip(_reserve(len(notes)), notes, strict=True):
        check_declared(note.event, note.facts)
        facts = {"at": moment, **all_facts(by, note.subject_id, None, note.record_id, note.facts)}
        made = leaf.build(note.event, at, facts, log=settings.AUDIT_LOG_ORIGIN)
        entries.append((entry_id, note.event, note.record_id, made.content, made.hash))
        rows = openings.sealed(made.disclosures, actor=by.owner, owner=note.subject_id, sealers=sealers)
        opened_by += [(entry_id, *row) for row in rows]
    copy_rows(Entry, ENTRY, entries)
    copy_rows(Opening, OPENING, opened_by)


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY `rows` into the model's table, in binary; columns that are not named get their defaults."""
    if not connection.in_atomic_block:
        raise NotInTransaction
    types = _types(model)
    quoted = ", ".join(map(connection.ops.quote_name, columns))
    statement = f"COPY {connection.ops.quote_name(model._meta.db_table)} ({quoted}) FROM STDIN (FORMAT BINARY)"
    # Django translates the errors of its own methods only, and COPY is none of them.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([types[column] for column in columns])
        for row in rows:
            copy.write_row(row)


@cache
def _types(model: type[models.Model]) -> dict[str, str]:
    """The database type of each column, without its length."""
    fields = model._meta.concrete_fields
    return {str(field.column): str(field.db_type(connection)).partition("(")[0] for field in fields}


def _reserve(count: int) -> list[int]:
    """The next `count` ids of the log, in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence('audit_entry', 'entry_id')")
        (sequence,) = cursor.fetchone()
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, count])
        return [number for (number,) in cursor.fetchall()]
