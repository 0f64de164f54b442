"""Asking for what is missing: only where the law lets one, in words, and nothing is lost by time alone."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals import errors, operations, queries
from appeals.access import NotAllowed
from appeals.models import Case, Clock, ClockState
from appeals.workflow import IllegalStep, Status
from delivery.models import Message
from records.models import Measure
from tests import factories
from tests.disputes import page
from tests.factories import AT, case_at
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WORDS = "Send a copy of the receipt."


def clock(case: Case, name: str) -> Clock:
    return Clock.objects.get(case=case, name=name)


@pytest.fixture
def asked(person: Actor, caseworker: Actor) -> Case:
    """Asked on Tuesday, 3 November; ten working days end on 17 November."""
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker)
    operations.ask_to_complete(case.pk, words=WORDS, by=caseworker, at=AT + DAY)
    case.refresh_from_db()
    return case


def test_the_person_is_asked_in_words_and_has_their_time(asked: Case) -> None:
    assert asked.status == Status.INCOMPLETE
    assert Message.objects.get(kind="case_incomplete").mail_state == "waiting"
    request = queries.completion_request(asked)
    assert request and request[1] == WORDS
    assert clock(asked, "cure").due_latest == date(2026, 11, 17)
    assert clock(asked, "decide").state == ClockState.PAUSED
    assert set(Measure.objects.values_list("state", flat=True)) == {"suspended"}


def test_an_answer_brings_the_case_back_to_its_caseworker(asked: Case, person: Actor, caseworker: Actor) -> None:
    case = operations.complete(asked.pk, words="Here it is.", by=person, at=AT + 3 * DAY)
    assert (case.status, case.caseworker_id) == (Status.IN_REVIEW, caseworker.user_id)
    assert queries.completion_request(case) is None
    assert [(asked_for, said) for _row, asked_for, said in queries.completion_answers(case)] == [(WORDS, "Here it is.")]
    assert clock(case, "cure").state == ClockState.DONE
    # Tuesday and Wednesday stood still: two working days more.
    assert (clock(case, "decide").state, clock(case, "decide").due_latest) == (ClockState.RUNNING, date(2026, 11, 25))
    assert Message.objects.get(kind="holder_told_completed").organisation_id == case.holder_id
    with pytest.raises(IllegalStep):
        operations.complete(asked.pk, words="Again.", by=person, at=AT + 3 * DAY)


def test_the_end_of_the_time_decides_nothing_by_itself(asked: Case, person: Actor) -> None:
    assert operations.look_at(clock(asked, "cure").pk, at=AT + 10 * DAY) == "reminded"
    assert Message.objects.get(kind="cure_ends").case_id == asked.pk
    assert not Message.objects.filter(kind="window_ends").exists()
    assert operations.look_at(clock(asked, "cure").pk, at=AT + 60 * DAY) == ""
    asked.refresh_from_db()
    assert asked.status == Status.INCOMPLETE
    assert operations.complete(asked.pk, words="I was ill.", by=person, at=AT + 61 * DAY).status == Status.IN_REVIEW


def test_a_caseworker_goes_on_without_an_answer_and_says_why(asked: Case, caseworker: Actor) -> None:
    with pytest.raises(errors.ReasonMissing):
        operations.go_on_without(asked.pk, reason=" ", by=caseworker, at=AT + 20 * DAY)
    case = operations.go_on_without(asked.pk, reason="The court had a copy.", by=caseworker, at=AT + 20 * DAY)
    assert case.status == Status.IN_REVIEW
    assert [said for _row, _asked_for, said in queries.completion_answers(case)] == [""]


def test_only_who_has_the_case_asks_and_only_the_person_answers(
    asked: Case, holder: Organisation, other_person: Actor, caseworker: Actor
) -> None:
    with pytest.raises(NotAllowed):
        operations.complete(asked.pk, words="x", by=other_person, at=AT + 2 * DAY)
    with pytest.raises(NotAllowed):
        operations.complete(asked.pk, words="x", by=caseworker, at=AT + 2 * DAY)
    case = case_at(Status.IN_REVIEW)
    with pytest.raises(NotAllowed):
        operations.ask_to_complete(case.pk, words=WORDS, by=factories.staff(Role.CASEWORKER, holder), at=AT + DAY)


def test_where_no_rule_that_was_read_lets_one_nobody_is_sent_back() -> None:
    person = factories.person()
    tradeline = factories.record_for(person, "us-credit-file", "tradeline", ())
    items = [factories.item(tradeline, ground="inaccurate")]
    programme, procedure = "us-credit-file", "us-fcra-cra-dispute"
    case = case_at(Status.FILED, person=person, items=items, programme=programme, procedure=procedure)
    worker = factories.staff(Role.CASEWORKER, case.holder)
    operations.take(case.pk, by=worker, at=AT + DAY)
    with pytest.raises(NotAllowed) as caught:
        operations.ask_to_complete(case.pk, words=WORDS, by=worker, at=AT + DAY)
    assert caught.value.code == "no_rule"


def test_withdrawing_ends_the_question_and_undoing_goes_on(asked: Case, person: Actor) -> None:
    operations.withdraw(asked.pk, by=person, at=AT + 2 * DAY)
    assert queries.completion_request(asked) is None
    assert operations.undo_withdrawal(asked.pk, by=person, at=AT + 3 * DAY).status == Status.FILED


# --- pages ----------------------------------------------------------------------------------------


@pytest.fixture
def soon() -> object:
    with time_machine.travel(AT + 2 * DAY, tick=False):
        yield


def test_the_pages_lead_from_the_question_to_the_answer(
    client_of: ClientOf, soon: object, person: Actor, caseworker: Actor, other_person: Actor
) -> None:
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker)
    desk: Client = client_of(caseworker)
    at = f"/casework/{case.reference}/"
    assert "Ask for what is missing" in page(desk.get(at))
    assert desk.post(f"{at}ask/", {"reason": " "}).status_code == 422
    answer = desk.post(f"{at}ask/", {"reason": WORDS}, follow=True)
    assert "The person has been asked. It is their turn now." in page(answer) and WORDS in page(answer)
    assert desk.post(f"{at}ask/", {"reason": WORDS}).status_code == 409

    mine = client_of(person)
    shown = page(mine.get(f"/cases/{case.reference}/"))
    assert WORDS in shown and "Answer, or hand in what is missing" in shown and "Whose turn: yours" in shown
    complete = f"/cases/{case.reference}/complete/"
    assert "Please answer by 18 November 2026." in page(mine.get(complete))
    assert mine.post(complete, {"words": " "}).status_code == 422
    done = page(mine.post(complete, {"words": "I lost it in a flood."}, follow=True))
    assert "Your answer was sent. The case goes on." in done and "I lost it in a flood." in done
    assert mine.get(complete).status_code == 404
    assert mine.post(complete, {"words": "Again."}).status_code == 409
    assert "I lost it in a flood." in page(desk.get(at))
    assert client_of(other_person).get(complete).status_code == 404
