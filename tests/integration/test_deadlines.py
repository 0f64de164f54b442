"""The deadlines of a case: started by acts, stopped, made longer, told, reminded of, missed, counted anew."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from accounts.actors import SERVICE, Actor
from accounts.models import Organisation, Role, User
from accounts.queries import actor_of
from appeals import deadlines, errors, operations, queries
from appeals.access import NotAllowed
from appeals.deadlines import TITLES
from appeals.errors import ClockRefused
from appeals.evidence_files import make_safe
from appeals.letter_of import letter_of
from appeals.models import CalendarException, Case, Clock, ClockEntry, ClockState, EntryKind
from appeals.operations import NewEvidence, clocks, resumption
from appeals.operations.clocks import DONE_BY
from appeals.operations.consequences import HANDLERS
from appeals.operations.withdrawal import effective_on
from appeals.tasks import sweep
from appeals.workflow import Status
from audit.models import Entry
from delivery.models import Message
from law import consequences, procedures, rules
from records.models import Measure, MeasureState
from tests import factories, laws
from tests.factories import AT, case_at, item, record_for

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WORDS = "The court sends old files by post."


def clock(case: Case, name: str = "decide") -> Clock:
    return Clock.objects.get(case=case, name=name)


def days(case: Case, name: str = "decide") -> tuple[date, date]:
    found = clock(case, name)
    return found.due_earliest, found.due_latest


def told(case: Case, kind: str) -> Message:
    return Message.objects.get(case_id=case.pk, kind=kind)


def us_case(status: Status = Status.IN_REVIEW, **more: Any) -> Case:
    """A dispute with a credit bureau: thirty days, of which the first one counts."""
    person = more.pop("person", None) or factories.person()
    tradeline = factories.record_for(person, "us-credit-file", "tradeline", ())
    items = [factories.item(tradeline, ground="inaccurate", field="balance", wanted="0.00")]
    procedure, programme = "us-fcra-cra-dispute", "us-credit-file"
    return case_at(status, person=person, items=items, programme=programme, procedure=procedure, **more)


# --- what starts and ends them --------------------------------------------------------------------


def test_filing_starts_the_deadlines_and_ends_those_that_it_keeps() -> None:
    case = case_at(Status.FILED)
    open_ones = Clock.objects.filter(case=case).exclude(state=ClockState.DONE).values_list("name", flat=True)
    assert set(open_ones) == {"decide"}
    done = Clock.objects.filter(case=case, state=ClockState.DONE).values_list("name", flat=True)
    assert set(done) == {"acknowledge", "notify_source"}
    assert days(case) == (date(2026, 11, 23), date(2026, 11, 23)) == (case.decide_by, case.decide_by_latest)


def test_the_decision_ends_what_waits_for_it_and_service_opens_the_window() -> None:
    case = case_at(Status.DECIDED)
    assert clock(case).done_at == case.decided_at
    assert clock(case, "correct").state == ClockState.RUNNING
    factories.carry_out(case)
    assert clock(case, "correct").state == ClockState.DONE
    operations.serve(case.pk, how="opened", by=SERVICE, at=AT + DAY)
    assert days(case, "review_file_by") == (date(2026, 12, 3), date(2026, 12, 3))


def test_a_clock_that_starts_twice_starts_once(holder: Organisation) -> None:
    case = case_at(Status.IN_REVIEW)
    before = days(case)
    operations.give_back(case.pk, reason="I am away.", by=_caseworker_of(case), at=AT + 3 * DAY)
    operations.take(case.pk, by=factories.staff(Role.CASEWORKER, holder), at=AT + 4 * DAY)
    assert days(case) == before


def _caseworker_of(case: Case) -> Actor:
    return actor_of(User.objects.get(pk=Case.objects.values_list("caseworker", flat=True).get(pk=case.pk)))


def paper() -> NewEvidence:
    return NewEvidence("letter.txt", make_safe(b"The bank wrote that it is paid."))


def test_new_information_makes_thirty_days_forty_five_unless_it_was_found_wrong_before() -> None:
    person = factories.person()
    case = us_case(person=person)
    assert clock(case).due_latest == date(2026, 12, 1)
    assert [said[:8] for said in deadlines.longer_by(case, "information_received")] == ["Decide: "]
    operations.add_evidence(case.pk, paper(), by=person, at=AT + 5 * DAY)
    assert deadlines.longer_by(case, "information_received") == []
    assert clock(case).due_latest == date(2026, 12, 16)
    assert told(case, "deadline_longer").params | {"reference": ""} == {
        "reference": "",
        "clock": "decide",
        "old": "2026-12-01",
        "new": "2026-12-16",
    }
    operations.add_evidence(case.pk, paper(), by=person, at=AT + 6 * DAY)
    assert clock(case).due_latest == date(2026, 12, 16)

    other = factories.person()
    found = us_case(person=other)
    worker = _caseworker_of(found)
    correction = [{"remedy": "correct", "value": "0.00"}]
    operations.draft(found.pk, factories.answers_to(found, correction), by=worker, at=AT + 4 * DAY)
    operations.add_evidence(found.pk, paper(), by=other, at=AT + 5 * DAY)
    assert clock(found).due_latest == date(2026, 12, 1)


# --- longer ---------------------------------------------------------------------------------------


def extend(case: Case, by: Actor, *, at: datetime = AT + DAY, words: str = WORDS, **more: Any) -> Clock:
    return operations.extend(case.pk, "decide", reason="complexity", words=words, by=by, at=at, **more)


def test_a_supervisor_grants_more_time_once_and_the_person_is_told_why(supervisor: Actor) -> None:
    case = case_at(Status.IN_REVIEW)
    assert extend(case, supervisor).due_latest == date(2026, 12, 7)
    case.refresh_from_db()
    assert case.decide_by_latest == date(2026, 12, 7)
    message = told(case, "deadline_extended")
    assert (message.params["old"], message.params["new"]) == ("2026-11-23", "2026-12-07")
    assert [change.words for change in queries.changes(case)] == [WORDS]
    with pytest.raises(errors.ClockRefused) as caught:
        extend(case, supervisor, at=AT + 2 * DAY)
    assert caught.value.code == "reason"
    assert Entry.objects.filter(case_id=case.pk, event_type="case.clock_extended").count() == 1


def test_who_has_the_case_does_not_grant_themselves_more_time(holder: Organisation) -> None:
    both = factories.staff(Role.CASEWORKER, holder, Role.SUPERVISOR)
    case = case_at(Status.IN_REVIEW, caseworker=both)
    with pytest.raises(NotAllowed) as caught:
        extend(case, both)
    assert caught.value.code == "needs_approval"
    with pytest.raises(NotAllowed) as caught:
        extend(case, factories.staff(Role.CASEWORKER, holder))
    assert caught.value.code == "not_yours"


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("words", {"words": "  "}),
        ("until", {"until": date(2026, 12, 1)}),
        ("late", {"at": AT + 22 * DAY}),
    ],
)
def test_more_time_is_refused_with_what_is_wrong(supervisor: Actor, code: str, more: dict[str, Any]) -> None:
    case = case_at(Status.IN_REVIEW)
    with pytest.raises(errors.ClockRefused) as caught:
        extend(case, supervisor, **more)
    assert caught.value.code == code
    assert days(case) == (date(2026, 11, 23), date(2026, 11, 23))
    assert not Message.objects.filter(kind="deadline_extended").exists()


# --- standing still -------------------------------------------------------------------------------


def test_days_on_which_a_deadline_stands_still_do_not_count(caseworker: Actor) -> None:
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    name, reason = "decide", "clarification"
    paused = operations.pause(case.pk, name, reason=reason, words="Which year?", by=caseworker, at=AT + 2 * DAY)
    # Ten working days at most, so a last day is known even now.
    assert (paused.state, paused.due_latest, paused.is_provisional) == (ClockState.PAUSED, date(2026, 12, 7), False)
    assert told(case, "deadline_paused")
    with pytest.raises(errors.ClockRefused):
        operations.pause(case.pk, name, reason=reason, words="Which year?", by=caseworker, at=AT + 2 * DAY)
    # Wednesday and Thursday stood still; on Friday it runs again.
    running = operations.go_on(case.pk, name, by=caseworker, at=AT + 4 * DAY)
    assert (running.state, running.due_latest) == (ClockState.RUNNING, date(2026, 11, 25))
    assert told(case, "deadline_resumed").params["new"] == "2026-11-25"
    with pytest.raises(errors.ClockRefused):
        operations.go_on(case.pk, name, by=caseworker, at=AT + 4 * DAY)


def test_more_time_for_a_deadline_that_stands_still_does_not_make_it_run(caseworker: Actor, supervisor: Actor) -> None:
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    operations.pause(case.pk, "decide", reason="clarification", words="Which year?", by=caseworker, at=AT + DAY)
    longer = extend(case, supervisor, at=AT + 2 * DAY)
    assert (longer.state, clock(case).state) == (ClockState.PAUSED, ClockState.PAUSED)
    running = operations.go_on(case.pk, "decide", by=caseworker, at=AT + 3 * DAY)
    assert (running.state, running.due_latest) == (ClockState.RUNNING, date(2026, 12, 9))


def test_a_pause_that_nobody_ends_does_not_last_for_ever(caseworker: Actor) -> None:
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    operations.pause(case.pk, "decide", reason="clarification", words="Which year?", by=caseworker, at=AT + 2 * DAY)
    assert look(case, datetime(2026, 12, 8, 9, tzinfo=UTC)) == "missed"
    assert clock(case).state == ClockState.RUNNING


def test_a_pause_that_its_rule_bounds_ends_by_itself_and_the_person_is_told(caseworker: Actor) -> None:
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    pause = {"reason": "clarification", "words": "Which year?"}
    paused = operations.pause(case.pk, "decide", **pause, by=caseworker, at=AT + 2 * DAY)
    ends = datetime(2026, 11, 18, 9, tzinfo=UTC)  # ten working days after the 4th
    assert paused.look_on == ends.date()
    assert look(case, ends - DAY) == ""
    assert look(case, ends + DAY) == "resumed"  # the sweep was down on the day itself
    assert (clock(case).state, clock(case).due_latest) == (ClockState.RUNNING, paused.due_latest)
    assert told(case, "deadline_resumed").params["new"] == paused.due_latest.isoformat()
    assert look(case, ends + DAY) == ""
    again = operations.pause(case.pk, "decide", **pause, by=caseworker, at=ends + 2 * DAY)
    assert again.due_latest > paused.due_latest


def test_a_reason_that_the_procedure_does_not_know_stops_nothing(caseworker: Actor) -> None:
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    for reason in ("expert_opinion", "", "nonsense"):
        with pytest.raises(errors.ClockRefused) as caught:
            operations.pause(case.pk, "decide", reason=reason, words="x", by=caseworker, at=AT + DAY)
        assert caught.value.code == "reason"


# --- near and missed ------------------------------------------------------------------------------


def look(case: Case, at: datetime, name: str = "decide") -> str:
    return operations.look_at(clock(case, name).pk, at=at)


def test_those_who_decide_are_reminded_once_before_the_last_day() -> None:
    case = case_at(Status.IN_REVIEW)
    assert look(case, AT + 17 * DAY) == ""  # 19 November; the reminder is for the 20th
    assert look(case, AT + 18 * DAY) == "reminded"
    assert look(case, AT + 19 * DAY) == ""
    message = told(case, "holder_told_deadline")
    assert (message.organisation_id, message.params["on"]) == (case.holder_id, "2026-11-23")


def test_a_missed_deadline_has_its_consequences_once_also_after_a_long_silence() -> None:
    case = case_at(Status.IN_REVIEW)
    late = AT + 60 * DAY
    assert look(case, late) == "missed"
    assert look(case, late + DAY) == ""
    assert told(case, "deadline_missed").mail_state == "waiting"
    assert told(case, "holder_told_missed").organisation_id == case.holder_id
    [entry] = Entry.objects.filter(case_id=case.pk, event_type="case.deadline_missed")
    assert clock(case).missed_at == late and clock(case).look_on is None
    assert entry.case_id == case.pk


def test_the_last_day_itself_is_in_time_where_the_procedure_is_law() -> None:
    case = case_at(Status.IN_REVIEW)
    end_of_day_in_shanghai = datetime.fromisoformat("2026-11-23T15:59:00+00:00")
    look(case, end_of_day_in_shanghai)
    assert clock(case).missed_at is None
    assert look(case, end_of_day_in_shanghai + timedelta(minutes=1)) == "missed"


def test_the_window_of_the_person_ends_without_any_consequence_but_a_reminder() -> None:
    case = case_at(Status.SERVED)
    window = clock(case, "review_file_by")
    assert look(case, AT + 25 * DAY, "review_file_by") == "reminded"
    assert told(case, "window_ends").params["on"] == window.due_earliest.isoformat()
    assert look(case, AT + 60 * DAY, "review_file_by") == ""
    assert clock(case, "review_file_by").missed_at is None


def test_the_sweep_finds_what_is_due_and_puts_off_what_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = case_at(Status.IN_REVIEW), case_at(Status.IN_REVIEW)
    genuine = operations.look_at

    def fails_for_one(clock_id: int, *, at: datetime) -> str:
        if Clock.objects.get(pk=clock_id).case_id == bad.pk:
            raise RuntimeError("broken")
        return genuine(clock_id, at=at)

    monkeypatch.setattr(operations, "look_at", fails_for_one)
    with time_machine.travel(AT + 40 * DAY, tick=False):
        sweep()
    assert clock(good).missed_at is not None
    broken = clock(bad)
    assert broken.missed_at is None and broken.tries == 1
    assert broken.next_try_at and broken.next_try_at > AT + 40 * DAY
    assert broken.pk not in queries.clocks_to_look_at(AT + 40 * DAY)
    assert broken.pk in queries.clocks_to_look_at(AT + 41 * DAY)


def test_nobody_is_late_with_a_case_that_is_being_withdrawn(person: Actor) -> None:
    case = case_at(Status.FILED, person=person)
    operations.withdraw(case.pk, by=person, at=AT + DAY)
    assert not Clock.objects.filter(case=case, look_on__isnull=False).exists()
    operations.undo_withdrawal(case.pk, by=person, at=AT + 2 * DAY)
    assert clock(case).look_on == date(2026, 11, 20)


def reconsideration(monkeypatch: pytest.MonkeyPatch) -> Case:
    """A procedure in which the dispute is taken on first, and counts as taken on if nobody says anything."""
    here = [{"programme": "cn-court-defaulters", "types": "any", "measures": "any"}]
    laws.changed(monkeypatch, "cn-admin-reconsideration", opens_for=here)
    laws.with_higher_body(monkeypatch, "cn-court-defaulters")
    items = [factories.item(factories.record_for(person := factories.person()), ground="disproportionate")]
    return case_at(person=person, items=items, procedure="cn-admin-reconsideration")


def test_what_counts_as_taken_on_does_so_from_the_day_that_was_missed_also_after_downtime(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = reconsideration(monkeypatch)
    assert set(Clock.objects.filter(case=case, state=ClockState.RUNNING).values_list("name", flat=True)) >= {"accept"}
    promised = case.decide_by_latest
    accept = clock(case, "accept").due_latest
    assert look(case, AT + 40 * DAY, "accept") == "missed"
    started = ClockEntry.objects.get(case=case, clock="decide", kind=EntryKind.STARTED)
    assert (started.event, started.on) == ("accepted", accept)
    case.refresh_from_db()
    assert case.decide_by_latest <= promised
    assert told(case, "accept_missed").params["on"] == accept.isoformat()
    assert look(case, AT + 41 * DAY, "accept") == ""


def test_a_case_that_is_taken_on_late_counts_from_the_day_that_was_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep was down: whoever takes it up first does not make the answer come later than was promised."""
    case = reconsideration(monkeypatch)
    accept, promised = clock(case, "accept").due_latest, case.decide_by_latest
    operations.take(case.pk, by=factories.staff(Role.CASEWORKER, case.holder), at=AT + 30 * DAY)
    started = ClockEntry.objects.get(case=case, clock="decide", kind=EntryKind.STARTED)
    assert (started.event, started.on) == ("accepted", accept)
    case.refresh_from_db()
    assert case.decide_by_latest <= promised
    assert told(case, "accept_missed").params["on"] == accept.isoformat()
    missed, taken = (
        Entry.objects.get(case_id=case.pk, event_type=event).pk for event in ("case.deadline_missed", "case.taken")
    )
    assert missed < taken


