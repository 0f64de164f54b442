"""A dispute that comes after the last day of its procedure: an excuse in the person's words, or where else to go."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods

from accounts.access import SignedIn, person_required
from appeals import deadlines, operations, presentation, queries
from appeals.forms.person import LateForm
from appeals.views.person.progress import Progress
from appeals.views.problems import told_plainly


def excuse(code: str) -> str:
    """What kept somebody from filing in time, as they would say it."""
    return str(presentation.EXCUSES.get(code) or capfirst(deadlines.reason(code)))


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def late(request: SignedIn, draft_id: UUID) -> HttpResponse:
    """How the last day was counted; then what excuses it, or, where nothing does, the other ways."""
    at = timezone.now()
    progress = Progress.of(request.actor, draft_id, at)
    if progress.draft.filed_as:
        return redirect(progress.step("sent"))
    window, procedure = progress.late, progress.procedure
    if window is None or procedure is None:
        return redirect("appeals:draft", draft_id)
    reasons = [(code, excuse(code)) for code in window.excuse.reasons] if window.excuse else []
    initial = {"reason": progress.draft.late_reason, "words": queries.excuse_of_draft(progress.draft)}
    form = LateForm(reasons, data=request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and reasons and form.is_valid():
        operations.excuse_lateness(draft_id, **form.cleaned_data, by=request.actor, at=at)
        return redirect(Progress.of(request.actor, draft_id, at).next)
    others = [each for each in progress.open_procedures if each.id != procedure.id]
    context = {
        "progress": progress,
        "form": form if reasons else None,
        "procedure": presentation.procedure_title(procedure),
        "last_day": window.due.latest,
        "steps": presentation.steps(window.due),
        "cite": window.rule.cite,
        "others": [presentation.procedure_title(each) for each in others],
        "choose": progress.step("procedure"),
        # A tier here looks at what was decided in a case here; there is none.
        "tiers": [presentation.where_else(tier) for tier in procedure.tiers if tier.handled == "elsewhere"],
    }
    status = 200 if request.method != "POST" else 422 if reasons else 409
    return render(request, "appeals/person/late.html", context, status=status)
