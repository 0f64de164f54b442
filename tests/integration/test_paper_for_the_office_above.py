"""A dispute on paper that the office above decides: the holder takes it in, or that office itself, and nobody else."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actors import SERVICE, Actor, NotThisKind
from accounts.models import Organisation, Role, Subject
from accounts.operations import register_organisation
from appeals import access, operations, queries
from appeals.access import NotAllowed
from appeals.models import AnswerBy, Case, LateFiling, Standing
from delivery import operations as delivery
from delivery.models import Message
from law import procedures
from records import catalogue
from records import queries as held
from records.importing import import_file
from records.models import Access, Record
from tests import factories, laws
from tests.disputes import page
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PROGRAMME = "cn-corporate-classes"
RECONSIDERATION = "cn-admin-reconsideration"
NUMBER = "91999900MA9T00034G"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def listed() -> Record:
    """The serious entry of the trading company of the examples."""
    register_organisation(code="cn-ndrc", name_en="The commission", name_zh="发改委", by=SERVICE, at=NOW)
    register_organisation(code="cn-reconsideration", name_en="The office above", name_zh="上级", by=SERVICE, at=NOW)
    file = Path(settings.BASE_DIR) / "examples" / f"{PROGRAMME}.jsonl"
    import_file(catalogue.programme(PROGRAMME), file, by=SERVICE, clock=timezone.now, progress=lambda _count: None)
    return Record.objects.get(source_ref="2025-000901")


@pytest.fixture
def below(listed: Record) -> Actor:
    return factories.staff(Role.CASEWORKER, Organisation.objects.get(code="cn-ndrc"))


@pytest.fixture
def above(listed: Record) -> Actor:
    return factories.staff(Role.CASEWORKER, Organisation.objects.get(code="cn-reconsideration"))


def boxes(name: str, day: date) -> dict[str, int]:
    return {f"{name}_{part}": getattr(day, part) for part in ("day", "month", "year")}


def find(browser: Client, received_on: date | None = None, posted_on: date | None = None) -> Any:
    days = {**boxes("received_on", received_on or NOW.date()), **(boxes("posted_on", posted_on) if posted_on else {})}
    return browser.post("/paper/", {"scheme": "cn-uscc", "number": NUMBER, **days})


def choose(browser: Client, record: Record) -> Any:
    return browser.post("/paper/things/", {f"entry-{record.pk}": ["whole"]})


def send(browser: Client, procedure: str = RECONSIDERATION) -> Any:
    said = {
        "thing-1-ground": "inaccurate",
        "thing-1-words": "A court lifted the penalty.",
        "procedure": procedure,
        "standing": "company",
        "language": "zh-hans",
        "answer_by": "letter",
        "address": "Example Street 5",
    }
    return browser.post("/paper/dispute/", said)


def enter(record: Record, by: Actor, **differences: Any) -> Case:
    said: dict[str, Any] = {
        "procedure_id": RECONSIDERATION,
        "items": [factories.item(record, ground="inaccurate")],
        "received_on": NOW.date(),
        "standing": Standing.COMPANY,
        "answer_by": AnswerBy.LETTER,
        "address": "Example Street 5",
        "language": "zh-hans",
        "at": timezone.now(),
    }
    return operations.enter_dispute(record.subject_id, by=by, **{**said, **differences})


def test_the_office_below_takes_the_paper_in_and_is_told_who_has_it(
    listed: Record, below: Actor, client_of: ClientOf
) -> None:
    browser = client_of(below)
    assert find(browser)["Location"] == "/paper/things/"
    assert choose(browser, listed)["Location"] == "/paper/dispute/"
    answer = send(browser)
    case = Case.objects.get()
    assert (case.holder.code, case.entered_by_id) == ("cn-reconsideration", below.user_id)
    assert answer["Location"] == "/paper/"
    shown = page(browser.get("/paper/"))
    assert case.reference in shown
    assert "decides it and has it now: The office above" in shown
    assert browser.get(f"/casework/{case.reference}/").status_code == 404
    assert not access.visible_to(below).exists()


def test_the_office_above_finds_the_company_and_enters_it(listed: Record, above: Actor, client_of: ClientOf) -> None:
    browser = client_of(above)
    assert find(browser)["Location"] == "/paper/things/"
    shown = page(browser.get("/paper/things/"))
    for of_holder in ("Print what is held", "Enter a mandate", "with which they can sign in", "where letters go"):
        assert of_holder not in shown, of_holder
    for name in ("activation-letter", "put-back-address"):
        assert browser.post(reverse(f"appeals:{name}")).status_code == 404
    looks = Access.objects.filter(record_id=listed.pk)
    assert {(each.organisation.code, each.purpose) for each in looks} == {("cn-reconsideration", "paper_dispute")}
    choose(browser, listed)
    offered = browser.get("/paper/dispute/").content.decode()
    assert RECONSIDERATION in offered
    assert "cn-source-repair" not in offered  # the holder decides that
    assert send(browser, "cn-source-repair").status_code == 422
    answer = send(browser)
    case = Case.objects.get()
    assert answer["Location"] == f"/casework/{case.reference}/"
    assert page(browser.get(f"/casework/{case.reference}/"))
    with pytest.raises(NotAllowed, match="entered this dispute"):
        operations.take(case.pk, by=above, at=NOW)
    operations.take(case.pk, by=factories.staff(Role.CASEWORKER, case.holder), at=NOW)


def test_the_office_above_finds_people_on_this_page_only(listed: Record, above: Actor, below: Actor) -> None:
    assert queries.may_be_about(above, listed.subject_id)
    assert not held.subjects_held_by(above).exists()
    assert not held.held_for_official(above, listed.subject_id, purpose="print_for_person", at=NOW)
    assert {each.record.pk for each in queries.entries_on_paper(above, listed.subject_id, at=NOW)} == {
        each.record.pk for each in queries.entries_on_paper(below, listed.subject_id, at=NOW)
    }


def test_an_office_that_is_neither_finds_and_enters_nothing(listed: Record, client_of: ClientOf) -> None:
    elsewhere = factories.staff(Role.CASEWORKER, "us-credit-agency")
    assert find(client_of(elsewhere)).status_code == 422
    with pytest.raises(NotThisKind):
        enter(listed, elsewhere)
    assert not Case.objects.exists()


def test_the_office_above_enters_nothing_that_the_holder_decides(listed: Record, above: Actor) -> None:
    with pytest.raises(NotThisKind):
        enter(listed, above, procedure_id="cn-source-complaint")
    assert not Case.objects.exists()


@pytest.mark.parametrize("posted_on", [date(2027, 1, 25), None])
def test_the_postmark_counts_where_the_office_above_decides(
    listed: Record, below: Actor, client_of: ClientOf, posted_on: date | None
) -> None:
    told = Message.objects.filter(record_id=listed.pk).values_list("pk", flat=True)
    delivery.mark_read(told, subject_id=listed.subject_id, at=NOW)  # sixty days end on 25 January 2027
    law = procedures.procedure(RECONSIDERATION)
    assert law.posting_counts
    with time_machine.travel(datetime(2027, 1, 28, 2, 0, tzinfo=UTC), tick=False):
        browser = client_of(below)
        find(browser, date(2027, 1, 27), posted_on)
        choose(browser, listed)
        send(browser)
    case = Case.objects.get()
    assert (case.received_on, case.posted_on) == (date(2027, 1, 27), posted_on)
    assert LateFiling.objects.filter(case=case).exists() is (posted_on is None)


def test_a_list_of_people_goes_the_same_way(monkeypatch: pytest.MonkeyPatch, holder: Organisation) -> None:
    laws.changed(monkeypatch, RECONSIDERATION, opens_for=laws.DEFAULTERS)
    laws.with_higher_body(monkeypatch, "cn-court-defaulters")
    subject: Subject = factories.subject(name="Zhao Min", email="")
    record = factories.record_for(subject)
    clerk = factories.staff(Role.CASEWORKER, holder)
    case = enter(record, clerk, standing=Standing.SELF, at=factories.AT, received_on=factories.AT.date())
    assert case.holder.code == "sample-higher-body"
    upstairs = factories.staff(Role.CASEWORKER, case.holder)
    assert queries.may_be_about(upstairs, subject.pk)
    operations.take(case.pk, by=upstairs, at=factories.AT)
