"""C2SP signed notes and the checkpoints in them: written, parsed, signed and verified. Knows no database.

A note is a text, an empty line, and one line for each signature: `— name base64(key id || signature)`. A checkpoint
is a note of three lines: origin, size, root. Witnesses add lines of their own kind: they sign the time with it.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ED25519, COSIGNATURE = 0x01, 0x04
_ID_BYTES, _KEY_BYTES, _TIME_BYTES = 4, 32, 8
_PRIVATE = "PRIVATE+KEY"


class NotAKey(ValueError):
    """What was given is not a key of the form that signed notes use; it is not repeated here."""


class NotANote(ValueError):
    """The text is not a signed note, or not a checkpoint; the message says where it fails."""


class NotSigned(Exception):
    """No signature by a known key is on the note, or one by a known key is false."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name: `kind` says whether it signs notes or cosigns checkpoints."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """From `name+id+base64`. Raises `NotAKey`."""
        try:
            name, id_, key = text.strip().split("+", 2)
            data = _read(key)
        except ValueError:
            raise NotAKey("a public key reads name+id+base64") from None
        if len(data) != 1 + _KEY_BYTES or data[0] not in (ED25519, COSIGNATURE) or not is_name(name):
            raise NotAKey("a public key reads name+id+base64, of kind 1 or 4")
        verifier = cls(name, data[0], data[1:])
        if verifier.id.hex() != id_:
            raise NotAKey("the id of the public key is not that of its name and bytes")
        return verifier

    @property
    def id(self) -> bytes:
        """Four bytes that tell the keys of one name apart."""
        return _key_id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    def accepts(self, text: str, signature: bytes) -> bool:
        """Whether the signature is this key's, on this text."""
        message = text.encode()
        if self.kind == COSIGNATURE:
            message = _cosigned(int.from_bytes(signature[:_TIME_BYTES], "big"), text)
            signature = signature[_TIME_BYTES:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Key:
    """A private key with its name."""

    name: str
    _private: Ed25519PrivateKey

    @classmethod
    def make(cls, name: str) -> "Key":
        """A new one."""
        if not is_name(name):
            raise NotAKey("a name has no spaces and no plus sign")
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, text: str) -> "Key":
        """From `PRIVATE+KEY+name+id+base64`, as Go's note package writes it. Raises `NotAKey`."""
        try:
            private, key, name, _id, data = text.strip().split("+", 4)
            seed = _read(data)
        except ValueError:
            raise NotAKey("a private key reads PRIVATE+KEY+name+id+base64") from None
        if f"{private}+{key}" != _PRIVATE or len(seed) != 1 + _KEY_BYTES or seed[0] != ED25519 or not is_name(name):
            raise NotAKey("a private key reads PRIVATE+KEY+name+id+base64, of kind 1")
        found = cls(name, Ed25519PrivateKey.from_private_bytes(seed[1:]))
        if found.verifier.id.hex() != _id:
            raise NotAKey("the id of the private key is not that of its name and bytes")
        return found

    def secret(self) -> str:
        """The text that `parse` reads."""
        seed = bytes([ED25519]) + self._private.private_bytes_raw()
        return f"{_PRIVATE}+{self.name}+{self.verifier.id.hex()}+{base64.b64encode(seed).decode()}"

    @property
    def verifier(self) -> Verifier:
        """The public key for notes."""
        return Verifier(self.name, ED25519, self._public())

    @property
    def cosigner(self) -> Verifier:
        """The public key for cosignatures; the same key must not serve both."""
        return Verifier(self.name, COSIGNATURE, self._public())

    def sign(self, text: str) -> str:
        """The signature line of this key for a note."""
        return _line(self.verifier, self._private.sign(text.encode()))

    def cosign(self, text: str, time: int) -> str:
        """The line of a witness who saw the checkpoint at `time` (seconds since 1970)."""
        signature = time.to_bytes(_TIME_BYTES, "big") + self._private.sign(_cosigned(time, text))
        return _line(self.cosigner, signature)

    def _public(self) -> bytes:
        return self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


class Signature(NamedTuple):
    """One signature line, taken apart."""

    name: str
    key_id: bytes
    data: bytes
    line: str

    @property
    def time(self) -> int:
        """When a witness cosigned, in seconds since 1970."""
        return int.from_bytes(self.data[:_TIME_BYTES], "big")


class Note(NamedTuple):
    """A note, taken apart; nothing in it is verified yet."""

    text: str
    signatures: tuple[Signature, ...]


class Checkpoint(NamedTuple):
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def signed(head: Checkpoint, keys: Iterable[Key]) -> str:
    """The checkpoint of `head`, signed by each key."""
    text = head.text()
    return text + "\n" + "".join(key.sign(text) for key in keys)


def parse(note: str) -> Note:
    """Take a note apart. Raises `NotANote`."""
    text, found, lines = note.rpartition("\n\n")
    if not found or not lines.endswith("\n"):
        raise NotANote("a note ends in an empty line and signatures")
    return Note(text + "\n", tuple(signature_of(line) for line in lines[:-1].split("\n")))


def signature_of(line: str) -> Signature:
    """Take one signature line apart. Raises `NotANote`."""
    mark, _, rest = line.partition(" ")
    name, _, data = rest.partition(" ")
    try:
        raw = _read(data)
    except ValueError:
        raw = b""
    if mark != "—" or not is_name(name) or len(raw) <= _ID_BYTES:
        raise NotANote("a signature line reads — name base64")
    return Signature(name, raw[:_ID_BYTES], raw[_ID_BYTES:], line)


def checkpoint_of(text: str) -> Checkpoint:
    """What the text of a checkpoint says. Raises `NotANote`."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not is_name(lines[0]):
        raise NotANote("a checkpoint has three lines: origin, size, root")
    if not lines[1].isascii() or not lines[1].isdigit() or (lines[1] != "0" and lines[1][0] == "0"):
        raise NotANote("the size of a checkpoint is a number")
    try:
        root = _read(lines[2])
    except ValueError:
        root = b""
    if len(root) != hashlib.sha256().digest_size:
        raise NotANote("the root of a checkpoint is a SHA-256 in base64")
    return Checkpoint(lines[0], int(lines[1]), root)


def verified(note: str, verifiers: Sequence[Verifier]) -> tuple[Note, list[Verifier]]:
    """The note, and whose true signatures are on it. Raises `NotANote` or `NotSigned`."""
    parsed = parse(note)
    found = []
    for each in parsed.signatures:
        known = next((v for v in verifiers if v.name == each.name and v.id == each.key_id), None)
        if known is None:
            continue  # anybody may add lines; they count for nothing
        if not known.accepts(parsed.text, each.data):
            raise NotSigned
        found.append(known)
    if not found:
        raise NotSigned
    return parsed, found


def is_name(text: str) -> bool:
    """Whether a key may be called so."""
    return bool(text) and "+" not in text and not any(c.isspace() for c in text) and text.isprintable()


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:_ID_BYTES]


def _cosigned(time: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _line(verifier: Verifier, signature: bytes) -> str:
    return f"— {verifier.name} {base64.b64encode(verifier.id + signature).decode()}\n"


def _read(text: str) -> bytes:
    """The bytes, if this is exactly how they are written: base64 has more than one way to end. Raises `ValueError`."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError
    return data
