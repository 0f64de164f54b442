"""The program that people check receipts with: it accepts what is true, and nothing that was altered in any place."""

import ast
import json
import random
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from audit import leaf, merkle, note, receipts, tiles
from audit.merkle import Tile
from audit.note import Checkpoint, Key
from redress.log import check
from tests.logs import AT
from tools import redress_verify as verify
from tools.redress_verify import Rejected

ORIGIN = "log.example/2026"
KEY, WITNESS = Key.make(ORIGIN), Key.make("witness.example")
VKEY, WITNESS_KEY = str(KEY.verifier), str(WITNESS.cosigner)
ENTRY = leaf.build("case.filed", AT, {"at": leaf.moment(AT), "reference": "RD-7K2M-9QXT"}, log=ORIGIN)
TOOL = Path(verify.__file__)


class Log:
    """A log in memory, of entries that say `number`."""

    def __init__(self, size: int, changed: int | None = None) -> None:
        chance = random.Random(1)
        filler = [chance.randbytes(32) for _ in range(size)]
        self.made = ENTRY
        self.place = 5
        filler[self.place] = self.made.hash
        if changed is not None:
            filler[changed] = bytes(32)
        self.size, self.tiles = size, merkle.append({}, 0, filler)
        self.root = merkle.root(self.read, size)
        self.note = note.signed(Checkpoint(ORIGIN, size, self.root), [KEY])

    def read(self, tile: Tile) -> bytes:
        return self.tiles[tile]

    def receipt(self, signed: str = "") -> str:
        proof = merkle.inclusion(self.read, self.place, self.size)
        return receipts.text(
            self.made.content, list(self.made.disclosures.values()), self.place, proof, signed or self.note
        )

    def fetch(self, path: str) -> bytes:
        if path == "checkpoint":
            return self.note.encode()
        _, level, rest = path.split("/", 2)
        place = tiles.parse(rest)
        return self.tiles[Tile(int(level), place.number)][: place.width * 32]


LOG = Log(700)
RECEIPT = LOG.receipt()


def checked(text: str | bytes, keys: list[str] | None = None, **more: Any) -> verify.Proved:
    data = text if isinstance(text, bytes) else text.encode()
    return verify.check(verify.read_receipt(data), [VKEY] if keys is None else keys, **more)


def refused(text: str | bytes, keys: list[str] | None = None, **more: Any) -> str:
    with pytest.raises(Rejected) as why:
        checked(text, keys, **more)
    return why.value.code


def test_it_needs_nothing_but_the_standard_library() -> None:
    imported = set()
    for node in ast.walk(ast.parse(TOOL.read_text())):
        if isinstance(node, ast.Import):
            imported |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").split(".")[0])
    assert imported <= sys.stdlib_module_names


def test_a_true_receipt_is_proved() -> None:
    found = checked(RECEIPT)
    assert (found.origin, found.place, found.size, found.kind) == (ORIGIN, 5, 700, "case.filed")
    assert found.facts == {"at": "2026-11-22T08:30:15.123Z", "reference": "RD-7K2M-9QXT"}
    said = verify.sentence(found)
    assert "“case.filed” of case RD-7K2M-9QXT, made at 2026-11-22T08:30:15.123Z" in said
    assert "vouched for by the operator only" in said


@pytest.mark.parametrize("size", [6, 7, 8, 255, 256, 257, 513, 1000])
def test_logs_of_every_size_are_proved(size: int) -> None:
    assert checked(Log(size).receipt()).size == size


@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.soak)])
def test_no_bit_of_a_receipt_can_be_changed(step: int) -> None:
    data, chance = RECEIPT.encode(), random.Random(7)
    for at in range(0, len(data), step):
        altered = bytearray(data)
        altered[at] ^= 1 << chance.randrange(8)
        try:
            found = checked(bytes(altered))
        except Rejected:
            continue
        pytest.fail(f"byte {at} was changed, and it still proves {found}")


def test_a_receipt_can_be_cut_nowhere() -> None:
    data = RECEIPT.encode()
    for end in range(0, len(data), 3):
        assert refused(data[:end]) in verify.SENTENCES
    assert refused(data[:-1]) == "cut_short"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_receipt"),
        ("x" * 10_000_000, "too_big"),
        (b"\xff\xfe\x00", "not_text"),
        (RECEIPT.replace("@v1", "@v2", 1), "unknown_version"),
        (RECEIPT.replace("index 5", "index 6", 1), "not_included"),
        (RECEIPT.replace("index 5", "index 05", 1), "bad_line"),
        (RECEIPT.replace("index 5", "index -5", 1), "bad_line"),
        (RECEIPT.replace("index 5", "index 5000", 1), "not_included"),
        (RECEIPT.replace("index 5\n", "index 5\n" + "A" * 43 + "=\n", 1), "not_included"),
        (RECEIPT.replace("index 5\n", "", 1), "bad_line"),
        (RECEIPT.replace("\n\n", "\nmore\n\n", 1), "bad_line"),
        (RECEIPT + "more\n", "bad_line"),
        (RECEIPT + "\n", "bad_line"),
        (RECEIPT.replace("\n700\n", "\n701\n", 1), "false_signature"),
        (RECEIPT.replace("\n700\n", "\n700\nmore\n", 1), "bad_checkpoint"),
        (RECEIPT.rsplit("\n\n", 1)[0] + "\n\n", "no_signature"),
        (RECEIPT.rsplit("\n\n", 1)[0] + "\n", "no_signature"),
        (RECEIPT.rsplit("\n\n", 1)[0], "cut_short"),
        (RECEIPT.replace("extra ", "extra !", 1), "no_leaf"),
        ("\n".join(line for line in RECEIPT.split("\n") if not line.startswith("extra")), "no_leaf"),
    ],
)
def test_each_fault_has_its_sentence(text: str | bytes, code: str) -> None:
    assert refused(text) == code


