"""Messages as offices see them: what nobody could be told, and what a source was told of its records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.access import SignedIn, staff_required
from accounts.models import Role
from appeals.models import RemedyKind, RemedyState
from appeals.views.pages import Pages
from delivery import queries as messages
from delivery.models import Message
from delivery.rendering import kind
from records import presentation
from records import queries as records

PAGE = 50

Words = str | Promise
# What a remedy means for the source's own data; a remedy that was undone is said by `UNDONE`.
DONE: dict[str, Words] = {
    RemedyKind.CORRECT: _("A value was corrected"),
    RemedyKind.DELETE: _("The record was deleted"),
    RemedyKind.DETACH: _("The record is about somebody else than you said"),
    RemedyKind.LIFT: _("A measure was lifted; the record stays"),
}
DISPUTED: Words = _("Disputed")
SET_ASIDE: Words = _("What you sent during the dispute was set aside: the decision governs")
UNDONE: Words = _("A change was taken back; what you supplied stands again")


@dataclass(frozen=True, slots=True)
class Untold:
    """One message that reached nobody. Of the person it says nothing: the source knows them by its reference."""

    at: datetime
    title: str
    row: Message
    source: str
    source_ref: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many messages of one kind reached nobody, by reason."""

    title: str
    no_contact: int
    failed: int


@dataclass(frozen=True, slots=True)
class ToldSource:
    """One thing that a source was told."""

    at: datetime
    source_ref: str
    type: dict[str, str]
    state: Words


@staff_required(Role.OPERATOR)
@require_safe
def untold(request: SignedIn) -> HttpResponse:
    """Notices that could be given to nobody, and mails that failed for good: somebody has to find another way."""
    pages = Pages(request, messages.untold(), PAGE)
    counts = [Count(_title(name), *numbers) for name, *numbers in messages.untold_counts()]
    context = {"rows": _untold(pages.rows), "pages": pages, "counts": counts}
    return render(request, "appeals/officers/untold.html", context)


@staff_required(Role.SOURCE_OFFICER)
@require_safe
def source(request: SignedIn) -> HttpResponse:
    """What the officer's organisation was told about disputes and remedies: its own references, nobody's data."""
    told = messages.source_inbox(request.actor.organisations(Role.SOURCE_OFFICER))
    pages = Pages(request, told, PAGE)
    rows = [_told(each) for each in pages.rows]
    return render(request, "appeals/officers/source.html", {"rows": rows, "pages": pages})


def _untold(rows: Sequence[Message]) -> list[Untold]:
    known = {each.pk: each for each in records.about({row.record_id for row in rows if row.record_id})}
    return [_untold_row(row, known.get(row.record_id) if row.record_id else None) for row in rows]


def _untold_row(row: Message, record: Any) -> Untold:
    source = presentation.organisation(record.source.name) if record else ""
    return Untold(row.created_at, _title(row.kind), row, source, record.source_ref if record else "")


def _told(row: Message) -> ToldSource:
    said = row.params
    state = SET_ASIDE if row.kind == "source_told_set_aside" else DISPUTED
    if remedy := said.get("remedy"):
        state = UNDONE if said.get("state") == RemedyState.UNDONE else DONE[remedy]
    return ToldSource(row.created_at, said["source_ref"], said["type"], state)


def _title(name: str) -> str:
    return gettext(kind(name).title)
