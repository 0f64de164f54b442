"""The second person: reads the draft beside the person's words, and approves it or sends it back."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedIn
from appeals import access, operations, queries
from appeals.forms.caseworker import ApprovalForm
from appeals.models import Case
from appeals.views.caseworker import second_person, shown
from appeals.views.caseworker.frame import case_page, sent
from appeals.views.caseworker.second_person import Question
from appeals.workflow import Action

_QUESTION = Question(
    template="appeals/casework/approve.html",
    back="send_back",
    agree=operations.approve,
    give_back=operations.send_back,
    agreed=_("The case is decided. The person has been told that the decision is there."),
    given_back=_("The draft went back to its caseworker, with your reasons."),
)


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: SignedIn, case: Case) -> HttpResponse:
    """What is approved is the draft that was on this page."""
    access.check(request.actor, Action.APPROVE, case)
    handed_over = case.decision.submitted_at
    form = ApprovalForm(sent(request), initial={"seen": handed_over.isoformat() if handed_over else ""})
    note = shown.note(queries.send_back_note(case))
    return second_person.page(request, case, form, _QUESTION, note=note)
