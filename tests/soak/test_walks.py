"""Long random walks through whole lives of cases, each step committed, with all that can come between.

Several people with records of every programme, officials of every holder, feeds that send new versions
and measures, remedies undone, withdrawals taken back, sweeps whenever they come. After each step the
integrity checks hold; at the end of a walk everything that waits is done, and then all of them hold.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    get_state_machine_test,
    initialize,
    invariant,
    rule,
)

from accounts.actors import Actor
from accounts.models import Role
from appeals import errors, integrity, operations, queries
from appeals.access import NotAllowed
from appeals.models import Case, Outcome, Remedy
from appeals.tasks import sweep
from appeals.workflow import OPEN, IllegalStep, Status
from audit.models import Entry
from delivery.tasks import deliver_due
from law import procedures
from records import queries as held
from records.catalogue import Refused
from records.models import Measure, MeasureState, Record, Version, VersionCause
from records.tasks import keeping_times
from tests import factories, processes, resending
from tests.laws import READ, changed

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]

WALKS, STEPS = 20, 60
SEEDS = range(1, 6)  # of rounds of so many walks, until they have been everywhere: after one, as a rule
# Few walks come to what only some procedures know; that has tests of its own.
RARE = {Status.INCOMPLETE, Status.SCREENING, Status.SCREENED_OUT, Status.SCREENING_SERVED}
EVERYWHERE = {str(status) for status in set(Status) - RARE}
EXPECTED = (IllegalStep, NotAllowed, errors.CaseError, Refused)
UNDECIDED = (Status.FILED, Status.IN_REVIEW, Status.INCOMPLETE, Status.AWAITING_APPROVAL, Status.SCREENING)
# What is late is no fault of a walk in which the sweep comes when it likes.
LATE = {
    "clock.overlooked",
    "record.kept_too_long",
    *(code for code in integrity.all_checks() if code.endswith("overdue")),
}
FILES = [
    ("cn-court-defaulters", "court_listing", ("no_plane", "no_star_hotel"), "cn-spc"),
    ("cn-jaywalking", "face_event", ("screen_display",), "cn-city-traffic-police"),
    ("us-credit-file", "tradeline", (), "us-credit-agency"),
]
FIELDS = {"court_listing": "amount", "face_event": "place", "tradeline": "balance"}
VALUES = {"amount": ["1.00", "2.00", "3.00"], "place": ["A Road", "B Road"], "balance": ["1.00", "2.00"]}
NEW_MEASURES = {"court_listing": ["no_plane", "no_vehicle", "exit_ban"], "face_event": ["screen_display"]}
seen: Counter[str] = Counter()


class Life(RuleBasedStateMachine):
    """One walk, in a database of its own."""

    def __init__(self) -> None:
        super().__init__()
        processes.empty_the_database()
        self.now = factories.AT
        self.cases: list[UUID] = []
        self.stopped: dict[UUID, set[UUID]] = {}  # what each case may keep from running while it is undecided
        self.people = [factories.person() for _ in range(2)]
        self.staff = [self._engaged(holder) for *_, holder in FILES for _ in range(2)]
        self.bosses = [self._engaged(holder, Role.SUPERVISOR) for *_, holder in FILES]

    @staticmethod
    def _engaged(holder: str, role: Role = Role.CASEWORKER) -> Actor:
        return factories.staff(
            role, factories.organisation(holder), *([Role.SUPERVISOR] if role != Role.SUPERVISOR else [])
        )

    @initialize()
    def files(self) -> None:
        for person in self.people:
            for programme, type_, measures, _ in FILES:
                factories.record_for(person, programme, type_, measures)

    @rule(data=st.data())
    def something_happens(self, data: Any) -> None:
        """One rule for all: Hypothesis would leave out most rules in most walks."""
        happenings = [happening for happening, weight in self.happenings().items() for _ in range(weight)]
        data.draw(st.sampled_from(happenings))(data)

    def happenings(self) -> dict[Callable[[Any], None], int]:
        """What may happen now, with its weight."""
        always = {self.somebody_files: 4, self.a_feed_comes_in: 2, self.time_goes_by: 4}
        with_cases = {
            self.a_case_goes_its_way: 6,
            self.somebody_withdraws: 2,
            self.somebody_takes_a_withdrawal_back: 1,
            self.somebody_reads_the_decision: 2,
            self.somebody_has_something_new: 2,
            self.anybody_tries_anything: 2,
            self.a_remedy_is_done_or_undone: 3,
            self.a_deadline_is_changed: 2,
        }
        return {**always, **(with_cases if self.cases else {})}

    # --- what people do ---

    def somebody_files(self, data: Any) -> None:
        person = data.draw(st.sampled_from(self.people))
        programme = data.draw(st.sampled_from([programme for programme, *_ in FILES]))
        mine = [each for each in held.held(person) if each.record.programme == programme]
        if not mine:
            return
        chosen = mine if data.draw(st.booleans()) else [data.draw(st.sampled_from(mine))]
        items = [self._item(data, each) for each in chosen]
        open_for = queries.procedures_for(chosen[0], items[0].measure_id, self.now.date())
        procedure = data.draw(st.sampled_from([each.id for each in open_for]))
        if case := self._try(
            operations.file, procedure_id=procedure, items=items, language="en", by=person, at=self._later()
        ):
            self.cases.append(case.pk)
            if queries.procedure_of(case).suspends_measures:
                self.stopped[case.pk] = queries.disputed_measures(case)
            self._go_on(data, case)

    def _item(self, data: Any, of: Any) -> operations.NewItem:
        what = data.draw(st.sampled_from(["record", "field", "measure"]))
        measure = next((m.type for m in of.measures_now), "") if what == "measure" else ""
        field = FIELDS[of.record.type] if what == "field" else ""
        if what == "measure" and not measure:
            field = FIELDS[of.record.type]
        ground = "disproportionate" if measure else data.draw(st.sampled_from(["inaccurate", "not_me", "expired"]))
        if field:
            ground = "inaccurate"
        return factories.item(of.record, ground=ground, field=field, measure=measure, wanted="something else")

    def somebody_withdraws(self, data: Any) -> None:
        case = self._case(data)
        person = self._person_of(case)
        self._try(operations.withdraw, case.pk, by=person, at=self._later())
        if data.draw(st.booleans()):
            self._try(operations.undo_withdrawal, case.pk, by=person, at=self._later())

    def somebody_takes_a_withdrawal_back(self, data: Any) -> None:
        case = self._case(data)
        self._try(operations.undo_withdrawal, case.pk, by=self._person_of(case), at=self._later())

    def somebody_reads_the_decision(self, data: Any) -> None:
        case = self._case(data)
        self._try(operations.serve, case.pk, how="opened", by=self._person_of(case), at=self._later())

    def somebody_has_something_new(self, data: Any) -> None:
        """To a case that was turned away, if there is one."""
        away = Case.objects.filter(status__in=(Status.SCREENED_OUT, Status.SCREENING_SERVED)).order_by("pk")
        case = data.draw(st.sampled_from(list(away) or [self._case(data)]))
        words = data.draw(st.sampled_from(["A new judgment.", " "]))
        self._try(operations.revive, case.pk, words=words, by=self._person_of(case), at=self._later())

    # --- what officials do ---

    def a_case_goes_its_way(self, data: Any) -> None:
        """The next lawful steps, each by somebody who may."""
        self._go_on(data, self._case(data))

    def _go_on(self, data: Any, case: Case) -> None:
        for _ in range(data.draw(st.integers(0, 5))):
            case.refresh_from_db()
            match case.status:
                case Status.FILED:
                    by = self._one_of(data, self.staff, case)
                    self._try(operations.take, case.pk, by=by, at=self._later())
                case Status.IN_REVIEW if data.draw(st.integers(0, 4)) == 0:
                    self._ask(case)
                case Status.IN_REVIEW if data.draw(st.booleans()) and self._turn_away(data, case):
                    pass
                case Status.IN_REVIEW:
                    self._decide(data, case)
                case Status.INCOMPLETE:
                    self._complete(data, case)
                case Status.AWAITING_APPROVAL:
                    self._approve(data, case)
                case Status.SCREENING:
                    self._judge_turning_away(data, case)
                case Status.DECIDED | Status.SCREENED_OUT:
                    self._try(operations.serve, case.pk, how="opened", by=self._person_of(case), at=self._later())

    def _turn_away(self, data: Any, case: Case) -> bool:
        """By a rule that is open, or by one that is not: whether it went through."""
        by = next(each for each in self.staff if each.user_id == case.caseworker_id)
        rules = ["repeat", *(each.rule.id for each in queries.open_rules(case, at=self.now) if not each.why_not)]
        rule = data.draw(st.sampled_from(rules))
        together = queries.procedure_of(case).needs_second_person
        do = operations.propose_screening if together else operations.screen_out
        return bool(self._try(do, case.pk, rule=rule, reasons="The same again.", by=by, at=self._later()))

    def _judge_turning_away(self, data: Any, case: Case) -> None:
        seen_at = case.screenings.get(ended_at=None).proposed_at
        by = self._one_of(data, self.bosses, case)
        if data.draw(st.integers(0, 3)):
            self._try(operations.approve_screening, case.pk, seen=seen_at, by=by, at=self._later())
        else:
            self._try(operations.refuse_screening, case.pk, reason="Look into it.", by=by, at=self._later())

    def _ask(self, case: Case) -> None:
        by = next(each for each in self.staff if each.user_id == case.caseworker_id)
        self._try(operations.ask_to_complete, case.pk, words="Send the receipt.", by=by, at=self._later())

    def _complete(self, data: Any, case: Case) -> None:
        if data.draw(st.booleans()):
            person = self._person_of(case)
            self._try(operations.complete, case.pk, words="Here it is.", by=person, at=self._later())
        else:
            by = next(each for each in self.staff if each.user_id == case.caseworker_id)
            self._try(operations.go_on_without, case.pk, reason="We have it.", by=by, at=self._later())

    def a_deadline_is_changed(self, data: Any) -> None:
        case = self._case(data)
        by = data.draw(st.sampled_from([*self.staff, *self.bosses]))
        at, pk, words = self._later(), case.pk, "The court is slow."
        change: Callable[[], object] = data.draw(
            st.sampled_from(
                [
                    lambda: operations.pause(pk, "decide", reason="clarification", words=words, by=by, at=at),
                    lambda: operations.go_on(pk, "decide", by=by, at=at),
                    lambda: operations.extend(pk, "decide", reason="complexity", words=words, by=by, at=at),
                ]
            )
        )
        self._try(change)

    def _decide(self, data: Any, case: Case) -> None:
        by = next(each for each in self.staff if each.user_id == case.caseworker_id)
        self._try(operations.draft, case.pk, self._answers(data, case), by=by, at=self._later())
        together = queries.procedure_of(case).needs_second_person
        self._try(operations.submit if together else operations.decide, case.pk, by=by, at=self._later())

    def _approve(self, data: Any, case: Case) -> None:
        seen_at = Case.objects.get(pk=case.pk).decision.submitted_at
        by = self._one_of(data, self.bosses, case)
        if data.draw(st.integers(0, 4)):
            self._try(operations.approve, case.pk, seen=seen_at, by=by, at=self._later())
        else:
            self._try(operations.send_back, case.pk, reason="Say more.", by=by, at=self._later())

    def _answers(self, data: Any, case: Case) -> list[operations.Answer]:
        answers = []
        for item in case.items.select_related("record").order_by("number"):
            outcome = data.draw(st.sampled_from(Outcome.values))
            remedies = queries.remedies_open(queries.procedure_of(case), item, outcome)
            remedy = data.draw(st.sampled_from(remedies)) if remedies else ""
            field = FIELDS[item.record.type]
            value = data.draw(st.sampled_from(VALUES[field]))
            answers.append(
                operations.Answer(item.pk, outcome if remedy else Outcome.REJECTED, "Why.", remedy, field, value)
            )
        return answers

    def anybody_tries_anything(self, data: Any) -> None:
        case = self._case(data)
        by = data.draw(st.sampled_from([*self.people, *self.staff, *self.bosses]))
        at, pk = self._later(), case.pk
        verb: Callable[[], object] = data.draw(
            st.sampled_from(
                [
                    lambda: operations.take(pk, by=by, at=at),
                    lambda: operations.give_back(pk, reason="Ill.", by=by, at=at),
                    lambda: operations.draft(pk, factories.answers_to(case), by=by, at=at),
                    lambda: operations.submit(pk, by=by, at=at),
                    lambda: operations.decide(pk, by=by, at=at),
                    lambda: operations.approve(pk, seen=at, by=by, at=at),
                    lambda: operations.send_back(pk, reason="More.", by=by, at=at),
                    lambda: operations.propose_screening(pk, rule="repeat", reasons="Again.", by=by, at=at),
                    lambda: operations.screen_out(pk, rule="repeat", reasons="Again.", by=by, at=at),
                    lambda: operations.approve_screening(pk, seen=at, by=by, at=at),
                    lambda: operations.refuse_screening(pk, reason="No.", by=by, at=at),
                    lambda: operations.revive(pk, words="New.", by=by, at=at),
                    lambda: operations.withdraw(pk, by=by, at=at),
                    lambda: operations.conclude_withdrawal(pk, at=at),
                    lambda: operations.close(pk, at=at),
                ]
            )
        )
        self._try(verb)

    def a_remedy_is_done_or_undone(self, data: Any) -> None:
        remedies = list(Remedy.objects.select_related("case", "item").order_by("pk"))
        if not remedies:
            return
        # Often an earlier one of several on one record.
        per_record = Counter(each.item.record_id for each in remedies)
        several = [each for each in remedies if per_record[each.item.record_id] > 1]
        remedy = data.draw(st.sampled_from(several if several and data.draw(st.booleans()) else remedies))
        if data.draw(st.booleans()):
            self._try(operations.carry_out, remedy.pk, at=self._later())
            return
        by = self._one_of(data, self.bosses, remedy.case)
        self._try(operations.undo_remedy, remedy.pk, reason="A mistake.", by=by, at=self._later())

    # --- what the world does ---

    def a_feed_comes_in(self, data: Any) -> None:
        what = data.draw(st.sampled_from(["same", "value", "measure"]))
        rows = Record.objects.exclude(programme="us-credit-file").select_related("source", "subject").order_by("pk")
        record = data.draw(st.sampled_from(list(rows)))
        field = FIELDS[record.type]
        values = {field: data.draw(st.sampled_from(VALUES[field]))} if what == "value" else {}
        measures = [data.draw(st.sampled_from(NEW_MEASURES[record.type]))] if what == "measure" else []
        self._try(resending.send_again, record, at=self._later(), measures=measures, **values)

    def time_goes_by(self, data: Any) -> None:
        self.now += timedelta(days=data.draw(st.integers(0, 14)), hours=5)
        if data.draw(st.booleans()):
            self._sweep()

    # --- what always holds ---

    @invariant()
    def everything_agrees(self) -> None:
        found = [each for each in integrity.findings(self.now) if each.code not in LATE]
        assert found == []
        seen.update(Case.objects.values_list("status", flat=True).distinct())

    @invariant()
    def nothing_runs_that_an_open_case_stops(self) -> None:
        """What a case disputed when it was filed stays stopped, or ended, as long as nobody has decided."""
        undecided = Case.objects.filter(pk__in=self.stopped, status__in=UNDECIDED).values_list("pk", flat=True)
        disputed = {measure for case_id in undecided for measure in self.stopped[case_id]}
        assert not Measure.objects.filter(pk__in=disputed, state=MeasureState.IN_FORCE).exists()

    def teardown(self) -> None:
        """Everything that waits is done in the end, each thing once, and nothing is left over."""
        for _ in range(4):
            self.now += timedelta(days=45)
            self._sweep()
        assert list(integrity.findings(self.now)) == []
        undone_or_done = Remedy.objects.exclude(state="waiting").count()
        assert Entry.objects.filter(event_type="case.remedy_done").count() == undone_or_done
        corrected = Remedy.objects.filter(kind="correct").exclude(state="waiting").count()
        assert Version.objects.filter(cause=VersionCause.CORRECTED).count() == corrected
        still = Case.objects.filter(status__in=OPEN).values_list("pk", flat=True)
        assert not Measure.objects.filter(state="suspended").exclude(suspended_by_case__in=list(still)).exists()

    def _sweep(self) -> None:
        with time_machine.travel(self.now):
            sweep()
            keeping_times()
            deliver_due()

    def _later(self) -> Any:
        self.now += timedelta(minutes=7)
        return self.now

    def _case(self, data: Any) -> Case:
        return Case.objects.get(pk=data.draw(st.sampled_from(self.cases[-6:])))

    def _person_of(self, case: Case) -> Actor:
        return next(each for each in self.people if each.subject_id == case.subject_id)

    @staticmethod
    def _one_of(data: Any, actors: list[Actor], case: Case) -> Actor:
        fitting = [each for each in actors if case.holder_id in each.organisations()]
        chosen: Actor = data.draw(st.sampled_from(fitting))
        return chosen

    @staticmethod
    def _try(operation: Callable[..., Any], *given: Any, **named: Any) -> Any:
        try:
            done = operation(*given, **named)
        except EXPECTED as error:
            seen[type(error).__name__] += 1
            return None
        seen["done"] += 1
        seen[getattr(operation, "__name__", "")] += 1
        return done


def somebody_may_be_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """No shipped rule that was read ends a dispute for giving no reason. Here two do: by one person, and by two."""
    for id, tier in (("redress-model", "second"), ("us-fcra-cra-dispute", "regulator")):
        kept = [rule.model_dump(exclude_unset=True) for rule in procedures.procedure(id).screening]
        words = {"en": "It gives no reason.", "zh": "没有理由。"}
        rule = {"id": "frivolous", "text": words, "contents": ["reasons"], "next_tier": tier, **READ}
        others = [each for each in kept if each["id"] != "frivolous"]
        changed(monkeypatch, id, screening=[*others, {**rule, "revived_by": ["new_information"]}])


def walk(number: int) -> None:
    """One round of walks: those that follow from this number, the same in every run."""
    walks = get_state_machine_test(
        Life,
        settings=settings(
            max_examples=WALKS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=False,  # a seed would not count
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    seed(number)(walks)()


def test_whatever_happens_in_whatever_order_everything_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    somebody_may_be_turned_away(monkeypatch)
    seen.clear()
    for number in SEEDS:
        walk(number)
        if set(seen) >= EVERYWHERE:
            break
    print(dict(seen.most_common()))
    # The walks have been everywhere, not only refused.
    assert set(seen) >= EVERYWHERE
    assert seen["done"] > WALKS * STEPS / 4
