#!/usr/bin/env python3
"""Check a receipt of Redress: offline, with this one file and Python 3.11 or later, and nothing else.

    python3 redress_verify.py receipt.tlog-proof --vkey log.vkey
    python3 redress_verify.py receipt.tlog-proof --vkey log.vkey --against https://redress.example/log

A receipt is a C2SP tlog-proof: the bytes that were logged, the way from them to the root of the log's tree
(RFC 6962), and that root, signed (C2SP checkpoint, Ed25519, RFC 8032). Get the public key from somewhere else
than the service that gave you the receipt. `--against` asks today's log too whether it still holds what the
receipt proves. Status 0: proved. 1: not proved, and why. 2: the command was not understood.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

MOST_BYTES = 400_000  # a leaf has 65,535 bytes at most
MOST_SIGNATURES = 64
FIRST_LINE = "c2sp.org/tlog-proof@v1"
SECONDS = 20

# What can be wrong, each in a sentence for whoever holds the receipt.
SENTENCES = {
    "too_big": "This file is too big to be a receipt.",
    "not_text": "This file is not a receipt: it is not text.",
    "not_a_receipt": "This file is not a receipt: it does not begin with the line c2sp.org/tlog-proof@v1.",
    "unknown_version": "This receipt is of a version that this program does not know. Get a newer program.",
    "cut_short": "This receipt is not whole: something is missing at its end or in its middle.",
    "bad_line": "This receipt was altered: a line in it is not what it should be.",
    "no_signature": "The checkpoint in this receipt has no signature.",
    "bad_checkpoint": "The checkpoint in this receipt is not one.",
    "unknown_signer": "The checkpoint is not signed by the key that you gave: the log is another, or the key is wrong.",
    "false_signature": "The signature on the checkpoint is false: the receipt was altered.",
    "not_included": "The entry is not at that place of the signed log: the receipt was altered.",
    "no_leaf": "This receipt does not carry the entry that it is about.",
    "bad_leaf": "The entry in this receipt is not one of a kind that this program knows.",
    "another_log": "The entry in this receipt says that it belongs to another log.",
    "false_disclosure": "A fact in this receipt is not one that the entry was made with: it was altered or added.",
    "too_few_witnesses": "Fewer independent witnesses than you asked for have signed.",
    "false_witness": "The signature of a witness is false: the receipt was altered.",
    "bad_key": "This is not a public key: it should read name+id+base64.",
    "unreachable": "Today's log could not be read.",
    "bad_log": "What stands at that address is not a checkpoint that this log has signed.",
    "shrunk": "Today's log holds less than it did when this receipt was made: it was rolled back.",
    "rewritten": "Today's log does not go on from what this receipt proves: its history was rewritten.",
}


class Rejected(Exception):
    """Not proved; `code` is one of `SENTENCES`."""

    def __init__(self, code: str) -> None:
        super().__init__(SENTENCES[code])
        self.code = code


class Verifier(NamedTuple):
    """A public key: kind 1 signs logs, kind 4 cosigns as a witness."""

    name: str
    kind: int
    public: bytes
    key_id: bytes


class Checkpoint(NamedTuple):
    """What a log signed: its name, how many entries it holds, and the root over them."""

    origin: str
    size: int
    root: bytes
    text: str
    signatures: list[tuple[str, bytes, bytes]]  # name, key id, signature


class Receipt(NamedTuple):
    """A receipt, taken apart; nothing in it is checked yet."""

    place: int
    proof: list[bytes]
    checkpoint: Checkpoint
    leaf: bytes
    disclosures: list[str]


class Proved(NamedTuple):
    """What a receipt proves. `facts`: those that it discloses. `witnesses`: who else signed, and when (seconds)."""

    origin: str
    place: int
    size: int
    root: bytes
    kind: str
    hour: str
    facts: dict[str, Any]
    witnesses: list[tuple[str, int]]


# --- reading --------------------------------------------------------------------------------------


def read_receipt(data: bytes) -> Receipt:
    """Take a receipt apart. Raises `Rejected`."""
    if len(data) > MOST_BYTES:
        raise Rejected("too_big")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Rejected("not_text") from None
    first, _, rest = text.partition("\n")
    if first != FIRST_LINE:
        raise Rejected("unknown_version" if first.startswith("c2sp.org/tlog-proof@") else "not_a_receipt")
    head, found, note = rest.partition("\n\n")
    if not found:
        raise Rejected("cut_short")
    lines = head.split("\n")
    extra = lines.pop(0)[len("extra ") :] if lines[0].startswith("extra ") else ""
    if not lines or not re.fullmatch(r"index (0|[1-9][0-9]{0,17})", lines[0], re.ASCII):
        raise Rejected("bad_line")
    if len(lines) > 64:
        raise Rejected("bad_line")
    proof = [_hash(line) for line in lines[1:]]
    leaf, disclosures = _read_extra(extra)
    return Receipt(int(lines[0].split()[1]), proof, read_checkpoint(note), leaf, disclosures)


def read_checkpoint(note: str) -> Checkpoint:
    """Take a signed checkpoint apart. Raises `Rejected`."""
    text, found, signatures = note.partition("\n\n")
    if not found or not signatures:
        raise Rejected("no_signature" if note.count("\n") >= 3 else "cut_short")
    if not signatures.endswith("\n"):
        raise Rejected("cut_short")
    lines = text.split("\n")
    if len(lines) != 3 or not lines[0] or not re.fullmatch(r"0|[1-9][0-9]{0,17}", lines[1], re.ASCII):
        raise Rejected("bad_checkpoint")
    if signatures.count("\n") > MOST_SIGNATURES:
        raise Rejected("bad_checkpoint")
    root = _hash(lines[2])
    read = [_signature(line) for line in signatures[:-1].split("\n")]
    return Checkpoint(lines[0], int(lines[1]), root, text + "\n", read)


def read_vkey(text: str) -> Verifier:
    """A public key from `name+id+base64`. Raises `Rejected`."""
    parts = text.strip().split("+", 2)
    data = _base64(parts[2]) if len(parts) == 3 else None
    if not data or len(data) != 33 or data[0] not in (1, 4):
        raise Rejected("bad_key")
    name, public = parts[0], data[1:]
    key_id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    if key_id.hex() != parts[1]:
        raise Rejected("bad_key")
    return Verifier(name, data[0], public, key_id)


def _read_extra(extra: str) -> tuple[bytes, list[str]]:
    said = _base64(extra)
    try:
        document = json.loads(said or b"")
        leaf, disclosures = _base64(document["leaf"]), document["disclosures"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Rejected("no_leaf") from None
    if not leaf or not isinstance(disclosures, list) or not all(isinstance(each, str) for each in disclosures):
        raise Rejected("no_leaf")
    return leaf, disclosures


def _signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    data = _base64(parts[2]) if len(parts) == 3 and parts[0] == "\u2014" else None
    if not data or len(data) < 5:
        raise Rejected("bad_line")
    return parts[1], data[:4], data[4:]


def _hash(line: str) -> bytes:
    data = _base64(line)
    if data is None or len(data) != 32:
        raise Rejected("bad_line")
    return data


def _base64(text: Any) -> bytes | None:
    """The bytes, or None unless this is exactly how they are written."""
    try:
        data = base64.b64decode(text, validate=True)
        return data if base64.b64encode(data).decode() == text else None
    except (ValueError, TypeError):
        return None


# --- checking -------------------------------------------------------------------------------------


def check(receipt: Receipt, vkeys: Sequence[str], witnesses: Sequence[str] = (), need: int = 0) -> Proved:
    """What the receipt proves under these public keys. Raises `Rejected`."""
    checkpoint = receipt.checkpoint
    check_signed(checkpoint, [read_vkey(each) for each in vkeys])
    seen = check_witnesses(checkpoint, [read_vkey(each) for each in witnesses])
    if len(seen) < need:
        raise Rejected("too_few_witnesses")
    leaf_hash = hashlib.sha256(b"\x00" + receipt.leaf).digest()
    if not is_included(leaf_hash, receipt.place, checkpoint.size, receipt.proof, checkpoint.root):
        raise Rejected("not_included")
    leaf = _leaf(receipt.leaf)
    if leaf["log"] != checkpoint.origin:
        raise Rejected("another_log")
    facts = _facts(leaf, receipt.disclosures)
    kind, hour = leaf["type"], leaf["ts"][:13]
    return Proved(checkpoint.origin, receipt.place, checkpoint.size, checkpoint.root, kind, hour, facts, seen)


def check_signed(checkpoint: Checkpoint, keys: Sequence[Verifier]) -> None:
    """Raise `Rejected` unless one of the log's keys signed, and none of their signatures is false."""
    known = {(key.name, key.key_id): key for key in keys if key.kind == 1 and key.name == checkpoint.origin}
    signed = False
    for name, key_id, signature in checkpoint.signatures:
        key = known.get((name, key_id))
        if key is None:
            continue
        if not ed25519_accepts(key.public, checkpoint.text.encode(), signature):
            raise Rejected("false_signature")
        signed = True
    if not signed:
        raise Rejected("unknown_signer")


