"""Which version of a procedure a dispute is filed under: the one that is law on the day, in its own place."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from accounts.actors import Actor
from accounts.models import Subject
from appeals import operations, queries, windows
from appeals.errors import DocumentNotAsked, NotOpenHere
from appeals.models import AnswerBy, Case, Standing
from appeals.operations import Target
from law import procedures
from law.procedure import Procedure
from records.models import Record
from tests import factories
from tests.api_clients import person as as_person
from tests.disputes import complete, page, step
from tests.factories import AT, item, record_for
from tests.fixtures import ClientOf
from tests.laws import READ, next_version

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BEGINS = date(2026, 11, 4)  # two days after AT
EVE = datetime(2026, 11, 3, 15, 59, tzinfo=UTC)  # one minute before midnight in Shanghai


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> Procedure:
    """A second version of our own procedure, law from 4 November on, that decides sooner and wants a paper."""
    clocks = dict(procedures.procedure("redress-model").model_dump(exclude_unset=True)["clocks"])
    clocks["decide"] = {**clocks["decide"], "length": 5}
    clocks["file_by"] = {"start": "known", "length": 60, "unit": "calendar_day", **READ}
    paper = {"id": "promise", "text": {"en": "A promise", "zh": "承诺书"}, **READ}
    return next_version(monkeypatch, "redress-model", BEGINS, clocks=clocks, documents=[paper])


def filed(at: datetime) -> Case:
    person = factories.person()
    return operations.file(
        procedure_id="redress-model", items=[item(record_for(person))], language="en", by=person, at=at
    )


@pytest.mark.parametrize(
    ("at", "version", "due"),
    [
        (AT, 1, date(2026, 11, 23)),
        (EVE, 1, date(2026, 11, 24)),
        (EVE + timedelta(minutes=1), 2, date(2026, 11, 11)),  # still 3 November by UTC
    ],
)
def test_a_dispute_goes_by_the_version_of_the_local_day_of_filing(
    at: datetime, version: int, due: date, replaced: Procedure
) -> None:
    case = filed(at)
    assert (case.procedure_version, case.decide_by) == (version, due)
    assert queries.procedure_of(case).version == version


@pytest.mark.parametrize(("received", "version"), [(BEGINS - DAY, 1), (BEGINS, 2)])
def test_a_paper_goes_by_the_version_of_the_day_of_receipt(
    received: date, version: int, replaced: Procedure, caseworker: Actor
) -> None:
    case = on_paper(factories.subject(), received, caseworker)
    assert case.procedure_version == version


def test_a_paper_that_came_before_there_was_such_a_law_is_not_filed_under_it(
    monkeypatch: pytest.MonkeyPatch, caseworker: Actor
) -> None:
    first = procedures.procedure("redress-model").model_copy(update={"valid_from": BEGINS})
    monkeypatch.setattr(procedures, "_versions", lambda: (first,))
    with pytest.raises(NotOpenHere):
        on_paper(factories.subject(), BEGINS - DAY, caseworker)
    assert on_paper(factories.subject(), BEGINS, caseworker)


def on_paper(subject: Subject, received: date, by: Actor) -> Case:
    return operations.enter_dispute(
        subject.pk,
        procedure_id="redress-model",
        items=[item(record_for(subject))],
        received_on=received,
        standing=Standing.SELF,
        answer_by=AnswerBy.LETTER,
        address="Example Street 5",
        language="en",
        by=by,
        at=AT + 10 * DAY,
    )


def test_what_is_shown_and_asked_before_filing_is_that_of_the_same_version(
    replaced: Procedure, client_of: ClientOf, person: Actor
) -> None:
    record = record_for(person)
    draft = complete(person, Target(record.pk))
    with time_machine.travel(EVE, tick=False):
        assert "A promise" not in page(client_of(person).get(step("evidence", draft)))
        assert "24 November 2026" in page(client_of(person).get(step("check", draft)))
    later = EVE + timedelta(minutes=1)
    with time_machine.travel(later, tick=False):
        assert "11 November 2026" in page(client_of(person).get(step("check", draft)))
        assert "A promise" in page(client_of(person).get(step("evidence", draft)))
    (entry,) = queries.draft_items(draft, person)
    assert entry.now
    assert [bool(windows.of_entry(entry.now, at)) for at in (EVE, later)] == [False, True]


@pytest.mark.parametrize(("at", "due"), [(EVE, "2026-11-24"), (EVE + timedelta(minutes=1), "2026-11-11")])
def test_the_api_lists_the_version_by_which_it_would_file(
    at: datetime, due: str, replaced: Procedure, person: Actor
) -> None:
    record: Record = record_for(person)
    with time_machine.travel(at, tick=False):
        answer = as_person(person).get("/procedures/", {"record": str(record.pk)})
    listed = next(each for each in answer.json()["results"] if each["id"] == "redress-model")
    assert due in str(listed)


def test_a_paper_for_a_draft_is_asked_by_the_version_of_the_day(replaced: Procedure, person: Actor) -> None:
    draft = complete(person, Target(record_for(person).pk))

    def explain(at: datetime) -> None:
        operations.explain_missing_in_draft(draft.pk, "promise", words="Lost in the flood.", by=person, at=at)

    with pytest.raises(DocumentNotAsked):
        explain(EVE)
    explain(EVE + timedelta(minutes=1))
