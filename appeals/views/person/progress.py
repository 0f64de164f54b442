"""How far a draft has come: its steps, what is still missing, and which page is next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actors import Actor
from appeals import presentation, queries, windows
from appeals.models import DisputeDraft
from appeals.queries import Offer, OpenDraftItem, Presence, Required, Window
from appeals.required import Shown as PaperShown
from appeals.required import shown
from law import procedures
from law.procedures import Procedure
from records.openings import Window as WindowShown


@dataclass(frozen=True)
class Task:
    """One line of the task list. Without `href` it cannot be begun yet."""

    title: str
    href: str
    status: str
    is_done: bool = False
    needs_care: bool = False


@dataclass(frozen=True)
class Progress:
    """A draft with everything that its pages need, read once for each request."""

    draft: DisputeDraft
    items: Sequence[OpenDraftItem]
    offer: Offer
    files: Sequence[tuple[object, str]]
    by: Actor
    at: datetime
    late: Window | None = None  # the time for the chosen procedure, if it is over

    @classmethod
    def of(cls, actor: Actor, draft_id: UUID, at: datetime) -> "Progress":
        """The person's own draft. Raises `DisputeDraft.DoesNotExist`."""
        draft = queries.draft_for(actor, draft_id)
        items = queries.draft_items(draft, actor)
        return cls(
            draft=draft,
            items=items,
            late=_late(draft, items, actor, at),
            offer=queries.procedures_for_draft(draft, actor, at),
            files=queries.evidence_of_draft(draft),
            by=actor,
            at=at,
        )

    @property
    def open_procedures(self) -> Sequence[Procedure]:
        """Those under which all of it can be filed now."""
        return self.offer.now

    @cached_property
    def procedure(self) -> Procedure | None:
        """The procedure that was chosen, as it is law now."""
        return procedures.law_on(self.draft.procedure, self.at) if self.draft.procedure else None

    def windows_of(self, *among: Procedure) -> list[WindowShown]:
        """The times for filing all of it under these procedures, as far as they have any."""
        ids = [item.row.record_id for item in self.items]
        own, programme = self.by.own_subjects, self.draft.programme
        found = [windows.for_filing(each, ids, own, programme, self.at) for each in among]
        return [each for each in found if each]

    @property
    def windows(self) -> list[WindowShown]:
        """The time for filing under the chosen procedure, if there is one."""
        return self.windows_of(self.procedure) if self.procedure else []

    @cached_property
    def required(self) -> list[Required]:
        """The papers that the procedure asks for, as far as the things and the reasons are known."""
        return queries.required_of_draft(self.draft, self.procedure, self.items)

    @property
    def papers(self) -> list[tuple[PaperShown, str]]:
        """The same in words, each with the page on which it is handed in."""
        return [
            (each, self.step("document", each.id) if each.can_be_handed_in else "") for each in shown(self.required)
        ]

    def item(self, item_id: int) -> OpenDraftItem | None:
        """One thing of the draft."""
        return next((each for each in self.items if each.row.pk == item_id), None)

    def step(self, name: str, *more: object) -> str:
        """The address of one step of this draft."""
        return reverse(f"appeals:dispute-{name}", args=[self.draft.pk, *more])

    def after(self, item: OpenDraftItem) -> str:
        """The page after an item was described: the next one that is not, else the evidence."""
        waiting = [each for each in self.items if needs_work(each) and each.row.pk != item.row.pk]
        return self.step("why", waiting[0].row.pk) if waiting else self.step("evidence")

    @property
    def next(self) -> str:
        """The first page that still has something to do."""
        if not self.draft.procedure:
            return self.step("procedure")
        if self.is_late_without_excuse:
            return self.step("late")
        waiting = [each for each in self.items if needs_work(each)]
        if waiting:
            return self.step("why", waiting[0].row.pk)
        needed = [each for each in self.required if each.stops_filing]
        return self.step("document", needed[0].rule.id) if needed else self.step("evidence")

    @property
    def is_complete(self) -> bool:
        """Whether everything is there that filing needs."""
        if self.is_late_without_excuse or any(needs_work(each) for each in self.items):
            return False
        return bool(self.draft.procedure and self.items) and not any(each.stops_filing for each in self.required)

    @property
    def is_late_without_excuse(self) -> bool:
        """Whether the time for the chosen procedure is over, and nothing was said yet that excuses it."""
        if self.late is None:
            return False
        return self.late.excuse is None or self.draft.late_reason not in self.late.excuse.reasons

    def tasks(self) -> list[Task]:
        """The steps in their order, each with how far it is."""
        described = [self._item_task(each) for each in self.items]
        check = self.step("check") if self.is_complete else ""
        return [
            Task(_("What you dispute"), self.step("what"), _("Done"), is_done=True),
            *self._procedure_task(),
            *self._late_task(),
            *described,
            self._evidence_task(),
            Task(_("Check and send"), check, _("Ready to send") if check else _("Cannot be done yet")),
        ]

    def _evidence_task(self) -> Task:
        """How many files there are; first what is missing of the papers that are needed."""
        missing = sum(each.is_incomplete and each.presence is Presence.MISSING for each in self.required)
        title, href = _("Evidence"), self.step("evidence")
        if missing:
            said = ngettext("%(number)d paper is missing", "%(number)d papers are missing", missing)
            must = any(each.stops_filing for each in self.required)
            return Task(title, href, said % {"number": missing}, needs_care=must)
        number = len(self.files)
        said = ngettext("%(number)d file", "%(number)d files", number) % {"number": number}
        return Task(title, href, said if number else _("If you have any"), is_done=bool(number))

    def _procedure_task(self) -> list[Task]:
        if len(self.open_procedures) < 2 and self.draft.procedure:
            return []
        chosen = bool(self.draft.procedure)
        title = _("Which procedure")
        return [Task(title, self.step("procedure"), _("Done") if chosen else _("To do"), is_done=chosen)]

    def _late_task(self) -> list[Task]:
        if self.late is None:
            return []
        title = _("Why it comes late")
        if self.is_late_without_excuse:
            return [Task(title, self.step("late"), _("The time is over"), needs_care=True)]
        return [Task(title, self.step("late"), _("Done"), is_done=True)]

    def _item_task(self, item: OpenDraftItem) -> Task:
        title = _("Why: %(thing)s") % {"thing": title_of(item, self.draft)}
        if is_gone(item):
            return Task(title, self.step("what"), _("No longer there"), needs_care=True)
        if not self.draft.procedure:
            return Task(title, "", _("Cannot be done yet"))
        page = "details" if item.row.ground and not item.moved else "why"
        href = self.step("why" if item.complete else page, item.row.pk)
        if item.moved:
            return Task(title, href, _("It has changed: look again"), needs_care=True)
        return Task(title, href, _("Done") if item.complete else _("To do"), is_done=item.complete)


