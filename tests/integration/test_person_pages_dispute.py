"""What to dispute, under which procedure, and how a draft is kept or thrown away."""

import gzip
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from appeals import operations, queries
from appeals.errors import TooManyThings
from appeals.forms.person import WhatForm
from appeals.models import DisputeDraft
from appeals.operations import Target
from law import procedures
from records import catalogue
from records.models import Record
from records.views.held import PAGE
from tests import factories, samples
from tests.disputes import begin, begun, complete, draft_of, page, step, upload
from tests.factories import case_at, item, record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
LISTING = catalogue.programme("cn-court-defaulters").types["court_listing"]


@pytest.fixture
def record(person: Actor) -> Record:
    factories.organisation("cn-spc")
    return record_for(person, measures=("no_plane", "exit_ban"))


@pytest.fixture
def client(person: Actor, client_of: ClientOf) -> Client:
    return client_of(person)


def test_without_an_entry_the_person_picks_one_from_their_file(client: Client) -> None:
    assert client.get(reverse("appeals:dispute")).headers["Location"] == reverse("records:held")


def test_the_whole_entry_each_fact_and_each_measure_can_be_chosen(client: Client, record: Record) -> None:
    shown = page(client.get(reverse("appeals:dispute"), {"record": str(record.pk)}))
    for words in ("The whole entry", "It says: CN¥12,000.00", "No planes", "Not to leave the country"):
        assert words in shown, words


def test_a_link_to_a_measure_or_a_fact_ticks_it(client: Client, record: Record) -> None:
    measure = record.measures.get(type="exit_ban")
    response = client.get(
        reverse("appeals:dispute"), {"record": str(record.pk), "measure": str(measure.pk), "field": "amount"}
    )
    ticked = re.findall(r'value="([^"]+)"[^>]* checked', response.content.decode())
    assert ticked == ["field:amount", f"measure:{measure.pk}"]


def test_choosing_nothing_is_told_at_the_boxes(client: Client, record: Record) -> None:
    response = begin(client, record)
    assert response.status_code == 422
    assert f'href="#id_entry-{record.pk}_0"' in response.content.decode()
    assert "Choose at least one entry or measure" in page(response)
    assert not DisputeDraft.objects.exists()


def test_one_open_procedure_is_not_asked_for(client: Client, person: Actor, record: Record) -> None:
    response = begin(client, record, f"measure:{record.measures.get(type='no_plane').pk}")
    draft = draft_of(person)
    assert draft.procedure == "redress-model"
    [only] = draft.items.all()
    assert response.headers["Location"] == step("why", draft, only.pk)


def test_several_open_procedures_are_compared_in_three_lines(client: Client, person: Actor, record: Record) -> None:
    response = begin(client, record, "whole")
    draft = draft_of(person)
    assert response.headers["Location"] == step("procedure", draft)
    shown = page(client.get(step("procedure", draft)))
    for words in ("what rests on it stops", "What rests on it goes on", "You get an answer by:", "A second person"):
        assert words in shown, words
    refused = client.post(step("procedure", draft))
    assert refused.status_code == 422
    assert "Choose a procedure" in page(refused)
    client.post(step("procedure", draft), {"procedure": "redress-model"})
    assert draft_of(person).procedure == "redress-model"


def test_entries_of_one_programme_can_be_chosen_together(client: Client, person: Actor, record: Record) -> None:
    second = record_for(person)
    elsewhere = record_for(person, "cn-jaywalking", "face_event", ())
    address = reverse("appeals:dispute")
    assert (
        f"record={record.pk}&amp;record={second.pk}" in client.get(address, {"record": str(record.pk)}).content.decode()
    )
    both = client.get(address, {"record": [str(each.pk) for each in (record, second, elsewhere)]})
    assert [f"entry-{record.pk}", f"entry-{second.pk}"] == list(both.context["form"].fields)
    client.post(
        f"{address}?record={record.pk}&record={second.pk}",
        {f"entry-{record.pk}": ["field:amount"], f"entry-{second.pk}": ["whole"]},
    )
    assert {(each.record_id, each.field) for each in draft_of(person).items.all()} == {
        (record.pk, "amount"),
        (second.pk, ""),
    }


def test_what_is_in_a_case_already_is_said_and_not_offered(client: Client, person: Actor, record: Record) -> None:
    case = case_at(person=person, items=[item(record, ground="inaccurate", field="amount", wanted="1.00")])
    response = client.get(reverse("appeals:dispute"), {"record": str(record.pk)})
    assert f"You already dispute this in case {case.reference}: “Amount”" in page(response)
    assert 'value="field:amount"' not in response.content.decode()
    assert begin(client, record, "field:amount").status_code == 422


def test_an_unfinished_dispute_of_the_same_entry_is_offered(client: Client, person: Actor, record: Record) -> None:
    draft = begun(person, Target(record.pk))
    response = client.get(reverse("appeals:dispute"), {"record": str(record.pk)})
    assert step("", draft) in response.content.decode()


def test_changing_what_is_disputed_keeps_what_was_written(client: Client, person: Actor, record: Record) -> None:
    draft = complete(person, Target(record.pk, field="amount"), Target(record.pk))
    response = client.post(step("what", draft), {f"entry-{record.pk}": ["field:amount", "field:court"]})
    assert response.status_code == 302
    said = {each.row.field: each.words for each in queries.draft_items(draft)}
    assert said == {"amount": "I paid.", "court": ""}


