"""Late on paper: what the paper says of that is kept for whoever judges it; what is new counts from its day."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from accounts.actors import Actor
from accounts.models import Organisation, Role, Subject
from appeals import errors, operations, queries
from appeals.models import AnswerBy, Case, Clock, Outcome, Standing
from appeals.workflow import Status
from delivery.models import Message
from law import procedures
from records.models import Record
from tests import factories
from tests.disputes import page
from tests.factories import AT, case_at
from tests.fixtures import ClientOf
from tests.integration.test_paper import found
from tests.laws import READ, changed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WORDS = "I was in hospital from August to October."


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch, holder: Organisation) -> Subject:
    """Somebody who opened the message about their entry a hundred days before the paper was received."""
    clocks = dict(procedures.procedure("redress-model").model_dump(exclude_unset=True)["clocks"])
    excuse = {"reasons": ["illness", "force_majeure"], "effect": "human_decides", **READ}
    clocks["file_by"] = {"start": "known", "length": 60, "unit": "calendar_day", "excuse": excuse, **READ}
    changed(monkeypatch, "redress-model", clocks=clocks)
    subject = factories.subject(name="Zhao Min", email="")
    record = factories.record_for(subject)
    Message.objects.filter(record_id=record.pk).update(read_at=AT - 100 * DAY)
    return subject


def typed_in(desk: Any, subject: Subject, **differences: str) -> Any:
    found(desk, subject)
    record = Record.objects.get(subject=subject)
    desk.post("/paper/things/", {f"entry-{record.pk}": ["whole"]})
    shown = page(desk.get("/paper/dispute/"))
    said = {
        "thing-1-ground": "not_me",
        "thing-1-words": "It is not me.",
        "procedure": "redress-model",
        "standing": "self",
        "language": "en",
        "answer_by": "letter",
        "address": "1 Sample Road",
    }
    return shown, desk.post("/paper/dispute/", {**said, **differences})


@time_machine.travel(AT, tick=False)
@pytest.mark.parametrize(("reason", "words"), [("illness", WORDS), ("", WORDS), ("", "")])
def test_what_the_paper_says_of_being_late_is_kept_for_whoever_judges_it(
    client_of: ClientOf, late: Subject, caseworker: Actor, reason: str, words: str
) -> None:
    desk = client_of(caseworker)
    shown, answer = typed_in(desk, late, late_reason=reason, late_words=words)
    assert "ended on 23 September 2026, before this paper was received" in shown
    assert "What kept them from sending it in time" in shown and "The person was ill" in shown
    assert answer.status_code == 302
    excuse = queries.excuse_of(Case.objects.get())
    assert excuse and (excuse.row.reason, excuse.words) == (reason, words)
    assert (words or "No reason was given.") in page(desk.get(answer["Location"]))


@time_machine.travel(AT, tick=False)
def test_in_time_the_form_asks_nothing_of_the_kind(client_of: ClientOf, late: Subject, caseworker: Actor) -> None:
    Message.objects.update(read_at=AT - 10 * DAY)
    shown, answer = typed_in(client_of(caseworker), late)
    assert "before this paper was received" not in shown and "What kept them" not in shown
    assert answer.status_code == 302 and queries.excuse_of(Case.objects.get()) is None


@pytest.fixture
def turned_away(holder: Organisation, caseworker: Actor, supervisor: Actor) -> Case:
    """A dispute that came on paper on 4 November 2026, and was turned away as a repeat."""
    person = factories.person()
    clerk = factories.staff(Role.CASEWORKER, holder)
    items = [factories.item(factories.record_for(person))]
    case_at(Status.SERVED, person=person, items=items, answers=[{"outcome": Outcome.REJECTED, "remedy": ""}])
    at = AT + 2 * DAY
    case = operations.enter_dispute(
        person.own_subject,
        procedure_id="redress-model",
        items=items,
        received_on=at.date(),
        standing=Standing.SELF,
        answer_by=AnswerBy.LETTER,
        address="1 Sample Road",
        language="en",
        by=clerk,
        at=at,
    )
    operations.take(case.pk, by=caseworker, at=at)
    proposed = operations.propose_screening(case.pk, rule="repeat", reasons="As before.", by=caseworker, at=at)
    return operations.approve_screening(case.pk, seen=proposed.proposed_at, by=supervisor, at=at)


def typist(case: Case) -> Actor:
    return factories.staff(Role.CASEWORKER, case.holder)


@pytest.mark.parametrize("typed_after", [0, 5])
def test_what_is_new_on_paper_counts_from_the_day_on_which_it_was_received(turned_away: Case, typed_after: int) -> None:
    received = AT + 10 * DAY
    case = operations.revive(
        turned_away.pk,
        words="New.",
        by=typist(turned_away),
        at=received + typed_after * DAY,
        received_on=received.date(),
    )
    # Fifteen working days after Thursday, 12 November 2026, whenever it was typed in.
    assert Clock.objects.get(case=case, name="decide").due_latest == date(2026, 12, 3)
    case.refresh_from_db()
    assert case.decide_by_latest == date(2026, 12, 3)


def test_it_was_received_neither_tomorrow_nor_before_the_dispute(turned_away: Case) -> None:
    by, at = typist(turned_away), AT + 10 * DAY
    for day, wrong in ((at + DAY, errors.NotReceivedYet), (AT + DAY, errors.ReceivedBefore)):
        with pytest.raises(wrong):
            operations.revive(turned_away.pk, words="New.", by=by, at=at, received_on=day.date())
    assert Case.objects.get(pk=turned_away.pk).status == Status.SCREENED_OUT


@time_machine.travel(AT + 10 * DAY, tick=False)
def test_the_page_asks_for_the_day_of_the_stamp(client_of: ClientOf, turned_away: Case) -> None:
    desk, at = client_of(typist(turned_away)), f"/casework/{turned_away.reference}/paper/something-new/"
    assert "The day of the stamp." in page(desk.get(at))
    day = {"received_on_day": "3", "received_on_month": "11", "received_on_year": "2026"}
    refused = desk.post(at, {"words": "New.", **day})
    assert refused.status_code == 422 and "received before the dispute itself" in page(refused)
    assert desk.post(at, {"words": "New.", **day, "received_on_day": "9"}).status_code == 302
    assert Clock.objects.get(case=turned_away, name="decide").due_latest == date(2026, 11, 30)
