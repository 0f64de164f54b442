"""The second person: approves the draft that they read, or sends it back with reasons."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals import operations
from appeals.models import Case
from appeals.workflow import Status
from records.models import Access
from tests import factories
from tests.disputes import page
from tests.factories import AT, answers_to, case_at, item, record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)


@pytest.fixture
def client(client_of: ClientOf, supervisor: Actor) -> Client:
    return client_of(supervisor)


@pytest.fixture
def case(person: Actor, caseworker: Actor) -> Case:
    disputed = item(record_for(person), ground="inaccurate", field="amount", words="I paid.", wanted="1200.00")
    correction = {"remedy": "correct", "value": "1200.00", "reasons": "The receipt shows it."}
    return case_at(
        Status.AWAITING_APPROVAL, person=person, caseworker=caseworker, items=[disputed], answers=[correction]
    )


def at(case: Case) -> str:
    return f"/casework/{case.reference}/approve/"


def seen(client: Client, case: Case) -> str:
    return str(client.get(at(case)).context["form"]["seen"].value())


def send(client: Client, case: Case, then: str, **more: str) -> Any:
    return client.post(at(case), {"seen": more.pop("seen", None) or seen(client, case), "then": then, **more})


def test_the_draft_stands_beside_the_words(client: Client, case: Case) -> None:
    text = page(client.get(at(case)))
    for shown in ("I paid.", "CN¥1,200.00", "CN¥12,000.00", "The person is right", "Correct the value"):
        assert shown in text, shown
    assert "The receipt shows it." in text


def test_reading_it_is_noted_with_its_purpose(client: Client, case: Case, supervisor: Actor) -> None:
    client.get(at(case))
    access = Access.objects.get(case_id=case.pk)
    assert (access.purpose, access.user_id) == ("approval", supervisor.user_id)


def test_approving(client: Client, case: Case) -> None:
    answer = send(client, case, "approve")
    assert answer.status_code == 302
    assert "The case is decided." in page(client.get(answer["Location"]))
    case.refresh_from_db()
    assert case.status == Status.DECIDED and case.remedies.count() == 1


def test_sending_back_needs_reasons(client: Client, case: Case) -> None:
    answer = send(client, case, "send_back", reason=" ")
    assert answer.status_code == 422
    assert '<a href="#id_reason">Write a reason.</a>' in answer.content.decode()
    assert send(client, case, "send_back", reason="Name the receipt.").status_code == 302
    case.refresh_from_db()
    assert case.status == Status.IN_REVIEW


def test_an_earlier_note_is_shown_to_whoever_checks_again(
    client: Client, case: Case, supervisor: Actor, caseworker: Actor
) -> None:
    operations.send_back(case.pk, reason="Name the receipt.", by=supervisor, at=LATER)
    operations.submit(case.pk, by=caseworker, at=LATER)
    assert "Name the receipt." in page(client.get(at(case)))


def test_a_draft_that_moved_is_not_approved_unread(
    client: Client, case: Case, caseworker: Actor, holder: Organisation
) -> None:
    read = seen(client, case)
    other = factories.staff(Role.SUPERVISOR, holder)
    operations.send_back(case.pk, reason="Say more.", by=other, at=LATER)
    changed = [{"remedy": "correct", "value": "1300.00"}]
    operations.draft(case.pk, answers_to(case, changed), by=caseworker, at=LATER)
    operations.submit(case.pk, by=caseworker, at=LATER)
    answer = send(client, case, "approve", seen=read)
    assert answer.status_code == 409
    text = page(answer)
    assert "This draft has changed since you opened it." in text
    assert f"Caseworker no. {caseworker.seats[0].number}" in text
    case.refresh_from_db()
    assert case.status == Status.AWAITING_APPROVAL and case.decided_at is None
    assert send(client, case, "approve").status_code == 302


@pytest.mark.parametrize("forged", ["yesterday", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00"])
def test_a_forged_moment_approves_nothing(client: Client, case: Case, forged: str) -> None:
    assert send(client, case, "approve", seen=forged).status_code == 409
    case.refresh_from_db()
    assert case.status == Status.AWAITING_APPROVAL


def test_the_drafter_may_not_approve(client_of: ClientOf, holder: Organisation) -> None:
    both = factories.staff(Role.CASEWORKER, holder, Role.SUPERVISOR)
    case = case_at(Status.AWAITING_APPROVAL, caseworker=both)
    for answer in (client_of(both).get(at(case)), client_of(both).post(at(case), {"seen": "x", "then": "approve"})):
        assert answer.status_code == 409
        assert "You drafted this decision, so a second person must approve it." in page(answer)


def test_others_are_refused(client_of: ClientOf, case: Case, caseworker: Actor, other_person: Actor) -> None:
    answer = client_of(caseworker).post(at(case), {"seen": "x", "then": "approve"})
    assert answer.status_code == 409 and "Only supervisors approve decisions." in page(answer)
    assert client_of(other_person).post(at(case), {"seen": "x", "then": "approve"}).status_code == 403
    elsewhere = factories.staff(Role.SUPERVISOR, "cn-city-traffic-police")
    assert client_of(elsewhere).get(at(case)).status_code == 404
    case.refresh_from_db()
    assert case.status == Status.AWAITING_APPROVAL
