"""The same page in two windows at the same moment, over two connections: done once, and both are told the truth."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from appeals import operations
from appeals.models import Case
from appeals.operations import Target
from appeals.workflow import Status
from audit.models import Entry
from tests import factories
from tests.disputes import complete, step
from tests.factories import case_at, item, record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db(transaction=True)


def both(clients: tuple[Client, Client], ask: Callable[[Client], Any]) -> list[Any]:
    """The answers to two requests that are let go at the same moment."""
    barrier = Barrier(2)

    def run(client: Client) -> Any:
        try:
            barrier.wait()
            return ask(client)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(run, clients))


@pytest.fixture
def windows(person: Actor, client_of: ClientOf) -> tuple[Client, Client]:
    return client_of(person), client_of(person)


def served_entries(case: Case) -> int:
    return Entry.objects.filter(case_id=case.pk, event_type="case.served").count()


def test_a_decision_opened_twice_at_once_is_served_once(person: Actor, windows: tuple[Client, Client]) -> None:
    case = case_at(Status.DECIDED, person=person, items=[item(record_for(person))])
    address = reverse("appeals:decision", args=[case.reference])
    answers = both(windows, lambda client: client.get(address))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert served_entries(case) == 1


def test_a_dispute_sent_twice_at_once_is_one_case(person: Actor, windows: tuple[Client, Client]) -> None:
    factories.organisation("cn-spc")
    draft = complete(person, Target(record_for(person).pk))
    answers = both(windows, lambda client: client.post(step("check", draft)))
    assert [answer.headers["Location"] for answer in answers] == [step("sent", draft)] * 2
    assert Case.objects.count() == 1


def test_a_withdrawal_sent_twice_at_once_happens_once(person: Actor, windows: tuple[Client, Client]) -> None:
    case = case_at(person=person, items=[item(record_for(person))])
    address = reverse("appeals:confirm-withdrawal", args=[case.reference])
    answers = both(windows, lambda client: client.post(address, {"sure": "on"}))
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    assert Entry.objects.filter(case_id=case.pk, event_type="case.withdrawal_asked").count() == 1


def test_a_draft_thrown_away_in_one_window_is_not_found_in_the_other(
    person: Actor, windows: tuple[Client, Client]
) -> None:
    factories.organisation("cn-spc")
    draft = operations.begin_draft([Target(record_for(person).pk)], by=person, at=timezone.now())
    answers = both(windows, lambda client: client.post(step("discard", draft)))
    assert sorted(answer.status_code for answer in answers) == [302, 404]