def check_witnesses(checkpoint: Checkpoint, keys: Sequence[Verifier]) -> list[tuple[str, int]]:
    """The witnesses who signed, each once, and when. Raises `Rejected` for a false signature of one of them."""
    known = {(key.name, key.key_id): key for key in keys if key.kind == 4}
    seen = {}
    for name, key_id, data in checkpoint.signatures:
        key = known.get((name, key_id))
        if key is None:
            continue
        when = int.from_bytes(data[:8], "big")
        if not ed25519_accepts(key.public, f"cosignature/v1\ntime {when}\n{checkpoint.text}".encode(), data[8:]):
            raise Rejected("false_witness")
        seen[key.public] = (name, when)  # one key counts once, whatever names it goes by
    return list(seen.values())


def is_included(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2."""
    if index >= size:
        return False
    place, last, found = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            return False
        if place % 2 or place == last:
            found = _node(sibling, found)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            found = _node(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def goes_on(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the new tree begins with the old one: RFC 9162, 2.1.4.2. `old` is at least 1."""
    if old == new:
        return old_root == new_root and not proof
    rest = list(proof)
    if old & (old - 1) == 0:
        rest.insert(0, old_root)
    if not rest:
        return False
    place, last = old - 1, new - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    first = second = rest[0]
    for each in rest[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            first, second = _node(each, first), _node(each, second)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            second = _node(second, each)
        place, last = place >> 1, last >> 1
    return last == 0 and (first, second) == (old_root, new_root)


def _leaf(data: bytes) -> dict[str, Any]:
    try:
        leaf = json.loads(data)
        known = leaf["v"] in (1, 2) and leaf["_sd_alg"] == "sha-256" and isinstance(leaf["_sd"], list)
        texts = all(isinstance(leaf[name], str) for name in ("log", "type", "ts"))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Rejected("bad_leaf") from None
    if not known or not texts or not re.match(r"\d{4}-\d\d-\d\dT\d\d:", leaf["ts"], re.ASCII):
        raise Rejected("bad_leaf")
    return dict(leaf)


def _facts(leaf: dict[str, Any], disclosures: Sequence[str]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for each in disclosures:
        digest = (
            base64.urlsafe_b64encode(hashlib.sha256(each.encode("utf-8", "replace")).digest()).rstrip(b"=").decode()
        )
        if digest not in leaf["_sd"]:
            raise Rejected("false_disclosure")
        try:
            _salt, name, value = json.loads(base64.urlsafe_b64decode(each + "=" * (-len(each) % 4)))
        except (ValueError, TypeError, RecursionError):
            raise Rejected("false_disclosure") from None
        if not isinstance(name, str) or name in facts:
            raise Rejected("false_disclosure")
        facts[name] = value
    return facts


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


# --- Ed25519 (RFC 8032, 5.1.7) --------------------------------------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]


def ed25519_accepts(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is true."""
    if len(signature) != 64:
        return False
    key, nonce = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or s >= _L:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _L
    return _same(_times(s, _BASE), _sum(nonce, _times(challenge, key)))


def _point(data: bytes) -> _Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x % 2 != sign else x
    return x, y, 1, x * y % _P


def _sum(a: _Point, b: _Point) -> _Point:
    p, q = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    r, t = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = q - p, t - r, t + r, q + p
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(number: int, point: _Point) -> _Point:
    found: _Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = _sum(found, point)
        point, number = _sum(point, point), number >> 1
    return found


def _same(a: _Point, b: _Point) -> bool:
    return not ((a[0] * b[2] - b[0] * a[2]) % _P or (a[1] * b[2] - b[1] * a[2]) % _P)


_base = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
assert _base
_BASE: _Point = _base


# --- today's log ----------------------------------------------------------------------------------

Fetch = Callable[[str], bytes]  # what stands at an address below the log's


def check_against(proved: Proved, vkeys: Sequence[str], fetch: Fetch) -> Checkpoint:
    """Today's checkpoint, if today's log goes on from the receipt's. Raises `Rejected`."""
    try:
        today = read_checkpoint(fetch("checkpoint").decode("utf-8"))
        check_signed(today, [read_vkey(each) for each in vkeys])
    except UnicodeDecodeError:
        raise Rejected("bad_log") from None
    except Rejected as problem:  # its sentence would be about the receipt
        raise problem if problem.code == "unreachable" else Rejected("bad_log") from None
    if today.size < proved.size:
        raise Rejected("shrunk")
    tiles = _Tiles(fetch, today.size)
    proof = [] if proved.size == today.size else tiles.way(proved.size, 0, today.size, True)
    if not goes_on(proved.size, proved.root, today.size, today.root, proof):
        raise Rejected("rewritten")
    return today


class _Tiles:
    """Proofs from the tiles of a log (C2SP tlog-tiles)."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch, self._size = fetch, size
        self._known: dict[tuple[int, int], bytes] = {}

    def way(self, old: int, start: int, end: int, whole: bool) -> list[bytes]:
        """SUBPROOF of RFC 6962, 2.1.2."""
        if old == end:
            return [] if whole else [self._root(start, end)]
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if old <= middle:
            return [*self.way(old, start, middle, whole), self._root(middle, end)]
        return [*self.way(old, middle, end, False), self._root(start, middle)]

    def _root(self, start: int, end: int) -> bytes:
        count = end - start
        if count & (count - 1):
            middle = start + (1 << ((count - 1).bit_length() - 1))
            return _node(self._root(start, middle), self._root(middle, end))
        level, above = divmod(count.bit_length() - 1, 8)
        number, at = divmod(start >> (8 * level), 256)
        row = self._tile(level, number)[at * 32 : (at + (1 << above)) * 32]
        hashes = [row[i : i + 32] for i in range(0, len(row), 32)]
        if len(hashes) != 1 << above:
            raise Rejected("rewritten")
        while len(hashes) > 1:
            hashes = [_node(a, b) for a, b in zip(hashes[::2], hashes[1::2], strict=True)]
        return hashes[0]

    def _tile(self, level: int, number: int) -> bytes:
        if (level, number) not in self._known:
            width = min(256, (self._size >> (8 * level)) - 256 * number)
            parts, rest = [f"{number % 1000:03d}"], number // 1000
            while rest:
                parts.insert(0, f"x{rest % 1000:03d}")
                rest //= 1000
            address = f"tile/{level}/{'/'.join(parts)}" + ("" if width == 256 else f".p/{width}")
            self._known[level, number] = self._fetch(address)
        return self._known[level, number]


def over_http(url: str) -> Fetch:
    """Reads what stands below `url`."""

    def fetch(path: str) -> bytes:
        if not url.startswith(("https://", "http://")):
            raise Rejected("unreachable")
        try:
            with urllib.request.urlopen(f"{url.rstrip('/')}/{path}", timeout=SECONDS) as answer:  # noqa: S310  as asked
                data: bytes = answer.read(MOST_BYTES)
                return data
        except (OSError, ValueError):
            raise Rejected("unreachable") from None

    return fetch


# --- the command ----------------------------------------------------------------------------------


def sentence(proved: Proved, today: Checkpoint | None = None) -> str:
    """What is proved, in words."""
    case = f" of case {_plain(proved.facts['reference'])}" if "reference" in proved.facts else ""
    when = f"at {_plain(proved.facts['at'])}" if "at" in proved.facts else f"in the hour from {proved.hour}:00 UTC"
    said = (
        f"Proved: the entry “{_plain(proved.kind)}”{case}, made {when}, is number {proved.place} of the "
        f"{proved.size} entries of the log {_plain(proved.origin)} that its operator signed."
    )
    if proved.witnesses:
        names = ", ".join(_plain(name) for name, _ in proved.witnesses)
        said += f" Independent witnesses have signed the same log: {names}."
    else:
        said += " It is vouched for by the operator only: no independent witness that you named has signed."
    if today:
        said += f" Today's log, with {today.size} entries, still holds all of it unchanged."
    return said


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; returns its status."""
    options = _options(words)
    try:
        vkeys, witnesses = _keys(options.vkey), _keys(options.witness)
        receipt = read_receipt(_read(options.receipt))
        proved = check(receipt, vkeys, witnesses, options.need)
        today = check_against(proved, vkeys, over_http(options.against)) if options.against else None
    except Rejected as problem:
        print(f"NOT PROVED. {problem}", file=sys.stderr)
        return 1
    print(sentence(proved, today))
    for name, value in proved.facts.items():
        print(f"  {_plain(name)}: {_plain(value)}")
    return 0


def _plain(value: Any) -> str:
    """A value as text that does nothing to a terminal."""
    text = value if isinstance(value, str) else json.dumps(value)
    return "".join(c if c.isprintable() else "?" for c in text)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Check a receipt of Redress.", epilog="Status 0: proved; 1: not.")
    parser.add_argument("receipt", help="the file (.tlog-proof)")
    parser.add_argument("--vkey", action="append", required=True, help="public key of the log, or a file with it")
    parser.add_argument("--witness", action="append", default=[], help="public key of a witness, or a file with some")
    parser.add_argument("--need", type=int, default=0, help="how many of these witnesses must have signed")
    parser.add_argument("--against", metavar="URL", help="address of the log, to ask whether it still holds the entry")
    return parser.parse_args(words)


def _keys(given: Sequence[str]) -> list[str]:
    """Each is a key, or a file with a key a line."""
    found: list[str] = []
    for each in given:
        if each.count("+") >= 2 and not Path(each).is_file():
            found.append(each)
        else:
            text = _read(each).decode("utf-8", "replace")
            found += [line for line in text.splitlines() if line.strip()]
    return found


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        _stop(f"{path} cannot be read: {error.strerror}.")


def _stop(text: str) -> NoReturn:
    print(f"NOT PROVED. {text}", file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    sys.exit(main())
