"""What is sent to the API does not come out in the log lines, whether it was right, wrong or broken."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Organisation
from redress import logs
from tests import api_clients, factories, samples
from tests.api_clients import system

pytestmark = pytest.mark.django_db
PLANTED = "Planted Zhang"
NUMBER = samples.resident_id(factories.AT.date().replace(year=1985), 500)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that the loggers of this process write, as it would stand in the log."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def line(**changes: Any) -> dict[str, Any]:
    found = samples.line("cn-court-defaulters", "court_listing", [], {"duty": PLANTED}, source="x", ref=PLANTED)
    del found["source"]
    found["subject"] = {
        "kind": "person",
        "name": PLANTED,
        "identifiers": [{"scheme": "cn-resident-id", "value": NUMBER}],
    }
    return {"programme": "cn-court-defaulters", **found, **changes}


def test_no_value_of_a_request_is_logged(
    written: io.StringIO, holder: Organisation, person: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = system()
    assert caller.post("/records/", line(), key="Planted-Zhang-0001").status_code == 201
    assert caller.post("/records/", line(values={"court": PLANTED})).status_code == 422
    assert caller.post("/records/", json.dumps(line())[:-5]).status_code == 400
    subject = {"Redress-Subject": f"cn-resident-id:{NUMBER}"}
    assert caller.get("/records/", {"purpose": "check"}, **subject).status_code == 200
    assert caller.get("/records/", {"purpose": PLANTED}, **subject).status_code == 400

    case = factories.case_at(person=person)
    record = factories.record_for(person)
    item = {"record": str(record.pk), "seen": str(record.versions.get().pk), "ground": "not_me", "words": PLANTED}
    someone = api_clients.person(person)
    assert someone.post("/cases/", {"procedure": "redress-model", "items": [item]}).status_code == 201
    assert someone.post("/cases/", {"procedure": PLANTED, "items": [item]}).status_code == 422

    def fail(*_: Any) -> None:
        raise RuntimeError(PLANTED)

    monkeypatch.setattr("records.api.requests.lookup_of", fail)
    caller.client.raise_request_exception = False
    assert caller.get("/records/", {"purpose": "check"}, **subject).status_code == 500
    someone.get(f"/cases/{case.reference}/")

    lines = [json.loads(each) for each in written.getvalue().splitlines()]
    assert sum(each["event"] == "request" for each in lines) == 9
    assert any(each["event"] == "api_error" for each in lines)
    for value in (PLANTED, "Planted-Zhang", NUMBER, case.reference, str(record.pk), caller.headers["Authorization"]):
        assert value not in written.getvalue()
