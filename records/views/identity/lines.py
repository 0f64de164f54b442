"""Doubtful lines: the work list, and one line beside everybody who may be meant."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn
from accounts.pages import Pages
from records import access, catalogue
from records.access import IdentityRefused, ReasonMissing
from records.importing import rulings
from records.importing.rulings import Choice, OpenCandidate, OpenLine
from records.models import DoubtReason
from records.presentation import day
from records.views.identity.forms import DecisionForm
from records.views.identity.frame import identity_page, rows_of, sent

PAGE = 50


@identity_page
@require_safe
def lines(request: SignedIn) -> HttpResponse:
    """What waits, the oldest first. Nothing is opened here."""
    pages = Pages(request, rulings.waiting(request.actor).select_related("source"), PAGE)
    rows = [
        {"line": row, "programme": catalogue.programme(row.programme).title, "why": DoubtReason(row.reason).label}
        for row in pages.rows
    ]
    return render(request, "records/identity/lines.html", {"rows": rows, "pages": pages})


@identity_page
@require_http_methods(["GET", "HEAD", "POST"])
def line(request: SignedIn, line_id: UUID) -> HttpResponse:
    """Both sides, and the decision. What is opened here is in the log before it is shown."""
    now = timezone.now()
    if request.method == "POST" and access.doubtful_lines(request.actor).get(pk=line_id).state != "waiting":
        raise rulings.AlreadyDecided
    opened, candidates = rulings.open_line(request.actor, line_id, at=now)
    form = DecisionForm(sent(request), candidates=candidates, may_take_in=not opened.is_overtaken)
    if request.method == "POST" and form.is_valid() and _decide(request, line_id, form, now):
        return redirect("records:doubtful-lines")
    context = {
        "line": opened,
        "says": _says(opened),
        "why": DoubtReason(opened.row.reason).label,
        "candidates": [_candidate(one) for one in candidates],
        "may_join": [one.identity for one in candidates if one.has_number and one.records],
        "why_not": _why_not(request, opened),
        "form": form,
    }
    return render(request, "records/identity/line.html", context, status=422 if form.errors else 200)


def _decide(request: SignedIn, line_id: UUID, form: DecisionForm, now: Any) -> bool:
    choice, subject_id = form.decided
    reason = form.cleaned_data["reason"]
    try:
        decided = rulings.decide_doubtful(
            line_id, choice=choice, subject_id=subject_id, reason=reason, by=request.actor, at=now
        )
    except ReasonMissing as missing:
        form.add_error("reason", str(missing.sentence))
        return False
    number = len(decided)
    if choice is Choice.REFUSE:
        said = ngettext("%(number)d line was refused.", "%(number)d lines were refused.", number)
    else:
        said = ngettext("%(number)d line was taken in.", "%(number)d lines were taken in.", number)
    messages.success(request, said % {"number": number})
    return True


def _says(opened: OpenLine) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [{"key": _("Name"), "value": opened.name}]
    if opened.kind == "person":
        rows.append({"key": _("Birth date"), "value": day(opened.birth_date) if opened.birth_date else _("Not given")})
    rows += [{"key": _(one.title), "value": one.shown} for one in opened.numbers]
    return rows if opened.numbers else [*rows, {"key": _("Numbers"), "value": _("None")}]


def _candidate(one: OpenCandidate) -> dict[str, object]:
    agrees = [
        (_("The number is the same"), _("No number is the same"), one.has_number),
        (_("The name is the same"), _("The name differs"), one.same_name),
    ]
    if one.identity.kind == "person":
        agrees.append((_("The birth date is the same"), _("The birth date differs or is missing"), one.same_birth_date))
    return {
        "identity": one.identity,
        "rows": rows_of(one.identity),
        "agrees": [{"text": yes if same else no, "same": same} for yes, no, same in agrees],
        "records": one.records,
    }


def _why_not(request: SignedIn, opened: OpenLine) -> object:
    try:
        access.check_may_tell_apart(request.actor, opened.row)
    except IdentityRefused as refused:
        return refused.sentence
    return None
