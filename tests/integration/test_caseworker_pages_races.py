"""Two officials press at the same moment, over two connections: one wins, the other reads who did what."""

from collections.abc import Callable, Iterator
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals.models import Case, Remedy
from appeals.workflow import Status
from audit.models import Entry
from tests import factories
from tests.disputes import page
from tests.factories import case_at
from tests.fixtures import client_for

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*sends: Callable[[], Any]) -> list[Any]:
    """Send each from a thread with a connection of its own; the answers, in the order given."""
    barrier = Barrier(len(sends))
    answers: list[Any] = [None] * len(sends)

    def run(place: int) -> None:
        try:
            barrier.wait(timeout=120)
            answers[place] = sends[place]()
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place,)) for place in range(len(sends))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    return answers


def won_and_lost(answers: list[Any]) -> tuple[int, int]:
    """Places of the one that won and of the one that was told; everything else fails."""
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    codes = [answer.status_code for answer in answers]
    return codes.index(302), codes.index(409)


def events(case: Case) -> list[str]:
    hidden = ("case.opened", "case.draft_saved", "record.opened")
    entries = Entry.objects.filter(case_id=case.pk).exclude(event_type__in=hidden)
    return list(entries.order_by("entry_id").values_list("event_type", flat=True))


@pytest.fixture
def officers(holder: Organisation) -> Iterator[list[Actor]]:
    yield [factories.staff(Role.CASEWORKER, holder) for _ in range(2)]


def posts(actors: list[Actor], path: str, data: dict[str, str]) -> list[Callable[[], Any]]:
    clients = [client_for(actor) for actor in actors]
    for client in clients:
        client.get("/casework/")  # warm: both begin from a page

    def post(client: Client) -> Callable[[], Any]:
        return lambda: client.post(path, data)

    return [post(client) for client in clients]


def test_two_take_one_case(officers: list[Actor]) -> None:
    case = case_at(Status.FILED)
    answers = at_once(*posts(officers, f"/casework/{case.reference}/take/", {}))
    won, lost = won_and_lost(answers)
    case.refresh_from_db()
    assert case.caseworker_id == officers[won].user_id
    assert events(case).count("case.taken") == 1
    text = page(answers[lost])
    for told in (
        "This is not possible now",
        "A caseworker took the case",
        f"Caseworker no. {officers[won].seats[0].number}",
        "Being reviewed",
        "Nothing of what you sent was kept.",
    ):
        assert told in text, told
    assert f"Caseworker no. {officers[won].seats[0].number} (you)" not in text
    assert f'href="/casework/{case.reference}/"' in answers[lost].content.decode()


def test_two_supervisors_approve_and_send_back(holder: Organisation) -> None:
    case = case_at(Status.AWAITING_APPROVAL)
    supervisors = [factories.staff(Role.SUPERVISOR, holder) for _ in range(2)]
    path = f"/casework/{case.reference}/approve/"
    seen = case.decision.submitted_at
    assert seen
    approve = posts(supervisors[:1], path, {"then": "approve", "seen": seen.isoformat()})
    send_back = posts(supervisors[1:], path, {"then": "send_back", "seen": seen.isoformat(), "reason": "Say more."})
    answers = at_once(*approve, *send_back)
    won, lost = won_and_lost(answers)
    case.refresh_from_db()
    assert case.status == (Status.DECIDED, Status.IN_REVIEW)[won]
    assert Remedy.objects.filter(case=case).count() == (1, 0)[won]
    assert len({"case.decided", "case.sent_back"} & set(events(case))) == 1
    assert f"Supervisor no. {supervisors[won].seats[0].number}" in page(answers[lost])


def test_one_form_sent_twice_at_once_is_done_once(officers: list[Actor]) -> None:
    caseworker = officers[0]
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    said = {"outcome": "upheld", "remedy": "detach", "reasons": "It is about somebody else."}
    data = {"then": "submit", **{f"form-0-{name}": value for name, value in said.items()}}
    answers = at_once(*posts([caseworker, caseworker], f"/casework/{case.reference}/decide/", data))
    _won, lost = won_and_lost(answers)
    case.refresh_from_db()
    assert case.status == Status.AWAITING_APPROVAL
    assert events(case).count("case.submitted") == 1
    assert f"Caseworker no. {caseworker.seats[0].number} (you)" in page(answers[lost])


def test_giving_back_while_the_draft_is_sent(officers: list[Actor]) -> None:
    caseworker = officers[0]
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    said = {"outcome": "upheld", "remedy": "detach", "reasons": "It is about somebody else."}
    draft = {"then": "submit", **{f"form-0-{name}": value for name, value in said.items()}}
    answers = at_once(
        *posts([caseworker], f"/casework/{case.reference}/decide/", draft),
        *posts([caseworker], f"/casework/{case.reference}/give-back/", {"reason": "I am away."}),
    )
    won, _lost = won_and_lost(answers)
    case.refresh_from_db()
    assert case.status == (Status.AWAITING_APPROVAL, Status.FILED)[won]
    assert (case.caseworker_id is None) == (won == 1)
    assert len({"case.submitted", "case.given_back"} & set(events(case))) == 1
