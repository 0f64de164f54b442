"""Joining and splitting files: proposals, the second person's answer, and taking it back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import identity as who
from accounts.access import SignedIn
from accounts.identity import Identity
from accounts.pages import Pages
from records.access import ReasonMissing
from records.models import ChangeKind, ChangeState, IdentityChange, Record
from records.operations import identity
from records.views.identity.forms import ReasonForm, ReferenceForm, SplitForm, TwoReferencesForm, record_label
from records.views.identity.frame import by_whom, identity_page, rows_of, sent

PAGE = 50
ACTS: dict[str, Callable[..., IdentityChange]] = {
    "approve": identity.approve,
    "refuse": identity.refuse,
    "undo": identity.undo,
}


@identity_page
@require_safe
def changes(request: SignedIn) -> HttpResponse:
    """What was proposed and done, the newest first. Nothing is opened here."""
    pages = Pages(request, identity.changes(request.actor), PAGE)
    return render(request, "records/identity/changes.html", {"rows": pages.rows, "pages": pages})


@identity_page
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SignedIn, change_id: UUID) -> HttpResponse:
    """One change: whom it is about, why, and what can be done with it."""
    now = timezone.now()
    row = identity.changes(request.actor).get(pk=change_id)
    form = ReasonForm(sent(request))
    if request.method == "POST" and form.is_valid() and _act(request, row, form, now):
        return redirect("records:identity-change", row.pk)
    may_act = row.state in (ChangeState.PROPOSED, ChangeState.DONE)
    context = {
        "change": row,
        "said": identity.said(row),
        "proposed_by": by_whom(row, row.proposed_by_id),
        "decided_by": by_whom(row, row.decided_by_id) if row.decided_by_id else "",
        "undone_by": by_whom(row, row.undone_by_id) if row.undone_by_id else "",
        "sides": _sides(request, row, now),
        "records": _records(row),
        "why_not": identity.why_not(row, request.actor) if may_act else None,
        "may_act": may_act,
        "form": form,
    }
    return render(request, "records/identity/change.html", context, status=422 if form.errors else 200)


@identity_page
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: SignedIn) -> HttpResponse:
    """Which two files: one entry of each, by what its source calls it."""
    form = TwoReferencesForm(sent(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        first = _found(request, form, "source_ref", said["source"], said["source_ref"])
        second = _found(request, form, "other_ref", said["other_source"], said["other_ref"])
        if first and second:
            return redirect("records:join-two", first.pk, second.pk)
    return render(request, "records/identity/join.html", {"form": form}, status=422 if form.errors else 200)


@identity_page
@require_http_methods(["GET", "HEAD", "POST"])
def join_two(request: SignedIn, first_id: UUID, second_id: UUID) -> HttpResponse:
    """Both sides, and why they are one person."""
    now = timezone.now()
    pair = [identity.record_by_id(request.actor, each).subject_id for each in (first_id, second_id)]
    form = ReasonForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = identity.propose_merge(*pair, reason=form.cleaned_data["reason"], by=request.actor, at=now)
        except ReasonMissing as missing:
            form.add_error("reason", str(missing.sentence))
        else:
            return _proposed(request, made)
    sides = [_side(one) for one in _identities(request, pair, now)]
    context = {"form": form, "sides": sides, "is_one": pair[0] == pair[1]}
    return render(request, "records/identity/join_two.html", context, status=422 if form.errors else 200)


@identity_page
@require_http_methods(["GET", "HEAD", "POST"])
def split(request: SignedIn) -> HttpResponse:
    """Which file: one entry of it, by what its source calls it."""
    form = ReferenceForm(sent(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if found := _found(request, form, "source_ref", said["source"], said["source_ref"]):
            return redirect("records:split-file", found.pk)
    return render(request, "records/identity/split.html", {"form": form}, status=422 if form.errors else 200)


@identity_page
@require_http_methods(["GET", "HEAD", "POST"])
def split_file(request: SignedIn, record_id: UUID) -> HttpResponse:
    """What of this file is somebody else's."""
    now = timezone.now()
    subject_id = identity.record_by_id(request.actor, record_id).subject_id
    (side,) = _identities(request, [subject_id], now)
    movable = identity.movable(request.actor, subject_id)
    form = SplitForm(sent(request), movable=movable, identity=side)
    if request.method == "POST" and form.is_valid() and (made := _propose_split(request, subject_id, form, now)):
        return _proposed(request, made)
    context = {"form": form, "side": _side(side), "nothing": not movable}
    return render(request, "records/identity/split_file.html", context, status=422 if form.errors else 200)


def _propose_split(request: SignedIn, subject_id: UUID, form: SplitForm, now: datetime) -> IdentityChange | None:
    said = form.cleaned_data
    try:
        return identity.propose_split(
            subject_id,
            record_ids=[UUID(each) for each in said["records"]],
            identifier_ids=[int(each) for each in said.get("identifiers", ())],
            name=said["name"],
            birth_date=said.get("birth_date"),
            reason=said["reason"],
            by=request.actor,
            at=now,
        )
    except (identity.NothingChosen, identity.NameMissing, ReasonMissing) as missing:
        fields = {identity.NothingChosen: "records", identity.NameMissing: "name", ReasonMissing: "reason"}
        form.add_error(fields[type(missing)], str(missing.sentence))
        return None


def _act(request: SignedIn, row: IdentityChange, form: ReasonForm, now: datetime) -> bool:
    act = ACTS.get(request.POST.get("then", ""))
    if act is None:
        raise identity.WrongState
    try:
        act(row.pk, reason=form.cleaned_data["reason"], by=request.actor, at=now)
    except ReasonMissing as missing:
        form.add_error("reason", str(missing.sentence))
        return False
    messages.success(request, _("Done. Everybody whom it concerns has been told."))
    return True


def _proposed(request: SignedIn, made: IdentityChange) -> HttpResponse:
    messages.success(request, _("Proposed. It waits for a supervisor who had no part in it."))
    return redirect("records:identity-change", made.pk)


def _found(request: SignedIn, form: ReferenceForm, field: str, source: str, ref: str) -> Record | None:
    try:
        return identity.record_of(request.actor, source=source.strip(), source_ref=ref.strip())
    except Record.DoesNotExist:
        form.add_error(field, _("Nothing in your programmes has this reference"))
        return None


def _identities(request: SignedIn, subject_ids: list[UUID], now: datetime) -> list[Identity]:
    holder_id = identity.holder_for(request.actor, subject_ids)  # the office for which they look, of several
    opened = who.open_many(subject_ids, purpose="identity", by=request.actor, holder_id=holder_id, at=now)
    return [opened[each] for each in dict.fromkeys(subject_ids)]


def _side(one: Identity) -> dict[str, Any]:
    return {"identity": one, "rows": rows_of(one)}


def _sides(request: SignedIn, row: IdentityChange, now: datetime) -> list[dict[str, Any]]:
    ids = [row.subject_id, *([row.other_id] if row.other_id else [])]
    opened = who.open_many(ids, purpose="identity", by=request.actor, holder_id=row.holder_id, at=now)
    return [_side(opened[each]) for each in ids]


def _records(row: IdentityChange) -> list[str]:
    if row.kind != ChangeKind.SPLIT:
        return []
    found = Record.objects.filter(pk__in=row.plan["records"]).select_related("source").order_by("pk")
    return [record_label(one) for one in found]
