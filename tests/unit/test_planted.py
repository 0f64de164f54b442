"""The search for planted values finds them however they are written."""

import base64
import json
from urllib.parse import quote

import pytest

from tests import planted
from tests.planted import PLANTED

NAME = PLANTED["name"]


@pytest.mark.parametrize(
    "written",
    [
        NAME,
        json.dumps({"name": NAME}),
        json.dumps({"name": NAME}, ensure_ascii=False),
        f"/q/?name={quote(NAME)}",
        NAME.encode().hex(),
        *(base64.b64encode(b"x" * before + NAME.encode() + b"more").decode() for before in range(4)),
        *(base64.urlsafe_b64encode(b"x" * before + NAME.encode()).decode() for before in range(4)),
    ],
)
def test_a_planted_value_is_found(written: str) -> None:
    assert planted.found_in(f"before {written} after", "here") == [planted.Found("name", "here")]


def test_nothing_else_is_found() -> None:
    assert planted.found_in("Zhang San, 999901198502140011, 12000.00", "here") == []


def test_the_addresses_of_a_page_are_all_that_it_names() -> None:
    page = '<a href="/a/">x</a><form action="/b/"><img src="/c"><button formaction="/d/"></form>'
    assert planted.addresses_in(page) == ["/a/", "/b/", "/c", "/d/"]
