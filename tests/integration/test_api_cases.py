"""A person disputes, follows, withdraws and reads over the API, with the same rules as on the pages."""

from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pypdf import PdfReader

from accounts.actors import Actor
from accounts.models import Organisation
from appeals import queries
from appeals.models import Case, Evidence, Outcome
from appeals.workflow import Status
from records.models import Mark, Measure, MeasureState, Record
from records.operations import correct
from tests import api_clients, factories
from tests.api_clients import Caller, mistakes, queries_of
from tests.factories import AT, case_at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _holder(holder: Organisation) -> None:
    """Every case has a holder."""


@pytest.fixture
def caller(person: Actor) -> Caller:
    return api_clients.person(person)


@pytest.fixture
def record(person: Actor) -> Record:
    return factories.record_for(person)


def item(record: Record, **changes: Any) -> dict[str, Any]:
    seen = record.versions.order_by("-number")[0].pk
    said = {"record": str(record.pk), "seen": str(seen), "ground": "not_me", "words": "I was never there."}
    return {**said, **changes}


def dispute(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"procedure": "redress-model", "items": list(items), "language": "en", **changes}


def test_filing_is_201_and_has_its_effects_at_once(caller: Caller, record: Record) -> None:
    answer = caller.post("/cases/", dispute(item(record)))
    assert answer.status_code == 201
    said = answer.json()
    case = Case.objects.get()
    assert answer.headers["Location"] == f"/api/v1/cases/{case.reference}/"
    assert (said["reference"], said["status"], said["whose_turn"]) == (case.reference, "filed", "holder")
    assert said["items"][0]["words"] == "I was never there."
    assert said["open_to_you"] == ["add_evidence", "withdraw"]
    assert said["due"]["because"]
    assert Mark.objects.filter(record=record, ended_at__isnull=True).exists()
    assert Measure.objects.get(record=record).state == MeasureState.SUSPENDED
    assert caller.client.get(answer.headers["Location"]).json() == said


def test_a_field_is_disputed_with_what_it_should_be_as_the_catalogue_writes_it(caller: Caller, record: Record) -> None:
    body = dispute(item(record, field="amount", ground="inaccurate", wanted="¥6,000"))
    assert caller.post("/cases/", body).json()["items"][0]["wanted"] == "6000.00"


def test_what_a_field_cannot_say_is_pointed_at(caller: Caller, record: Record) -> None:
    good = item(record, field="duty", ground="inaccurate", wanted="Pay half.")
    bad = item(record, field="amount", ground="inaccurate", wanted="lots")
    answer = caller.post("/cases/", dispute(good, bad))
    assert (answer.status_code, mistakes(answer)) == (422, {"#/items/1/wanted": "wrong_form"})


def test_one_measure_can_be_disputed_alone(caller: Caller, record: Record) -> None:
    measure = record.measures.get().pk
    answer = caller.post("/cases/", dispute(item(record, measure=str(measure), ground="no_legal_basis")))
    assert answer.json()["items"][0]["measure"] == str(measure)


