"""Long lists by pages, with the links that includes/pagination.html shows."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

Row = TypeVar("Row", bound=Model)


class Pages(Generic[Row]):
    """One page of a list: `?page=2`; a number that does not exist gives the nearest one that does."""

    def __init__(self, request: HttpRequest, found: QuerySet[Row], size: int) -> None:
        self._query = request.GET.copy()
        self._page = Paginator(found, size).get_page(request.GET.get("page"))
        self.rows: Sequence[Row] = list(self._page.object_list)

    @property
    def total(self) -> int:
        return self._page.paginator.count

    @property
    def previous_url(self) -> str:
        return self._url(self._page.previous_page_number()) if self._page.has_previous() else ""

    @property
    def next_url(self) -> str:
        return self._url(self._page.next_page_number()) if self._page.has_next() else ""

    @property
    def place(self) -> str:
        numbers = {"number": self._page.number, "total": self._page.paginator.num_pages}
        return _("Page %(number)s of %(total)s") % numbers

    def _url(self, number: int) -> str:
        self._query["page"] = str(number)
        return f"?{self._query.urlencode()}"
