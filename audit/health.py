"""How the log and the keys do, for `/readyz`. The log tells, and stops nobody from filing."""

from django.utils import timezone

from audit import months, sequencer, tree, turning
from audit.models import Entry, Leaf, Tree


def state() -> str:
    """`ok`, or what is wrong."""
    row = Tree.objects.filter(pk=1).first()
    if row is None:
        return "ok"
    if row.refusal:
        return f"refused: {row.refusal}"
    if sequencer.late() or _unsigned_for_long(row):
        return "behind: receipts wait"
    return "ok"


def keys_state() -> str:
    """`ok`, or why personal values must not, or cannot, be served."""
    if turning.restored():
        return "restored: run `manage.py prepare`, which erases again who was erased"
    try:
        for month in {months.current(), turning.oldest() or months.current()}:
            months.wrapping_key(month)
    except months.MonthKeyLost as lost:
        return f"the key of the month {lost} is missing"
    except months.MonthKeyDestroyed:
        return "older than the keys: what stands in this copy of the database cannot be opened any more"
    return "ok"


def _unsigned_for_long(row: Tree) -> bool:
    size = tree.signed_size()
    if row.size == size:
        return False
    first = Leaf.objects.filter(leaf_index=size).values("entry_id")
    recorded = Entry.objects.filter(pk__in=first).values_list("recorded_at", flat=True).first()
    return recorded is not None and (timezone.now() - recorded).total_seconds() > sequencer.LATE_SECONDS
