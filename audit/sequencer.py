"""Gives every committed entry its place in the tree: one at a time, each once, none left out.

# Note [Sequencing]
A trigger puts an entry into `audit_pending` in the transaction that writes it. A row there is invisible until that
commit, and stays until the commit of the step that gives it a place: so nothing is lost, and nothing counts that was
rolled back, whatever is killed. A step holds the lock of the tree's only row, so a second sequencer waits and goes on
where the first ended. Never an id "greater than the last one": a transaction that took an earlier id may commit later.
Never NOTIFY from writers: it makes their commits wait for each other. Never SKIP LOCKED: it would change the order.
"""

import time
from collections.abc import Callable
from threading import Event

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from audit import merkle, signing, tree
from audit.models import StoredTile, Tree

log = structlog.get_logger(__name__)

STEP = 5_000  # entries in one transaction
LATE_SECONDS = 60  # after which an entry without a place, or one that is not signed, is an alarm
_POLL_SECONDS = 0.2
_RETRY_SECONDS = 1.0
_WATCH_SECONDS = 30.0

# By a bound and not by a list: where the database takes the queue for empty, it would search it for each of a list.
_TAKE = """
WITH taken AS (
  DELETE FROM audit_pending
  WHERE entry_id <= (
    SELECT max(entry_id) FROM (SELECT entry_id FROM audit_pending ORDER BY entry_id LIMIT %(limit)s) AS first_ones)
  RETURNING entry_id, leaf_hash),
placed AS (
  INSERT INTO audit_leaf (leaf_index, entry_id, leaf_hash)
  SELECT %(size)s + row_number() OVER (ORDER BY entry_id) - 1, entry_id, leaf_hash FROM taken
  RETURNING leaf_index, leaf_hash)
SELECT leaf_hash FROM placed ORDER BY leaf_index
"""

# Committed, without a place, and not waiting for one: somebody removed it from the queue. `OFFSET 0` keeps each look
# a look (audit/tree.py, Note [One look each]).
_LOST = """
SELECT entry_id, leaf_hash FROM audit_entry e
WHERE entry_id > %s
  AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.entry_id OFFSET 0)
  AND NOT EXISTS (SELECT FROM audit_pending p WHERE p.entry_id = e.entry_id OFFSET 0)
"""
_LOOK_BACK = 20_000  # entries that the regular watch looks at; `audit_verify` looks at all

_LATE = """
SELECT count(*) FROM (
  SELECT FROM audit_pending p
  WHERE (SELECT recorded_at FROM audit_entry e WHERE e.entry_id = p.entry_id)
    < clock_timestamp() - make_interval(secs => %s)
  LIMIT 1000) AS late
"""


@transaction.atomic
def step(limit: int = STEP) -> int:
    """Give places to the entries that wait, at most `limit`; returns how many. Safe to repeat and to kill."""
    size = tree.locked().size
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"limit": limit, "size": size})
        hashes = [bytes(each) for (each,) in cursor.fetchall()]
    if hashes:
        _extend(size, hashes)
    return len(hashes)


def _extend(size: int, hashes: list[bytes]) -> None:
    edge = {tile: tree.tile_data(tile) for tile in merkle.edge(size)}
    changed = merkle.append(edge, size, hashes)
    StoredTile.objects.bulk_create(
        [StoredTile(level=level, index=index, data=data) for (level, index), data in changed.items()],
        update_conflicts=True,
        unique_fields=["level", "index"],
        update_fields=["data"],
    )
    grown = size + len(hashes)
    root = merkle.root(tree.Tiles({**edge, **changed}), grown)
    Tree.objects.filter(pk=1).update(size=grown, root=root)


def waiting() -> bool:
    """Whether an entry waits for its place."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM audit_pending)")
        return bool(cursor.fetchone()[0])


def late(seconds: float = LATE_SECONDS) -> int:
    """How many entries wait for longer than that, counted up to 1,000."""
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [seconds])
        return int(cursor.fetchone()[0])


def lost(after: int = 0) -> list[int]:
    """Entries after the id `after` that have no place and will get none by themselves."""
    with connection.cursor() as cursor:
        cursor.execute(_LOST, [after])
        return [entry_id for entry_id, _ in cursor.fetchall()]


@transaction.atomic
def recover(after: int = 0) -> int:
    """Put entries that were taken out of the queue back into it; returns how many."""
    tree.locked()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO audit_pending (entry_id, leaf_hash) {_LOST}", [after])
        return int(cursor.rowcount)


def watch() -> None:
    """Raise the alarm, as log lines, about entries that wait too long or were taken out of the queue; mend those."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(entry_id), 0) FROM audit_entry")
        newest = cursor.fetchone()[0]
    if gone := lost(newest - _LOOK_BACK):
        log.error("entries_were_taken_out_of_the_queue", count=len(gone), first=gone[0])
        recover(newest - _LOOK_BACK)
    if count := late():
        log.error("entries_wait_for_their_place", count=count, seconds=LATE_SECONDS)


def run(stop: Event, alive: Callable[[], object] = lambda: None) -> None:
    """Work until `stop` is set; a database that is away is waited for. `alive` is called while all is well."""
    watched = 0.0
    while not stop.is_set():
        try:
            if time.monotonic() - watched > _WATCH_SECONDS:
                watch()
                alive()
                watched = time.monotonic()
            _work(stop)
        except (DatabaseError, InterfaceError) as error:
            away = isinstance(error, OperationalError | InterfaceError)
            log.warning("the_log_waits_for_its_database" if away else "the_log_cannot_go_on", exc_info=error)
            connection.close()
            stop.wait(_RETRY_SECONDS)
        except (merkle.Missing, tree.Lost) as error:
            log.error("the_tree_is_damaged", exc_info=error)
            stop.wait(_RETRY_SECONDS * 10)
        else:
            stop.wait(_POLL_SECONDS)


def _work(stop: Event) -> None:
    while waiting() and not stop.is_set():
        if step() < STEP:
            break
    signing.publish()
