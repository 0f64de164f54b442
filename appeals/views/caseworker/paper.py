"""Disputes on paper: find whose it is by a number, choose what it disputes, type in what it says. Also a way in.

Whom an official found stays in their session for half an hour: only what was found by an exact number, and logged,
can be entered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST

from accounts import files, post, throttle
from accounts import queries as accounts
from accounts.access import SignedIn, staff_required
from accounts.actors import Actor
from accounts.forms_acting import TermsForm
from accounts.mandates import mandates_to_confirm
from accounts.models import Mandate, Role, Subject
from accounts.operations import mandates as mandate_writes
from accounts.operations import paper as people
from accounts.operations import postal
from accounts.operations.mandates import MandateRefused
from appeals import access, deadlines, letters, operations, presentation, queries, required
from appeals.errors import CaseError, NothingNew, NotReceivedYet, PostedLater, ReceivedBefore, StillWaiting
from appeals.evidence_files import EvidenceRefused, Limits
from appeals.forms.paper import (
    FindForm,
    ItemForm,
    LaterEvidenceForm,
    MandatePaperForm,
    PaperAnswerForm,
    PaperForm,
    PaperNewsForm,
    PrintForm,
    ThingOnPaper,
)
from appeals.forms.person import MEGABYTES, WhatForm
from appeals.letters import Notice
from appeals.models import AnswerBy, Case, Standing
from appeals.operations import AnswerOnPaper, NewEvidence, Target
from appeals.views.caseworker.frame import case_page, sent
from appeals.views.download import download
from appeals.views.person.evidence import name_of_file
from appeals.views.problems import TOLD, sentence_of, status_of
from appeals.workflow import Action, Status, step
from audit import publishing
from law.grounds import Ground
from law.procedure import Procedure
from records import presentation as entries
from records import queries as held
from records.exporting import printing
from records.queries import Held

_FOUND: Final = "found_on_paper"
_STAYS: Final = timedelta(minutes=30)
_MOST_CASES: Final = 10
_officials = staff_required(Role.CASEWORKER, Role.SUPERVISOR)


@dataclass(frozen=True)
class Found:
    """Whose paper it is, and on which day it was received, and posted if that is known."""

    subject_id: UUID
    received_on: date
    posted_on: date | None

    @property
    def person(self) -> Actor:
        """The one who wrote, for reads of what can be disputed; it signs nothing."""
        return held.on_paper(self.subject_id)


@dataclass(frozen=True)
class TimeOver:
    """A time for filing that had ended when the paper was received. `is_late`: by the day that its law counts, too."""

    title: str
    window: queries.Window
    posting_counts: bool
    is_late: bool


@_officials
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: SignedIn) -> HttpResponse:
    """Whose paper it is. Nobody is found but by an exact number, and finding is logged."""
    at = timezone.now()
    form = FindForm(sent(request), today=timezone.localdate(at))
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            throttle.spend(people.LOOK_UPS, str(request.actor.own_user), at=at)
            subject_id = people.find(
                said["scheme"],
                said["number"],
                purpose="paper_dispute",
                by=request.actor,
                at=at,
                name=said["name"],
                birth_date=said["birth_date"],
            )
        except throttle.TooMany as error:
            form.add_error(None, sentence_of(error))
            status = 429
        else:
            if subject_id and queries.may_be_about(request.actor, subject_id):
                days = [day.isoformat() if day else "" for day in (said["received_on"], said["posted_on"])]
                request.session[_FOUND] = [str(subject_id), *days, at.timestamp()]
                return redirect("appeals:paper-things")
            form.add_error("number", _("Your organisation holds nothing under this number. Compare it with the paper."))
            status = 422
    return render(request, "appeals/paper/find.html", {"form": form}, status=status)


@_officials
@require_http_methods(["GET", "HEAD", "POST"])
def things(request: SignedIn) -> HttpResponse:
    """What the paper disputes, out of what is held; with what was filed for this person already."""
    at = timezone.now()
    found = _found(request, at)
    if found is None:
        return redirect("appeals:paper")
    held_now = queries.entries_on_paper(request.actor, found.subject_id, at=at)
    taken = queries.in_dispute(found.person, [each.record.pk for each in held_now])
    form = WhatForm(held_now, taken, today=at.date(), data=sent(request))
    if request.method == "POST" and form.is_valid():
        chosen = form.targets()
        if len({entry.record.programme for entry in held_now if entry.record.pk in {t.record_id for t in chosen}}) > 1:
            form.add_error(form.first, _("Choose things of one programme. What belongs to another is another case."))
        else:
            request.session[_FOUND] = [*request.session[_FOUND][:4], [_code(each) for each in chosen]]
            return redirect("appeals:paper-dispute")
    context = {
        "form": form,
        "name": accounts.name_of(found.subject_id),
        "found": found,
        "cases": _known_cases(request.actor, found),
        "print_form": PrintForm(),
        "is_holder": _is_holder(request.actor, found),
        "print_parts": range(1, printing.parts(found.subject_id, by=request.actor) + 1),
        "postal": post.in_use(found.subject_id),
        "has_address": bool(post.settled_address_of(found.subject_id, at)),
    }
    return render(request, "appeals/paper/things.html", context, status=422 if form.errors else 200)


@_officials
@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: SignedIn) -> HttpResponse:
    """What the paper says about each thing, and how it is answered; then it is filed."""
    at = timezone.now()
    found = _found(request, at)
    chosen = _chosen(request)
    if found is None or not chosen:
        return redirect("appeals:paper")
    on_page = _things(queries.entries_on_paper(request.actor, found.subject_id, at=at), chosen)
    offered = _procedures(request.actor, on_page, found.received_on)
    if not on_page or not offered:
        messages.error(request, _("No procedure is open for all of this together. Choose fewer things."))
        return redirect("appeals:paper-things")
    subject = Subject.objects.get(pk=found.subject_id)
    data = sent(request)
    ended = _ended(found, on_page, offered, at)
    late = [each.window for each in ended if each.is_late]
    form = PaperForm(
        data,
        request.FILES if data is not None else None,
        procedures=offered,
        language=subject.language,
        has_address=bool(post.postal_address_of(found.subject_id)),
        excuses=_excuses(late) if late else None,
    )
    forms = [ItemForm(thing, _grounds(offered, thing), data) for thing in on_page]
    status = 200
    if data is not None and all([form.is_valid(), *(each.is_valid() for each in forms)]):
        try:
            case = _file(request, found, form, forms, at)
        except StillWaiting as error:
            wrong, field = (form, "procedure") if error.place is None else (forms[error.place], "ground")
            wrong.add_error(field, sentence_of(error))
            status = status_of(error)
        except TOLD as error:
            form.add_error("scans" if isinstance(error, EvidenceRefused) else None, sentence_of(error))
            status = status_of(error)
        else:
            del request.session[_FOUND]
            said = _("Case %(reference)s is entered. Whatever is told to this person goes on paper: see the letters.")
            if case.answer_by == AnswerBy.PAGE:
                said = _("Case %(reference)s is entered.")
            if not access.visible_to(request.actor).filter(pk=case.pk).exists():
                return _with_the_office_above(request, case)
            messages.success(request, said % {"reference": case.reference})
            return redirect("appeals:casework-case", case.reference)
    elif data is not None:
        status = 422
    context = {
        "form": form,
        "things": list(zip(on_page, forms, strict=True)),
        "all_forms": [*forms, form],
        "is_wrong": status != 200,
        "name": accounts.name_of(found.subject_id),
        "found": found,
        "cases": _known_cases(request.actor, found),
        "ended": ended,
    }
    return render(request, "appeals/paper/dispute.html", context, status=status)


@_officials
@require_POST
def activation_letter(request: SignedIn) -> HttpResponse:
    """Print a way in for the person who was found: a code, shown once, that works with a fact which is not in it."""
    at = timezone.now()
    found = _found(request, at)
    if found is None:
        return redirect("appeals:paper")
    if not _is_holder(request.actor, found):
        raise Http404
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


@_officials
@require_POST
def print_held(request: SignedIn) -> HttpResponse:
    """What this office holds, printed for the person who was found. Each entry says to them who read it, and why."""
    at = timezone.now()
    found = _found(request, at)
    if found is None:
        return redirect("appeals:paper")
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


@_officials
@require_POST
def put_back_address(request: SignedIn) -> HttpResponse:
    """The person who was found says that a change of where letters go was not theirs."""
    at = timezone.now()
    found = _found(request, at)
    if found is None:
        return redirect("appeals:paper")
    if not _is_holder(request.actor, found):
        raise Http404
    seen = request.POST.get("seen", "")
    if postal.put_back(found.subject_id, seen=int(seen) if seen.isdecimal() else None, by=request.actor, at=at):
        messages.success(request, _("It is as it was before. The address that letters left gets a last letter."))
    else:
        messages.error(request, _("There is no change to take back, or it was taken back meanwhile."))
    return redirect("appeals:paper-things")


@_officials
@require_http_methods(["GET", "HEAD", "POST"])
def mandate(request: SignedIn) -> HttpResponse:
    """Enter a mandate that came on paper, for the person who was found; a second official confirms it."""
    at = timezone.now()
    found = _found(request, at)
    if found is None:
        return redirect("appeals:paper")
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


@_officials
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
    evidence = [_new_evidence(file, document) for file, document in form.enclosed()]
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
            new = _new_evidence(form.cleaned_data["file"], form.cleaned_data.get("document", ""))
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


def _file(request: SignedIn, found: Found, form: PaperForm, forms: Sequence[ItemForm], at: datetime) -> Case:
    said = form.cleaned_data
    evidence = [_new_evidence(each) for each in said["scans"]]
    return operations.enter_dispute(
        found.subject_id,
        procedure_id=said["procedure"],
        items=[each.item() for each in forms],
        received_on=found.received_on,
        posted_on=found.posted_on,
        standing=Standing(said["standing"]),
        answer_by=AnswerBy(said["answer_by"]),
        address=said["address"],
        language=said["language"],
        by=request.actor,
        at=at,
        evidence=evidence,
        late=form.late(),
    )


def _with_the_office_above(request: SignedIn, case: Case) -> HttpResponse:
    """Whoever took a paper in for another office gets its reference, and no page of the case."""
    said = _("Case %(reference)s is entered. The office above decides it and has it now: %(office)s.")
    messages.success(request, said % {"reference": case.reference, "office": entries.organisation(case.holder.name)})
    return redirect("appeals:paper")


def _new_evidence(upload: "UploadedFile[bytes]", document: str = "") -> NewEvidence:
    if (upload.size or 0) > Limits().max_bytes:
        raise EvidenceRefused("too_large", megabytes=MEGABYTES)
    return NewEvidence.of(name_of_file(upload.name or ""), upload.read(), document)


def _is_holder(actor: Actor, found: Found) -> bool:
    """Whether this office holds something about them: the office above only takes in what disputes it."""
    return bool(held.count_for_official(actor, found.subject_id))


def _found(request: SignedIn, at: datetime) -> Found | None:
    """Whom this official found in this session, not long ago."""
    kept = request.session.get(_FOUND)
    if not kept or at.timestamp() - kept[3] > _STAYS.total_seconds():
        return None
    return Found(UUID(kept[0]), date.fromisoformat(kept[1]), date.fromisoformat(kept[2]) if kept[2] else None)


def _chosen(request: SignedIn) -> list[Target]:
    kept = request.session.get(_FOUND) or []
    return [_target(code) for code in kept[4]] if len(kept) > 4 else []


def _code(target: Target) -> list[str]:
    return [str(target.record_id), target.field, str(target.measure_id or "")]


def _target(code: Sequence[str]) -> Target:
    return Target(UUID(code[0]), code[1], UUID(code[2]) if code[2] else None)


def _known_cases(actor: Actor, found: Found) -> list[dict[str, Any]]:
    """What was filed for this person before, the newest first: the same paper may lie on two desks."""
    cases = queries.cases_of(actor).filter(subject_id__in=files.members(found.subject_id))[:_MOST_CASES]
    return [
        {
            "case": case,
            "filed_on": queries.procedure_of(case).local_date(case.filed_at),
            "status": case.get_status_display(),
            "same_day": case.received_on is not None and case.received_on == found.received_on,
            "by_you": case.entered_by_id == actor.user_id,
        }
        for case in cases
    ]


def _things(held_now: Sequence[Held], chosen: Sequence[Target]) -> list[ThingOnPaper]:
    by_id = {each.record.pk: each for each in held_now}
    return [
        ThingOnPaper(number, target, entry, _title(entry, target))
        for number, target in enumerate(chosen, 1)
        if (entry := by_id.get(target.record_id))
    ]


def _title(entry: Held, target: Target) -> str:
    measure = next((each.type for each in entry.measures if each.pk == target.measure_id), "")
    return presentation.thing(entry.record.programme, entry.record.type, field=target.field, measure=measure)


def _procedures(actor: Actor, things: Sequence[ThingOnPaper], received_on: date) -> list[Procedure]:
    """Those that were open for everything on the paper on the day on which it was received, and that they may enter."""
    found = queries.procedures_for_all([(each.entry, each.target.measure_id) for each in things], received_on)
    return [law for law in found if queries.may_be_entered(actor, law, things[0].entry.programme)]


def _ended(found: Found, things: Sequence[ThingOnPaper], offered: Sequence[Procedure], at: datetime) -> list[TimeOver]:
    """The times for filing, of any of these procedures, that had ended when the paper was received."""
    ids, own = {thing.target.record_id for thing in things}, files.members(found.subject_id)
    programme = things[0].entry.record.programme
    known = [(law, queries.filing_window(law, ids, own, programme)) for law in offered]
    return [
        TimeOver(
            title=presentation.procedure_title(law),
            window=window,
            posting_counts=law.posting_counts,
            is_late=window.is_over(law, at, law.day_given(found.received_on, found.posted_on)),
        )
        for law, window in known
        if window and window.is_over(law, at, found.received_on)
    ]


def _excuses(over: Iterable[queries.Window]) -> list[tuple[str, str]]:
    """The reasons that any of these procedures takes, as officials read them."""
    codes = dict.fromkeys(code for window in over if window.excuse for code in window.excuse.reasons)
    return [(code, capfirst(deadlines.reason(code))) for code in codes]


def _grounds(offered: Sequence[Procedure], thing: ThingOnPaper) -> dict[str, Ground]:
    """The grounds of any of them; whether the chosen procedure hears it is said when it is filed."""
    return {ground.id: ground for procedure in offered for ground in procedure.grounds_for(thing.kind)}


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
