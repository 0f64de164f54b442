"""What the sweep finds: stored work whose time has come."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from accounts import queries as accounts
from appeals.models import Case, Clock, Item, Remedy, RemedyState, RemedyTry
from appeals.queries.cases import cautious_today, procedure_of
from appeals.queries.clocks import count, not_before
from appeals.workflow import DELIVERED, OPEN, Status
from delivery import letters
from delivery import queries as messages
from delivery.models import Message
from law import procedures
from law.clocks import Due, NotStarted
from law.procedure import Procedure
from records import queries as held

if TYPE_CHECKING:
    from records.models import Measure

# The message by which the person learns of an answer that waits for them.
_TOLD_BY = {Status.DECIDED: "decision_ready", Status.SCREENED_OUT: "screening_ready"}


def waiting_remedies(at: datetime, limit: int = 500) -> list[UUID]:
    """Remedies that wait to be carried out, oldest first. One that failed is among them again only after a while."""
    later = RemedyTry.objects.filter(remedy=OuterRef("pk"), next_try_at__gt=at)
    waiting = Remedy.objects.filter(~Exists(later), state=RemedyState.WAITING).order_by("ordered_at", "pk")
    return list(waiting.values_list("pk", flat=True)[:limit])


def withdrawals_due(on: date, limit: int = 500) -> list[UUID]:
    """Cases whose withdrawal takes effect by that day."""
    due = Case.objects.filter(status=Status.WITHDRAWING, withdrawal_effective_on__lte=on)
    return list(due.order_by("pk").values_list("pk", flat=True)[:limit])


def deemed_served(at: datetime, limit: int = 500) -> list[UUID]:
    """Answers that count as served by the procedure's rule: told to a contact that the person had confirmed."""
    waiting = Case.objects.filter(status__in=_TOLD_BY).order_by("decided_at").iterator()
    # The limit counts those that are found: decisions that never count as served must not hide others.
    return list(islice((case.pk for case in waiting if _is_deemed_served(case, at)), limit))


def windows_ended(today: date, limit: int = 500) -> list[UUID]:
    """Served cases whose window for the next tier has ended for good: its latest reading is over.

    One that was turned away, and has no such window, stays open for something new: no rule ends the time for that.
    """
    open_ones = Clock.objects.filter(case=OuterRef("pk"), name="review_file_by", due_latest__gte=today)
    served = Case.objects.filter(~Exists(open_ones), status__in=DELIVERED).order_by("served_at").iterator()
    return list(islice((case.pk for case in served if _window_ended(case, today)), limit))


def _window_ended(case: Case, today: date) -> bool:
    day = last_review_day(case)
    return day.latest < today if day else case.status == Status.SERVED


def cases_that_hold(measure: "Measure") -> list[Case]:
    """The cases, besides the one that stopped it, that are open and keep a measure stopped; in the order of locking."""
    of_it = Q(measure=measure.pk) | Q(measure=None, record=measure.record_id)
    items = Item.objects.filter(of_it, case__status__in=OPEN).exclude(case=measure.suspended_by_case)
    cases = Case.objects.filter(pk__in=items.values("case")).order_by("pk")
    return [case for case in cases if procedure_of(case).suspends_measures]


def suspending_cases(measure_ids: Iterable[UUID]) -> "dict[Case, list[Measure]]":
    """The cases that have stopped those of these measures that stand still, with the measures."""
    found = held.measures(measure_ids)
    cases = Case.objects.filter(pk__in={measure.suspended_by_case for measure in found})
    return {case: [measure for measure in found if measure.suspended_by_case == case.pk] for case in cases}


def last_review_day(case: Case) -> Due | None:
    """The last day on which the person may go to the next tier, once the decision is served; as they were told it."""
    procedure = procedure_of(case)
    if case.served_at is None or procedure.clock("review_file_by") is None:
        return None
    try:
        return count(case, "review_file_by")
    except NotStarted:  # served before deadlines had ledgers
        return procedures.due_for(procedure, "review_file_by", procedure.local_date(case.served_at))


def _is_deemed_served(case: Case, at: datetime) -> bool:
    procedure = procedure_of(case)
    sent = sent_on(case, procedure)
    if procedure.deemed_service is None or sent is None:
        return False
    return not_before(procedure, "deemed_service", sent, case.holder_id) < cautious_today(at)


def sent_on(case: Case, procedure: Procedure) -> date | None:
    """The day on which the decision went to an address that the person themselves confirmed or gave.

    As a mail; or as a letter, where the procedure serves by letter. What was given to the post on a day counts as
    sent on it.
    """
    answered = _answered_at(case)
    if answered is None:
        return None
    kind = _TOLD_BY[Status(case.status)]
    if "letter" in procedure.service.methods and (posted := letters.posted_on(case.pk, kind, since=answered)):
        return posted
    if letters.are_made(case.pk, kind, since=answered):  # a mail beside it, while an address settles, starts no days
        return None
    told = messages.mailed_at(case.pk, kind, since=answered)
    if told is None or not accounts.has_confirmed_contact(case.subject_id):
        return None
    return procedure.local_date(told)


def brings_the_answer(message: Message) -> bool:
    """Whether a message is the one by which the person learns of the answer that their case waits with now."""
    case = Case.objects.filter(pk=message.case_id).first() if message.case_id else None
    answered = _answered_at(case) if case and _TOLD_BY.get(Status(case.status)) == message.kind else None
    return answered is not None and message.created_at >= answered


def _answered_at(case: Case) -> datetime | None:
    """When the answer was given that waits for the person: the decision, or that nobody looks into the case."""
    if case.status != Status.SCREENED_OUT:
        return case.decided_at
    standing = case.screenings.filter(ended_at__isnull=True)
    return standing.values_list("decided_at", flat=True).first()
