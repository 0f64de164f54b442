"""The files of the log: public, cacheable, never more than was signed; entries for auditors only."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from audit import merkle, note, signing, tiles
from audit.models import Entry, Leaf
from tests import logs
from tests.fixtures import ClientOf


@pytest.fixture(autouse=True)
def own_signer(tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_SIGNER_DIR = tmp_path / "log"


@pytest.fixture
def log_of_300(db: None) -> None:
    logs.add_entries(300)
    logs.seal_everything()


def hashes() -> bytes:
    return b"".join(bytes(each) for each in Leaf.objects.order_by("leaf_index").values_list("leaf_hash", flat=True))


@pytest.mark.django_db
def test_before_anything_is_signed_there_is_nothing_to_read(client: Client) -> None:
    logs.add_entries(3)
    logs.place_all()
    for path in ("checkpoint", "vkey", "tile/0/000.p/1"):
        answer = client.get(f"/log/{path}")
        assert (answer.status_code, answer["Content-Type"]) == (404, "text/plain; charset=utf-8")


@pytest.mark.django_db
def test_the_checkpoint_is_signed_by_the_key_that_is_shown(log_of_300: None, client: Client) -> None:
    vkey = client.get("/log/vkey").content.decode().strip()
    answer = client.get("/log/checkpoint")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    parsed, _by = note.verified(answer.content.decode(), [note.Verifier.parse(vkey)])
    said = note.checkpoint_of(parsed.text)
    assert (said.size, said.root) == (300, merkle.root_of(merkle.split(hashes())))


@pytest.mark.django_db
def test_tiles_hold_the_hashes_and_may_be_kept_for_ever(log_of_300: None, client: Client) -> None:
    first = client.get("/log/tile/0/000")
    assert first.content == hashes()[: 256 * 32]
    assert first["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Vary" not in first
    assert "Set-Cookie" not in first
    assert client.get("/log/tile/0/001.p/44").content == hashes()[256 * 32 :]
    assert client.get("/log/tile/0/000.p/7").content == hashes()[: 7 * 32]
    assert client.get("/log/tile/1/000.p/1").content == merkle.root_of(merkle.split(first.content))
    assert client.get("/log/checkpoint")["Cache-Control"] == "public, max-age=2"


@pytest.mark.django_db
def test_no_more_is_shown_than_was_signed(log_of_300: None, client: Client) -> None:
    logs.add_entries(10)
    logs.place_all()
    assert client.get("/log/tile/0/001.p/45").status_code == 404
    logs.sign()
    assert client.get("/log/tile/0/001.p/45").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("0/001", 404),
        ("0/002.p/1", 404),
        ("9/000", 404),
        ("99999999999999999999/000", 404),
        ("0/x999/x999/x999/x999/x999/999", 404),
        ("0/0", 400),
        ("0/000.p/0", 400),
        ("0/000.p/256", 400),
        ("0/x000/000", 400),
        ("0/../../etc/passwd", 400),
        ("0/000%00", 400),
        ("entries/0", 400),
        ("entries/999", 404),
    ],
)
def test_what_is_not_there_is_said_plainly(
    log_of_300: None, auditor: Actor, client_of: ClientOf, path: str, status: int
) -> None:
    answer = client_of(auditor).get(f"/log/tile/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert "Traceback" not in answer.content.decode()


@pytest.mark.django_db
def test_entries_are_for_auditors(
    log_of_300: None, auditor: Actor, caseworker: Actor, person: Actor, client_of: ClientOf, client: Client
) -> None:
    answer = client_of(auditor).get("/log/tile/entries/001.p/44")
    found = list(tiles.unbundle(answer.content))
    expected = Entry.objects.order_by("entry_id").values_list("leaf", flat=True)[256:300]
    assert found == [bytes(each) for each in expected]
    assert answer["Cache-Control"] == "private, no-store"
    assert client.get("/log/tile/entries/000").status_code == 302
    for other in (caseworker, person):
        assert client_of(other).get("/log/tile/entries/000").status_code == 403


@pytest.mark.django_db
def test_the_operator_may_say_which_key_is_the_logs(settings: Any, client: Client) -> None:
    key = str(note.Key.make("redress.example/audit/2026").verifier)
    settings.AUDIT_LOG_VKEYS = [key]
    assert client.get("/log/vkey").content.decode() == f"{key}\n"
    assert [str(each) for each in signing.verifiers()] == [key]
