"""Systems supply records and receive them, and leave a trace that the person can see."""

from datetime import date
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Scope, Subject
from appeals.models import Outcome
from appeals.workflow import Status
from audit.models import Entry
from delivery.models import Message
from records import queries
from records.importing.rulings import Choice, decide_doubtful
from records.models import Disclosure, DoubtfulLine, DoubtState, MeasureState, Record, Version
from tests import api_clients, factories, samples
from tests.api_clients import Answer, Caller, mistakes, queries_of, system

pytestmark = pytest.mark.django_db
PROGRAMME = "cn-court-defaulters"
BORN = date(1985, 2, 14)
NUMBER = samples.resident_id(BORN, 1)  # of the subject in every sample line
NOBODY = samples.resident_id(BORN, 777)


def line(ref: str = "api-0001", **values: Any) -> dict[str, Any]:
    found = samples.line(PROGRAMME, "court_listing", ["no_plane"], values, source="x", ref=ref)
    del found["source"]
    return {"programme": PROGRAMME, **found}


def ask(caller: Caller, number: str = NUMBER, **query: Any) -> Answer:
    subject = {"Redress-Subject": f"cn-resident-id:{number}"}
    return caller.get("/records/", {"purpose": "credit_decision", **query}, **subject)


@pytest.fixture
def court() -> Caller:
    return system("sample-court")


def test_a_new_record_is_201_with_its_address(court: Caller) -> None:
    answer = court.post("/records/", line())
    assert answer.status_code == 201
    said = answer.json()
    record = Record.objects.get()
    assert said == {"id": str(record.pk), "programme": PROGRAMME, "source_ref": "api-0001", "outcome": "created"}
    assert answer.headers["Location"] == f"/api/v1/records/{record.pk}/"
    at_the_address = court.client.get(answer.headers["Location"], {"purpose": "check"}, headers=court.headers)
    assert at_the_address.json()["id"] == said["id"]


def test_the_source_is_the_organisation_of_the_key_and_its_issuer_has_a_hand_in_it(court: Caller) -> None:
    court.post("/records/", line())
    assert Record.objects.get().source.code == "sample-court"
    entered = Version.objects.get().entered_with
    assert entered and entered.organisation.code == "sample-court"


def test_the_address_of_a_new_record_asks_for_a_purpose_like_any_other(court: Caller) -> None:
    address = court.post("/records/", line()).headers["Location"]
    without = court.client.get(address, headers=court.headers)
    assert (without.status_code, mistakes(without)) == (400, {"purpose": "missing"})
    assert "?purpose=" in without.json()["errors"][0]["detail"]
    assert court.client.get(f"{address}?purpose=own_check", headers=court.headers).status_code == 200


def test_the_person_is_told_as_after_an_import(court: Caller) -> None:
    body = line()
    body["subject"]["contact"] = {"email": "wang@mail.example", "language": "en"}
    court.post("/records/", body)
    assert Message.objects.filter(subject_id=Subject.objects.get().pk).exists()


def test_a_source_takes_back_its_own_record_and_nobody_elses(court: Caller) -> None:
    court.post("/records/", line())
    body = {"programme": PROGRAMME, "source_ref": "api-0001", "type": "court_listing", "withdrawn": True}
    stranger = system("sample-bank").post("/records/", body)
    assert (stranger.status_code, mistakes(stranger)) == (422, {"#/source_ref": "unknown_ref"})
    answers = [court.post("/records/", body) for _ in range(2)]
    assert [(a.status_code, a.json()["outcome"]) for a in answers] == [(200, "withdrawn"), (200, "unchanged")]
    assert Record.objects.get().state == "withdrawn"
    assert ask(system("sample-bank")).json()["results"] == []


def test_the_same_again_is_200_and_unchanged_and_other_content_is_a_version(court: Caller) -> None:
    answers = [court.post("/records/", body) for body in (line(), line(), line(amount="1.00"))]
    assert [(a.status_code, a.json()["outcome"]) for a in answers] == [
        (201, "created"),
        (200, "unchanged"),
        (200, "changed"),
    ]
    assert Version.objects.count() == 2


def about_another_name(ref: str = "api-0002") -> dict[str, Any]:
    """A line with the number of the subject of every sample line, and another name."""
    body = line(ref)
    body["subject"]["name"] = "Li Na"
    return body


