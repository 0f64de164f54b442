"""The one way in for a file that somebody hands in."""

import hashlib
from dataclasses import dataclass

from appeals.evidence_files import sandbox
from appeals.evidence_files.refusals import EvidenceRefused
from appeals.evidence_files.verdict import MEGABYTE, Limits, Refusal

_DEFAULT = Limits()
# Writing a picture anew can make it larger; what is far above the limit was made to be.
_GROWTH = 4


@dataclass(frozen=True, slots=True)
class SafeFile:
    """A file as it may be stored and served. `kind` is text, pdf, jpeg or png."""

    kind: str
    content_type: str
    data: bytes
    sha256: bytes
    """Of `data`."""
    original_sha256: bytes
    """Of what was handed in, so that a person can show later which file it was."""
    pages: int | None = None
    pixels: int | None = None


def make_safe(data: bytes, limits: Limits = _DEFAULT) -> SafeFile:
    """Parse `data` and write it anew. Raises `EvidenceRefused`, whose `message` is for the person.

    Takes up to `limits.max_seconds` and parses in a child process. A digital signature in a PDF does not
    survive the rewriting; `original_sha256` does.
    """
    try:
        return _make_safe(data, limits)
    except Refusal as refusal:
        raise EvidenceRefused(refusal.code, **_facts(limits)) from None


def _make_safe(data: bytes, limits: Limits) -> SafeFile:
    if not data:
        raise Refusal("empty")
    if len(data) > limits.max_bytes:
        raise Refusal("too_large")
    parsed = sandbox.parse(data, limits)
    if len(parsed.data) > _GROWTH * limits.max_bytes:
        raise Refusal("too_large")
    return SafeFile(
        kind=parsed.kind,
        content_type=parsed.content_type,
        data=parsed.data,
        sha256=hashlib.sha256(parsed.data).digest(),
        original_sha256=hashlib.sha256(data).digest(),
        pages=parsed.pages,
        pixels=parsed.pixels,
    )


def _facts(limits: Limits) -> dict[str, int]:
    return {
        "megabytes": limits.max_bytes // MEGABYTE,
        "megapixels": limits.max_pixels // 1_000_000,
        "pages": limits.max_pages,
    }
