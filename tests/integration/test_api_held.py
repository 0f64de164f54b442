"""A person reads their own file over the API, and nobody else's."""

from functools import partial

import pytest

from accounts.actors import Actor
from accounts.models import Organisation
from records.models import Access, Record
from tests import api_clients, factories
from tests.api_clients import mistakes, queries_of, system

pytestmark = pytest.mark.django_db


def test_the_file_says_what_is_held_from_whom_and_what_rests_on_it(person: Actor) -> None:
    record = factories.record_for(person, measures=("no_plane",))
    (found,) = api_clients.person(person).get("/held/").json()["results"]
    assert found["id"] == str(record.pk)
    assert found["version"] == str(record.versions.get().pk)
    assert (found["programme"]["id"], found["type"]["id"]) == ("cn-court-defaulters", "court_listing")
    assert (found["source"]["id"], found["holder"]["id"]) == ("sample-court", "cn-spc")
    assert found["basis"]["evidence"] in ("read", "reported", "unread")
    fields = {each["name"]: each for each in found["fields"]}
    assert fields["amount"]["value"] == "12000.00"
    assert fields["amount"]["text"] == "CN¥12,000.00"
    assert fields["amount"]["correctable"]
    assert [each["type"] for each in found["measures"]] == ["no_plane"]
    assert next(each for each in found["origin"] if each["name"] == "collector")["hidden"] == "role"


def test_what_the_person_may_not_see_is_named_with_the_reason(person: Actor) -> None:
    factories.record_for(person, "cn-jaywalking", "face_event", ())
    (found,) = api_clients.person(person).get("/held/").json()["results"]
    hidden = {each["name"]: each for each in found["fields"] if each["hidden"]}
    assert hidden["reviewed_by"]["value"] is None
    assert hidden["reviewed_by"]["text"]
    assert "Officer 12" not in str(found)


def test_texts_come_in_the_language_of_the_request(person: Actor) -> None:
    factories.record_for(person)
    answer = api_clients.person(person).get("/held/", {}, **{"Accept-Language": "zh-hans"})
    assert answer.json()["results"][0]["type"]["title"] == "失信被执行人"


def test_one_entry_says_who_received_it_and_who_looked(person: Actor, holder: Organisation, caseworker: Actor) -> None:
    case = factories.case_at(person=person)
    record: Record = case.items.get().record
    system("sample-bank").get(f"/records/{record.pk}/", {"purpose": "travel_booking"})
    Access.objects.create(
        record=record,
        subject_id=person.own_subject,
        organisation=holder,
        user_id=caseworker.own_user,
        role="caseworker",
        number=1,
        purpose="review",
        looked_at=factories.AT,
    )
    found = api_clients.person(person).get(f"/held/{record.pk}/").json()
    assert [(each["number"], each["cause"]) for each in found["versions"]] == [(1, "supplied")]
    assert [(each["organisation"]["id"], each["purpose"]) for each in found["received"]] == [
        ("sample-bank", "travel_booking")
    ]
    assert [(each["role"], each["number"]) for each in found["looked"]] == [("caseworker", 1)]
    assert [each["kind"] for each in found["marks"]] == ["disputed"]
    assert {each["state"] for each in found["measures"]} == {"suspended"}


def test_somebody_elses_entry_is_not_there(person: Actor, other_person: Actor) -> None:
    record = factories.record_for(other_person)
    caller = api_clients.person(person)
    assert caller.get("/held/").json()["results"] == []
    theirs, nobodys = (caller.get(f"/held/{each}/") for each in (record.pk, factories.missing_id()))
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json() == nobodys.json()


def test_pages_follow_on_each_other_and_ask_the_same_number_of_queries(person: Actor) -> None:
    made = {str(factories.record_for(person).pk) for _ in range(22)}
    caller = api_clients.person(person)
    first = caller.get("/held/", {"limit": 20}).json()
    second = caller.client.get(first["next"]).json()
    assert second["next"] is None
    assert {each["id"] for each in first["results"] + second["results"]} == made
    assert (len(first["results"]), len(second["results"])) == (20, 2)
    few, many = (queries_of(partial(caller.get, "/held/", {"limit": size})) for size in (2, 20))
    assert len(few) == len(many)


def test_what_is_open_for_an_entry_and_for_a_measure_on_it(person: Actor) -> None:
    record = factories.record_for(person, measures=("no_plane",))
    caller = api_clients.person(person)
    found = caller.get("/procedures/", {"record": record.pk}).json()["results"]
    assert {each["id"] for each in found} == {"redress-model", "cn-spc-defaulter-list"}
    model = next(each for each in found if each["id"] == "redress-model")
    assert model["suspends_measures"] and model["needs_second_person"]
    assert model["decided_by"]["because"]
    assert "value" in next(each for each in model["grounds"] if each["id"] == "inaccurate")["needs"]
    measure = record.measures.get().pk
    of_measure = caller.get("/procedures/", {"record": record.pk, "measure": measure}).json()["results"]
    assert [each["id"] for each in of_measure] == ["redress-model"]
    assert {each["id"] for each in of_measure[0]["grounds"]} != {each["id"] for each in model["grounds"]}


def test_what_is_open_is_told_for_the_own_file_only(person: Actor, other_person: Actor) -> None:
    mine, theirs = factories.record_for(person), factories.record_for(other_person)
    caller = api_clients.person(person)
    assert caller.get("/procedures/", {"record": theirs.pk}).status_code == 404
    measure = theirs.measures.get().pk
    assert caller.get("/procedures/", {"record": mine.pk, "measure": measure}).status_code == 404
    assert mistakes(caller.get("/procedures/")) == {"record": "missing"}
    assert mistakes(caller.get("/procedures/", {"record": mine.pk, "measure": "x"})) == {"measure": "wrong_form"}
