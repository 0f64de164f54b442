"""What the person was told, newest first. Showing a message is reading it, so the page notes that it was shown."""

from collections.abc import Container, Iterable, Mapping
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import SignedIn, person_required
from accounts.actors import Actor
from accounts.models import Basis
from appeals import queries
from appeals.views.pages import Pages
from appeals.views.problems import told_plainly
from delivery import operations as delivery
from delivery import queries as inbox
from delivery import rendering
from delivery.models import Message
from records import queries as held

_PAGE = 20
COMPANY = (Basis.COMPANY_ADMINISTRATOR, Basis.COMPANY_MEMBER)  # a company reads through them


@person_required
@told_plainly
@require_safe
def messages(request: SignedIn) -> HttpResponse:
    """The inbox, a page at a time. Those that are new say so this once."""
    pages = Pages(request, _inbox(request.actor), _PAGE)
    found = pages.rows
    references = queries.references(request.actor, [each.case_id for each in found if each.case_id])
    records = held.in_file(request.actor, [each.record_id for each in found if each.record_id])
    language = get_language() or "en"
    closed = [each for each in found if _is_closed(each, request.actor, references, records)]
    rows = [
        {"message": each, "said": _closed(), "link": (reverse("contact:overview"), _("See why"))}
        if each in closed
        else {"message": each, "said": rendering.rendered(each, language), "link": _link(each, references, records)}
        for each in found
    ]
    response = render(request, "appeals/person/messages.html", {"rows": rows, "pages": pages})
    _note_shown(request.actor, [each for each in found if each not in closed])
    return response


def _inbox(actor: Actor) -> "QuerySet[Message]":
    """What a person was told; of somebody who acts for them in some programmes, what is about what they may see."""
    told = inbox.inbox(*actor.own_subjects)
    if actor.acts is None or not actor.acts.programmes:
        return told
    cases, records = queries.cases_of(actor).values("pk"), held.ids_visible_to(actor)
    return told.filter(Q(case_id__in=cases) | Q(case_id=None, record_id__in=records))


def _is_closed(
    message: Message, actor: Actor, references: Container[UUID | None], records: Container[UUID | None]
) -> bool:
    """Whether it is about what this address does not open: then not even its title is shown (ADR 0008)."""
    if actor.sources is None or not (message.record_id or message.case_id):
        return False
    return not (message.record_id in records or message.case_id in references)


def _closed() -> rendering.Rendered:
    return rendering.Rendered(
        _("There is something for you that is still closed"),
        _("It is about what another office or company said about you. It opens once it is sure that you are you."),
    )


def _note_shown(actor: Actor, found: Iterable[Message]) -> None:
    if actor.acts and actor.acts.basis not in COMPANY:
        return  # it was shown to somebody who acts for the person, and is still new to the person
    new = [each.pk for each in found if each.read_at is None]
    if new:
        for subject_id in actor.own_subjects:
            delivery.mark_read(new, subject_id=subject_id, at=timezone.now())


def _link(message: Message, references: Mapping[UUID, str], records: Container[UUID | None]) -> tuple[str, str]:
    """Where to go from a message: its address and words; nothing where there is nothing to see any more."""
    reference = references.get(message.case_id) if message.case_id else None
    if reference and message.kind == "decision_ready":
        return reverse("appeals:decision", args=[reference]), _("Read the decision")
    if reference:
        return reverse("appeals:case", args=[reference]), _("Go to the case")
    if message.kind.startswith("export_"):
        return reverse("records:copies"), _("Go to your copies")
    if message.kind == "postal_noted":
        return reverse("contact:overview"), _("Your address and mails")
    if message.record_id in records:
        return reverse("records:record", args=[message.record_id]), _("See the entry")
    return "", ""
