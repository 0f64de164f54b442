"""The queue: whose cases it shows, in which order, filtered, and by pages."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import Role
from appeals.models import Case
from appeals.workflow import Status
from tests import factories
from tests.factories import AT, case_at, item, record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
QUEUE = "/casework/"
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)  # a Friday; what was filed at AT is due on the Monday after


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client_of: ClientOf, caseworker: Actor) -> Client:
    return client_of(caseworker)


def rows(client: Client, **asked: str) -> list[Any]:
    answer = client.get(QUEUE, asked)
    assert answer.status_code == 200
    return list(answer.context["rows"])


def references(client: Client, **asked: str) -> list[str]:
    return [row.case.reference for row in rows(client, **asked)]


def test_the_earliest_due_comes_first_with_its_words(client: Client) -> None:
    due, late = case_at(at=AT), case_at(at=AT - timedelta(days=10))
    first, second = rows(client)
    assert [first.case, second.case] == [late, due]
    assert (first.due.is_late, first.due.in_words) == (True, "7 days late")
    assert (second.due.is_late, second.due.in_words) == (False, "in 3 days")
    text = client.get(QUEUE).content.decode()
    assert "23 November 2026" in text and "7 days late" in text
    assert "2 cases, the earliest due first." in text


def test_officials_read_the_day_on_which_the_procedure_counts(client: Client) -> None:
    case = case_at(at=datetime(2026, 11, 19, 20, 0, tzinfo=UTC))  # the twentieth in Shanghai
    assert rows(client)[0].filed_on.isoformat() == "2026-11-20"
    shown = client.get(f"/casework/{case.reference}/").content.decode()
    assert "20 November 2026, 04:00 UTC+8" in shown
    assert "19 November 2026, 20:00" not in shown


def test_who_has_a_case_is_a_number(client: Client, caseworker: Actor, other_caseworker: Actor) -> None:
    case_at(Status.IN_REVIEW, caseworker=other_caseworker)
    case_at(Status.FILED)
    numbers = {row.caseworker for row in rows(client)}
    assert numbers == {f"No. {other_caseworker.seats[0].number}", "Nobody yet"}


def test_mine_and_waiting_for(client: Client, caseworker: Actor, supervisor: Actor) -> None:
    filed = case_at(Status.FILED)
    mine = case_at(Status.IN_REVIEW, caseworker=caseworker)
    waiting = case_at(Status.AWAITING_APPROVAL, caseworker=caseworker)
    decided = case_at(Status.DECIDED, supervisor=supervisor)
    case_at(Status.WITHDRAWN)
    office = {filed.reference, mine.reference, waiting.reference}
    assert set(references(client)) == office
    assert set(references(client, mine="on")) == {mine.reference, waiting.reference}
    assert references(client, waiting_for="holder") == [filed.reference]
    assert references(client, waiting_for="caseworker") == [mine.reference]
    assert references(client, waiting_for="approver") == [waiting.reference]
    assert references(client, waiting_for="person") == [decided.reference]
    assert references(client, waiting_for="caseworker", mine="on", language="zh-hans") == []


def test_by_programme_procedure_and_language(client_of: ClientOf) -> None:
    person = factories.person()
    court = case_at(person=person, items=[item(record_for(person))], procedure="cn-spc-defaulter-list")
    model = case_at(language="zh-hans")
    camera = case_at(programme="cn-jaywalking")
    court_staff = client_of(factories.staff(Role.CASEWORKER, "cn-spc"))
    assert set(references(court_staff)) == {court.reference, model.reference}
    assert references(court_staff, procedure="cn-spc-defaulter-list") == [court.reference]
    assert references(court_staff, language="zh-hans") == [model.reference]
    assert set(references(court_staff, programme="cn-court-defaulters")) == {court.reference, model.reference}
    assert references(court_staff, programme="cn-jaywalking") == []
    police = client_of(factories.staff(Role.CASEWORKER, "cn-city-traffic-police"))
    assert references(police) == [camera.reference]


def test_late_and_this_week(client: Client) -> None:
    late = case_at(at=AT - timedelta(days=10))
    soon = case_at(at=AT)
    far = case_at(at=NOW - timedelta(hours=1))
    assert references(client, due="late") == [late.reference]
    assert references(client, due="week") == [late.reference, soon.reference]
    assert set(references(client, due="")) == {late.reference, soon.reference, far.reference}


@pytest.mark.parametrize(
    ("hour", "words", "is_late"), [(15, "today", False), (17, "1 day late", True)], ids=["23rd", "24th in Shanghai"]
)
def test_late_is_late_by_the_calendar_of_the_procedure(
    client_of: ClientOf, caseworker: Actor, hour: int, words: str, is_late: bool
) -> None:
    case = case_at(at=AT)
    with time_machine.travel(datetime(2026, 11, 23, hour, 0, tzinfo=UTC), tick=False):
        client = client_of(caseworker)
        assert references(client, due="late") == ([case.reference] if is_late else [])
        assert rows(client)[0].due.in_words == words


def test_what_is_decided_is_never_late(client: Client, caseworker: Actor, supervisor: Actor) -> None:
    case_at(Status.DECIDED, at=AT - timedelta(days=20), supervisor=supervisor)
    assert references(client, waiting_for="person", due="late") == []
    assert rows(client, waiting_for="person")[0].due is None


def test_a_word_that_is_no_choice_is_said_so_and_shows_everything(client: Client) -> None:
    case = case_at()
    answer = client.get(QUEUE, {"programme": "no-such-programme"})
    assert [row.case for row in answer.context["rows"]] == [case]
    assert "data-error-summary" in answer.content.decode()


def test_filters_can_be_cleared(client: Client) -> None:
    assert "Clear all filters" not in client.get(QUEUE).content.decode()
    filtered = client.get(QUEUE, {"due": "late"}).content.decode()
    assert f'href="{QUEUE}">Clear all filters' in filtered
    assert "No case fits these filters." in filtered


def test_pages_keep_the_filter(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appeals.views.caseworker.queue.PAGE", 2)
    made = [case_at(at=AT + timedelta(days=n)).reference for n in range(3)]
    first = client.get(QUEUE, {"waiting_for": "holder"})
    pages = first.context["pages"]
    assert [row.case.reference for row in first.context["rows"]] == made[:2]
    assert (pages.previous_url, pages.next_url) == ("", "?waiting_for=holder&page=2")
    second = client.get(QUEUE + pages.next_url)
    assert [row.case.reference for row in second.context["rows"]] == made[2:]
    assert second.context["pages"].previous_url == "?waiting_for=holder&page=1"
    assert references(client, page="99") == made[2:]


def test_the_same_number_of_queries_for_two_rows_and_twenty(client: Client, caseworker: Actor) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            rows(client)
        return len(caught)

    for _ in range(2):
        case_at(Status.IN_REVIEW, caseworker=caseworker)
    rows(client)  # warm
    two = queries()
    for _ in range(18):
        case_at(Status.FILED)
    assert len(rows(client)) == 20
    assert queries() == two


def test_the_queue_shows_nothing_that_a_person_wrote(client: Client) -> None:
    person = factories.person(name="Plantedname")
    case_at(person=person, items=[item(record_for(person), words="Plantedwords")])
    text = client.get(QUEUE).content.decode()
    assert "Planted" not in text


def test_both_languages(client_of: ClientOf, caseworker: Actor) -> None:
    case_at(language="zh-hans")
    text = client_of(caseworker, language="zh-hans").get(QUEUE).content.decode()
    assert '<html lang="zh-Hans"' in text and "2026年11月23日" in text and "失信被执行人名单" in text


def test_others_are_refused(client_of: ClientOf, other_person: Actor, auditor: Actor, source_officer: Actor) -> None:
    case_at()
    for actor in (other_person, auditor, source_officer):
        assert client_of(actor).get(QUEUE).status_code == 403
    assert Case.objects.count() == 1


def test_another_holder_sees_none_of_it(client_of: ClientOf) -> None:
    case = case_at()
    elsewhere = client_of(factories.staff(Role.CASEWORKER, "cn-city-traffic-police"))
    assert references(elsewhere) == []
    assert elsewhere.get(f"/casework/{case.reference}/").status_code == 404