def test_an_answer_that_comes_late_has_the_consequences_of_lateness_all_the_same() -> None:
    case = case_at(Status.IN_REVIEW)  # due on 23 November
    late = AT + 30 * DAY
    worker = _caseworker_of(case)
    operations.draft(case.pk, factories.answers_to(case), by=worker, at=late)
    operations.submit(case.pk, by=worker, at=late)
    supervisor = factories.staff(Role.SUPERVISOR, case.holder)
    operations.approve(case.pk, seen=late, by=supervisor, at=late)
    assert clock(case).missed_at == late and clock(case).state == ClockState.DONE
    assert told(case, "holder_told_missed")
    [entry] = Entry.objects.filter(case_id=case.pk, event_type="case.deadline_missed")
    assert entry.pk < Entry.objects.get(case_id=case.pk, event_type="case.decided").pk
    shown = {each.name: each for each in deadlines.shown(case, late)}["decide"]
    assert (shown.state, bool(shown.consequences)) == ("Done, but late", True)


def test_nobody_is_late_with_a_refusal_that_nobody_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    case = reconsideration(monkeypatch)
    assert clock(case, "notify_refusal").look_on is None
    operations.take(case.pk, by=factories.staff(Role.CASEWORKER, case.holder), at=AT + 2 * DAY)
    assert clock(case, "notify_refusal").state == ClockState.DONE
    assert "notify_refusal" not in {each.name for each in deadlines.shown(case, AT + 60 * DAY)}
    with time_machine.travel(AT + 30 * DAY, tick=False):
        sweep()
    assert not Clock.objects.filter(case=case, missed_at__isnull=False).exists()


