"""Errors as RFC 9457 problems: one shape for everything that can go wrong, with pointers to what to repair.

# Note [Problems]
Whatever an endpoint raises is turned into a `Problem` by `problem_of`, one function that each app
extends for its own errors (`@problem_of.register`). `type` is a tag URI, which is a name and not an
address; `about:blank` means that the status says it all. No problem ever repeats a value that was sent.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import singledispatch
from http import HTTPStatus
from typing import Any, NamedTuple

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.actors import NotThisKind
from accounts.throttle import TooMany
from audit.erasing import Erased

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
_TYPES = "tag:redress.example,2026:problem:"
_MOST_UNKNOWN = 20
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}|\d{1,6}")

TITLES: dict[str, Any] = {
    "wrong-request": gettext_lazy("The request cannot be read"),
    "wrong-parameter": gettext_lazy("A parameter or header has to be repaired"),
    "wrong-values": gettext_lazy("Something in the request has to be repaired"),
    "not-signed-in": gettext_lazy("Show who you are"),
    "not-allowed": gettext_lazy("You may not do this"),
    "missing-scope": gettext_lazy("This key does not allow it"),
    "key-missing": gettext_lazy("The Idempotency-Key is missing"),
    "key-in-use": gettext_lazy("The first request with this Idempotency-Key is still being answered"),
    "key-reused": gettext_lazy("This Idempotency-Key was used for another request"),
    "not-confirmed": gettext_lazy("This has to be confirmed"),
    "too-many": gettext_lazy("Too many requests"),
    "try-again": gettext_lazy("Not possible just now"),
}


class Mistake(NamedTuple):
    """One thing to repair, and where: a JSON pointer into the body, a query parameter or a header."""

    detail: str
    code: str
    pointer: str = ""
    parameter: str = ""
    header: str = ""


class Problem(Exception):
    """An answer that says what is wrong. `slug` names its type; `more` are members of the problem's own."""

    def __init__(
        self,
        status: int,
        slug: str = "",
        detail: object = "",
        *,
        title: object = "",
        errors: Sequence[Mistake] = (),
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(slug or status)
        self.status, self.slug, self.detail, self.errors = status, slug, detail, errors
        self.title = title or TITLES.get(slug) or HTTPStatus(status).phrase
        self.more, self.headers = more or {}, headers or {}

    def document(self) -> dict[str, Any]:
        """The members of the problem, in the language of the request."""
        document: dict[str, Any] = {"type": f"{_TYPES}{self.slug}" if self.slug else "about:blank"}
        document |= {"title": str(self.title), "status": self.status}
        if self.detail:
            document["detail"] = str(self.detail)
        if self.errors:
            document["errors"] = [{k: v for k, v in each._asdict().items() if v} for each in self.errors]
        return {**document, **self.more}


def handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Answer an error with a problem. What nobody foresaw is logged, without its text, and answered with 500."""
    found = problem_of(error)
    if found is None:
        log.error("api_error", exc_info=error)
        request = context["request"]
        got_request_exception.send(sender=type(context["view"]), request=request._request)
        detail = _("Something went wrong on our side. Nothing was stored. Try again later.")
        found = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail=detail)
    return Response(found.document(), found.status, headers=dict(found.headers), content_type=CONTENT_TYPE)


@singledispatch
def problem_of(error: Exception) -> Problem | None:
    """The problem that an error is; None for one that nobody foresaw (Note [Problems])."""
    return None


@problem_of.register
def _as_it_is(error: Problem) -> Problem:
    return error


@problem_of.register
def _from_framework(error: exceptions.APIException) -> Problem:
    if isinstance(error, exceptions.ValidationError):
        return wrong_values(_mistakes(error.detail, ()))
    headers = {"WWW-Authenticate": header} if (header := getattr(error, "auth_header", "")) else {}
    slug = {400: "wrong-request", 401: "not-signed-in", 403: "not-allowed"}.get(error.status_code, "")
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return Problem(error.status_code, detail=_("This address does not know this method."))
    if error.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        return Problem(error.status_code, detail=_("Send the body in the content type that the documentation names."))
    return Problem(error.status_code, slug, error.detail, headers=headers)


@problem_of.register(Http404)
def _not_found(error: Http404) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, detail=_("There is nothing at this address, or it is not for you."))


@problem_of.register(PermissionDenied)
@problem_of.register(NotThisKind)
def _denied(error: Exception) -> Problem:
    return Problem(HTTPStatus.FORBIDDEN, "not-allowed", _("You may not do this."))


@problem_of.register(RequestDataTooBig)
def _too_big(error: Exception) -> Problem:
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail=_("The body is larger than this address takes."))


@problem_of.register(SuspiciousOperation)
@problem_of.register(MultiPartParserError)
@problem_of.register(UnreadablePostError)
def _unreadable(error: Exception) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "wrong-request", _("The body of the request cannot be read."))


@problem_of.register
def _too_many(error: TooMany) -> Problem:
    wait = error.seconds(timezone.now())
    detail = _("Too many requests in a short time. Wait %(seconds)d seconds.") % {"seconds": wait}
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, "too-many", detail, headers={"Retry-After": str(wait)})


@problem_of.register(Erased)
def _erased(error: Erased) -> Problem:
    detail = _("Everything that was said about this person was destroyed. Nobody can open it any more.")
    return Problem(HTTPStatus.GONE, detail=detail)


@problem_of.register(OperationalError)
@problem_of.register(InterfaceError)
def _no_database(error: Exception) -> Problem:
    log.error("database_error", exc_info=error)
    detail = _("The database cannot be reached, or is busy. Nothing was stored. Send the same request again.")
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "try-again", detail, headers={"Retry-After": "5"})


def wrong_values(errors: Sequence[Mistake]) -> Problem:
    """422: the request was understood, and these things in it have to be repaired."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong-values", errors=errors)


