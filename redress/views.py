"""Pages that belong to no app: home, about, accessibility, the language switch, and errors."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe
from django.views.i18n import set_language

from redress.context import frame

language = login_not_required(set_language)


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html")


@login_not_required
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "about.html")


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "accessibility.html")


# Note [Error pages need nothing]
# They may be shown because the database is away, so they are rendered without context processors:
# nobody is looked up, and no navigation is shown.


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _error_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """503 where the same may succeed later: the database is away, or has ended one of two who met."""
    if not isinstance(sys.exception(), OperationalError | InterfaceError):
        return _error_page(request, 500)
    answer = _error_page(request, 503)
    answer.headers["Retry-After"] = "5"
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    return _error_page(request, 403, template="csrf_failure.html")


def _error_page(request: HttpRequest, status: int, template: str = "") -> HttpResponse:
    context = {**frame(), "request": request, "csrf_token": get_token(request)}
    return HttpResponse(render_to_string(template or f"{status}.html", context), status=status)
