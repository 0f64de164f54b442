"""What was asked for did not come: people may turn the case away for it, never time alone, and it comes back."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from accounts.actors import Actor
from appeals import operations, queries, turned_away
from appeals.access import NotAllowed
from appeals.models import Case, Clock, ClockState
from appeals.operations import NewEvidence
from appeals.workflow import Status
from delivery.models import Message
from law import procedures
from records.models import Measure
from tests.api_clients import person as as_person
from tests.disputes import page
from tests.factories import AT, case_at
from tests.fixtures import ClientOf
from tests.laws import READ, changed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ASKED = AT + DAY  # Tuesday, 3 November 2026; ten working days end on the 17th
AFTER = AT + 17 * DAY
WHY = "Without the receipt nobody can tell which payment you mean."


def incomplete(monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
    """Our own procedure with another rule on what is missing."""
    (rule,) = [each for each in procedures.procedure("redress-model").screening if each.id == "incomplete"]
    changed(monkeypatch, "redress-model", screening=[{**rule.model_dump(exclude_unset=True), **more}])


@pytest.fixture
def asked(person: Actor, caseworker: Actor) -> Case:
    """Asked, and the person opened the message."""
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker)
    operations.ask_to_complete(case.pk, words="Send the receipt.", by=caseworker, at=ASKED)
    Message.objects.filter(kind="case_incomplete").update(read_at=ASKED + DAY)
    case.refresh_from_db()
    return case


def why_not(case: Case, at: Any = AFTER) -> str:
    (found,) = queries.open_rules(case, at=at)
    return found.why_not.code if found.why_not else ""


def propose(case: Case, by: Actor, at: Any = AFTER) -> Case:
    operations.propose_screening(case.pk, rule="incomplete", reasons=WHY, by=by, at=at)
    case.refresh_from_db()
    return case


def test_two_people_turn_it_away_with_reasons_and_something_new_brings_it_back(
    asked: Case, person: Actor, caseworker: Actor, supervisor: Actor
) -> None:
    case = propose(asked, caseworker)
    assert case.status == Status.SCREENING
    assert queries.completion_request(case) is None
    assert Clock.objects.get(case=case, name="decide").state == ClockState.RUNNING  # in case nobody agrees
    operations.approve_screening(case.pk, seen=case.screenings.get().proposed_at, by=supervisor, at=AFTER)
    answer = turned_away.answer_of(operations.serve(case.pk, how="opened", by=person, at=AFTER))
    assert (answer.reasons, answer.tier_title) == (WHY, "Second look")
    assert answer.rule == "Something is missing without which nobody can look into it. We say what it is."
    assert set(Measure.objects.values_list("state", flat=True)) == {"suspended"}
    back = operations.revive(case.pk, words="Here is the receipt.", by=person, at=AFTER + DAY)
    assert back.status == Status.FILED


def test_whoever_does_not_agree_has_it_looked_into(asked: Case, caseworker: Actor, supervisor: Actor) -> None:
    case = propose(asked, caseworker)
    back = operations.refuse_screening(case.pk, reason="The court has it.", by=supervisor, at=AFTER)
    assert back.status == Status.IN_REVIEW
    assert "incomplete" not in {each.rule.id for each in queries.open_rules(back, at=AFTER)}


@pytest.mark.parametrize("days", [1, 15, 16])
def test_while_the_time_runs_anywhere_on_earth_nothing_follows(asked: Case, caseworker: Actor, days: int) -> None:
    # On the 18th, 9 in the morning in London, it is still the 17th somewhere.
    assert why_not(asked, AT + days * DAY) == "still_time"
    with pytest.raises(NotAllowed):
        propose(asked, caseworker, AT + days * DAY)


def test_where_posting_counts_what_was_posted_on_the_last_day_may_still_come(
    monkeypatch: pytest.MonkeyPatch, asked: Case, caseworker: Actor
) -> None:
    """The last day is the 17th; a letter that was posted then is waited for up to the 24th, everywhere on earth."""
    counting = procedures.procedure("redress-model").model_dump(exclude_unset=True).get("counting") or READ
    changed(monkeypatch, "redress-model", counting={**counting, "posting_counts": True})
    for days in (17, 22, 23):
        assert why_not(asked, AT + days * DAY) == "on_its_way"
    with pytest.raises(NotAllowed, match="may still be on its way"):
        propose(asked, caseworker, AT + 22 * DAY)
    assert why_not(asked, AT + 24 * DAY) == ""


def test_who_sent_anything_since_is_heard(asked: Case, person: Actor, caseworker: Actor, supervisor: Actor) -> None:
    case = propose(asked, caseworker)
    operations.add_evidence(case.pk, NewEvidence.of("receipt.txt", b"Paid."), by=person, at=AFTER)
    with pytest.raises(NotAllowed) as caught:
        operations.approve_screening(case.pk, seen=case.screenings.get().proposed_at, by=supervisor, at=AFTER)
    assert caught.value.code == "something_came"
    assert operations.refuse_screening(case.pk, reason="It came.", by=supervisor, at=AFTER).status == Status.IN_REVIEW


def test_silence_counts_only_if_the_question_reached_the_person_in_time(asked: Case) -> None:
    assert why_not(asked) == ""
    Message.objects.filter(kind="case_incomplete").update(read_at=None)
    assert why_not(asked) == "not_reached"
    Message.objects.filter(kind="case_incomplete").update(read_at=AFTER)
    assert why_not(asked) == "not_reached"
    Message.objects.filter(kind="case_incomplete").update(sent_at=ASKED)
    assert why_not(asked) == ""


def test_a_second_question_starts_no_time_that_could_run_out(asked: Case, person: Actor, caseworker: Actor) -> None:
    operations.complete(asked.pk, words="Here.", by=person, at=ASKED + 2 * DAY)
    operations.ask_to_complete(asked.pk, words="It cannot be read.", by=caseworker, at=ASKED + 3 * DAY)
    asked.refresh_from_db()
    assert why_not(asked, AT + 90 * DAY) == "no_time_for_it"


def test_who_was_asked_too_late_is_not_turned_away_for_it(monkeypatch: pytest.MonkeyPatch, asked: Case) -> None:
    incomplete(monkeypatch, told_by="acknowledge")
    Clock.objects.filter(case=asked, name="acknowledge").update(due_earliest=AT.date(), due_latest=AT.date())
    assert why_not(asked) == "asked_too_late"


@pytest.mark.parametrize("rule", [{"if_not_cured": None}, {"cured_by": None}, READ | {"evidence": "reported"}])
def test_where_no_rule_that_was_read_says_what_follows_the_case_goes_on(
    monkeypatch: pytest.MonkeyPatch, asked: Case, caseworker: Actor, rule: dict[str, Any]
) -> None:
    incomplete(monkeypatch, **rule)
    assert queries.open_rules(asked, at=AFTER) == []
    with pytest.raises(NotAllowed) as caught:
        propose(asked, caseworker)
    assert caught.value.code == "no_screening_rule"
    assert operations.go_on_without(asked.pk, reason="We have it.", by=caseworker, at=AFTER).status == Status.IN_REVIEW


def test_a_file_may_say_that_it_counts_as_withdrawn_and_one_person_may_decide(
    monkeypatch: pytest.MonkeyPatch, asked: Case, person: Actor, caseworker: Actor
) -> None:
    incomplete(monkeypatch, if_not_cured="treated_as_withdrawn")
    changed(monkeypatch, "redress-model", approval={"second_person": False, **READ})
    case = operations.screen_out(asked.pk, rule="incomplete", reasons=WHY, by=caseworker, at=AFTER)
    answer = turned_away.answer_of(operations.serve(case.pk, how="opened", by=person, at=AFTER))
    assert "by this rule it counts as withdrawn" in answer.rule


# --- pages and API --------------------------------------------------------------------------------


@time_machine.travel(AFTER, tick=False)
def test_the_queue_brings_it_back_and_the_pages_lead_on(
    client_of: ClientOf, asked: Case, person: Actor, caseworker: Actor, supervisor: Actor
) -> None:
    desk, office, mine = client_of(caseworker), client_of(supervisor), client_of(person)
    told = page(mine.get(f"/cases/{asked.reference}/complete/"))
    assert "If nothing comes from you by then, whoever works on the case may decide" in told
    queue = page(desk.get("/casework/"))
    assert asked.reference in queue and "The time for the answer is over" in queue
    at = f"/casework/{asked.reference}/"
    assert "Turn the case away" in page(desk.get(at))
    form = page(desk.get(f"{at}turn-away/"))
    for words in ("What was asked for, and did not come", "Send the receipt.", "Last day: 17 November 2026"):
        assert words in form, words
    assert "It is a repeat" not in form
    desk.post(f"{at}turn-away/", {"rule": "incomplete", "reason": WHY})
    check = office.get(f"{at}check-turning-away/")
    assert "What was asked for did not come" in page(check) and "Send the receipt." in page(check)
    office.post(
        f"{at}check-turning-away/", {"then": "approve", "seen": check.context["form"]["seen"].value(), "reason": ""}
    )
    shown = page(mine.get(f"/cases/{asked.reference}/turned-away/"))
    assert WHY in shown and "Redress model procedure, rule 20" in shown
    assert "No answer came." in page(mine.get(f"/cases/{asked.reference}/"))
    said = as_person(person).get(f"/cases/{asked.reference}/turned-away/").json()
    assert (said["rule"], said["told_until"]) == ("incomplete", None)


@time_machine.travel(ASKED + DAY, tick=False)
def test_while_the_time_runs_the_case_waits_for_the_person_and_has_no_such_button(
    client_of: ClientOf, asked: Case, caseworker: Actor
) -> None:
    desk = client_of(caseworker)
    assert asked.reference not in page(desk.get("/casework/"))
    assert "Turn the case away" not in page(desk.get(f"/casework/{asked.reference}/"))
    answer = desk.get(f"/casework/{asked.reference}/turn-away/")
    assert answer.status_code == 409 and "The person can still answer until 17 November 2026." in page(answer)
