"""My cases: all of them, one of them, and withdrawing one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedIn, person_required
from accounts.actors import Actor
from appeals import access, deadlines, operations, presentation, queries, required
from appeals.access import NotAllowed
from appeals.forms import wanted
from appeals.forms.person import WithdrawForm
from appeals.models import Case
from appeals.operations.withdrawal import check_contact, effective_on
from appeals.queries import OpenItem
from appeals.reference import normalise
from appeals.views.pages import Pages
from appeals.views.person import receipts
from appeals.views.problems import told_plainly
from appeals.views.zone import tell_time_as_in
from appeals.workflow import ANSWERED, UNANSWERED, Action, Status, actions, step
from law.grounds import grounds
from records import catalogue
from records import presentation as entries
from records import queries as held
from records.queries import Held

_PAGE = 20


@person_required
@told_plainly
@require_safe
def cases(request: SignedIn) -> HttpResponse:
    """What is being written, and every case, newest first."""
    pages = Pages(request, queries.cases_of(request.actor), _PAGE)
    drafts = queries.drafts_of(request.actor).annotate(number=Count("items"))
    context = {
        "drafts": [(draft, presentation.programme_title(draft.programme)) for draft in drafts],
        "rows": [_row(each) for each in pages.rows],
        "pages": pages,
    }
    return render(request, "appeals/person/cases.html", context)


@person_required
@told_plainly
@require_safe
def case(request: SignedIn, reference: str) -> HttpResponse:
    """One case: whose turn, by when and why then, what it is about, what happened."""
    at = timezone.now()
    found = own_case(request.actor, reference)
    items = queries.open_items(found, request.actor, at=at, purpose="own_file")
    records = held.held_records(request.actor, [item.row.record_id for item in items])
    context = {
        **_row(found),
        "deadlines": deadlines.shown(found, at),
        "missing": queries.completion_request(found),
        "completed": queries.completion_answers(found),
        **late_of(found),
        "is_turned_away": found.status in ANSWERED and queries.was_screened_out(found),
        "screenings": [each for each in queries.screenings_over(found) if each.row.decided_at],
        "may_revive": _may(request.actor, Action.REVIVE, found),
        "procedure": presentation.procedure_title(queries.procedure_of(found)),
        "items": [_item(found, item) for item in items],
        "suspended": _suspended(found, records, at),
        "marked": _marked(found, records),
        "files": queries.evidence_of(found),
        "may_add_evidence": _may_add_evidence(request.actor, found),
        "papers": papers(request.actor, found),
        "remedies": _remedies(found, items),
        "receipts": receipts.shown(found),
        "events": presentation.timeline(queries.timeline(found)),
        "looks": queries.looks_at(found),
        "may_withdraw": _may(request.actor, Action.WITHDRAW, found),
        "may_undo": _may(request.actor, Action.UNDO_WITHDRAWAL, found),
    }
    return render(request, "appeals/person/case.html", context)


@person_required
@told_plainly
@require_safe
def withdraw(request: SignedIn, reference: str) -> HttpResponse:
    """The first question: what starts again, and when, if the case is withdrawn."""
    context = _withdrawal(request.actor, reference, timezone.now())
    return render(request, "appeals/person/withdraw.html", context)


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_withdrawal(request: SignedIn, reference: str) -> HttpResponse:
    """The second question, with a box to tick; then the case is being withdrawn."""
    at = timezone.now()
    context = _withdrawal(request.actor, reference, at)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        operations.withdraw(context["case"].pk, by=request.actor, at=at)
        messages.success(request, _("You withdrew the case. You can take this back before the day that it ends."))
        return redirect("appeals:case", reference)
    status = 422 if request.method == "POST" else 200
    return render(request, "appeals/person/confirm_withdrawal.html", {**context, "form": form}, status=status)


@person_required
@told_plainly
@require_POST
def undo_withdrawal(request: SignedIn, reference: str) -> HttpResponse:
    """Go on with the case after all."""
    found = own_case(request.actor, reference)
    operations.undo_withdrawal(found.pk, by=request.actor, at=timezone.now())
    messages.success(request, _("Your case goes on. What it stopped stays stopped."))
    return redirect("appeals:case", reference)


def own_case(actor: Actor, reference: str) -> Case:
    """The person's case of that reference, however it was typed. Raises `Case.DoesNotExist`."""
    return tell_time_as_in(queries.case_for(actor, normalise(reference) or ""))


