"""Everything about one case on one page, and what can be done with it now."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.access import SignedIn
from accounts.actors import Actor
from appeals import access, deadlines, presentation, queries, required, windows
from appeals.forms.caseworker import LANGUAGES
from appeals.models import Case, Remedy, RemedyState
from appeals.queries import OpenItem
from appeals.views.caseworker import shown
from appeals.views.caseworker.frame import case_page
from appeals.views.caseworker.shown import ItemShown, MeasureShown
from appeals.views.download import download
from appeals.workflow import FINAL, Action, Status, actions
from records import catalogue
from records import queries as records
from records.presentation import effect as effect_of

_LOOKS = 20

# What the page offers in each status: the action whose check it obeys, its page, and its words.
OFFERS: dict[Status, tuple[tuple[Action, str, str | Promise], ...]] = {
    Status.FILED: ((Action.TAKE, "take", _("Take this case")),),
    Status.IN_REVIEW: (
        (Action.SUBMIT, "decide", _("Write the decision")),
        (Action.ASK_TO_COMPLETE, "ask", _("Ask for what is missing")),
        (Action.PROPOSE_SCREENING, "turn-away", _("Turn the case away")),
        (Action.GIVE_BACK, "give-back", _("Give the case back")),
    ),
    Status.SCREENING: ((Action.APPROVE_SCREENING, "check-turning-away", _("Check whether it may be turned away")),),
    Status.INCOMPLETE: (
        (Action.GO_ON_WITHOUT, "go-on-without", _("Go on without an answer")),
        (Action.PROPOSE_SCREENING, "turn-away", _("Turn the case away")),
    ),
    Status.AWAITING_APPROVAL: ((Action.APPROVE, "approve", _("Check the draft")),),
}

# What the person of a dispute on paper does by letter, and an official types in.
ENTERED: tuple[tuple[Action, str, str], ...] = (
    (Action.COMPLETE, "answer", gettext_noop("Enter an answer that came on paper")),
    (Action.WITHDRAW, "withdraw", gettext_noop("Enter a withdrawal that came on paper")),
    (Action.UNDO_WITHDRAWAL, "undo-withdrawal", gettext_noop("Enter on paper that the case goes on")),
    (Action.REVIVE, "something-new", gettext_noop("Enter what came on paper that is new")),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """One button. `why_not`: the sentence that stands beside it when it cannot be pressed."""

    action: str
    words: str | Promise
    href: str
    is_post: bool
    why_not: str | None


@dataclass(frozen=True, slots=True)
class ItemOnPage:
    """One item with what rests on its record and what is done about it.

    `undo`: where the remedy can be taken back. `same_as`: number of an earlier item about the same record.
    """

    shown: ItemShown
    same_as: int
    measures: Sequence[MeasureShown]
    remedy: Remedy | None
    undo: str


@case_page
@require_safe
def case(request: SignedIn, case: Case) -> HttpResponse:
    """Opening it is a look at the person's words and data, and is logged as such."""
    now = timezone.now()
    opened = queries.open_items(case, request.actor, at=now)
    acts, looks = queries.acts_and_looks(case)
    procedure = queries.procedure_of(case)
    today = procedure.local_date(now)
    offered = offers(case, request.actor, now)
    standing, late = queries.screening_that_stands(case), queries.excuse_of(case)
    papers, takes_paper = queries.required_of(case), access.takes_paper(case)
    context = {
        "case": case,
        "programme": presentation.programme_title(case.programme),
        "procedure": presentation.procedure_title(procedure),
        "turn": shown.turn(case),
        "tone": presentation.TONES[Status(case.status)],
        "language": dict(LANGUAGES).get(case.language, case.language),
        "caseworker": _caseworker(case),
        "standing": case.get_standing_display(),
        "answer_by": case.get_answer_by_display(),
        "paper": _paper(case, request.actor) if takes_paper else [],
        "takes_paper": takes_paper,
        "posting_counts": procedure.posting_counts,
        "due": shown.due(case, today),
        "deadlines": deadlines.shown(case, now),
        "windows": windows.of_case(case, now),
        "may_change_time": access.allows(access.check_may_change_time, request.actor, case),
        "missing": queries.completion_request(case),
        "completed": queries.completion_answers(case),
        "offers": [each for each in offered if not each.why_not],
        "refused": [each for each in offered if each.why_not],
        "items": _items(case, opened, request.actor, today),
        "evidence": shown.evidence(queries.evidence_of(case)),
        "papers": [(each, "") for each in required.shown(papers)],
        "papers_missing": any(each.is_incomplete for each in papers),
        "can_ask": any(each.action == "ask" and not each.why_not for each in offered),
        "timeline": shown.timeline(acts, you=request.actor),
        "looks": [shown.look(each, you=request.actor) for each in looks[:_LOOKS]],
        "looks_in_all": len(looks),
        "late": late,
        "late_reason": deadlines.reason(late.row.reason) if late and late.row.reason else "",
        "counts_on": late and queries.counts_on(case),
        "may_accept": access.can(request.actor, Action.ACCEPT_EXCUSE, case),
        "earlier": shown.earlier(queries.earlier_cases(case)),
        "screening": shown.screening(standing) if standing else None,
        "screenings": [shown.screening(each) for each in queries.screenings_over(case)],
        "note": shown.note(queries.send_back_note(case)) if case.status == Status.IN_REVIEW else None,
    }
    return render(request, "appeals/casework/case.html", context)


