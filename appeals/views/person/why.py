"""Why each thing is wrong, and what it should be: two pages for each thing of a draft."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedIn, person_required
from accounts.actors import Actor
from appeals import openings, operations, queries
from appeals.errors import ValueMoved
from appeals.forms.person import GroundForm, WordsForm
from appeals.queries import OpenDraftItem
from appeals.views.person.progress import Progress, earlier_cases, is_gone, title_of
from appeals.views.problems import told_plainly
from law.grounds import Ground
from law.rules import Thing
from records import presentation as entries
from records import queries as held
from records.catalogue import RecordType
from records.presentation import Change


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def why(request: SignedIn, draft_id: UUID, item_id: int) -> HttpResponse:
    """The ground. Where the entry has changed since the person saw it: what it said and says, and asked again."""
    at = timezone.now()
    progress = Progress.of(request.actor, draft_id, at)
    item = progress.item(item_id)
    if elsewhere := _elsewhere(progress, item):
        return redirect(elsewhere)
    assert item and item.now and progress.procedure
    title = title_of(item, progress.draft)
    seen = item.now.version.pk
    now = queries.grounds_now(progress.procedure, item.now, _kind(item), at)
    waiting = queries.waiting_for(progress.procedure, item.now, _kind(item), at)
    form = GroundForm(
        [each for each in progress.procedure.grounds_for(_kind(item)) if each.id in now],
        label=_("What is wrong with it?"),
        data=request.POST if request.method == "POST" else None,
        initial={"ground": item.row.ground},
    )
    context = {
        "form": form,
        "progress": progress,
        "title": title,
        "seen": seen,
        "changes": None,
        "later": openings.later([waiting]) if waiting else [],
        "later_grounds": [_title(each) for each in progress.procedure.grounds_for(_kind(item)) if each.id not in now],
        **_as_it_stands(item, at),
    }
    status = 200
    if request.method == "POST" and form.is_valid() and form.cleaned_data["seen"] == seen:
        _describe(progress, item, ground=form.cleaned_data["ground"], seen=seen, by=request.actor, at=at)
        return redirect(progress.step("details", item_id))
    if request.method == "POST" and not form.errors:
        # It changed while the page was open: the new value is shown, and the next answer is about that one.
        form.add_error("ground", str(ValueMoved.sentence))
        status = 409
    elif form.errors:
        status = 422
    if item.moved:
        context["changes"] = _changes(item, request.actor, at)
    return render(request, "appeals/person/why.html", context, status=status)


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: SignedIn, draft_id: UUID, item_id: int) -> HttpResponse:
    """The person's own words, and what the field should say where the ground asks for it."""
    at = timezone.now()
    progress = Progress.of(request.actor, draft_id, at)
    item = progress.item(item_id)
    if elsewhere := _elsewhere(progress, item):
        return redirect(elsewhere)
    assert item and item.now
    ground = _ground(progress, item, at)
    if ground is None:
        return redirect(progress.step("why", item_id))
    asked = _ask_for(item, ground)
    form = WordsForm(asked, data=request.POST if request.method == "POST" else None, initial=_initial(item, asked))
    if request.method == "POST" and form.is_valid():
        words, wanted = form.cleaned_data["words"], form.cleaned_data.get("wanted", "")
        seen = item.row.version_id  # as the page before showed it; if it has changed, that page asks again
        _describe(progress, item, words=words, wanted=wanted, seen=seen, by=request.actor, at=at)
        return redirect(progress.step("why", item_id) if item.moved else progress.after(item))
    context = {
        "form": form,
        "progress": progress,
        "title": title_of(item, progress.draft),
        "why": progress.step("why", item_id),
        "ground": _title(ground),
        **earlier_cases(progress, request.actor, item),
        **_as_it_stands(item, at),
    }
    return render(request, "appeals/person/details.html", context, status=422 if form.errors else 200)


def _elsewhere(progress: Progress, item: OpenDraftItem | None) -> str:
    """Where this request belongs instead: the sent case, the procedure, or the list when the thing has gone."""
    if item is None:
        raise Http404
    if progress.draft.filed_as:
        return progress.step("sent")
    if is_gone(item):
        return progress.step("what")
    return "" if progress.procedure else progress.step("procedure")


def _describe(
    progress: Progress,
    item: OpenDraftItem,
    *,
    seen: UUID,
    by: Actor,
    at: datetime,
    ground: str | None = None,
    words: str | None = None,
    wanted: str | None = None,
) -> None:
    operations.describe(
        progress.draft.pk,
        item.row.pk,
        ground=item.row.ground if ground is None else ground,
        words=item.words if words is None else words,
        wanted=item.wanted if wanted is None else wanted,
        seen=seen,
        by=by,
        at=at,
    )


def _kind(item: OpenDraftItem) -> Thing:
    return queries.thing_of(item.row.measure_id)


def _title(ground: Ground) -> str:
    return ground.title.in_language(entries.reader())


def _ground(progress: Progress, item: OpenDraftItem, at: datetime) -> Ground | None:
    """The ground that was chosen, if the procedure offers it, and offers it now."""
    assert progress.procedure
    assert item.now
    if item.row.ground not in queries.grounds_now(progress.procedure, item.now, _kind(item), at):
        return None
    offered = progress.procedure.grounds_for(_kind(item))
    return next((ground for ground in offered if ground.id == item.row.ground), None)


def _ask_for(item: OpenDraftItem, ground: Ground) -> tuple[RecordType, str] | None:
    """The field whose value is asked for; a whole entry or a measure is described in words."""
    if item.now and item.row.field and "value" in ground.needs:
        return item.now.type, item.row.field
    return None


def _initial(item: OpenDraftItem, asked: tuple[RecordType, str] | None) -> dict[str, Any]:
    initial: dict[str, Any] = {"words": item.words}
    if asked:
        initial["wanted"] = _typed(*asked, item.wanted)
    return initial


def _typed(kind: RecordType, name: str, text: str) -> Any:
    """What the draft keeps, as the input wants it: days as days."""
    if text and kind.values["properties"][name].get("format") == "date":
        return datetime.fromisoformat(text).date()
    return text


def _as_it_stands(item: OpenDraftItem, at: datetime) -> dict[str, Any]:
    """What the thing says or does now, for the page beside the question."""
    assert item.now
    if item.row.measure_id:
        effects = entries.effects(item.now, at.date())
        return {"effect": next(each for each in effects if each.id == item.row.measure_id)}
    lines = entries.lines(item.now.type, item.now.said.values)
    if item.row.field:
        value = next((line.value for line in lines if line.name == item.row.field), "")
        return {"says": entries.spoken(_("It says: %(value)s") % {"value": value})}
    return {"lines": lines}


def _changes(item: OpenDraftItem, actor: Actor, at: datetime) -> list[Change]:
    """In what the entry differs from what the person saw; empty if what they saw was purged meanwhile."""
    assert item.now
    said = held.open_for(actor, "own_file", [item.row.version], at=at).get(item.row.version_id)
    return entries.changes(item.now.type, said.values, item.now.said.values) if said else []
