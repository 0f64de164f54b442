"""What stands in the way of erasing somebody, and which offices have a part in them."""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings

from accounts.models import Organisation
from appeals.models import Case, Remedy, RemedyState
from appeals.queries.cases import cautious_today
from appeals.queries.holds import undo_until
from appeals.workflow import DELIVERED, OPEN
from records import catalogue
from records import keeping as held


class Obstacle(StrEnum):
    """Why somebody cannot be erased yet."""

    OPEN_CASE = "open_case"
    REMEDY_WAITS = "remedy_waits"
    WHO_IS_WHO = "who_is_who"
    MEASURE = "measure"
    WINDOW = "window"  # a served case is closed when its last window is over, and not before
    KEPT = "kept"
    LIMITATION = "limitation"


# The person's own wish overrides these, which protect nobody else; the others it does not.
OF_THE_PERSON = frozenset({Obstacle.WINDOW, Obstacle.KEPT, Obstacle.LIMITATION})


def obstacles(subject_ids: Collection[UUID], *, asked_by_person: bool, at: datetime) -> list[Obstacle]:
    """What stands in the way at that moment; nothing, when they may be erased."""
    cases = list(Case.objects.filter(subject__in=subject_ids))
    waiting = Remedy.objects.filter(subject__in=subject_ids, state=RemedyState.WAITING)
    today = cautious_today(at)
    free_from = limitation_over(subject_ids)
    found = {
        Obstacle.OPEN_CASE: any(case.status in OPEN - DELIVERED for case in cases),
        Obstacle.REMEDY_WAITS: waiting.exists(),
        Obstacle.WHO_IS_WHO: held.identity_is_open(subject_ids),
        Obstacle.MEASURE: held.measures_rest_on(subject_ids),
        Obstacle.WINDOW: any(case.status in DELIVERED and undo_until(case) is not None for case in cases),
        Obstacle.KEPT: held.keeps_anything_about(subject_ids),
        Obstacle.LIMITATION: free_from is not None and today < free_from,
    }
    return [each for each, stands in found.items() if stands and not (asked_by_person and each in OF_THE_PERSON)]


def limitation_over(subject_ids: Collection[UUID]) -> date | None:
    """The day from which nobody can go to court any more about what was last done; None if nothing ever was."""
    moments = [held.last_change_about(subject_ids)]
    for case in Case.objects.filter(subject__in=subject_ids):
        moments += [case.filed_at, case.decided_at, case.served_at, case.closed_at]
    last = max((moment for moment in moments if moment), default=None)
    # Counted from the end of that year, as most laws do: later than others, so never too early.
    return date(last.year + settings.LIMITATION_YEARS + 1, 1, 1) if last else None


def offices_about(subject_ids: Collection[UUID]) -> set[UUID]:
    """Every organisation that holds, supplied or decided something about them: none of these erases alone."""
    codes = {catalogue.programme(each).holder.code for each in held.programmes_about(subject_ids)}
    holders = Organisation.objects.filter(code__in=codes).values_list("pk", flat=True)
    deciders = Case.objects.filter(subject__in=subject_ids).values_list("holder_id", flat=True)
    return {*held.sources_about(subject_ids), *holders, *deciders}
