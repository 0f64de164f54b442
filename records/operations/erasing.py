"""What is thrown away of what was held about somebody when they are erased. `appeals.operations.erasure` calls it.

Rows that prove what was done stay, without what was said: versions with their keyed digests, measures, disclosures.
"""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.actors import SERVICE
from audit import erasing as log
from audit import operations as audit
from records import vault
from records.models import (
    Access,
    Content,
    DoubtfulLine,
    Export,
    ExportFile,
    ExportState,
    IdentityChange,
    Keeping,
    Record,
    RecordState,
    SourceChange,
    Statement,
    Subscription,
    WhyGone,
)
from records.operations.recipients import tell_recipients
from records.recipients import Told

_OUT = (RecordState.SEALED, RecordState.EXPIRED)


def empty(subject_ids: Collection[UUID], erasure_id: UUID, *, at: datetime) -> int:
    """Throw away what records said; returns how many files of copies go with the commit. Needs no key."""
    records = list(Record.objects.select_for_update(no_key=True).filter(subject__in=subject_ids).order_by("pk"))
    tell_recipients([record.pk for record in records], Told.EXPIRED, at=at)
    for record in records:
        _note(record.pk, erasure_id, at)
        record.source_ref = f"erased:{record.pk}"  # a source may use an account number
        if record.state not in _OUT:
            record.state = RecordState.EXPIRED
        record.save(update_fields=["source_ref", "state"])
    Content.objects.filter(subject__in=subject_ids, sealed__isnull=False).update(sealed=None, purged_at=at)
    SourceChange.objects.filter(subject__in=subject_ids).delete()
    _end_statements(subject_ids, {record.pk for record in records}, erasure_id, at)
    Keeping.objects.filter(subject__in=subject_ids).delete()
    Access.objects.filter(subject__in=subject_ids).update(reason="")
    Subscription.objects.filter(subject__in=subject_ids, ended_at=None).update(ended_at=at)
    _empty_identity(subject_ids, erasure_id, at)
    return _throw_copies_away(subject_ids, at)


def _empty_identity(subject_ids: Collection[UUID], erasure_id: UUID, at: datetime) -> None:
    """Lines whose person was in doubt, and changes of identity: both say why in words."""
    for line in DoubtfulLine.objects.select_for_update(no_key=True).filter(subject__in=subject_ids):
        _note(line.pk, erasure_id, at)
        line.who = line.digest = line.sealed_reason = b""
        line.source_ref = f"erased:{line.pk}"
        line.save(update_fields=["who", "digest", "sealed_reason", "source_ref"])
    lines = DoubtfulLine.objects.filter(subject__in=subject_ids).values_list("pk", flat=True)
    changes = IdentityChange.objects.filter(subject__in=subject_ids).values_list("pk", flat=True)
    log.forget_reasons([*lines, *changes])
    theirs = Q(subject__in=subject_ids) | Q(other__in=subject_ids)
    for change in IdentityChange.objects.select_for_update(no_key=True).filter(theirs):
        _note(change.pk, erasure_id, at)
        if change.subject_id in subject_ids:
            change.sealed, change.plan = b"", {}
            change.save(update_fields=["sealed", "plan"])


def _end_statements(subject_ids: Collection[UUID], noted: Collection[UUID], erasure_id: UUID, at: datetime) -> None:
    """Their own words, also on a record that was found to be about somebody else."""
    standing = Statement.objects.filter(subject__in=subject_ids, ended_at__isnull=True)
    for record_id in set(standing.values_list("record_id", flat=True)) - set(noted):
        _note(record_id, erasure_id, at)
    standing.update(sealed=None, ended_at=at)


def _throw_copies_away(subject_ids: Collection[UUID], at: datetime) -> int:
    files = ExportFile.objects.filter(subject__in=subject_ids)
    ids = list(files.values_list("pk", flat=True))
    files.delete()
    Export.objects.filter(subject__in=subject_ids).exclude(state__in=(ExportState.GONE, ExportState.FAILED)).update(
        state=ExportState.GONE, why_gone=WhyGone.EXPIRED, gone_at=at, next_try_at=None
    )
    for file_id in ids:
        transaction.on_commit(partial(vault.destroy, file_id))
    return len(ids)


def _note(record_id: UUID, erasure_id: UUID, at: datetime) -> None:
    """One entry for this record, sealed under the service's own key: it outlives the person's."""
    audit.record(
        "record.erased", by=SERVICE.signature(), at=at, record_id=record_id, facts={"erasure": str(erasure_id)}
    )
