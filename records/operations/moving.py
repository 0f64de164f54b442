"""Pointing records and numbers to another subject, with all that hangs on them, each value sealed again.

# Note [What moves with a record]
Every table of this package that names a record and its subject follows the record, but two. Versions never
change and keep the subject under which they were written, while their content goes (ADR 7). A value is opened
under the key of the one and sealed under that of the other in the same transaction, so that destroying either
key later erases the right person and nobody else. A statement stays with whom it is by: their words are nobody
else's, go along no longer, and are there again when the record comes back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import models

from accounts.actors import Actor
from accounts.models import Identifier
from audit import keys
from audit import operations as audit
from audit.keys import Sealer
from records.models import (
    Access,
    Content,
    Disclosure,
    IdentityChange,
    IdentityMove,
    Keeping,
    Mark,
    Measure,
    MovedKind,
    Record,
    SourceChange,
    SourceWithdrawal,
    Subscription,
)

FOLLOW: Final[tuple[type[models.Model], ...]] = (
    Content,
    Measure,
    Mark,
    Disclosure,
    Access,
    Keeping,
    Subscription,
    SourceChange,
    SourceWithdrawal,
)
SEALED: Final[Mapping[type[models.Model], str]] = {Content: "sealed", SourceChange: "sealed"}


def move_records(
    records: Sequence[Record], to: UUID, change: IdentityChange, *, by: Actor, at: datetime, keep: bool
) -> None:
    """Point these locked records to the subject `to`. `keep`: note each move, for the undoing."""
    sealers: dict[UUID, Sealer] = {}
    for record in records:
        was = record.subject_id
        for model in FOLLOW:
            rows: models.QuerySet[Any] = model._default_manager.filter(record_id=record.pk)
            if model in SEALED:
                _seal_again(rows, SEALED[model], _of(was, sealers), _of(to, sealers))
            rows.update(subject_id=to)
        record.subject_id = to
        record.save(update_fields=["subject"])
        if keep:
            _keep(change, MovedKind.RECORD, record.pk, was, to)
        for subject_id in (was, to):  # both have it in their own log, and neither learns who the other is
            audit.record(
                "record.moved",
                by=by.signature(change.holder_id),
                at=at,
                subject_id=subject_id,
                record_id=record.pk,
                facts={"change": str(change.pk)},
            )


def move_identifiers(rows: Sequence[Identifier], to: UUID, change: IdentityChange, *, keep: bool) -> None:
    """Point these locked numbers to the subject `to`."""
    for row in rows:
        was = row.subject_id
        row.sealed = keys.seal(to, keys.open_sealed(was, bytes(row.sealed)))
        row.subject_id = to
        row.save(update_fields=["subject", "sealed"])
        if keep:
            _keep(change, MovedKind.IDENTIFIER, row.pk, was, to)


def _seal_again(rows: "models.QuerySet[Any]", field: str, was: Sealer, becomes: Sealer) -> None:
    for pk, sealed in rows.exclude(**{field: None}).values_list("pk", field):
        rows.model._default_manager.filter(pk=pk).update(**{field: becomes.seal(was.open(sealed))})


def _of(subject_id: UUID, sealers: dict[UUID, Sealer]) -> Sealer:
    if subject_id not in sealers:
        sealers[subject_id] = Sealer.of(subject_id)
    return sealers[subject_id]


def _keep(change: IdentityChange, kind: MovedKind, row: object, was: UUID, became: UUID) -> None:
    IdentityMove.objects.create(change=change, subject_id=was, kind=kind, row=str(row), was=was, became=became)
