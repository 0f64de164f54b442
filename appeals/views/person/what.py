"""The first steps of a dispute: what, and under which procedure; the list of steps; throwing a draft away."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn, person_required
from accounts.actors import Actor
from appeals import openings, operations, presentation, queries, windows
from appeals.errors import CaseError, NotOpenHere
from appeals.forms.person import ProcedureForm, WhatForm
from appeals.models import DisputeDraft
from appeals.operations import Target
from appeals.views.person.progress import Progress
from appeals.views.problems import sentence_of, status_of, told_plainly
from law.procedures import Procedure
from records import presentation as entries
from records import queries as held
from records.queries import Held

_OTHERS = 20  # further entries of the same programme that are offered


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: SignedIn) -> HttpResponse:
    """Begin a dispute of the entries named as `?record=…`; without one, the person picks it from their file."""
    wanted = _ids(request.GET.getlist("record"))
    if not wanted:
        return redirect("records:held")
    found = _entries(request.actor, wanted)
    return _what(request, found, chosen=_named(request, found[0]), draft=None)


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def what(request: SignedIn, draft_id: UUID) -> HttpResponse:
    """Change what is disputed; `?record=…` adds another entry to choose from."""
    progress = Progress.of(request.actor, draft_id, timezone.now())
    if progress.draft.filed_as:
        return redirect(progress.step("sent"))
    chosen = [Target(each.row.record_id, each.row.field, each.row.measure_id) for each in progress.items]
    wanted = [target.record_id for target in chosen] + _ids(request.GET.getlist("record"))
    return _what(request, _entries(request.actor, wanted), chosen=chosen, draft=progress.draft)


@person_required
@told_plainly
@require_safe
def tasks(request: SignedIn, draft_id: UUID) -> HttpResponse:
    """Every step of a draft and how far it is: the page to come back to."""
    progress = Progress.of(request.actor, draft_id, timezone.now())
    if progress.draft.filed_as:
        return redirect(progress.step("sent"))
    context = {"progress": progress, "tasks": progress.tasks(), "check": progress.step("check")}
    return render(request, "appeals/person/tasks.html", context)


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def procedure(request: SignedIn, draft_id: UUID) -> HttpResponse:
    """Choose among the procedures that are open, each with what it means in three lines."""
    at = timezone.now()
    progress = Progress.of(request.actor, draft_id, at)
    if progress.draft.filed_as:
        return redirect(progress.step("sent"))
    if not progress.open_procedures:
        queries.check_open_now(progress.offer)
        raise NotOpenHere
    offered = [
        (each, [*_lines(each, progress.draft.programme, at), *_until(progress, each)])
        for each in progress.open_procedures
    ]
    form = ProcedureForm(offered, request.POST if request.method == "POST" else None, initial=progress.draft.procedure)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["procedure"]
        operations.choose_procedure(draft_id, chosen, by=request.actor, at=at)
        return redirect(Progress.of(request.actor, draft_id, at).next)
    context = {"form": form, "progress": progress, "later": openings.later(progress.offer.later)}
    return render(request, "appeals/person/procedure.html", context, status=422 if form.errors else 200)


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: SignedIn, draft_id: UUID) -> HttpResponse:
    """Ask, then throw the draft away with its files."""
    progress = Progress.of(request.actor, draft_id, timezone.now())
    if progress.draft.filed_as:
        return redirect(progress.step("sent"))
    if request.method != "POST":
        return render(request, "appeals/person/discard.html", {"progress": progress})
    operations.discard_draft(draft_id, by=request.actor)
    messages.success(request, _("Your draft and its files were thrown away."))
    return redirect("appeals:cases")


def _what(
    request: SignedIn, found: Sequence[Held], *, chosen: Sequence[Target], draft: DisputeDraft | None
) -> HttpResponse:
    at = timezone.now()
    taken = queries.in_dispute(request.actor, [each.record.pk for each in found])
    form = WhatForm(
        found, taken, chosen=chosen, today=at.date(), data=request.POST if request.method == "POST" else None
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            changed = _keep(draft, form.targets(), by=request.actor, at=at)
        except CaseError as error:
            form.add_error(form.first, sentence_of(error))
            status = status_of(error)
        else:
            return redirect(Progress.of(request.actor, changed.pk, at).next)
    elif request.method == "POST":
        status = 422
    context = {
        "form": form,
        "draft": draft,
        "programme": presentation.programme_title(found[0].record.programme),
        "taken": [(_thing(found, thing), reference) for thing, reference in taken.items()],
        "others": _others(request, found),
        "unfinished": None if draft else _unfinished(request.actor, found),
        "later": [
            (entry.type.title.of(entries.reader()), back)
            for entry in found
            if (back := [each for each in openings.of_entry(entry, at) if each.opens_on])
        ],
        "windows": [
            (entry.type.title.of(entries.reader()), limits)
            for entry in found
            if (limits := windows.of_entry(entry, at))
        ],
        "is_open": any(queries.procedures_for(each, None, at) for each in found),
    }
    return render(request, "appeals/person/what.html", context, status=status)


@transaction.atomic
def _keep(draft: DisputeDraft | None, targets: Sequence[Target], *, by: Actor, at: datetime) -> DisputeDraft:
    """Store the choice and, where only one procedure is open for it, that procedure. All or nothing."""
    if draft is None:
        draft = operations.begin_draft(targets, by=by, at=at)
    else:
        draft = operations.select(draft.pk, targets, by=by, at=at)
    offer = queries.procedures_for_draft(draft, by, at)
    queries.check_open_now(offer)
    offered = offer.now
    if not offered:
        raise NotOpenHere(_("No procedure is open for all of this together. Choose fewer things."))
    if draft.procedure not in {each.id for each in offered} and len(offered) == 1:
        draft = operations.choose_procedure(draft.pk, offered[0].id, by=by, at=at)
    return draft


def _entries(actor: Actor, wanted: Sequence[UUID]) -> list[Held]:
    """These entries of the person's file, those of the first one's programme. 404 if there are none."""
    found = {each.record.pk: each for each in held.held_records(actor, wanted)}
    ordered = [found[record_id] for record_id in dict.fromkeys(wanted) if record_id in found]
    if not ordered:
        raise Http404
    return [each for each in ordered if each.record.programme == ordered[0].record.programme]


def _named(request: SignedIn, entry: Held) -> list[Target]:
    """What the link to this page ticks already: `?measure=…` or `?field=…` of the first entry."""
    on_it = {measure.pk for measure in entry.measures_now}
    measures = [each for each in _ids(request.GET.getlist("measure")) if each in on_it]
    fields = [name for name in request.GET.getlist("field") if name in entry.type.correctable]
    record_id = entry.record.pk
    return [*(Target(record_id, measure_id=each) for each in measures), *(Target(record_id, name) for name in fields)]


def _others(request: SignedIn, found: Sequence[Held]) -> list[tuple[str, str, str]]:
    """Further entries of the same programme: title, facts, and the address that adds each."""
    here = [each.record.pk for each in found]
    programme = found[0].record.programme
    rest = [
        each for each in held.held(request.actor) if each.record.programme == programme and each.record.pk not in here
    ]
    return [
        (
            each.type.title.of(entries.reader()),
            entries.listed(line.value for line in entries.principal(each)),
            "?" + urlencode([("record", str(record_id)) for record_id in [*here, each.record.pk]]),
        )
        for each in rest[:_OTHERS]
    ]


def _unfinished(actor: Actor, found: Sequence[Held]) -> str:
    """The address of a draft about the same entries that waits to be finished."""
    records = [each.record.pk for each in found]
    draft = queries.drafts_of(actor).filter(items__record_id__in=records).first()
    return reverse("appeals:draft", args=[draft.pk]) if draft else ""


def _thing(found: Sequence[Held], thing: queries.Thing) -> str:
    entry = next(each for each in found if each.record.pk == thing.record_id)
    measure = next((m.type for m in entry.measures if m.pk == thing.measure_id), "")
    return presentation.thing(entry.record.programme, entry.record.type, field=thing.field, measure=measure)


def _lines(offered: Procedure, programme: str, at: datetime) -> list[str]:
    return presentation.in_three_lines(offered, queries.expected(offered, offered.local_date(at), programme))


def _until(progress: Progress, offered: Procedure) -> list[str]:
    """Until when one can send it under this procedure, where it sets a time."""
    return [said for each in progress.windows_of(offered) for said in each.says]


def _ids(texts: Sequence[str]) -> list[UUID]:
    """Ids out of an address, without those that are none."""
    found = []
    for text in texts:
        with suppress(ValueError):
            found.append(UUID(text))
    return found
