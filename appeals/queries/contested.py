"""What is disputed, for `records`, which stands below and knows no cases: `settings.RECORDS_CONTESTED` names this."""

from collections.abc import Iterable
from uuid import UUID

from appeals.models import DraftItem, Item
from appeals.workflow import OPEN, Status
from records.contested import Contest

_STILL = OPEN - {Status.SCREENING_SERVED}  # one that was turned away may stay open for ever, and holds nothing up


def contested(record_ids: Iterable[UUID]) -> list[Contest]:
    """Every dispute about these records, with whose it is: open, ended, and still being written."""
    ids = list(record_ids)
    items = Item.objects.filter(record_id__in=ids).values_list("record_id", "subject_id", "case__status")
    drafts = DraftItem.objects.filter(record_id__in=ids, draft__filed_as__isnull=True)
    return [
        *(Contest(record, subject, status in _STILL) for record, subject, status in items),
        *(Contest(record, subject, True) for record, subject in drafts.values_list("record_id", "subject_id")),
    ]