def test_a_refusal_that_an_earlier_release_waited_for_ends_with_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    case = reconsideration(monkeypatch)
    operations.take(case.pk, by=factories.staff(Role.CASEWORKER, case.holder), at=AT + 2 * DAY)
    begun = Clock.objects.filter(case=case, name="notify_refusal")
    begun.update(state=ClockState.RUNNING, done_at=None, look_on=AT.date())
    worker = _caseworker_of(case)
    operations.draft(case.pk, factories.answers_to(case), by=worker, at=AT + 30 * DAY)
    operations.submit(case.pk, by=worker, at=AT + 30 * DAY)
    supervisor = factories.staff(Role.SUPERVISOR, case.holder)
    operations.approve(case.pk, seen=AT + 30 * DAY, by=supervisor, at=AT + 30 * DAY)
    assert (begun.get().state, begun.get().missed_at) == (ClockState.DONE, None)


def test_what_is_promised_at_filing_holds_when_the_case_is_taken_on_later(monkeypatch: pytest.MonkeyPatch) -> None:
    case = reconsideration(monkeypatch)
    first, last = case.decide_by, case.decide_by_latest
    operations.take(case.pk, by=factories.staff(Role.CASEWORKER, case.holder), at=AT + 5 * DAY)
    case.refresh_from_db()
    assert first < case.decide_by <= case.decide_by_latest <= last


