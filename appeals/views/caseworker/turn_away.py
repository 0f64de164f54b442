"""Turning a case away by a rule of its procedure: the reasons of one person, and the word of a second."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy_text
from django.views.decorators.http import require_http_methods

from accounts.access import SignedIn
from appeals import access, operations, presentation, queries, required
from appeals.errors import ReasonMissing
from appeals.forms.caseworker import TurnAwayApprovalForm, TurnAwayForm
from appeals.models import Case
from appeals.views.caseworker import second_person, shown
from appeals.views.caseworker.frame import case_page, sent
from appeals.views.caseworker.second_person import Question
from appeals.workflow import Action, Status


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def turn_away(request: SignedIn, case: Case) -> HttpResponse:
    """The rules that are open for this case, the earlier cases beside it, and a box for the reasons."""
    at = timezone.now()
    together = queries.procedure_of(case).needs_second_person
    access.check(request.actor, Action.PROPOSE_SCREENING if together else Action.SCREEN_OUT, case)
    rules = queries.open_rules(case, at=at)
    open_ones = [each for each in rules if each.why_not is None]
    if not open_ones:
        raise next(each.why_not for each in rules if each.why_not)
    first = {"rule": open_ones[0].rule.id} if len(open_ones) == 1 else {}
    form = TurnAwayForm(rules, sent(request), initial=first)
    if request.method == "POST" and form.is_valid():
        do = operations.propose_screening if together else operations.screen_out
        try:
            do(case.pk, rule=form.cleaned_data["rule"], reasons=form.cleaned_data["reason"], by=request.actor, at=at)
        except ReasonMissing:
            form.add_error("reason", _("Give your reasons. The person reads them."))
        else:
            done = _("The case is turned away. The person is told.")
            messages.success(request, _("A second person checks it now.") if together else done)
            return redirect("appeals:casework-case", case.reference)
    context = {
        "case": case,
        "form": form,
        "together": together,
        "last_day": min((each.last_day for each in open_ones if each.last_day), default=None),
        "closed": [(presentation.SCREENING_RULES[each.rule.id], each.why_not) for each in rules if each.why_not],
        "cites": [each.rule.cite for each in open_ones],
        "earlier": shown.earlier(queries.earlier_cases(case)),
        "papers": [(each, "") for each in required.shown(queries.required_of(case))],
        "asked": queries.open_question(case) if case.status == Status.INCOMPLETE else None,
    }
    return render(request, "appeals/casework/turn_away.html", context, status=422 if form.errors else 200)


_QUESTION = Question(
    template="appeals/casework/check_turning_away.html",
    back="refuse",
    agree=operations.approve_screening,
    give_back=operations.refuse_screening,
    agreed=lazy_text("The case is turned away. The person is told."),
    given_back=lazy_text("The case went back to its caseworker, to be looked into."),
)


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: SignedIn, case: Case) -> HttpResponse:
    """The second person: reads the reasons beside what the person says, and agrees or sends the case on."""
    access.check(request.actor, Action.REFUSE_SCREENING, case)
    standing = queries.screening_that_stands(case)
    assert standing, "the status says that there is one"
    form = TurnAwayApprovalForm(sent(request), initial={"seen": standing.row.proposed_at.isoformat()})
    return second_person.page(
        request,
        case,
        form,
        _QUESTION,
        screening=shown.screening(standing),
        earlier=shown.earlier(queries.earlier_cases(case)),
        asked=queries.open_question(case) if standing.row.rule == queries.UNCURED else None,
        why_not=access.why_not(request.actor, Action.APPROVE_SCREENING, case),
    )
