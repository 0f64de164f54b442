"""What must hold in the log, whatever crashed. Each check returns the entries for which it does not."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from django.db import connection

from audit import sequencer

Check = Callable[[datetime], Iterable[object]]


def _hash_differs(_at: datetime) -> list[object]:
    """Entries whose hash is not that of their leaf."""
    return _ids("SELECT entry_id FROM audit_entry WHERE leaf_hash <> sha256('\\x00'::bytea || leaf)")


def _opening_without_entry(_at: datetime) -> list[object]:
    """Disclosures of an entry that is not there."""
    return _ids(
        "SELECT DISTINCT entry_id FROM audit_opening o"
        " WHERE NOT EXISTS (SELECT FROM audit_entry e WHERE e.entry_id = o.entry_id)"
    )


def _opening_without_key(_at: datetime) -> list[object]:
    """Disclosures sealed under a key that was never stored: nobody could ever open them."""
    return _ids(
        "SELECT DISTINCT entry_id FROM audit_opening o"
        " WHERE NOT EXISTS (SELECT FROM audit_subject_key k WHERE k.subject_key = o.subject_key)"
    )


def _entry_lost(_at: datetime) -> list[object]:
    """Entries that have no place in the tree and do not wait for one: somebody took them out of the queue."""
    return list(sequencer.lost())


def _leaf_differs(_at: datetime) -> list[object]:
    """Entries whose place in the tree holds another hash, and places of entries that are not there."""
    return _ids(
        "SELECT l.entry_id FROM audit_leaf l WHERE l.leaf_hash IS DISTINCT FROM"
        " (SELECT e.leaf_hash FROM audit_entry e WHERE e.entry_id = l.entry_id)"  # Note [One look each]
    )


def _ids(query: str) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [found for (found,) in cursor.fetchall()]


CHECKS: Mapping[str, Check] = {
    "log.hash_differs": _hash_differs,
    "log.entry_lost": _entry_lost,
    "log.leaf_differs": _leaf_differs,
    "log.opening_without_entry": _opening_without_entry,
    "log.opening_without_key": _opening_without_key,
}
