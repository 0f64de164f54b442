"""Parses in a child process, so that a file which breaks a parser, or fills it, takes only the child down.

The child gets the file on its standard input and nothing else: no environment (thus no secret of ours), no
database, no open files. It limits its own memory and time before it reads the file; if that does not end it,
we do.
"""

import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

from appeals.evidence_files import verdict
from appeals.evidence_files.verdict import Limits, Parsed, Refusal

_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = [sys.executable, "-s", "-B", "-m", "appeals.evidence_files.child"]
_ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
# Children of one process at a time. Each may use `max_memory`, and uploads come in crowds.
_places = BoundedSemaphore(2)


def parse(data: bytes, limits: Limits) -> Parsed:
    """What the child made of `data`. Raises `Refusal`."""
    if not _places.acquire(timeout=limits.max_seconds):
        raise Refusal("busy")
    try:
        answer = _run(verdict.request(limits, data), limits.max_seconds)
    finally:
        _places.release()
    return _read(answer)


def _run(message: bytes, seconds: int) -> bytes:
    """The child's answer; empty if it died of its limits or of the file."""
    with subprocess.Popen(
        _COMMAND,
        cwd=_ROOT,
        env=_ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        try:
            answer, _ = child.communicate(message, timeout=seconds)
        except subprocess.TimeoutExpired:
            return b""
        finally:
            child.kill()
    return answer if child.returncode == 0 else b""


def _read(answer: bytes) -> Parsed:
    try:
        head, data = verdict.unpack(answer)
    except ValueError:
        raise Refusal("too_complex") from None
    if "refused" in head:
        raise Refusal(head["refused"])
    return Parsed(data=data, **head)
