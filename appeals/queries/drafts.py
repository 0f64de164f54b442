"""What a person is still writing, and under which procedures it can be filed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from accounts.actors import Actor
from appeals.models import DisputeDraft, DraftEvidence, DraftItem, Item
from appeals.queries.deciders import decider
from appeals.queries.waiting import Offer, offer
from appeals.sealed import unseal
from appeals.workflow import UNANSWERED
from law import procedures
from law.procedures import Procedure
from records import queries as held
from records.queries import Held


@dataclass(frozen=True)
class OpenDraftItem:
    """One thing of a draft, with what the person wrote so far, and the record as it stands now."""

    row: DraftItem
    words: str
    wanted: str
    now: Held | None = None

    @property
    def moved(self) -> bool:
        """Whether the record has changed since the person saw it."""
        return self.now is not None and self.now.version.pk != self.row.version_id

    @property
    def complete(self) -> bool:
        return bool(self.row.ground and self.words)


class Thing(NamedTuple):
    """What can be disputed: a record, one field of it, or a measure on it."""

    record_id: UUID
    field: str
    measure_id: UUID | None


def procedures_for(target: Held, measure_id: UUID | None, on: date) -> list[Procedure]:
    """The procedures under which a record, or one measure on it, can be disputed here on that day, or at that moment.

    Each in the version that is law then, by the day of its own place (`Procedure.is_valid_on`).
    """
    measure = next((m.type for m in target.measures if m.pk == measure_id), None)
    found = procedures.open_for(
        programme=target.record.programme,
        type=None if measure else target.record.type,
        measure=measure,
        subject_kind=target.record.subject.kind,
        on=on,
    )
    return [each for each in found if decider(each, target.programme)]


def procedures_for_all(things: Iterable[tuple[Held, UUID | None]], on: date) -> list[Procedure]:
    """Those under which all of these (an entry, a measure on it) can be disputed together; see `procedures_for`."""
    found = [{each.id: each for each in procedures_for(entry, measure_id, on)} for entry, measure_id in things]
    common = set.intersection(*map(set, found)) if found else set()
    return [found[0][id] for id in sorted(common)]


def procedures_for_draft(draft: DisputeDraft, actor: Actor, at: datetime) -> Offer:
    """The procedures that are open for everything in a draft, now or once a waiting time is over."""
    things = [(item.now, item.row.measure_id) for item in draft_items(draft, actor) if item.now]
    return offer(procedures_for_all(things, at), things, at)


def draft_for(actor: Actor, draft_id: UUID) -> DisputeDraft:
    """A person's own draft that is not filed yet, or was filed as a case."""
    return _written(actor).select_related("filed_as").get(pk=draft_id)


def drafts_of(actor: Actor) -> QuerySet[DisputeDraft]:
    """What the person is still writing, newest first."""
    return _written(actor).filter(filed_as__isnull=True).order_by("-changed_at")


def _written(actor: Actor) -> QuerySet[DisputeDraft]:
    """What this person wrote about this file. What somebody writes for another is read by nobody else until filed."""
    written = DisputeDraft.objects.filter(subject_id__in=actor.own_subjects)
    if actor.sources is not None:  # the address was not proved (ADR 0008)
        beyond = DraftItem.objects.exclude(record__source_id__in=actor.sources).values("draft_id")
        written = written.exclude(pk__in=beyond)
    return written.filter(written_by=actor.user_id) if actor.acts else written.filter(written_by__isnull=True)


def draft_items(draft: DisputeDraft, actor: Actor | None = None) -> list[OpenDraftItem]:
    """The things of a draft with the person's words; with an `actor`, also the records as they stand now."""
    rows = list(draft.items.order_by("pk"))
    now = {}
    if actor is not None:
        now = {each.record.pk: each for each in held.held_records(actor, [row.record_id for row in rows])}
    opened = []
    for row in rows:
        said = unseal(row.subject_id, row.sealed)
        opened.append(OpenDraftItem(row, said.get("words", ""), said.get("wanted", ""), now.get(row.record_id)))
    return opened


def evidence_of_draft(draft: DisputeDraft) -> list[tuple[DraftEvidence, str]]:
    """The files that were handed in so far, with the names that the person gave them."""
    rows = draft.evidence.order_by("added_at", "pk")
    return [(each, unseal(each.subject_id, each.sealed_name).get("name", "")) for each in rows]


def in_dispute(actor: Actor, record_ids: Iterable[UUID]) -> dict[Thing, str]:
    """What of these records the person disputes already, with the reference of the case that is not decided yet."""
    rows = Item.objects.filter(
        subject_id__in=actor.own_subjects,
        record_id__in=list(record_ids),
        case__status__in=UNANSWERED,
    ).values_list("record_id", "field", "measure_id", "case__reference")
    return {Thing(record_id, field, measure_id): reference for record_id, field, measure_id, reference in rows}
