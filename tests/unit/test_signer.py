"""The signer signs what goes on from what it signed last, and nothing else, whatever becomes of its files."""

import json
import os
import stat
from pathlib import Path

import pytest

from audit import merkle, note
from audit.merkle import Head, Tile
from audit.note import Key
from audit.signer import REFUSALS, Refused, Signer

ORIGIN = "log.example/2026"


class Tree:
    """A tree of numbers; `salt` makes another one."""

    def __init__(self, size: int, salt: bytes = b"") -> None:
        leaves = [merkle.leaf_hash(salt + bytes([n % 256])) for n in range(size)]
        self.size, self.tiles = size, merkle.append({}, 0, leaves)
        self.head = Head(size, merkle.root(self.read, size))

    def read(self, tile: Tile) -> bytes:
        return self.tiles[tile]

    def prove(self, old: int) -> list[bytes]:
        return merkle.consistency(self.read, old, self.size)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    made = Signer(tmp_path / "log", ORIGIN)
    made.begin()
    return made


def sign(signer: Signer, tree: Tree) -> str:
    return signer.sign(tree.head, tree.prove)


def test_a_tree_that_goes_on_is_signed(signer: Signer) -> None:
    for size in (1, 2, 300, 301):
        _, by = note.verified(sign(signer, Tree(size)), signer.verifiers())
        assert by == signer.verifiers()
    assert signer.state().size == 301


def test_the_same_tree_is_the_same_note(signer: Signer, tmp_path: Path) -> None:
    first = sign(signer, Tree(5))
    again = Signer(tmp_path / "log", ORIGIN)
    assert sign(again, Tree(5)) == first
    assert again.is_last(Tree(5).head)


@pytest.mark.parametrize(
    ("later", "reason"),
    [(Tree(4), "rollback"), (Tree(0), "rollback"), (Tree(5, b"x"), "fork"), (Tree(9, b"x"), "fork")],
)
def test_another_tree_is_refused_and_leaves_the_memory_as_it_was(signer: Signer, later: Tree, reason: str) -> None:
    first = sign(signer, Tree(5))
    with pytest.raises(Refused) as refused:
        sign(signer, later)
    assert refused.value.code == reason
    assert signer.state().note == first


def test_a_proof_that_cannot_be_made_is_a_fork(signer: Signer) -> None:
    sign(signer, Tree(5))
    later = Tree(9)
    later.tiles[Tile(0, 0)] = later.tiles[Tile(0, 0)][:-32]
    with pytest.raises(Refused, match="rewritten"):
        sign(signer, later)


def test_files_are_for_the_signer_only(signer: Signer, tmp_path: Path) -> None:
    sign(signer, Tree(5))
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "log").iterdir() if path.name != "lock"
    }
    assert modes == {"key": 0o600, "state.json": 0o600, "vkey": 0o644}
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o700


def test_the_memory_is_on_the_disk_before_the_note_is_out(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").resolve().name)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    sign(signer, Tree(5))
    assert [name.split(".json")[0] for name in synced] == [".state", "log"]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("state.json", None, "no_state"),
        ("state.json", "{", "unreadable"),
        ("state.json", "[]", "unreadable"),
        ("state.json", json.dumps({"origin": "other", "size": 0, "root": "", "note": ""}), "other_log"),
        ("key", None, "no_key"),
        ("key", "", "no_key"),
        ("key", "secret", "unreadable"),
        ("key", Key.make("other").secret(), "other_log"),
    ],
    # The last key is made anew each time, so its text cannot name a test.
    ids=["no state", "torn", "a list", "of another log", "no key", "empty", "no words of a key", "key of another log"],
)
def test_without_its_files_it_signs_nothing(
    signer: Signer, tmp_path: Path, name: str, text: str | None, reason: str
) -> None:
    path = tmp_path / "log" / name
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(Refused) as refused:
        sign(signer, Tree(5))
    assert refused.value.code == reason
    assert str(refused.value) == REFUSALS[reason]


def test_a_folder_that_is_not_there_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no key"):
        sign(Signer(tmp_path / "nowhere", ORIGIN), Tree(1))


def test_a_log_begins_once(signer: Signer) -> None:
    before = signer.verifiers()
    with pytest.raises(FileExistsError):
        signer.begin()
    assert signer.verifiers() == before


def test_the_operator_may_give_the_key(tmp_path: Path) -> None:
    key = Key.make(ORIGIN)
    (tmp_path / "given").write_text(key.secret())
    signer = Signer(tmp_path / "log", ORIGIN, tmp_path / "given")
    assert signer.begin() == [key.verifier]
    assert not (tmp_path / "log" / "key").exists()
    assert (tmp_path / "log" / "vkey").read_text() == f"{key.verifier}\n"


def test_after_a_rotation_both_keys_sign_until_the_old_one_is_retired(signer: Signer) -> None:
    sign(signer, Tree(1))
    (old,) = signer.verifiers()
    new, still = signer.rotate()
    assert (new != old, still) == (True, old)
    for verifier in (new, old):
        assert note.verified(sign(signer, Tree(2)), [verifier])[1] == [verifier]
    assert signer.retire() == [new]
    with pytest.raises(note.NotSigned):
        note.verified(sign(signer, Tree(3)), [old])