def test_a_doubtful_record_is_202_and_waits_until_somebody_decides(court: Caller, caseworker: Actor) -> None:
    court.post("/records/", line())
    before, entries = Version.objects.count(), Entry.objects.count()
    answer = court.post("/records/", about_another_name())
    assert answer.status_code == 202
    said = answer.json()
    assert "waits until somebody of the holder has looked at it. Nothing has come of it" in said.pop("detail")
    assert said == {"programme": PROGRAMME, "source_ref": "api-0002", "outcome": "doubtful"}
    assert "Location" not in answer.headers
    doubt = DoubtfulLine.objects.get()
    assert (doubt.state, doubt.source.code, Version.objects.count()) == (DoubtState.WAITING, "sample-court", before)
    assert list(Entry.objects.order_by("pk")[entries:].values_list("event_type", flat=True)) == ["identity.doubtful"]
    decide_doubtful(doubt.pk, choice=Choice.NEW, reason="The clerk asked.", by=caseworker, at=timezone.now())
    assert Record.objects.get(source_ref="api-0002").subject != Record.objects.get(source_ref="api-0001").subject


def test_a_doubtful_record_is_answered_alike_under_its_key_and_waits_once(court: Caller) -> None:
    court.post("/records/", line())
    first, again = (court.post("/records/", about_another_name(), key="a-fresh-key-0001") for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (202, 202, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    another = court.post("/records/", about_another_name())
    assert (another.status_code, another.json()) == (202, first.json())
    assert DoubtfulLine.objects.count() == 1


def test_a_doubtful_record_that_somebody_refused_is_422(court: Caller, caseworker: Actor) -> None:
    court.post("/records/", line())
    court.post("/records/", about_another_name())
    doubt = DoubtfulLine.objects.get()
    decide_doubtful(doubt.pk, choice=Choice.REFUSE, reason="Not readable.", by=caseworker, at=timezone.now())
    answer = court.post("/records/", about_another_name())
    assert (answer.status_code, mistakes(answer)) == (422, {"#/subject": "refused_by_somebody"})


def test_two_sources_may_use_the_same_reference(court: Caller) -> None:
    assert court.post("/records/", line()).status_code == 201
    assert system("sample-bank").post("/records/", line()).status_code == 201


@pytest.mark.parametrize("source", ["sample-court", "sample-bank", None])
def test_a_source_in_the_body_is_refused(court: Caller, source: str | None) -> None:
    answer = court.post("/records/", {**line(), "source": source})
    assert answer.status_code == 422
    assert mistakes(answer) == {"#/source": "not_your_source"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"programme": None}, {"#/programme": "missing"}),
        ({"programme": "unheard-of"}, {"#/programme": "not_in_list"}),
        ({"programme": ["a"]}, {"#/programme": "not_in_list"}),
        ({"type": "secret_file"}, {"#/type": "unknown_type"}),
        ({"source_ref": ""}, {"#/source_ref": "missing"}),
        ({"valid_from": "2025-02-30"}, {"#/valid_from": "impossible_date"}),
        ({"Wang Xiaoyu": 1}, {"#": "outside_catalogue"}),
        ({"measures": [{"type": "no_sun", "from": "2026-01-01"}]}, {"#/measures/0/type": "measure_not_in_list"}),
    ],
)
def test_what_is_wrong_is_pointed_at(court: Caller, change: dict[str, Any], expected: dict[str, str]) -> None:
    answer = court.post("/records/", {**line(), **change})
    assert answer.status_code == 422
    assert mistakes(answer) == expected
    assert not Record.objects.exists()


def test_values_outside_the_catalogue_are_pointed_at_and_never_repeated(court: Caller) -> None:
    body = line(amount="CANARY", religion="CANARY", filed_on="CANARY")
    body["subject"]["identifiers"][0]["value"] = "CANARY"
    answer = court.post("/records/", body)
    assert mistakes(answer) == {
        "#/values/amount": "wrong_form",
        "#/values/religion": "protected_field",
        "#/values/filed_on": "wrong_form",
        "#/subject/identifiers/0/value": "bad_identifier",
    }
    assert "CANARY" not in answer.content.decode()


def test_a_key_supplies_its_own_programmes_only() -> None:
    answer = system("sample-court", ["cn-jaywalking"]).post("/records/", line())
    assert (answer.status_code, mistakes(answer)) == (403, {"#/programme": "not_your_programme"})


