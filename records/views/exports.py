"""Copies of everything: asking for one, seeing how far it is, taking its files, deleting it."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import ContactNotSettled, SignedIn, person_required
from accounts.actors import Actor
from accounts.throttle import TooMany
from records import presentation
from records.exporting import asking
from records.exporting.document import notice
from records.models import Export, ExportFile, ExportKind, ExportState
from records.operations import exports
from records.own_file import zone_of

_SHOWN: Final = 10
_TONES: Final = {
    ExportState.WAITING: "neutral",
    ExportState.MAKING: "waiting",
    ExportState.READY: "good",
    ExportState.FAILED: "adverse",
    ExportState.GONE: "over",
}


@person_required
@require_http_methods(["GET", "HEAD", "POST"])
def copies(request: SignedIn) -> HttpResponse:
    """The copies of late, and the button for a new one."""
    status, at = 200, timezone.now()
    problem = asking.why_not(request.actor, at=at)
    if request.method == "POST":
        try:
            return redirect("records:copy", asking.ask(request.actor, get_language() or "en", at=at).pk)
        except asking.REFUSALS as error:
            status = 429 if isinstance(error, TooMany) else 409
            problem = asking.sentence_of(error, request.actor)
    rows = exports.visible_exports(request.actor).order_by("-asked_at", "-pk")[:_SHOWN]
    context = {
        "rows": [_shown(request.actor, each) for each in rows],
        "problem": problem,
        "is_error": status != 200,
        "notice": notice(),
        "days": exports.KEPT.days,
    }
    return render(request, "records/copies.html", context, status=status)


@person_required
@require_safe
def copy(request: SignedIn, export_id: UUID) -> HttpResponse:
    """One copy: how far it is, or its files."""
    export = _own(request.actor, export_id)
    files = list(export.files.order_by("part", "pk"))
    return render(
        request,
        "records/copy.html",
        {
            "copy": _shown(request.actor, export),
            "files": [_file(each, export) for each in files],
            "parts": len({each.part for each in files}),
            "notice": notice(),
        },
    )


@person_required
@require_POST
def delete(request: SignedIn, export_id: UUID) -> HttpResponse:
    """Delete the files now."""
    try:
        exports.throw_away(export_id, by=request.actor, at=timezone.now())
    except Export.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The copy is deleted."))
    return redirect("records:copies")


@person_required
@require_safe
def file(request: SignedIn, export_id: UUID, file_id: UUID) -> HttpResponse:
    """One file, as a download."""
    try:
        found, data = exports.take(export_id, file_id, by=request.actor, at=timezone.now())
    except (Export.DoesNotExist, ExportFile.DoesNotExist):
        raise Http404 from None
    except ContactNotSettled as error:
        messages.error(request, asking.sentence_of(error, request.actor))
        return redirect("records:copy", export_id)
    return asking.download(found, data)


def _own(actor: Actor, export_id: UUID) -> Export:
    try:
        return exports.visible_exports(actor).get(pk=export_id)
    except Export.DoesNotExist:
        raise Http404 from None


def _shown(actor: Actor, export: Export) -> dict[str, Any]:
    state, zone = ExportState(export.state), zone_of(actor)
    return {
        "id": export.pk,
        "state": state.label,
        "tone": _TONES[state],
        "is_being_made": state in (ExportState.WAITING, ExportState.MAKING),
        "is_ready": state == ExportState.READY,
        "is_failed": state == ExportState.FAILED,
        "can_be_deleted": state in exports.LIVE,
        "in_full": export.in_full,
        "asked": presentation.moment(export.asked_at, zone),
        "until": presentation.moment(export.expires_at, zone) if export.expires_at else "",
        "gone": presentation.moment(export.gone_at, zone) if export.gone_at else "",
        "why_gone": export.get_why_gone_display() if export.why_gone else "",
        "done": export.done,
        "total": max(export.total, 1),
        "progress": ngettext(
            "%(done)d of %(total)d entry", "%(done)d of %(total)d entries", export.total
        ) % {"done": export.done, "total": export.total},
    }  # fmt: skip


def _file(each: ExportFile, export: Export) -> dict[str, Any]:
    titles = {
        ExportKind.JSON: _("For programs (JSON)"),
        ExportKind.CSV: _("Tables for a spreadsheet (CSV in a ZIP)"),
        ExportKind.PDF: _("To read and print (PDF)"),
    }
    return {"id": each.pk, "title": titles[ExportKind(each.kind)], "part": each.part, "size": each.size}
