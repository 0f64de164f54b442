"""One paper that the procedure asks for: hand it in, or say why you cannot; before the dispute is sent, or later."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedIn, person_required
from appeals import operations, queries, required
from appeals.forms.person import DocumentForm
from appeals.queries import Required
from appeals.views.person.cases import own_case
from appeals.views.person.evidence import cleaned
from appeals.views.person.progress import Progress
from appeals.views.problems import told_plainly


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def of_draft(request: SignedIn, draft_id: UUID, document_id: str) -> HttpResponse:
    """Before the dispute is sent."""
    at = timezone.now()
    progress = Progress.of(request.actor, draft_id, at)
    if progress.draft.filed_as:
        return redirect(progress.step("sent"))
    found = _one(progress.required, document_id)
    form = _form(request, found)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        new = cleaned(form, by=request.actor, at=at, document=document_id) if said["file"] else None
        if not form.errors:
            if new:
                operations.add_evidence_to_draft(draft_id, new, by=request.actor, at=at)
            else:
                words = said["words"]
                operations.explain_missing_in_draft(draft_id, document_id, words=words, by=request.actor, at=at)
            messages.success(request, _done(new is not None))
            return redirect(progress.step("evidence"))
    context = {"remove_from": progress.draft, "back": progress.step("evidence"), "reference": ""}
    return _page(request, form, found, context)


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def of_case(request: SignedIn, reference: str, document_id: str) -> HttpResponse:
    """While the case is open."""
    at = timezone.now()
    case = own_case(request.actor, reference)
    queries.check_may_add_evidence(request.actor, case)
    found = _one(queries.required_of(case), document_id)
    form = _form(request, found)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        new = cleaned(form, by=request.actor, at=at, document=document_id) if said["file"] else None
        if not form.errors:
            if new:
                operations.add_evidence(case.pk, new, by=request.actor, at=at)
            else:
                operations.explain_missing(case.pk, document_id, words=said["words"], by=request.actor, at=at)
            messages.success(request, _done(new is not None))
            return redirect("appeals:case", reference)
    context = {"back": reverse("appeals:case", args=[case.reference]), "reference": case.reference}
    return _page(request, form, found, context)


def _one(found: list[Required], document_id: str) -> Required:
    """The paper of that id, if it can be handed in here as a file. 404 for any other."""
    for each in found:
        if each.rule.id == document_id and each.rule.given_by == "file":
            return each
    raise Http404


def _form(request: SignedIn, found: Required) -> DocumentForm:
    if request.method == "POST":
        return DocumentForm(request.POST, request.FILES)
    return DocumentForm(initial={"words": found.why_not})


def _page(request: SignedIn, form: DocumentForm, found: Required, context: dict[str, Any]) -> HttpResponse:
    status = (form.status or 422) if form.errors else 200
    shown = required.one(found)
    return render(request, "appeals/person/document.html", {**context, "form": form, "paper": shown}, status=status)


def _done(is_file: bool) -> str:
    return _("The paper was handed in.") if is_file else _("What you said is kept. A person reads it.")
