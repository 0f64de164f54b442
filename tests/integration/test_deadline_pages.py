"""The deadlines on the pages: the person reads them, the caseworker changes them, as the procedure allows."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals import operations
from appeals.models import Case, Clock
from appeals.workflow import Status
from tests import factories
from tests.disputes import page
from tests.factories import AT, case_at
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
SOON = AT + timedelta(days=1)


def at(case: Case, name: str = "decide") -> str:
    return f"/casework/{case.reference}/deadlines/{name}/"


@pytest.fixture
def case(person: Actor, caseworker: Actor) -> Case:
    return case_at(Status.IN_REVIEW, person=person, caseworker=caseworker)


@pytest.fixture(autouse=True)
def now() -> object:
    with time_machine.travel(SOON, tick=False):
        yield


@pytest.fixture
def head(client_of: ClientOf, supervisor: Actor) -> Client:
    return client_of(supervisor)


def test_the_case_page_shows_each_deadline_with_its_count_and_rule(
    client_of: ClientOf, caseworker: Actor, case: Case
) -> None:
    text = page(client_of(caseworker).get(f"/casework/{case.reference}/"))
    for shown in (
        "Deadlines",
        "Decide",
        "23 November 2026",
        "Confirm that the dispute arrived",
        "Done",
        "Redress model procedure, rule 4",
        "Stop it or make it longer",
    ):
        assert shown in text, shown


def test_the_person_sees_what_was_done_and_why_but_changes_nothing(
    client_of: ClientOf, person: Actor, supervisor: Actor, case: Case
) -> None:
    words = "The court sends old files by post."
    operations.extend(case.pk, "decide", reason="complexity", words=words, by=supervisor, at=SOON)
    client = client_of(person)
    text = page(client.get(f"/cases/{case.reference}/"))
    assert "It was made longer" in text and words in text and "7 December 2026" in text
    assert "Stop it or make it longer" not in text
    assert client.get(at(case)).status_code == 403


def test_more_time_is_granted_on_its_page(head: Client, case: Case) -> None:
    shown = page(head.get(at(case)))
    assert "Deadline: Decide" in shown and "A supervisor has to grant it." in shown
    answer = head.post(
        at(case), {"change": "extend:complexity", "words": "The court sends files by post."}, follow=True
    )
    assert "The deadline was changed. The person has been told." in page(answer)
    assert Clock.objects.get(case=case, name="decide").due_latest.isoformat() == "2026-12-07"
    assert "Make it longer" not in page(head.get(at(case)))


def test_a_pause_is_begun_and_ended(client_of: ClientOf, caseworker: Actor, case: Case) -> None:
    client = client_of(caseworker)
    client.post(at(case), {"change": "pause:clarification", "words": "Which year do you mean?"})
    shown = page(client.get(at(case)))
    assert "Stands still" in shown and "Let it run again" in shown and "Change the deadline" not in shown
    answer = client.post(f"{at(case)}go-on/", follow=True)
    assert "The deadline runs again. The person has been told." in page(answer)
    again = client.post(f"{at(case)}go-on/")
    assert again.status_code == 422 and "This deadline runs already." in page(again)


@pytest.mark.parametrize(
    ("sent", "box"),
    [
        ({}, "change"),
        ({"change": "extend:complexity", "words": " "}, "words"),
        ({"change": "extend:agreement", "words": "x"}, "change"),
        ({"change": "nonsense", "words": "x"}, "change"),
    ],
)
def test_what_is_wrong_stands_at_its_box(head: Client, case: Case, sent: dict[str, str], box: str) -> None:
    answer = head.post(at(case), sent)
    assert answer.status_code == 422 and "data-error-summary" in answer.content.decode()
    assert list(answer.context["form"].errors) == [box]


def test_only_those_who_may_come_to_it(
    client_of: ClientOf, holder: Organisation, case: Case, other_person: Actor
) -> None:
    stranger = factories.staff(Role.CASEWORKER, holder)
    assert client_of(stranger).get(at(case)).status_code == 409
    assert client_of(stranger).post(f"{at(case)}go-on/").status_code == 409
    elsewhere = factories.staff(Role.CASEWORKER, "another-holder")
    assert client_of(elsewhere).get(at(case)).status_code == 404
    assert client_of(factories.staff(Role.SUPERVISOR, holder)).get(at(case, "nonsense")).status_code == 404
    assert client_of(other_person).get(at(case)).status_code == 403


def test_lateness_says_what_the_person_may_do_now(client_of: ClientOf, person: Actor, case: Case) -> None:
    operations.look_at(Clock.objects.get(case=case, name="decide").pk, at=AT + timedelta(days=30))
    text = page(client_of(person).get(f"/cases/{case.reference}/"))
    assert "It is late. What follows from that:" in text
    assert "You do not have to wait any longer." in text