def test_whoever_is_owed_money_for_lateness_reads_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    per_day = {"amount": 100, "currency": "INR"}
    late = {"clock": "decide", "effects": ["pay_per_day", "next_tier_opens"], "per_day": per_day, **laws.READ}
    laws.changed(monkeypatch, "redress-model", on_deadline_missed=[late])
    case = case_at(Status.IN_REVIEW)  # due on 23 November
    assert look(case, AT + 24 * DAY) == "missed"
    shown = {each.name: each for each in deadlines.shown(case, AT + 24 * DAY)}["decide"]
    assert "100 INR for each day: 300 INR for 3 days so far." in shown.consequences
    assert any(said.startswith("Second look: ") and case.reference in said for said in shown.consequences)
    assert told(case, "holder_told_missed")


def test_a_law_that_takes_an_entry_out_for_lateness_stops_what_rests_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    never = {"applies": False, **laws.READ}
    model = procedures.procedure("redress-model")
    interim = {**model.interim.model_dump(exclude_unset=True), "suspend_measures": never}
    late = {"clock": "decide", "effects": ["delete"], **laws.READ}
    laws.changed(monkeypatch, "redress-model", interim=interim, on_deadline_missed=[late])
    case = case_at(Status.IN_REVIEW)
    measure = Measure.objects.get(record=case.items.get().record_id)
    assert measure.state == MeasureState.IN_FORCE
    assert look(case, AT + 24 * DAY) == "missed"
    measure.refresh_from_db()
    assert measure.state == MeasureState.SUSPENDED
    assert case.items.get().record.state == "current"  # a human still decides what becomes of it


