"""Waiting times: shown with their day and how it was counted, not offered before, refused before, and never guessed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.actors import Actor
from accounts.models import Organisation
from appeals import errors, openings, operations, queries
from appeals.models import Case, DisputeDraft
from appeals.operations import Target
from appeals.queries import waiting_for
from records import keeping
from records import queries as held
from records.models import Record
from tests import api_clients, factories
from tests.api_clients import mistakes
from tests.disputes import begin, draft_of, page, step
from tests.factories import AT, item, record_for
from tests.fixtures import ClientOf
from tests.integration.test_paper import found
from tests.laws import changed, with_waiting

pytestmark = pytest.mark.django_db
DELISTING = "cn-source-delisting"
OPENS = date(2027, 3, 1)  # the sample was listed on 1 March 2025, and these two years are
BEFORE = datetime(2027, 2, 28, 15, 59, tzinfo=UTC)  # a minute before midnight in Shanghai
AFTER = BEFORE + timedelta(minutes=2)


@pytest.fixture(autouse=True)
def _holder(holder: Organisation) -> None:
    """Every case has a holder."""


@pytest.fixture
def record(person: Actor) -> Record:
    return record_for(person)


@pytest.fixture
def client(person: Actor, client_of: ClientOf) -> Client:
    return client_of(person)


def file(record: Record, by: Actor, at: datetime, ground: str = "expired", procedure: str = DELISTING) -> Case:
    return operations.file(procedure_id=procedure, items=[item(record, ground=ground)], language="en", by=by, at=at)


def test_filing_opens_on_the_day_where_the_procedure_is_law(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    with_waiting(monkeypatch)
    with pytest.raises(errors.StillWaiting) as refused:
        file(record, person, BEFORE)
    assert (refused.value.opens_on, refused.value.place) == (OPENS, None)
    assert "1 March 2027" in str(refused.value.sentence)
    assert not Case.objects.exists()
    assert file(record, person, AFTER).procedure == DELISTING


@pytest.mark.parametrize("evidence", ["reported", "unread"])
def test_a_waiting_time_that_nobody_read_refuses_nobody_and_is_told(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record, evidence: str
) -> None:
    with_waiting(monkeypatch, evidence=evidence)
    (shown,) = openings.of_entry(held.held_record(person, record.pk), AT)
    assert shown.opens_on is None
    assert "nobody here has read" in shown.says
    assert file(record, person, AT).procedure == DELISTING


def test_a_record_that_does_not_say_the_day_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    with_waiting(monkeypatch, start="published")
    assert "published" not in keeping.days_of(held.held_record(person, record.pk))
    (shown,) = openings.of_entry(held.held_record(person, record.pk), AT)
    assert (shown.opens_on, shown.steps) == (None, [])
    assert "does not count against you" in shown.says
    assert file(record, person, AT).procedure == DELISTING


def test_where_the_record_is_silent_the_first_effect_of_that_kind_says_the_day(person: Actor) -> None:
    record = record_for(person, measures=("media_publication", "list_publication"))
    days = keeping.days_of(held.held_record(person, record.pk))
    assert days == {"published": date(2026, 10, 25), "listed": date(2025, 3, 1)}  # the record itself goes first


def test_who_disputes_the_same_thing_never_waits(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    with_waiting(monkeypatch)
    assert file(record, person, AT, "not_me", "redress-model").procedure == "redress-model"


def test_in_one_procedure_only_the_reasons_that_concede_wait(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    with_waiting(monkeypatch, "cn-ndrc-credit-repair-2026")
    found = waiting_for(
        queries.procedures_for(held.held_record(person, record.pk), None, AT.date())[0],
        held.held_record(person, record.pk),
        "record",
        AT,
    )
    assert found and not found.is_whole
    with pytest.raises(errors.StillWaiting) as refused:
        operations.file(
            procedure_id="cn-ndrc-credit-repair-2026",
            items=[item(record, ground="not_me", field="court"), item(record, ground="repaired")],
            language="en",
            by=person,
            at=AT,
        )
    assert refused.value.place == 1
    assert file(record, person, AT, "not_me", "cn-ndrc-credit-repair-2026").pk


# Pages


def test_the_procedure_is_shown_with_its_day_and_cannot_be_chosen(
    monkeypatch: pytest.MonkeyPatch, client: Client, person: Actor, record: Record
) -> None:
    with_waiting(monkeypatch)
    begin(client, record, "whole")
    draft = draft_of(person)
    response = client.get(step("procedure", draft))
    shown = page(response)
    for words in (
        "What you cannot ask for yet",
        "You can ask for this from 1 March 2027 on.",
        "Put on the list on 1 March 2025.",
        "The rule gives this many years: 2.",
        "Sample Act s 1",
    ):
        assert words in shown, words
    assert f'value="{DELISTING}"' not in response.content.decode()
    with pytest.raises(errors.StillWaiting):
        operations.choose_procedure(draft.pk, DELISTING, by=person, at=AT)


def test_where_nothing_else_is_open_the_first_page_says_from_when(
    monkeypatch: pytest.MonkeyPatch, client: Client, record: Record
) -> None:
    with_waiting(monkeypatch)
    for other in ("redress-model", "cn-spc-defaulter-list"):
        changed(monkeypatch, other, opens_for=[])
    response = begin(client, record, "whole")
    assert response.status_code == 422
    assert f'href="#id_entry-{record.pk}_0"' in response.content.decode()
    assert "You can ask for this from 1 March 2027 on: “Leave the gravest list after three years”" in page(response)
    assert not DisputeDraft.objects.exists()


def test_a_reason_that_waits_is_named_with_its_day_and_not_offered(
    monkeypatch: pytest.MonkeyPatch, client: Client, person: Actor, record: Record
) -> None:
    with_waiting(monkeypatch, "cn-ndrc-credit-repair-2026")
    draft = operations.begin_draft([Target(record.pk)], by=person, at=AT)
    operations.choose_procedure(draft.pk, "cn-ndrc-credit-repair-2026", by=person, at=AT)
    why = step("why", draft, draft.items.get().pk)
    response = client.get(why)
    assert "Reasons that you cannot give yet" in page(response)
    assert 'value="repaired"' not in response.content.decode()
    seen = draft.items.get().version_id
    assert client.post(why, {"ground": "repaired", "seen": seen}).status_code == 422


def test_the_record_page_says_from_when_in_both_languages(
    monkeypatch: pytest.MonkeyPatch, client: Client, person: Actor, record: Record, client_of: ClientOf
) -> None:
    with_waiting(monkeypatch)
    address = reverse("records:record", args=[record.pk])
    shown = page(client.get(address))
    assert "Leave the gravest list after three years" in shown
    assert "You can ask for this from 1 March 2027 on." in shown
    (over,) = openings.of_entry(held.held_record(person, record.pk), AFTER)
    assert over.says == "You can ask for this now. The waiting time was over on 1 March 2027."
    chinese = page(client_of(person, language="zh-hans").get(address))
    assert "满三年申请移出严重失信名单" in chinese
    assert "2027年3月1日" in chinese
    assert "from 1 March 2027 on" in page(client.get(reverse("records:held")))


def test_the_record_page_of_a_list_without_waiting_times_has_no_such_part(client: Client, record: Record) -> None:
    assert "What else you can ask for" not in page(client.get(reverse("records:record", args=[record.pk])))


def test_another_person_learns_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch, other_person: Actor, record: Record, client_of: ClientOf
) -> None:
    with_waiting(monkeypatch)
    address = reverse("records:record", args=[record.pk])
    assert client_of(other_person).get(address).status_code == 404


@pytest.mark.parametrize(
    ("procedure", "ground", "field"),
    [(DELISTING, "expired", "procedure"), ("cn-ndrc-credit-repair-2026", "repaired", "thing-1-ground")],
)
def test_a_paper_is_refused_at_its_field_until_the_day(
    monkeypatch: pytest.MonkeyPatch,
    client_of: ClientOf,
    caseworker: Actor,
    procedure: str,
    ground: str,
    field: str,
) -> None:
    with_waiting(monkeypatch, procedure)
    nobody_mails = factories.subject(name="Zhao Min", email="")
    record = record_for(nobody_mails)
    with time_machine.travel(AT, tick=False):
        desk = client_of(caseworker)
        found(desk, nobody_mails)
        desk.post("/paper/things/", {f"entry-{record.pk}": ["whole"]})
        said = {"thing-1-ground": ground, "thing-1-words": "Long over.", "procedure": procedure, "standing": "self"}
        answer = desk.post("/paper/dispute/", {**said, "language": "en", "answer_by": "letter", "address": "1 Road"})
    assert answer.status_code == 422
    assert f'href="#id_{field}' in answer.content.decode()
    assert "1 March 2027" in page(answer)
    assert not Case.objects.exists()


# API


def test_the_api_lists_it_apart_and_refuses_it_at_the_field(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    with_waiting(monkeypatch)
    caller = api_clients.person(person)
    listed = caller.get("/procedures/", {"record": str(record.pk)}).json()
    assert DELISTING not in {each["id"] for each in listed["results"]}
    (later,) = listed["later"]
    assert (later["procedure"], later["opens_on"], later["rule"]) == (DELISTING, "2027-03-01", "Sample Act s 1")
    assert "Put on the list on 1 March 2025." in later["because"]
    seen = record.versions.get().pk
    thing = {"record": str(record.pk), "seen": str(seen), "ground": "expired", "words": "Long over."}
    body: dict[str, Any] = {"procedure": DELISTING, "items": [thing]}
    refused = caller.post("/cases/", body)
    assert refused.status_code == 422
    assert mistakes(refused) == {"#/procedure": "not_open_yet"}
    assert refused.json()["opens_on"] == "2027-03-01"
    entry = caller.get(f"/held/{record.pk}/").json()
    assert [each["opens_on"] for each in entry["openings"]] == ["2027-03-01"]


def test_the_api_points_at_the_reason_where_only_that_one_waits(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    with_waiting(monkeypatch, "cn-ndrc-credit-repair-2026")
    caller = api_clients.person(person)
    listed = caller.get("/procedures/", {"record": str(record.pk)}).json()["results"]
    grounds = {g["id"]: g["opens_on"] for each in listed if "ndrc" in each["id"] for g in each["grounds"]}
    assert (grounds["repaired"], grounds["inaccurate"]) == ("2027-03-01", None)
    seen = record.versions.get().pk
    thing = {"record": str(record.pk), "seen": str(seen), "ground": "repaired", "words": "I put it right."}
    refused = caller.post("/cases/", {"procedure": "cn-ndrc-credit-repair-2026", "items": [thing]})
    assert mistakes(refused) == {"#/items/0/ground": "not_open_yet"}


def test_a_field_that_the_person_may_not_see_counts_no_wait_against_them(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    entry = held.held_record(person, record.pk)
    rules = [each.model_copy(update={"counted_from": ["values.filed_on"]}) for each in entry.type.retention]
    hidden = entry.type.fields["filed_on"].model_copy(update={"visible": "withheld"})
    shown = entry.type.model_copy(update={"retention": rules})
    kinds = {True: shown, False: shown.model_copy(update={"fields": {**entry.type.fields, "filed_on": hidden}})}
    found = {}
    for is_shown, kind in kinds.items():
        monkeypatch.setattr(held.Held, "type", kind)
        found[is_shown] = keeping.days_of(entry)
    filed_on = date.fromisoformat(entry.said.values["filed_on"])
    assert found == {True: {"listed": filed_on, "published": filed_on}, False: {}}