def wrong_parameter(name: str, detail: object, code: str = "wrong_form") -> Problem:
    """400: a query parameter cannot be used."""
    mistake = Mistake(str(detail), code, parameter=name)
    return Problem(HTTPStatus.BAD_REQUEST, "wrong-parameter", errors=[mistake])


def unknown_parameters(names: Iterable[str], known: Collection[str]) -> Problem:
    """400: the address does not know these query parameters. A name that is no plain word is not repeated."""
    detail = _("Leave this out.")
    if known:
        detail = _("Leave this out: this address knows only %(options)s.") % {"options": ", ".join(sorted(known))}
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "wrong-parameter",
        errors=[
            Mistake(
                detail,
                "unknown_parameter",
                parameter=name if _PLAIN_NAME.fullmatch(name) and not name.isdigit() else "?",
            )
            for name in sorted(names)[:_MOST_UNKNOWN]
        ],
    )


def wrong_header(name: str, detail: object, code: str = "wrong_form") -> Problem:
    """400: a header cannot be used."""
    return Problem(HTTPStatus.BAD_REQUEST, "wrong-parameter", errors=[Mistake(str(detail), code, header=name)])


def pointer(path: Iterable[object]) -> str:
    """A JSON pointer as a URI fragment. A name that is no plain word may be somebody's data: it ends the pointer."""
    steps = []
    for step in map(str, path):
        if not _PLAIN_NAME.fullmatch(step):
            break
        steps.append(step)
    return "/".join(["#", *steps]) if steps else "#"


# What the framework calls it, in the codes that the catalogue uses for the same things.
_CODES = {"required": "missing", "null": "missing", "blank": "missing", "empty": "missing", "invalid": "wrong_form"}
_CODES |= {"invalid_choice": "not_in_list", "max_length": "out_of_range", "min_length": "out_of_range"}
_CODES |= {"not_a_list": "wrong_form", "surrogate_characters_not_allowed": "unreadable_text"}
_CODES |= {"null_characters_not_allowed": "unreadable_text"}


def _mistakes(detail: Any, path: tuple[object, ...]) -> list[Mistake]:
    return list(_walk(detail, path))


def _walk(detail: Any, path: tuple[object, ...]) -> Iterator[Mistake]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _walk(inner, path if name == "non_field_errors" else (*path, name))
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):
            yield from _walk(inner, (*path, place) if isinstance(inner, Mapping) else path)
    else:
        code = getattr(detail, "code", "invalid")
        yield Mistake(str(detail), _CODES.get(code, code), pointer=pointer(path))
