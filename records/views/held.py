"""What is held about me: everything in brief, in groups and by search, and everything about one entry."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts import throttle
from accounts.access import SignedIn, person_required
from accounts.actors import Actor
from accounts.pages import Pages
from accounts.throttle import Limit, TooMany
from records import openings, own_file, presentation, queries
from records.forms import SearchForm
from records.openings import Opening
from records.own_file import Group
from records.queries import Held

PAGE = 20
FOUND_ON_A_PAGE = 20
LEFT_ON_A_PAGE = 10
STEPS = 20  # versions on a page of the whole history
_LATEST = 5  # versions, disclosures and looks on the entry's own page; each has a page of its own with all of them
SEARCHES = Limit("search_own_file", 60, timedelta(minutes=1))


@person_required
@require_safe
def held(request: SignedIn) -> HttpResponse:
    """The person's own file, newest first, a page at a time; `?programme=` and `?type=` choose one list of it."""
    today = timezone.now().date()
    totals = own_file.counts(request.actor)
    of = _chosen(request, totals)
    found = own_file.page(request.actor, of=of, before=_before(request), limit=PAGE + 1)
    page, is_more = found[:PAGE], len(found) > PAGE
    overview = presentation.overview(totals)
    context = {
        "later": _later(page, timezone.now()),
        "groups": presentation.groups(page, totals, today),
        "overview": overview,
        "chosen": of,
        "form": SearchForm(overview=overview, initial={"within": of.programme if of else ""}),
        "total": sum(totals.values()),
        "shown": len(page),
        "older": page[-1].record.pk if is_more else None,
        "is_first_page": "before" not in request.GET,
    }
    return render(request, "records/held.html", context)


# Note [What somebody looks for]
# The words of a search are the person's own values, so they go in the body of a request and never in an address,
# where the browser, a proxy or a log would keep them. Hence the pages of an answer are forms too.
@sensitive_post_parameters()
@sensitive_variables("form", "found", "context")
@person_required
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: SignedIn) -> HttpResponse:
    """Find entries by words: Note [What somebody looks for]."""
    overview = presentation.overview(own_file.counts(request.actor))
    form = SearchForm(request.POST if request.method == "POST" else None, overview=overview)
    context: dict[str, Any] = {"form": form}
    if request.method != "POST":
        return render(request, "records/search.html", context)
    status = 422
    if form.is_valid():
        try:
            throttle.spend(SEARCHES, str(request.actor.user_id), at=timezone.now())
        except TooMany as error:
            status = 429
            form.add_error(None, _("You have looked for very much in a short time. %(wait)s") % {"wait": _wait(error)})
        else:
            status = 200
            context |= _answer(request.actor, form)
    return render(request, "records/search.html", context, status=status)


@person_required
@require_safe
def record(request: SignedIn, record_id: UUID) -> HttpResponse:
    """Everything about one entry. 404 for one that is not in this person's file, whether or not it exists."""
    entry = _entry(request.actor, record_id)
    return render(request, "records/record.html", _everything(request.actor, entry, timezone.now()))


@person_required
@require_safe
def history(request: SignedIn, record_id: UUID) -> HttpResponse:
    """How one entry has changed, from the newest version to the first; `?before=` a version pages on."""
    entry = _entry(request.actor, record_id)
    before = _number(request)
    story = own_file.story(request.actor, record_id, newer_than=before, limit=STEPS)
    steps = presentation.history(entry, story)
    context = {
        "card": presentation.card(entry, timezone.now().date()),
        "history": steps,
        "happened": presentation.happened(entry, story) if before is None else [],
        "is_first_page": before is None,
        "older": steps[-1].number if steps and steps[-1].number > 1 else None,
    }
    return render(request, "records/history.html", context)


@person_required
@require_safe
def received(request: SignedIn, record_id: UUID | None = None) -> HttpResponse:
    """Everybody who was given something out of this file, or one entry of it."""
    one = _one(request.actor, record_id)
    pages = Pages(request, own_file.received(request.actor, one), STEPS)
    context = {"received": presentation.received(pages.rows), "pages": pages, **_about(request.actor, record_id)}
    return render(request, "records/received.html", context)


@person_required
@require_safe
def looked(request: SignedIn, record_id: UUID | None = None) -> HttpResponse:
    """Every look of staff at this file, or at one entry of it."""
    one = _one(request.actor, record_id)
    pages = Pages(request, own_file.looked(request.actor, one), STEPS)
    context = {"looked": presentation.looked(pages.rows), "pages": pages, **_about(request.actor, record_id)}
    return render(request, "records/looked.html", context)


@person_required
@require_safe
def left(request: SignedIn) -> HttpResponse:
    """What is not in this file any more: what it was, who had received it, and who had looked."""
    pages = Pages(request, own_file.left(request.actor), LEFT_ON_A_PAGE)
    entries = [presentation.left(each) for each in own_file.left_entries(request.actor, pages.rows)]
    return render(request, "records/left.html", {"entries": entries, "pages": pages, "shown": own_file.SHOWN_OF_EACH})


