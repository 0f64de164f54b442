"""What somebody writes on paper about a case that there is: withdrawing, going on, answering, something new, files."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedIn
from appeals import access, operations, queries, required
from appeals.errors import CaseError, NothingNew, NotReceivedYet, PostedLater, ReceivedBefore
from appeals.evidence_files import EvidenceRefused
from appeals.forms.paper import (
    LaterEvidenceForm,
    PaperAnswerForm,
    PaperNewsForm,
)
from appeals.models import Case
from appeals.operations import AnswerOnPaper
from appeals.views.caseworker.frame import case_page, sent
from appeals.views.caseworker.paper import new_evidence
from appeals.views.problems import TOLD, sentence_of, status_of
from appeals.workflow import Action, Status, step


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: SignedIn, case: Case) -> HttpResponse:
    """The person wrote that they withdraw. They are told by letter what starts again and when, and can undo it."""
    return _on_paper(request, case, Action.WITHDRAW)


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def undo_withdrawal(request: SignedIn, case: Case) -> HttpResponse:
    """The person wrote that the case should go on after all."""
    return _on_paper(request, case, Action.UNDO_WITHDRAWAL)


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def something_new(request: SignedIn, case: Case) -> HttpResponse:
    """The person of a case that was turned away wrote something that is new."""
    if not access.takes_paper(case):
        raise Http404
    access.check(request.actor, Action.REVIVE, case)
    at = timezone.now()
    law = queries.procedure_of(case)
    late = queries.excuse_of(case) if case.received_on and access.excuse_is_open(case) else None
    form = PaperNewsForm(sent(request), today=law.local_date(at), late=late, posting_counts=law.posting_counts)
    if request.method == "POST" and form.is_valid():
        try:
            operations.revive(case.pk, **form.cleaned_data, by=request.actor, at=at)
        except NothingNew as error:
            form.add_error("words", str(error))
        except (NotReceivedYet, ReceivedBefore) as error:
            form.add_error("received_on", str(error))
        except PostedLater as error:
            form.add_error("posted_on", str(error))
        else:
            messages.success(request, _("It is entered, and the person is told."))
            return redirect("appeals:casework-case", case.reference)
    context = {"case": case, "form": form}
    return render(request, "appeals/paper/something_new.html", context, status=422 if form.errors else 200)


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: SignedIn, case: Case) -> HttpResponse:
    """The person answered on paper what they were asked."""
    if not access.takes_paper(case):
        raise Http404
    access.check(request.actor, Action.COMPLETE, case)
    at, law, data = timezone.now(), queries.procedure_of(case), sent(request)
    question = queries.open_question(case)
    assert question, "a case that waits for an answer has a question"
    asked, words, last_day = question
    form = PaperAnswerForm(
        data,
        request.FILES if data is not None else None,
        today=law.local_date(at),
        last_day=last_day,
        posting_counts=law.posting_counts,
        papers=_papers_to_hand_in(case),
    )
    status = 422 if form.errors else 200
    if data is not None and form.is_valid():
        try:
            _answer(request, case, form, at)
        except (CaseError, EvidenceRefused) as error:
            form.add_error(_box_of(error), sentence_of(error))
            status = status_of(error)
        else:
            messages.success(request, _("The answer is entered. The case goes on."))
            return redirect("appeals:casework-case", case.reference)
    context = {"case": case, "form": form, "asked": asked, "words": words, "last_day": last_day}
    return render(request, "appeals/paper/answer.html", context, status=status)


def _answer(request: SignedIn, case: Case, form: PaperAnswerForm, at: datetime) -> None:
    said = form.cleaned_data
    evidence = [new_evidence(file, document) for file, document in form.enclosed()]
    paper = AnswerOnPaper(said["received_on"], said.get("posted_on"), evidence)
    operations.complete(case.pk, words=said["words"], paper=paper, by=request.actor, at=at)


def _box_of(error: Exception) -> str:
    if isinstance(error, NotReceivedYet | ReceivedBefore):
        return "received_on"
    return "posted_on" if isinstance(error, PostedLater) else "scans"


def _papers_to_hand_in(case: Case) -> list[tuple[str, str]]:
    return [(each.id, each.title) for each in required.shown(queries.required_of(case)) if each.can_be_handed_in]


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def evidence(request: SignedIn, case: Case) -> HttpResponse:
    """A scan of what the person sent later."""
    if not access.takes_paper(case):
        raise Http404
    at = timezone.now()
    queries.check_may_add_evidence(request.actor, case)
    files_sent = request.FILES if request.method == "POST" else None
    form = LaterEvidenceForm(sent(request), files_sent, papers=_papers_to_hand_in(case))
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            new = new_evidence(form.cleaned_data["file"], form.cleaned_data.get("document", ""))
            operations.add_evidence(case.pk, new, by=request.actor, at=at)
        except TOLD as error:
            form.add_error("file", sentence_of(error))
            status = status_of(error)
        else:
            messages.success(request, _("The file was added to the case."))
            return redirect("appeals:casework-case", case.reference)
    return render(request, "appeals/paper/evidence.html", {"case": case, "form": form}, status=status)


_DOING = {
    Action.WITHDRAW: (operations.withdraw, "appeals/paper/withdraw.html"),
    Action.UNDO_WITHDRAWAL: (operations.undo_withdrawal, "appeals/paper/undo_withdrawal.html"),
}


def _on_paper(request: SignedIn, case: Case, action: Action) -> HttpResponse:
    if not access.takes_paper(case):
        raise Http404
    step(Status(case.status), action)
    do, template = _DOING[action]
    if request.method != "POST":
        return render(request, template, {"case": case})
    do(case.pk, by=request.actor, at=timezone.now())
    messages.success(request, _("It is entered, and the person is told."))
    return redirect("appeals:casework-case", case.reference)