def test_what_may_still_move_a_day_stands_beside_it() -> None:
    shown = {each.name: each for each in deadlines.shown(case_at(Status.IN_REVIEW), AT)}["decide"]
    assert shown.may_change == [
        "It may be made longer by 10 working days if the case is hard. A supervisor has to grant it.",
        "It may stand still for 10 working days at most if more information was needed.",
        "It may stand still for 10 working days at most if the identity had to be checked.",
    ]
    american = {each.name: each for each in deadlines.shown(us_case(), AT)}["decide"]
    assert american.may_change == ["It may be made longer, to 45 days in all, if new information came in."]


# --- the calendar ---------------------------------------------------------------------------------


def test_a_declared_day_moves_open_deadlines_of_that_office_and_tells_those_concerned(supervisor: Actor) -> None:
    case = case_at(Status.IN_REVIEW)
    made = operations.declare_day("CN", date(2026, 11, 20), is_worked=False, reason="Typhoon.", by=supervisor, at=AT)
    # The decider's day was told and never moves later without a lawful extension.
    assert operations.recount_calendar(made.pk, at=AT + DAY) == 0
    assert days(case) == (date(2026, 11, 23), date(2026, 11, 23))
    worked = operations.declare_day("CN", date(2026, 11, 14), is_worked=True, reason="Saturday.", by=supervisor, at=AT)
    operations.recount_calendar(worked.pk, at=AT + DAY)
    fresh = case_at(Status.FILED)
    assert days(fresh) == (date(2026, 11, 23), date(2026, 11, 23))  # a day off and a day on
    operations.end_declared_day(made.pk, by=supervisor, at=AT + DAY)
    assert days(case_at(Status.FILED)) == (date(2026, 11, 20), date(2026, 11, 20))
    assert operations.recount_calendar(made.pk, at=AT + DAY) >= 1
    assert days(case) == (date(2026, 11, 20), date(2026, 11, 20))
    assert told(case, "deadline_moved").params["new"] == "2026-11-20"


