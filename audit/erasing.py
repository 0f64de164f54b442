"""The log's part of an erasure: the key is destroyed, and with it every value of its owner, in all tables at once.

The tree, and every receipt and proof, stay as they are: they hold digests with salts, and the salts are gone.
What else is to be thrown away (keyed hashes, rows that hold nothing but sealed bytes) each app does itself.
"""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from audit import keys, months, openings
from audit.keys import Erased as Erased  # for whoever says so to people
from audit.models import Entry, Opening, SubjectKey
from audit.operations import NotInTransaction


def openings_of(owners: Collection[UUID]) -> int:
    """How many openings stand under these owners' keys."""
    return _openings(owners).count()


def forget_reasons(record_ids: Collection[UUID]) -> None:
    """Destroy the reasons that officials gave about who somebody is: they stand under the offices' keys."""
    entries = Entry.objects.filter(record_id__in=list(record_ids)).values("pk")
    Opening.objects.filter(entry_id__in=entries, name="justification").delete()


def take_keys(owners: Collection[UUID]) -> None:
    """Lock these owners' keys, before anything of theirs is thrown away.

    Waits for whoever holds them to seal something more (`audit.keys.load_and_hold`), which is then thrown away too.
    """
    list(SubjectKey.objects.select_for_update(no_key=True).filter(pk__in=owners).order_by("pk").values("pk"))


def destroy_keys(owners: Collection[UUID], *, at: datetime) -> None:
    """Destroy these owners' keys and their openings. Call it last in the transaction.

    The list of erased keys is written before the commit (Note [Written ahead]): everything that could still refuse
    the transaction is asked first.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction
    _openings(owners).delete()
    SubjectKey.objects.filter(pk__in=owners, wrapped_key__isnull=False).update(wrapped_key=None, destroyed_at=at)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    months.note_erased(set(owners) - months.erased())
    for owner in owners:
        transaction.on_commit(partial(keys.forget, owner))


def _openings(owners: Collection[UUID]) -> "QuerySet[Opening]":
    """Whatever stands under these keys. Each entry with such an opening has one of whom it is about, or who acted."""
    known = Opening.objects.filter(subject_key__in=list(owners), name__in=openings.LOOKED_FOR).values("entry_id")
    return Opening.objects.filter(subject_key__in=list(owners), entry_id__in=known)