def test_a_record_comes_with_its_value_measures_and_marks(court: Caller) -> None:
    court.post("/records/", line())
    (found,) = ask(system()).json()["results"]
    record = Record.objects.get()
    assert found["id"] == str(record.pk)
    assert (found["programme"], found["type"], found["source"]) == (PROGRAMME, "court_listing", "sample-court")
    assert found["values"]["amount"] == "12000.00"
    assert found["marks"] == []
    (measure,) = found["measures"]
    assert measure == {
        "type": "no_plane",
        "state": "in_force",
        "from": samples.MEASURES_FROM,
        "to": None,
        "resumes_on": None,
    }


def test_what_is_disputed_says_so_and_what_is_suspended_too(holder: object) -> None:
    person = factories.person(birth_date=BORN)
    case = factories.case_at(person=person)
    record = case.items.get().record
    (found,) = (system().get(f"/records/{record.pk}/", {"purpose": "check"}).json(),)
    assert [(mark["kind"], mark["field"]) for mark in found["marks"]] == [("disputed", None)]
    assert [measure["state"] for measure in found["measures"]] == [MeasureState.SUSPENDED]
    assert Disclosure.objects.get().marks == ["disputed"]


def test_a_measure_whose_last_day_has_passed_is_over(court: Caller) -> None:
    past = {**line(), "measures": [{"type": "no_plane", "from": "2025-03-10", "to": "2025-09-10"}]}
    assert court.post("/records/", past).status_code == 201
    (found,) = ask(system()).json()["results"]
    assert [measure["state"] for measure in found["measures"]] == ["over"]


def test_what_speaks_of_others_is_withheld_from_recipients(holder: object) -> None:
    person = factories.person(birth_date=BORN)
    record = factories.record_for(person, "cn-jaywalking", "face_event", ())
    found = system(programmes=["cn-jaywalking"]).get(f"/records/{record.pk}/", {"purpose": "check"}).json()
    assert "reviewed_by" in found["withheld"]
    assert "Officer 12" not in str(found)


def test_each_record_leaves_a_disclosure_and_an_entry(court: Caller) -> None:
    court.post("/records/", line())
    ask(system("sample-bank"), purpose="travel_booking")
    disclosure = Disclosure.objects.get()
    assert (disclosure.recipient.code, disclosure.purpose) == ("sample-bank", "travel_booking")
    assert Entry.objects.filter(event_type="record.disclosed", record_id=disclosure.record_id).count() == 1
    trace = queries.trace(factories.person(Subject.objects.get()), disclosure.record_id)
    assert [each.recipient.code for each in trace.disclosures] == ["sample-bank"]


def test_somebody_unknown_and_somebody_without_records_look_the_same(court: Caller) -> None:
    court.post("/records/", line())
    Record.objects.update(state="sealed")
    caller = system()

    def shape(number: str) -> tuple[int, Any, int]:
        with CaptureQueriesContext(connection) as captured:
            answer = ask(caller, number)
        return answer.status_code, answer.json(), len(captured.captured_queries)

    assert shape(NUMBER) == shape(NOBODY)
    assert shape(NOBODY)[:2] == (200, {"results": [], "next": None})
    assert not Disclosure.objects.exists()


def test_a_key_reads_its_own_programmes_only(court: Caller) -> None:
    record_id = court.post("/records/", line()).json()["id"]
    other = system(programmes=["us-credit-file"])
    assert ask(other).json()["results"] == []
    assert other.get(f"/records/{record_id}/", {"purpose": "check"}).status_code == 404
    assert ask(system(), programme="us-credit-file").status_code == 400
    assert len(ask(system(programmes=[PROGRAMME, "us-credit-file"]), programme=PROGRAMME).json()["results"]) == 1
    assert ask(system(programmes=[PROGRAMME, "us-credit-file"]), programme="us-credit-file").json()["results"] == []


