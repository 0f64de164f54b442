"""What a case stopped starts again only when nobody holds it any more, and on a day that was told before."""

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals import errors, integrity, operations, queries, tasks
from appeals.models import CalendarException, Case, Remedy
from appeals.workflow import Status
from audit import queries as log
from audit.models import Entry
from delivery.models import Message
from records import operations as records
from records import queries as held
from records.models import Measure, MeasureState, Record, Version
from tests import factories, resending
from tests.factories import AT, case_at

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
REJECTED = [{"outcome": "rejected", "remedy": ""}]
LATER = AT + 25 * DAY  # after the day on which what was served soon after AT may start again


def state_of(record: Record) -> tuple[str, Any, Any]:
    measure = Measure.objects.get(record=record)
    return measure.state, measure.suspended_by_case, measure.resumes_on


def sweep_resumes(at: Any) -> int:
    return factories.resume_due(on=queries.cautious_today(at), at=at)


@pytest.fixture
def record(holder: Organisation, person: Actor) -> Record:
    return factories.record_for(person)


def other_case(record: Record, person: Actor, status: Status = Status.FILED, **given: Any) -> Case:
    """A second case of the same person, about one field of the same record."""
    item = factories.item(record, ground="inaccurate", field="amount", wanted="1.00")
    return case_at(status, person=person, items=[item], **given)


def rejected_and_served(record: Record, person: Actor) -> Case:
    return case_at(Status.SERVED, person=person, items=[factories.item(record)], answers=REJECTED)


@pytest.mark.parametrize(
    "status", [Status.FILED, Status.IN_REVIEW, Status.AWAITING_APPROVAL, Status.DECIDED, Status.SERVED]
)
def test_a_measure_that_a_second_case_disputes_stays_stopped(record: Record, person: Actor, status: Status) -> None:
    rejected_and_served(record, person)
    second = other_case(record, person, status, answers=REJECTED, at=AT + 20 * DAY)
    assert sweep_resumes(LATER) == 0
    state, by_case, day = state_of(record)
    assert (state, by_case) == (MeasureState.SUSPENDED, second.pk)
    assert (day is not None) == (status == Status.SERVED)
    assert "measure.suspended_without_case" not in {found.code for found in integrity.findings(LATER)}


def test_it_starts_again_when_the_second_case_is_over_too(record: Record, person: Actor) -> None:
    rejected_and_served(record, person)
    second = other_case(record, person, Status.SERVED, answers=REJECTED, at=AT + 20 * DAY)
    sweep_resumes(LATER)
    day = state_of(record)[2]
    assert day == date(2026, 12, 4)  # ten working days after the second service, on Sunday, 22 November
    assert sweep_resumes(AT + 40 * DAY) == 1
    assert state_of(record) == (MeasureState.IN_FORCE, None, None)
    assert Entry.objects.filter(case_id=second.pk, event_type="measure.resumed").exists()


def test_a_second_case_that_is_being_withdrawn_holds_it_until_its_day(record: Record, person: Actor) -> None:
    rejected_and_served(record, person)
    second = other_case(record, person, Status.WITHDRAWING, at=AT + 20 * DAY)
    sweep_resumes(LATER)
    assert state_of(record) == (MeasureState.SUSPENDED, second.pk, second.withdrawal_effective_on)
    operations.undo_withdrawal(second.pk, by=person, at=LATER + DAY)
    assert state_of(record) == (MeasureState.SUSPENDED, second.pk, None)


def test_taking_a_withdrawal_back_stops_what_has_started_again(record: Record, person: Actor) -> None:
    first = case_at(Status.WITHDRAWING, person=person, items=[factories.item(record)])
    second = other_case(record, person, Status.WITHDRAWING, at=AT + 20 * DAY)
    Measure.objects.filter(record=record).update(state="in_force", suspended_by_case=None, resumes_on=None)
    assert first.pk != second.pk
    operations.undo_withdrawal(second.pk, by=person, at=AT + 21 * DAY)
    assert state_of(record) == (MeasureState.SUSPENDED, second.pk, None)


def test_a_measure_waits_for_the_remedy_that_will_end_it(record: Record, person: Actor) -> None:
    case = case_at(Status.SERVED, person=person, items=[factories.item(record)])
    assert state_of(record) == (MeasureState.SUSPENDED, case.pk, None)  # the remedy waits, and so does the measure
    assert sweep_resumes(AT + 90 * DAY) == 0
    factories.carry_out(case)
    assert state_of(record)[0] == MeasureState.LIFTED


