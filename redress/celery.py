"""Celery: wakes workers. The work itself stands in PostgreSQL, so a lost message loses nothing.

# Note [Broker]
By default the queue lives in the same PostgreSQL (`pgmq`). Its address is taken from the live
connection when a connection is made, not from the settings when they are read: tests run on a
database of another name and must never wake the worker of a demo. RabbitMQ and Redis are chosen by
CELERY_BROKER_URL. Publishing never waits long and never repeats, since the sweep finds the work.
"""

import os
from typing import Any

from celery import Celery, signals
from django.conf import settings
from django.db import connection
from kombu import Exchange, Queue, pools
from psycopg.conninfo import make_conninfo

from redress import task_log  # noqa: F401  its receivers register themselves

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redress.settings")

QUEUE = "redress"
# Tasks that find stored work by themselves, and how often they look, in seconds.
SWEEPS = {
    "delivery.tasks.deliver_due": 30,
    "appeals.tasks.sweep": 30,
    "accounts.tasks.forget_old": 600,
    **({} if settings.DEMO else {"records.tasks.keeping_times": 3600}),  # what the demonstration shows is long over
    "records.tasks.import_jobs": 30,
    "records.tasks.make_copies": 30,
    "records.tasks.remove_leftovers": 3600,
    "audit.tasks.write_failures": 60,
    "audit.tasks.turn_month": 3600,
}
_CONNECT_SECONDS = 2
_VISIBILITY_SECONDS = 300  # a task that takes longer is given to another worker


class RedressCelery(Celery):
    """Celery that asks for the database's address as late as possible (Note [Broker])."""

    def _connection(self, url: str, *args: Any, **options: Any) -> Any:
        if str(url).startswith("pgmq"):
            live = {"conn_string": pgmq_address(connection.settings_dict)}
            options["transport_options"] = {**live, **(options.get("transport_options") or {})}
        return super()._connection(url, *args, **options)  # type: ignore[misc]  # not in the stubs


def pgmq_address(database: dict[str, Any]) -> str:
    """The DSN that pgmq needs for this entry of DATABASES.

    pgmq takes host, port, dbname, user and password out of the DSN and writes them into another one
    without quoting. So each value is quoted once more, and the other options (sslmode, …) ride behind
    the password; `tests/integration/test_wake.py` notices when that changes.
    """
    options = {k: str(v) for k, v in database.get("OPTIONS", {}).items() if k != "pool"}
    options["application_name"] = "redress-queue"
    password = f"{_quoted(str(database['PASSWORD']))} {make_conninfo('', **options)}"
    return make_conninfo(
        "",
        host=_quoted(database["HOST"] or "/var/run/postgresql"),
        port=str(database["PORT"] or 5432),
        dbname=_quoted(database["NAME"]),
        user=_quoted(database["USER"] or os.environ.get("PGUSER") or os.environ.get("USER", "postgres")),
        password=password,
    )


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def is_pgmq() -> bool:
    """Whether the queue lives in our own database."""
    return bool(settings.CELERY_BROKER_URL.startswith("pgmq"))


def _transport_options(url: str) -> dict[str, Any]:
    # Without max_retries a publisher would try to connect for ever; one try and one repeat.
    common: dict[str, Any] = {
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.2,
        "interval_max": 0.5,
    }
    if url.startswith("pgmq"):
        return common | {
            "init_extension": False,  # the SQL is installed by `up`, not by CREATE EXTENSION
            "wait_time_seconds": 0,  # a long poll delays the first publish of a process
            "polling_interval": 0.5,
            "visibility_timeout": _VISIBILITY_SECONDS,
            "pool_size": 2,
            "pool_timeout": _CONNECT_SECONDS,
        }
    if url.startswith("redis"):
        timeouts = {"socket_connect_timeout": _CONNECT_SECONDS, "socket_timeout": 10}
        return common | timeouts | {"visibility_timeout": _VISIBILITY_SECONDS}
    return common | {"confirm_publish": True}


def _queue(url: str) -> Queue:
    if url.startswith(("amqp", "pyamqp")):  # a quorum queue survives a node; its delays need a topic exchange
        exchange = Exchange(QUEUE, type="topic", durable=True)
        return Queue(QUEUE, exchange, routing_key=QUEUE, queue_arguments={"x-queue-type": "quorum"})
    return Queue(QUEUE, Exchange(QUEUE, type="direct"), routing_key=QUEUE)


def configuration(url: str) -> dict[str, Any]:
    """Celery's settings for the broker at `url`."""
    return {
        "broker_url": url,
        "broker_transport_options": _transport_options(url),
        "broker_connection_timeout": _CONNECT_SECONDS,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # a worker waits for its broker as long as it takes
        "broker_pool_limit": 4,
        "task_queues": [_queue(url)],
        "task_default_queue": QUEUE,
        "task_default_exchange": QUEUE,
        "task_default_exchange_type": "topic" if url.startswith(("amqp", "pyamqp")) else "direct",
        "task_default_routing_key": QUEUE,
        "task_publish_retry": False,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "result_backend": None,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_time_limit": _VISIBILITY_SECONDS - 30,
        "task_soft_time_limit": _VISIBILITY_SECONDS - 60,
        "worker_prefetch_multiplier": 1,
        "worker_enable_remote_control": False,  # each would keep a queue of its own in the broker
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,  # our log lines stay JSON
        "worker_redirect_stdouts": False,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "beat_sync_every": 1,  # its health check reads when it last sent something (redress/alive.py)
        "beat_schedule_filename": str(settings.VAR_DIR / "beat"),
        "beat_schedule": {name: {"task": name, "schedule": seconds} for name, seconds in SWEEPS.items()},
        "timezone": "UTC",
    }


app = RedressCelery("redress", set_as_current=True)
app.conf.update(configuration(settings.CELERY_BROKER_URL))
app.set_default()  # also for the threads of the web server
app.autodiscover_tasks()


@signals.worker_init.connect
@signals.beat_init.connect
def refuse_unsafe(**_: Any) -> None:
    """Workers check the settings as the web server does."""
    from redress import checks

    checks.refuse_unsafe()


def install_queue() -> bool:
    """Put pgmq's tables and functions into the database. False if they are there already."""
    from pgmq.install import get_embedded_install_sql

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pgmq.meta') IS NOT NULL")
        if cursor.fetchone() == (True,):
            return False
        cursor.execute(get_embedded_install_sql())
    return True


def forget_connections() -> None:
    """Close the connections to the broker that publishing keeps open."""
    app.amqp._producer_pool = None  # type: ignore[attr-defined]  # Celery has no public way
    pools.reset()


def broker_answers() -> bool:
    """Whether a connection to the broker can be made now, tried once and for two seconds at most."""
    try:
        with app.connection_for_write(connect_timeout=_CONNECT_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=_CONNECT_SECONDS)
    except Exception:  # whatever the broker's driver raises means the same
        return False
    return True
