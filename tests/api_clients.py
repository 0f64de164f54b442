"""Clients of the API: a system with its key, a person with their session."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import operations
from accounts.actors import SERVICE, Actor
from accounts.models import Scope, User
from tests import factories
from tests.fixtures import client_for

Answer = Any  # Django's test response, whose `json` is added at run time
V1 = "/api/v1"


class Caller:
    """Sends JSON; a POST gets a fresh Idempotency-Key unless one is given."""

    def __init__(self, client: Client, **headers: str) -> None:
        self.client, self.headers = client, headers

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Answer:
        return self.client.get(f"{V1}{path}", query or {}, headers={**self.headers, **headers})

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Answer:
        sent = {"Idempotency-Key": key or str(uuid4()), **self.headers, **headers}
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(f"{V1}{path}", data, "application/json", headers=sent)

    def put(self, path: str, body: Any) -> Answer:
        return self.client.put(f"{V1}{path}", json.dumps(body), "application/json", headers=self.headers)

    def upload(self, path: str, files: dict[str, Any], *, key: str | None = None) -> Answer:
        return self.client.post(f"{V1}{path}", files, headers={"Idempotency-Key": key or str(uuid4()), **self.headers})

    def delete(self, path: str) -> Answer:
        return self.client.delete(f"{V1}{path}", headers=self.headers)


def system(
    of: str = "sample-bank",
    programmes: Sequence[str] = ("cn-court-defaulters",),
    scopes: Sequence[Scope] = (Scope.RECORDS_READ, Scope.RECORDS_WRITE),
    *,
    issued_by: User | None = None,
    days: float = 30,
) -> Caller:
    """A system with a fresh key. `days` below zero: the key has expired."""
    now = timezone.now()
    _key, text = operations.issue_key(
        organisation=factories.organisation(of),
        scopes=scopes,
        programmes=programmes,
        issued_by=issued_by,
        expires_at=now + timedelta(days=days),
        by=SERVICE,
        at=now - timedelta(days=365),
    )
    return Caller(Client(), Authorization=f"Bearer {text}")


def person(actor: Actor | None) -> Caller:
    """Somebody who has signed in on the pages."""
    return Caller(client_for(actor))


def mistakes(answer: Answer) -> dict[str, str]:
    """Where a problem points, with the code of each mistake."""
    found = answer.json()["errors"]
    return {each.get("pointer") or each.get("parameter") or each["header"]: each["code"] for each in found}


def queries_of(call: Callable[[], Answer]) -> list[str]:
    """The statements that read, while `call` runs. What each row leaves in the log, and its key, is not among them."""
    with CaptureQueriesContext(connection) as captured:
        assert call().status_code == 200
    found = [each["sql"] for each in captured.captured_queries if each["sql"].startswith("SELECT")]
    return [each for each in found if "audit_subject_key" not in each and not each.startswith("SELECT audit_append")]
