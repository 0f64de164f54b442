"""Cursor pages: newest first, each naming the address of the next, with the same queries for 2 rows and 20."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from accounts.api.problems import wrong_parameter

T = TypeVar("T")
USUAL: Final = 50
MOST: Final = 100
PAGES: Final = frozenset({"cursor", "limit"})
PAGING: Final = [
    OpenApiParameter("cursor", str, description="Where the page begins: comes with the address in `next`."),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
        description="Rows on a page.",
    ),
]


class Page(NamedTuple):
    """Where a page begins (after this id) and how many rows it has."""

    after: UUID | None
    size: int


def page_of(request: Request) -> Page:
    """What the client asks for. Raises a problem that names the parameter."""
    return Page(_cursor(request.query_params.get("cursor", "")), _size(request.query_params.get("limit", "")))


def paged(
    request: Request, read: Callable[[UUID | None, int], Sequence[T]], id_of: Callable[[T], UUID]
) -> tuple[Sequence[T], str | None]:
    """The rows of a page and the address of the next, if there is one. `read` gets where to begin and how many."""
    page = page_of(request)
    rows = read(page.after, page.size + 1)
    if len(rows) <= page.size:
        return rows, None
    rows = rows[: page.size]
    return rows, next_address(request, id_of(rows[-1]))


def next_address(request: Request, last: UUID) -> str:
    """The address of the page that begins after `last`."""
    cursor = urlsafe_b64encode(last.bytes).rstrip(b"=").decode()
    return replace_query_param(request.build_absolute_uri(), "cursor", cursor)


def paginated(name: str, item: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The shape of a page of `item`, for the documentation."""
    shape = {
        "results": item(many=True),
        "next": serializers.URLField(allow_null=True, help_text="The next page; null on the last."),
    }
    return type(name, (serializers.Serializer,), shape)


def _cursor(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(bytes=urlsafe_b64decode(f"{text}=="))
    except ValueError:
        raise wrong_parameter("cursor", _("Use the address in “next” as it is.")) from None


def _size(text: str) -> int:
    if not text:
        return USUAL
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST:
        return int(text)
    raise wrong_parameter("limit", _("Write a number from 1 to %(most)d.") % {"most": MOST}, "out_of_range")
