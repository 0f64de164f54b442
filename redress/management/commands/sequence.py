import signal
from threading import Event, Thread
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from audit import sequencer, witnessing
from redress import alive


class Command(BaseCommand):
    help = (
        "Give the entries of the log their places in the tree, and have it signed, until SIGTERM or Ctrl-C. Part of "
        "`manage.py up`. A second one waits for the first and takes over when it ends."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, end)
        witnesses = Thread(target=witnessing.run, args=(stop,), name="witnesses", daemon=True)
        witnesses.start()  # a witness that is slow must not keep entries waiting
        sequencer.run(stop, alive.note_sequencer)
