"""The turn of the month: every key is wrapped under the new month's, and the old month's is destroyed in time.

Safe to repeat, and to run in several places at once. Reads no value.
"""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from audit import ids, keys, months
from audit.models import SubjectKey
from audit.operations import Signature, record

BATCH: Final = 1_000
_BY_ITSELF = Signature(ids.LOG_ID, "log")

# A key that stands under an older month, or under the master key alone: by the index `audit_keys_by_month`.
_OLD = """
SELECT subject_key, wrapped_key FROM audit_subject_key
WHERE wrapped_key IS NOT NULL AND substring(wrapped_key FROM 1 FOR 7) < %s
ORDER BY substring(wrapped_key FROM 1 FOR 7) LIMIT %s FOR UPDATE SKIP LOCKED
"""
_FIRST = """
SELECT substring(wrapped_key FROM 1 FOR 7) FROM audit_subject_key WHERE wrapped_key IS NOT NULL
ORDER BY substring(wrapped_key FROM 1 FOR 7) LIMIT 1
"""
_RESTORED = "SELECT subject_key FROM audit_subject_key WHERE wrapped_key IS NOT NULL AND subject_key = ANY(%s)"


class Turned(NamedTuple):
    """How many keys were wrapped anew, and the months whose keys were destroyed."""

    wrapped: int
    destroyed: list[str]


def turn(*, at: datetime, limit: int = 100_000) -> Turned:
    """Wrap up to `limit` keys anew, and destroy the keys of months whose last backup is too old by now."""
    wrapped = 0
    while wrapped < limit and (done := _wrap_some()):
        wrapped += done
    return Turned(wrapped, [month for month in months.kept() if _destroy_if_over(month, at)])


@transaction.atomic
def _wrap_some() -> int:
    now = keys.mark_of(months.current())
    with connection.cursor() as cursor:
        cursor.execute(_OLD, [now, BATCH])
        rows = cursor.fetchall()
    again = [SubjectKey(pk=owner, wrapped_key=keys.wrap_again(owner, wrapped)) for owner, wrapped in rows]
    SubjectKey.objects.bulk_update(again, ["wrapped_key"])
    return len(again)


def _destroy_if_over(month: str, at: datetime) -> bool:
    """A month's key goes when nothing stands under it or an older one, and no backup of that month is kept."""
    if month >= months.month_of(at) or at.date() < months.final_day(month):
        return False
    first = oldest()
    if first is not None and first <= month:
        return False
    months.destroy(month)
    with transaction.atomic():
        record("month_key.destroyed", by=_BY_ITSELF, at=at, facts={"month": month})
    return True


def oldest() -> str | None:
    """The oldest month under which a key stands; empty for the master key alone, None without any key."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST)
        row = cursor.fetchone()
    return keys.month_in(row[0]) if row else None


def restored() -> list[UUID]:
    """Erased keys that are there again: the database is an older copy, and the list was not replayed yet."""
    listed = list(months.erased())
    if not listed:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_RESTORED, [listed])
        return [owner for (owner,) in cursor.fetchall()]
