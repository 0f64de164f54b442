"""What an office sees of time: the messages about its own cases, and the days that its supervisors declare."""

from datetime import timedelta

import pytest
import time_machine

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals import operations, queries
from appeals.models import CalendarException, Clock
from appeals.workflow import Status
from tests import factories
from tests.disputes import page
from tests.factories import AT, case_at
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
DAYS, TOLD = "/casework/days/", "/casework/told/"
SENT = {
    "calendar": "CN",
    "on_day": "20",
    "on_month": "11",
    "on_year": "2026",
    "is_worked": "no",
    "reason": "Typhoon notice 12.",
}


@pytest.fixture(autouse=True)
def now() -> object:
    with time_machine.travel(AT + timedelta(hours=1), tick=False):
        yield


def test_an_office_reads_what_it_was_told_of_its_own_cases_only(
    client_of: ClientOf, supervisor: Actor, holder: Organisation
) -> None:
    case = case_at(Status.IN_REVIEW)
    operations.look_at(Clock.objects.get(case=case, name="decide").pk, at=AT + timedelta(days=40))
    shown = page(client_of(supervisor).get(TOLD))
    assert "A deadline was missed" in shown and case.reference in shown
    elsewhere = factories.staff(Role.SUPERVISOR, "another-holder")
    assert "Nothing yet." in page(client_of(elsewhere).get(TOLD))


def test_a_source_does_not_read_what_its_own_office_was_told(client_of: ClientOf, holder: Organisation) -> None:
    case = case_at(Status.IN_REVIEW)
    operations.look_at(Clock.objects.get(case=case, name="decide").pk, at=AT + timedelta(days=40))
    officer = factories.staff(Role.SOURCE_OFFICER, holder)
    assert client_of(officer).get("/source/messages/").status_code == 200


def test_a_supervisor_declares_a_day_and_takes_it_back(client_of: ClientOf, supervisor: Actor) -> None:
    client = client_of(supervisor)
    answer = client.post(DAYS, SENT, follow=True)
    assert "The day is declared. Open deadlines are counted anew." in page(answer)
    assert "Typhoon notice 12." in page(answer) and "20 November 2026" in page(answer)
    row = CalendarException.objects.get()
    again = client.post(DAYS, SENT)
    assert again.status_code == 422 and "The calendar says this of that day already." in page(again)
    back = client.post(f"{DAYS}{row.pk}/take-back/", follow=True)
    assert "The day was taken back." in page(back)
    assert queries.declared_days(supervisor.organisations()) == []
    assert client.post(f"{DAYS}{row.pk}/take-back/").status_code == 404


@pytest.mark.parametrize(
    ("changed", "box"),
    [
        ({"reason": " "}, "reason"),
        ({"calendar": "XX"}, "calendar"),
        ({"on_day": "31"}, "on"),
        ({"is_worked": ""}, "is_worked"),
    ],
)
def test_what_is_wrong_with_a_day_stands_at_its_box(
    client_of: ClientOf, supervisor: Actor, changed: dict[str, str], box: str
) -> None:
    answer = client_of(supervisor).post(DAYS, {**SENT, **changed})
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [box]
    assert not CalendarException.objects.exists()


def test_nobody_takes_back_the_day_of_another_office(client_of: ClientOf, supervisor: Actor, caseworker: Actor) -> None:
    client_of(supervisor).post(DAYS, SENT)
    row = CalendarException.objects.get()
    elsewhere = factories.staff(Role.SUPERVISOR, "another-holder")
    assert client_of(elsewhere).post(f"{DAYS}{row.pk}/take-back/").status_code == 404
    assert client_of(caseworker).get(DAYS).status_code == 403
