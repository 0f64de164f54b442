"""A dispute while the person is still writing it. Kept between steps and visits; gone when thrown away or filed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from accounts.actors import Actor
from appeals import access, queries, vault
from appeals.errors import DocumentNotAsked, NothingToDispute, NotInYourFile, NotOpenHere, TooManyThings
from appeals.models import DisputeDraft, DraftEvidence, DraftItem
from appeals.operations import documents
from appeals.operations.evidence import NewEvidence, check_room
from appeals.sealed import seal
from law import procedures
from records import queries as held


@dataclass(frozen=True)
class Target:
    """A thing that the person chose: a record, one field of it, or a measure."""

    record_id: UUID
    field: str = ""
    measure_id: UUID | None = None


@transaction.atomic
def begin_draft(targets: Sequence[Target], *, by: Actor, at: datetime) -> DisputeDraft:
    """Start a dispute of these things, all of one programme."""
    access.check_may_dispute(by)
    writer = by.user_id if by.acts else None
    draft = DisputeDraft(subject_id=by.own_subject, written_by_id=writer, begun_at=at, changed_at=at)
    _set_targets(draft, targets, by=by)
    return draft


@transaction.atomic
def select(draft_id: UUID, targets: Sequence[Target], *, by: Actor, at: datetime) -> DisputeDraft:
    """Change what is disputed. What was already written about things that stay is kept; versions are as seen now."""
    draft = _own(draft_id, by)
    draft.changed_at = at
    _set_targets(draft, targets, by=by)
    return draft


@transaction.atomic
def choose_procedure(draft_id: UUID, procedure_id: str, *, by: Actor, at: datetime) -> DisputeDraft:
    """Choose among the procedures that are open for everything in the draft."""
    draft = _own(draft_id, by)
    offered = queries.procedures_for_draft(draft, by, at)
    queries.check_open_now(offered, procedure_id)
    if procedure_id not in {procedure.id for procedure in offered.now}:
        raise NotOpenHere
    if draft.procedure != procedure_id:
        draft.items.update(ground="")
    draft.procedure, draft.changed_at = procedure_id, at
    draft.save(update_fields=["procedure", "changed_at"])
    return draft


@transaction.atomic
def describe(
    draft_id: UUID, item_id: int, *, ground: str, words: str, wanted: str, seen: UUID, by: Actor, at: datetime
) -> None:
    """Say why one thing is wrong and what it should be, about the version `seen`."""
    draft = _own(draft_id, by)
    item = draft.items.get(pk=item_id)
    item.ground, item.version_id = ground, seen
    item.sealed = seal(item.subject_id, words=words, wanted=wanted)
    item.save(update_fields=["ground", "version", "sealed"])
    draft.changed_at = at
    draft.save(update_fields=["changed_at"])


@transaction.atomic
def excuse_lateness(draft_id: UUID, *, reason: str, words: str, by: Actor, at: datetime) -> None:
    """Say why it comes after the window of its procedure."""
    draft = _own(draft_id, by)
    draft.late_reason, draft.sealed_late = reason, seal(draft.subject_id, words=words.strip())
    draft.changed_at = at
    draft.save(update_fields=["late_reason", "sealed_late", "changed_at"])


@transaction.atomic
def add_evidence_to_draft(draft_id: UUID, new: NewEvidence, *, by: Actor, at: datetime) -> DraftEvidence:
    """Keep a cleaned file with the draft."""
    draft = _own(draft_id, by)
    check_room(draft.evidence.count())
    if new.document:
        _check_asked(draft, new.document, by, at)
    vault.store(draft.subject_id, new.stored_as, new.file.data)
    return DraftEvidence.objects.create(
        id=new.stored_as,
        draft=draft,
        subject_id=draft.subject_id,
        sealed_name=seal(draft.subject_id, name=new.name),
        kind=new.file.kind,
        size=len(new.file.data),
        digest=new.file.sha256,
        document=new.document,
        added_at=at,
    )


@transaction.atomic
def explain_missing_in_draft(draft_id: UUID, document: str, *, words: str, by: Actor, at: datetime) -> None:
    """Say why a required paper cannot be handed in; empty words take it back."""
    draft = _own(draft_id, by)
    _check_asked(draft, document, by, at)
    documents.keep_words(draft, {**queries.explained(draft), document: words})
    draft.changed_at = at
    draft.save(update_fields=["sealed_without", "changed_at"])


@transaction.atomic
def remove_evidence_from_draft(draft_id: UUID, evidence_id: UUID, *, by: Actor) -> None:
    """Take a file out of the draft again."""
    draft = _own(draft_id, by)
    _destroy(list(draft.evidence.filter(pk=evidence_id)))


@transaction.atomic
def discard_draft(draft_id: UUID, *, by: Actor) -> None:
    """Throw the draft away, with its files."""
    draft = _own(draft_id, by)
    _destroy(list(draft.evidence.all()))
    draft.delete()


def _check_asked(draft: DisputeDraft, document: str, by: Actor, at: datetime) -> None:
    procedure = procedures.law_on(draft.procedure, at) if draft.procedure else None
    asked = queries.required_of_draft(draft, procedure, queries.draft_items(draft, by))
    if document not in {each.rule.id for each in asked}:
        raise DocumentNotAsked(document)


def _destroy(files: Sequence[DraftEvidence]) -> None:
    for each in files:
        transaction.on_commit(partial(vault.destroy, each.subject_id, each.pk))  # first: deleting takes the id away
        each.delete()


def _own(draft_id: UUID, by: Actor) -> DisputeDraft:
    access.check_may_dispute(by)
    queries.draft_for(by, draft_id)
    return DisputeDraft.objects.select_for_update(no_key=True).get(pk=draft_id, filed_as__isnull=True)


def _set_targets(draft: DisputeDraft, targets: Sequence[Target], *, by: Actor) -> None:
    if not targets:
        raise NothingToDispute
    if len(set(targets)) > TooManyThings.most:
        raise TooManyThings
    found = {each.record.pk: each for each in held.held_records(by, [target.record_id for target in targets])}
    if any(target.record_id not in found for target in targets):
        raise NotInYourFile
    programmes = {each.record.programme for each in found.values()}
    if len(programmes) > 1:
        raise NotOpenHere
    draft.programme = programmes.pop()
    draft.save()
    kept = []
    for target in dict.fromkeys(targets):
        item, _ = DraftItem.objects.update_or_create(
            draft=draft,
            record_id=target.record_id,
            field=target.field,
            measure_id=target.measure_id,  # type: ignore[misc]  # the stubs forget that None finds NULL
            defaults={"subject_id": draft.subject_id, "version": found[target.record_id].version},
        )
        kept.append(item.pk)
    draft.items.exclude(pk__in=kept).delete()
