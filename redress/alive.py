"""Whether a worker, beat or sequencer still does something, for the health check of its container.

    python -m redress.alive worker

Each of them has something to do every 30 seconds, and leaves a trace in a file.
"""

import os
import sys
import time
from collections.abc import Sequence

from django.conf import settings

_TRACES = {
    "worker": "worker.alive",
    "beat": "beat*",
    "sequencer": "sequencer.alive",
}  # beat writes its schedule after each task it sends
_LONGEST_SILENCE = 150


def note_worker() -> None:
    """Leave the worker's trace."""
    (settings.VAR_DIR / _TRACES["worker"]).touch()


def note_sequencer() -> None:
    """Leave the sequencer's trace."""
    (settings.VAR_DIR / _TRACES["sequencer"]).touch()


def seconds_since(part: str) -> float | None:
    """How long ago the part left its trace; None if it never did."""
    times = [path.stat().st_mtime for path in settings.VAR_DIR.glob(_TRACES[part])]
    return time.time() - max(times) if times else None


def main(words: Sequence[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redress.settings")
    (part,) = words
    silence = seconds_since(part)
    if silence is None or silence > _LONGEST_SILENCE:
        sys.exit(f"The {part} did nothing for {'ever' if silence is None else f'{silence:.0f} seconds'}.")


if __name__ == "__main__":
    main(sys.argv[1:])
