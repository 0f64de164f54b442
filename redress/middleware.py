"""The outermost layers of every request: its log line and the headers that no library sets."""

import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import ResolverMatch
from django.utils import timezone

from audit.erasing import Erased
from redress.context import frame

log = structlog.get_logger(__name__)

_GetResponse = Callable[[HttpRequest], HttpResponse]
_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class RequestLog:
    """One line a request: id, method, route, status, milliseconds.

    The route is the pattern (`cases/<reference>/`), since a path can name a case and a query anything.
    The id is our own: one taken from the client would let it write into our logs.
    """

    def __init__(self, get_response: _GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid4().hex
        started = time.monotonic()
        status = 500  # when even the error page fails
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                response = self.get_response(request)
                status = response.status_code
            finally:
                match: ResolverMatch | None = getattr(request, "resolver_match", None)
                log.log(
                    _level(status),
                    "request",
                    method=request.method if request.method in _METHODS else "other",
                    route=match.route if match else None,
                    status=status,
                    milliseconds=round((time.monotonic() - started) * 1000),
                )
        response.headers["X-Request-ID"] = request_id
        return response


class TimeZone:
    """Days and times are told in UTC, unless a page activates the zone of its case; the next request begins anew."""

    def __init__(self, get_response: _GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(None):
            return self.get_response(request)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _level(status: int) -> int:
    """Standard-library levels: 40 error, 30 warning, 20 information."""
    return 40 if status >= 500 else 30 if status in (403, 429) else 20


class ErasedPeople:
    """What was said about somebody who was erased cannot be shown: a page that says so, wherever it is met."""

    def __init__(self, get_response: _GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Erased):
            return HttpResponse(render_to_string("410.html", {"request": request, **frame()}), status=410)
        return None


class SafeHeaders:
    """What no library sets: pages are not kept by shared computers, and devices are not asked for."""

    def __init__(self, get_response: _GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "private, no-store")
        if getattr(response, "same_for_everybody", False):
            response.headers.pop("Vary", None)  # neither language nor cookie makes a difference to it
        return response
