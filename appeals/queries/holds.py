"""Which records open cases rest on: these are kept until nobody can ask for a review any more."""

from collections.abc import Collection
from uuid import UUID

from appeals.models import Case, Item
from appeals.queries.due import last_review_day
from appeals.workflow import DELIVERED, OPEN, Status
from records.keeping import Hold, WaitsFor


def holds_on(record_ids: Collection[UUID]) -> dict[UUID, Hold]:
    """What stands in the way of destroying these records: `settings.RECORDS_HELD_BY` names this. Two queries.

    A served case holds its records until its window for the next tier has ended and the case is closed: until then
    what was done can be undone. One that was turned away, and stays open for something new without an end, holds
    none. Where several cases hold a record, one that is still worked on is named first.
    """
    items = Item.objects.filter(record__in=list(record_ids), case__status__in=OPEN).values_list("record_id", "case_id")
    pairs = list(items.distinct())
    cases = Case.objects.in_bulk({case_id for _, case_id in pairs})
    found: dict[UUID, Hold] = {}
    for record_id, case_id in pairs:
        hold = _hold(cases[case_id])
        if hold is None:
            continue
        known = found.get(record_id)
        if known is None or _weight(hold) > _weight(known):
            found[record_id] = hold
    return found


def undo_until(case: Case) -> "Hold | None":
    """Until when what a case did can be undone, and why; None once that is over."""
    return _hold(case) if case.status in OPEN else None


def _hold(case: Case) -> Hold | None:
    if case.status not in DELIVERED:
        return Hold(WaitsFor.OPEN_CASE, None)
    day = last_review_day(case)
    if case.status == Status.SCREENING_SERVED and day is None:
        return None
    return Hold(WaitsFor.REVIEW_WINDOW, day.latest if day else None)


def _weight(hold: Hold) -> tuple[bool, str]:
    return hold.waits_for == WaitsFor.OPEN_CASE, str(hold.until or "")
