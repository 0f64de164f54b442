"""What the web process and the child that parses say to each other. Knows no Django: the child imports it."""

import json
from dataclasses import asdict, dataclass
from typing import Any

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file we take on. Sizes in bytes, time in seconds."""

    max_bytes: int = 10 * MEGABYTE
    max_pixels: int = 50_000_000
    max_pages: int = 200
    max_objects: int = 100_000
    max_unpacked: int = 256 * MEGABYTE
    """Of all streams of a PDF together."""
    max_memory: int = 1024 * MEGABYTE
    max_seconds: int = 20


class Refusal(Exception):
    """A parser's no. The code is a key of `refusals.SENTENCES`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser made of a file."""

    kind: str
    content_type: str
    data: bytes
    pages: int | None = None
    pixels: int | None = None


def pack(head: dict[str, Any], data: bytes = b"") -> bytes:
    """One message: a line of JSON, then bytes."""
    return json.dumps(head).encode() + b"\n" + data


def unpack(message: bytes) -> tuple[dict[str, Any], bytes]:
    """The two parts of a message. Raises ValueError on anything else."""
    line, separator, data = message.partition(b"\n")
    head = json.loads(line)
    if not separator or not isinstance(head, dict):
        raise ValueError("not a message")
    return head, data


def request(limits: Limits, data: bytes) -> bytes:
    """What the child is asked."""
    return pack(asdict(limits), data)
