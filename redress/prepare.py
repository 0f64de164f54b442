"""What must be there before the service starts: tables, the cache table, the queue, compiled files."""

import contextlib
import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.utils import timezone

from appeals.operations import erasure
from redress import celery

Say = Callable[[str], None]
_WORTH_TELLING_SECONDS = 2.0


class NotPrepared(Exception):
    """A step failed; the message is the step's own words."""


@contextlib.contextmanager
def step(say: Say, doing: str) -> Iterator[None]:
    """Say what is being done, and how long it took if that was long."""
    say(f"{doing} …")
    started = time.monotonic()
    yield
    if (seconds := time.monotonic() - started) > _WORTH_TELLING_SECONDS:
        say(f"  done in {seconds:.0f} seconds")


def database(say: Say) -> None:
    """Migrate, make the tables that no migration makes, and erase again whom an older copy brought back.

    Repeating it changes nothing.
    """
    with step(say, "Preparing the database"):
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        if celery.is_pgmq():
            celery.install_queue()
    if again := erasure.replay(at=timezone.now()):
        say(f"This database is an older copy: {again} erased people were in it, and were erased again.")


def files(say: Say) -> None:
    """Style sheet, translations and collected static files, each only when its sources changed."""
    if (settings.BASE_DIR / "assets" / "build.py").exists():
        with step(say, "Building the style sheet"):
            _run("-m", "assets.build")
    if "translations" in get_commands():
        with step(say, "Compiling the translations"):
            _run("manage.py", "translations", "--compile")
    stamp = settings.STATIC_ROOT.with_name(f"{settings.STATIC_ROOT.name}.stamp")
    state = _static_state()
    if stamp.exists() and settings.STATIC_ROOT.is_dir() and stamp.read_text() == state:
        return
    with step(say, "Collecting the static files"):
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(state)


def _run(*words: str) -> None:
    done = subprocess.run([sys.executable, *words], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotPrepared(done.stderr.strip() or done.stdout.strip())


def _static_state() -> str:
    """Changes when a file that collectstatic would copy is added, removed, or written."""
    state = hashlib.sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            state.update(f"{path} {storage.get_modified_time(path)}\n".encode())
    return state.hexdigest()