def with_extra(document: Any) -> str:
    lines = RECEIPT.split("\n")
    lines[1] = "extra " + receipts._b64(json.dumps(document).encode())
    return "\n".join(lines)


MADE = receipts._b64(LOG.made.content)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([], "no_leaf"),
        ({}, "no_leaf"),
        ({"leaf": MADE, "disclosures": "x"}, "no_leaf"),
        ({"leaf": MADE, "disclosures": [1]}, "no_leaf"),
        ({"leaf": 7, "disclosures": []}, "no_leaf"),
        ({"leaf": receipts._b64(b"{}"), "disclosures": []}, "not_included"),
        ({"leaf": MADE, "disclosures": ["WyJhIl0"]}, "false_disclosure"),
        ({"leaf": MADE, "disclosures": ["\ud800"]}, "false_disclosure"),
        ({"leaf": MADE, "disclosures": 2 * [LOG.made.disclosures["at"]]}, "false_disclosure"),
    ],
)
def test_what_travels_beside_the_proof_is_believed_only_as_far_as_it_is_proved(document: Any, code: str) -> None:
    assert refused(with_extra(document)) == code
    assert checked(with_extra({"leaf": MADE, "disclosures": []})).facts == {}


def test_the_key_decides_whose_log_it_is() -> None:
    assert refused(RECEIPT, [str(Key.make(ORIGIN).verifier)]) == "unknown_signer"
    assert refused(RECEIPT, [str(Key.make("other.example").verifier)]) == "unknown_signer"
    assert refused(RECEIPT, [WITNESS_KEY]) == "unknown_signer"
    assert refused(RECEIPT, []) == "unknown_signer"
    assert refused(RECEIPT, ["rubbish"]) == "bad_key"
    assert checked(RECEIPT, [str(Key.make(ORIGIN).verifier), VKEY]).size == 700


def test_an_entry_of_another_log_is_refused() -> None:
    other = Log(20)
    other.made = leaf.build("case.filed", AT, {}, log="other.example")
    other.tiles = merkle.append({}, 0, [other.made.hash] * 20)
    other.note = note.signed(Checkpoint(ORIGIN, 20, merkle.root(other.read, 20)), [KEY])
    assert refused(other.receipt()) == "another_log"


def test_witnesses_are_counted_once_each_and_only_when_they_are_known() -> None:
    text = Checkpoint(ORIGIN, LOG.size, LOG.root).text()
    cosigned = LOG.receipt(LOG.note + WITNESS.cosign(text, 1_700_000_000))
    assert checked(cosigned).witnesses == []
    assert refused(cosigned, need=1) == "too_few_witnesses"
    found = checked(cosigned, witnesses=[WITNESS_KEY, WITNESS_KEY], need=1)
    assert found.witnesses == [("witness.example", 1_700_000_000)]
    assert "Independent witnesses have signed the same log: witness.example" in verify.sentence(found)
    assert refused(cosigned, witnesses=[WITNESS_KEY], need=2) == "too_few_witnesses"
    forged = LOG.receipt(LOG.note + WITNESS.cosign(text + "x", 1_700_000_000))
    assert refused(forged, witnesses=[WITNESS_KEY]) == "false_witness"


def test_a_thousand_signature_lines_are_not_all_computed() -> None:
    line = LOG.note.rsplit("\n\n", 1)[1]
    assert refused(LOG.receipt(LOG.note + line * 1000)) == "bad_checkpoint"


def test_todays_log_goes_on_from_the_receipt() -> None:
    found = checked(RECEIPT)
    for size in (700, 701, 1000, 70_000):
        today = verify.check_against(found, [VKEY], Log(size).fetch)
        assert today.size == size
    assert "still holds all of it unchanged" in verify.sentence(found, today)