def _row(found: Case) -> dict[str, Any]:
    """A case as its list shows it."""
    status = Status(found.status)
    day = entries.day(found.withdrawal_effective_on) if found.withdrawal_effective_on else ""
    return {
        "case": found,
        "filed_on": queries.procedure_of(found).local_date(found.filed_at),
        "programme": presentation.programme_title(found.programme),
        "holder": entries.organisation(found.holder.name),
        "status": found.get_status_display(),
        "tone": presentation.TONES[status],
        "turn": presentation.turn(status, holder=entries.organisation(found.holder.name), day=day),
        "due": presentation.by_told_days(found.decide_by, found.decide_by_latest),
        "is_waiting_for_answer": status in UNANSWERED and status is not Status.WITHDRAWING,
    }


def _item(found: Case, item: OpenItem) -> dict[str, Any]:
    row = item.row
    kind = catalogue.programme(found.programme).types[row.record.type]
    rows = []
    if row.field and item.as_disputed and row.field in item.as_disputed.values:
        lines = entries.lines(kind, item.as_disputed.values)
        rows.append({"key": _("It said"), "value": next(line.value for line in lines if line.name == row.field)})
    rows.append({"key": _("What is wrong"), "value": grounds()[row.ground].title.in_language(entries.reader())})
    if item.wanted:
        rows.append({"key": _("What it should say"), "value": wanted.shown(kind, row.field, item.wanted)})
    measure = row.measure.type if row.measure else ""
    title = presentation.thing(found.programme, row.record.type, field=row.field, measure=measure)
    return {"number": row.number, "title": title, "rows": rows, "words": item.words}


def _suspended(found: Case, records: Sequence[Held], at: datetime) -> list[entries.Effect]:
    """What this case has stopped and not let go."""
    return [
        effect
        for record in records
        for effect in entries.effects(record, at.date())
        if effect.id in {measure.pk for measure in record.measures if measure.suspended_by_case == found.pk}
    ]


def _marked(found: Case, records: Sequence[Held]) -> list[str]:
    """What is marked as disputed because of this case."""
    return [
        presentation.thing(found.programme, record.record.type, field=mark.field)
        for record in records
        for mark in record.marks
        if mark.case_id == found.pk
    ]


def _remedies(found: Case, items: Sequence[OpenItem]) -> list[dict[str, Any]]:
    """What is done because of the decision, and how far it is; shown with the decision, not before."""
    if found.served_at is None:
        return []
    titles = {item.row.pk: _item(found, item)["title"] for item in items}
    tones = {"waiting": "waiting", "done": "good", "undone": "late"}
    return [
        {
            "title": titles[remedy.item_id],
            "kind": remedy.get_kind_display(),
            "state": remedy.get_state_display(),
            "tone": tones[remedy.state],
            "at": remedy.undone_at or remedy.done_at,
        }
        for remedy in found.remedies.order_by("item__number")
    ]


def late_of(found: Case) -> dict[str, Any]:
    """Why the case was filed after its last day, for includes/late.html."""
    late = queries.excuse_of(found)
    return {"late": late, "late_reason": deadlines.reason(late.row.reason) if late and late.row.reason else ""}


def _may(actor: Actor, action: Action, found: Case) -> bool:
    return action in actions(Status(found.status)) and access.why_not(actor, action, found) is None


def _may_add_evidence(actor: Actor, found: Case) -> bool:
    try:
        queries.check_may_add_evidence(actor, found)
    except NotAllowed:
        return False
    return True


def papers(actor: Actor, found: Case) -> list[tuple[required.Shown, str]]:
    """The papers that the procedure asks for, each with the page on which it can still be handed in."""
    is_open = _may_add_evidence(actor, found)
    return [
        (
            each,
            reverse("appeals:case-document", args=[found.reference, each.id])
            if is_open and each.can_be_handed_in
            else "",
        )
        for each in required.shown(queries.required_of(found))
    ]


def _withdrawal(actor: Actor, reference: str, at: datetime) -> dict[str, Any]:
    """What withdrawing this case would do. Raises `IllegalStep` when it cannot be withdrawn any more."""
    found = own_case(actor, reference)
    step(Status(found.status), Action.WITHDRAW)
    check_contact(found, actor, at)
    records = held.held_records(actor, found.items.values_list("record_id", flat=True))
    return {
        "case": found,
        "suspended": _suspended(found, records, at),
        "marked": _marked(found, records),
        "day": effective_on(found, at),
    }