def test_what_waited_for_a_remedy_that_did_not_end_it_gets_a_day_once_that_is_done(
    record: Record, person: Actor
) -> None:
    rejected_and_served(record, person)
    correct = [{"remedy": "correct", "value": "1.00"}]
    second = other_case(record, person, Status.SERVED, answers=correct, at=AT + 20 * DAY)
    assert sweep_resumes(LATER) == 0
    assert state_of(record) == (MeasureState.SUSPENDED, second.pk, None)  # the correction waits
    factories.carry_out(second, at=LATER)
    state, by_case, day = state_of(record)
    assert (state, by_case) == (MeasureState.SUSPENDED, second.pk)
    assert day and day > LATER.date() + 3 * DAY
    assert list(integrity.CHECKS["measure.suspended_without_case"](LATER)) == []
    assert Message.objects.filter(kind="measure_resumes", case_id=second.pk).latest("pk").mail_state == "waiting"
    assert sweep_resumes(LATER + 40 * DAY) == 1


def test_a_case_filed_while_a_measure_is_about_to_start_again_keeps_it_stopped(
    record: Record, person: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejected_and_served(record, person)
    look = queries.cases_that_hold
    filed: list[Case] = []

    def look_and_be_too_early(measure: Measure) -> list[Case]:
        found = look(measure)
        if not filed:
            filed.append(other_case(record, person, at=LATER))
        return found

    monkeypatch.setattr(queries, "cases_that_hold", look_and_be_too_early)
    assert sweep_resumes(LATER) == 0
    assert state_of(record)[0] == MeasureState.SUSPENDED
    assert sweep_resumes(LATER) == 0
    assert state_of(record) == (MeasureState.SUSPENDED, filed[0].pk, None)


def test_service_tells_from_which_day_on_a_measure_applies_again(record: Record, person: Actor) -> None:
    rejected_and_served(record, person)
    assert Message.objects.get(kind="measure_resumes").params["on"] == str(state_of(record)[2])


def test_a_remedy_undone_after_service_gives_the_person_days_and_tells_them(
    record: Record, person: Actor, supervisor: Actor
) -> None:
    case = case_at(Status.DECIDED, person=person, items=[factories.item(record)])
    factories.carry_out(case)
    operations.serve(case.pk, how="opened", by=person, at=AT + DAY)
    undone = AT + 20 * DAY
    operations.undo_remedy(Remedy.objects.get().pk, reason="A mistake.", by=supervisor, at=undone)
    state, by_case, day = state_of(record)
    assert (state, by_case, day) == (MeasureState.SUSPENDED, case.pk, date(2026, 12, 4))
    assert Message.objects.get(kind="measure_resumes").mail_state == "waiting"
    assert Message.objects.get(kind="remedy_undone").mail_state == "waiting"
    assert sweep_resumes(undone + 2 * DAY) == 0


def test_a_remedy_undone_before_service_leaves_the_day_to_the_service(
    record: Record, person: Actor, supervisor: Actor
) -> None:
    case = case_at(Status.DECIDED, person=person, items=[factories.item(record)])
    factories.carry_out(case)
    operations.undo_remedy(Remedy.objects.get().pk, reason="A mistake.", by=supervisor, at=AT + DAY)
    assert state_of(record) == (MeasureState.SUSPENDED, case.pk, None)
    operations.serve(case.pk, how="opened", by=person, at=AT + 2 * DAY)
    assert state_of(record)[2] == date(2026, 11, 18)


def test_why_a_remedy_was_undone_stands_in_the_log(record: Record, person: Actor, supervisor: Actor) -> None:
    case = case_at(Status.DECIDED, person=person, items=[factories.item(record)])
    factories.carry_out(case)
    operations.undo_remedy(Remedy.objects.get().pk, reason=" A mistake. ", by=supervisor, at=AT + DAY)
    entry = Entry.objects.get(event_type="case.remedy_undone")
    assert log.opened([entry.pk])[entry.pk]["justification"] == "A mistake."


def test_of_two_remedies_on_one_record_the_later_is_undone_first(
    record: Record, person: Actor, supervisor: Actor
) -> None:
    second = other_case(record, person, Status.DECIDED, answers=[{"remedy": "delete"}])
    first = case_at(Status.DECIDED, person=person, items=[factories.item(record)])
    before = records.current_state(record.pk)
    factories.carry_out(first, at=AT + DAY)
    factories.carry_out(second, at=AT + 2 * DAY)
    earlier, later = Remedy.objects.get(case=first), Remedy.objects.get(case=second)
    with pytest.raises(errors.LaterRemedyStands):
        operations.undo_remedy(earlier.pk, reason="x", by=supervisor, at=AT + 2 * DAY)
    for remedy in (later, earlier):
        operations.undo_remedy(remedy.pk, reason="x", by=supervisor, at=AT + 2 * DAY)
    assert records.current_state(record.pk) == before


def test_when_the_last_window_has_closed_nothing_is_undone(record: Record, person: Actor, supervisor: Actor) -> None:
    case_at(Status.CLOSED, person=person, items=[factories.item(record)])
    with pytest.raises(errors.TooLate):
        operations.undo_remedy(Remedy.objects.get().pk, reason="x", by=supervisor, at=AT + 91 * DAY)


def test_undoing_a_correction_keeps_what_the_source_said_later(
    record: Record, person: Actor, supervisor: Actor
) -> None:
    case = other_case(record, person, Status.DECIDED, answers=[{"remedy": "correct", "value": "1.00"}])
    factories.carry_out(case)
    resending.send_again(record, amount="1.00", province="Another Province")
    operations.undo_remedy(Remedy.objects.get().pk, reason="x", by=supervisor, at=AT + 2 * DAY)
    said = held.latest_content(Record.objects.get(pk=record.pk)).values
    assert (said["amount"], said["province"]) == ("12000.00", "Another Province")
    assert Version.objects.filter(record=record).count() == 4


def test_undoing_a_correction_leaves_a_field_that_the_source_has_put_right_itself(
    record: Record, person: Actor, supervisor: Actor
) -> None:
    case = other_case(record, person, Status.DECIDED, answers=[{"remedy": "correct", "value": "1.00"}])
    factories.carry_out(case)
    resending.send_again(record, amount="2.00")
    operations.undo_remedy(Remedy.objects.get().pk, reason="x", by=supervisor, at=AT + 2 * DAY)
    assert held.latest_content(Record.objects.get(pk=record.pk)).values["amount"] == "2.00"


def test_one_measure_that_fails_does_not_hold_up_the_sweep(
    record: Record, person: Actor, monkeypatch: pytest.MonkeyPatch, time_machine: Any
) -> None:
    rejected_and_served(record, person)
    other = factories.record_for(person)
    rejected_and_served(other, person)
    first = held.measures_due(date(2027, 1, 1))[0]
    resume = operations.resume

    def fails_for_the_first(measure_id: Any, **given: Any) -> bool:
        if measure_id == first:
            raise RuntimeError
        return resume(measure_id, **given)

    monkeypatch.setattr(operations, "resume", fails_for_the_first)
    time_machine.move_to(AT + 60 * DAY)
    tasks.sweep()
    assert sorted(Measure.objects.values_list("state", flat=True)) == ["in_force", "suspended"]
    assert set(Case.objects.values_list("status", flat=True)) == {Status.CLOSED}


def test_decisions_that_never_count_as_served_hide_no_others(holder: Organisation) -> None:
    unreachable = factories.person(factories.subject(confirmed=False))
    reachable = factories.person()
    for someone in (unreachable, unreachable, reachable):
        case = case_at(Status.DECIDED, person=someone)
    Message.objects.filter(kind="decision_ready").update(sent_at=AT)
    assert queries.deemed_served(AT + 60 * DAY, limit=1) == [case.pk]


# --- a day that a supervisor declares after a day of resumption was told


def declare(supervisor: Actor, on: date, at: Any, *, is_worked: bool = False) -> CalendarException:
    made = operations.declare_day("CN", on, is_worked=is_worked, reason="Typhoon.", by=supervisor, at=at)
    operations.recount_calendar(made.pk, at=at)
    return made


def test_a_day_off_moves_a_resumption_that_was_told_and_the_person_is_told_the_later_day(
    record: Record, person: Actor, supervisor: Actor
) -> None:
    case = rejected_and_served(record, person)
    assert state_of(record)[2] == date(2026, 11, 16)  # ten working days after Monday, 2 November
    made = declare(supervisor, date(2026, 11, 10), AT + DAY)
    assert state_of(record) == (MeasureState.SUSPENDED, case.pk, date(2026, 11, 17))
    told = Message.objects.get(kind="measure_resumes_later")
    assert (told.params["old"], told.params["new"], told.mail_state) == ("2026-11-16", "2026-11-17", "waiting")
    # Once told, no day comes nearer; another day off counts from the same day of service.
    operations.end_declared_day(made.pk, by=supervisor, at=AT + 2 * DAY)
    assert operations.recount_calendar(made.pk, at=AT + 2 * DAY) == 0
    declare(supervisor, date(2026, 11, 11), AT + 3 * DAY)
    assert state_of(record)[2] == date(2026, 11, 17)
    assert Message.objects.filter(kind="measure_resumes_later").count() == 1
    declare(supervisor, date(2026, 11, 12), AT + 3 * DAY)
    assert state_of(record)[2] == date(2026, 11, 18)
    assert not [
        found for found in integrity.findings(AT + 4 * DAY) if found.code.startswith(("measure", "case", "clock"))
    ]
    assert sweep_resumes(AT + 16 * DAY + DAY / 2) == 1


@pytest.mark.django_db(transaction=True)  # the guard of the log looks when a transaction commits
@pytest.mark.parametrize("status", [Status.SERVED, Status.WITHDRAWING])
def test_what_moves_is_committed_with_its_entries(holder: Organisation, status: Status) -> None:
    case = case_at(status, items=[], answers=REJECTED)
    declare(factories.staff(Role.SUPERVISOR, case.holder), date(2026, 11, 10), AT + DAY)
    assert Measure.objects.get().resumes_on == date(2026, 11, 17)
    assert Entry.objects.filter(case_id=case.pk, event_type="case.clock_recounted").exists()


def test_nothing_starts_again_on_a_day_that_the_calendar_no_longer_gives(
    record: Record, person: Actor, supervisor: Actor
) -> None:
    rejected_and_served(record, person)
    day = state_of(record)[2]
    made = operations.declare_day("CN", day, is_worked=False, reason="Typhoon.", by=supervisor, at=AT + DAY)
    (measure,) = Measure.objects.filter(record=record)
    assert not operations.resume(measure.pk, on=day, at=AT + 14 * DAY)  # the sweep has not counted it anew yet
    assert operations.recount_calendar(made.pk, at=AT + 14 * DAY) == 1
    assert operations.resume(measure.pk, on=day + DAY, at=AT + 15 * DAY)


def test_a_withdrawal_takes_effect_later_too_and_can_be_taken_back_until_then(
    record: Record, person: Actor, supervisor: Actor
) -> None:
    case = case_at(Status.FILED, person=person, items=[factories.item(record)])
    operations.withdraw(case.pk, by=person, at=AT)
    declare(supervisor, date(2026, 11, 10), AT + DAY)
    case.refresh_from_db()
    assert (case.withdrawal_effective_on, state_of(record)[2]) == (date(2026, 11, 17),) * 2
    mails = Message.objects.filter(case_id=case.pk, mail_state="waiting", created_at=AT + DAY)
    assert {each.kind: each.params.get("new") for each in mails if each.kind != "deadline_moved"} == {
        "withdrawal_later": "2026-11-17"
    }
    with pytest.raises(errors.TooEarly):
        operations.conclude_withdrawal(case.pk, at=AT + 14 * DAY)
    operations.undo_withdrawal(case.pk, by=person, at=AT + 14 * DAY)
    assert state_of(record) == (MeasureState.SUSPENDED, case.pk, None)


def test_a_day_that_another_office_declared_moves_nothing_here(record: Record, person: Actor) -> None:
    rejected_and_served(record, person)
    declare(factories.staff(Role.SUPERVISOR, "cn-city-traffic-police"), date(2026, 11, 10), AT + DAY)
    assert state_of(record)[2] == date(2026, 11, 16)


def test_what_began_to_wait_later_is_counted_from_its_own_day(record: Record, person: Actor, supervisor: Actor) -> None:
    case = case_at(Status.DECIDED, person=person, items=[factories.item(record)])
    factories.carry_out(case)
    operations.serve(case.pk, how="opened", by=person, at=AT + DAY)
    operations.undo_remedy(Remedy.objects.get().pk, reason="A mistake.", by=supervisor, at=AT + 20 * DAY)
    assert state_of(record)[2] == date(2026, 12, 4)
    declare(supervisor, date(2026, 11, 10), AT + 21 * DAY)  # before it was undone: that day does not count
    assert state_of(record)[2] == date(2026, 12, 4)
    declare(supervisor, date(2026, 12, 2), AT + 21 * DAY)
    assert state_of(record)[2] == date(2026, 12, 7)
