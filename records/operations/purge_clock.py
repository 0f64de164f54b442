"""What a decision deleted stays sealed until nobody can undo it any more; this clock says from when to look.

Whether a case still stands in the way is asked when the sweep looks, not here: `records.operations.retention`.
"""

from datetime import datetime

from records import catalogue
from records.models import Keeping, KeptThing, Record


def start(record: Record, *, at: datetime) -> None:
    """The record was deleted at `at`: purge its content as soon as no case holds it."""
    values = {
        "subject_id": record.subject_id,
        "number": record.latest_number,
        "programme_version": catalogue.programme(record.programme).version,
        "until": at.date(),
        "next_look_at": at,
    }
    Keeping.objects.update_or_create(record=record, of=KeptThing.CONTENT, defaults=values)


def stop(record: Record) -> None:
    """The deletion was taken back."""
    Keeping.objects.filter(record=record, of=KeptThing.CONTENT, done_at=None).delete()
