"""The words that people attached to what is held about them, for whoever is shown the record."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from django.db.models import F, QuerySet

from audit import keys
from records.models import Statement

CARRIED: Final = "statement"  # among the marks of a disclosure: the words went along


class Stated(NamedTuple):
    """A statement as it is read. `number`: of the version that the record had when it was written."""

    words: str
    language: str
    number: int
    written_at: datetime


def on(record_ids: Collection[UUID]) -> dict[UUID, Stated]:
    """The statement on each of these records, by record id. For callers that may show the record. Two queries."""
    rows = list(_standing(record_ids))
    sealers = keys.load_many(row.subject_id for row in rows) if rows else {}
    return {
        row.record_id: Stated(sealer.open(bytes(row.sealed)).decode(), row.language, row.number, row.written_at)
        for row in rows
        if row.sealed is not None and (sealer := sealers.get(row.subject_id))
    }


def sealed(subject_id: UUID, words: str) -> bytes:
    """Words as they are stored."""
    return keys.seal(subject_id, words.encode())


def carried_by(record_ids: Collection[UUID]) -> set[UUID]:
    """Which of these records have one."""
    return set(_standing(record_ids).values_list("record_id", flat=True))


def _standing(record_ids: Collection[UUID]) -> "QuerySet[Statement]":
    """Of whom each record is about now, and of nobody else."""
    rows = Statement.objects.filter(record_id__in=list(record_ids), ended_at__isnull=True)
    return rows.filter(subject_id=F("record__subject_id"))
