"""A source ends a measure on an earlier day than it had said, or names the first last day.

# Note [Only earlier]
An earlier end is to the person's advantage, and is taken over. A later end, or one that is taken away, is another
restriction: it is imposed anew, with its own first day, so that it has a notice, a window and a hand of its own. What a
decision lifted, and what ends as early already, stays as it is (ADR 22).
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from records.models import Measure, MeasureState
from records.operations.hand import Hand


def end_earlier(days: Mapping[UUID, date], hand: Hand) -> list[Measure]:
    """Give measures (by id) an earlier last day; returns those that have one now (Note [Only earlier]).

    For callers that hold the locks of their records, write the log entries and notices and tell recipients: two
    queries, however many.
    """
    locked = Measure.objects.select_for_update(no_key=True).filter(pk__in=list(days)).order_by("pk")
    ended = [
        each
        for each in locked
        if each.state != MeasureState.LIFTED and (each.to_on is None or days[each.pk] < each.to_on)
    ]
    for measure in ended:
        measure.to_on = days[measure.pk]
        measure.end_entered_by_id, measure.end_entered_with_id, measure.end_entered_in_id = hand
    columns = ["to_on", "end_entered_by", "end_entered_with", "end_entered_in"]
    Measure.objects.bulk_update(ended, columns, batch_size=1000)
    return ended
