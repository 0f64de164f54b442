"""A later version is milder: it governs cases that run already, from its first day, and their people are told."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals import integrity, operations, queries, tasks
from appeals.access import NotAllowed
from appeals.models import Case, Clock, Outcome
from appeals.operations import milder
from appeals.workflow import Status
from audit.models import Entry
from delivery.models import Message
from law import procedures
from law.procedure import Procedure
from records.models import Measure
from tests import factories
from tests.factories import AT, case_at
from tests.laws import READ, changed, next_version

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BEGINS = date(2026, 11, 4)
EVE = datetime(2026, 11, 3, 15, 59, tzinfo=UTC)  # the last minute of the day before in Shanghai
DAWN = EVE + timedelta(minutes=1)
REJECTED = [{"outcome": Outcome.REJECTED, "remedy": ""}]


def next_law(monkeypatch: pytest.MonkeyPatch, *paths: str, **more: Any) -> Procedure:
    """Version 2 of our own procedure: twice the time for the person, and a third of it for the office."""
    old = procedures.procedure("redress-model").model_dump(exclude_unset=True)
    clocks = {**old["clocks"], "decide": {**old["clocks"]["decide"], "length": 5}}
    for name in ("cure", "resume_after_service"):
        clocks[name] = {**clocks[name], "length": 20}
    first, second, *above = old["tiers"]
    tiers = [first, {**second, "file_by": {**second["file_by"], "length": 60}}, *above]
    return next_version(monkeypatch, "redress-model", BEGINS, clocks=clocks, tiers=tiers, milder=paths, **more)


@pytest.fixture
def law(monkeypatch: pytest.MonkeyPatch) -> Procedure:
    return next_law(monkeypatch, "clocks.cure", "clocks.resume_after_service", "tiers.second.file_by")


def sweep(at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        tasks.sweep()


def days(case: Case, name: str) -> date:
    return Clock.objects.get(case=case, name=name).due_latest


def told(case: Case) -> list[str]:
    kinds = ("rules_milder", "deadline_moved", "measure_resumes_later")
    return sorted(Message.objects.filter(case_id=case.pk, kind__in=kinds).values_list("kind", flat=True))


@pytest.mark.django_db(transaction=True)  # the guard of the log looks when a transaction commits
def test_what_is_milder_governs_an_open_case_from_the_first_day_and_is_told_once(law: Procedure) -> None:
    case = case_at(Status.SERVED, items=[], answers=REJECTED)
    window, resumes = days(case, "review_file_by"), Measure.objects.get().resumes_on
    sweep(EVE)
    assert (told(case), days(case, "review_file_by")) == ([], window)
    sweep(DAWN)
    assert told(case) == ["deadline_moved", "measure_resumes_later", "rules_milder"]
    assert days(case, "review_file_by") == date(2027, 1, 4)  # sixty days; the last one is a day off
    later = Measure.objects.get().resumes_on
    assert resumes
    assert later == date(2026, 11, 30) > resumes
    assert Entry.objects.filter(case_id=case.pk, event_type="case.made_milder").count() == 1
    sweep(DAWN + DAY)
    assert len(told(case)) == 3
    case.refresh_from_db()
    assert (case.procedure_version, case.milder_version) == (1, 2)
    wrong = ("clock", "case", "measure")
    assert not [found for found in integrity.findings(DAWN + DAY) if found.code.startswith(wrong)]


def test_the_time_to_answer_grows_and_the_time_to_decide_stays(law: Procedure) -> None:
    asked, waiting = case_at(Status.INCOMPLETE), case_at(Status.IN_REVIEW)
    cure, decide = days(asked, "cure"), days(waiting, "decide")
    sweep(DAWN)
    assert days(asked, "cure") == date(2026, 11, 30) > cure
    assert days(waiting, "decide") == decide == date(2026, 11, 23)
    assert (told(asked), told(waiting)) == (["deadline_moved", "rules_milder"], ["rules_milder"])


def test_what_the_file_does_not_name_governs_no_case_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    next_law(monkeypatch)
    case = case_at(Status.SERVED, items=[], answers=REJECTED)
    window = days(case, "review_file_by")
    sweep(DAWN)
    assert (days(case, "review_file_by"), told(case)) == (window, [])
    case.refresh_from_db()
    assert case.milder_version is None


def test_nobody_is_told_of_a_rule_that_is_not_milder_than_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    case = case_at(Status.FILED)
    clocks = dict(procedures.procedure("redress-model").model_dump(exclude_unset=True)["clocks"])
    clocks["cure"] = {**clocks["cure"], "length": 9}
    next_version(monkeypatch, "redress-model", BEGINS, clocks=clocks, milder=["clocks.cure"])
    sweep(DAWN)
    assert (told(case), queries.cases_to_ease(DAWN)) == ([], [])
    assert queries.procedure_of(Case.objects.get()) == procedures.procedure("redress-model", 1)
    assert "case.made_milder" not in {each.event for each in queries.timeline(case)}


def test_nobody_is_told_about_a_case_that_is_over_or_that_was_filed_later(law: Procedure) -> None:
    over, later = case_at(Status.WITHDRAWN), case_at(Status.FILED, at=DAWN)
    assert later.procedure_version == 2
    sweep(DAWN + DAY)
    assert told(over) + told(later) == []
    assert not milder.ease(over.pk, 2, at=DAWN + DAY)
    assert not milder.ease(later.pk, 2, at=DAWN + DAY)


def test_it_is_done_once_whoever_comes_second(law: Procedure) -> None:
    case = case_at(Status.FILED)
    assert queries.cases_to_ease(EVE) == []
    assert queries.cases_to_ease(DAWN) == [(case.pk, 2)]
    assert [milder.ease(case.pk, 2, at=DAWN) for _ in range(2)] == [True, False]
    assert queries.cases_to_ease(DAWN) == []


def test_a_second_person_is_needed_once_the_law_asks_for_one(
    monkeypatch: pytest.MonkeyPatch, holder: Organisation, caseworker: Actor
) -> None:
    alone = {**READ, "second_person": False}
    changed(monkeypatch, "redress-model", approval=alone)
    next_law(monkeypatch, "approval", approval={**READ, "second_person": True})
    before, after = (case_at(Status.IN_REVIEW, caseworker=caseworker) for _ in range(2))
    for case in (before, after):
        operations.draft(case.pk, factories.answers_to(case, []), by=caseworker, at=AT + 5 * timedelta(hours=1))
    operations.decide(before.pk, by=caseworker, at=EVE)
    sweep(DAWN)
    with pytest.raises(NotAllowed) as caught:
        operations.decide(after.pk, by=caseworker, at=DAWN)
    assert caught.value.code == "second_person"
    operations.submit(after.pk, by=caseworker, at=DAWN)
    supervisor = factories.staff(Role.SUPERVISOR, holder)
    operations.approve(after.pk, seen=DAWN, by=supervisor, at=DAWN + DAY)
