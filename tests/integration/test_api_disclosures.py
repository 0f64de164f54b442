"""Systems ask about many subjects at once, and follow what they received."""

from datetime import date
from typing import Any

import pytest

from accounts.actors import SERVICE
from accounts.models import Scope, Subject
from appeals.workflow import Status
from delivery.models import Delivery
from records import operations as records
from records.api import bulk
from records.models import Disclosure, Record
from tests import api_clients, factories, samples
from tests.api_clients import Answer, Caller, mistakes, queries_of, system
from tests.factories import AT

pytestmark = pytest.mark.django_db
PROGRAMME = "cn-court-defaulters"
NOBODY = f"cn-resident-id:{samples.resident_id(date(1985, 2, 14), 777)}"


def number_of(subject: Subject) -> str:
    (named,) = factories._named(subject, PROGRAMME)["identifiers"]
    return f"{named['scheme']}:{named['value']}"


def people(number: int, records_each: int = 1) -> list[tuple[str, list[Record]]]:
    found = []
    for _ in range(number):
        subject = factories.subject()
        made = [factories.record_for(subject) for _ in range(records_each)]
        found.append((number_of(subject), made))
    return found


def ask(caller: Caller, subjects: Any, **more: Any) -> Answer:
    return caller.post("/disclosures/", {"purpose": "credit_decision", "subjects": subjects, **more})


def ids(answer: Answer) -> list[list[str]]:
    assert answer.status_code == 200, answer.content
    return [[each["id"] for each in one["records"]] for one in answer.json()["results"]]


@pytest.fixture
def bank() -> Caller:
    return system("sample-bank", scopes=[Scope.RECORDS_READ])


def test_each_subject_is_answered_in_the_order_of_the_ask(bank: Caller) -> None:
    some = people(3)
    answer = ask(bank, [number for number, _ in reversed(some)])
    assert ids(answer) == [[str(r.pk) for r in made] for _, made in reversed(some)]


def test_it_is_the_answer_of_asking_singly(bank: Caller) -> None:
    ((number, _),) = people(1, records_each=2)
    singly = bank.get("/records/", {"purpose": "credit_decision"}, **{"Redress-Subject": number}).json()["results"]
    (together,) = ask(bank, [number]).json()["results"]
    assert together == {"records": singly, "more": False}


def test_somebody_unknown_is_answered_like_somebody_without_records(bank: Caller) -> None:
    known = number_of(factories.subject())
    assert ask(bank, [NOBODY, known]).json()["results"] == [{"records": [], "more": False}] * 2


def test_every_version_that_is_answered_leaves_a_disclosure(bank: Caller) -> None:
    some = people(2)
    ask(bank, [number for number, _ in some] + [NOBODY])
    rows = Disclosure.objects.order_by("record")
    assert [row.record_id for row in rows] == sorted(made[0].pk for _, made in some)
    assert {(row.recipient.code, row.purpose) for row in rows} == {("sample-bank", "credit_decision")}


def test_somebody_named_twice_is_disclosed_once_and_answered_twice(bank: Caller) -> None:
    ((number, (record,)),) = people(1)
    assert ids(ask(bank, [number, number])) == [[str(record.pk)]] * 2
    assert Disclosure.objects.count() == 1


def test_no_number_is_repeated_in_the_answer_or_the_address(bank: Caller) -> None:
    ((number, _),) = people(1)
    answer = ask(bank, [number])
    assert number.partition(":")[2] not in answer.content.decode()


