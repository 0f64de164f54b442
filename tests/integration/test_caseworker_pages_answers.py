"""What a source answers to a dispute stands beside the person's words, for whoever decides."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from accounts.actors import SERVICE, Actor
from accounts.models import Role
from appeals import operations
from appeals.models import Case, Outcome
from appeals.workflow import Status
from records import queries
from records.models import Access, Record
from tests import factories
from tests.factories import AT, case_at
from tests.feeds import Line, feed, line
from tests.fixtures import client_for

LATER = AT + timedelta(days=1)
REJECTED = {"outcome": Outcome.REJECTED, "remedy": "", "reasons": "The order names you."}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


@pytest.fixture
def case(holder: object, caseworker: Actor, tmp_path: Path) -> Case:
    feed(tmp_path, line("1", 1, amount="830.00"))
    record = Record.objects.get()
    person = factories.person(record.subject)
    item = factories.item(record, ground="inaccurate", field="amount", wanted="1.00")
    return case_at(Status.IN_REVIEW, person=person, caseworker=caseworker, items=[item])


def page(case: Case, actor: Actor, name: str = "casework-case") -> str:
    answer = client_for(actor).get(reverse(f"appeals:{name}", args=[case.reference]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def gone() -> Line:
    return {"source": "sample-court", "source_ref": "1", "type": "court_listing", "withdrawn": True}


def test_nothing_is_said_where_the_source_sent_nothing(case: Case, caseworker: Actor) -> None:
    assert "What the source answered" not in page(case, caseworker)


@pytest.mark.parametrize("name", ["casework-case", "casework-decide"])
def test_a_change_that_waits_is_shown_with_what_it_would_change(
    case: Case, caseworker: Actor, tmp_path: Path, name: str
) -> None:
    feed(tmp_path, line("1", 1, amount="930.00"))
    said = page(case, caseworker, name)
    assert "What the source answered" in said
    assert "The source sends other content" in said
    assert "Waits for the decision" in said
    assert "<del>CN¥830.00</del> is now <ins>CN¥930.00</ins>" in said


def test_a_withdrawal_that_waits_is_shown_after_the_change_that_it_replaced(
    case: Case, caseworker: Actor, tmp_path: Path
) -> None:
    feed(tmp_path, line("1", 1, amount="930.00"))
    feed(tmp_path, gone())
    said = page(case, caseworker)
    assert said.index("Replaced by what the source sent later") < said.index("The source takes the record back")


def test_what_became_of_it_is_shown_when_the_case_is_over(case: Case, caseworker: Actor, tmp_path: Path) -> None:
    feed(tmp_path, line("1", 1, amount="930.00"))
    supervisor = factories.staff(Role.SUPERVISOR, case.holder)
    operations.draft(case.pk, factories.answers_to(case, [REJECTED]), by=caseworker, at=LATER)
    operations.submit(case.pk, by=caseworker, at=LATER)
    operations.approve(case.pk, seen=LATER, by=supervisor, at=LATER)
    operations.serve(case.pk, how="deemed", by=SERVICE, at=LATER)
    said = page(case, caseworker)
    assert "Made" in said
    assert "<del>CN¥830.00</del> is now <ins>CN¥930.00</ins>" in said
    assert "It was settled what becomes of the source’s answer" in said


def test_what_was_sent_before_the_dispute_is_no_answer_to_it(case: Case, caseworker: Actor) -> None:
    found = queries.answers_during([Record.objects.get().pk], since=LATER, looked=caseworker)
    assert list(found.values()) == [[]]


def test_the_look_is_noted_and_others_get_nothing(
    case: Case, caseworker: Actor, other_person: Actor, source_officer: Actor, tmp_path: Path
) -> None:
    feed(tmp_path, line("1", 1, amount="930.00"))
    before = Access.objects.count()
    page(case, caseworker)
    assert Access.objects.count() == before + 1
    record = Record.objects.get()
    for nobody in (other_person, source_officer):
        with pytest.raises(queries.MayNotOpen):
            queries.answers_during([record.pk], since=AT, looked=nobody)
        address = reverse("appeals:casework-case", args=[case.reference])
        assert client_for(nobody).get(address).status_code == 403