def test_the_language_is_that_of_the_person_unless_they_say_otherwise(record: Record, caller: Caller) -> None:
    body = dispute(item(record))
    del body["language"]
    assert caller.post("/cases/", body).json()["language"] == "en"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"items": []}, {"#/items": "missing"}),
        ({"procedure": "us-fcra-cra-dispute"}, {"#/procedure": "not_open_here"}),
        ({"procedure": "\u0000"}, {"#/procedure": "unreadable_text"}),
        ({"language": "de"}, {"#/language": "not_in_list"}),
        ({"due": "tomorrow"}, {"#/due": "unknown_field"}),
    ],
)
def test_what_is_wrong_in_a_dispute_is_pointed_at(
    caller: Caller, record: Record, change: dict[str, Any], expected: dict[str, str]
) -> None:
    answer = caller.post("/cases/", dispute(item(record), **change))
    assert (answer.status_code, mistakes(answer)) == (422, expected)
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ground": "bored"}, {"#/items": "ground_not_offered"}),
        ({"field": "balance", "ground": "inaccurate"}, {"#/items": "no_such_field"}),
        ({"words": " "}, {"#/items/0/words": "missing"}),
        ({"words": "x" * 5001}, {"#/items/0/words": "out_of_range"}),
        ({"seen": "now"}, {"#/items/0/seen": "wrong_form"}),
        ({"field": "amount", "measure": str(factories.missing_id())}, {"#/items/0/measure": "wrong_form"}),
    ],
)
def test_what_is_wrong_in_an_item_is_pointed_at(
    caller: Caller, record: Record, change: dict[str, Any], expected: dict[str, str]
) -> None:
    answer = caller.post("/cases/", dispute(item(record, **change)))
    assert (answer.status_code, mistakes(answer)) == (422, expected)


def test_a_thing_is_listed_once(caller: Caller, record: Record) -> None:
    answer = caller.post("/cases/", dispute(item(record), item(record)))
    assert mistakes(answer) == {"#/items/1/record": "duplicate"}


def test_an_entry_that_has_changed_is_409_with_what_it_says_now(
    caller: Caller, person: Actor, record: Record, caseworker: Actor
) -> None:
    body = dispute(item(record, field="amount", ground="inaccurate"))
    case = case_at(person=person, items=[factories.item(record, field="duty", ground="inaccurate")])
    correct(record.pk, "amount", "9000.00", case_id=case.pk, by=caseworker, at=AT)
    answer = caller.post("/cases/", body)
    said = answer.json()
    assert (answer.status_code, said["type"].rsplit(":")[-1]) == (409, "value-moved")
    assert mistakes(answer) == {"#/items/0/seen": "moved"}
    (entry,) = said["entries"]
    assert next(each for each in entry["fields"] if each["name"] == "amount")["value"] == "9000.00"
    body["items"][0]["seen"] = entry["version"]
    assert caller.post("/cases/", body).status_code == 201


def test_what_is_disputed_already_is_409_and_names_the_case(caller: Caller, record: Record) -> None:
    reference = caller.post("/cases/", dispute(item(record))).json()["reference"]
    answer = caller.post("/cases/", dispute(item(record)))
    assert (answer.status_code, answer.json()["case"]) == (409, reference)


def test_somebody_elses_entry_cannot_be_disputed_and_is_not_there(caller: Caller, other_person: Actor) -> None:
    theirs = factories.record_for(other_person)
    answer = caller.post("/cases/", dispute(item(theirs)))
    nobodys = caller.post("/cases/", dispute({**item(theirs), "record": str(factories.missing_id())}))
    assert answer.status_code == nobodys.status_code == 404
    assert answer.json() == nobodys.json()
    assert not Case.objects.exists()


def test_cases_are_listed_without_the_persons_words(caller: Caller, person: Actor, other_person: Actor) -> None:
    mine = case_at(person=person)
    case_at(person=other_person)
    answer = caller.get("/cases/")
    assert [each["reference"] for each in answer.json()["results"]] == [mine.reference]
    assert "never had" not in answer.content.decode()


def test_case_pages_ask_the_same_number_of_queries(caller: Caller, person: Actor) -> None:
    made = {case_at(person=person).reference for _ in range(21)}
    few, many = (queries_of(partial(caller.get, "/cases/", {"limit": size})) for size in (2, 20))
    assert len(few) == len(many)
    first = caller.get("/cases/", {"limit": 20}).json()
    second = caller.client.get(first["next"]).json()
    assert {each["reference"] for each in first["results"] + second["results"]} == made


@pytest.mark.parametrize("path", ["", "decision/", "decision/letter.pdf"])
def test_somebody_elses_case_is_not_there(other_person: Actor, path: str) -> None:
    reference = case_at(Status.SERVED).reference
    assert api_clients.person(other_person).get(f"/cases/{reference}/{path}").status_code == 404