def test_who_has_more_records_than_fit_is_asked_about_singly(bank: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST_RECORDS", 2)
    (many, made), (few, _) = people(1, records_each=3) + people(1, records_each=2)
    first, second = ask(bank, [many, few]).json()["results"]
    assert [each["id"] for each in first["records"]] == sorted((str(r.pk) for r in made), reverse=True)[:2]
    assert (first["more"], second["more"]) == (True, False)
    assert Disclosure.objects.count() == 4


def test_joined_files_are_answered_as_one(bank: Caller) -> None:
    (number, made), (other, joined) = people(2)
    Subject.objects.filter(pk=joined[0].subject_id).update(merged_into=made[0].subject_id)
    both = {str(made[0].pk), str(joined[0].pk)}
    assert [set(one) for one in ids(ask(bank, [number, other]))] == [both, both]
    singly = bank.get("/records/", {"purpose": "check"}, **{"Redress-Subject": other}).json()["results"]
    assert {each["id"] for each in singly} == both


def test_the_same_queries_for_two_subjects_and_for_twenty(bank: Caller) -> None:
    few, many = people(2), people(20, records_each=2)
    numbers = [len(queries_of(lambda some=some: ask(bank, [n for n, _ in some]))) for some in (few, many)]  # type: ignore[misc]
    assert numbers[0] == numbers[1]


def test_marks_and_suspended_measures_come_with_the_value(bank: Caller) -> None:
    subject = factories.subject()
    record = factories.record_for(subject)
    factories.case_at(Status.FILED, person=factories.person(subject), items=[factories.item(record)])
    (found,) = ask(bank, [number_of(subject)]).json()["results"][0]["records"]
    assert [mark["kind"] for mark in found["marks"]] == ["disputed"]
    assert {measure["state"] for measure in found["measures"]} <= {"suspended", "in_force"}
    assert Disclosure.objects.get().marks == ["disputed"]


def test_only_fields_of_the_allowlist_go_out(bank: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from records import catalogue

    ((number, _),) = people(1)
    kind = catalogue.programme(PROGRAMME).types["court_listing"]
    monkeypatch.setitem(kind.__dict__, "recipients_get", ["court", "amount"])
    (found,) = ask(bank, [number]).json()["results"][0]["records"]
    assert set(found["values"]) == {"court", "amount"}
    assert "duty" in found["withheld"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"subjects": []}, {"#/subjects": "out_of_range"}),
        ({"subjects": "cn-resident-id:1"}, {"#/subjects": "wrong_form"}),
        ({"subjects": ["x"] * 1001}, {"#/subjects": "out_of_range"}),
        ({"subjects": ["CANARY", NOBODY, "cn-resident-id:CANARY"]},
         {"#/subjects/0": "wrong_form", "#/subjects/2": "bad_identifier"}),
        ({"subjects": [NOBODY], "purpose": "Wang Xiaoyu"}, {"#/purpose": "wrong_form"}),
        ({"subjects": [NOBODY], "purpose": ""}, {"#/purpose": "missing"}),
        ({"subjects": [NOBODY], "why": 1}, {"#/why": "unknown_field"}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_pointed_at_and_discloses_nothing(
    bank: Caller, body: dict[str, Any], expected: dict[str, str]
) -> None:
    people(1)
    answer = bank.post("/disclosures/", {"purpose": "check", **body})
    assert (answer.status_code, mistakes(answer)) == (422, expected)
    assert "CANARY" not in answer.content.decode()
    assert not Disclosure.objects.exists()


def test_a_key_asks_under_its_own_programmes_only(bank: Caller) -> None:
    ((number, _),) = people(1)
    answer = ask(bank, [number], programme="us-credit-file")
    assert (answer.status_code, mistakes(answer)) == (403, {"#/programme": "not_your_programme"})
    assert ids(ask(system("sample-bank", ["us-credit-file"]), [number])) == [[]]


def test_asking_needs_the_scope(bank: Caller) -> None:
    writer = system(scopes=[Scope.RECORDS_WRITE])
    assert ask(writer, [NOBODY]).status_code == 403
    assert writer.get("/changes/").status_code == 403
    assert writer.post("/subscriptions/", {"programme": PROGRAMME}).status_code == 403


def test_an_ask_sent_twice_discloses_once(bank: Caller) -> None:
    ((number, _),) = people(1)
    body = {"purpose": "check", "subjects": [number]}
    first, again = (bank.post("/disclosures/", body, key="the-same-key") for _ in range(2))
    assert first.json() == again.json()
    assert Disclosure.objects.count() == 1


# --- subscriptions and changes


def correct(record: Record) -> None:
    records.correct(record.pk, "court", "Another Court", case_id=record.pk, by=SERVICE, at=AT)


@pytest.fixture
def received(bank: Caller) -> Record:
    """A record that the bank was given, and subscribed to changes of."""
    ((number, (record,)),) = people(1)
    ask(bank, [number])
    assert bank.post("/subscriptions/", {"programme": PROGRAMME}).status_code == 201
    return record


def test_a_subscription_is_made_seen_and_ended(bank: Caller) -> None:
    made = bank.post("/subscriptions/", {"programme": PROGRAMME, "purpose": "credit_decision"})
    assert made.status_code == 201
    again = bank.post("/subscriptions/", {"programme": PROGRAMME, "purpose": "credit_decision"})
    assert (again.status_code, again.json()) == (200, made.json())
    assert bank.get("/subscriptions/").json()["results"] == [made.json()]
    place = f"/subscriptions/{made.json()['id']}/"
    assert system("sample-airline").delete(place).status_code == 404
    assert bank.delete(place).status_code == 204
    assert bank.delete(place).status_code == 404
    assert bank.get("/subscriptions/").json()["results"] == []


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({}, 422, {"#/programme": "missing"}),
        ({"programme": "us-credit-file"}, 403, {"#/programme": "not_your_programme"}),
        ({"programme": PROGRAMME, "purpose": "A B"}, 422, {"#/purpose": "wrong_form"}),
        ({"programme": PROGRAMME, "record": str(factories.missing_id())}, 422, {"#/programme": "not_both"}),
        ({"record": "x"}, 422, {"#/record": "wrong_form"}),
    ],
)
def test_a_subscription_that_cannot_be_is_pointed_at(
    bank: Caller, body: dict[str, Any], status: int, expected: dict[str, str]
) -> None:
    answer = bank.post("/subscriptions/", body)
    assert (answer.status_code, mistakes(answer)) == (status, expected)


