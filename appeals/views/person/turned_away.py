"""The answer that a case is turned away, and what revives it: something new.

Opening the answer is what delivers it, for the reasons of Note [Opening serves] beside the decision.
"""

from contextlib import suppress
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import SignedIn, person_required
from appeals import access, letters, operations, presentation, queries, windows
from appeals import turned_away as answers
from appeals.errors import NothingNew
from appeals.forms.completing import NewsForm
from appeals.models import Case
from appeals.views.download import download
from appeals.views.person.cases import own_case
from appeals.views.person.decision import fetches_ahead
from appeals.views.problems import told_plainly
from appeals.workflow import FINAL, Action, IllegalStep, Status, actions
from records import presentation as entries


@person_required
@told_plainly
@require_GET
def turned_away(request: SignedIn, reference: str) -> HttpResponse:
    """Why, where to go, and how the case is taken up again. Opening it delivers it."""
    at = timezone.now()
    case, answer = _served(request, reference, at)
    tier = queries.tier_after(case)
    context = {
        "case": case,
        "title": presentation.TURNED_AWAY,
        "programme": presentation.programme_title(case.programme),
        "holder": entries.organisation(case.holder.name),
        "answer": answer,
        "window": windows.for_tier(case, tier, at) if tier else None,
        "reasons": answer.reasons.split("\n\n"),
        "news": answers.something_new(),
        "may_revive": Action.REVIVE in actions(Status(case.status))
        and access.why_not(request.actor, Action.REVIVE, case) is None,
        "is_closed": case.status in FINAL,
    }
    return render(request, "appeals/person/turned_away.html", context)


@person_required
@told_plainly
@require_GET
def letter_pdf(request: SignedIn, reference: str) -> HttpResponse:
    """The same as a letter, in the language of the case. Whoever saves the letter has it: that delivers it too."""
    at = timezone.now()
    case, _answer = _served(request, reference, at)
    return download(f"{case.reference}.pdf", "pdf", letters.render_notice(answers.notice_of(case, on=at)))


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def something_new(request: SignedIn, reference: str) -> HttpResponse:
    """A box for what is new; files are handed in on their own page."""
    case = own_case(request.actor, reference)
    access.check(request.actor, Action.REVIVE, case)
    form = NewsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.revive(case.pk, words=form.cleaned_data["words"], by=request.actor, at=timezone.now())
        except NothingNew as error:
            form.add_error("words", str(error))
        else:
            messages.success(request, _("Your case is looked into again, from its beginning."))
            return redirect("appeals:case", reference)
    procedure = queries.procedure_of(case)
    standing = queries.screening_that_stands(case)
    since = standing.row.decided_at if standing else None
    context = {
        "case": case,
        "form": form,
        "marks": procedure.marks_disputed,
        "suspends": procedure.suspends_measures,
        "files": [name for row, name in queries.evidence_of(case) if since and row.added_at >= since],
    }
    return render(request, "appeals/person/something_new.html", context, status=422 if form.errors else 200)


def _served(request: SignedIn, reference: str, at: datetime) -> tuple[Case, answers.TurnedAway]:
    """The case, delivered if it was not, and the answer. 404 while there is none to open."""
    case = own_case(request.actor, reference)
    if fetches_ahead(request):
        raise Http404
    if case.status == Status.SCREENED_OUT:
        with suppress(IllegalStep):  # opened in another window at the same moment
            operations.serve(case.pk, how="opened", by=request.actor, at=at)
        case = own_case(request.actor, reference)
    try:
        return case, answers.answer_of(case)
    except answers.NotTurnedAway:
        raise Http404 from None
