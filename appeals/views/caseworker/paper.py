"""Disputes on paper: find whose it is by a number, choose what it disputes, type in what it says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import files, post, throttle
from accounts import queries as accounts
from accounts.access import SignedIn
from accounts.actors import Actor
from accounts.models import Subject
from accounts.operations import paper as people
from appeals import access, deadlines, operations, presentation, queries
from appeals.errors import StillWaiting
from appeals.evidence_files import EvidenceRefused, Limits
from appeals.forms.paper import (
    FindForm,
    ItemForm,
    PaperForm,
    PrintForm,
    ThingOnPaper,
)
from appeals.forms.person import MEGABYTES, WhatForm
from appeals.models import AnswerBy, Case, Standing
from appeals.operations import NewEvidence, Target
from appeals.views.caseworker.found import KEY, Found, found_of, is_holder, of_found, officials
from appeals.views.caseworker.frame import sent
from appeals.views.person.evidence import name_of_file
from appeals.views.problems import TOLD, sentence_of, status_of
from law.grounds import Ground
from law.procedure import Procedure
from records import presentation as entries
from records.exporting import printing
from records.queries import Held

_MOST_CASES: Final = 10


@dataclass(frozen=True)
class TimeOver:
    """A time for filing that had ended when the paper was received. `is_late`: by the day that its law counts, too."""

    title: str
    window: queries.Window
    posting_counts: bool
    is_late: bool


@officials
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
                request.session[KEY] = [str(subject_id), *days, at.timestamp()]
                return redirect("appeals:paper-things")
            form.add_error("number", _("Your organisation holds nothing under this number. Compare it with the paper."))
            status = 422
    return render(request, "appeals/paper/find.html", {"form": form}, status=status)


@officials
@require_http_methods(["GET", "HEAD", "POST"])
@of_found
def things(request: SignedIn, found: Found) -> HttpResponse:
    """What the paper disputes, out of what is held; with what was filed for this person already."""
    at = timezone.now()
    held_now = queries.entries_on_paper(request.actor, found.subject_id, at=at)
    taken = queries.in_dispute(found.person, [each.record.pk for each in held_now])
    form = WhatForm(held_now, taken, today=at.date(), data=sent(request))
    if request.method == "POST" and form.is_valid():
        chosen = form.targets()
        if len({entry.record.programme for entry in held_now if entry.record.pk in {t.record_id for t in chosen}}) > 1:
            form.add_error(form.first, _("Choose things of one programme. What belongs to another is another case."))
        else:
            request.session[KEY] = [*request.session[KEY][:4], [_code(each) for each in chosen]]
            return redirect("appeals:paper-dispute")
    context = {
        "form": form,
        "name": accounts.name_of(found.subject_id),
        "found": found,
        "cases": _known_cases(request.actor, found),
        "print_form": PrintForm(),
        "is_holder": is_holder(request.actor, found),
        "print_parts": range(1, printing.parts(found.subject_id, by=request.actor) + 1),
        "postal": post.in_use(found.subject_id),
        "has_address": bool(post.settled_address_of(found.subject_id, at)),
    }
    return render(request, "appeals/paper/things.html", context, status=422 if form.errors else 200)


@officials
@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: SignedIn) -> HttpResponse:
    """What the paper says about each thing, and how it is answered; then it is filed."""
    at = timezone.now()
    found = found_of(request, at)
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
            del request.session[KEY]
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


def _file(request: SignedIn, found: Found, form: PaperForm, forms: Sequence[ItemForm], at: datetime) -> Case:
    said = form.cleaned_data
    evidence = [new_evidence(each) for each in said["scans"]]
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


def new_evidence(upload: "UploadedFile[bytes]", document: str = "") -> NewEvidence:
    if (upload.size or 0) > Limits().max_bytes:
        raise EvidenceRefused("too_large", megabytes=MEGABYTES)
    return NewEvidence.of(name_of_file(upload.name or ""), upload.read(), document)


def _chosen(request: SignedIn) -> list[Target]:
    kept = request.session.get(KEY) or []
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
