"""Copies for the person: asking for one, taking its files, deleting it. `records.exporting` makes them.

# Note [One copy at a time]
Asking locks the person's row, so that two requests at once find each other: the second is given the copy that the
first asked for. A copy that lies ready is replaced by a newer one. The database has the same rule as a constraint.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.access import check_settled_contact_of
from accounts.actors import SERVICE, Actor
from accounts.models import Basis, Subject
from audit import operations as audit
from delivery.wake import wake
from records import vault
from records.access import visible_to
from records.models import Export, ExportFile, ExportState, WhyGone

SCHEMA_VERSION: Final = 1  # of the files; raise it when a field of `records.exporting.schema` goes or changes
KEPT: Final = timedelta(days=7)
WORKER: Final = "records.tasks.make_copies"
_BEING_MADE: Final = (ExportState.WAITING, ExportState.MAKING)
LIVE: Final = (*_BEING_MADE, ExportState.READY)


class OnlyForOneself(Exception):
    """A copy of everything is for the person alone: whoever acts for another cannot ask for it.

    A company acts through its administrators only, so that the copy of its file is theirs to take.
    """


class AnotherIsMade(Exception):
    """Somebody else of a joined file has asked for a copy, which is made at this moment."""


@transaction.atomic
def ask(*, language: str, by: Actor, at: datetime) -> Export:
    """Have a copy made of everything that is held about this person. One that is being made already is given back.

    Raises `OnlyForOneself`, `AnotherIsMade`, or `accounts.access.ContactNotSettled` within 72 hours after a change of
    address.
    """
    subject_id = check_may_ask(by, at)
    Subject.objects.select_for_update(no_key=True).get(pk=subject_id)  # Note [One copy at a time]
    if there := visible_exports(by).filter(state__in=_BEING_MADE).first():
        return there
    if Export.objects.filter(subject_id=subject_id, state__in=_BEING_MADE).exists():
        raise AnotherIsMade
    for old in Export.objects.select_for_update(no_key=True).filter(subject_id=subject_id, state=ExportState.READY):
        _destroy(old, WhyGone.REPLACED, by=by, at=at)
    records = visible_to(by)
    made = Export.objects.create(
        subject_id=subject_id,
        asked_by_id=by.own_user,
        in_full=by.sources is None,
        language=language,
        schema_version=SCHEMA_VERSION,
        asked_at=at,
        upto=records.order_by("-pk").values_list("pk", flat=True).first(),
        total=records.count(),
        next_try_at=at,
    )
    audit.record("export.asked", by=by.signature(), at=at, subject_id=subject_id, facts={"export": str(made.pk)})
    wake(WORKER)
    return made


def check_may_ask(by: Actor, at: datetime) -> UUID:
    """Whose copy it would be. Raises as `ask` does."""
    if not _is_for(by):
        raise OnlyForOneself
    check_settled_contact_of(by, at)
    return by.own_subject


def _is_for(by: Actor) -> bool:
    """Whether copies are for this actor: for oneself, or for a company as its administrator."""
    return by.acts is None or (by.acts.basis == Basis.COMPANY_ADMINISTRATOR and not by.acts.programmes)


@transaction.atomic
def take(export_id: UUID, file_id: UUID, *, by: Actor, at: datetime) -> tuple[ExportFile, bytes]:
    """One file of a ready copy, opened for its person; the log knows that it was taken.

    Raises `Export.DoesNotExist` for any other, `ExportFile.DoesNotExist`, or as `ask` does.
    """
    export = visible_exports(by).select_for_update(no_key=True).get(pk=export_id, state=ExportState.READY)
    is_too_much = export.in_full and by.sources is not None  # it was asked for where the person had proved more
    if is_too_much or (export.expires_at and export.expires_at <= at):
        raise Export.DoesNotExist
    check_settled_contact_of(by, at)
    file = export.files.get(pk=file_id)
    try:
        data = vault.read(export.subject_id, file.pk)
    except vault.Missing:
        raise ExportFile.DoesNotExist from None
    audit.record(
        "export.taken",
        by=by.signature(),
        at=at,
        subject_id=export.subject_id,
        facts={"export": str(export.pk), "kind": file.kind, "document_sha256": bytes(file.digest).hex()},
    )
    return file, data


@transaction.atomic
def throw_away(export_id: UUID, *, by: Actor, at: datetime) -> Export:
    """Delete a copy now, ready or not. Raises `Export.DoesNotExist` for one that is not this person's own."""
    export = visible_exports(by).select_for_update(no_key=True).get(pk=export_id)
    if export.state in LIVE:
        _destroy(export, WhyGone.THROWN_AWAY, by=by, at=at)
    return export


def expire(*, at: datetime, limit: int = 100) -> int:
    """Destroy the files of copies whose days are over; returns how many. Each in a transaction of its own."""
    due = Export.objects.filter(state=ExportState.READY, expires_at__lte=at).order_by("expires_at")
    return sum(_expire(export_id, at) for export_id in list(due.values_list("pk", flat=True)[:limit]))


@transaction.atomic
def _expire(export_id: UUID, at: datetime) -> bool:
    export = (
        Export.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(pk=export_id, state=ExportState.READY, expires_at__lte=at)
        .first()
    )
    if export:
        _destroy(export, WhyGone.EXPIRED, by=SERVICE, at=at)
    return export is not None


def remove_leftovers(*, but_since: datetime) -> int:
    """Remove files that no row knows: what a transaction left that did not commit. Younger ones may still get a row."""
    known = set(ExportFile.objects.values_list("pk", flat=True))
    # An id begins with the time at which it was made (RFC 9562), in milliseconds.
    old = int(but_since.timestamp() * 1000)
    left = [file_id for file_id in vault.stored() if file_id not in known and file_id.int >> 80 < old]
    _remove(left)
    return len(left)


def visible_exports(by: Actor) -> QuerySet[Export]:
    """The copies that are this person's own, or their company's. Every read starts here."""
    own = Export.objects.filter(subject_id=by.own_subject)
    if by.sources is not None:  # in a joined file others may have come by another address, which opens other entries
        own = own.filter(asked_by=by.own_user)
    return own if _is_for(by) else own.none()


def _destroy(export: Export, why: WhyGone, *, by: Actor, at: datetime) -> None:
    """The row stays and says why; the files go with the commit."""
    files = list(export.files.values_list("pk", flat=True))
    export.files.all().delete()
    export.state, export.why_gone, export.gone_at, export.next_try_at = ExportState.GONE, why, at, None
    export.save(update_fields=["state", "why_gone", "gone_at", "next_try_at"])
    facts = {"export": str(export.pk), "why": why.value}
    audit.record("export.destroyed", by=by.signature(), at=at, subject_id=export.subject_id, facts=facts)
    transaction.on_commit(partial(_remove, files))


def _remove(file_ids: Iterable[UUID]) -> None:
    for file_id in file_ids:
        vault.destroy(file_id)
