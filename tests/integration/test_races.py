"""Two people at once, over two connections: one wins, the other is told, nothing is half done."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals import errors, operations
from appeals.access import NotAllowed
from appeals.models import Case, LateFiling, Remedy
from appeals.workflow import IllegalStep, Status
from audit.models import Entry
from delivery.models import Message
from law import procedures
from records.models import Mark, Measure, MeasureState, Version
from tests import factories
from tests.factories import AT, case_at
from tests.laws import READ, changed
from tests.threads import Work, join, threads_of

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def at_once(*works: Work) -> list[Any]:
    """Run each in a thread with a connection of its own; returns results or exceptions in the order given."""
    barrier = Barrier(len(works))

    def when_all_are_there(work: Work) -> Any:
        barrier.wait()
        return work()

    threads, results = threads_of([partial(when_all_are_there, work) for work in works])
    for thread in threads:
        thread.start()
    join(threads)
    return results


def split(results: Sequence[Any]) -> tuple[list[Any], list[Exception]]:
    lost = [each for each in results if isinstance(each, Exception)]
    return [each for each in results if not isinstance(each, Exception)], lost


def test_two_caseworkers_take_one_case(holder: Organisation, caseworker: Actor, other_caseworker: Actor) -> None:
    case = case_at(Status.FILED)
    won, lost = split(
        at_once(*(lambda by=by: operations.take(case.pk, by=by, at=AT) for by in (caseworker, other_caseworker)))
    )
    assert len(won) == 1
    assert [type(error) for error in lost] == [IllegalStep]
    assert Case.objects.get(pk=case.pk).caseworker_id == won[0].caseworker_id
    assert Entry.objects.filter(case_id=case.pk, event_type="case.taken").count() == 1


def test_the_person_withdraws_while_a_caseworker_takes(holder: Organisation, person: Actor, caseworker: Actor) -> None:
    case = case_at(Status.FILED, person=person)
    at_once(
        lambda: operations.take(case.pk, by=caseworker, at=AT),
        lambda: operations.withdraw(case.pk, by=person, at=AT),
    )
    # Either order is lawful; withdrawing comes last whenever taking came first.
    assert Case.objects.get(pk=case.pk).status == Status.WITHDRAWING


def test_two_supervisors_decide_about_one_draft(holder: Organisation) -> None:
    case = case_at(Status.AWAITING_APPROVAL)
    seen = case.decision.submitted_at
    assert seen
    first, second = (factories.staff(Role.SUPERVISOR, holder) for _ in range(2))
    won, lost = split(
        at_once(
            lambda: operations.approve(case.pk, seen=seen, by=first, at=AT),
            lambda: operations.send_back(case.pk, reason="Say more.", by=second, at=AT),
        )
    )
    assert (len(won), len(lost)) == (1, 1)
    case.refresh_from_db()
    assert Remedy.objects.filter(case=case).count() == (case.status == Status.DECIDED)


def test_two_supervisors_judge_one_proposal_to_turn_a_case_away(holder: Organisation) -> None:
    case = case_at(Status.SCREENING)
    seen = case.screenings.get().proposed_at
    first, second = (factories.staff(Role.SUPERVISOR, holder) for _ in range(2))
    won, lost = split(
        at_once(
            lambda: operations.approve_screening(case.pk, seen=seen, by=first, at=AT + DAY),
            lambda: operations.refuse_screening(case.pk, reason="Look into it.", by=second, at=AT + DAY),
        )
    )
    assert (len(won), [type(error) for error in lost]) == (1, [IllegalStep])
    case.refresh_from_db()
    told = Message.objects.filter(case_id=case.pk, kind="screening_ready").count()
    assert told == (case.status == Status.SCREENED_OUT)


def test_the_person_says_twice_at_once_what_is_new(holder: Organisation, person: Actor) -> None:
    case = case_at(Status.SCREENED_OUT, person=person)
    won, lost = split(
        at_once(*(lambda w=words: operations.revive(case.pk, words=w, by=person, at=AT + 2 * DAY) for words in "ab"))
    )
    assert (len(won), [type(error) for error in lost]) == (1, [IllegalStep])
    assert Entry.objects.filter(case_id=case.pk, event_type="case.revived").count() == 1


def test_the_person_revives_one_case_while_filing_another_about_the_same(holder: Organisation, person: Actor) -> None:
    case = case_at(Status.SCREENING_SERVED, person=person)
    item = factories.item(case.items.select_related("record").get().record)
    won, lost = split(
        at_once(
            lambda: operations.revive(case.pk, words="New.", by=person, at=AT + 3 * DAY),
            lambda: operations.file(
                procedure_id="redress-model", items=[item], language="en", by=person, at=AT + 3 * DAY
            ),
        )
    )
    assert (len(won), [type(error) for error in lost]) == (1, [errors.AlreadyDisputed])


def test_the_answer_is_opened_while_something_new_comes(holder: Organisation, person: Actor) -> None:
    """Either order is lawful. Revived last, nothing that the case stopped has a day to start again."""
    case = case_at(Status.SCREENED_OUT, person=person)
    at_once(
        lambda: operations.serve(case.pk, how="opened", by=person, at=AT + 2 * DAY),
        lambda: operations.revive(case.pk, words="New.", by=person, at=AT + 2 * DAY),
    )
    case.refresh_from_db()
    assert (case.status, case.served_at) == (Status.FILED, None)
    assert not Measure.objects.filter(suspended_by_case=case.pk, resumes_on__isnull=False).exists()
    assert Mark.objects.filter(case_id=case.pk, ended_at=None).exists()


def test_one_draft_is_filed_once_however_often_it_is_sent(holder: Organisation, person: Actor) -> None:
    record = factories.record_for(person)
    draft = operations.begin_draft([operations.Target(record.pk)], by=person, at=AT)
    operations.choose_procedure(draft.pk, "redress-model", by=person, at=AT)
    item = draft.items.get()
    operations.describe(
        draft.pk, item.pk, ground="not_me", words="Not me.", wanted="", seen=item.version_id, by=person, at=AT
    )
    results = at_once(*[lambda: operations.file_draft(draft.pk, language="en", by=person, at=AT)] * 4)
    assert len({case.pk for case in results}) == 1
    assert Case.objects.count() == 1


def test_two_workers_carry_out_one_remedy(holder: Organisation, person: Actor) -> None:
    record = factories.record_for(person)
    item = factories.item(record, ground="inaccurate", field="amount", wanted="1.00")
    case = case_at(Status.DECIDED, person=person, items=[item], answers=[{"remedy": "correct", "value": "1.00"}])
    remedy = Remedy.objects.get(case=case)
    results = at_once(*[lambda: operations.carry_out(remedy.pk, at=AT)] * 3)
    assert sorted(results) == [False, False, True]
    assert Version.objects.filter(record=record).count() == 2


def test_two_sweeps_resume_one_measure(holder: Organisation, person: Actor) -> None:
    record = factories.record_for(person)
    case = case_at(
        Status.SERVED, person=person, items=[factories.item(record)], answers=[{"outcome": "rejected", "remedy": ""}]
    )
    day = Measure.objects.get(record=record).resumes_on
    assert day
    results = at_once(*[lambda: factories.resume_due(on=day, at=AT + timedelta(days=30))] * 3)
    assert sum(results) == 1
    assert Measure.objects.get(record=record).state == MeasureState.IN_FORCE
    assert Entry.objects.filter(case_id=case.pk, event_type="measure.resumed").count() == 1


def test_one_thing_is_not_disputed_twice_at_once(holder: Organisation, person: Actor) -> None:
    record = factories.record_for(person)
    item = factories.item(record)

    def file() -> Case:
        return operations.file(procedure_id="redress-model", items=[item], language="en", by=person, at=AT)

    won, lost = split(at_once(file, file))
    assert len(won) == 1
    assert [type(error) for error in lost] == [errors.AlreadyDisputed]
    assert Mark.objects.filter(record=record, ended_at__isnull=True).count() == 1


def test_an_excuse_is_accepted_while_the_case_is_turned_away_for_coming_late(
    monkeypatch: pytest.MonkeyPatch, holder: Organisation, person: Actor, caseworker: Actor
) -> None:
    """The same caseworker in two windows: one of the two answers stands."""
    clocks = dict(procedures.procedure("redress-model").model_dump(exclude_unset=True)["clocks"])
    excuse = {"reasons": ["illness"], "effect": "human_decides", **READ}
    clocks["file_by"] = {"start": "known", "length": 60, "unit": "calendar_day", "excuse": excuse, **READ}
    changed(monkeypatch, "redress-model", clocks=clocks)
    record, at = factories.record_for(person), AT + 100 * DAY
    Message.objects.filter(record_id=record.pk).update(read_at=AT)
    late = operations.Late("illness", "In hospital.")
    items = [factories.item(record)]
    case = operations.file(procedure_id="redress-model", items=items, language="en", by=person, at=at, late=late)
    operations.take(case.pk, by=caseworker, at=at)
    said: dict[str, Any] = {"rule": "late", "reasons": "It does not count.", "by": caseworker, "at": at}
    won, lost = split(
        at_once(
            lambda: operations.accept_excuse(case.pk, by=caseworker, at=at),
            lambda: operations.propose_screening(case.pk, **said),
        )
    )
    assert (len(won), len(lost)) == (1, 1)
    assert isinstance(lost[0], IllegalStep | NotAllowed)
    case.refresh_from_db()
    assert (case.status == Status.SCREENING) == LateFiling.objects.filter(case=case, accepted_at=None).exists()
