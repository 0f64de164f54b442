"""Witnesses cosign what goes on from what they saw; one that is down or that disagrees stops nobody, and is told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.test import Client

from accounts.actors import Actor
from appeals import queries
from appeals.workflow import Status
from audit import note, publishing, signing, witnessing
from audit.models import Cosignature
from audit.witnessing import Conflict, NotCosigned
from tests import logs
from tests.factories import case_at
from tests.witness import TestWitness, witness_of
from tools import redress_verify


@pytest.fixture
def witness(tmp_path: Path, settings: Any, db: None) -> Iterator[TestWitness]:
    settings.AUDIT_SIGNER_DIR = tmp_path / "log"
    (key,) = signing.configured().begin()
    with witness_of(key) as made:
        settings.AUDIT_WITNESSES = made.setting
        yield made


def grow(count: int = 3) -> None:
    logs.add_entries(count)
    logs.seal_everything()


def test_every_checkpoint_is_cosigned_and_published_so(witness: TestWitness, client: Client) -> None:
    ours = witnessing.configured()
    for _ in range(3):
        grow(200)
        assert witnessing.ask_all(ours) == 1
        assert witnessing.ask_all(ours) == 0
        published = client.get("/log/checkpoint").content.decode()
        _, by = note.verified(published, [*signing.verifiers(), witness.key.cosigner])
        assert by == [*signing.verifiers(), witness.key.cosigner]
    assert witness.size == 600
    assert [body.split("\n")[0] for body in witness.asked] == ["old 0", "old 200", "old 400"]


def test_after_a_restart_we_know_what_the_witness_saw_or_let_it_tell_us(witness: TestWitness) -> None:
    grow()
    assert witnessing.ask_all(witnessing.configured()) == 1
    grow()
    assert witnessing.ask_all(witnessing.configured()) == 1
    assert witness.asked[-1].startswith("old 3\n")
    logs.rewrite("DELETE FROM audit_cosignature")
    grow()
    assert witnessing.ask_all(witnessing.configured()) == 1
    assert [body.split("\n")[0] for body in witness.asked[-2:]] == ["old 0", "old 6"]


def test_a_witness_that_saw_another_history_says_so_and_we_raise_the_alarm(witness: TestWitness) -> None:
    grow(5)
    (ours,) = witnessing.configured()
    witness.size, witness.root = 3, bytes(32)
    with pytest.raises(Conflict, match="does not go on"):
        ours.cosign(publishing.newest())  # type: ignore[arg-type]  # there is one
    witness.size, witness.root = 5, bytes(32)
    with pytest.raises(Conflict, match="another tree of 5"):
        ours.cosign(publishing.newest())  # type: ignore[arg-type]
    witness.size = 9
    with pytest.raises(Conflict, match="seen 9 entries, and we have 5"):
        ours.cosign(publishing.newest())  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as lines:
        assert witnessing.ask_all([ours]) == 0
    assert [(line["event"], line["log_level"]) for line in lines] == [("witness_did_not_sign", "error")]
    assert not Cosignature.objects.exists()


@pytest.mark.parametrize(
    "answer",
    [
        (500, "x" * 1000),
        (403, ""),
        (200, ""),
        (200, "rubbish\n"),
        (200, "— witness.example/w1 AAAAAAAAAAAA\n"),
        (409, "x"),
    ],
)
def test_what_is_no_cosignature_is_not_kept(witness: TestWitness, answer: tuple[int, str]) -> None:
    grow()
    witness.instead = answer
    (ours,) = witnessing.configured()
    with pytest.raises(NotCosigned):
        ours.cosign(publishing.newest())  # type: ignore[arg-type]  # there is one
    assert witnessing.ask_all([ours]) == 0
    assert not Cosignature.objects.exists()


def test_a_false_signature_under_the_right_name_is_not_kept(witness: TestWitness) -> None:
    grow()
    checkpoint = publishing.newest()
    assert checkpoint
    witness.instead = (200, witness.key.cosign("another text\n", 1))
    with pytest.raises(NotCosigned, match="false"):
        witnessing.configured()[0].cosign(checkpoint)


def test_a_witness_that_is_down_is_left_alone_for_a_while_and_then_asked_again(
    witness: TestWitness, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow()
    witness.instead = (503, "")
    ours, now = witnessing.configured(), 100.0
    monkeypatch.setattr("audit.witnessing.time.monotonic", lambda: now)
    assert [witnessing.ask_all(ours) for _ in range(3)] == [0, 0, 0]
    assert len(witness.asked) == 1
    witness.instead, now = None, 105.0
    assert witnessing.ask_all(ours) == 1


def test_an_address_where_nobody_answers_is_no_witness(witness: TestWitness, settings: Any) -> None:
    grow()
    for address in ("http://127.0.0.1:9/w", "file:///etc", "nonsense"):
        settings.AUDIT_WITNESSES = [witness.setting[0], address]
        assert witnessing.ask_all(witnessing.configured()) == 0


def test_receipts_and_pages_say_who_vouches(
    witness: TestWitness, person: Actor, client: Client, tmp_path: Path
) -> None:
    case = case_at(Status.FILED, person=person)
    grow()
    witnessing.ask_all(witnessing.configured())
    (text,) = queries.receipt_files(case, queries.receipts_of(case)).values()
    keys = [str(key) for key in signing.verifiers()]
    receipt = redress_verify.read_receipt(text.encode())
    found = redress_verify.check(receipt, keys, [str(witness.key.cosigner)], need=1)
    assert found.witnesses == [("witness.example/w1", 1_790_000_000)]
    path = tmp_path / "r.tlog-proof"
    path.write_text(text)
    with path.open("rb") as file:
        page = client.post("/log/check/", {"file": file}).content.decode()
    assert "Independent witnesses have signed the same log: witness.example/w1" in page
    assert "operator only" not in page
