"""What an import locks before it looks: the turn of its sources, then the records that its lines name, by their ids."""

import hashlib
from collections.abc import Collection
from typing import Final

from django.db import connection

from records import operations as records
from records.importing.known import Reference, hold_keys

_NAMED: Final = (
    " FROM unnest(%s::text[], %s::text[]) AS named (code, ref)"
    " JOIN accounts_organisation o ON o.code = named.code"
    " JOIN records_record r ON r.source_id = o.id AND r.source_ref = named.ref"
)
_SUBJECTS_NAMED: Final = f"SELECT DISTINCT r.subject_id {_NAMED}"
_LOCK_NAMED: Final = f"SELECT r.id {_NAMED} ORDER BY r.id FOR NO KEY UPDATE OF r"


def take_turns(sources: Collection[str]) -> None:
    """Wait until no other import writes for these sources; ends with the transaction. Note [Two imports at once]."""
    with connection.cursor() as cursor:
        for code in sorted(sources):
            number = hashlib.sha256(f"redress.import:{code}".encode()).digest()[:8]
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(number, signed=True)])


def lock_named(references: Collection[Reference]) -> None:
    """Lock what these references name, and the measures on it, until the transaction ends; their subjects' keys first.

    For whoever comes to them in several steps, or locks something else besides (architecture.md, "Locks").
    """
    codes, refs = zip(*references, strict=True) if references else ((), ())
    with connection.cursor() as cursor:
        cursor.execute(_SUBJECTS_NAMED, [list(codes), list(refs)])
        hold_keys([subject_id for (subject_id,) in cursor.fetchall()])
        cursor.execute(_LOCK_NAMED, [list(codes), list(refs)])
        record_ids = [record_id for (record_id,) in cursor.fetchall()]
    records.lock_measures_on(record_ids)
