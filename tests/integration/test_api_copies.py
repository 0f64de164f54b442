"""Copies over the API: asked for once, followed, downloaded, deleted; and all who received or looked."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Contact
from records import exporting, queries
from records.models import Export
from tests import factories
from tests.factories import record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
EXPORTS = "/api/v1/exports/"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"


def ask(client: Client, key: str = "a-key-of-mine", body: str = "{}") -> Any:
    return client.post(EXPORTS, body, content_type="application/json", headers={"Idempotency-Key": key})


def test_a_copy_is_asked_for_followed_and_downloaded(person: Actor, client_of: ClientOf) -> None:
    record_for(person)
    client = client_of(person)
    asked = ask(client)
    assert asked.status_code == 202
    assert asked.json()["state"] == "waiting"
    while exporting.make_next(at=timezone.now()):
        pass
    found = client.get(asked["Location"]).json()
    assert (found["state"], found["done"], found["schema_version"]) == ("ready", 1, 1)
    types = {}
    for each in found["files"]:
        answer = client.get(each["address"])
        types[each["kind"]] = answer["Content-Type"]
        assert len(answer.content) == each["size"]
        assert "attachment" in answer["Content-Disposition"]
        assert answer["Cache-Control"] == "no-store"
    assert types == {"json": "application/json", "csv": "application/zip", "pdf": "application/pdf"}
    assert [each["id"] for each in client.get(EXPORTS).json()["results"]] == [found["id"]]
    assert client.delete(asked["Location"]).status_code == 204
    assert client.get(asked["Location"]).json()["why_gone"] == "thrown_away"
    assert client.get(found["files"][0]["address"]).status_code == 404


def test_the_same_request_and_another_one_give_one_copy(person: Actor, client_of: ClientOf) -> None:
    client = client_of(person)
    first = ask(client).json()["id"]
    assert ask(client).json()["id"] == first
    assert ask(client, "another-key").json()["id"] == first
    assert Export.objects.count() == 1


def test_what_nothing_reads_is_refused(person: Actor, client_of: ClientOf) -> None:
    assert ask(client_of(person), body='{"of": "somebody else"}').status_code == 422


def test_after_a_change_of_address_there_is_no_copy_for_a_while(person: Actor, client_of: ClientOf) -> None:
    later = timezone.now() + timedelta(hours=70)
    Contact.objects.filter(subject_id=person.own_subject).update(settles_at=later)
    answer = ask(client_of(person))
    assert answer.status_code == 409
    assert "Your address was changed a short time ago" in answer.json()["detail"]
    assert not Export.objects.exists()


def test_copies_of_others_do_not_exist(person: Actor, other_person: Actor, client_of: ClientOf) -> None:
    address = ask(client_of(person))["Location"]
    client = client_of(other_person)
    assert client.get(address).status_code == 404
    assert client.delete(address).status_code == 404
    assert client.get(f"{address}files/{factories.missing_id()}/").status_code == 404
    assert client.get(EXPORTS).json()["results"] == []


def test_who_received_and_who_looked_is_told_whole_page_by_page(
    person: Actor, caseworker: Actor, client_of: ClientOf
) -> None:
    record, other = record_for(person), record_for(person)
    versions = list(queries.latest_versions([record]).values())
    for _ in range(3):
        queries.open_for(factories.system("sample-bank"), "credit_check", versions, at=factories.AT)
        queries.open_for(caseworker, "review", versions, at=factories.AT, reason="A question")
    client = client_of(person)
    for name in ("received", "looked"):
        first = client.get(f"/api/v1/held/{name}/?limit=2").json()
        second = client.get(first["next"]).json()
        assert len(first["results"]) + len(second["results"]) == 3
        assert {each["record"] for each in first["results"]} == {str(record.pk)}
        assert client.get(f"/api/v1/held/{name}/?record={other.pk}").json()["results"] == []
        assert client.get(f"/api/v1/held/{name}/?record=x").status_code == 400
    assert client.get("/api/v1/held/looked/").json()["results"][0]["reason"] == "A question"