@case_page
@require_safe
def evidence(request: SignedIn, case: Case, evidence_id: UUID) -> HttpResponse:
    """One file that the person handed in, as a download. Reading it is logged."""
    try:
        row, name, data = queries.read_evidence(case, evidence_id, request.actor, at=timezone.now())
    except ObjectDoesNotExist:
        raise Http404 from None
    return download(name, row.kind, data)


def offers(case: Case, actor: Actor, at: datetime) -> list[Offer]:
    """What can be done in this status, by the checks that guard the operations.

    A case may be turned away only where a rule of its procedure is open for it: elsewhere there is no such button.
    """
    may_be = Action.PROPOSE_SCREENING in actions(Status(case.status))
    rules = queries.open_rules(case, at=at) if may_be else []
    may_be_turned_away = any(each.why_not is None for each in rules)
    return [
        Offer(
            action=page,
            words=words,
            href=reverse(f"appeals:casework-{page}", args=[case.reference]),
            is_post=action is Action.TAKE,
            why_not=access.why_not(actor, action, case),
        )
        for action, page, words in OFFERS.get(Status(case.status), ())
        if action is not Action.PROPOSE_SCREENING or may_be_turned_away
    ]


def _paper(case: Case, actor: Actor) -> list[tuple[str, str]]:
    """What can be entered for a person who writes on paper: words and addresses."""
    possible = actions(Status(case.status))
    found = [
        (gettext(words), reverse(f"appeals:paper-{page}", args=[case.reference]))
        for action, page, words in ENTERED
        if action in possible and access.why_not(actor, action, case) is None
    ]
    if Action.WITHDRAW in possible or Action.REVIVE in possible:
        found.append((gettext("Add what came on paper"), reverse("appeals:paper-evidence", args=[case.reference])))
    return found


def _caseworker(case: Case) -> str:
    number = queries.caseworker_numbers([case]).get(case.pk)
    return gettext("No. %(number)s") % {"number": number} if number else gettext("Nobody yet")


def _items(case: Case, opened: Sequence[OpenItem], actor: Actor, today: date) -> list[ItemOnPage]:
    measures = _measures(case, opened, today)
    remedies = {remedy.item_id: remedy for remedy in case.remedies.all()}
    can_undo = case.decided_at is not None and access.allows(access.check_can_undo, actor, case)
    first: dict[UUID, int] = {}
    for item in opened:
        first.setdefault(item.row.record_id, item.row.number)
    return [
        ItemOnPage(
            shown=each,
            same_as=number if (number := first[each.row.record_id]) != each.row.number else 0,
            measures=measures[each.row.record_id],
            remedy=(remedy := remedies.get(each.row.pk)),
            undo=_undo_page(case, remedy) if remedy and can_undo else "",
        )
        for each in shown.items(opened)
    ]


def _undo_page(case: Case, remedy: Remedy) -> str:
    if remedy.state != RemedyState.DONE or case.status in FINAL:
        return ""
    return reverse("appeals:casework-undo", args=[case.reference, remedy.pk])


def _measures(case: Case, opened: Sequence[OpenItem], today: date) -> dict[UUID, list[MeasureShown]]:
    kinds = catalogue.programme(case.programme).measures
    found: dict[UUID, list[MeasureShown]] = defaultdict(list)
    for measure in records.measures_on({item.row.record_id for item in opened}):
        effect = effect_of(measure, kinds[measure.type], today)
        found[measure.record_id].append(MeasureShown(effect, measure.resumes_on))
    return found
