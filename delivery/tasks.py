"""Celery entry points. Safe to repeat: what is due stands in the table."""

import time

from celery import shared_task
from django.utils import timezone

from delivery import operations
from delivery.wake import wake

_AT_ONCE = 50
_LONGEST_SECONDS = 60  # far below the queue's visibility: a task that runs longer is given to another worker


@shared_task(name=operations.WORKER)
def deliver_due() -> int:
    """Mail what is due, for a minute at most; what is left wakes the next run."""
    begun, tried = time.monotonic(), 0
    while (now := operations.deliver_due(at=timezone.now(), limit=_AT_ONCE)) == _AT_ONCE:
        tried += now
        if time.monotonic() - begun > _LONGEST_SECONDS:
            wake(operations.WORKER)
            return tried
    return tried + now
