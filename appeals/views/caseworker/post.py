"""Letters to post: a work list with what is to be printed, posted and, where there is proof, delivered."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import post
from accounts import queries as accounts
from accounts.access import SignedIn, staff_required
from accounts.actors import Actor
from accounts.models import Role, Subject
from accounts.pages import Pages
from appeals import access, letters, operations, presentation, queries
from appeals.forms.paper import DayForm
from appeals.letter_of import letter_of
from appeals.letters import Notice
from appeals.models import Case, EntryKind
from appeals.turned_away import notice_of
from appeals.views.download import download
from appeals.views.problems import TOLD, sentence_of
from appeals.workflow import UNANSWERED, Status
from audit import publishing
from delivery.models import Letter
from delivery.rendering import rendered
from records import presentation as entries

PAGE = 20
_DECISION = "decision_ready"
_TURNED_AWAY = "screening_ready"
_ABOUT_ENTRIES = ("entries_came", "files_joined")  # of several at once, so that they name none
_ASKING = frozenset({"case_incomplete", "cure_ends"})
_CHANGES = {"deadline_paused": EntryKind.PAUSED, "deadline_extended": EntryKind.EXTENDED}
_officials = staff_required(Role.CASEWORKER, Role.SUPERVISOR)


@dataclass(frozen=True)
class Row:
    """One letter of the list. Of the person it says nothing: the reference leads to the case, printing is logged."""

    letter: Letter
    title: str
    reference: str
    form: DayForm


@_officials
@require_safe
def to_post(request: SignedIn) -> HttpResponse:
    """What is to be printed and posted, oldest first, and what is on its way."""
    waiting = Pages(request, queries.letters_to_post(request.actor), PAGE)
    sent = list(queries.letters_posted(request.actor)[:PAGE])
    rows = _rows([*waiting.rows, *sent], request.actor)
    context = {"rows": rows[: len(waiting.rows)], "posted": rows[len(waiting.rows) :], "pages": waiting}
    return render(request, "appeals/paper/letters.html", context)


@_officials
@require_POST
def print_letter(request: SignedIn, letter_id: UUID) -> HttpResponse:
    """The letter with its address as a PDF. Printing is logged."""
    at = timezone.now()
    try:
        letter = operations.note_printed(letter_id, by=request.actor, at=at)
    except Letter.DoesNotExist:
        raise Http404 from None
    return download("letter.pdf", "pdf", _pdf(letter, request.actor, at))


@_officials
@require_POST
def posted(request: SignedIn, letter_id: UUID) -> HttpResponse:
    """The letter was given to the post on that day."""
    done = _("The letter is noted as posted.")
    return _note(request, letter_id, operations.note_posted, done)


@_officials
@require_POST
def delivered(request: SignedIn, letter_id: UUID) -> HttpResponse:
    """There is proof that the letter arrived on that day."""
    done = _("The letter is noted as delivered.")
    return _note(request, letter_id, operations.note_delivered, done)


def _note(request: SignedIn, letter_id: UUID, note: Callable[..., Letter], done: str) -> HttpResponse:
    try:
        letter = queries.letter_for(request.actor, letter_id)
    except Letter.DoesNotExist:
        raise Http404 from None
    form = _day_form(letter, timezone.localdate(), request.POST)
    if not form.is_valid():
        (row,) = _rows([letter], request.actor)
        context = {"row": replace(row, form=form), "form": form}
        return render(request, "appeals/paper/letter_day.html", context, status=422)
    try:
        note(letter_id, on=form.cleaned_data["on"], by=request.actor, at=timezone.now())
    except TOLD as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, done)
    return redirect("appeals:letters")


def _rows(found: list[Letter], actor: Actor) -> list[Row]:
    references = queries.references(actor, {each.message.case_id for each in found if each.message.case_id})
    today = timezone.localdate()
    return [
        Row(
            letter=each,
            title=_title(each),
            reference=references.get(each.message.case_id, "") if each.message.case_id else "",
            form=_day_form(each, today),
        )
        for each in found
    ]


def _title(letter: Letter) -> str:
    return rendered(letter.message, get_language() or "en").title


def _day_form(letter: Letter, today: date, data: object = None) -> DayForm:
    label = _("Arrived on") if letter.posted_on else _("Posted on")
    return DayForm(data, label=label, today=today, prefix=f"letter-{letter.pk}")


def _pdf(letter: Letter, actor: Actor, at: datetime) -> bytes:
    address = post.postal_address_of(letter.subject_id, letter.postal_id)
    case = _case(letter, actor)
    if case and letter.message.kind == _DECISION and case.decided_at:
        return letters.render(replace(letter_of(case, by=actor, at=at), address=address))
    if case and letter.message.kind == _TURNED_AWAY and _is_still_so(case, letter):
        return letters.render_notice(notice_of(case, address=address, on=at))
    language = case.language if case else Subject.objects.values_list("language", flat=True).get(pk=letter.subject_id)
    with override(language):
        told = rendered(letter.message, language, on_paper=True)
        return letters.render_notice(
            Notice(
                language=language,
                sender=_sender(case, actor),
                addressee=accounts.name_of(letter.subject_id),
                address=address,
                title=told.title,
                paragraphs=(told.body, *_asked(letter, case), *_reason(letter, case), *_more(letter, case)),
                on=timezone.localdate(at),
                reference=case.reference if case else "",
                checkpoint=publishing.on_day(at.date()),
            )
        )


def _is_still_so(case: Case, letter: Letter) -> bool:
    """Whether the case stands turned away as this letter tells: one that was revived has only a short letter."""
    standing = queries.screening_that_stands(case)
    decided_at = standing.row.decided_at if standing else None
    return decided_at is not None and letter.message.created_at >= decided_at


def _case(letter: Letter, actor: Actor) -> Case | None:
    if letter.message.case_id is None:
        return None
    reference = queries.references(actor, [letter.message.case_id])[letter.message.case_id]
    return queries.case_for(actor, reference)


def _sender(case: Case | None, actor: Actor) -> str:
    if case:
        return entries.organisation(case.holder.name)
    return entries.organisation(accounts.organisation_names(actor.organisations(Role.CASEWORKER, Role.SUPERVISOR))[0])


def _asked(letter: Letter, case: Case | None) -> tuple[str, ...]:
    """What the person is asked for, while they have not answered: without it nobody can answer by letter."""
    question = queries.open_question(case) if case and case.status == Status.INCOMPLETE else None
    if case is None or question is None or letter.message.kind not in _ASKING:
        return ()
    _row, words, last_day = question
    said = [_("You are asked for this: %(words)s") % {"words": words}]
    if last_day and (day := queries.safe_day(case, "cure")):
        said.append(_("Please answer by %(day)s.") % {"day": entries.day(day)})
        if access.screening_rules(case):
            said.append(
                _(
                    "If nothing comes from you by then, whoever works on the case may decide that nobody looks into it."
                    " You would be told why, and something new would bring it back."
                )
            )
    return tuple(said)


def _reason(letter: Letter, case: Case | None) -> tuple[str, ...]:
    """Why a deadline was changed, as the case page says it: of the change of which the letter tells."""
    kind, told = _CHANGES.get(letter.message.kind), letter.message
    if case is None or kind is None:
        return ()
    words = [
        each.words
        for each in queries.changes(case)
        if each.entry.kind == kind and each.entry.clock == told.params.get("clock") and each.entry.at <= told.created_at
    ]
    return (_("The reason: %(words)s") % {"words": words[-1]},) if words and words[-1] else ()


def _which_day_counts(case: Case) -> str:
    if queries.procedure_of(case).posting_counts:
        return _("Where a last day is named for you, what is given to the post by then is in time.")
    return _("The day on which your letter is received counts.")


def _more(letter: Letter, case: Case | None) -> tuple[str, ...]:
    """What the page beside a message would say too, for somebody who has only the letter."""
    said = []
    if case and case.status in UNANSWERED and case.status != Status.WITHDRAWING:
        day = presentation.by_told_days(case.decide_by, case.decide_by_latest)
        said.append(_("You get an answer by: %(day)s.") % {"day": day})
        said.append(presentation.meanwhile(queries.procedure_of(case)))
    if case:
        said.append(
            _(
                "You can answer by letter: hand in more, withdraw, or go on after all. Write the reference on it."
                " %(which)s"
            )
            % {"which": _which_day_counts(case)}
        )
    elif letter.message.record_id or letter.message.kind in _ABOUT_ENTRIES:
        said.append(
            _(
                "To read what it says, write to the office that is named at the head of this letter, or go there. Say"
                " who you are, with your number if you have one, and ask for all that is held about you. It is printed"
                " for you there. That costs nothing."
            )
        )
        said.append(_("If it is wrong, you can dispute it by letter. That costs nothing."))
    return tuple(said)
