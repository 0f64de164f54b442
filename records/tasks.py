"""Celery entry points. Safe to repeat: what is due stands in the tables."""

import time
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from delivery.wake import wake
from records import exporting, jobs
from records.operations import exports, retention

KEEPING_TIMES = "records.tasks.keeping_times"
_AT_ONCE = 500
_LONGEST_SECONDS = 60  # far below the queue's visibility: a task that runs longer is given to another worker
_LONGEST_IMPORT = 100.0  # seconds, after which an import stops at the end of its batch
_LEFTOVER_AFTER = timedelta(hours=6)  # no transaction that could still store the row of a file lasts so long


@shared_task(name=KEEPING_TIMES, ignore_result=True)
def keeping_times() -> None:
    """Work out keeping times and end those that are over, for a minute at most; what is left wakes the next run."""
    begun = time.monotonic()
    while time.monotonic() - begun < _LONGEST_SECONDS:
        at = timezone.now()
        if not retention.work_out(limit=_AT_ONCE) and not retention.run_due(at=at, limit=_AT_ONCE):
            return
    wake(KEEPING_TIMES)


@shared_task(name=jobs.WORKER, ignore_result=True)
def import_jobs() -> None:
    """Import what was uploaded, for some minutes at most, then wake the next run."""
    begun = time.monotonic()
    while due := jobs.due(timezone.now(), limit=1):
        left = _LONGEST_IMPORT - (time.monotonic() - begun)
        if left <= 0:
            wake(jobs.WORKER)
            return
        jobs.work(due[0], clock=timezone.now, longest=left)


@shared_task(name=exports.WORKER, ignore_result=True)
def make_copies() -> None:
    """Destroy copies that have expired; make those that are due, for a minute at most, then wake the next run."""
    begun = time.monotonic()
    exports.expire(at=timezone.now())
    while exporting.make_next(at=timezone.now()):
        if time.monotonic() - begun > _LONGEST_SECONDS:
            wake(exports.WORKER)
            return


@shared_task(name="records.tasks.remove_leftovers", ignore_result=True)
def remove_leftovers() -> None:
    """Remove files of copies and of uploads that no row knows."""
    exports.remove_leftovers(but_since=timezone.now() - _LEFTOVER_AFTER)
    jobs.remove_leftovers(but_since=timezone.now() - _LEFTOVER_AFTER)
