"""Steps that need no more than a button or a reason: take, give back, ask, go on, undo a remedy."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedIn
from appeals import access, operations, queries, required
from appeals.errors import ReasonMissing, StillLate
from appeals.forms.caseworker import HindranceForm, ReasonForm
from appeals.models import Case, RemedyState
from appeals.queries import Hindrance
from appeals.views.caseworker.frame import case_page, sent
from appeals.workflow import Action
from records import presentation


@case_page
@require_POST
def take(request: SignedIn, case: Case) -> HttpResponse:
    """Take the case out of the queue."""
    operations.take(case.pk, by=request.actor, at=timezone.now())
    messages.success(request, _("You have taken this case."))
    return redirect("appeals:casework-case", case.reference)


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def accept_excuse(request: SignedIn, case: Case) -> HttpResponse:
    """What came late is heard all the same; where the window counts on by the time of a hindrance, within that time."""
    access.check(request.actor, Action.ACCEPT_EXCUSE, case)
    rule = queries.counts_on(case)
    form = HindranceForm(sent(request)) if rule else None
    if request.method == "POST" and (form is None or form.is_valid()):
        hindered = Hindrance(**form.cleaned_data) if form else None
        try:
            operations.accept_excuse(case.pk, hindered=hindered, by=request.actor, at=timezone.now())
        except StillLate as error:
            assert form
            form.add_error("until", str(error))
        else:
            messages.success(request, _("The excuse counts. The person has been told."))
            return redirect("appeals:casework-case", case.reference)
    context = {"case": case, "form": form, "rule": rule, "late": queries.excuse_of(case)}
    status = 422 if form and form.errors else 200
    return render(request, "appeals/casework/accept_excuse.html", context, status=status)


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def give_back(request: SignedIn, case: Case) -> HttpResponse:
    """Put the case back into the queue, with a reason."""
    access.check(request.actor, Action.GIVE_BACK, case)

    def step(reason: str) -> str:
        operations.give_back(case.pk, reason=reason, by=request.actor, at=timezone.now())
        return _("You have given the case back. Somebody else can take it now.")

    return _with_reason(request, case, "give_back", step, leads_to="appeals:queue")


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: SignedIn, case: Case, remedy_id: UUID) -> HttpResponse:
    """Take back what was carried out for one item. Asked first, because the person loses something by it."""
    try:
        remedy = case.remedies.select_related("item").get(pk=remedy_id)
    except ObjectDoesNotExist:
        raise Http404 from None
    access.check_can_undo(request.actor, case)
    if remedy.state != RemedyState.DONE:
        messages.info(request, _("There is nothing to undo here: this is not carried out, or it was undone already."))
        return redirect("appeals:casework-case", case.reference)

    def step(reason: str) -> str:
        operations.undo_remedy(remedy.pk, reason=reason, by=request.actor, at=timezone.now())
        return _("It was undone. The person and the source have been told.")

    return _with_reason(request, case, "undo", step, more={"remedy": remedy})


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: SignedIn, case: Case) -> HttpResponse:
    """Ask the person for what is missing, all of it at once."""
    access.check(request.actor, Action.ASK_TO_COMPLETE, case)
    rule = queries.procedure_of(case).screening_for("incomplete")
    assert rule, "the check asks for it"
    form = ReasonForm(sent(request), initial={"reason": required.to_ask_for(case)})
    form.fields["reason"].label = _("What is missing")
    form.fields["reason"].help_text = _("The person reads these words as you write them.")

    def step(words: str) -> str:
        operations.ask_to_complete(case.pk, words=words, by=request.actor, at=timezone.now())
        return _("The person has been asked. It is their turn now.")

    said = {"text": rule.text.in_language(presentation.reader()), "cite": rule.cite}
    return _with_reason(request, case, "ask", step, form=form, missing=_("Say what is missing."), more={"rule": said})


@case_page
@require_http_methods(["GET", "HEAD", "POST"])
def go_on_without(request: SignedIn, case: Case) -> HttpResponse:
    """Go on with the case as it is."""
    access.check(request.actor, Action.GO_ON_WITHOUT, case)

    def step(reason: str) -> str:
        operations.go_on_without(case.pk, reason=reason, by=request.actor, at=timezone.now())
        return _("The case goes on.")

    return _with_reason(request, case, "go_on_without", step, more={"takes_paper": access.takes_paper(case)})


def _with_reason(
    request: SignedIn,
    case: Case,
    page: str,
    step: Callable[[str], str],
    *,
    form: ReasonForm | None = None,
    missing: str = "",
    leads_to: str = "",
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """A page that asks for a reason, and takes the step with it; `step` says what was done."""
    form = form or ReasonForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            done = step(form.cleaned_data["reason"])
        except ReasonMissing as error:
            form.add_error("reason", missing or str(error))
        else:
            messages.success(request, done)
            return redirect(leads_to) if leads_to else redirect("appeals:casework-case", case.reference)
    context = {"case": case, "form": form, **(more or {})}
    return render(request, f"appeals/casework/{page}.html", context, status=422 if form.errors else 200)
