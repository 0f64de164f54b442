"""The documentation of the API: the committed document, the page made from it, and whether both are true."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import resolve

from accounts.api import outline
from redress import api_urls as api_urls  # the addresses that the document describes
from tests.api_clients import system

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "reference" / "openapi.yaml"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMMITTED.read_text())
    return loaded


def test_the_committed_document_is_what_the_code_says(tmp_path: Path) -> None:
    written = tmp_path / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(written))
    assert written.read_text() == COMMITTED.read_text(), "Run manage.py spectacular --file docs/reference/openapi.yaml"


def test_it_is_openapi_3_1_and_names_both_ways_in(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["securitySchemes"]) == {"key", "session"}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_every_operation_needs_a_key_or_a_session_and_has_a_summary(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert operation["security"] in ([{"key": []}], [{"session": []}]), (path, method)
        assert operation["summary"], (path, method)


def test_every_post_names_its_idempotency_key(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        named = [each for each in operation.get("parameters", []) if each["name"] == "Idempotency-Key"]
        assert [each["required"] for each in named] == ([True] if method == "post" else []), (path, method)


def test_an_address_takes_the_parameters_that_are_described_and_no_others(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        address = re.sub(r"{\w+}", str(UUID(int=1)), path.replace("{reference}", "RD-0000-0000"))
        view = resolve(address).func.view_class  # type: ignore[attr-defined]  # set by as_view
        described = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        assert view.parameters.get(method.upper(), frozenset()) == described, (path, method)


def test_no_address_holds_a_number_of_a_person(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        names = {each["name"] for each in operation.get("parameters", []) if each["in"] in ("path", "query")}
        known = {"record_id", "reference", "purpose", "programme", "cursor", "limit", "record", "measure"}
        known |= {"after", "export_id", "file_id", "job_id", "subscription_id"}
        assert names <= known, (path, method)


@pytest.mark.django_db
def test_the_document_is_served_to_everybody(document: dict[str, Any]) -> None:
    answer = Client().get("/api/schema/")
    assert answer.status_code == 200
    assert answer.json()["paths"].keys() == document["paths"].keys()


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_shows_every_operation_and_shape_without_scripts(document: dict[str, Any], language: str) -> None:
    answer = Client().get("/api/docs/", headers={"Accept-Language": language})
    page = answer.content.decode()
    assert answer.status_code == 200
    for operation in outline.operations(document):
        assert f'id="{operation.id}"' in page
    for shape in outline.shapes(document):
        assert f'id="shape-{shape.name}"' in page
    assert page.count("<h1") == 1
    assert " style=" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")


@pytest.mark.django_db
def test_every_link_inside_the_page_leads_somewhere() -> None:
    page = Client().get("/api/docs/").content.decode()
    targets = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= targets


@pytest.mark.django_db
def test_the_record_in_the_how_to_is_taken_in() -> None:
    text = (COMMITTED.parents[1] / "how-to" / "use-the-api.md").read_text()
    found = re.search(r"<<'END'\n(.*?)\nEND\n", text, re.DOTALL)
    assert found
    assert system("sample-court").post("/records/", found[1]).status_code == 201
    subject = re.search(r"Redress-Subject: (cn-resident-id:\w+)", text)
    assert subject
    answer = system().get("/records/", {"purpose": "check"}, **{"Redress-Subject": subject[1]})
    assert len(answer.json()["results"]) == 1
