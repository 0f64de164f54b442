"""Writing to the log. `record` belongs in the transaction of the thing that it records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from psycopg import Cursor

from audit import keys, leaf, openings
from audit.events import EVENTS, OF_CASES

# The entry and its openings at once (migration 0009): every operation passes here, some several times.
_APPEND = "SELECT audit_append(%s, %s, %s, %s, %s, %s::text[], %s::uuid[], %s::bytea[])"


class UnknownEvent(ValueError):
    """An event or a fact that `audit.events` does not declare."""


class NotInTransaction(RuntimeError):
    """The log is written in the transaction of what it records, and there is none."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who acted, as the log keeps it: a role and stable number or id, sealed under `owner`'s key.

    The owner of an official's signature is the organisation, so that erasing a person never
    hides a decision-maker.
    """

    owner: UUID
    text: str


def record(
    event: str,
    *,
    by: Signature,
    at: datetime,
    subject_id: UUID | None = None,
    case_id: UUID | None = None,
    record_id: UUID | None = None,
    facts: Mapping[str, leaf.Canonical] | None = None,
) -> int:
    """Append one entry and its openings; returns the entry's id.

    `facts` are sealed under the subject's key (without a subject, under the actor's).
    """
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction
    check_declared(event, facts or {})
    owner = subject_id or by.owner
    sealers = keys.sealers({by.owner, owner})
    everything = {"at": leaf.moment(at), **all_facts(by, subject_id, case_id, record_id, facts or {})}
    made = leaf.build(event, at, everything, log=settings.AUDIT_LOG_ORIGIN)
    names, owners, sealed = zip(
        *openings.sealed(made.disclosures, actor=by.owner, owner=owner, sealers=sealers), strict=True
    )
    rows = [_array(names), _array(map(str, owners)), _array(f'"\\\\x{each.hex()}"' for each in sealed)]
    # The driver's own cursor: it sends values as they are, which Django's would write into the statement as text.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        row = cursor.execute(_APPEND, [event, case_id, record_id, made.content, made.hash, *rows]).fetchone()
    assert row
    return int(row[0])


def _array(elements: Iterable[str]) -> str:
    """A PostgreSQL array as text, of elements that need no quoting: the driver takes ten times as long over a list."""
    return f"{{{','.join(elements)}}}"


def check_declared(event: str, facts: Mapping[str, leaf.Canonical]) -> None:
    """Raise `UnknownEvent` unless the registry knows the event and each of its facts."""
    if event not in EVENTS:
        raise UnknownEvent(event)
    if undeclared := set(facts) - EVENTS[event].facts - OF_CASES:
        raise UnknownEvent(f"{event}: {', '.join(sorted(undeclared))}")


def all_facts(
    by: Signature,
    subject_id: UUID | None,
    case_id: UUID | None,
    record_id: UUID | None,
    facts: Mapping[str, leaf.Canonical],
) -> dict[str, leaf.Canonical]:
    """The facts that the leaf commits to: who, about whom, where, and those of the event."""
    known = {"subject": subject_id, "case": case_id, "record": record_id}
    return {"actor": by.text, **{name: str(value) for name, value in known.items() if value}, **facts}