def _late(draft: DisputeDraft, items: Sequence[OpenDraftItem], actor: Actor, at: datetime) -> Window | None:
    """The window of the chosen procedure, if it is over."""
    if not draft.procedure:
        return None
    law = procedures.law_on(draft.procedure, at)
    record_ids = [item.row.record_id for item in items]
    window = queries.filing_window(law, record_ids, actor.own_subjects, draft.programme)
    return window if window and window.is_over(law, at) else None


def is_gone(item: OpenDraftItem) -> bool:
    """Whether the thing has left the person's file since it was chosen, so that there is nothing to dispute."""
    if item.now is None:
        return True
    measure_id = item.row.measure_id
    return measure_id is not None and measure_id not in {measure.pk for measure in item.now.measures_now}


def needs_work(item: OpenDraftItem) -> bool:
    """Whether the person still has to say something about it, or again."""
    return is_gone(item) or item.moved or not item.complete


def title_of(item: OpenDraftItem, draft: DisputeDraft) -> str:
    """What is disputed, in the reader's language."""
    if item.now is None:
        return _("an entry that is no longer in your file")
    measures = {measure.pk: measure.type for measure in item.now.measures}
    measure = measures.get(item.row.measure_id, "") if item.row.measure_id else ""
    return presentation.thing(draft.programme, item.now.record.type, field=item.row.field, measure=measure)


def earlier_cases(progress: Progress, actor: Actor, *only: OpenDraftItem) -> dict[str, object]:
    """The person's earlier cases about the same, for `_earlier.html`; nobody is kept from asking again."""
    about = {item.row.record_id for item in only or progress.items}
    repeats = progress.procedure is not None and progress.procedure.screening_for("repeat") is not None
    return {"earlier": queries.earlier_about(actor, about), "told_of_repeats": repeats}