@pytest.mark.django_db(transaction=True)  # the guard of the log looks when a transaction commits
def test_a_declared_day_that_moves_some_deadlines_and_others_not_is_counted_to_the_end(
    supervisor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "_NOT_BEGUN", frozenset())  # as a case of an earlier release
    case = case_at(Status.IN_REVIEW)
    assert case.clocks.count() > 1
    for on, is_worked, moved in [
        (date(2026, 11, 20), False, 0),
        (date(2026, 11, 14), True, 0),
        (date(2026, 11, 7), True, 2),  # the decision and the answer of the source
    ]:
        made = operations.declare_day("CN", on, is_worked=is_worked, reason="x", by=supervisor, at=AT)
        assert operations.recount_calendar(made.pk, at=AT + DAY) == moved
    # 3 to 7, 9 to 14 and 16 to 19 November are fifteen days.
    assert days(case) == (date(2026, 11, 19), date(2026, 11, 19))


def test_a_day_that_is_taken_back_while_it_is_counted_is_counted_again(
    supervisor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_at(Status.IN_REVIEW)
    made = operations.declare_day("CN", date(2026, 11, 14), is_worked=True, reason="Saturday.", by=supervisor, at=AT)
    count = clocks.recount

    def taken_back_meanwhile(*args: Any, **said: Any) -> bool:
        if CalendarException.objects.filter(pk=made.pk, ended_at__isnull=True).exists():
            operations.end_declared_day(made.pk, by=supervisor, at=AT + DAY)
        return count(*args, **said)

    monkeypatch.setattr(clocks, "recount", taken_back_meanwhile)
    operations.recount_calendar(made.pk, at=AT + DAY)
    assert queries.exceptions_to_recount() == [made]
    operations.recount_calendar(made.pk, at=AT + DAY)
    assert queries.exceptions_to_recount() == []


def test_a_window_that_a_declared_day_made_longer_does_not_close_before_the_day_that_was_told(
    supervisor: Actor,
) -> None:
    case = case_at(Status.SERVED)
    factories.carry_out(case)
    made = operations.declare_day("CN", date(2026, 12, 2), is_worked=False, reason="Storm.", by=supervisor, at=AT)
    assert operations.recount_calendar(made.pk, at=AT + DAY) == 1
    assert days(case, "review_file_by") == (date(2026, 12, 3), date(2026, 12, 3))
    assert told(case, "deadline_moved").params["new"] == "2026-12-03"
    assert told(case, "holder_told_moved").organisation_id == case.holder_id
    assert case.pk not in queries.windows_ended(date(2026, 12, 3))
    with pytest.raises(errors.TooEarly):
        operations.close(case.pk, at=datetime(2026, 12, 3, 20, tzinfo=UTC))
    # Taken back, it stays as it was told.
    operations.end_declared_day(made.pk, by=supervisor, at=AT + 2 * DAY)
    assert operations.recount_calendar(made.pk, at=AT + 2 * DAY) == 0
    assert days(case, "review_file_by")[1] == date(2026, 12, 3)
    assert queries.windows_ended(date(2026, 12, 4)) == [case.pk]


def test_days_are_declared_by_supervisors_with_a_reason_and_only_if_they_change_something(
    supervisor: Actor, caseworker: Actor
) -> None:
    day, off = date(2026, 11, 20), False
    with pytest.raises(NotAllowed):
        operations.declare_day("CN", day, is_worked=off, reason="x", by=caseworker, at=AT)
    for code, calendar, on, reason in [
        ("reason", "CN", day, " "),
        ("calendar", "XX", day, "x"),
        ("on", "CN", date(2026, 11, 21), "a Saturday"),
    ]:
        with pytest.raises(errors.DayRefused) as caught:
            operations.declare_day(calendar, on, is_worked=off, reason=reason, by=supervisor, at=AT)
        assert caught.value.code == code


# --- what holds -----------------------------------------------------------------------------------


def test_what_is_kept_is_what_the_ledger_says() -> None:
    case = case_at(Status.SERVED)
    for row in Clock.objects.filter(case=case):
        due = queries.count(case, row.name)
        assert (due.earliest, due.latest) == (row.due_earliest, row.due_latest), row.name
        last = ClockEntry.objects.filter(case=case, clock=row.name, kind=EntryKind.TOLD).latest("id")
        assert (last.due_earliest, last.due_latest) == (row.due_earliest, row.due_latest)


@pytest.mark.parametrize("statement", ["UPDATE appeals_clockentry SET at = now()", "DELETE FROM appeals_clockentry"])
def test_the_ledger_only_grows(statement: str) -> None:
    case_at(Status.FILED)
    with pytest.raises(DatabaseError, match="forbidden"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_consequence_has_its_handler_and_every_clock_its_words() -> None:
    assert set(HANDLERS) == set(consequences.handlers())
    assert set(TITLES) == set(DONE_BY)
    assert set(DONE_BY) <= {*get_args(rules.ClockName), "review_file_by"}
    assert rules.NOT_EARLIER & set(DONE_BY) == {"review_file_by", "cure"}


def test_a_declared_day_tells_nobody_about_a_case_that_is_over(supervisor: Actor) -> None:
    over, withdrawing = case_at(Status.WITHDRAWN), case_at(Status.WITHDRAWING)
    worked = operations.declare_day("CN", date(2026, 11, 14), is_worked=True, reason="Saturday.", by=supervisor, at=AT)
    assert operations.recount_calendar(worked.pk, at=AT + DAY) == 1
    told = Message.objects.filter(kind__in=("deadline_moved", "holder_told_moved"))
    assert set(told.values_list("case_id", flat=True)) == {withdrawing.pk}  # it may still go on
    over.refresh_from_db()
    assert over.decide_by == date(2026, 11, 23)


def test_what_waits_for_a_day_off_that_the_office_declared_waits_longer_and_never_less(
    supervisor: Actor, person: Actor
) -> None:
    before, after = (case_at(person=person, items=[item(record_for(person))]) for _ in range(2))
    operations.withdraw(before.pk, by=person, at=AT)
    operations.declare_day("CN", date(2026, 11, 14), is_worked=True, reason="Saturday.", by=supervisor, at=AT)
    assert effective_on(after, AT) == date(2026, 11, 16)
    operations.declare_day("CN", date(2026, 11, 9), is_worked=False, reason="Storm.", by=supervisor, at=AT)
    operations.declare_day("CN", date(2026, 11, 10), is_worked=False, reason="Storm.", by=supervisor, at=AT)
    operations.withdraw(after.pk, by=person, at=AT)
    days = [Case.objects.get(pk=each.pk).withdrawal_effective_on for each in (before, after)]
    assert days == [date(2026, 11, 16), date(2026, 11, 17)]
    served = case_at(Status.SERVED, answers=[{"outcome": "rejected", "remedy": ""}])
    assert resumption.first_day(served, AT) == date(2026, 11, 17)


def test_the_letter_names_the_day_that_the_case_page_counts(supervisor: Actor) -> None:
    operations.declare_day("CN", date(2026, 11, 4), is_worked=False, reason="Storm.", by=supervisor, at=AT)
    case = case_at(Status.SERVED)
    assert clock(case, "correct").due_latest == date(2026, 11, 6)
    person = queries.person_actor(case)
    assert "6 November 2026" in " ".join(letter_of(case, by=person, at=AT + DAY).next_steps)


def test_the_person_is_told_of_a_pause_and_of_an_extension_before_the_old_day_is_over_or_it_is_refused(
    caseworker: Actor, supervisor: Actor
) -> None:
    paused, longer = (case_at(Status.IN_REVIEW, caseworker=caseworker) for _ in range(2))
    last = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 23 November, eleven at night in Shanghai
    over = last + timedelta(hours=2)
    for case, kind in ((paused, "deadline_paused"), (longer, "deadline_extended")):
        for moment in (over, last):
            try:
                if case is paused:
                    operations.pause(
                        case.pk, "decide", reason="clarification", words="Which?", by=caseworker, at=moment
                    )
                else:
                    operations.extend(case.pk, "decide", reason="complexity", words="Hard.", by=supervisor, at=moment)
            except ClockRefused as refused:
                assert (refused.code, moment) == ("late", over)
                assert not Message.objects.filter(case_id=case.pk, kind=kind).exists()
        told = Message.objects.get(case_id=case.pk, kind=kind)
        assert (told.created_at, told.mail_state) == (last, "waiting")
