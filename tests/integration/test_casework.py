"""Casework: who may, in what order, with reasons for every item, by two people."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Organisation, Role, User
from appeals import access, errors, operations, queries
from appeals.access import NotAllowed
from appeals.models import Case, ItemOutcome, Outcome, Remedy
from appeals.workflow import Action, IllegalStep, Status
from audit import queries as log
from audit.models import Entry
from delivery.models import Message
from tests import factories
from tests.factories import AT, answers_to, case_at

pytestmark = pytest.mark.django_db
SOON = AT + timedelta(hours=1)


def test_a_caseworker_takes_and_gives_back_with_a_reason(caseworker: Actor) -> None:
    case = case_at(Status.FILED)
    taken = operations.take(case.pk, by=caseworker, at=SOON)
    assert (taken.status, taken.caseworker_id) == (Status.IN_REVIEW, caseworker.user_id)
    with pytest.raises(errors.ReasonMissing):
        operations.give_back(case.pk, reason="  ", by=caseworker, at=SOON)
    back = operations.give_back(case.pk, reason="I know the family.", by=caseworker, at=SOON)
    assert (back.status, back.caseworker_id) == (Status.FILED, None)


def test_the_second_of_two_takers_is_told(caseworker: Actor, other_caseworker: Actor) -> None:
    case = case_at(Status.FILED)
    operations.take(case.pk, by=caseworker, at=SOON)
    with pytest.raises(IllegalStep) as caught:
        operations.take(case.pk, by=other_caseworker, at=SOON)
    assert caught.value.status == Status.IN_REVIEW


def code_of(action: Action, actor: Actor, case: Case) -> str:
    with pytest.raises(NotAllowed) as caught:
        access.check(actor, action, case)
    assert access.why_not(actor, action, case) == str(caught.value)
    return caught.value.code


def test_whoever_entered_the_data_cannot_take_or_approve(holder: Organisation, person: Actor) -> None:
    both = factories.staff(Role.CASEWORKER, holder, Role.SUPERVISOR)
    record = factories.record_for(person, entered_by=both.user_id)
    case = case_at(Status.FILED, person=person, items=[factories.item(record)])
    assert code_of(Action.TAKE, both, case) == "entered_it"
    waiting = case_at(
        Status.AWAITING_APPROVAL,
        person=person,
        items=[factories.item(record, ground="inaccurate", field="amount", wanted="1.00")],
        answers=[{"remedy": "correct", "value": "1.00"}],
    )
    assert code_of(Action.APPROVE, both, waiting) == "entered_it"


def test_the_staff_of_the_source_cannot_take(holder: Organisation, person: Actor) -> None:
    worker = factories.staff(Role.CASEWORKER, holder)
    user = User.objects.get(pk=worker.own_user)
    seat = factories.seat(user, Role.AUDITOR, factories.organisation("sample-court"))
    case = case_at(Status.FILED, person=person, items=[factories.item(factories.record_for(person))])
    assert code_of(Action.TAKE, replace(worker, seats=(*worker.seats, seat)), case) == "source_staff"


def test_who_said_what_the_data_says_now_does_not_decide_about_it_again(
    holder: Organisation, person: Actor, caseworker: Actor, other_caseworker: Actor
) -> None:
    head = factories.staff(Role.SUPERVISOR, holder, Role.CASEWORKER)
    record = factories.record_for(person)
    wrong = factories.item(record, ground="inaccurate", field="amount", wanted="1.00")
    correction = [{"remedy": "correct", "value": "1.00"}]
    status = Status.SERVED
    first = case_at(status, person=person, caseworker=caseworker, supervisor=head, items=[wrong], answers=correction)
    factories.carry_out(first)
    again = factories.item(record, ground="inaccurate", field="amount", wanted="2.00")
    second = case_at(Status.FILED, person=person, items=[again], at=AT + timedelta(days=2))
    for part_of_the_first in (caseworker, head):
        assert code_of(Action.TAKE, part_of_the_first, second) == "corrected_it"
    assert operations.take(second.pk, by=other_caseworker, at=AT + timedelta(days=3)).status == Status.IN_REVIEW
    [remedy] = Remedy.objects.filter(case=first)
    operations.undo_remedy(
        remedy.pk, reason="x", by=factories.staff(Role.SUPERVISOR, holder), at=AT + timedelta(days=4)
    )
    access.check_independent(caseworker, second)


def test_only_caseworkers_of_the_holder_take(supervisor: Actor, source_officer: Actor, person: Actor) -> None:
    case = case_at(Status.FILED)
    elsewhere = factories.staff(Role.CASEWORKER, "another-holder")
    for actor in (supervisor, source_officer, person, elsewhere):
        assert code_of(Action.TAKE, actor, case) == "no_caseworker"


def test_nobody_approves_their_own_draft(holder: Organisation) -> None:
    both = factories.staff(Role.CASEWORKER, holder, Role.SUPERVISOR)
    case = case_at(Status.AWAITING_APPROVAL, caseworker=both)
    assert code_of(Action.APPROVE, both, case) == "own_draft"


def test_a_draft_stays_ones_own_when_somebody_else_saves_it_again(holder: Organisation, caseworker: Actor) -> None:
    both = factories.staff(Role.CASEWORKER, holder, Role.SUPERVISOR)
    case = case_at(Status.IN_REVIEW, caseworker=both)
    operations.draft(case.pk, answers_to(case), by=both, at=SOON)
    operations.give_back(case.pk, reason="I am away.", by=both, at=SOON)
    operations.take(case.pk, by=caseworker, at=SOON)
    operations.draft(case.pk, answers_to(case), by=caseworker, at=SOON)
    handed_over = operations.submit(case.pk, by=caseworker, at=SOON)
    assert code_of(Action.APPROVE, both, handed_over) == "own_draft"


def test_the_law_of_the_procedure_asks_for_a_second_person_or_not(caseworker: Actor) -> None:
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    assert code_of(Action.DECIDE, caseworker, case) == "second_person"
    someone = factories.person()
    tradeline = factories.record_for(someone, "us-credit-file", "tradeline", ())
    us = case_at(
        Status.DECIDED,
        person=someone,
        items=[factories.item(tradeline, ground="unverifiable")],
        programme="us-credit-file",
        procedure="us-fcra-cra-dispute",
    )
    assert us.decision.approved_by is None
    assert us.decision.decided_at is not None


def test_only_the_one_who_has_the_case_drafts(caseworker: Actor, other_caseworker: Actor) -> None:
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    with pytest.raises(NotAllowed):
        operations.draft(case.pk, answers_to(case), by=other_caseworker, at=SOON)


@pytest.mark.parametrize(
    ("difference", "field"),
    [
        ({"outcome": ""}, "outcome"),
        ({"outcome": "perhaps"}, "outcome"),
        ({"reasons": " \n"}, "reasons"),
        ({"reasons": "\u200b \u3164\u2060"}, "reasons"),
        ({"remedy": ""}, "remedy"),
        ({"remedy": "lift"}, "remedy"),
        ({"outcome": Outcome.REJECTED, "remedy": "delete"}, "remedy"),
        ({"outcome": Outcome.UNVERIFIABLE, "remedy": "detach"}, "remedy"),
    ],
)
def test_every_item_needs_a_fitting_outcome_and_reasons(
    caseworker: Actor, difference: dict[str, Any], field: str
) -> None:
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    given = {"outcome": Outcome.UPHELD, "remedy": "detach", **difference}
    with pytest.raises(errors.DecisionIncomplete) as caught:
        operations.draft(case.pk, answers_to(case, [given]), by=caseworker, at=SOON)
    assert (1, field) in caught.value.problems
    assert not ItemOutcome.objects.exists()


def test_a_correction_needs_a_field_and_a_value_of_the_catalogue(caseworker: Actor, person: Actor) -> None:
    item = factories.item(factories.record_for(person), ground="inaccurate", wanted="less")
    case = case_at(Status.IN_REVIEW, caseworker=caseworker, person=person, items=[item])
    for given, field in (({}, "field"), ({"field": "amount", "value": "much"}, "value")):
        answers = answers_to(case, [{"remedy": "correct", **given}])
        with pytest.raises(errors.DecisionIncomplete) as caught:
            operations.draft(case.pk, answers, by=caseworker, at=SOON)
        assert list(caught.value.problems) == [(1, field)]
        assert "much" not in str(caught.value.problems)


def test_an_item_left_out_is_named(caseworker: Actor, person: Actor) -> None:
    items = [factories.item(factories.record_for(person)) for _ in range(2)]
    case = case_at(Status.IN_REVIEW, caseworker=caseworker, person=person, items=items)
    with pytest.raises(errors.DecisionIncomplete) as caught:
        operations.draft(case.pk, answers_to(case)[:1], by=caseworker, at=SOON)
    assert (2, "outcome") in caught.value.problems


def test_without_a_draft_nothing_is_submitted(caseworker: Actor) -> None:
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    with pytest.raises(errors.DecisionIncomplete):
        operations.submit(case.pk, by=caseworker, at=SOON)


def test_the_approver_approves_the_draft_that_was_read(caseworker: Actor, supervisor: Actor) -> None:
    case = case_at(Status.AWAITING_APPROVAL, caseworker=caseworker)
    with pytest.raises(errors.DraftMoved):
        operations.approve(case.pk, seen=AT, by=supervisor, at=SOON)
    operations.send_back(case.pk, reason="Say which judgment.", by=supervisor, at=SOON)
    case.refresh_from_db()
    assert case.status == Status.IN_REVIEW
    assert queries.send_back_note(case) == "Say which judgment."
    again = SOON + timedelta(hours=9)
    operations.draft(case.pk, answers_to(case), by=caseworker, at=again)
    operations.submit(case.pk, by=caseworker, at=again)
    decided = operations.approve(case.pk, seen=again, by=supervisor, at=again)
    assert decided.status == Status.DECIDED


def test_a_decision_orders_remedies_and_tells_the_person() -> None:
    case = case_at(Status.DECIDED)
    assert Remedy.objects.get(case=case).kind == "detach"
    assert Message.objects.filter(kind="decision_ready", case_id=case.pk).count() == 1


def test_reasons_and_words_never_stand_in_clear() -> None:
    case = case_at(Status.DECIDED)
    reasons = b"The court sent the record of another person."
    words = b"I never had a court case in that province."
    rows = [bytes(answer.sealed) for answer in ItemOutcome.objects.all()]
    rows += [bytes(item.sealed) for item in case.items.all()]
    rows += [bytes(entry.leaf) for entry in Entry.objects.all()]
    assert not [row for row in rows if reasons in row or words in row]


def test_staff_who_open_a_case_leave_an_entry_and_an_access(caseworker: Actor) -> None:
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    opened = queries.open_items(case, caseworker, at=SOON)
    assert opened[0].words.startswith("I never")
    assert opened[0].as_disputed is not None
    assert queries.looks_at(case) == 1
    access_row = case.items.get().record.accesses.get()
    assert (access_row.role, access_row.number) == (caseworker.seats[0].role, caseworker.seats[0].number)
    assert access_row.case_id == case.pk


def test_a_look_is_noted_for_the_organisation_that_decides(holder: Organisation, caseworker: Actor) -> None:
    elsewhere = factories.seat(User.objects.get(pk=caseworker.own_user), Role.CASEWORKER, factories.organisation("x"))
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    queries.open_items(case, replace(caseworker, seats=(elsewhere, *caseworker.seats)), at=SOON)
    assert case.items.get().record.accesses.get().organisation_id == holder.pk


def test_other_staff_cannot_open_a_case(source_officer: Actor, other_person: Actor) -> None:
    case = case_at(Status.FILED)
    for actor in (source_officer, other_person, factories.staff(Role.CASEWORKER, "another-holder")):
        with pytest.raises(Case.DoesNotExist):
            queries.case_for(actor, case.reference)
        with pytest.raises(NotAllowed):
            queries.open_items(case, actor, at=SOON)


def test_somebody_with_two_roles_signs_in_the_one_that_acts(holder: Organisation) -> None:
    both = factories.staff(Role.CASEWORKER, holder, Role.SUPERVISOR)
    case = case_at(Status.AWAITING_APPROVAL)
    operations.approve(case.pk, seen=case.decision.submitted_at or AT, by=both, at=SOON)
    entry = Entry.objects.get(case_id=case.pk, event_type="case.decided")
    assert str(log.opened([entry.entry_id])[entry.entry_id]["actor"]).startswith("supervisor:")
