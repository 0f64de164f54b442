"""Clears up after a supervisor that was killed: `python -m redress.reaper`, started by it, before all else.

It holds the reading end of a pipe. While the supervisor lives, lines come in that say what it has
started; when the pipe ends without the word `done`, the supervisor is dead, even by SIGKILL, and the
reaper ends the process groups and leaves the embedded database. It stands in a session of its own, so
that neither Ctrl-C nor the end of a terminal reaches it, and it loads no Django, to be small.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from redress.embedded import Cluster

GRACE_SECONDS = 8.0


class Reaper:
    """The supervisor's side: tells the reaper what to clear up."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "redress.reaper"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parent.parent,
            start_new_session=True,
            text=True,
            bufsize=1,
        )

    def tell(self, what: str, value: str | int = "") -> None:
        """Say `group PGID`, `cluster FOLDER`, `folder FOLDER` (to be removed) or `done`."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # its death is noticed elsewhere
            self.process.stdin.write(f"{what} {value}\n")

    def dismiss(self) -> None:
        """All is cleared up: let it go."""
        self.tell("done")
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()


def end_groups(groups: Iterable[int], collect: Callable[[], object] = lambda: None) -> None:
    """SIGTERM to the leader of each process group, then SIGKILL to whatever of the group is left.

    Only the leader is asked: gunicorn and Celery end their own workers, in order. A parent passes
    `collect`, which waits for its dead children: until then they count as there.
    """
    groups = list(groups)
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.kill(group, signal.SIGTERM)
    end = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < end and any(_is_there(group) for group in groups):
        time.sleep(0.05)
        collect()
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    told: dict[str, list[str]] = {"group": [], "cluster": [], "folder": []}
    for line in sys.stdin:
        what, _, value = line.strip().partition(" ")
        if what == "done":
            return
        told[what].append(value)
    end_groups(int(group) for group in told["group"])
    for folder in told["cluster"]:
        Cluster(Path(folder)).tidy()
    for folder in told["folder"]:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
