"""Reports of imports: what came in, what was refused and why, and how far a run is. Never a value."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import SignedIn, staff_required
from accounts.pages import Pages
from records import catalogue, presentation, spreadsheets
from records.importing import report
from records.models import ImportRun, RefusedLine, RunState

PAGE = 50
TONES = {
    RunState.RUNNING: "waiting",
    RunState.FINISHED: "good",
    RunState.STOPPED: "late",
    RunState.REFUSED: "disputed",
}


@dataclass(frozen=True, slots=True)
class RunShown:
    """One run as a page shows it. `percent`: how far it is, while it runs."""

    row: ImportRun
    programme: str
    state: str
    tone: str
    sources: SafeString
    percent: int | None


@staff_required(*report.READERS)
@require_safe
def runs(request: SignedIn) -> HttpResponse:
    """The runs that the reader may know of, the newest first."""
    pages = Pages(request, report.listed(report.visible_runs(request.actor)), PAGE)
    return render(request, "records/imports/runs.html", {"runs": [_shown(run) for run in pages.rows], "pages": pages})


@staff_required(*report.READERS)
@require_safe
def run(request: SignedIn, run_id: UUID) -> HttpResponse:
    """One run with its refused lines. 404 for one that the reader may not know of, whether or not it exists."""
    found = _run(request, run_id)
    pages: Pages[RefusedLine] = Pages(request, report.refused_lines(request.actor, found), PAGE)
    counts = [
        (_("Lines read"), found.lines_read),
        (_("New records"), found.created),
        (_("Changed records"), found.changed),
        (_("Unchanged records"), found.unchanged),
        (_("Records taken back"), found.withdrawn),
        (_("Waiting for the decision of a dispute"), found.waiting),
        (_("Waiting, because it is not sure whom they are about"), found.doubtful),
        (_("Refused lines"), found.refused),
    ]
    context = {
        "run": _shown(found),
        "counts": counts,
        "pages": pages,
        "lines": [(line, presentation.spoken(line.reason)) for line in map(report.shown, pages.rows)],
    }
    return render(request, "records/imports/run.html", context)


@staff_required(*report.READERS)
@require_safe
def refused(request: SignedIn, run_id: UUID) -> StreamingHttpResponse:
    """All refused lines as a spreadsheet that runs nothing."""
    lines = report.refused_lines(request.actor, _run(request, run_id))
    answer = StreamingHttpResponse(_csv(lines, get_language() or "en"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="refused-lines-{run_id}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def _csv(lines: "QuerySet[RefusedLine]", language: str) -> Iterator[bytes]:
    with override(language):  # it is written after the view has ended
        header = [_("Line"), _("Field"), _("Code"), _("Reason")]
        for line in spreadsheets.lines(header, report.all_shown(lines)):
            yield line.encode()


def _run(request: SignedIn, run_id: UUID) -> ImportRun:
    try:
        return report.listed(report.visible_runs(request.actor)).get(pk=run_id)
    except ImportRun.DoesNotExist:
        raise Http404 from None


def _shown(row: ImportRun) -> RunShown:
    state, tone = str(row.get_state_display()), TONES[RunState(row.state)]
    if report.was_cut_off(row, timezone.now()):
        state, tone = _("Cut off"), "late"
    percent = 100 * row.lines_read // row.lines_in_file if row.state == RunState.RUNNING and row.lines_in_file else None
    known = catalogue.programmes().get(row.programme)
    return RunShown(
        row,
        known.title.of(presentation.reader()) if known else row.programme,
        state,
        tone,
        presentation.spoken(", ".join(presentation.organisation(source.name) for source in row.sources.all())),
        percent,
    )
