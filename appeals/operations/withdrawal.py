"""Withdrawing a case: the person is told what starts again and when, and may take it back until then."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import access as accounts
from accounts.actors import SERVICE, Actor
from accounts.post import gets_letters
from appeals import queries
from appeals.errors import ContactJustChanged, TooEarly, TooLate
from appeals.models import Case
from appeals.operations import clocks, resumption, screening, steps, turning_away
from appeals.workflow import Action
from delivery import operations as delivery
from law.procedures import NoSuchClock
from records import operations as records

# Where a procedure suspends nothing, it also names no day of resumption; the person still gets
# the least time that the design grants anybody to change their mind.
_LEAST_DAYS = timedelta(days=3)
# Whoever is told by letter needs the time of two letters to change their mind: ours there, theirs back.
_LEAST_DAYS_BY_LETTER = timedelta(days=14)


def effective_on(case: Case, at: datetime) -> date:
    """The day on which a withdrawal asked at `at` takes effect: the procedure's days, three (or fourteen) at least."""
    procedure = queries.procedure_of(case)
    today = procedure.local_date(at)
    try:
        due = queries.not_before(procedure, queries.RESUMPTION, today, case.holder_id)
    except NoSuchClock:
        due = today
    return max(due, today + (_LEAST_DAYS_BY_LETTER if gets_letters(case.subject_id) else _LEAST_DAYS))


@transaction.atomic
def withdraw(case_id: UUID, *, by: Actor, at: datetime) -> Case:
    """Withdraw the case. Nothing starts again before `effective_on`, and until then it can be undone.

    Raises `ContactJustChanged` while the old address of the person, or of whoever acts for them, can still object.
    """
    case = steps.locked(case_id)
    check_contact(case, by, at)
    day = effective_on(case, at)
    steps.move(
        case,
        Action.WITHDRAW,
        by=by,
        at=at,
        facts={"effective_on": day.isoformat()},
        also={"withdrawal_effective_on": day, "caseworker_id": None},
    )
    clocks.stand_down(case)
    screening.end_open_request(case, at)
    turning_away.end_open_proposal(case, at)
    resumption.settle(case, day, by=by, at=at)
    _tell(case, "withdrawal_asked", at=at, on=day.isoformat())
    return case


@transaction.atomic
def undo_withdrawal(case_id: UUID, *, by: Actor, at: datetime) -> Case:
    """Go on with the case after all; it goes back into the queue, with any draft that was written."""
    case = steps.locked(case_id)
    if case.withdrawal_effective_on and queries.procedure_of(case).local_date(at) >= case.withdrawal_effective_on:
        raise TooLate
    steps.move(case, Action.UNDO_WITHDRAWAL, by=by, at=at, also={"withdrawal_effective_on": None})
    clocks.stand_up(case)
    disputed = queries.disputed_measures(case)
    records.lock_measures(disputed)  # all before the first is changed: some stand still for another case
    records.unset_resumption(case_id=case.pk, by=by, at=at)
    if queries.procedure_of(case).suspends_measures:  # another case may have let some start again meanwhile
        records.suspend(disputed, case_id=case.pk, by=by, at=at)
    _tell(case, "withdrawal_undone", at=at)
    return case


@transaction.atomic
def conclude_withdrawal(case_id: UUID, *, at: datetime) -> Case:
    """The day has come: the case ends, its marks end; what it suspended starts again by itself."""
    case = steps.locked(case_id)
    if case.withdrawal_effective_on and queries.cautious_today(at) < case.withdrawal_effective_on:
        raise TooEarly
    steps.move(case, Action.CONCLUDE_WITHDRAWAL, by=SERVICE, at=at, also={"closed_at": at})
    records.end_marks(case.items.values_list("record_id", flat=True), case_id=case.pk, by=SERVICE, at=at)
    _tell(case, "withdrawn", at=at)
    return case


def check_contact(case: Case, by: Actor, at: datetime) -> None:
    """Raise `ContactJustChanged` while an address that was changed has not settled."""
    try:
        accounts.check_settled_contact_of(by, at, case.subject_id)
    except accounts.ContactNotSettled as error:
        raise ContactJustChanged(error.settles_at) from None


def _tell(case: Case, kind: str, *, at: datetime, **params: str) -> None:
    delivery.tell_subject(
        case.subject_id,
        kind,
        at=at,
        mail=True,
        case_id=case.pk,
        params={"reference": case.reference, **params},
    )
