"""For the person: everything that the log knows about them, in sentences."""

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import SignedIn, person_required
from accounts.actors import Actor
from accounts.pages import Pages
from appeals import access as cases
from audit import queries as log
from audit.models import Entry
from records import access as records
from redress.log import sentences

PAGE = 50


@person_required
@require_safe
def page(request: SignedIn) -> HttpResponse:
    """The entries about this person, newest first."""
    pages = Pages(request, entries_for(request.actor), PAGE)
    facts = log.opened(entry.pk for entry in pages.rows)
    events = [
        {
            "title": sentences.sentence(entry.event_type),
            "at": entry.recorded_at,
            "by": sentences.actor(facts.get(entry.pk, {}).get("actor")),
        }
        for entry in pages.rows
    ]
    return render(request, "log/mine.html", {"events": events, "pages": pages})


def entries_for(actor: Actor) -> QuerySet[Entry]:
    """What the log knows about a person. Who sees a part of the file only sees what happened to that part."""
    found = log.entries_about(actor.own_subjects)
    if actor.sources is None and actor.acts is None:
        return found
    of_records = Q(record_id__in=records.visible_to(actor).values("pk"), case_id=None)
    return found.filter(of_records | Q(case_id__in=cases.visible_to(actor).values("pk")))
