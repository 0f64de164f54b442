"""Files that show that something is wrong: handed in with a draft, or while a case is open; taken out again."""

from datetime import datetime, timedelta
from pathlib import PurePosixPath
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import throttle
from accounts.access import SignedIn, person_required
from accounts.actors import Actor
from appeals import deadlines, operations, queries
from appeals.evidence_files import EvidenceRefused, Limits
from appeals.forms.person import MEGABYTES, EvidenceForm
from appeals.operations import NewEvidence
from appeals.views.download import download
from appeals.views.person.cases import own_case
from appeals.views.person.progress import Progress
from appeals.views.problems import TOLD, sentence_of, status_of, told_plainly
from appeals.workflow import Action, Status, actions
from records.values import UNREADABLE

_UPLOADS = throttle.Limit("evidence", 60, timedelta(hours=1))
_LONGEST_NAME = 120


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def draft_evidence(request: SignedIn, draft_id: UUID) -> HttpResponse:
    """Hand in files one at a time, before the dispute is sent."""
    at = timezone.now()
    progress = Progress.of(request.actor, draft_id, at)
    if progress.draft.filed_as:
        return redirect(progress.step("sent"))
    form, status = EvidenceForm(), 200
    if request.method == "POST":
        form = EvidenceForm(request.POST, request.FILES)
        if new := cleaned(form, by=request.actor, at=at):
            operations.add_evidence_to_draft(draft_id, new, by=request.actor, at=at)
            messages.success(request, _("“%(name)s” was added.") % {"name": new.name})
            return redirect(progress.step("evidence"))
        status = _status(form)
    context = {
        "form": form,
        "progress": progress,
        "files": progress.files,
        "check": progress.step("check"),
        "papers": progress.papers,
    }
    return render(request, "appeals/person/evidence.html", context, status=status)


@person_required
@told_plainly
@require_POST
def remove_draft_evidence(request: SignedIn, draft_id: UUID, evidence_id: UUID) -> HttpResponse:
    """Take a file out of the draft again. Sent twice, the second time finds nothing and changes nothing."""
    operations.remove_evidence_from_draft(draft_id, evidence_id, by=request.actor)
    messages.success(request, _("The file was removed."))
    return redirect("appeals:dispute-evidence", draft_id)


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def case_evidence(request: SignedIn, reference: str) -> HttpResponse:
    """Hand in one more file while the case is open."""
    at = timezone.now()
    case = own_case(request.actor, reference)
    queries.check_may_add_evidence(request.actor, case)
    revives = Action.REVIVE in actions(Status(case.status))
    form, status = EvidenceForm(), 200
    if request.method == "POST":
        form = EvidenceForm(request.POST, request.FILES)
        if new := cleaned(form, by=request.actor, at=at):
            operations.add_evidence(case.pk, new, by=request.actor, at=at)
            messages.success(request, _("“%(name)s” was added to your case.") % {"name": new.name})
            return redirect("appeals:something-new" if revives else "appeals:case", reference)
        status = _status(form)
    context = {
        "form": form,
        "case": case,
        "files": queries.evidence_of(case),
        "revives": revives,
        "more_time": [] if revives else deadlines.longer_by(case, "information_received"),
    }
    return render(request, "appeals/person/case_evidence.html", context, status=status)


@person_required
@told_plainly
@require_safe
def read(request: SignedIn, reference: str, evidence_id: UUID) -> HttpResponse:
    """One of the person's own files, always to be saved, never shown inside a page of ours."""
    case = own_case(request.actor, reference)
    row, name, data = queries.read_evidence(case, evidence_id, request.actor, at=timezone.now())
    return download(name or "file", row.kind, data)


def cleaned(form: EvidenceForm, *, by: Actor, at: datetime, document: str = "") -> NewEvidence | None:
    """The file that was handed in, made safe; None when the form says why not."""
    if not form.is_valid():
        return None
    upload: UploadedFile[bytes] = form.cleaned_data["file"]
    name = name_of_file(upload.name or "")
    try:
        throttle.spend(_UPLOADS, str(by.own_user), at=at)
        if (upload.size or 0) > Limits().max_bytes:
            raise EvidenceRefused("too_large", megabytes=MEGABYTES)
        return NewEvidence.of(name, upload.read(), document)
    except TOLD as error:
        form.add_error("file", f"{name}: {sentence_of(error)}")
        form.status = status_of(error)
        return None


def _status(form: EvidenceForm) -> int:
    return form.status or 422


def name_of_file(given: str) -> str:
    """The name that the person gave the file, without folders and characters that cannot be shown."""
    name = PurePosixPath(given.replace("\\", "/")).name
    name = UNREADABLE.sub("", name).strip()
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 9]}…{name[-8:]}"
