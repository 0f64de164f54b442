"""Remedies: each exactly once, undoable, and nothing adverse starts before its day."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.actors import SERVICE, Actor
from accounts.models import Organisation, Role
from appeals import errors, operations, queries, tasks
from appeals.access import NotAllowed
from appeals.models import Case, Remedy
from appeals.operations.withdrawal import effective_on
from appeals.workflow import STEPS, IllegalStep, Status
from audit.ids import uuid7
from audit.models import Entry
from delivery.models import Message
from records import operations as records
from records import queries as held
from records.models import Mark, Measure, MeasureState, Record, RecordState
from tests import factories
from tests.factories import AT, case_at

DAY = timedelta(days=1)


def decided(
    person: Actor, remedy: str, *, measures: tuple[str, ...] = ("no_plane",), **item: Any
) -> tuple[Case, Record]:
    record = factories.record_for(person, measures=measures)
    answer = {"remedy": remedy, **({"value": "1.00"} if remedy == "correct" else {})}
    made = case_at(Status.DECIDED, person=person, items=[factories.item(record, **item)], answers=[answer])
    return made, record


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("remedy", "item"),
    [
        ("correct", {"ground": "inaccurate", "field": "amount", "wanted": "1.00"}),
        ("delete", {"ground": "inaccurate"}),
        ("detach", {"ground": "not_me"}),
        ("lift", {"ground": "disproportionate", "measure": "no_plane"}),
    ],
)
def test_a_remedy_is_done_once_and_undone_to_the_state_before(
    holder: Organisation, person: Actor, supervisor: Actor, remedy: str, item: dict[str, Any]
) -> None:
    case, record = decided(person, remedy, **item)
    before = records.current_state(record.pk)
    row = Remedy.objects.get(case=case)
    assert operations.carry_out(row.pk, at=AT + DAY) is True
    assert operations.carry_out(row.pk, at=AT + DAY) is False
    assert records.current_state(record.pk) != before
    assert not Mark.objects.filter(record=record, ended_at__isnull=True).exists()
    operations.undo_remedy(row.pk, reason="The court sent another paper.", by=supervisor, at=AT + 2 * DAY)
    assert records.current_state(record.pk) == before
    events = list(Entry.objects.filter(case_id=case.pk).values_list("event_type", flat=True))
    assert events.count("case.remedy_done") == events.count("case.remedy_undone") == 1


@pytest.mark.django_db
def test_a_correction_appends_a_version_and_keeps_the_old_one(holder: Organisation, person: Actor) -> None:
    case, record = decided(person, "correct", ground="inaccurate", field="amount", wanted="1.00")
    factories.carry_out(case)
    new, old = held.history(record.pk)
    assert (new.number, new.cause, new.case_id) == (2, "corrected", case.pk)
    assert held.open_content(new.content).values["amount"] == "1.00"
    assert held.open_content(old.content).values["amount"] != "1.00"


@pytest.mark.django_db
@pytest.mark.parametrize(("remedy", "state"), [("delete", RecordState.SEALED), ("detach", RecordState.DETACHED)])
def test_what_is_taken_out_leaves_the_view_and_ends_its_measures(
    holder: Organisation, person: Actor, remedy: str, state: str
) -> None:
    case, record = decided(person, remedy, measures=("no_plane", "no_star_hotel"))
    factories.carry_out(case)
    assert Record.objects.get(pk=record.pk).state == state
    assert not held.held(person)
    assert set(Measure.objects.filter(record=record).values_list("state", flat=True)) == {MeasureState.LIFTED}


@pytest.mark.django_db
def test_the_source_and_the_person_are_told_what_was_done(holder: Organisation, person: Actor) -> None:
    case, record = decided(person, "detach")
    factories.carry_out(case)
    assert Message.objects.get(kind="source_told_remedy").organisation_id == record.source_id
    assert Message.objects.get(kind="remedy_done").subject_id == person.subject_id


@pytest.mark.django_db
def test_only_a_supervisor_with_a_reason_undoes(
    holder: Organisation, person: Actor, caseworker: Actor, supervisor: Actor
) -> None:
    case, _record = decided(person, "detach")
    factories.carry_out(case)
    remedy = Remedy.objects.get(case=case)
    with pytest.raises(NotAllowed):
        operations.undo_remedy(remedy.pk, reason="x", by=caseworker, at=AT)
    with pytest.raises(errors.ReasonMissing):
        operations.undo_remedy(remedy.pk, reason=" ", by=supervisor, at=AT)


@pytest.mark.django_db
def test_after_a_rejection_measures_wait_for_service_and_the_days(holder: Organisation, person: Actor) -> None:
    record = factories.record_for(person)
    made = case_at(
        Status.DECIDED, person=person, items=[factories.item(record)], answers=[{"outcome": "rejected", "remedy": ""}]
    )
    measure = Measure.objects.get(record=record)
    assert (measure.state, measure.resumes_on) == (MeasureState.SUSPENDED, None)
    served = AT + DAY
    operations.serve(made.pk, how="opened", by=person, at=served)
    measure.refresh_from_db()
    assert measure.resumes_on == date(2026, 11, 17)  # ten working days after Tuesday, 3 November 2026
    assert not Mark.objects.filter(record=record, ended_at__isnull=True).exists()
    factories.resume_due(on=date(2026, 11, 16), at=served)
    measure.refresh_from_db()
    assert measure.state == MeasureState.SUSPENDED
    assert factories.resume_due(on=date(2026, 11, 17), at=served) == 1
    assert factories.resume_due(on=date(2026, 11, 17), at=served) == 0
    measure.refresh_from_db()
    assert measure.state == MeasureState.IN_FORCE
    assert Message.objects.filter(kind="measure_resumed").count() == 1


@pytest.mark.django_db
def test_a_withdrawal_can_be_undone_until_its_day(holder: Organisation, person: Actor) -> None:
    record = factories.record_for(person)
    made = case_at(Status.FILED, person=person, items=[factories.item(record)])
    withdrawn = operations.withdraw(made.pk, by=person, at=AT)
    day = effective_on(made, AT)
    assert withdrawn.withdrawal_effective_on == day == Measure.objects.get(record=record).resumes_on
    operations.undo_withdrawal(made.pk, by=person, at=AT + DAY)
    made.refresh_from_db()
    assert (made.status, made.withdrawal_effective_on) == (Status.FILED, None)
    assert Measure.objects.get(record=record).resumes_on is None
    operations.withdraw(made.pk, by=person, at=AT)
    with pytest.raises(errors.TooLate):
        operations.undo_withdrawal(made.pk, by=person, at=AT + 60 * DAY)


@pytest.mark.django_db
def test_a_withdrawal_takes_effect_on_its_day_and_not_before(
    holder: Organisation, person: Actor, time_machine: Any
) -> None:
    record = factories.record_for(person)
    made = case_at(Status.WITHDRAWING, person=person, items=[factories.item(record)])
    day = made.withdrawal_effective_on
    assert day
    time_machine.move_to(AT + DAY)
    tasks.sweep()
    made.refresh_from_db()
    assert made.status == Status.WITHDRAWING
    time_machine.move_to(AT.replace(year=day.year, month=day.month, day=day.day) + DAY)
    tasks.sweep()
    made.refresh_from_db()
    assert made.status == Status.WITHDRAWN
    assert Measure.objects.get(record=record).state == MeasureState.IN_FORCE
    assert not Mark.objects.filter(record=record, ended_at__isnull=True).exists()


@pytest.mark.django_db
def test_no_operation_ends_a_case_before_its_day(holder: Organisation, person: Actor) -> None:
    withdrawing = case_at(Status.WITHDRAWING)
    with pytest.raises(errors.TooEarly):
        operations.conclude_withdrawal(withdrawing.pk, at=AT + DAY)
    case, _record = decided(person, "detach")
    operations.serve(case.pk, how="opened", by=person, at=AT + DAY)
    with pytest.raises(errors.TooEarly):  # its remedy waits
        operations.close(case.pk, at=AT + 90 * DAY)
    factories.carry_out(case)
    with pytest.raises(errors.TooEarly):  # the person may still go to the next tier
        operations.close(case.pk, at=AT + 20 * DAY)
    assert operations.close(case.pk, at=AT + 90 * DAY).status == Status.CLOSED


@pytest.mark.django_db
def test_only_the_person_withdraws(holder: Organisation, caseworker: Actor, other_person: Actor) -> None:
    made = case_at(Status.FILED)
    for actor in (caseworker, other_person, SERVICE):
        with pytest.raises(NotAllowed):
            operations.withdraw(made.pk, by=actor, at=AT)


@pytest.mark.django_db
def test_a_decided_case_cannot_be_withdrawn(holder: Organisation, person: Actor) -> None:
    case, _record = decided(person, "detach")
    with pytest.raises(IllegalStep):
        operations.withdraw(case.pk, by=person, at=AT)


@pytest.mark.django_db
def test_a_decision_is_deemed_served_only_at_a_confirmed_contact(holder: Organisation) -> None:
    for confirmed in (True, False):
        someone = factories.person(factories.subject(confirmed=confirmed))
        case, _record = decided(someone, "detach")
        Message.objects.filter(case_id=case.pk, kind="decision_ready").update(sent_at=AT)
        assert queries.deemed_served(AT + DAY) == []
        assert (case.pk in queries.deemed_served(AT + 60 * DAY)) is confirmed
        operations.serve(case.pk, how="opened", by=someone, at=AT + DAY)


@pytest.mark.django_db
def test_a_case_closes_when_the_window_for_the_next_tier_has_ended(
    holder: Organisation, person: Actor, time_machine: Any
) -> None:
    case, _record = decided(person, "detach")
    operations.serve(case.pk, how="opened", by=person, at=AT + DAY)
    time_machine.move_to(AT + 20 * DAY)
    tasks.sweep()
    case.refresh_from_db()
    assert case.status == Status.SERVED
    assert Remedy.objects.get(case=case).state == "done"
    time_machine.move_to(AT + 60 * DAY)
    tasks.sweep()
    case.refresh_from_db()
    assert case.status == Status.CLOSED


class DoAndUndo(TestCase):
    """Any remedies in any order, undone in the opposite order, give the same current state."""

    @effort(max_examples=25, deadline=None)
    @given(st.lists(st.sampled_from(["correct", "delete", "detach", "lift"]), min_size=1, max_size=4))
    def test_doing_then_undoing_restores_the_state(self, remedies: list[str]) -> None:
        person = factories.person()
        record = factories.record_for(person, measures=("no_plane", "no_star_hotel"))
        measure = record.measures.order_by("pk").first()
        assert measure
        case_id = uuid7()
        states, befores = [records.current_state(record.pk)], []
        with transaction.atomic():
            for number, remedy in enumerate(remedies):
                common: dict[str, Any] = {"case_id": case_id, "by": SERVICE, "at": AT + number * DAY}
                match remedy:
                    case "correct":
                        done = records.correct(record.pk, "amount", f"{number}.00", **common)
                    case "lift":
                        done = records.lift(measure.pk, **common)
                    case _:
                        done = getattr(records, remedy)(record.pk, **common)
                befores.append(done)
                states.append(records.current_state(record.pk))
            for before in reversed(befores):
                assert records.current_state(record.pk) == states.pop()
                records.undo(before, case_id=case_id, by=SERVICE, at=AT + 30 * DAY)
        assert records.current_state(record.pk) == states.pop()
        assert not states


class RandomWalks(TestCase):
    """Random actions on a real case: a closed case never moves, and each move leaves one event."""

    @effort(max_examples=20, deadline=None)
    @given(st.lists(st.integers(0, 10), max_size=12))
    def test_each_move_leaves_exactly_one_event(self, choices: list[int]) -> None:
        factories.organisation("cn-spc")
        person = factories.person()
        worker = factories.staff(Role.CASEWORKER, "cn-spc")
        head = factories.staff(Role.SUPERVISOR, "cn-spc")
        case = case_at(Status.FILED, person=person)
        verbs = self.verbs(case, person, worker, head)
        moves = {step.event for step in STEPS.values()}
        for choice in choices:
            before = Case.objects.get(pk=case.pk)
            logged = Entry.objects.filter(case_id=case.pk, event_type__in=moves).count()
            try:
                with transaction.atomic():
                    verbs[choice]()
            except (IllegalStep, NotAllowed, errors.CaseError):
                pass
            after = Case.objects.get(pk=case.pk)
            added = Entry.objects.filter(case_id=case.pk, event_type__in=moves).count() - logged
            assert added == (before.status != after.status)
            if before.closed_at:
                assert after.status == before.status

    @staticmethod
    def verbs(case: Case, person: Actor, worker: Actor, head: Actor) -> list[Any]:
        at = AT + DAY
        return [
            lambda: operations.take(case.pk, by=worker, at=at),
            lambda: operations.give_back(case.pk, reason="ill", by=worker, at=at),
            lambda: operations.draft(case.pk, factories.answers_to(case), by=worker, at=at),
            lambda: operations.submit(case.pk, by=worker, at=at),
            lambda: operations.decide(case.pk, by=worker, at=at),
            lambda: operations.approve(case.pk, seen=at, by=head, at=at),
            lambda: operations.send_back(case.pk, reason="more", by=head, at=at),
            lambda: operations.withdraw(case.pk, by=person, at=at),
            lambda: operations.undo_withdrawal(case.pk, by=person, at=at),
            lambda: operations.conclude_withdrawal(case.pk, at=at + 60 * DAY),
            lambda: operations.serve(case.pk, how="opened", by=person, at=at),
        ]