@pytest.mark.parametrize(
    ("today", "code"),
    [(Log(699), "shrunk"), (Log(700, changed=3), "rewritten"), (Log(1000, changed=600), "rewritten")],
)
def test_a_rewritten_or_rolled_back_log_is_shown_up(today: Log, code: str) -> None:
    with pytest.raises(Rejected) as why:
        verify.check_against(checked(RECEIPT), [VKEY], today.fetch)
    assert why.value.code == code


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html>", b"\xff\x00", Log(1000).note.split("\n\n")[0].encode() + b"\n\n", Log(1000).note.encode()[:-30]],
    ids=["empty", "page", "binary", "unsigned", "cut"],  # keys are made at random, and workers must agree on names
)
def test_what_is_no_signed_checkpoint_of_the_log_is_told_as_such(answer: bytes) -> None:
    with pytest.raises(Rejected) as why:
        verify.check_against(checked(RECEIPT), [VKEY], lambda _path: answer)
    assert why.value.code == "bad_log"


def test_a_log_under_another_key_is_not_taken_for_ours() -> None:
    other = Log(1000)
    other.note = note.signed(Checkpoint(ORIGIN, 1000, other.root), [Key.make(ORIGIN)])
    with pytest.raises(Rejected) as why:
        verify.check_against(checked(RECEIPT), [VKEY], other.fetch)
    assert why.value.code == "bad_log"


def test_tiles_that_do_not_fit_the_checkpoint_are_not_believed() -> None:
    honest, other = Log(1000), Log(1000, changed=600)
    other.note = honest.note
    with pytest.raises(Rejected, match="rewritten"):
        verify.check_against(checked(RECEIPT), [VKEY], other.fetch)
    with pytest.raises(Rejected, match="rewritten"):
        verify.check_against(
            checked(RECEIPT), [VKEY], lambda path: honest.fetch(path)[: 500 if path != "checkpoint" else None]
        )


# Test vectors 1 to 3 of RFC 8032, 7.1.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize("vector", VECTORS)
def test_signatures_of_the_standard_are_accepted_and_altered_ones_are_not(vector: tuple[str, str, str]) -> None:
    public, message, signature = map(bytes.fromhex, vector)
    assert verify.ed25519_accepts(public, message, signature)
    assert not verify.ed25519_accepts(public, message + b"x", signature)
    for at in range(0, 64, 5):
        altered = bytearray(signature)
        altered[at] ^= 1
        assert not verify.ed25519_accepts(public, message, bytes(altered))
    assert not verify.ed25519_accepts(public, message, signature[:63])
    assert not verify.ed25519_accepts(bytes([*public[:31], public[31] ^ 0x80]), message, signature)
    larger = int.from_bytes(signature[32:], "little") + verify._L  # the same signature, written another way
    assert not verify.ed25519_accepts(public, message, signature[:32] + larger.to_bytes(32, "little"))


def test_it_agrees_with_another_implementation_of_signatures() -> None:
    chance = random.Random(3)
    for _ in range(20):
        key, text = Key.make("a"), chance.randbytes(50).hex()
        signature = note.signature_of(key.sign(text)[:-1]).data
        assert verify.ed25519_accepts(key.verifier.public, text.encode(), signature)
        assert not verify.ed25519_accepts(Key.make("a").verifier.public, text.encode(), signature)


def test_every_fault_has_a_sentence_for_people_too() -> None:
    assert set(check.SENTENCES) == set(verify.SENTENCES)


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", str(TOOL), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "r.tlog-proof").write_text(RECEIPT)
    (tmp_path / "vkey").write_text(f"{VKEY}\n")
    return tmp_path


def test_the_command_says_in_a_sentence_what_is_proved(files: Path) -> None:
    done = run(str(files / "r.tlog-proof"), "--vkey", str(files / "vkey"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Proved: the entry “case.filed” of case RD-7K2M-9QXT")
    assert run(str(files / "r.tlog-proof"), "--vkey", VKEY).returncode == 0


def test_the_command_ends_with_a_sentence_for_everything_else(files: Path) -> None:
    receipt, key = str(files / "r.tlog-proof"), str(files / "vkey")
    (files / "altered").write_text(RECEIPT.replace("index 5", "index 4"))
    for words in (
        (str(files / "altered"), "--vkey", key),
        (str(files / "nowhere"), "--vkey", key),
        (receipt, "--vkey", str(files / "nowhere")),
        (receipt, "--vkey", "x+y+z"),
        (receipt, "--vkey", key, "--need", "1"),
        (receipt, "--vkey", key, "--against", "http://127.0.0.1:9/log"),
        (receipt, "--vkey", key, "--against", "file:///etc"),
        (str(files), "--vkey", key),
    ):
        done = run(*words)
        assert (done.returncode, done.stdout) == (1, ""), words
        assert done.stderr.startswith("NOT PROVED. "), done.stderr
        assert "Traceback" not in done.stderr


def test_the_command_asks_todays_log(files: Path) -> None:
    today = Log(1000)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(today.fetch(self.path.removeprefix("/log/")))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/log"
        words = [str(files / "r.tlog-proof"), "--vkey", VKEY, "--against", url]
        done = run(*words)
        assert (done.returncode, "with 1000 entries" in done.stdout) == (0, True), done.stderr
        today = Log(1000, changed=100)
        assert "its history was rewritten" in run(*words).stderr
        server.shutdown()
