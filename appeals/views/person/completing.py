"""Handing in what was missing: the person's words to what they were asked."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedIn, person_required
from accounts.actors import Actor
from appeals import access, operations, queries
from appeals.forms.completing import AnswerForm
from appeals.models import Case
from appeals.views.person.cases import own_case, papers
from appeals.views.problems import told_plainly
from appeals.workflow import Action


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def complete(request: SignedIn, reference: str) -> HttpResponse:
    """What is missing, by when, and a box for the answer. Files are handed in on their own page."""
    case = own_case(request.actor, reference)
    asked = queries.completion_request(case)
    if asked is None and request.method != "POST":
        raise Http404
    access.check(request.actor, Action.COMPLETE, case)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        operations.complete(case.pk, words=form.cleaned_data["words"], by=request.actor, at=timezone.now())
        messages.success(request, _("Your answer was sent. The case goes on."))
        return redirect("appeals:case", reference)
    return render(
        request, "appeals/person/complete.html", _context(case, request.actor, form), status=422 if form.errors else 200
    )


def _context(case: Case, actor: Actor, form: AnswerForm) -> dict[str, object]:
    asked = queries.completion_request(case)
    return {
        "case": case,
        "words": asked[1] if asked else "",
        "last_day": queries.safe_day(case, "cure"),
        "may_add_evidence": True,
        "may_be_turned_away": bool(access.screening_rules(case)),
        "papers": papers(actor, case),
        "form": form,
    }
