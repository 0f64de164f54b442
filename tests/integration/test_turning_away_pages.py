"""The pages and the API of turning away: what is offered, what is told, and the way back."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.urls import reverse

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals import operations
from appeals.models import AnswerBy, Case, Outcome, Standing
from appeals.operations import Target
from appeals.workflow import Status
from tests import factories
from tests.api_clients import person as as_person
from tests.api_clients import queries_of
from tests.disputes import complete, page, step, upload
from tests.factories import AT, case_at
from tests.fixtures import ClientOf
from tests.laws import READ, changed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
REJECTED = [{"outcome": Outcome.REJECTED, "remedy": ""}]
WHY = "We answered this in May.\n\nNothing has come since."


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(AT + 2 * DAY, tick=False):
        yield


@pytest.fixture
def repeat(person: Actor, caseworker: Actor, supervisor: Actor) -> Case:
    """In review, about what was answered before."""
    case = case_at(Status.SCREENING, person=person, caseworker=caseworker, supervisor=supervisor)
    operations.refuse_screening(case.pk, reason="Look again.", by=supervisor, at=AT + 2 * DAY)
    case.refresh_from_db()
    return case


@pytest.fixture
def told(person: Actor, caseworker: Actor, supervisor: Actor) -> Case:
    return case_at(Status.SCREENED_OUT, person=person, caseworker=caseworker, supervisor=supervisor)


def test_from_the_proposal_to_the_answer_and_back(
    client_of: ClientOf, repeat: Case, person: Actor, caseworker: Actor, supervisor: Actor, other_person: Actor
) -> None:
    desk, office = client_of(caseworker), client_of(supervisor)
    at = f"/casework/{repeat.reference}/"
    shown = page(desk.get(at))
    assert "Turn the case away" in shown and "Earlier cases about the same entries" in shown
    assert "Item 1: the same thing, for the same reason; the entry said the same as now. Answer then: Rejected" in shown
    form = page(desk.get(f"{at}turn-away/"))
    assert "It is a repeat" in form and "A second person judges it before it counts." in form
    missing = desk.post(f"{at}turn-away/", {"rule": "repeat", "reason": " "})
    assert missing.status_code == 422
    assert "Give your reasons. The person reads them." in page(missing)
    assert "Choose the rule" in page(desk.post(f"{at}turn-away/", {"reason": WHY}))
    assert desk.post(f"{at}turn-away/", {"rule": "frivolous", "reason": WHY}).status_code == 422
    done = page(desk.post(f"{at}turn-away/", {"rule": "repeat", "reason": WHY}, follow=True))
    assert "A second person checks it now." in done and "Nothing has come since." in done
    assert desk.get(f"{at}check-turning-away/").status_code == 409  # not one's own

    assert "Check whether it may be turned away" in page(office.get(at))
    check = office.get(f"{at}check-turning-away/")
    assert "Nothing has come since." in page(check)
    seen = check.context["form"]["seen"].value()
    assert office.post(f"{at}check-turning-away/", {"then": "refuse", "seen": seen, "reason": ""}).status_code == 422
    assert office.post(f"{at}check-turning-away/", {"then": "approve", "seen": "old"}).status_code == 409
    agreed = page(office.post(f"{at}check-turning-away/", {"then": "approve", "seen": seen}, follow=True))
    assert "The case is turned away. The person is told." in agreed and "Why it was turned away" in agreed

    mine = client_of(person)
    case_page = page(mine.get(f"/cases/{repeat.reference}/"))
    assert "Your case is not looked into." in case_page and "Read why, and what you can do" in case_page
    assert "Read the decision" not in case_page
    answer = mine.get(f"/cases/{repeat.reference}/turned-away/")
    said = page(answer)
    for words in (
        "Your case is turned away",
        "We answered this in May.",
        "Nothing has come since.",
        "The same was answered before",
        "Redress model procedure, rule 23",
        "Second look",
        "Your last day for this is 4 December 2026.",
        "If you have something new, tell us.",
        "Supervisor no. 1: agreed to it",
        "It reached you on",
    ):
        assert words in said, words
    repeat.refresh_from_db()
    assert repeat.status == Status.SCREENING_SERVED
    assert mine.get(f"/cases/{repeat.reference}/turned-away/letter.pdf").content.startswith(b"%PDF")
    assert mine.get(f"/cases/{repeat.reference}/decision/").status_code == 404
    stranger = client_of(other_person)
    for path in ("turned-away/", "turned-away/letter.pdf", "something-new/"):
        assert stranger.get(f"/cases/{repeat.reference}/{path}").status_code == 404

    new = f"/cases/{repeat.reference}/something-new/"
    empty = mine.post(new, {"words": " "})
    assert empty.status_code == 422 and "Say what is new, or add a file first." in page(empty)
    back = page(mine.post(new, {"words": "I found the receipt."}, follow=True))
    assert "Your case is looked into again, from its beginning." in back
    assert "You added something new, and the case began anew" in back
    assert "I found the receipt." in back and "Turned away on" in back
    assert mine.get(new).status_code == 409
    assert mine.get(f"/cases/{repeat.reference}/turned-away/").status_code == 404
    office_now = page(desk.get(at))
    assert "I found the receipt." in office_now and "Turned away on" in office_now and "Look again." in office_now
    # What the second person wrote to the caseworker is theirs.
    assert "Look again." not in back


def test_a_file_that_came_since_is_enough(client_of: ClientOf, told: Case, person: Actor) -> None:
    mine = client_of(person)
    mine.get(f"/cases/{told.reference}/turned-away/")
    mine.post(f"/cases/{told.reference}/evidence/", upload("new.txt"))
    assert "Added since your case was turned away: new.txt" in page(mine.get(f"/cases/{told.reference}/something-new/"))
    assert mine.post(f"/cases/{told.reference}/something-new/", {"words": ""}).status_code == 302
    told.refresh_from_db()
    assert told.status == Status.FILED


def test_who_only_fetches_ahead_is_told_nothing(client_of: ClientOf, told: Case, person: Actor) -> None:
    mine = client_of(person)
    answer = mine.get(f"/cases/{told.reference}/turned-away/", headers={"Sec-Purpose": "prefetch"})
    assert answer.status_code == 404
    assert mine.head(f"/cases/{told.reference}/turned-away/").status_code == 405
    told.refresh_from_db()
    assert told.status == Status.SCREENED_OUT


def test_where_no_rule_is_open_there_is_no_button_and_the_page_says_why(
    client_of: ClientOf, person: Actor, caseworker: Actor
) -> None:
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker)
    desk = client_of(caseworker)
    assert "Turn the case away" not in page(desk.get(f"/casework/{case.reference}/"))
    answer = desk.get(f"/casework/{case.reference}/turn-away/")
    assert answer.status_code == 409
    assert "It is no repeat: no earlier case gave an answer about item 1." in page(answer)
    answer = desk.post(f"/casework/{case.reference}/turn-away/", {"rule": "repeat", "reason": WHY})
    assert answer.status_code == 409


def test_where_one_person_decides_the_button_says_so(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, repeat: Case, caseworker: Actor
) -> None:
    changed(monkeypatch, "redress-model", approval={"second_person": False, **READ})
    desk = client_of(caseworker)
    at = f"/casework/{repeat.reference}/turn-away/"
    assert "Turn the case away now" in page(desk.get(at))
    assert "The case is turned away. The person is told." in page(
        desk.post(at, {"rule": "repeat", "reason": WHY}, follow=True)
    )


def test_somebody_who_asks_again_is_told_kindly_and_never_stopped(client_of: ClientOf, person: Actor) -> None:
    record = factories.record_for(person)
    earlier = case_at(Status.SERVED, person=person, items=[factories.item(record)], answers=REJECTED)
    draft = complete(person, Target(record.pk))
    mine = client_of(person)
    for path in (step("details", draft, draft.items.get().pk), step("check", draft)):
        shown = page(mine.get(path))
        assert "You had a case about this before:" in shown and earlier.reference in shown
        assert "You can ask again. It helps most if you say what is new" in shown
        assert "If nothing is new, your case may be turned away." in shown
    assert mine.post(step("check", draft)).status_code == 302
    assert Case.objects.filter(subject_id=person.own_subject).count() == 2


def test_who_asks_for_the_first_time_is_told_nothing_of_it(client_of: ClientOf, person: Actor) -> None:
    draft = complete(person, Target(factories.record_for(person).pk))
    assert "You had a case about this before" not in page(client_of(person).get(step("check", draft)))


def test_what_came_on_paper_is_entered(client_of: ClientOf, holder: Organisation, supervisor: Actor) -> None:
    person = factories.person()
    clerk, worker = factories.staff(Role.CASEWORKER, holder), factories.staff(Role.CASEWORKER, holder)
    record = factories.record_for(person)
    case_at(Status.SERVED, person=person, items=[factories.item(record)], answers=REJECTED)
    assert person.subject_id
    case = operations.enter_dispute(
        person.subject_id,
        procedure_id="redress-model",
        items=[factories.item(record)],
        received_on=(AT + 2 * DAY).date(),
        standing=Standing.SELF,
        answer_by=AnswerBy.LETTER,
        address="1 Sample Road",
        language="en",
        by=clerk,
        at=AT + 2 * DAY,
    )
    operations.take(case.pk, by=worker, at=AT + 2 * DAY)
    screening = operations.propose_screening(case.pk, rule="repeat", reasons=WHY, by=worker, at=AT + 2 * DAY)
    operations.approve_screening(case.pk, seen=screening.proposed_at, by=supervisor, at=AT + 2 * DAY)
    desk = client_of(clerk)
    at = f"/casework/{case.reference}/"
    assert "Enter what came on paper that is new" in page(desk.get(at))
    letters = page(desk.get(reverse("appeals:letters")))
    assert "Your case was turned away" in letters
    assert desk.post(f"{at}paper/something-new/", {"words": ""}).status_code == 422
    day = {"received_on_day": "4", "received_on_month": "11", "received_on_year": "2026"}
    done = page(desk.post(f"{at}paper/something-new/", {"words": "A new judgment.", **day}, follow=True))
    assert "It is entered, and the person is told." in done and "A new judgment." in done
    assert desk.get(f"{at}paper/something-new/").status_code == 409


# --- API ------------------------------------------------------------------------------------------


def test_the_api_tells_the_answer_and_takes_what_is_new(told: Case, person: Actor, other_person: Actor) -> None:
    mine = as_person(person)
    at = f"/cases/{told.reference}/"
    case = mine.get(at).json()
    assert case["status"] == "screened_out" and case["whose_turn"] == "person"
    assert set(case["open_to_you"]) == {"add_evidence", "revive", "read_why_turned_away"}
    assert [each["status"] for each in case["earlier_cases"]] == ["served"]
    assert mine.get(f"{at}decision/").status_code == 404
    said = mine.get(f"{at}turned-away/").json()
    assert (said["rule"], said["reasons"]) == ("repeat", "We answered this in May.")
    assert said["review"]["handled"] == "here" and said["served_at"]
    assert said["something_new"][0].startswith("If you have something new, tell us.")
    assert mine.get(said["letter"].removeprefix("/api/v1")).content.startswith(b"%PDF")
    assert as_person(other_person).get(f"{at}turned-away/").status_code == 404

    empty = mine.post(f"{at}revival/", {"words": ""}, key="nothing-new")
    assert empty.status_code == 422
    assert [each["pointer"] for each in empty.json()["errors"]] == ["#/words"]
    back = mine.post(f"{at}revival/", {"words": "I found the receipt."}, key="something-new")
    assert back.status_code == 200, back.json()
    again = mine.post(f"{at}revival/", {"words": "I found the receipt."}, key="something-new")
    assert again.json() == back.json() and again["Idempotent-Replayed"] == "true"
    (before,) = back.json()["turned_away"]
    assert (before["reasons"], before["news"]) == ("We answered this in May.", "I found the receipt.")
    assert back.json()["status"] == "filed" and back.json()["due"]["latest"] == "2026-11-25"
    conflict = mine.post(f"{at}revival/", {"words": "More."}, key="once-more")
    assert (conflict.status_code, conflict.json()["case_status"]) == (409, "filed")
    assert mine.get(f"{at}turned-away/").status_code == 404


def test_before_filing_the_api_names_earlier_cases(person: Actor) -> None:
    record = factories.record_for(person)
    earlier = case_at(Status.SERVED, person=person, items=[factories.item(record)], answers=REJECTED)
    found = as_person(person).get(f"/procedures/?record={record.pk}").json()
    assert [each["reference"] for each in found["earlier_cases"]] == [earlier.reference]


def test_the_api_says_where_another_case_about_the_same_goes_on(told: Case, person: Actor) -> None:
    record = told.items.select_related("record").get().record
    newer = case_at(Status.FILED, person=person, items=[factories.item(record)], at=AT + 2 * DAY)
    mine = as_person(person)
    answer = mine.post(f"/cases/{told.reference}/revival/", {"words": "New."}, key="again-and-again")
    assert (answer.status_code, answer.json()["case"]) == (409, newer.reference)


def test_a_case_page_asks_as_often_for_many_earlier_cases_as_for_few(
    client_of: ClientOf, person: Actor, caseworker: Actor
) -> None:
    record = factories.record_for(person)
    desk = client_of(caseworker)
    asked = []
    for number in (1, 4):
        for _ in range(number):
            case_at(Status.SERVED, person=person, items=[factories.item(record)], answers=REJECTED)
        case = case_at(Status.FILED, person=person, items=[factories.item(record)], at=AT + DAY)
        asked.append(len(queries_of(partial(desk.get, f"/casework/{case.reference}/"))))
        operations.withdraw(case.pk, by=person, at=AT + DAY)
        operations.conclude_withdrawal(case.pk, at=AT + 90 * DAY)
    assert asked[0] == asked[1]