def test_a_record_that_was_not_received_does_not_exist_for_a_subscription(bank: Caller) -> None:
    ((_, (record,)),) = people(1)
    for wanted in (record.pk, factories.missing_id()):
        answer = bank.post("/subscriptions/", {"record": str(wanted)})
        assert answer.status_code == 404


def test_a_change_is_read_without_a_value_and_acknowledged(bank: Caller, received: Record) -> None:
    version = received.versions.get()
    correct(received)
    (change,) = bank.get("/changes/").json()["results"]
    assert change["acknowledged"] is False
    assert {name: change[name] for name in ("number", "what", "record", "type", "received", "forget")} == {
        "number": 1,
        "what": "corrected",
        "record": str(received.pk),
        "type": "court_listing",
        "received": str(version.pk),
        "forget": False,
    }
    assert bank.post("/changes/acknowledge/", {"up_to": 1}).json() == {"acknowledged": 1}
    assert bank.post("/changes/acknowledge/", {"up_to": 1}).json() == {"acknowledged": 0}
    assert bank.get("/changes/").json()["results"][0]["acknowledged"] is True


def test_neither_the_case_nor_the_person_stands_in_a_change(bank: Caller, received: Record) -> None:
    correct(received)
    said = bank.get("/changes/").content.decode()
    delivery = Delivery.objects.get()
    assert str(delivery.subject_id) not in said
    assert "case" not in said


def test_changes_are_read_page_by_page(bank: Caller, received: Record) -> None:
    for _ in range(2):
        records.mark_disputed(received.pk, field="", case_id=received.pk, by=SERVICE, at=AT)
        records.end_marks([received.pk], case_id=received.pk, by=SERVICE, at=AT)
    first = bank.get("/changes/", {"limit": 3}).json()
    assert [each["number"] for each in first["results"]] == [1, 2, 3]
    following = bank.client.get(first["next"], headers=bank.headers).json()
    assert [each["number"] for each in following["results"]] == [4]
    assert following["next"] is None


def test_what_may_not_be_kept_any_more_says_so(bank: Caller, received: Record) -> None:
    records.delete(received.pk, case_id=received.pk, by=SERVICE, at=AT)
    (change,) = bank.get("/changes/").json()["results"]
    assert (change["what"], change["forget"]) == ("deleted", True)


@pytest.mark.parametrize("after", ["-1", "x", "9" * 30, "１"])
def test_a_place_to_read_on_from_is_a_number(bank: Caller, after: str) -> None:
    answer = bank.get("/changes/", {"after": after})
    assert (answer.status_code, mistakes(answer)) == (400, {"after": "wrong_form"})


def test_another_organisation_sees_none_of_it(bank: Caller, received: Record) -> None:
    correct(received)
    other = system("sample-airline")
    assert other.get("/changes/").json()["results"] == []
    assert other.post("/changes/acknowledge/", {"up_to": 9}).json() == {"acknowledged": 0}


def test_a_person_may_not_ask_as_a_system(person: Any) -> None:
    caller = api_clients.person(person)
    assert caller.post("/disclosures/", {}).status_code in (401, 403)
    assert caller.get("/changes/").status_code in (401, 403)