def test_what_left_the_file_is_not_given_to_anybody(holder: object) -> None:
    person = factories.person(birth_date=BORN)
    items = [factories.item(factories.record_for(person))]
    case = factories.case_at(
        Status.SERVED, person=person, items=items, answers=[{"outcome": Outcome.UPHELD, "remedy": "delete"}]
    )
    factories.carry_out(case)
    record_id: UUID = case.items.get().record_id
    assert system().get(f"/records/{record_id}/", {"purpose": "check"}).status_code == 404


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ("", "missing"),
        ("cn-resident-id", "wrong_form"),
        ("unheard-of:1", "wrong_form"),
        (f"cn-resident-id:{NUMBER[:-1]}", "bad_identifier"),
        ("us-ssn:6789", "bad_identifier"),
        ("us-ssn:6789;birth_date=yesterday;name=A", "wrong_form"),
        ("us-ssn:6789;birth_date=2025-02-30;name=A", "wrong_form"),
    ],
)
def test_whom_one_asks_about_stands_in_a_header(subject: str, code: str) -> None:
    answer = system().get("/records/", {"purpose": "check"}, **{"Redress-Subject": subject})
    assert (answer.status_code, mistakes(answer)) == (400, {"Redress-Subject": code})
    assert NUMBER[:-1] not in answer.content.decode()


def test_where_a_number_does_not_tell_people_apart_name_and_birth_date_follow() -> None:
    caller = system("sample-agency", ["us-credit-file"])
    body = samples.line("us-credit-file", "tradeline", [], {}, source="x", ref="t-1")
    del body["source"]
    body["subject"]["name"] = "王 Ana"
    assert caller.post("/records/", {"programme": "us-credit-file", **body}).status_code == 201
    given = f"us-ssn:6789; birth_date=1985-02-14; name={quote('王 Ana')}"
    answer = caller.get("/records/", {"purpose": "check"}, **{"Redress-Subject": given})
    assert len(answer.json()["results"]) == 1


@pytest.mark.parametrize(
    ("language", "said"), [("en", "A computer alone matched this face."), ("zh-hans", "此次比对仅由计算机作出")]
)
def test_a_reason_of_the_programme_is_told_in_the_language_of_the_request(language: str, said: str) -> None:
    body = samples.line("cn-jaywalking", "face_event", [], {"matched_by": "machine"}, source="x", ref="f-1")
    del body["source"]
    camera = system("sample-cameras", ["cn-jaywalking"])
    answer = camera.post("/records/", {"programme": "cn-jaywalking", **body}, **{"Accept-Language": language})
    assert (answer.status_code, mistakes(answer)) == (422, {"#/values/matched_by": "unreviewed_machine"})
    assert answer.json()["errors"][0]["detail"].startswith(said)


def test_a_mistyped_parameter_is_refused_and_discloses_nothing(court: Caller) -> None:
    assert court.post("/records/", line()).status_code == 201
    answer = ask(system(), program="cn-court-defaulters")
    assert (answer.status_code, mistakes(answer)) == (400, {"program": "unknown_parameter"})
    assert "programme" in answer.json()["errors"][0]["detail"]
    assert not Disclosure.objects.exists()


@pytest.mark.parametrize(
    ("purpose", "code"), [("", "missing"), ("x" * 61, "wrong_form"), (NUMBER, "wrong_form"), ("Why Not", "wrong_form")]
)
def test_a_purpose_is_a_short_code_in_which_no_number_fits(purpose: str, code: str) -> None:
    answer = ask(system(), purpose=purpose)
    assert (answer.status_code, mistakes(answer)) == (400, {"purpose": code})


def test_pages_follow_on_each_other_without_gaps_and_ask_the_same_number_of_queries(
    court: Caller,
) -> None:
    for number in range(1, 23):
        court.post("/records/", line(f"api-{number:04}"))
    seen: list[str] = []
    caller, query = system(), {"limit": "9"}
    while True:
        answer = ask(caller, **query)
        seen += [each["id"] for each in answer.json()["results"]]
        if (following := answer.json()["next"]) is None:
            break
        assert NUMBER not in following
        query = dict(pair.split("=") for pair in following.partition("?")[2].split("&"))
    assert len(seen) == len(set(seen)) == 22
    few, many = (queries_of(partial(ask, caller, limit=size)) for size in (2, 20))
    assert len(few) == len(many)


@pytest.mark.parametrize(
    ("query", "name"), [({"cursor": "zz"}, "cursor"), ({"cursor": "ü"}, "cursor"), ({"limit": "0"}, "limit")]
)
def test_a_page_that_does_not_exist_is_400(query: dict[str, str], name: str) -> None:
    answer = ask(system(), **query)
    assert (answer.status_code, list(mistakes(answer))) == (400, [name])


def test_reading_needs_the_scope(person: Actor) -> None:
    writer = system(scopes=[Scope.RECORDS_WRITE])
    assert ask(writer).status_code == 403
    assert api_clients.person(person).get("/records/").status_code == 401
