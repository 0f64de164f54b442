"""What else an official does for somebody whom they found: a way in, a print of what is held, letters, mandates."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST

from accounts import post
from accounts import queries as accounts
from accounts.access import SignedIn
from accounts.forms_acting import TermsForm
from accounts.mandates import mandates_to_confirm
from accounts.models import Mandate, Role, Subject
from accounts.operations import mandates as mandate_writes
from accounts.operations import paper as people
from accounts.operations import postal
from accounts.operations.mandates import MandateRefused
from appeals import letters
from appeals.forms.paper import (
    MandatePaperForm,
    PrintForm,
)
from appeals.letters import Notice
from appeals.views.caseworker.found import Found, of_found, of_holder, officials
from appeals.views.caseworker.frame import sent
from appeals.views.download import download
from audit import publishing
from records import presentation as entries
from records import queries as held
from records.exporting import printing


@officials
@require_POST
@of_holder
def activation_letter(request: SignedIn, found: Found) -> HttpResponse:
    """Print a way in for the person who was found: a code, shown once, that works with a fact which is not in it."""
    at = timezone.now()
    made, code = people.make_activation_letter(found.subject_id, by=request.actor, at=at)
    language = Subject.objects.values_list("language", flat=True).get(pk=found.subject_id)
    sender = next(iter(accounts.organisation_names(request.actor.organisations(Role.CASEWORKER, Role.SUPERVISOR))))
    with override(language):
        notice = Notice(
            language=language,
            sender=entries.organisation(sender),
            addressee=accounts.name_of(found.subject_id),
            address=post.settled_address_of(found.subject_id, at),
            title=_("Your way to what is held about you"),
            paragraphs=_activation_words(made.expires_at),
            on=timezone.localdate(at),
            code=code,
            checkpoint=publishing.on_day(at.date()),
        )
    return download("letter.pdf", "pdf", letters.render_notice(notice))


@officials
@require_POST
@of_found
def print_held(request: SignedIn, found: Found) -> HttpResponse:
    """What this office holds, printed for the person who was found. Each entry says to them who read it, and why."""
    at = timezone.now()
    form = PrintForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("appeals:paper-things")
    language = Subject.objects.values_list("language", flat=True).get(pk=found.subject_id)
    said = {"number": form.cleaned_data["part"], "reason": form.cleaned_data["reason"], "language": language}
    try:
        pdf = printing.printed(found.subject_id, **said, by=request.actor, at=at)
    except printing.NothingHeld:
        raise Http404 from None
    return download("held.pdf", "pdf", pdf)


@officials
@require_POST
@of_holder
def put_back_address(request: SignedIn, found: Found) -> HttpResponse:
    """The person who was found says that a change of where letters go was not theirs."""
    at = timezone.now()
    seen = request.POST.get("seen", "")
    if postal.put_back(found.subject_id, seen=int(seen) if seen.isdecimal() else None, by=request.actor, at=at):
        messages.success(request, _("It is as it was before. The address that letters left gets a last letter."))
    else:
        messages.error(request, _("There is no change to take back, or it was taken back meanwhile."))
    return redirect("appeals:paper-things")


@officials
@require_http_methods(["GET", "HEAD", "POST"])
@of_found
def mandate(request: SignedIn, found: Found) -> HttpResponse:
    """Enter a mandate that came on paper, for the person who was found; a second official confirms it."""
    at = timezone.now()
    data = sent(request)
    form = TermsForm(data, bases=mandate_writes.ON_PAPER, today=timezone.localdate(at))
    own = held.programmes_of(request.actor)
    form.fields["programmes"].choices = [each for each in form.fields["programmes"].choices if each[0] in own]  # type: ignore[attr-defined]
    form.fields["programmes"].required = True
    form.fields["programmes"].help_text = _("Only those that your organisation holds.")
    form.fields["programmes"].error_messages["required"] = _("Tick the programmes for which the paper counts")
    paper_form = MandatePaperForm(data)
    if data is not None and all([form.is_valid(), paper_form.is_valid()]):
        try:
            terms = form.terms(paper=paper_form.cleaned_data["paper"])
            mandate_writes.enter(terms, subject_id=found.subject_id, by=request.actor, at=at)
        except MandateRefused as error:
            form.add_error(None, str(error.sentence))
        else:
            messages.success(request, _("The mandate is entered. It counts once somebody else has confirmed it."))
            return redirect("appeals:paper-mandates")
    is_wrong = bool(data is not None)
    context = {
        "form": form,
        "paper_form": paper_form,
        "all_forms": [paper_form, form],
        "is_wrong": is_wrong,
        "name": accounts.name_of(found.subject_id),
    }
    return render(request, "appeals/paper/mandate.html", context, status=422 if is_wrong else 200)


@officials
@require_http_methods(["GET", "HEAD", "POST"])
def mandates(request: SignedIn) -> HttpResponse:
    """Mandates on paper that wait for a second official; confirming one shows the code to hand over, once."""
    at = timezone.now()
    status = 200
    sentence = ""
    if request.method == "POST":
        try:
            mandate_id = UUID(request.POST.get("mandate", ""))
            code = mandate_writes.confirm(mandate_id, by=request.actor, at=at)
        except (ValueError, Mandate.DoesNotExist):
            raise Http404 from None
        except MandateRefused as error:
            sentence, status = str(error.sentence), 409
        else:
            row = Mandate.objects.get(pk=mandate_id)
            context = {"code": code, "expires_at": row.code_expires_at}
            response = render(request, "appeals/paper/mandate_code.html", context, status=201)
            response["Cache-Control"] = "no-store"
            return response
    rows = [(each, each.row.entered_by_id == request.actor.user_id) for each in mandates_to_confirm(request.actor)]
    return render(request, "appeals/paper/mandates.html", {"rows": rows, "sentence": sentence}, status=status)


def _activation_words(expires_at: datetime) -> tuple[str, ...]:
    return (
        _(
            "With the code below you can see on the internet what is held about you, from where it came and who"
            " received it, and dispute what is wrong. That costs nothing."
        ),
        _("Go to this address and enter the code: %(address)s") % {"address": f"{settings.BASE_URL}/letter/"},
        _(
            "You are also asked for something that this letter does not say. The code works once, until %(day)s. Give"
            " it to nobody, also not to somebody who says they are from an office."
        )
        % {"day": entries.day(timezone.localdate(expires_at))},
        _("You do not have to use it. You can also go on by letter."),
    )
