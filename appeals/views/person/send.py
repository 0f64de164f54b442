"""Check answers, send, and what happens next."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import throttle
from accounts.access import SignedIn, person_required
from appeals import operations, presentation, queries
from appeals.forms import wanted
from appeals.forms.person import SendForm
from appeals.queries import OpenDraftItem
from appeals.views.person.late import excuse
from appeals.views.person.progress import Progress, earlier_cases, is_gone, title_of
from appeals.views.problems import TOLD, sentence_of, status_of, told_plainly
from law import procedures
from law.grounds import grounds
from law.procedures import Procedure
from records import presentation as entries


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: SignedIn, draft_id: UUID) -> HttpResponse:
    """Everything that will be sent, and what happens at once. Sent twice, it is one case."""
    at = timezone.now()
    progress = Progress.of(request.actor, draft_id, at)
    if progress.draft.filed_as:
        return redirect(progress.step("sent"))
    form, status = SendForm(), 200
    if request.method == "POST":
        form = SendForm(request.POST)
        form.full_clean()
        try:
            throttle.spend(operations.FILINGS, str(request.actor.own_user), at=at)
            operations.file_draft(draft_id, language=get_language() or "en", by=request.actor, at=at)
        except TOLD as error:
            form.add_error(None, sentence_of(error))
            status = status_of(error)
            progress = Progress.of(request.actor, draft_id, at)
        else:
            return redirect(progress.step("sent"))
    elif not progress.is_complete:
        return redirect("appeals:draft", draft_id)
    context = {**_everything(progress, form, at), **earlier_cases(progress, request.actor)}
    return render(request, "appeals/person/check.html", context, status=status)


@person_required
@told_plainly
@require_safe
def sent(request: SignedIn, draft_id: UUID) -> HttpResponse:
    """The reference, what happens next, and when."""
    progress = Progress.of(request.actor, draft_id, timezone.now())
    case = progress.draft.filed_as
    if case is None:
        return redirect("appeals:draft", draft_id)
    procedure = procedures.procedure(case.procedure, case.procedure_version)
    context = {
        "case": case,
        "due": presentation.by_told_days(case.decide_by, case.decide_by_latest),
        "meanwhile": presentation.meanwhile(procedure),
        "who": presentation.who_decides(procedure),
        "asks_source": procedure.asks_source,
    }
    return render(request, "appeals/person/sent.html", context)


def _everything(progress: Progress, form: SendForm, at: datetime) -> dict[str, Any]:
    procedure = progress.procedure
    context = {
        "form": form,
        "progress": progress,
        "programme": presentation.programme_title(progress.draft.programme),
        "cards": [_card(progress, item) for item in progress.items],
        "files": progress.files,
        "papers": progress.papers,
        "is_incomplete": any(each.is_incomplete for each in progress.required),
        "what": progress.step("what"),
        "choose": progress.step("procedure"),
        "evidence": progress.step("evidence"),
        "excuse": _excuse(progress),
    }
    if procedure is None:
        return context
    due = queries.expected(procedure, procedure.local_date(at), progress.draft.programme)
    return context | {
        "procedure": presentation.procedure_title(procedure),
        "can_change_procedure": len(progress.open_procedures) > 1,
        "marked": _marked(progress, procedure),
        "suspended": _suspended(progress, procedure, at),
        "due": presentation.by_day(due),
        "steps": presentation.steps(due),
    }


def _excuse(progress: Progress) -> dict[str, str] | None:
    """Why it comes after its last day, if it does."""
    if progress.late is None:
        return None
    reason = excuse(progress.draft.late_reason)
    return {"reason": reason, "words": queries.excuse_of_draft(progress.draft), "href": progress.step("late")}


def _card(progress: Progress, item: OpenDraftItem) -> dict[str, Any]:
    """One thing with the answers about it, each with the way to change it."""
    why, details = progress.step("why", item.row.pk), progress.step("details", item.row.pk)
    title = title_of(item, progress.draft)
    rows = []
    if item.row.field and item.now:
        now = entries.lines(item.now.type, item.now.said.values)
        rows.append({"key": _("It says now"), "value": next((x.value for x in now if x.name == item.row.field), "")})
    ground = grounds().get(item.row.ground)
    rows.append(_row(_("What is wrong"), ground.title.in_language(entries.reader()) if ground else "", why, title))
    if item.wanted and item.now:
        rows.append(
            _row(_("What it should say"), wanted.shown(item.now.type, item.row.field, item.wanted), details, title)
        )
    rows.append(_row(_("In your own words"), item.words, details, title))
    return {"title": title, "rows": rows, "is_gone": is_gone(item), "moved": item.moved, "why": why}


def _row(key: str, value: str, href: str, title: str) -> dict[str, Any]:
    return {"key": key, "value": value, "actions": [{"href": href, "text": _("Change"), "hidden": f"{key}: {title}"}]}


def _marked(progress: Progress, procedure: Procedure) -> list[str]:
    """What is marked as disputed at once."""
    return [title_of(item, progress.draft) for item in progress.items] if procedure.marks_disputed else []


def _suspended(progress: Progress, procedure: Procedure, at: datetime) -> list[str]:
    """The measures that stop at once: those in force that are disputed, or rest on what is."""
    if not procedure.suspends_measures:
        return []
    stopping = {
        measure.pk: measure.type
        for item in progress.items
        if item.now
        for measure in item.now.measures_now
        if measure.state == "in_force" and item.row.measure_id in (None, measure.pk)
        if measure.to_on is None or measure.to_on >= at.date()
    }
    return presentation.measure_titles(progress.draft.programme, stopping.values())