def test_nobody_else_changes_a_case(other_person: Actor) -> None:
    case, stranger = case_at(), api_clients.person(other_person)
    path = f"/cases/{case.reference}"
    file = {"file": SimpleUploadedFile("a.txt", b"a")}
    statuses = [
        stranger.post(f"{path}/withdrawal/", {"confirm": True}).status_code,
        stranger.delete(f"{path}/withdrawal/").status_code,
        stranger.upload(f"{path}/evidence/", file).status_code,
    ]
    assert statuses == [404, 404, 404]
    case.refresh_from_db()
    assert case.status == Status.FILED


def png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(("name", "data", "kind"), [("a.txt", b"I paid.", "text"), ("receipt.png", png(), "png")])
def test_a_file_is_made_safe_and_joins_the_case(
    caller: Caller, person: Actor, name: str, data: bytes, kind: str
) -> None:
    case = case_at(person=person)
    answer = caller.upload(f"/cases/{case.reference}/evidence/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 201
    said = answer.json()
    assert (said["name"], said["kind"]) == (name, kind)
    assert said["sha256"] == bytes(Evidence.objects.get().digest).hex()
    assert caller.get(f"/cases/{case.reference}/").json()["evidence"] == [said]


def test_a_name_cannot_turn_the_reading_direction(caller: Caller, person: Actor) -> None:
    case = case_at(person=person)
    file = SimpleUploadedFile("receipt\u202etxt.exe", b"I paid.")
    answer = caller.upload(f"/cases/{case.reference}/evidence/", {"file": file})
    assert answer.json()["name"] == "receipttxt.exe"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, {"#/file": "missing"}),
        ({"file": "text"}, {"#/file": "wrong_form"}),
        ({"file": SimpleUploadedFile("a.txt", b"")}, {"#/file": "empty"}),
        ({"file": SimpleUploadedFile("a.exe", b"MZ\x00\x01")}, {"#/file": "unsupported"}),
        ({"file": SimpleUploadedFile("a.txt", b"a"), "more": "b"}, {"#/more": "unknown_field"}),
    ],
)
def test_a_file_that_is_not_taken_says_why(
    caller: Caller, person: Actor, form: dict[str, Any], expected: dict[str, str]
) -> None:
    case = case_at(person=person)
    answer = caller.upload(f"/cases/{case.reference}/evidence/", form)
    assert (answer.status_code, mistakes(answer)) == (422, expected)
    assert not Evidence.objects.exists()


def test_a_file_that_is_too_large_is_413_before_it_is_read(caller: Caller, person: Actor) -> None:
    case = case_at(person=person)
    file = SimpleUploadedFile("a.txt", b"a" * 11_000_000)
    assert caller.upload(f"/cases/{case.reference}/evidence/", {"file": file}).status_code == 413


def test_a_decided_case_takes_no_more_files(caller: Caller, person: Actor) -> None:
    case = case_at(Status.DECIDED, person=person)
    answer = caller.upload(f"/cases/{case.reference}/evidence/", {"file": SimpleUploadedFile("a.txt", b"a")})
    assert (answer.status_code, answer.json()["code"]) == (403, "decided")


def test_withdrawing_is_asked_twice_and_says_what_starts_again_and_when(caller: Caller, person: Actor) -> None:
    case = case_at(person=person)
    path = f"/cases/{case.reference}/withdrawal/"
    asked = caller.post(path, {})
    assert (asked.status_code, mistakes(asked)) == (422, {"#/confirm": "not_confirmed"})
    would = asked.json()["would"]
    assert [each["type"] for each in would["resumes"]] == ["no_plane"]
    case.refresh_from_db()
    assert case.status == Status.FILED

    done = caller.post(path, {"confirm": True})
    assert done.status_code == 200
    assert done.json() == {**would, "status": "withdrawing"}
    assert done.json()["resumes"][0]["resumes_on"] == done.json()["effective_on"]


