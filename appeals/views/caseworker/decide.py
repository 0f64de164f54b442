"""Writing the decision: an outcome, what will be done and reasons for every item."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedIn
from appeals import access, operations, queries
from appeals.errors import DecisionIncomplete
from appeals.forms.caseworker import Answers, BaseAnswers
from appeals.models import Case
from appeals.views.caseworker import shown
from appeals.views.caseworker.frame import case_page, sent
from appeals.workflow import Action


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: SignedIn, case: Case) -> HttpResponse:
    """Draft, and then send it for approval, or decide where the procedure needs no second person."""
    access.check(request.actor, Action.SUBMIT, case)
    opened = queries.open_items(case, request.actor, at=timezone.now())
    procedure = queries.procedure_of(case)
    answers = Answers(
        sent(request),
        items=opened,
        procedure=procedure,
        language=case.language,
        unfinished=queries.unfinished_answers(case),
    )
    if request.method == "POST" and (said := _write(request, case, answers)):
        messages.success(request, said)
        return redirect("appeals:casework-case", case.reference)
    is_wrong = any(form.errors for form in answers.forms)
    context = {
        "case": case,
        "pairs": list(zip(shown.items(opened), answers.forms, strict=True)),
        "answers": answers,
        "form": answers if is_wrong else None,
        "needs_second_person": procedure.needs_second_person,
        "note": shown.note(queries.send_back_note(case)),
    }
    return render(request, "appeals/casework/decide.html", context, status=422 if is_wrong else 200)


def _write(request: SignedIn, case: Case, answers: BaseAnswers) -> str:
    """Keep the draft and go on as asked, all or nothing. What was done, or "" if the answers are not complete."""
    now = timezone.now()
    then = request.POST.get("then")
    if not answers.is_valid():
        return _keep(request, case, answers) if then == "save" else ""
    try:
        with transaction.atomic():
            operations.draft(case.pk, answers.answers(), by=request.actor, at=now)
            match then:
                case "submit":
                    operations.submit(case.pk, by=request.actor, at=now)
                    return _("The draft is with a second person now.")
                case "decide":
                    operations.decide(case.pk, by=request.actor, at=now)
                    return _("The case is decided. The person has been told that the decision is there.")
    except DecisionIncomplete as error:
        if then == "save":
            return _keep(request, case, answers)
        answers.tell(error.problems)
        return ""
    return _("The draft is saved.")


def _keep(request: SignedIn, case: Case, answers: BaseAnswers) -> str:
    operations.keep_unfinished(case.pk, answers.filled_in(), by=request.actor, at=timezone.now())
    return _("The draft is saved as far as it goes. Not every item has a complete answer yet.")
