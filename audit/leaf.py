"""The bytes that the log commits to, and the salted digests in them.

A leaf is RFC 8785 JSON without personal data. Each fact is a disclosure in the manner of
SD-JWT (RFC 9901): base64url of `[salt, name, value]`, of which the leaf holds only the
SHA-256. Decoys bring the number of digests to a fixed count, so that a leaf does not show
how much was said.

In version 1 `ts` was the time to the millisecond. Since version 2 it is the hour in which
it was (auditors and exports see leaves, and the minute of an act tells who acted); the time
itself is a fact like the others. Leaves that were written stay as they are.
"""

import base64
import hashlib
import json
import os
import unicodedata
from binascii import b2a_base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

VERSION = 2
DIGESTS_IN_A_LEAF = 10
SALT_BYTES = 18  # no padding in base64, so that salts are made together
_SALT = SALT_BYTES * 4 // 3

Canonical = str | int | bool | None
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_quoted = json.encoder.encode_basestring  # a text as json.dumps writes it, at a tenth of the price


class Leaf(NamedTuple):
    """Canonical bytes, their RFC 6962 leaf hash, and the disclosures by name."""

    content: bytes
    hash: bytes
    disclosures: dict[str, str]


def canonical(document: Mapping[str, Any]) -> bytes:
    """RFC 8785 bytes of `document`: ASCII keys; strings, integers below 2^53, booleans, null, lists, objects.

    Within that vocabulary sorted, compact `json.dumps` is byte-identical (a test compares it
    with another implementation).
    """
    return _ENCODER.encode(document).encode()


def build(event: str, at: datetime, facts: Mapping[str, Canonical], *, log: str) -> Leaf:
    """The leaf of one event at `at` (aware), committing to every fact under its own salt."""
    salts = _b64(os.urandom(SALT_BYTES * len(facts)))
    disclosures: dict[str, str] = {}
    for number, (name, value) in enumerate(facts.items()):
        salt = salts[number * _SALT : (number + 1) * _SALT]
        said = _quoted(unicodedata.normalize("NFC", value)) if isinstance(value, str) else json.dumps(value)
        disclosures[name] = _b64(f'["{salt}",{_quoted(name)},{said}]'.encode())
    digests = [_b64(hashlib.sha256(text.encode("ascii")).digest()) for text in disclosures.values()]
    digests += [_b64(os.urandom(32)) for _ in range(DIGESTS_IN_A_LEAF - len(facts))]
    content = canonical(
        {
            "_sd": sorted(digests),
            "_sd_alg": "sha-256",
            "entry": _b64(os.urandom(16)),
            "log": log,
            "ts": f"{moment(at)[:13]}:00:00.000Z",
            "type": event,
            "v": VERSION,
        }
    )
    return Leaf(content, hashlib.sha256(b"\x00" + content).digest(), disclosures)


def moment(at: datetime) -> str:
    """A time as leaves and their facts write it: UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def disclosed(disclosure: str) -> tuple[str, Canonical]:
    """The name and value inside a stored disclosure."""
    padded = disclosure + "=" * (-len(disclosure) % 4)
    _salt, name, value = json.loads(base64.urlsafe_b64decode(padded))
    return name, value


def _b64(data: bytes) -> str:
    return b2a_base64(data, newline=False).translate(_URL_SAFE, b"=").decode("ascii")
