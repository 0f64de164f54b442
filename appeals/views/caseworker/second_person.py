"""The page of the second person: reads what is proposed beside the case, and agrees or gives it back with a reason.

What is agreed to is what was on the page (`seen`): what changed meanwhile is read again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise

from accounts.access import SignedIn
from appeals import presentation, queries, required
from appeals.errors import DraftMoved, ReasonMissing
from appeals.forms.caseworker import ApprovalForm
from appeals.models import Case
from appeals.views.caseworker import shown


@dataclass(frozen=True)
class Question:
    """By which operations it is answered, and what is said then. `back`: the value of the button that gives it back."""

    template: str
    back: str
    agree: Callable[..., object]
    give_back: Callable[..., object]
    agreed: str | Promise
    given_back: str | Promise


def page(request: SignedIn, case: Case, form: ApprovalForm, question: Question, **more: Any) -> HttpResponse:
    """What is proposed beside what the person said and handed in; then the answer."""
    if request.method == "POST" and form.is_valid() and (said := _answer(request, case, form, question)):
        messages.success(request, str(said))
        return redirect("appeals:casework-case", case.reference)
    context = {
        "case": case,
        "items": shown.items(queries.open_items(case, request.actor, at=timezone.now(), purpose="approval")),
        "programme": presentation.programme_title(case.programme),
        "evidence": shown.evidence(queries.evidence_of(case)),
        "papers": [(each, "") for each in required.shown(queries.required_of(case))],
        "form": form,
        **more,
    }
    return render(request, question.template, context, status=422 if form.errors else 200)


def _answer(request: SignedIn, case: Case, form: ApprovalForm, question: Question) -> str | Promise:
    """Agree or give it back. What was done, or "" if a reason is missing."""
    now, said = timezone.now(), form.cleaned_data
    if request.POST.get("then") == question.back:
        try:
            question.give_back(case.pk, reason=said["reason"], by=request.actor, at=now)
        except ReasonMissing as error:
            form.add_error("reason", str(error))
            return ""
        return question.given_back
    if said["seen"] is None:
        raise DraftMoved
    question.agree(case.pk, seen=said["seen"], by=request.actor, at=now)
    return question.agreed
