"""The child process of `sandbox`: reads one file from standard input, answers on standard output."""

import json
import resource
import sys

from appeals.evidence_files import documents, pictures, plain_text, verdict
from appeals.evidence_files.verdict import Limits, Parsed, Refusal

# In this order: a PDF of plain ASCII is readable as text too, and nothing but a picture is a picture.
_PARSERS = (pictures.parse, documents.parse, plain_text.parse)


def main() -> None:
    """Answer with the parsed file or with the code of a refusal."""
    head, data = sys.stdin.buffer.readline(), b""
    limits = Limits(**json.loads(head))
    _confine(limits)
    data = sys.stdin.buffer.read()
    sys.stdout.buffer.write(_answer(data, limits))


def _confine(limits: Limits) -> None:
    """From here on: bounded memory and time, nothing written to disk, no core dump of personal data."""
    for which, amount in (
        (resource.RLIMIT_AS, limits.max_memory),
        (resource.RLIMIT_CPU, limits.max_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(which, (amount, amount))


def _answer(data: bytes, limits: Limits) -> bytes:
    try:
        parsed = _parse(data, limits)
    except Refusal as refusal:
        return verdict.pack({"refused": refusal.code})
    except (MemoryError, RecursionError):
        return verdict.pack({"refused": "too_complex"})
    head = {"kind": parsed.kind, "content_type": parsed.content_type, "pages": parsed.pages}
    return verdict.pack({**head, "pixels": parsed.pixels}, parsed.data)


def _parse(data: bytes, limits: Limits) -> Parsed:
    for parse in _PARSERS:
        parsed = parse(data, limits)
        if parsed is not None:
            return parsed
    raise Refusal("unsupported")


if __name__ == "__main__":
    main()