def test_a_kind_without_a_procedure_says_so(client: Client, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(procedures, "open_for", lambda **_: [])
    shown = client.get(reverse("appeals:dispute"), {"record": str(record.pk)})
    assert "No procedure is open for an entry of this kind." in page(shown)
    refused = begin(client, record, "whole")
    assert refused.status_code == 409
    assert "No procedure is open for all of this together" in page(refused)
    assert not DisputeDraft.objects.exists()


def test_the_list_of_steps_says_how_far_each_is(client: Client, person: Actor, record: Record) -> None:
    draft = begun(person, Target(record.pk))
    shown = page(client.get(step("", draft)))
    assert "Cannot be done yet" in shown
    assert "To do" in shown
    draft = complete(person, Target(record.pk))
    shown = page(client.get(step("", draft)))
    assert "Ready" in shown
    assert "Cannot be done yet" not in shown
    assert step("", draft) in client.get(reverse("appeals:cases")).content.decode()


def test_a_draft_without_a_procedure_asks_for_it_first(client: Client, person: Actor, record: Record) -> None:
    draft = operations.begin_draft([Target(record.pk)], by=person, at=timezone.now())
    [only] = draft.items.all()
    assert client.get(step("why", draft, only.pk)).headers["Location"] == step("procedure", draft)
    assert "Which procedure" in page(client.get(step("", draft)))


def test_throwing_a_draft_away_asks_first(client: Client, person: Actor, record: Record) -> None:
    draft = complete(person, Target(record.pk))
    client.post(step("evidence", draft), upload())
    assert "This cannot be undone." in page(client.get(step("discard", draft)))
    assert DisputeDraft.objects.count() == 1
    response = client.post(step("discard", draft), follow=True)
    assert "Your draft and its files were thrown away." in page(response)
    assert not DisputeDraft.objects.exists()


def test_nobody_else_finds_a_draft_or_its_pages(
    person: Actor, other_person: Actor, caseworker: Actor, record: Record, client_of: ClientOf
) -> None:
    draft = complete(person, Target(record.pk))
    client_of(person).post(step("evidence", draft), upload())
    [(file, _name)] = queries.evidence_of_draft(draft)
    [only] = draft.items.all()
    pages = [step(name, draft) for name in ("", "what", "procedure", "evidence", "check", "sent", "discard")]
    pages += [step("why", draft, only.pk), step("details", draft, only.pk)]
    stranger = client_of(other_person)
    for address in pages:
        assert stranger.get(address).status_code == 404, address
        assert client_of(None).get(address).status_code == 302, address
        assert client_of(caseworker).get(address).status_code in (302, 403), address
    for address in (step("evidence-remove", draft, file.pk), step("discard", draft), step("check", draft)):
        assert stranger.post(address).status_code == 404, address
    assert stranger.get(reverse("appeals:dispute"), {"record": str(record.pk)}).status_code == 404
    assert stranger.get(reverse("appeals:dispute"), {"record": "nonsense"}).status_code == 302
    assert queries.evidence_of_draft(draft)
    own = complete(other_person, Target(record_for(other_person).pk))
    assert client_of(other_person).get(step("why", own, only.pk)).status_code == 404


def test_pages_ask_the_database_as_often_for_two_things_as_for_twenty(
    client: Client, person: Actor, record: Record, django_capture_on_commit_callbacks: Any
) -> None:
    from audit import keys

    with django_capture_on_commit_callbacks(execute=True):
        keys.seal(person.own_subject, b"")
    few_draft = complete(person, Target(record.pk), Target(record.pk, field="court"))
    names = [name for name in LISTING.correctable if name in samples.VALUES["cn-court-defaulters", "court_listing"]]
    many = [Target(record_for(person).pk, field=name) for name in names]
    many_draft = complete(person, *many, *(Target(each.record_id) for each in many))
    for name in ("", "what", "check", "evidence"):
        counts = []
        for draft in (few_draft, many_draft):
            client.get(step(name, draft))
            with CaptureQueriesContext(connection) as captured:
                client.get(step(name, draft))
            counts.append(len(captured))
        assert counts[0] == counts[1], name


def test_even_full_pages_are_light(client: Client, person: Actor) -> None:
    many = ("no_plane", "exit_ban", "consumption_limit", "no_star_hotel", "no_property", "no_tourism")
    last = [record_for(person, measures=many) for _ in range(PAGE)][-1]
    sheet = finders.find("redress.css")
    weight = len(gzip.compress(Path(str(sheet)).read_bytes())) if sheet else 0
    record_page = reverse("records:record", args=[last.pk])
    for address in (reverse("records:held"), record_page, f"{reverse('appeals:dispute')}?record={last.pk}"):
        assert weight + len(gzip.compress(client.get(address).content)) < 30_000, address


def test_a_what_form_without_choices_still_says_what_is_missing() -> None:
    form = WhatForm([], {}, today=timezone.now().date(), data={})
    assert not form.is_valid()
    assert form.non_field_errors()


def test_drafts_can_wait_for_long(client: Client, person: Actor, record: Record) -> None:
    draft = complete(person, Target(record.pk))
    DisputeDraft.objects.filter(pk=draft.pk).update(changed_at=timezone.now() - timedelta(days=200))
    assert client.get(step("check", draft)).status_code == 200


def test_a_case_never_grows_beyond_what_its_decision_page_can_answer(person: Actor, record: Record) -> None:
    things = [Target(record.pk, f"field_{number}") for number in range(TooManyThings.most + 1)]
    with pytest.raises(TooManyThings, match="at most 50"):
        operations.begin_draft(things, by=person, at=timezone.now())
    draft = begun(person, Target(record.pk))
    with pytest.raises(TooManyThings):
        operations.select(draft.pk, things, by=person, at=timezone.now())
    assert draft.items.count() == 1
