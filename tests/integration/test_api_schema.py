"""Calls every operation with what its schema allows and with what it does not: no crash, and no answer it denies."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method

from accounts.actors import Actor
from accounts.api import endpoint
from accounts.models import Organisation
from accounts.throttle import Limit
from appeals.api import endpoints as cases
from appeals.workflow import Status
from redress.wsgi import application
from tests import api_clients, factories

CSRF = "a" * 32
# Methods are tried in test_api_problems; a value may fit the schema and still name nothing that there is.
_NOT_OURS = [unsupported_method, positive_data_acceptance]
_GENEROUS = Limit("test_api_schema", 1_000_000, timedelta(hours=1))


schema: Any = schemathesis.openapi.from_path(
    Path(__file__).resolve().parents[2] / "docs" / "reference" / "openapi.yaml"
)
schema.app = application  # called in this process, inside the transaction of the test
_OPERATIONS = [each.ok() for each in schema.get_all_operations()]


@schemathesis.serializer("application/x-ndjson")
def _lines(_context: Any, value: Any) -> bytes:
    """An upload, whatever it says."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@pytest.fixture
def proofs(db: None, holder: Organisation, person: Actor, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """The headers of a system and of a person."""
    for module, name in ((endpoint, "OF_A_KEY"), (endpoint, "OF_A_PERSON")):
        monkeypatch.setattr(module, name, _GENEROUS)
    monkeypatch.setattr(cases.Cases, "limits", {})
    monkeypatch.setattr(cases.EvidenceOfCase, "limits", {})
    session = api_clients.person(person).client.cookies["redress_session"].value
    cookies = f"redress_session={session}; csrftoken={CSRF}"
    return {"key": api_clients.system().headers, "session": {"Cookie": cookies, "X-CSRFToken": CSRF}}


@pytest.fixture(autouse=True)
def _connection_stays_open() -> Iterator[None]:
    """As Django's own test client does: the end of a request would close the connection of the test."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.parametrize("tries", [6, pytest.param(15, marks=pytest.mark.soak)])
@pytest.mark.parametrize("operation", _OPERATIONS, ids=lambda each: each.label)
def test_every_operation_answers_as_its_schema_says(
    operation: Any, tries: int, person: Actor, proofs: dict[str, dict[str, str]]
) -> None:
    made = factories.case_at(Status.DECIDED if "decision" in operation.path else Status.FILED, person=person)
    known = {"reference": made.reference, "record_id": str(made.items.get().record_id)}
    (proof,) = {name for each in operation.definition.raw["security"] for name in each}

    @given(st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode]))
    @settings(max_examples=tries, phases=[Phase.generate], derandomize=True, database=None)
    def holds(case: Any) -> None:
        if case.meta.generation.mode is GenerationMode.POSITIVE:
            case.path_parameters |= {name: known[name] for name in case.path_parameters if name in known}
        case.call_and_validate(headers=proofs[proof], excluded_checks=_NOT_OURS)

    holds()