def test_a_withdrawal_can_be_taken_back_until_it_takes_effect(caller: Caller, person: Actor) -> None:
    with time_machine.travel(AT + timedelta(hours=1), tick=False):
        case = case_at(person=person)
        caller = api_clients.person(person)
        path = f"/cases/{case.reference}/withdrawal/"
        assert caller.post(path, {"confirm": True}).status_code == 200
        back = caller.delete(path)
        assert (back.status_code, back.json()["status"]) == (200, "filed")
        assert caller.delete(path).json()["case_status"] == "filed"
        assert caller.post(path, {"confirm": True}).status_code == 200
    with time_machine.travel(AT + timedelta(days=30)):
        late = api_clients.person(person).delete(path)
        assert (late.status_code, late.json()["type"].rsplit(":")[-1]) == (409, "too-late")


def test_what_cannot_be_withdrawn_any_more_says_how_the_case_stands(caller: Caller, person: Actor) -> None:
    case = case_at(Status.DECIDED, person=person)
    answer = caller.post(f"/cases/{case.reference}/withdrawal/", {})
    assert (answer.status_code, answer.json()["case_status"]) == (409, "decided")


def test_before_it_is_decided_there_is_no_decision_and_no_answer(caller: Caller, person: Actor) -> None:
    case = case_at(Status.AWAITING_APPROVAL, person=person)
    assert caller.get(f"/cases/{case.reference}/decision/").status_code == 404
    assert caller.get(f"/cases/{case.reference}/decision/letter.pdf").status_code == 404
    assert "another person" not in caller.get(f"/cases/{case.reference}/").content.decode()


def test_reading_the_decision_delivers_it_once(caller: Caller, person: Actor) -> None:
    items = [factories.item(factories.record_for(person)), factories.item(factories.record_for(person))]
    answers = [{}, {"outcome": Outcome.REJECTED, "reasons": "The order names you.", "remedy": ""}]
    case = case_at(Status.DECIDED, person=person, items=items, answers=answers)
    path = f"/cases/{case.reference}/decision/"
    assert caller.get(f"/cases/{case.reference}/").json()["open_to_you"] == ["read_decision"]
    assert Case.objects.get(pk=case.pk).status == Status.DECIDED
    first = caller.get(path)
    assert first.status_code == 200
    assert Case.objects.get(pk=case.pk).status == Status.SERVED
    said = first.json()
    assert [each["outcome"] for each in said["answers"]] == ["upheld", "rejected"]
    assert said["answers"][1]["reasons"] == "The order names you."
    assert said["answers"][0]["remedy_state"] == "waiting"
    assert (said["answers"][1]["remedy"], said["answers"][1]["remedy_state"]) == (None, None)
    assert said["review"]["until"] <= said["review"]["accepted_until"]
    # What is rejected has a day from which it may start again; what is upheld has none.
    assert sorted(each["resumes_on"] is None for each in said["resumes"]) == [False, True]
    assert caller.get(path).json() == said
    assert [event.event for event in queries.timeline(case)].count("case.served") == 1


def test_asking_only_for_the_head_delivers_nothing(caller: Caller, person: Actor) -> None:
    case = case_at(Status.DECIDED, person=person)
    assert caller.client.head(f"/api/v1/cases/{case.reference}/decision/").status_code == 405
    assert Case.objects.get(pk=case.pk).status == Status.DECIDED


def test_the_letter_is_a_pdf_to_be_saved_and_delivers_too(caller: Caller, person: Actor) -> None:
    case = case_at(Status.DECIDED, person=person)
    path = caller.get(f"/cases/{case.reference}/").json()
    answer = caller.get(f"/cases/{path['reference']}/decision/letter.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{case.reference}.pdf"'
    assert case.reference in PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    assert Case.objects.get(pk=case.pk).status == Status.SERVED
