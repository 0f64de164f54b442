"""Every committed entry gets one place in the tree, whatever happens; what was rolled back gets none."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.utils import ProgrammingError
from django.test import Client

from audit import health, integrity, merkle, sequencer, signing, tree
from audit.merkle import Tile
from audit.models import Checkpoint, Entry, Leaf, Pending, StoredTile, Tree
from tests import logs, processes
from tests.logs import add_entries, place_all, rewrite


@pytest.fixture(autouse=True)
def own_signer(tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_SIGNER_DIR = tmp_path / "log"


def root_of_everything() -> bytes:
    return merkle.root_of(
        [bytes(each) for each in Leaf.objects.order_by("leaf_index").values_list("leaf_hash", flat=True)]
    )


@pytest.mark.django_db
def test_every_entry_gets_its_place_in_the_order_of_entries() -> None:
    entries = add_entries(5)
    assert place_all() == 5
    assert list(Leaf.objects.order_by("leaf_index").values_list("leaf_index", "entry_id")) == list(enumerate(entries))
    assert tree.head() == (5, root_of_everything())
    assert not Pending.objects.exists()
    assert place_all() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [9, 100, 256, 700])
def test_the_tree_does_not_depend_on_how_many_are_placed_at_once(limit: int) -> None:
    add_entries(600)
    while sequencer.step(limit):
        pass
    assert tree.head() == (600, root_of_everything())
    assert tree.stored() == set(merkle.tiles_of(600))
    assert tree.tile_data(Tile(0, 2)) == tree.rebuilt(Tile(0, 2))
    assert tree.tile_data(Tile(0, 1), 7) == tree.rebuilt(Tile(0, 1))[: 7 * 32]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_has_no_place_and_what_is_committed_later_has() -> None:
    with psycopg.connect(processes.database_url()) as open_for_long:
        (earlier,) = open_for_long.execute(
            "INSERT INTO audit_entry (event_type, leaf, leaf_hash) VALUES ('x', 'x', %s) RETURNING entry_id",
            [sha256(b"\x00x").digest()],
        ).fetchone() or (0,)
        with transaction.atomic():
            add_entries(3)
            transaction.set_rollback(True)
        with transaction.atomic():
            (later,) = add_entries(1)
        assert earlier < later
        assert place_all() == 1
        open_for_long.commit()
    assert place_all() == 1
    assert list(Leaf.objects.order_by("leaf_index").values_list("entry_id", flat=True)) == [later, earlier]


@pytest.mark.django_db(transaction=True)
def test_two_sequencers_at_once_give_every_entry_one_place() -> None:
    with transaction.atomic():
        add_entries(200)

    def work() -> None:
        while sequencer.step(7):
            pass

    processes.at_once([work, work, work])
    assert Leaf.objects.count() == 200
    assert set(Leaf.objects.values_list("leaf_index", flat=True)) == set(range(200))
    assert tree.head() == (200, root_of_everything())


@pytest.mark.django_db(transaction=True)
def test_a_sequencer_that_dies_anywhere_leaves_everything_as_it_was_or_done() -> None:
    with transaction.atomic():
        add_entries(20)
    point, done = 1, 0
    while True:
        ended = processes.forked(lambda: sequencer.step(5), die_at=point)
        size = tree.head().size
        assert size in (done, done + 5)
        assert Leaf.objects.count() + Pending.objects.count() == 20
        assert tree.head().root == root_of_everything()
        if not ended.killed or size == 20:
            break
        done, point = size, point + 1
    assert point > 4


@pytest.mark.django_db
def test_a_lost_row_of_the_tree_is_not_taken_for_a_new_tree() -> None:
    add_entries(2)
    place_all()
    Tree.objects.all().delete()
    add_entries(1)
    with pytest.raises(tree.Lost):
        sequencer.step()


@pytest.mark.django_db
def test_a_tree_that_somebody_else_began_meanwhile_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    add_entries(2)
    place_all()
    add_entries(1)
    looks = iter([None])  # the first look comes before the other's commit
    first = QuerySet.first
    monkeypatch.setattr(QuerySet, "first", lambda rows: next(looks, first(rows)))
    assert sequencer.step() == 1
    assert tree.head().size == 3


@pytest.mark.django_db
def test_a_damaged_tile_is_not_built_upon() -> None:
    add_entries(2)
    place_all()
    StoredTile.objects.update(data=b"x" * 32)
    add_entries(1)
    with pytest.raises(merkle.Missing):
        sequencer.step()
    assert tree.head().size == 2


@pytest.mark.django_db
def test_what_was_taken_out_of_the_queue_is_found_and_put_back() -> None:
    kept, taken = add_entries(2)
    Pending.objects.filter(pk=taken).delete()
    assert sequencer.lost() == [taken]
    assert list(integrity.CHECKS["log.entry_lost"](logs.AT)) == [taken]
    sequencer.watch()
    assert sequencer.lost() == []
    place_all()
    assert list(Leaf.objects.order_by("leaf_index").values_list("entry_id", flat=True)) == [kept, taken]


@pytest.mark.real_clock  # entries have their time from the database
@pytest.mark.django_db
def test_entries_that_wait_too_long_are_an_alarm(client: Client) -> None:
    add_entries(2)
    assert sequencer.late() == 0
    assert sequencer.late(seconds=-1) == 2
    assert client.get("/readyz").json()["log"] == "ok"
    rewrite("UPDATE audit_entry SET recorded_at = recorded_at - interval '2 minutes'")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["log"]) == (200, "behind: receipts wait")
    place_all()
    assert health.state() == "behind: receipts wait"  # placed, not signed
    logs.sign()
    assert health.state() == "ok"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["audit_leaf", "audit_checkpoint", "audit_cosignature"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_places_and_checkpoints_are_never_changed_or_removed(table: str, statement: str) -> None:
    column = "leaf_index" if table == "audit_leaf" else "size"
    with connection.cursor() as cursor:
        cursor.execute("SET redress.test_flush = 'off'")
        try:
            with pytest.raises(ProgrammingError, match="only grows"):
                cursor.execute(statement.format(table, column, column))
        finally:
            cursor.execute("SET redress.test_flush = 'on'")


@pytest.mark.django_db
def test_an_altered_place_is_found() -> None:
    add_entries(2)
    place_all()
    assert not any(list(check(logs.AT)) for check in integrity.CHECKS.values())
    rewrite("UPDATE audit_leaf SET leaf_hash = sha256('x') WHERE leaf_index = 1")
    assert list(integrity.CHECKS["log.leaf_differs"](logs.AT)) == [Entry.objects.latest("entry_id").pk]


@pytest.mark.django_db
def test_the_tree_is_signed_once_for_each_size() -> None:
    add_entries(3)
    first = logs.seal_everything()
    assert first.note.startswith("redress.example/audit/2026\n3\n")
    assert not signing.publish()
    assert logs.sign() == first
    add_entries(1)
    assert logs.seal_everything().size == 4
    assert Checkpoint.objects.count() == 2


@pytest.mark.django_db
def test_a_checkpoint_that_was_signed_and_not_kept_is_kept_at_the_next_try(tmp_path: Path) -> None:
    add_entries(3)
    note = logs.seal_everything().note
    rewrite("DELETE FROM audit_checkpoint")
    again = logs.sign()
    assert again
    assert again.note == note


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE audit_tree SET size = 2, root = sha256('x')", "rollback"),
        ("UPDATE audit_tree SET root = sha256('x')", "fork"),
        ("UPDATE audit_tree SET size = 4, root = sha256('x')", "fork"),
    ],
)
def test_a_rewritten_or_rolled_back_tree_is_not_signed_and_raises_the_alarm_once(
    statement: str, reason: str, client: Client
) -> None:
    add_entries(3)
    before = logs.seal_everything()
    row = Tree.objects.get()
    rewrite(statement)
    for _ in range(2):
        assert logs.sign() == before
    assert Entry.objects.filter(event_type="log.refused").count() == 1
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["log"]) == (200, f"refused: {reason}")
    assert reason not in json.dumps(json.loads(bytes(Entry.objects.latest("entry_id").leaf)))
    Tree.objects.update(size=row.size, root=row.root)
    add_entries(1)
    assert logs.seal_everything().size == 5  # the refusal is an entry itself
    assert Tree.objects.get().refusal == ""


@pytest.mark.django_db
def test_without_the_memory_of_what_was_signed_nothing_is_signed(tmp_path: Path) -> None:
    add_entries(3)
    before = logs.seal_everything()
    (tmp_path / "log" / "state.json").unlink()
    add_entries(1)
    place_all()
    assert logs.sign() == before
    assert Tree.objects.get().refusal == "no_state"
