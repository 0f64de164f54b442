"""Task ids in log lines, the request that caused the task among them; one line for each task that ended.

Kept out of `redress.logs`, which the settings import before Celery can be loaded.
"""

import time
from typing import Any

import structlog
from celery import signals

from redress import alive

log = structlog.get_logger(__name__)

_CAUSE = "redress_request_id"
_started: dict[str, float] = {}


@signals.setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Having a receiver keeps Celery from configuring the loggers its own way."""


@signals.before_task_publish.connect
def tell_cause(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Send the id of the present request along with the task."""
    cause = structlog.contextvars.get_contextvars().get("request_id")
    if headers is not None and cause:
        headers[_CAUSE] = cause


@signals.task_prerun.connect
def begin(task_id: str, task: Any, **_: Any) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id)
    if cause := getattr(task.request, _CAUSE, None):
        structlog.contextvars.bind_contextvars(request_id=cause)
    _started[task_id] = time.monotonic()


@signals.task_postrun.connect
def end(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    spent = round((time.monotonic() - _started.pop(task_id, time.monotonic())) * 1000)
    alive.note_worker()
    log.log(20 if state == "SUCCESS" else 40, "task", task=task.name, state=state, milliseconds=spent)
    structlog.contextvars.clear_contextvars()
