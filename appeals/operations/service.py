"""Service: the moment a decision counts as having reached the person, and what starts then."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actors import SERVICE, Actor
from appeals import queries
from appeals.errors import TooEarly
from appeals.models import Case, RemedyKind, RemedyState
from appeals.operations import clocks, resumption, steps
from appeals.workflow import Action, Status
from records import operations as records
from records import queries as held


@transaction.atomic
def serve(case_id: UUID, *, how: str, by: Actor, at: datetime) -> Case:
    """The decision has reached the person: `opened` by them, or `deemed` by the procedure's rule.

    So has the answer that a case is turned away. Marks of rejected items end. What the case suspended and no remedy
    lifted gets the first day on which it may start again; a procedure without such a day lets nothing start.
    """
    case = steps.locked(case_id)
    clocks.catch_up(case, at=at)
    steps.move(case, Action.SERVE, by=by, at=at, facts={"how": how}, also={"served_at": at})
    clocks.happened(case, "served", by=by, at=at)
    records.end_marks(_stays_as_it_is(case), case_id=case.pk, by=SERVICE, at=at)
    if day := resumption.first_day(case, at):
        measures = resumption.settle(case, day, by=SERVICE, at=at, keep=_ends_soon(case))
        # Not mailed: the person is reading the decision, which says it too.
        resumption.tell(case, measures, on=day, at=at, mail=False)
    return case


@transaction.atomic
def close(case_id: UUID, *, at: datetime) -> Case:
    """Nothing more is open: the window of the next tier has ended and every remedy is carried out."""
    case = steps.locked(case_id)
    last_day = queries.last_review_day(case)
    if case.status == Status.SCREENING_SERVED and last_day is None:  # no rule ends the time for something new
        raise TooEarly
    waits = case.remedies.filter(state=RemedyState.WAITING).exists()
    if waits or (last_day and last_day.latest >= queries.cautious_today(at)):
        raise TooEarly
    steps.move(case, Action.CLOSE, by=SERVICE, at=at, also={"closed_at": at})
    clocks.done(case, "closed", by=SERVICE, at=at)
    return case


def _stays_as_it_is(case: Case) -> set[UUID]:
    """The records of which nothing is changed: of a case that is turned away, all, whatever a draft said before."""
    if case.status == Status.SCREENING_SERVED:
        return set(case.items.values_list("record_id", flat=True))
    rejected = case.items.filter(answer__remedy="").values_list("record_id", flat=True)
    put_right = case.items.exclude(answer__remedy="").values_list("record_id", flat=True)
    return set(rejected) - set(put_right)


def _ends_soon(case: Case) -> set[UUID]:
    """Measures that a remedy of the case will end: they wait for it, however long it takes."""
    waiting = case.remedies.filter(state=RemedyState.WAITING)
    lifted = waiting.filter(kind=RemedyKind.LIFT).values_list("item__measure", flat=True)
    taken_out = waiting.filter(kind__in=(RemedyKind.DELETE, RemedyKind.DETACH)).values_list("item__record", flat=True)
    return {*lifted, *(measure.pk for measure in held.measures_on(taken_out))}
