"""The worker's side of copies: a part at a time, each in a transaction of its own.

# Note [A part at a time]
The worker locks the row, others skip it. It builds the next part, seals its files, stores their rows and how far it
came, and commits. A worker that dies leaves the row as it was, due again in time; its files have no row, and the
sweep removes them. Nothing is made twice and nothing is lost, however often this is repeated.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import override

from accounts import files
from accounts import queries as accounts
from accounts.actors import SERVICE, Actor, ActorKind
from accounts.models import Subject
from audit import operations as audit
from audit.ids import uuid7
from delivery import operations as delivery
from records import own_file, vault
from records.exporting import document, pages, schema, tables
from records.exporting.document import About, Part, Whole
from records.models import Access, Disclosure, Export, ExportFile, ExportKind, ExportState
from records.operations.exports import KEPT
from records.queries import Held

log = structlog.get_logger(__name__)

ENTRIES_A_PART: Final = 250
_WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))


def make_next(*, at: datetime) -> bool:
    """Take the next copy that is due one step further. False when none is due."""
    with transaction.atomic():
        due = Export.objects.filter(next_try_at__lte=at).order_by("next_try_at", "pk")
        export = due.select_for_update(skip_locked=True, no_key=True).first()
        if export is None:
            return False
        try:
            with transaction.atomic():
                _step(export, at)
        except Exception as error:  # whatever it is, the others go on; told by its class alone, as it may quote a value
            _note_failure(export, error, at)
    return True


def _step(export: Export, at: datetime) -> None:
    """The first step says that it has begun, so that the person sees it; each other one makes a part."""
    if export.state == ExportState.WAITING:
        export.state = ExportState.MAKING
        export.save(update_fields=["state"])
        return
    person = _person(export)
    batch = _next_entries(export, person)
    _make_part(export, person, batch, at)
    export.done += len(batch)
    export.tries, export.last_error = 0, ""
    if batch:
        export.last = batch[-1].record.pk
    if len(batch) < ENTRIES_A_PART or export.last == export.upto:
        _finish(export, at)
    export.save(
        update_fields=[
            "state", "done", "last", "total", "tries", "last_error", "next_try_at", "made_at", "expires_at"
        ]
    )  # fmt: skip


def _person(export: Export) -> Actor:
    """Whose copy it is, as far as whoever asked could see: also a company's, for which an administrator asked."""
    subject_id, also = files.of(export.subject_id)
    person = Actor(ActorKind.PERSON, user_id=export.asked_by_id, subject_id=subject_id, also=also)
    return person if export.in_full else accounts.within_reach(person)


def _next_entries(export: Export, person: Actor) -> list[Held]:
    """The entries of the next part, oldest first. Those that came in after the asking are not in this copy."""
    if export.upto is None:
        return []
    return own_file.next_after(person, export.last, upto=export.upto, limit=ENTRIES_A_PART)


def _make_part(export: Export, person: Actor, batch: Sequence[Held], at: datetime) -> None:
    number = export.files.filter(kind=ExportKind.JSON).count() + 1
    first = export.done + 1 if batch else 0
    part = Part(number, first, export.done + len(batch), max(export.total, export.done + len(batch)))
    with override(export.language):
        made = document.build(
            about(export.subject_id),
            wholes(person, batch),
            part,
            in_full=export.in_full,
            language=export.language,
            base_url=settings.BASE_URL,
            at=at,
        )
        schema.check(made)
        contents = {
            ExportKind.JSON: schema.written(made),
            ExportKind.CSV: tables.packed(made, at=at),
            ExportKind.PDF: pages.pages(made, at=at),
        }
    for kind, data in contents.items():
        _keep(export, number, kind, len(batch), data)


def wholes(person: Actor, batch: Sequence[Held]) -> list[Whole]:
    """Everything about these entries: as many queries for two as for two hundred."""
    ids = [held.record.pk for held in batch]
    stories, keepings = own_file.stories(person, ids), own_file.keepings(person, ids)
    disclosures, accesses = _disclosures(person, ids), _accesses(person, ids)
    return [
        Whole(held, stories[pk], keepings[pk], disclosures[pk], accesses[pk])
        for held in batch
        if (pk := held.record.pk) in stories
    ]


def _disclosures(person: Actor, ids: Collection[UUID]) -> dict[UUID, list[Disclosure]]:
    found: dict[UUID, list[Disclosure]] = defaultdict(list)
    for each in own_file.received(person, ids):
        found[each.record_id].append(each)
    return found


def _accesses(person: Actor, ids: Collection[UUID]) -> dict[UUID, list[Access]]:
    found: dict[UUID, list[Access]] = defaultdict(list)
    for each in own_file.looked(person, ids):
        found[each.record_id].append(each)
    return found


def about(subject_id: UUID) -> About:
    """Who a copy is about."""
    known = accounts.particulars_of(subject_id)
    kind = Subject.objects.values_list("kind", flat=True).get(pk=subject_id)
    return About(kind, known.name, known.birth_date, accounts.ends_of_identifiers(subject_id))


def _keep(export: Export, part: int, kind: ExportKind, entries: int, data: bytes) -> None:
    file_id = uuid7()
    vault.store(export.subject_id, file_id, data)
    ExportFile.objects.create(
        id=file_id,
        export=export,
        subject_id=export.subject_id,
        part=part,
        kind=kind,
        entries=entries,
        size=len(data),
        digest=hashlib.sha256(data).digest(),
    )


def _finish(export: Export, at: datetime) -> None:
    export.state, export.next_try_at = ExportState.READY, None
    export.total = export.done
    export.made_at, export.expires_at = at, at + KEPT
    audit.record(
        "export.made",
        by=SERVICE.signature(),
        at=at,
        subject_id=export.subject_id,
        facts={
            "export": str(export.pk),
            "schema": str(export.schema_version),
            "entries": str(export.done),
            "files": ",".join(
                bytes(digest).hex() for digest in export.files.order_by("pk").values_list("digest", flat=True)
            ),
        },
    )
    params = {"until_on": export.expires_at.date().isoformat()}
    delivery.tell_subject(export.subject_id, "export_ready", at=at, mail=True, params=params)


def _note_failure(export: Export, error: Exception, at: datetime) -> None:
    export.refresh_from_db()  # what the failed step had set is not true
    is_last = export.tries >= len(_WAITS)
    export.next_try_at = None if is_last else at + _WAITS[export.tries]
    export.state = ExportState.FAILED if is_last else export.state
    export.tries += 1
    export.last_error = type(error).__name__[:60]
    export.save(update_fields=["state", "next_try_at", "tries", "last_error"])
    log.warning("export_failed", export=str(export.pk), tries=export.tries, final=is_last, exc_info=error)
    if is_last:
        delivery.tell_subject(export.subject_id, "export_failed", at=at, mail=True)