def _answer(actor: Actor, form: SearchForm) -> dict[str, Any]:
    hits, is_all = own_file.search(actor, lambda held: presentation.found_in(held, form.terms), of=form.of)
    last = max(1, -(-len(hits) // FOUND_ON_A_PAGE))
    number = min(form.cleaned_data["page"] or 1, last)
    on_page = dict(hits[(number - 1) * FOUND_ON_A_PAGE : number * FOUND_ON_A_PAGE])
    today = timezone.now().date()
    opened = {held.record.pk: held for held in queries.held_records(actor, on_page)}
    return {
        "found": [
            {"card": presentation.card(opened[pk], today), "where": presentation.listed(where)}
            for pk, where in on_page.items()
            if pk in opened
        ],
        "total": len(hits),
        "is_all": is_all,
        "searched": own_file.MOST_SEARCHED,
        "place": _("Page %(number)s of %(total)s") % {"number": number, "total": last},
        "previous": number - 1 if number > 1 else None,
        "next": number + 1 if number < last else None,
        "words": form.cleaned_data["words"],
        "within": form.cleaned_data["within"],
    }


def _later(page: list[Held], at: datetime) -> list[tuple[UUID, str, Opening]]:
    """What cannot be asked for yet about these entries: the entry, its title, and from when."""
    return [
        (entry.record.pk, entry.type.title.of(presentation.reader()), each)
        for entry in page
        for each in openings.openings(entry, at)
        if each.opens_on
    ]


def _everything(actor: Actor, entry: Held, at: datetime) -> dict[str, Any]:
    today = at.date()
    record_id, zone = entry.record.pk, entry.programme.time_zone
    story = own_file.story(actor, record_id, limit=_LATEST)
    disclosures, accesses = own_file.received(actor, [record_id]), own_file.looked(actor, [record_id])
    effects = presentation.effects(entry, today)
    return {
        "card": presentation.card(entry, today),
        "summary": entry.type.summary.of(presentation.reader()),
        "programme": entry.programme.title.of(presentation.reader()),
        "holder": entry.programme.holder.of(presentation.reader()),
        "rules": reverse("records:catalogue-type", args=[entry.programme.id, entry.type.id]),
        "source_ref": entry.record.source_ref,
        "recorded": presentation.moment(entry.version.recorded_at, zone),
        "first_recorded": _first_recorded(entry, zone),
        "lines": presentation.lines(entry.type, entry.said.values),
        "statement": presentation.stated(entry),
        "openings": openings.openings(entry, at),
        "windows": openings.windows(entry, at),
        "effects": [each for each in effects if each.kind in ("restriction", "benefit")],
        "publications": [each for each in effects if each.kind in ("listing", "publication")],
        "derived": [each for each in effects if each.kind == "score_part"],
        "origin": presentation.origin(entry.type, entry.said.provenance),
        "ground": presentation.ground(entry.type.basis),
        "keeping": presentation.keeping(entry.type, own_file.keepings(actor, [record_id])[record_id]),
        "received": presentation.received(disclosures[:_LATEST]),
        "received_total": disclosures.count(),
        "looked": presentation.looked(accesses[:_LATEST]),
        "looked_total": accesses.count(),
        "history": presentation.history(entry, story),
        "versions": story.versions,
        "happened": presentation.happened(entry, story)[:_LATEST],
    }


def _first_recorded(entry: Held, zone: str) -> str:
    """When the entry first came in, where that was not with its present version."""
    if entry.version.number == 1:
        return ""
    return presentation.moment(entry.record.created_at, zone)


def _entry(actor: Actor, record_id: UUID) -> Held:
    try:
        return queries.held_record(actor, record_id)
    except (ObjectDoesNotExist, IndexError):
        raise Http404 from None


def _one(actor: Actor, record_id: UUID | None) -> list[UUID] | None:
    if record_id is None:
        return None
    if not queries.in_file(actor, [record_id]):
        raise Http404
    return [record_id]


def _about(actor: Actor, record_id: UUID | None) -> dict[str, Any]:
    """The entry that a page is about, for its heading and its way back; nothing where it is about all of them."""
    if record_id is None:
        return {"one": None}
    return {"one": presentation.card(_entry(actor, record_id), timezone.now().date())}


def _chosen(request: HttpRequest, totals: dict[Group, int]) -> Group | None:
    """The list that is asked for. 404 for one that this person has not."""
    of = Group(request.GET.get("programme", ""), request.GET.get("type", ""))
    if of == Group("", ""):
        return None
    if of in totals or (not of.type and any(each.programme == of.programme for each in totals)):
        return of
    raise Http404


def _before(request: HttpRequest) -> UUID | None:
    """The entry after which this page begins. 404 for what no link of ours says."""
    given = request.GET.get("before")
    try:
        return UUID(given) if given else None
    except ValueError:
        raise Http404 from None


def _number(request: HttpRequest) -> int | None:
    given = request.GET.get("before", "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 9 and int(given) > 1):
        raise Http404
    return int(given)


def _wait(error: TooMany) -> str:
    return _("Try again in %(seconds)d seconds.") % {"seconds": error.seconds(timezone.now())}
