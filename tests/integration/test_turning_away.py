"""Turning a case away: only by a rule that was read, by people, with reasons, in time; and something new revives it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from accounts.actors import SERVICE, Actor
from accounts.models import Organisation, Role
from appeals import against_log, errors, integrity, operations, queries, turned_away
from appeals.access import NotAllowed
from appeals.models import Case, Clock, ClockState, Outcome, Screening
from appeals.operations import NewEvidence
from appeals.queries import Obstacle
from appeals.queries.contested import contested
from appeals.sealed import seal
from appeals.workflow import IllegalStep, Status
from delivery.models import Message
from law import procedures
from records import operations as records
from records.models import Mark, Measure, MeasureState
from tests import factories
from tests.factories import AT, case_at
from tests.laws import READ, changed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WHY = "We answered this in May, and nothing has come since."
FRIVOLOUS = {
    "id": "frivolous",
    "text": {"en": "It gives no reason.", "zh": "没有理由。"},
    "contents": ["reasons"],
    "revived_by": ["new_information"],
    "next_tier": "second",
    **READ,
}


def refused(code: str, *given: Any, **named: Any) -> None:
    with pytest.raises(NotAllowed) as caught:
        operations.propose_screening(*given, **named)
    assert caught.value.code == code
    assert str(caught.value.sentence)


@pytest.fixture
def proposed(person: Actor, caseworker: Actor, supervisor: Actor) -> Case:
    """The same again, a day after it was answered; a second person has still to agree."""
    return case_at(Status.SCREENING, person=person, caseworker=caseworker, supervisor=supervisor)


@pytest.fixture
def told(person: Actor, caseworker: Actor, supervisor: Actor) -> Case:
    """Turned away on 3 November, and the person has read it."""
    return case_at(Status.SCREENING_SERVED, person=person, caseworker=caseworker, supervisor=supervisor)


@pytest.fixture
def in_review(person: Actor, caseworker: Actor) -> Case:
    return case_at(Status.IN_REVIEW, person=person, caseworker=caseworker)


def wrong(at: datetime) -> list[integrity.Finding]:
    """What does not hold, but for what a sweep would have done by then."""
    left = ("overdue", "overlooked")
    return [each for each in integrity.findings(at) if not each.code.endswith(left)]


def clock(case: Case, name: str) -> Clock:
    return Clock.objects.get(case=case, name=name)


# --- turning away ---------------------------------------------------------------------------------


def test_two_people_turn_a_repeat_away_and_the_person_is_told_why(
    proposed: Case, supervisor: Actor, person: Actor
) -> None:
    assert not Message.objects.filter(case_id=proposed.pk, kind="screening_ready").exists()
    seen = proposed.screenings.get().proposed_at
    case = operations.approve_screening(proposed.pk, seen=seen, by=supervisor, at=AT + 2 * DAY)
    assert case.status == Status.SCREENED_OUT
    assert Message.objects.get(case_id=case.pk, kind="screening_ready").mail_state == "waiting"
    answer = turned_away.answer_of(case)
    assert answer.reasons == "We answered this in May."
    assert answer.cite == "Redress model procedure, rule 23"
    assert [signer.did for signer in answer.signers] == ["proposed it", "agreed to it"]
    assert answer.tier_title == "Second look"
    assert clock(case, "decide").state == ClockState.DONE


def test_nothing_ends_or_starts_before_the_person_is_told_and_then_as_after_a_rejection(
    proposed: Case, supervisor: Actor, person: Actor
) -> None:
    seen = proposed.screenings.get().proposed_at
    operations.approve_screening(proposed.pk, seen=seen, by=supervisor, at=AT + 2 * DAY)
    assert Mark.objects.filter(case_id=proposed.pk, ended_at=None).exists()
    mine = Measure.objects.filter(suspended_by_case=proposed.pk)
    # The earlier case still holds what it stopped; this one stops nothing more.
    assert set(mine.values_list("resumes_on", flat=True)) <= {None}
    case = operations.serve(proposed.pk, how="opened", by=person, at=AT + 3 * DAY)
    assert case.status == Status.SCREENING_SERVED
    assert not Mark.objects.filter(case_id=case.pk, ended_at=None).exists()
    answer = turned_away.answer_of(case)
    assert answer.tier_window
    # Thirty days from the 5th of November end on a Saturday.
    assert answer.tier_window.last_day == date(2026, 12, 7)
    assert wrong(AT + 3 * DAY) == []


def test_measures_that_this_case_stopped_get_their_day_only_when_it_is_read(
    monkeypatch: pytest.MonkeyPatch, in_review: Case, caseworker: Actor, supervisor: Actor, person: Actor
) -> None:
    changed(monkeypatch, "redress-model", screening=[FRIVOLOUS])
    at = AT + DAY
    screening = operations.propose_screening(in_review.pk, rule="frivolous", reasons=WHY, by=caseworker, at=at)
    operations.approve_screening(in_review.pk, seen=screening.proposed_at, by=supervisor, at=at)
    assert set(Measure.objects.values_list("state", "resumes_on")) == {("suspended", None)}
    operations.serve(in_review.pk, how="opened", by=person, at=at)
    # Ten working days after Tuesday, 3 November.
    assert set(Measure.objects.values_list("state", "resumes_on")) == {("suspended", date(2026, 11, 17))}
    assert Message.objects.filter(case_id=in_review.pk, kind="measure_resumes").exists()
    factories.resume_due(on=date(2026, 11, 17), at=AT + 16 * DAY)
    assert set(Measure.objects.values_list("state", flat=True)) == {MeasureState.IN_FORCE}


def test_a_second_person_who_does_not_agree_says_why_and_the_case_goes_on(
    proposed: Case, supervisor: Actor, caseworker: Actor
) -> None:
    with pytest.raises(errors.ReasonMissing):
        operations.refuse_screening(proposed.pk, reason=" ", by=supervisor, at=AT + 2 * DAY)
    case = operations.refuse_screening(proposed.pk, reason="There is a new judgment.", by=supervisor, at=AT + 2 * DAY)
    assert (case.status, case.caseworker_id) == (Status.IN_REVIEW, caseworker.user_id)
    (over,) = queries.screenings_over(case)
    assert (over.note, over.row.decided_at) == ("There is a new judgment.", None)
    assert not queries.was_screened_out(case)
    with pytest.raises(turned_away.NotTurnedAway):
        turned_away.answer_of(case)


def test_who_proposed_it_never_approves_it(holder: Organisation, person: Actor) -> None:
    both = factories.staff(Role.CASEWORKER, holder, Role.SUPERVISOR)
    case = case_at(Status.SCREENING, person=person, caseworker=both)
    seen = case.screenings.get().proposed_at
    with pytest.raises(NotAllowed) as caught:
        operations.approve_screening(case.pk, seen=seen, by=both, at=AT + 2 * DAY)
    assert caught.value.code == "own_draft"
    with pytest.raises(NotAllowed):
        operations.refuse_screening(case.pk, reason="No.", by=both, at=AT + 2 * DAY)


def test_whoever_had_a_part_in_the_data_neither_proposes_nor_approves(holder: Organisation, person: Actor) -> None:
    entered = factories.staff(Role.CASEWORKER, holder, Role.SUPERVISOR)
    record = factories.record_for(person, entered_by=entered.user_id)
    items = [factories.item(record)]
    case = case_at(Status.SCREENING, person=person, items=items)
    seen = case.screenings.get().proposed_at
    with pytest.raises(NotAllowed) as caught:
        operations.approve_screening(case.pk, seen=seen, by=entered, at=AT + 2 * DAY)
    assert caught.value.code == "entered_it"


def test_what_was_read_is_what_is_approved(proposed: Case, supervisor: Actor, caseworker: Actor) -> None:
    seen = proposed.screenings.get().proposed_at
    operations.refuse_screening(proposed.pk, reason="Say more.", by=supervisor, at=AT + 2 * DAY)
    again: dict[str, Any] = {"rule": "repeat", "reasons": "Other words.", "by": caseworker, "at": AT + 2 * DAY}
    operations.propose_screening(proposed.pk, **again)
    with pytest.raises(errors.DraftMoved):
        operations.approve_screening(proposed.pk, seen=seen, by=supervisor, at=AT + 3 * DAY)


def test_reasons_are_needed_and_stay_in_the_log(proposed: Case, caseworker: Actor, supervisor: Actor) -> None:
    acts, _looks = queries.acts_and_looks(proposed)
    (said,) = [act.facts for act in acts if act.event == "case.screening_proposed"]
    assert (said["rule"], said["justification"]) == ("repeat", "We answered this in May.")
    assert list(against_log.CHECKS["case.screening_differs"](AT)) == []
    Screening.objects.update(sealed=seal(proposed.subject_id, reasons="Other reasons."))
    assert list(against_log.CHECKS["case.screening_differs"](AT)) == [proposed.pk]
    operations.refuse_screening(proposed.pk, reason="No.", by=supervisor, at=AT + 2 * DAY)
    with pytest.raises(errors.ReasonMissing):
        operations.propose_screening(proposed.pk, rule="repeat", reasons=" \n", by=caseworker, at=AT + 2 * DAY)
    assert Case.objects.get(pk=proposed.pk).status == Status.IN_REVIEW


def test_where_the_procedure_has_no_rule_that_was_read_nobody_is_turned_away() -> None:
    """`us-fcra-cra-dispute` has one for what is frivolous, of which nobody read the words."""
    person = factories.person()
    items = [factories.item(factories.record_for(person, "us-credit-file", "tradeline", ()), ground="inaccurate")]
    procedure, programme = "us-fcra-cra-dispute", "us-credit-file"
    worker = factories.staff(Role.CASEWORKER, "us-credit-agency")
    case = case_at(
        Status.IN_REVIEW, person=person, caseworker=worker, items=items, programme=programme, procedure=procedure
    )
    refused("no_screening_rule", case.pk, rule="frivolous", reasons=WHY, by=worker, at=AT + DAY)
    assert queries.open_rules(case, at=AT) == []


def test_what_nobody_answered_before_is_no_repeat(in_review: Case, caseworker: Actor) -> None:
    named: dict[str, Any] = {"reasons": WHY, "by": caseworker, "at": AT + DAY}
    refused("no_repeat", in_review.pk, rule="repeat", **named)
    refused("no_such_rule", in_review.pk, rule="frivolous", **named)
    refused("no_such_rule", in_review.pk, rule="incomplete", **named)
    assert Case.objects.get(pk=in_review.pk).status == Status.IN_REVIEW


def test_a_case_that_was_withdrawn_answered_nothing(person: Actor, caseworker: Actor) -> None:
    items = [factories.item(factories.record_for(person))]
    case_at(Status.WITHDRAWN, person=person, items=items)
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker, items=items, at=AT + 40 * DAY)
    (earlier,) = queries.earlier_cases(case)
    assert not earlier.is_answered
    refused("no_repeat", case.pk, rule="repeat", reasons=WHY, by=caseworker, at=AT + 41 * DAY)


def test_one_item_that_is_new_keeps_the_whole_case(person: Actor, caseworker: Actor) -> None:
    old, new = factories.record_for(person), factories.record_for(person, values={"case_number": "(2025)样0101执9号"})
    answers = [{"outcome": Outcome.REJECTED, "remedy": ""}]
    case_at(Status.SERVED, person=person, items=[factories.item(old)], answers=answers)
    items = [factories.item(old), factories.item(new)]
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker, items=items, at=AT + DAY)
    refused("no_repeat", case.pk, rule="repeat", reasons=WHY, by=caseworker, at=AT + 2 * DAY)
    (earlier,) = queries.earlier_cases(case)
    (item,) = earlier.items
    assert (item.number, item.same_thing, item.same_ground, item.same_version) == (1, True, True, True)
    assert item.outcome == Outcome.REJECTED


def test_after_the_time_that_the_procedure_sets_nobody_is_turned_away_any_more(
    monkeypatch: pytest.MonkeyPatch, in_review: Case, caseworker: Actor, supervisor: Actor, person: Actor
) -> None:
    """Where a refusal must be told within five days of receipt, both people have to act within them."""
    rule = {**FRIVOLOUS, "told_by": "notify_refusal"}
    clocks = procedure_clocks() | {"notify_refusal": {"start": "received", "length": 5, "unit": "calendar_day", **READ}}
    changed(monkeypatch, "redress-model", screening=[rule], clocks=clocks)
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker)
    (open_rule,) = queries.open_rules(case, at=AT)
    assert open_rule.last_day == date(2026, 11, 7)
    refused("too_late", case.pk, rule="frivolous", reasons=WHY, by=caseworker, at=AT + 6 * DAY)
    at = AT + 4 * DAY
    screening = operations.propose_screening(case.pk, rule="frivolous", reasons=WHY, by=caseworker, at=at)
    with pytest.raises(NotAllowed) as caught:
        operations.approve_screening(case.pk, seen=screening.proposed_at, by=supervisor, at=AT + 6 * DAY)
    assert caught.value.code == "too_late"
    # It is not lost: the second person sends it back, and it is looked into.
    assert (
        operations.refuse_screening(case.pk, reason="Too late.", by=supervisor, at=AT + 6 * DAY).status == "in_review"
    )


def procedure_clocks() -> dict[str, object]:
    return dict(procedures.procedure("redress-model").model_dump(exclude_unset=True)["clocks"])


def test_where_one_person_decides_one_person_turns_away(
    monkeypatch: pytest.MonkeyPatch, in_review: Case, caseworker: Actor
) -> None:
    named: dict[str, Any] = {"rule": "frivolous", "reasons": WHY, "by": caseworker, "at": AT + DAY}
    changed(monkeypatch, "redress-model", screening=[FRIVOLOUS])
    with pytest.raises(NotAllowed) as caught:
        operations.screen_out(in_review.pk, **named)
    assert caught.value.code == "second_person"
    changed(monkeypatch, "redress-model", approval={"second_person": False, **READ})
    case = operations.screen_out(in_review.pk, **named)
    assert case.status == Status.SCREENED_OUT
    assert [signer.did for signer in turned_away.answer_of(case).signers] == ["decided"]


def test_a_withdrawal_ends_the_proposal(proposed: Case, person: Actor, supervisor: Actor) -> None:
    operations.withdraw(proposed.pk, by=person, at=AT + 2 * DAY)
    assert queries.screening_that_stands(proposed) is None
    assert operations.undo_withdrawal(proposed.pk, by=person, at=AT + 2 * DAY).status == Status.FILED
    with pytest.raises(IllegalStep):
        operations.refuse_screening(proposed.pk, reason="No.", by=supervisor, at=AT + 3 * DAY)


def test_the_draft_of_an_answer_stays_hidden(
    proposed: Case, supervisor: Actor, caseworker: Actor, person: Actor
) -> None:
    """A caseworker who had begun to answer the points turns the case away: the person reads only why that was."""
    operations.refuse_screening(proposed.pk, reason="No.", by=supervisor, at=AT + 2 * DAY)
    operations.draft(proposed.pk, factories.answers_to(proposed), by=caseworker, at=AT + 2 * DAY)
    again: dict[str, Any] = {"rule": "repeat", "reasons": WHY, "by": caseworker, "at": AT + 2 * DAY}
    screening = operations.propose_screening(proposed.pk, **again)
    operations.approve_screening(proposed.pk, seen=screening.proposed_at, by=supervisor, at=AT + 2 * DAY)
    case = operations.serve(proposed.pk, how="opened", by=person, at=AT + 3 * DAY)
    assert [item.answer for item in queries.open_items(case, person, at=AT + 3 * DAY)] == [None]
    assert not Mark.objects.filter(case_id=case.pk, ended_at=None).exists()
    assert wrong(AT + 3 * DAY) == []


# --- something new --------------------------------------------------------------------------------


def test_something_new_begins_the_case_anew(told: Case, person: Actor, caseworker: Actor) -> None:
    at = AT + 10 * DAY  # Thursday, 12 November
    case = operations.revive(told.pk, words="I found the receipt.", by=person, at=at)
    assert (case.status, case.caseworker_id, case.served_at) == (Status.FILED, None, None)
    assert Mark.objects.filter(case_id=case.pk, ended_at=None).exists()
    decide = clock(case, "decide")
    assert (decide.state, decide.due_latest) == (ClockState.RUNNING, date(2026, 12, 3))  # fifteen working days
    assert case.decide_by_latest == date(2026, 12, 3)
    assert clock(case, "acknowledge").state == ClockState.DONE
    assert not Clock.objects.filter(case=case, name="review_file_by").exists()
    (over,) = queries.screenings_over(case)
    assert (over.reasons, over.news) == ("We answered this in May.", "I found the receipt.")
    assert Message.objects.filter(case_id=case.pk, kind="case_revived").exists()
    assert Message.objects.get(kind="holder_told_revived").organisation_id == case.holder_id
    assert "case.revived" in [each.event for each in queries.timeline(case)]
    assert wrong(at) == []


def test_what_rests_on_it_stops_again(
    monkeypatch: pytest.MonkeyPatch, in_review: Case, caseworker: Actor, supervisor: Actor, person: Actor
) -> None:
    changed(monkeypatch, "redress-model", screening=[FRIVOLOUS])
    said: dict[str, Any] = {"rule": "frivolous", "reasons": WHY, "by": caseworker}
    for day, resumed in ((1, False), (60, True)):
        at = AT + day * DAY
        screening = operations.propose_screening(in_review.pk, **said, at=at)
        operations.approve_screening(in_review.pk, seen=screening.proposed_at, by=supervisor, at=at)
        operations.serve(in_review.pk, how="opened", by=person, at=at)
        if resumed:
            factories.resume_due(on=(at + 30 * DAY).date(), at=at + 30 * DAY)
        at += 31 * DAY if resumed else DAY
        states = set(Measure.objects.values_list("state", flat=True))
        assert states == {MeasureState.IN_FORCE if resumed else MeasureState.SUSPENDED}
        operations.revive(in_review.pk, words="A new paper.", by=person, at=at)
        assert set(Measure.objects.values_list("state", "resumes_on")) == {("suspended", None)}
        caseworker = factories.staff(Role.CASEWORKER, in_review.holder)
        supervisor = factories.staff(Role.SUPERVISOR, in_review.holder)
        said["by"] = caseworker
        operations.take(in_review.pk, by=caseworker, at=at)


def test_words_or_a_file_that_came_since(told: Case, person: Actor) -> None:
    with pytest.raises(errors.NothingNew):
        operations.revive(told.pk, words=" ", by=person, at=AT + 3 * DAY)
    operations.add_evidence(told.pk, NewEvidence.of("new.txt", b"Paid."), by=person, at=AT + 4 * DAY)
    told.refresh_from_db()
    assert told.status == Status.SCREENING_SERVED
    assert operations.revive(told.pk, words="", by=person, at=AT + 4 * DAY).status == Status.FILED


def test_it_can_be_revived_before_it_was_read(proposed: Case, supervisor: Actor, person: Actor) -> None:
    seen = proposed.screenings.get().proposed_at
    operations.approve_screening(proposed.pk, seen=seen, by=supervisor, at=AT + 2 * DAY)
    assert operations.revive(proposed.pk, words="Wait.", by=person, at=AT + 2 * DAY).status == Status.FILED
    with pytest.raises(IllegalStep):
        operations.serve(proposed.pk, how="deemed", by=SERVICE, at=AT + 3 * DAY)


def test_nobody_but_the_person_revives_it(told: Case, other_person: Actor, caseworker: Actor) -> None:
    for by in (other_person, caseworker):
        with pytest.raises(NotAllowed):
            operations.revive(told.pk, words="x", by=by, at=AT + 3 * DAY)


def test_the_same_two_people_do_not_turn_it_away_again(
    told: Case, person: Actor, caseworker: Actor, supervisor: Actor, holder: Organisation
) -> None:
    operations.revive(told.pk, words="I found the receipt.", by=person, at=AT + 3 * DAY)
    operations.take(told.pk, by=caseworker, at=AT + 3 * DAY)
    again: dict[str, Any] = {"rule": "repeat", "reasons": WHY, "at": AT + 4 * DAY}
    refused("turned_it_away", told.pk, by=caseworker, **again)
    operations.give_back(told.pk, reason="Somebody else.", by=caseworker, at=AT + 4 * DAY)
    other = factories.staff(Role.CASEWORKER, holder)
    operations.take(told.pk, by=other, at=AT + 4 * DAY)
    screening = operations.propose_screening(told.pk, by=other, **again)
    with pytest.raises(NotAllowed) as caught:
        operations.approve_screening(told.pk, seen=screening.proposed_at, by=supervisor, at=AT + 4 * DAY)
    assert caught.value.code == "turned_it_away"


def test_filing_again_is_never_blocked_and_then_the_newer_case_is_the_one(told: Case, person: Actor) -> None:
    item = told.items.select_related("record").get()
    newer = case_at(Status.FILED, person=person, items=[factories.item(item.record)], at=AT + 3 * DAY)
    assert queries.earlier_about(person, [item.record_id])[0] == told
    with pytest.raises(errors.AlreadyDisputed) as caught:
        operations.revive(told.pk, words="New.", by=person, at=AT + 4 * DAY)
    assert caught.value.reference == newer.reference


def test_what_has_left_the_file_cannot_be_looked_into(told: Case, person: Actor) -> None:
    record_id = told.items.get().record_id
    records.delete(record_id, case_id=told.pk, by=SERVICE, at=AT + 3 * DAY)
    with pytest.raises(errors.NothingLeft):
        operations.revive(told.pk, words="New.", by=person, at=AT + 4 * DAY)


# --- service, windows, keeping --------------------------------------------------------------------


def mailed(case: Case, at: object) -> None:
    Message.objects.filter(case_id=case.pk, kind="screening_ready", sent_at=None).update(sent_at=at)


def test_it_counts_as_told_by_the_rule_of_service_each_time_by_its_own_message(
    proposed: Case, supervisor: Actor, person: Actor, holder: Organisation
) -> None:
    seen = proposed.screenings.get().proposed_at
    operations.approve_screening(proposed.pk, seen=seen, by=supervisor, at=AT + 2 * DAY)
    mailed(proposed, AT + 2 * DAY)
    assert queries.deemed_served(AT + 30 * DAY) == [proposed.pk]
    assert queries.deemed_served(AT + 5 * DAY) == []
    operations.revive(proposed.pk, words="New.", by=person, at=AT + 4 * DAY)
    worker, head = factories.staff(Role.CASEWORKER, holder), factories.staff(Role.SUPERVISOR, holder)
    at = AT + 28 * DAY
    operations.take(proposed.pk, by=worker, at=at)
    screening = operations.propose_screening(proposed.pk, rule="repeat", reasons=WHY, by=worker, at=at)
    operations.approve_screening(proposed.pk, seen=screening.proposed_at, by=head, at=at)
    assert queries.deemed_served(AT + 30 * DAY) == []
    mailed(proposed, at)
    assert queries.deemed_served(at + 30 * DAY) == [proposed.pk]


def test_it_closes_when_the_time_for_the_next_tier_is_over_and_then_a_new_dispute_is_the_way(
    told: Case, person: Actor
) -> None:
    assert told.pk not in queries.windows_ended(date(2026, 12, 3))
    with pytest.raises(errors.TooEarly):
        operations.close(told.pk, at=AT + 10 * DAY)
    assert told.pk in queries.windows_ended(date(2026, 12, 10))
    operations.close(told.pk, at=AT + 60 * DAY)
    with pytest.raises(IllegalStep):
        operations.revive(told.pk, words="New.", by=person, at=AT + 61 * DAY)
    item = told.items.select_related("record").get()
    assert case_at(Status.FILED, person=person, items=[factories.item(item.record)], at=AT + 61 * DAY)
    assert turned_away.answer_of(Case.objects.get(pk=told.pk)).reasons
    assert wrong(AT + 61 * DAY) == []


def test_where_no_time_for_it_ends_it_stays_open_for_something_new_and_keeps_nothing_in_the_file(
    monkeypatch: pytest.MonkeyPatch, caseworker: Actor, person: Actor
) -> None:
    second = procedures.procedure("redress-model").tiers[1].model_dump(exclude_unset=True, exclude={"file_by"})
    first = procedures.procedure("redress-model").tiers[0].model_dump(exclude_unset=True)
    changed(monkeypatch, "redress-model", screening=[FRIVOLOUS], tiers=[first, second])
    items = [factories.item(factories.record_for(person))]
    case = case_at(Status.SCREENING_SERVED, person=person, caseworker=caseworker, items=items)
    assert case.pk not in queries.windows_ended(date(2030, 1, 1))
    with pytest.raises(errors.TooEarly):
        operations.close(case.pk, at=AT + 600 * DAY)
    assert queries.holds_on([items[0].record_id]) == {}
    assert [each.is_open for each in contested([items[0].record_id])] == [False]
    assert Obstacle.WINDOW not in queries.obstacles([case.subject_id], asked_by_person=False, at=AT + 600 * DAY)
    assert turned_away.answer_of(case).tier_window is None
    assert operations.revive(case.pk, words="New.", by=person, at=AT + 600 * DAY).status == Status.FILED
    assert Screening.objects.get(case=case).ended_at
