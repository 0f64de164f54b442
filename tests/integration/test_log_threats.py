"""What somebody with power does to the log, and who notices (docs/explanation/the-log.md). The rest of that table:

what the database refuses: test_log.py, test_log_tree.py; edits of entries and rows: test_log_verify.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from appeals import integrity, queries
from appeals.models import Case
from appeals.workflow import Status
from audit import exporting, publishing, receipts, sequencer, signing, witnessing
from audit.exporting import OtherLog
from audit.models import Cosignature, Entry, Tree
from audit.witnessing import Conflict
from tests import logs
from tests.factories import AT, case_at
from tests.logs import rewrite
from tests.witness import TestWitness, witness_of
from tools import redress_verify
from tools.redress_verify import Rejected

REWRITE = """
ALTER TABLE audit_entry DROP CONSTRAINT audit_leaf_hash_is_of_the_leaf;
UPDATE audit_entry SET leaf = 'x', leaf_hash = sha256('\\x0078')
  WHERE entry_id = (SELECT min(entry_id) FROM audit_entry);
"""
FORGET = "DELETE FROM audit_leaf; DELETE FROM audit_tile; DELETE FROM audit_tree; DELETE FROM audit_checkpoint;"


@pytest.fixture(autouse=True)
def witness(tmp_path: Path, settings: Any, db: None) -> Iterator[TestWitness]:
    settings.AUDIT_SIGNER_DIR = tmp_path / "signer"
    (key,) = signing.configured().begin()
    with witness_of(key) as made:
        settings.AUDIT_WITNESSES = made.setting
        yield made


@pytest.fixture
def case(person: Actor) -> Case:
    """A case whose filing was sealed and witnessed."""
    made = case_at(Status.FILED, person=person)
    logs.seal_everything()
    assert witnessing.ask_all(witnessing.configured()) == 1
    return made


def receipt_of(case: Case) -> str:
    (text,) = queries.receipt_files(case, queries.receipts_of(case)).values()
    return text


def rewrite_history() -> None:
    """Every entry, place, tile and checkpoint is made anew, as if the first entry had always said something else."""
    rewrite(REWRITE + FORGET)
    sequencer.recover()
    logs.place_all()


def take_the_signer() -> None:
    """The signer's memory is thrown away; its key signs on."""
    signing.configured()._state_at.unlink()
    signing.configured().begin()


def against_today(text: str, client: Client) -> None:
    """What the person's own program says about a receipt and the log as it is served now."""
    keys = [str(key) for key in signing.verifiers()]
    proved = redress_verify.check(redress_verify.read_receipt(text.encode()), keys)
    redress_verify.check_against(proved, keys, lambda path: client.get(f"/log/{path}").content)


def test_an_untouched_log_confirms_every_receipt(case: Case, client: Client) -> None:
    text = receipt_of(case)
    logs.add_entries(700)
    logs.seal_everything()
    against_today(text, client)


def test_a_rewritten_history_is_not_signed(case: Case, client: Client) -> None:
    rewrite_history()
    assert logs.sign() is None
    assert client.get("/readyz").json()["log"] == "refused: fork"
    assert client.get("/log/checkpoint").status_code == 404


def test_an_older_copy_of_the_database_is_not_signed(case: Case, client: Client) -> None:
    size = Tree.objects.get().size
    logs.add_entries(5)
    logs.seal_everything()
    rewrite("DELETE FROM audit_leaf WHERE leaf_index >= %s", size)
    rewrite("DELETE FROM audit_checkpoint WHERE size > %s", size)
    rewrite("UPDATE audit_tile SET data = substring(data FROM 1 FOR %s)", 32 * size)
    rewrite("UPDATE audit_tree SET (size, root) = (SELECT size, root FROM audit_checkpoint)")
    assert tree_is_refused() == "rollback"
    logs.add_entries(20)
    logs.place_all()
    assert tree_is_refused() in ("rollback", "fork")  # catching up with other entries does not help


def tree_is_refused() -> str:
    signing._not_before = 0.0
    signing.publish()
    return str(Tree.objects.get().refusal)


def test_with_the_key_too_the_fork_is_shown_by_receipts_witnesses_and_exports(
    case: Case, client: Client, tmp_path: Path
) -> None:
    text = receipt_of(case)
    exporting.write(tmp_path / "export")
    rewrite_history()
    take_the_signer()
    logs.add_entries(3)
    assert logs.seal_everything()  # the operator's own checks see nothing any more

    with pytest.raises(Rejected, match="rewritten"):
        against_today(text, client)
    with pytest.raises(Conflict):
        newest = publishing.newest()
        assert newest
        witnessing.configured()[0].cosign(newest)
    with pytest.raises(OtherLog):
        exporting.write(tmp_path / "export")
    assert Cosignature.objects.count() == 1


def test_a_forked_receipt_lacks_the_witness(case: Case) -> None:
    rewrite_history()
    take_the_signer()
    logs.seal_everything()
    witnessing.ask_all(witnessing.configured())
    keys, (witness, _url) = [str(key) for key in signing.verifiers()], publishing.witnesses()[0]
    receipt = redress_verify.read_receipt(receipt_in_the_fork().encode())
    assert redress_verify.check(receipt, keys).size
    with pytest.raises(Rejected, match="witness"):
        redress_verify.check(receipt, keys, [str(witness)], need=1)


def receipt_in_the_fork() -> str:
    """The receipt of an entry as the forked history has it."""
    (text,) = receipts.build([Entry.objects.filter(event_type="case.filed").latest("entry_id").pk]).values()
    return text


def test_an_entry_that_vanishes_before_it_has_its_place_leaves_the_person_without_a_receipt(person: Actor) -> None:
    case = case_at(Status.FILED, person=person)
    rewrite("DELETE FROM audit_entry WHERE case_id = %s", str(case.pk))
    rewrite("DELETE FROM audit_pending WHERE entry_id NOT IN (SELECT entry_id FROM audit_entry)")
    logs.seal_everything()
    assert queries.receipts_of(case) == []
    assert "case.without_entry" in {finding.code for finding in integrity.findings(AT)}
