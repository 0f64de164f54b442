"""Is it alive, is it ready: two addresses for machines, without sign-in, cookies or personal data."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from audit.health import keys_state
from audit.health import state as log_state

log = structlog.get_logger(__name__)


class Health:
    """Answers `/livez` and `/readyz` ahead of host check, HTTPS redirect and session.

    A load balancer asks by address and without TLS, which those would refuse.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/livez":
            return _uncached(HttpResponse("alive\n", content_type="text/plain"))
        if request.path == "/readyz":
            return _uncached(readyz())
        return self.get_response(request)


def readyz() -> JsonResponse:
    """200 when the service can do its work, 503 when not. Broker and log are told: without them things wait."""
    database = _database()
    if database != "ok":  # the others would each wait for a connection, longer than those who ask do
        unknown = dict.fromkeys(("migrations", "keys", "broker", "log"), "unknown")
        return JsonResponse({"ready": False, "database": database, **unknown}, status=503)
    parts = {"database": database, "migrations": _migrations(), "keys": _keys()}
    ready = all(state == "ok" for state in parts.values())
    body = {"ready": ready, **parts, "broker": _broker(), "log": _log()}
    return JsonResponse(body, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "unreachable"
    return "ok"


_applied = False  # migrations do not come undone under a running process


def _migrations() -> str:
    global _applied
    if not _applied:
        try:
            executor = MigrationExecutor(connection)
            _applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except Error:
            return "unknown"
    return "ok" if _applied else "missing"


def _keys() -> str:
    if not (settings.MASTER_KEY and settings.HASH_KEY and settings.SECRET_KEY):
        return "missing"
    try:
        return keys_state()
    except Error:
        return "unknown"


def _broker() -> str:
    from redress.celery import broker_answers

    return "ok" if broker_answers() else "unreachable: work waits"


def _log() -> str:
    try:
        return log_state()
    except Error:
        return "unknown"


def _uncached(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response
