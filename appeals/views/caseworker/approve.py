"""The second person: reads the draft beside the person's words, and approves it or sends it back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedIn
from appeals import access, operations, presentation, queries
from appeals.errors import DraftMoved, ReasonMissing
from appeals.forms.caseworker import ApprovalForm
from appeals.models import Case
from appeals.views.caseworker import shown
from appeals.views.caseworker.frame import case_page, sent
from appeals.workflow import Action


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: SignedIn, case: Case) -> HttpResponse:
    """What is approved is the draft that was on this page: one that changed meanwhile is read again."""
    access.check(request.actor, Action.APPROVE, case)
    handed_over = case.decision.submitted_at
    form = ApprovalForm(sent(request), initial={"seen": handed_over.isoformat() if handed_over else ""})
    if request.method == "POST" and form.is_valid() and (said := _answer(request, case, form)):
        messages.success(request, said)
        return redirect("appeals:casework-case", case.reference)
    context = {
        "case": case,
        "items": shown.items(queries.open_items(case, request.actor, at=timezone.now(), purpose="approval")),
        "programme": presentation.programme_title(case.programme),
        "evidence": shown.evidence(queries.evidence_of(case)),
        "form": form,
        "note": shown.note(queries.send_back_note(case)),
    }
    return render(request, "appeals/casework/approve.html", context, status=422 if form.errors else 200)


def _answer(request: SignedIn, case: Case, form: ApprovalForm) -> str:
    """Approve or send back. What was done, or "" if a reason is missing."""
    now, said = timezone.now(), form.cleaned_data
    if request.POST.get("then") == "send_back":
        try:
            operations.send_back(case.pk, reason=said["reason"], by=request.actor, at=now)
        except ReasonMissing as error:
            form.add_error("reason", str(error))
            return ""
        return _("The draft went back to its caseworker, with your reasons.")
    if said["seen"] is None:
        raise DraftMoved
    operations.approve(case.pk, seen=said["seen"], by=request.actor, at=now)
    return _("The case is decided. The person has been told that the decision is there.")
