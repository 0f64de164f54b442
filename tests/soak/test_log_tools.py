"""A log of 70,000 entries, checked by tools that nobody here wrote: they accept it, and reject what was altered."""

import base64
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import override_settings

from audit import bulk, exporting, keys, merkle, note, receipts, signing, tiles, verifying
from audit.bulk import Note
from audit.merkle import Tile
from audit.models import Leaf
from audit.operations import Signature
from tests import logs
from tests.processes import ROOT
from tools import redress_verify

pytestmark = [pytest.mark.soak, pytest.mark.django_db]

ENTRIES = 70_000
HERE = Path(__file__).parent / "log_tools"
TOOLS = ROOT / "var" / "log-tools"
GO = shutil.which("go")
GO_SOURCES = Path("/usr/share/gocode")
NODE = shutil.which("node")
AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)

needs_go = pytest.mark.skipif(
    not GO or not (GO_SOURCES / "src/golang.org/x/mod/sumdb").is_dir(),
    reason="Go with golang.org/x/mod is not here: run .ci/install-log-tools",
)
needs_sigstore = pytest.mark.skipif(
    not NODE or not (TOOLS / "node_modules/@sigstore/verify").is_dir(),
    reason="@sigstore/verify is not here: run .ci/install-log-tools",
)
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not here")


class Exported(NamedTuple):
    """The export, an older checkpoint of it, the public key, the key itself, and some receipts with their leaves."""

    folder: Path
    older: str
    vkey: str
    key: note.Key
    receipts: dict[int, tuple[str, bytes]]


