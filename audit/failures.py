"""What was denied, refused or failed, logged after whatever was begun had been rolled back.

Of somebody who is known each is an entry of its own. What visitors fail at is only counted, by minute and kind: an
entry for each guess at a password would let anybody fill the log, and tell when a person tried to sign in.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from django.db import DatabaseError, connection, transaction

from audit import ids
from audit.leaf import Canonical
from audit.models import FailureCount
from audit.operations import Signature, record

log = structlog.get_logger(__name__)

_BY_ITSELF = Signature(ids.LOG_ID, "log")
_COUNT = """
INSERT INTO audit_failure_count (kind, minute, count) VALUES (%s, date_trunc('minute', %s::timestamptz), 1)
ON CONFLICT (kind, minute) DO UPDATE SET count = audit_failure_count.count + 1
"""


class Kind(StrEnum):
    """What a visitor can fail at."""

    STAFF_PASSWORD = "staff_password"  # noqa: S105  a kind, no password
    SECOND_FACTOR = "second_factor"
    PERSON_CODE = "person_code"
    LETTER_CODE = "letter_code"
    KEY = "key"  # of a system, false or missing
    DENIED = "denied"
    TOO_OFTEN = "too_often"


def note(event: str, *, by: Signature, at: datetime, route: str, method: str, status: int) -> None:
    """One entry: somebody who is known was not let do something. Call it outside of the transaction that failed."""
    try:
        with transaction.atomic():
            record(event, by=by, at=at, facts={"route": route, "method": method, "status": status})
    except DatabaseError as error:
        log.error("a_failure_was_not_logged", what=event, exc_info=error)


def count(kind: Kind, *, at: datetime) -> None:
    """Count one failure of a visitor."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_COUNT, [kind.value, at])
    except DatabaseError as error:
        log.error("a_failure_was_not_counted", what=kind.value, exc_info=error)


@transaction.atomic
def write(*, at: datetime) -> int:
    """Log the counts of minutes that are over, one entry each; returns how many. Safe to repeat."""
    over = FailureCount.objects.select_for_update(no_key=True, skip_locked=True).filter(
        minute__lte=at - timedelta(minutes=1)
    )
    rows = list(over.order_by("minute", "kind"))
    for row in rows:
        facts: dict[str, Canonical] = {"kind": row.kind, "minute": row.minute.isoformat(), "count": row.count}
        record("failures.counted", by=_BY_ITSELF, at=at, facts=facts)
        row.delete()
    return len(rows)
