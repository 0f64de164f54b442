"""A POST happens once for its Idempotency-Key: sent again, sent at once, sent changed, or broken off."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from accounts.actors import Actor
from accounts.api import idempotency
from accounts.models import IdempotentRequest
from appeals.models import Case, Evidence
from audit.models import Entry
from records.importing import import_one
from records.models import Record, Version
from redress import api_urls
from tests import api_clients, factories, samples
from tests.api_clients import Answer, Caller, system

REF = "api-0001"


def line(**values: Any) -> dict[str, Any]:
    found = samples.line("cn-court-defaulters", "court_listing", ["no_plane"], values, source="x", ref=REF)
    del found["source"]
    return {"programme": "cn-court-defaulters", **found}


def supply(caller: Caller, key: str, body: Any = None) -> Answer:
    return caller.post("/records/", body or line(), key=key)


@pytest.mark.django_db
def test_sent_again_it_is_done_once_and_answered_alike() -> None:
    caller, key = system(), str(uuid4())
    first, again = supply(caller, key), supply(caller, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert (again.headers["Idempotent-Replayed"], "Idempotent-Replayed" in first.headers) == ("true", False)
    assert Version.objects.count() == 1


@pytest.mark.django_db
def test_the_stored_answer_is_sealed() -> None:
    supply(system(), "a-fresh-key-0001")
    stored = IdempotentRequest.objects.get()
    assert stored.sealed_body and REF.encode() not in bytes(stored.sealed_body)


@pytest.mark.django_db
def test_a_key_with_quotes_is_the_same_key() -> None:
    caller = system()
    supply(caller, "a-fresh-key-0001")
    assert supply(caller, '"a-fresh-key-0001"').headers["Idempotent-Replayed"] == "true"


@pytest.mark.django_db
def test_the_order_of_fields_changes_nothing() -> None:
    caller = system()
    supply(caller, "a-fresh-key-0001")
    turned = dict(reversed(line().items()))
    assert supply(caller, "a-fresh-key-0001", turned).headers["Idempotent-Replayed"] == "true"


@pytest.mark.django_db
def test_a_key_for_another_body_is_422_and_nothing_is_done() -> None:
    caller = system()
    supply(caller, "a-fresh-key-0001")
    answer = supply(caller, "a-fresh-key-0001", line(amount="1.00"))
    assert (answer.status_code, answer.json()["type"].rsplit(":")[-1]) == (422, "key-reused")
    assert Version.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "short", "x" * 256, "with blank", "ümlaut-0001", "line\tbreak"])
def test_without_a_usable_key_it_is_400(key: str) -> None:
    answer = system().post("/records/", line(), **{"Idempotency-Key": key})
    assert answer.status_code == 400
    assert api_clients.mistakes(answer) == {"Idempotency-Key": "wrong_form" if key else "missing"}
    assert not Record.objects.exists()


@pytest.mark.django_db
def test_two_clients_may_use_the_same_key() -> None:
    assert supply(system("sample-court"), "a-fresh-key-0001").status_code == 201
    answer = supply(system("sample-bank"), "a-fresh-key-0001")
    assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (201, False)


@pytest.mark.django_db
def test_a_refused_request_leaves_its_key_free_for_the_repaired_one() -> None:
    caller = system()
    assert supply(caller, "a-fresh-key-0001", line(amount="lots")).status_code == 422
    assert not IdempotentRequest.objects.exists()
    assert supply(caller, "a-fresh-key-0001").status_code == 201


@pytest.mark.django_db
def test_after_a_day_the_key_is_forgotten() -> None:
    caller = system()
    supply(caller, "a-fresh-key-0001")
    IdempotentRequest.objects.update(begun_at=timezone.now() - idempotency.KEPT - timedelta(seconds=1))
    answer = supply(caller, "a-fresh-key-0001", line(amount="1.00"))
    assert (answer.status_code, answer.json()["outcome"]) == (200, "changed")
    assert supply(caller, "a-fresh-key-0001", line(amount="1.00")).headers["Idempotent-Replayed"] == "true"


@pytest.mark.django_db
def test_a_dispute_sent_twice_is_one_case(holder: object, person: Actor) -> None:
    caller = api_clients.person(person)
    body = dispute(factories.record_for(person))
    first, again = (caller.post("/cases/", body, key="a-fresh-key-0001") for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert Case.objects.count() == 1


def dispute(record: Record) -> dict[str, Any]:
    seen = record.versions.get().pk
    item = {"record": str(record.pk), "seen": str(seen), "ground": "not_me", "words": "I was never there."}
    return {"procedure": "redress-model", "items": [item], "language": "en"}


@pytest.mark.django_db
def test_a_file_sent_twice_is_one_file_although_the_form_is_cut_differently(holder: object, person: Actor) -> None:
    caller, case = api_clients.person(person), factories.case_at(person=person)
    answers = [
        caller.upload(
            f"/cases/{case.reference}/evidence/",
            {"file": SimpleUploadedFile("receipt.txt", b"paid")},
            key="a-fresh-key-0001",
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert Evidence.objects.count() == 1
    other = {"file": SimpleUploadedFile("receipt.txt", b"not paid")}
    answer = caller.upload(f"/cases/{case.reference}/evidence/", other, key="a-fresh-key-0001")
    assert answer.status_code == 422


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_answered_the_second_is_409(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = Event(), Event()

    def slow(*args: Any, **kwargs: Any) -> Any:
        begun.set()
        assert may_end.wait(120)
        return import_one(*args, **kwargs)

    monkeypatch.setattr("records.api.endpoints.import_one", slow)
    caller = system()

    def first() -> Answer:
        try:
            return supply(caller, "a-fresh-key-0001")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(first)
        assert begun.wait(120)
        second = supply(Caller(type(caller.client)(), **caller.headers), "a-fresh-key-0001")
        may_end.set()
    assert answer.result().status_code == 201
    assert (second.status_code, second.json()["type"].rsplit(":")[-1]) == (409, "key-in-use")
    assert second.headers["Retry-After"] == "1"
    assert supply(caller, "a-fresh-key-0001").headers["Idempotent-Replayed"] == "true"
    assert Version.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_if_the_answer_cannot_be_kept_the_work_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError

    caller = system()
    entries = Entry.objects.count()
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_keep", fail)
        caller.client.raise_request_exception = False
        assert supply(caller, "a-fresh-key-0001").status_code == 500
    assert not Record.objects.exists()
    assert Entry.objects.count() == entries
    assert supply(caller, "a-fresh-key-0001").status_code == 201


def test_every_post_of_the_api_happens_once() -> None:
    found = [view for view in _views(api_urls.urlpatterns) if hasattr(view, "post")]
    assert len(found) >= 4
    assert all(view.post.happens_once for view in found)


def _views(patterns: Any) -> Iterator[Any]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _views(each.url_patterns)
        elif isinstance(each, URLPattern) and hasattr(each.callback, "cls"):
            yield each.callback.cls
