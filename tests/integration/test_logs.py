"""Log lines are JSON with a request or task id, and hold no personal value, wherever it was put in."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.db import DataError, IntegrityError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from redress import logs
from redress.middleware import RequestLog

PLANTED = "Zhang-Planted-320102"


class Lines:
    """What was logged, as text and as objects."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    lines = Lines()
    handler = logging.StreamHandler(lines.stream)
    handler.setFormatter(logs.formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


def _failing(error: Exception) -> Any:
    def view(_request: HttpRequest) -> HttpResponse:
        raise error

    return view


def test_our_own_event_keeps_its_fields(lines: Lines) -> None:
    structlog.get_logger("redress.trial").info("case_filed", case="0193", count=3)
    (line,) = lines.all()
    assert {"event": "case_filed", "case": "0193", "count": 3, "level": "info"}.items() <= line.items()
    assert line["timestamp"].endswith("Z")


def test_a_request_is_logged_by_route_and_id_without_path_query_or_body(lines: Lines, db: None) -> None:
    answer = Client().post(f"/about/?name={PLANTED}", {"words": PLANTED}, headers={"user-agent": PLANTED})
    line = next(line for line in lines.all() if line["event"] == "request")
    assert line["route"] == "about/"
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert line["status"] == answer.status_code
    assert PLANTED not in lines.text


def test_an_address_that_does_not_exist_is_not_logged(lines: Lines, db: None) -> None:
    assert Client().get(f"/{PLANTED}/?q={PLANTED}").status_code in (302, 404)
    assert PLANTED not in lines.text


def test_a_forged_host_is_not_logged(lines: Lines) -> None:
    assert Client().get("/about/", headers={"host": f"{PLANTED}.example"}).status_code == 400
    assert PLANTED not in lines.text


def test_a_request_that_fails_is_logged_as_500_with_the_place_of_the_error(lines: Lines) -> None:
    with pytest.raises(ValueError, match=PLANTED):
        RequestLog(_failing(ValueError(PLANTED)))(RequestFactory().get(f"/{PLANTED}"))
    (line,) = lines.all()
    assert (line["event"], line["status"], line["level"]) == ("request", 500, "error")
    assert PLANTED not in lines.text


def test_an_exception_is_logged_by_type_and_place_without_its_text(lines: Lines) -> None:
    try:
        try:
            raise KeyError(PLANTED)
        except KeyError as cause:
            raise ValueError(f"bad {PLANTED}") from cause
    except ValueError:
        logging.getLogger("somebody.elses").exception("It failed with %s", PLANTED)
        structlog.get_logger("ours").exception("it_failed")
    foreign, own = lines.all()
    for line in (foreign, own):
        assert line["exception"] == "builtins.ValueError"
        assert line["caused_by"] == "builtins.KeyError"
        assert "test_logs.py" in line["at"][-1]
    assert foreign["event"] == "It failed with %s"
    assert PLANTED not in lines.text


@pytest.mark.parametrize(
    ("logger", "template", "arguments"),
    [
        ("django.request", "Internal Server Error: %s", (PLANTED,)),
        ("gunicorn.error", "Error handling request %s", (PLANTED,)),
        ("celery.app.trace", "Task %(name)s raised: %(exc)s", ({"name": "t", "exc": PLANTED},)),
        ("urllib3.connectionpool", "%s %s", ("GET", PLANTED)),
    ],
)
def test_a_foreign_line_keeps_its_template_only(
    lines: Lines, logger: str, template: str, arguments: tuple[Any, ...]
) -> None:
    logging.getLogger(logger).error(template, *arguments)
    assert template in lines.text
    assert PLANTED not in lines.text


def test_a_foreign_line_that_is_the_text_of_an_error_is_not_printed(lines: Lines) -> None:
    try:
        raise ValueError(PLANTED)
    except ValueError as error:
        logging.getLogger("somebody.elses").error(f"It failed: {error}", exc_info=error)
    assert lines.all()[0]["exception"] == "builtins.ValueError"
    assert PLANTED not in lines.text


def test_a_foreign_object_as_message_is_not_printed(lines: Lines) -> None:
    logging.getLogger("somebody.elses").error(ValueError(PLANTED))
    assert PLANTED not in lines.text


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["SELECT %s::int", "SELECT 1 FROM nowhere WHERE name = %s"])
def test_a_refused_statement_leaves_no_value(lines: Lines, statement: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, [PLANTED])
    except (DataError, IntegrityError, Exception):
        structlog.get_logger("ours").exception("statement_refused")
    assert "statement_refused" in lines.text
    assert PLANTED not in lines.text


@pytest.mark.parametrize("filled", [True, False])
def test_a_warning_is_logged_by_place_and_kind(lines: Lines, filled: bool) -> None:
    text = warnings.formatwarning(f"do not use {PLANTED}", DeprecationWarning, "somewhere.py", 7)
    arguments = () if filled else (text,)  # Python's versions differ
    logging.getLogger("py.warnings").warning(text if filled else "%s", *arguments)
    (line,) = lines.all()
    assert line["event"] == "somewhere.py:7: DeprecationWarning"
    assert PLANTED not in lines.text
