"""Every step of a case has its event, its sentence and a decision about telling the person; every status one owner."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.actors import SERVICE, Actor
from accounts.models import Role
from appeals import access, operations, presentation
from appeals.forms.caseworker import TURNS
from appeals.models import Case, LateFiling
from appeals.models.case import STATUS_CHOICES
from appeals.queries.acts import HIDDEN
from appeals.views.caseworker import shown
from appeals.workflow import FINAL, OPEN, OWNERS, STEPS, Action, Owner, Status, actions
from audit.events import EVENTS
from audit.models import Entry
from delivery.models import Message
from delivery.rendering import KINDS
from tests import factories
from tests.factories import AT, case_at
from tests.laws import READ, changed

LATER = AT + timedelta(days=3)
LONG_AFTER = AT + timedelta(days=120)

# The notice that each step makes to the person, or why it makes none.
NOTICES: dict[Action, str] = {
    Action.TAKE: "case_taken",
    Action.GIVE_BACK: "none: it stays the holder's turn, and the person has nothing to do",
    Action.ASK_TO_COMPLETE: "case_incomplete",
    Action.COMPLETE: "deadline_resumed",
    Action.GO_ON_WITHOUT: "deadline_resumed",
    Action.SUBMIT: "none: a draft is not an answer yet",
    Action.DECIDE: "decision_ready",
    Action.APPROVE: "decision_ready",
    Action.SEND_BACK: "none: a draft is not an answer yet",
    Action.ACCEPT_EXCUSE: "excuse_accepted",
    Action.PROPOSE_SCREENING: "none: a proposal is not an answer yet",
    Action.SCREEN_OUT: "screening_ready",
    Action.APPROVE_SCREENING: "screening_ready",
    Action.REFUSE_SCREENING: "none: a proposal is not an answer yet",
    Action.REVIVE: "case_revived",
    Action.SERVE: "none: it is the person's own opening, or what they were told already",
    Action.WITHDRAW: "withdrawal_asked",
    Action.UNDO_WITHDRAWAL: "withdrawal_undone",
    Action.CONCLUDE_WITHDRAWAL: "withdrawn",
    Action.CLOSE: "none: everything was decided, served and carried out before",
}


class People:
    """Everybody whom the steps of one case need."""

    def __init__(self) -> None:
        self.person = factories.person()
        self.caseworker = factories.staff(Role.CASEWORKER, "cn-spc")
        self.supervisor = factories.staff(Role.SUPERVISOR, "cn-spc")

    def case_at(self, status: Status) -> Case:
        return case_at(status, person=self.person, caseworker=self.caseworker, supervisor=self.supervisor)


def one_person_case(people: People) -> Case:
    """A case in review under a procedure that needs no second person, with its draft written."""
    record = factories.record_for(people.person, "us-credit-file", "tradeline", ())
    officer = factories.staff(Role.CASEWORKER, "us-credit-agency")
    people.caseworker = officer
    case = case_at(
        Status.IN_REVIEW,
        person=people.person,
        caseworker=officer,
        items=[factories.item(record)],
        programme="us-credit-file",
        procedure="us-fcra-cra-dispute",
    )
    operations.draft(case.pk, factories.answers_to(case), by=officer, at=LATER)
    return case


def repeated(people: People) -> Case:
    """A case in review about what an earlier one has answered."""
    case = people.case_at(Status.SCREENING)
    operations.refuse_screening(case.pk, reason="Look into it.", by=people.supervisor, at=AT + timedelta(days=2))
    case.refresh_from_db()
    return case


def came_late(people: People) -> Case:
    """A case in review whose excuse nobody has judged yet."""
    case = people.case_at(Status.IN_REVIEW)
    said = {"known_on": AT.date(), "last_day": AT.date(), "reason": "illness", "sealed": b"x"}
    LateFiling.objects.create(case=case, subject_id=case.subject_id, **said)
    return case


def drafted(people: People) -> Case:
    case = people.case_at(Status.IN_REVIEW)
    operations.draft(case.pk, factories.answers_to(case), by=people.caseworker, at=LATER)
    return case


def ended(people: People) -> Case:
    case = people.case_at(Status.SERVED)
    factories.carry_out(case)
    return case


# For each action: a case on which it can be taken, and the taking of it.
DOING: dict[Action, tuple[Callable[[People], Case], Callable[[People, Case], Any]]] = {
    Action.TAKE: (
        lambda p: p.case_at(Status.FILED),
        lambda p, c: operations.take(c.pk, by=p.caseworker, at=LATER),
    ),
    Action.GIVE_BACK: (
        lambda p: p.case_at(Status.IN_REVIEW),
        lambda p, c: operations.give_back(c.pk, reason="I am away.", by=p.caseworker, at=LATER),
    ),
    Action.ASK_TO_COMPLETE: (
        lambda p: p.case_at(Status.IN_REVIEW),
        lambda p, c: operations.ask_to_complete(c.pk, words="Send the receipt.", by=p.caseworker, at=LATER),
    ),
    Action.COMPLETE: (
        lambda p: p.case_at(Status.INCOMPLETE),
        lambda p, c: operations.complete(c.pk, words="Here it is.", by=p.person, at=LATER),
    ),
    Action.GO_ON_WITHOUT: (
        lambda p: p.case_at(Status.INCOMPLETE),
        lambda p, c: operations.go_on_without(c.pk, reason="We have it.", by=p.caseworker, at=LATER),
    ),
    Action.SUBMIT: (drafted, lambda p, c: operations.submit(c.pk, by=p.caseworker, at=LATER)),
    Action.DECIDE: (one_person_case, lambda p, c: operations.decide(c.pk, by=p.caseworker, at=LATER)),
    Action.APPROVE: (
        lambda p: p.case_at(Status.AWAITING_APPROVAL),
        lambda p, c: operations.approve(c.pk, seen=c.decision.submitted_at or LATER, by=p.supervisor, at=LATER),
    ),
    Action.SEND_BACK: (
        lambda p: p.case_at(Status.AWAITING_APPROVAL),
        lambda p, c: operations.send_back(c.pk, reason="Say more.", by=p.supervisor, at=LATER),
    ),
    Action.ACCEPT_EXCUSE: (
        came_late,
        lambda p, c: operations.accept_excuse(c.pk, by=p.caseworker, at=LATER),
    ),
    Action.PROPOSE_SCREENING: (
        repeated,
        lambda p, c: operations.propose_screening(
            c.pk, rule="repeat", reasons="We answered this in May.", by=p.caseworker, at=LATER
        ),
    ),
    Action.SCREEN_OUT: (
        repeated,
        lambda p, c: operations.screen_out(
            c.pk, rule="repeat", reasons="We answered this in May.", by=p.caseworker, at=LATER
        ),
    ),
    Action.APPROVE_SCREENING: (
        lambda p: p.case_at(Status.SCREENING),
        lambda p, c: operations.approve_screening(c.pk, seen=c.screenings.get().proposed_at, by=p.supervisor, at=LATER),
    ),
    Action.REFUSE_SCREENING: (
        lambda p: p.case_at(Status.SCREENING),
        lambda p, c: operations.refuse_screening(c.pk, reason="Look into it.", by=p.supervisor, at=LATER),
    ),
    Action.REVIVE: (
        lambda p: p.case_at(Status.SCREENING_SERVED),
        lambda p, c: operations.revive(c.pk, words="I found the receipt.", by=p.person, at=LATER),
    ),
    Action.SERVE: (
        lambda p: p.case_at(Status.DECIDED),
        lambda p, c: operations.serve(c.pk, how="deemed", by=SERVICE, at=LATER),
    ),
    Action.WITHDRAW: (
        lambda p: p.case_at(Status.FILED),
        lambda p, c: operations.withdraw(c.pk, by=p.person, at=LATER),
    ),
    Action.UNDO_WITHDRAWAL: (
        lambda p: p.case_at(Status.WITHDRAWING),
        lambda p, c: operations.undo_withdrawal(c.pk, by=p.person, at=AT + timedelta(hours=2)),
    ),
    Action.CONCLUDE_WITHDRAWAL: (
        lambda p: p.case_at(Status.WITHDRAWING),
        lambda p, c: operations.conclude_withdrawal(c.pk, at=LONG_AFTER),
    ),
    Action.CLOSE: (ended, lambda p, c: operations.close(c.pk, at=LONG_AFTER)),
}


def test_the_tables_know_every_action_and_no_other() -> None:
    used = {action for _status, action in STEPS}
    assert used == set(Action) == set(NOTICES) == set(DOING) == set(access.CHECKS)


def test_every_status_has_one_owner_words_and_a_way_out() -> None:
    assert set(OWNERS) == set(Status) == set(dict(STATUS_CHOICES)) == set(presentation.TURNS) == set(presentation.TONES)
    assert set(TURNS) == set(Owner)
    for status in Status:
        assert bool(actions(status)) == (status in OPEN), f"nobody can leave {status}"
        assert (OWNERS[status] is Owner.NOBODY) == (status in FINAL)


def test_every_status_can_be_reached() -> None:
    reached = {Status.FILED} | {step.to for step in STEPS.values()}
    assert reached == set(Status)


@pytest.mark.parametrize("step", STEPS.values(), ids=[f"{status}-{action}" for status, action in STEPS])
def test_every_step_has_an_event_and_a_sentence(step: Any) -> None:
    assert step.event in EVENTS
    assert ("justification" in EVENTS[step.event].facts) == step.needs_reason
    assert step.event in HIDDEN or str(presentation.EVENTS[step.event][0])


def test_every_event_about_a_case_has_a_sentence_or_is_hidden_on_purpose() -> None:
    about_cases = {name for name in EVENTS if name.startswith("case.")}
    assert about_cases <= set(presentation.EVENTS) | HIDDEN
    assert set(shown.EVENTS) <= set(presentation.EVENTS)


@pytest.mark.django_db
@pytest.mark.parametrize("action", list(Action))
def test_every_step_leaves_one_event_and_the_notice_that_was_decided(
    action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = People()
    make, do = DOING[action]
    case = make(people)
    if action is Action.SCREEN_OUT:
        changed(monkeypatch, "redress-model", approval={"second_person": False, **READ})
    before = set(Message.objects.filter(subject_id=case.subject_id).values_list("pk", flat=True))
    entries = Entry.objects.filter(case_id=case.pk)
    steps_before = entries.count()
    do(people, case)
    told = [
        each.kind for each in Message.objects.filter(subject_id=case.subject_id).exclude(pk__in=before) if each.case_id
    ]
    case.refresh_from_db()
    events = {step.event for (_status, each), step in STEPS.items() if each is action}
    made = list(entries.order_by("entry_id").values_list("event_type", flat=True)[steps_before:])
    assert sum(event in events for event in made) == 1, made
    about_the_case = [kind for kind in told if not kind.startswith("measure_")]
    expected = NOTICES[action]
    assert about_the_case == ([] if expected.startswith("none: ") else [expected])
    assert expected.startswith("none: ") or expected in KINDS


@pytest.mark.django_db
def test_the_actors_of_the_table_are_the_right_ones() -> None:
    """Each action is refused to somebody of another kind."""
    people = People()
    by_kind: dict[str, Actor] = {
        "person": people.person,
        "caseworker": people.caseworker,
        "approver": people.supervisor,
    }
    for (status, action), step in STEPS.items():
        case = people.case_at(status)
        for kind, actor in by_kind.items():
            relieved = action in (Action.GIVE_BACK, Action.GO_ON_WITHOUT) and kind == "approver"
            if kind != step.by and not relieved:
                # the person opens their decision, and so serves it; a supervisor gives back for somebody who cannot
                allowed = action is Action.SERVE and kind == "person"
                is_service = step.by == "system" and kind == "person"
                assert (access.why_not(actor, action, case) is None) == (allowed or is_service), (status, action, kind)
