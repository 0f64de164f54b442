"""Signed notes and checkpoints: the published examples open, and nothing that was altered does."""

import subprocess
from pathlib import Path

import pytest

from audit import note
from audit.note import COSIGNATURE, ED25519, Checkpoint, Key, NotAKey, NotANote, NotSigned, Verifier

# The example of Go's golang.org/x/mod/sumdb/note, which signed notes come from.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY, OTHER = Key.make("log.example/2026"), Key.make("log.example/2026")
HEAD = Checkpoint("log.example/2026", 7, bytes(range(32)))
SIGNED = note.signed(HEAD, [KEY])


def test_a_note_that_others_signed_opens() -> None:
    parsed, by = note.verified(PETERS_NOTE, [Verifier.parse(PETER)])
    assert parsed.text.startswith("If you think")
    assert [str(each) for each in by] == [PETER]


def test_a_checkpoint_says_what_was_signed() -> None:
    parsed, by = note.verified(SIGNED, [OTHER.verifier, KEY.verifier])
    assert note.checkpoint_of(parsed.text) == HEAD
    assert by == [KEY.verifier]


def test_keys_read_back_what_they_write() -> None:
    assert Key.parse(KEY.secret()).verifier == KEY.verifier == Verifier.parse(str(KEY.verifier))
    assert Verifier.parse(str(KEY.cosigner)).kind == COSIGNATURE
    assert KEY.verifier.kind == ED25519
    assert KEY.verifier.id != KEY.cosigner.id


def test_a_private_key_shows_itself_in_no_message() -> None:
    secret = KEY.secret()
    assert secret.split("+", 4)[-1] not in repr(KEY)
    with pytest.raises(NotAKey) as refused:
        Key.parse(secret[:-8])
    assert secret.split("+", 4)[-1][:20] not in str(refused.value)


@pytest.mark.parametrize("bit", range(8))
def test_no_bit_can_be_changed(bit: int) -> None:
    for place in range(len(SIGNED.encode())):
        data = bytearray(SIGNED.encode())
        data[place] ^= 1 << bit
        try:
            note.verified(data.decode(errors="replace"), [KEY.verifier])
        except (NotSigned, NotANote):
            continue
        pytest.fail(f"byte {place} was changed, and the signature still counts")


def test_a_false_signature_is_not_made_up_for_by_a_true_one() -> None:
    forged = OTHER.sign("another text\n")
    with pytest.raises(NotSigned):
        note.verified(SIGNED + forged, [KEY.verifier, OTHER.verifier])


def test_lines_of_unknown_keys_count_for_nothing() -> None:
    parsed, by = note.verified(SIGNED + Key.make("stranger").sign("x"), [KEY.verifier])
    assert len(parsed.signatures) == 2
    assert by == [KEY.verifier]
    with pytest.raises(NotSigned):
        note.verified(SIGNED, [OTHER.verifier])


def test_a_witness_signs_the_time_too() -> None:
    witness = Key.make("witness.example")
    line = witness.cosign(HEAD.text(), 1_700_000_000)
    parsed, by = note.verified(SIGNED + line, [witness.cosigner])
    assert by == [witness.cosigner]
    assert parsed.signatures[1].time == 1_700_000_000
    moved = witness.cosign(HEAD.text(), 1_700_000_001)
    mixed = note.signature_of(line[:-1]).data[:8] + note.signature_of(moved[:-1]).data[8:]
    assert not witness.cosigner.accepts(HEAD.text(), mixed)
    assert not witness.verifier.accepts(HEAD.text(), note.signature_of(line[:-1]).data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n",
        "a\n\n",
        "a\n\n— b\n",
        "a\n\n- b AAAAAAAA\n",
        "a\n\n— b AAAAAAAA",
        "a\n\n— b c AAAAAAAA\n",
        "a\n\n— b AAAA\n",
        "a\n\n— b+c AAAAAAAA\n",
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(NotANote):
        note.parse(text)


ROOT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"log\n1\n{ROOT}",
        f"log\n01\n{ROOT}\n",
        f"log\n-1\n{ROOT}\n",
        f"log\n١\n{ROOT}\n",
        f"\n1\n{ROOT}\n",
        f"log\n1\n{ROOT[:-4]}\n",
        "log\n1\nx\n",
        f"log\n1\n{ROOT}\nmore\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NotANote):
        note.checkpoint_of(text)


@pytest.mark.parametrize(
    "text", ["", "a", "a+b", "a+00000000+AAAA", PETER.replace("c7", "c8"), "a b" + PETER[12:], "x" + PETER]
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(NotAKey):
        Verifier.parse(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb"])
def test_a_key_has_a_plain_name(name: str) -> None:
    with pytest.raises(NotAKey):
        Key.make(name)


def test_openssl_accepts_the_signature(tmp_path: Path) -> None:
    """A second opinion of somebody else's: OpenSSL reads the raw key in its usual wrapping."""
    parsed = note.parse(SIGNED)
    wrapped = bytes.fromhex("302a300506032b6570032100") + KEY.verifier.public
    for name, data in {"key": wrapped, "text": parsed.text.encode(), "sig": parsed.signatures[0].data}.items():
        (tmp_path / name).write_bytes(data)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key", "-rawin"]
    command += ["-in", "text", "-sigfile", "sig"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "text").write_bytes(parsed.text.encode() + b" ")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0