@pytest.fixture(scope="module")
def log(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    """70,000 entries, written as an import does, placed, signed twice and exported; taken back at the end."""
    folder = tmp_path_factory.mktemp("log")
    with (
        django_db_blocker.unblock(),
        override_settings(AUDIT_SIGNER_DIR=folder / "signer"),
        transaction.atomic(),
    ):
        _write(ENTRIES // 2 - 17)
        older = logs.seal_everything().note
        _write(ENTRIES - ENTRIES // 2 + 17)
        logs.seal_everything()
        exporting.write(folder / "export")
        places = [0, 1, 255, 256, 34_999, 65_535, 65_536, ENTRIES - 1]
        chosen = dict(Leaf.objects.filter(leaf_index__in=places).values_list("entry_id", "leaf_index"))
        made = receipts.build(chosen)
        texts = {chosen[entry]: (text, redress_verify.read_receipt(text.encode()).leaf) for entry, text in made.items()}
        key = note.Key.parse((folder / "signer" / "key").read_text())
        (verifier,) = signing.verifiers()
        transaction.set_rollback(True)
    assert len(texts) == len(places)
    yield Exported(folder / "export", older, str(verifier), key, texts)


def _write(count: int) -> None:
    owner = uuid4()
    made = {owner: keys.Sealer.of(owner)}
    for start in range(0, count, 10_000):
        rows = [
            Note("record.imported", owner, uuid4(), {"state_after": f"current:1:{n:064x}", "notice": "none"})
            for n in range(start, min(start + 10_000, count))
        ]
        bulk.record_many(rows, by=Signature(owner, "service"), at=AT, sealers=made)


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checker in Go, built from Debian's sources of golang.org/x/mod, without a network."""
    program = tmp_path_factory.mktemp("go") / "check"
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(GO_SOURCES),
        "GOFLAGS": "",
        "GOCACHE": str(program.parent),
    }
    assert GO
    subprocess.run([GO, "build", "-o", str(program), str(HERE / "check.go")], env=environment, check=True)
    return program


def says(program: Path, *words: object) -> str:
    done = subprocess.run([str(program), *map(str, words)], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == done.stdout.startswith("ACCEPTED"), done.stderr
    return done.stdout.strip()


def copied(log: Exported, to: Path) -> Path:
    shutil.copytree(log.folder, to)
    return to


def flipped(path: Path, at: int = 40) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def forked(log: Exported, to: Path, *, size: int = ENTRIES, changed: int = 12_345) -> Path:
    """Another history, complete and signed with the log's own key: only who remembers the first one can tell."""
    leaves = [
        leaf
        for number in range((ENTRIES + 255) // 256)
        for leaf in tiles.unbundle(_bundle(log.folder, number).read_bytes())
    ][:size]
    leaves[changed] = leaves[changed].replace(b'"type":"record.imported"', b'"type":"record.invented"')
    found = merkle.append({}, 0, [merkle.leaf_hash(leaf) for leaf in leaves])
    for tile, data in found.items():
        path = to / tiles.file_of(tile, len(data) // 32)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for number in range((size + 255) // 256):
        some = leaves[number * 256 : (number + 1) * 256]
        path = to / "tile" / "entries" / tiles.path_of(number, len(some))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tiles.bundle(some))
    head = note.Checkpoint(log.key.name, size, merkle.root(lambda tile: found[tile], size))
    (to / "checkpoint").write_text(note.signed(head, [log.key]))
    return to


def _bundle(folder: Path, number: int) -> Path:
    return folder / "tile" / "entries" / tiles.path_of(number, merkle.hashes_in(Tile(0, number), ENTRIES))


@needs_go
def test_go_accepts_the_whole_log_and_the_way_to_it(log: Exported, go: Path, tmp_path: Path) -> None:
    (tmp_path / "older").write_text(log.older)
    assert says(go, "export", log.folder, log.vkey) == f"ACCEPTED: {ENTRIES} entries"
    assert says(go, "grown", log.folder, log.vkey, tmp_path / "older").endswith(f"to {ENTRIES} entries")


@needs_go
@pytest.mark.parametrize(
    "file",
    ["checkpoint", "tile/0/000", "tile/0/136", "tile/1/000", "tile/2/000.p/1", "tile/entries/100", "tile/0/273.p/112"],
)
def test_go_rejects_a_flipped_bit(log: Exported, go: Path, tmp_path: Path, file: str) -> None:
    flipped(copied(log, tmp_path / "log") / file, at=20)
    assert says(go, "export", tmp_path / "log", log.vkey).startswith("REJECTED")


@needs_go
def test_go_rejects_a_fork_and_a_rollback_although_the_key_signed_them(log: Exported, go: Path, tmp_path: Path) -> None:
    (tmp_path / "older").write_text(log.older)
    (tmp_path / "newer").write_text((log.folder / "checkpoint").read_text())
    fork = forked(log, tmp_path / "fork")
    assert says(go, "export", fork, log.vkey).startswith("ACCEPTED")  # in itself it is a log
    assert says(go, "grown", fork, log.vkey, tmp_path / "older").startswith("REJECTED")
    shorter = forked(log, tmp_path / "shorter", size=50_000)
    assert "rolled back" in says(go, "grown", shorter, log.vkey, tmp_path / "newer")


def wrong(text: str) -> dict[str, str]:
    """A receipt, altered in each of these ways."""
    lines = text.split("\n")
    place = int(lines[2].removeprefix("index "))
    swapped = [*lines[:3], lines[4], lines[3], *lines[5:]]
    size = lines[lines.index("") + 2]
    return {
        "wrong index": text.replace(f"index {place}\n", f"index {place ^ 1}\n", 1),
        "hashes swapped": "\n".join(swapped),
        "hash missing": "\n".join([*lines[:3], *lines[4:]]),
        "flipped bit": text.replace(lines[5], base64.b64encode(_flip(base64.b64decode(lines[5]))).decode(), 1),
        "another size": text.replace(f"\n{size}\n", f"\n{int(size) - 1}\n", 1),
    }


def _flip(data: bytes) -> bytes:
    return bytes([data[0] ^ 1, *data[1:]])


@needs_go
def test_go_accepts_receipts_and_rejects_altered_ones(log: Exported, go: Path, tmp_path: Path) -> None:
    for text, leaf in log.receipts.values():
        (tmp_path / "leaf").write_bytes(leaf)
        (tmp_path / "r").write_text(text)
        assert says(go, "receipt", tmp_path / "r", log.vkey, tmp_path / "leaf").startswith("ACCEPTED")
        for altered in wrong(text).values():
            (tmp_path / "r").write_text(altered)
            assert says(go, "receipt", tmp_path / "r", log.vkey, tmp_path / "leaf").startswith("REJECTED")
        (tmp_path / "r").write_text(text)
        (tmp_path / "leaf").write_bytes(_flip(leaf))
        assert says(go, "receipt", tmp_path / "r", log.vkey, tmp_path / "leaf").startswith("REJECTED")


@needs_sigstore
def test_sigstore_accepts_receipts_and_rejects_altered_ones(log: Exported, tmp_path: Path) -> None:
    words: list[str] = []
    expected: list[str] = []

    def add(text: str, leaf: bytes, what: str) -> None:
        (tmp_path / f"r{len(words)}").write_text(text)
        (tmp_path / f"l{len(words)}").write_bytes(leaf)
        words.extend((str(tmp_path / f"r{len(words)}"), str(tmp_path / f"l{len(words)}")))
        expected.append(what)

    for text, leaf in log.receipts.values():
        add(text, leaf, "ACCEPTED")
        add(text, _flip(leaf), "REJECTED")
        for altered in wrong(text).values():
            add(altered, leaf, "REJECTED")
    assert NODE
    command = [NODE, str(HERE / "check.js"), str(TOOLS / "node_modules"), log.vkey, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == expected


@needs_openssl
def test_openssl_stamps_and_checks_the_checkpoint(log: Exported, tmp_path: Path) -> None:
    """RFC 3161: a time stamp on the checkpoint verifies, and does not on another one."""

    def openssl(*words: str) -> bool:
        return subprocess.run(["openssl", *words], cwd=tmp_path, capture_output=True, check=False).returncode == 0

    (tmp_path / "tsa.cnf").write_text(_TSA)
    (tmp_path / "serial").write_text("01\n")
    shutil.copy(log.folder / "checkpoint", tmp_path / "checkpoint")
    new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-config", "tsa.cnf"]
    assert openssl(*new, "-keyout", "tsa.key", "-out", "tsa.crt", "-subj", "/CN=Test TSA", "-extensions", "tsa_cert")
    assert openssl("ts", "-query", "-data", "checkpoint", "-sha256", "-cert", "-out", "q.tsq")
    assert openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-out", "r.tsr")
    check = ("ts", "-verify", "-data", "checkpoint", "-in", "r.tsr", "-CAfile", "tsa.crt")
    assert openssl(*check)
    flipped(tmp_path / "checkpoint")
    assert not openssl(*check)


_TSA = """
[req]
distinguished_name = dn
[dn]
[tsa_cert]
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = tsa1
[tsa1]
serial = serial
signer_cert = tsa.crt
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.57264.2
digests = sha256
ess_cert_id_alg = sha256
"""


def test_our_own_tools_agree_with_them(log: Exported, tmp_path: Path) -> None:
    verifier = note.Verifier.parse(log.vkey)
    assert list(verifying.of_files(log.folder, [verifier], processes=2)) == []
    fork = forked(log, tmp_path / "fork")
    for text, _leaf in log.receipts.values():
        proved = redress_verify.check(redress_verify.read_receipt(text.encode()), [log.vkey])
        redress_verify.check_against(proved, [log.vkey], lambda path: (log.folder / path).read_bytes())
        with pytest.raises(redress_verify.Rejected, match="rewritten"):
            redress_verify.check_against(proved, [log.vkey], lambda path: (fork / path).read_bytes())
        for altered in wrong(text).values():
            with pytest.raises(redress_verify.Rejected):
                redress_verify.check(redress_verify.read_receipt(altered.encode()), [log.vkey])
