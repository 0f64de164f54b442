"""Wake a worker by the name of a task, once the transaction that stored its work has committed."""

import time
from dataclasses import dataclass
from threading import Lock

import structlog
from celery import current_app
from django.db import connection, transaction

log = structlog.get_logger(__name__)

_REST_SECONDS = 15
_alone = Lock()
_silent_until = 0.0  # a broker that did not answer is left alone for a while: no request waits twice


@dataclass(frozen=True)
class _Send:
    task: str
    arguments: tuple[str | int, ...]

    def __call__(self) -> None:
        global _silent_until
        if time.monotonic() < _silent_until:
            return
        try:
            with _alone:
                current_app.amqp.producer_pool  # noqa: B018  made here: threads that come at once would each make one
            current_app.send_task(self.task, args=self.arguments, retry=False)
        except Exception as error:  # whatever the broker's driver raises: the work is stored, the sweep finds it
            _silent_until = time.monotonic() + _REST_SECONDS
            log.warning("worker_not_woken", task=self.task, error=type(error).__name__)


def wake(task: str, *arguments: str | int) -> None:
    """Send `task` on commit, once however often it is asked for in the transaction. Never raises.

    `task` is a name like "delivery.tasks.deliver_due", so that operations need not import tasks.
    With the broker down a warning is logged, and the sweep does the work later.
    """
    send = _Send(task, arguments)
    if any(waiting == send for _, waiting, *_ in connection.run_on_commit):
        return
    transaction.on_commit(send)
