"""Required papers: shown with when they are needed, handed in or explained, and never silently in the way."""

from base64 import b64encode
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals import errors, operations, queries
from appeals.models import AnswerBy, Case, ClockEntry, DisputeDraft, Evidence, Standing
from appeals.operations import NewEvidence, Papers, Target
from appeals.queries import Presence
from appeals.required import to_ask_for
from appeals.workflow import Status
from audit.models import Entry
from records.models import Record
from tests import api_clients, factories
from tests.api_clients import Caller, mistakes
from tests.disputes import complete, page, step
from tests.factories import AT, case_at, item, record_for
from tests.fixtures import ClientOf
from tests.laws import READ, with_papers

pytestmark = pytest.mark.django_db
PROMISE = {"id": "promise", "text": {"en": "A promise in writing", "zh": "信用承诺书"}}
PROOF = {"id": "proof", "text": {"en": "Proof of payment", "zh": "缴纳证明"}, "needed_for": ["serious"]}
TRAINING = {"id": "training", "text": {"en": "A training certificate", "zh": "培训证明"}, "needed_for": ["minor"]}
WISH = {"id": "wish", "text": {"en": "A letter of praise", "zh": "表扬信"}, "evidence": "reported"}
WORDS = "The office that gives it out has closed."


@pytest.fixture(autouse=True)
def _holder(holder: Organisation) -> None:
    """Every case has a holder."""


@pytest.fixture
def record(person: Actor) -> Record:
    """A listing, which the catalogue calls serious."""
    return record_for(person)


@pytest.fixture
def client(person: Actor, client_of: ClientOf) -> Client:
    return client_of(person)


@pytest.fixture
def caller(person: Actor) -> Caller:
    return api_clients.person(person)


def upload() -> dict[str, Any]:
    return {"file": SimpleUploadedFile("promise.txt", b"I promise.", "text/plain"), "words": ""}


def draft(person: Actor, record: Record) -> DisputeDraft:
    return complete(person, Target(record.pk), ground="not_me")


def presences(case: Case) -> dict[str, Presence]:
    return {each.rule.id: each.presence for each in queries.required_of(case)}


# Which papers, and what follows when one is missing


def test_the_class_of_the_entry_says_which_papers_are_needed(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    with_papers(monkeypatch, PROMISE, PROOF, TRAINING)
    case = case_at(person=person, items=[item(record)])
    assert presences(case) == {"promise": Presence.MISSING, "proof": Presence.MISSING}
    procedure = queries.procedure_of(case)
    minor = queries.required(procedure, [("not_me", "minor")])
    assert [each.rule.id for each in minor] == ["promise", "training"]
    both = queries.required(procedure, [("not_me", "minor"), ("not_me", "serious")])
    assert [each.rule.id for each in both] == ["promise", "proof", "training"]


def test_a_dispute_without_its_papers_is_filed_and_counts_as_incomplete(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    with_papers(monkeypatch, PROMISE, WISH)
    case = case_at(person=person, items=[item(record)])
    assert case.status == Status.FILED
    assert [each.rule.id for each in queries.required_of(case) if each.is_incomplete] == ["promise"]
    assert "proof_complete" not in _events(case)


def test_a_paper_that_nobody_read_about_makes_nothing_incomplete(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    with_papers(monkeypatch, {**WISH, "if_missing": "not_accepted"})
    case = case_at(person=person, items=[item(record)])
    assert not any(each.is_incomplete for each in queries.required_of(case))


def test_the_last_paper_that_comes_in_later_makes_it_complete(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    waits = {"start": "proof_complete", "length": 3, "unit": "working_day", **READ}
    old = with_papers(monkeypatch, PROMISE, PROOF)
    clocks = {**old.model_dump(exclude_unset=True)["clocks"], "accept": waits}
    with_papers(monkeypatch, PROMISE, PROOF, clocks=clocks)
    case = case_at(person=person, items=[item(record)])
    operations.add_evidence(case.pk, NewEvidence.of("a", b"I promise.", "promise"), by=person, at=AT)
    assert "proof_complete" not in _events(case)
    operations.add_evidence(case.pk, NewEvidence.of("b", b"Paid.", "proof"), by=person, at=AT)
    assert "proof_complete" in _events(case)
    assert case.clocks.get(name="accept").due_latest.isoformat() == "2026-11-05"


def test_where_it_is_a_condition_nothing_is_filed_without_the_paper_or_a_word(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    with_papers(monkeypatch, {**PROMISE, "if_missing": "not_accepted"})
    with pytest.raises(errors.DocumentNeeded) as refused:
        case_at(person=person, items=[item(record)])
    assert refused.value.document == "promise"
    assert not Case.objects.exists()
    case = operations.file(
        procedure_id="redress-model",
        items=[item(record)],
        language="en",
        by=person,
        at=AT,
        papers=Papers(without={"promise": WORDS}),
    )
    (found,) = queries.required_of(case)
    assert (found.presence, found.why_not, found.is_incomplete) == (Presence.EXPLAINED, WORDS, True)
    assert WORDS.encode() not in bytes(case.sealed_without or b"")


def test_what_one_says_anyway_is_no_missing_paper(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    with_papers(monkeypatch, {**PROMISE, "given_by": "words", "if_missing": "not_accepted"})
    case = case_at(person=person, items=[item(record)])
    assert presences(case) == {"promise": Presence.GIVEN}


def test_a_paper_that_nobody_asked_for_is_refused(
    monkeypatch: pytest.MonkeyPatch, person: Actor, record: Record
) -> None:
    with_papers(monkeypatch, PROMISE)
    case = case_at(person=person, items=[item(record)])
    with pytest.raises(errors.DocumentNotAsked):
        operations.add_evidence(case.pk, NewEvidence.of("a", b"I promise.", "proof"), by=person, at=AT)
    with pytest.raises(errors.DocumentNotAsked):
        operations.explain_missing(case.pk, "proof", words=WORDS, by=person, at=AT)
    assert not Evidence.objects.exists()


def test_what_came_on_paper_is_refused_by_nobody_at_the_door(
    monkeypatch: pytest.MonkeyPatch, holder: Organisation, record: Record
) -> None:
    with_papers(monkeypatch, {**PROMISE, "if_missing": "not_accepted"})
    case = operations.enter_dispute(
        record.subject_id,
        procedure_id="redress-model",
        items=[item(record)],
        received_on=AT.date(),
        standing=Standing.SELF,
        answer_by=AnswerBy.LETTER,
        address="1 Sample Road",
        language="en",
        by=factories.staff(Role.CASEWORKER, holder),
        at=AT,
    )
    assert presences(case) == {"promise": Presence.MISSING}


# The person's pages


def test_the_evidence_step_lists_each_paper_with_when_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, client: Client, person: Actor, record: Record, client_of: ClientOf
) -> None:
    with_papers(monkeypatch, PROMISE, PROOF, TRAINING, WISH)
    made = draft(person, record)
    shown = page(client.get(step("evidence", made)))
    for words in (
        "A promise in writing Missing Always needed.",
        "Proof of payment Missing Needed for: serious breaches.",
        "A letter of praise Would help It helps. We have heard that it is asked for",
        "Missing",
        "Would help",
    ):
        assert words in shown, words
    assert "A training certificate" not in shown
    assert "2 papers are missing" in page(client.get(step("", made)))
    chinese = page(client_of(person, language="zh-hans").get(step("evidence", made)))
    assert "信用承诺书" in chinese


def test_a_paper_is_handed_in_on_its_own_page_and_goes_with_the_case(
    monkeypatch: pytest.MonkeyPatch, client: Client, person: Actor, record: Record
) -> None:
    with_papers(monkeypatch, PROMISE, PROOF)
    made = draft(person, record)
    response = client.post(step("document", made, "promise"), upload())
    assert response.headers["Location"] == step("evidence", made)
    response = client.post(step("document", made, "proof"), {"words": WORDS})
    assert response.headers["Location"] == step("evidence", made)
    check = page(client.get(step("check", made)))
    assert "A promise in writing Handed in" in check
    assert f"Proof of payment Cannot be handed in {WORDS}" in check
    assert "Papers are missing. You can send the dispute all the same" in check
    client.post(step("check", made))
    case = Case.objects.get()
    assert presences(case) == {"promise": Presence.ATTACHED, "proof": Presence.EXPLAINED}
    assert Evidence.objects.get().document == "promise"
    shown = page(client.get(reverse("appeals:case", args=[case.reference])))
    assert "Papers that the procedure asks for" in shown
    assert WORDS in shown


def test_neither_a_file_nor_a_word_is_said_at_the_field(
    monkeypatch: pytest.MonkeyPatch, client: Client, person: Actor, record: Record
) -> None:
    with_papers(monkeypatch, PROMISE)
    made = draft(person, record)
    response = client.post(step("document", made, "promise"), {"words": " "})
    assert response.status_code == 422
    assert 'href="#id_file"' in response.content.decode()
    assert "Choose a file, or say below why you cannot hand it in." in page(response)
    bad = {"file": SimpleUploadedFile("x.exe", b"MZ\x00\x01", "application/x"), "words": ""}
    refused = client.post(step("document", made, "promise"), bad)
    assert refused.status_code == 422
    assert 'href="#id_file"' in refused.content.decode()
    assert not made.evidence.exists()


def test_a_paper_that_is_a_condition_stands_in_the_way_on_its_page(
    monkeypatch: pytest.MonkeyPatch, client: Client, person: Actor, record: Record
) -> None:
    with_papers(monkeypatch, {**PROMISE, "if_missing": "not_accepted"})
    made = draft(person, record)
    assert client.get(step("check", made)).headers["Location"] == step("", made)
    assert f'href="{step("document", made, "promise")}"' in client.get(step("evidence", made)).content.decode()
    refused = client.post(step("check", made))
    assert refused.status_code == 422
    assert "Hand this in, or say why you cannot: A promise in writing" in page(refused)
    client.post(step("document", made, "promise"), {"words": WORDS})
    client.post(step("check", made))
    assert Case.objects.get().status == Status.FILED


def test_words_may_be_changed_and_a_paper_that_does_not_exist_is_not_found(
    monkeypatch: pytest.MonkeyPatch, client: Client, person: Actor, record: Record
) -> None:
    with_papers(monkeypatch, PROMISE, {"id": "said", "given_by": "words"})
    made = draft(person, record)
    client.post(step("document", made, "promise"), {"words": WORDS})
    assert WORDS in client.get(step("document", made, "promise")).content.decode()
    assert client.get(step("document", made, "proof")).status_code == 404
    assert client.get(step("document", made, "said")).status_code == 404


def test_a_paper_can_be_handed_in_while_the_case_is_open_and_the_words_too(
    monkeypatch: pytest.MonkeyPatch, client: Client, person: Actor, record: Record
) -> None:
    with_papers(monkeypatch, PROMISE, PROOF)
    case = case_at(person=person, items=[item(record)])
    address = reverse("appeals:case-document", args=[case.reference, "promise"])
    assert address in client.get(reverse("appeals:case", args=[case.reference])).content.decode()
    assert client.post(address, {"words": ""}).status_code == 422
    assert client.post(address, {"words": WORDS}).status_code == 302
    assert Entry.objects.filter(event_type="case.document_explained", case_id=case.pk).count() == 1
    case.refresh_from_db()
    assert presences(case)["promise"] is Presence.EXPLAINED
    assert client.post(address, upload()).status_code == 302
    assert presences(case)["promise"] is Presence.ATTACHED


def test_nobody_else_sees_or_changes_it(
    monkeypatch: pytest.MonkeyPatch, other_person: Actor, person: Actor, record: Record, client_of: ClientOf
) -> None:
    with_papers(monkeypatch, PROMISE)
    case, made = case_at(person=person, items=[item(record)]), None
    made = operations.begin_draft([Target(record_for(person).pk)], by=person, at=timezone.now())
    client = client_of(other_person)
    for address in (
        reverse("appeals:case-document", args=[case.reference, "promise"]),
        step("document", made, "promise"),
    ):
        assert client.get(address).status_code == 404
        assert client.post(address, {"words": WORDS}).status_code == 404


# The caseworker


def test_the_case_page_shows_what_is_there_and_asks_for_the_rest_in_the_persons_language(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, person: Actor, caseworker: Actor, record: Record
) -> None:
    with_papers(monkeypatch, PROMISE, PROOF, WISH)
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker, items=[item(record)], language="zh-hans")
    operations.add_evidence(case.pk, NewEvidence.of("promise.txt", b"I promise.", "promise"), by=person, at=AT)
    client = client_of(caseworker)
    shown = page(client.get(reverse("appeals:casework-case", args=[case.reference])))
    assert "A promise in writing Handed in Always needed. promise.txt" in shown
    assert "Proof of payment Missing Needed for: serious breaches." in shown
    ask = reverse("appeals:casework-ask", args=[case.reference])
    prefilled = page(client.get(ask))
    assert "缴纳证明" in prefilled
    assert "信用承诺书" not in prefilled
    client.post(ask, {"reason": to_ask_for(case)})
    case.refresh_from_db()
    assert case.status == Status.INCOMPLETE
    asked = page(client_of(person).get(reverse("appeals:complete", args=[case.reference])))
    assert "缴纳证明" in asked
    assert "Proof of payment" in asked


def test_where_nothing_may_be_asked_for_the_page_says_that_nothing_follows(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, person: Actor, caseworker: Actor, record: Record
) -> None:
    with_papers(monkeypatch, PROMISE, screening=[])
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker, items=[item(record)])
    shown = page(client_of(caseworker).get(reverse("appeals:casework-case", args=[case.reference])))
    assert "Something is missing. Nothing follows from that by itself." in shown


def test_an_official_says_which_paper_a_scan_is(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, holder: Organisation, record: Record
) -> None:
    with_papers(monkeypatch, PROMISE)
    clerk = factories.staff(Role.CASEWORKER, holder)
    case = operations.enter_dispute(
        record.subject_id,
        procedure_id="redress-model",
        items=[item(record)],
        received_on=AT.date(),
        standing=Standing.SELF,
        answer_by=AnswerBy.LETTER,
        address="1 Sample Road",
        language="en",
        by=clerk,
        at=AT,
    )
    client = client_of(clerk)
    address = reverse("appeals:paper-evidence", args=[case.reference])
    assert "A promise in writing" in page(client.get(address))
    assert client.post(address, {**upload(), "document": "promise"}).status_code == 302
    assert presences(case) == {"promise": Presence.ATTACHED}


# API


def _thing(record: Record) -> dict[str, Any]:
    seen = record.versions.order_by("-number")[0].pk
    return {"record": str(record.pk), "seen": str(seen), "ground": "not_me", "words": "I was never there."}


def test_the_api_lists_the_papers_and_takes_them_with_the_filing_or_later(
    monkeypatch: pytest.MonkeyPatch, caller: Caller, record: Record
) -> None:
    with_papers(monkeypatch, PROMISE, PROOF, TRAINING, {"id": "id_card"})
    listed = caller.get("/procedures/", {"record": str(record.pk)}).json()["results"]
    papers = next(each["documents"] for each in listed if each["id"] == "redress-model")
    assert [(each["id"], each["needed_for"], each["binding"]) for each in papers][:2] == [
        ("promise", [], True),
        ("proof", ["serious"], True),
    ]
    content = b64encode(b"I promise.").decode()
    documents = [
        {"id": "promise", "file": {"name": "promise.txt", "content": content}},
        {"id": "proof", "why_not": WORDS},
    ]
    body = {"procedure": "redress-model", "items": [_thing(record)], "documents": documents}
    answer = caller.post("/cases/", body)
    assert answer.status_code == 201, answer.json()
    said = answer.json()
    assert caller.client.get(answer.headers["Location"]).json() == said
    states = {each["id"]: each["state"] for each in said["documents"]}
    assert states == {"promise": "attached", "proof": "explained", "id_card": "missing"}
    assert [each["document"] for each in said["evidence"]] == ["promise"]
    address = f"/cases/{said['reference']}"
    later = caller.upload(f"{address}/evidence/", {"file": upload()["file"], "document": "id_card"})
    assert (later.status_code, later.json()["document"]) == (201, "id_card")
    wrong = caller.upload(f"{address}/evidence/", {"file": upload()["file"], "document": "training"})
    assert mistakes(wrong) == {"#/document": "not_asked_for"}
    explained = caller.post(f"{address}/documents/", {"id": "proof", "why_not": "It burnt."})
    assert next(each["why_not"] for each in explained.json()["documents"] if each["id"] == "proof") == "It burnt."
    unknown = caller.post(f"{address}/documents/", {"id": "nothing", "why_not": "It burnt."})
    assert mistakes(unknown) == {"#/id": "not_asked_for"}


def test_a_paper_of_several_megabytes_goes_with_the_filing_and_one_that_is_too_large_does_not(
    monkeypatch: pytest.MonkeyPatch, caller: Caller, record: Record
) -> None:
    with_papers(monkeypatch, PROMISE)
    body: dict[str, Any] = {"procedure": "redress-model", "items": [_thing(record)]}
    for size, status in ((12_000_000, 413), (10_600_000, 422), (4_000_000, 201)):
        content = b64encode(b"I promise.\n" * (size // 11))
        file = {"name": "promise.txt", "content": content.decode()}
        answer = caller.post("/cases/", {**body, "documents": [{"id": "promise", "file": file}]})
        assert answer.status_code == status, (size, answer.content[:300])


@pytest.mark.parametrize(
    ("documents", "where"),
    [
        ([], {"#/documents": "missing"}),
        ([{"id": "promise"}], {"#/documents/0/file": "missing"}),
        ([{"id": "promise", "file": {"name": "a", "content": "%%"}}], {"#/documents/0/file/content": "wrong_form"}),
        (
            [{"id": "promise", "file": {"name": "a.exe", "content": b64encode(b"MZ\x00\x01").decode()}}],
            {"#/documents/0/file/content": "unsupported"},
        ),
        ([{"id": "promise", "why_not": WORDS}, {"id": "x", "why_not": WORDS}], {"#/documents/1/id": "not_asked_for"}),
    ],
)
def test_the_api_points_at_what_has_to_be_repaired(
    monkeypatch: pytest.MonkeyPatch, caller: Caller, record: Record, documents: list[Any], where: dict[str, str]
) -> None:
    with_papers(monkeypatch, {**PROMISE, "if_missing": "not_accepted"})
    body = {"procedure": "redress-model", "items": [_thing(record)], "documents": documents}
    answer = caller.post("/cases/", body)
    assert answer.status_code == 422
    assert mistakes(answer) == where
    assert not Case.objects.exists()


def test_somebody_elses_case_takes_no_words(
    monkeypatch: pytest.MonkeyPatch, other_person: Actor, person: Actor
) -> None:
    with_papers(monkeypatch, PROMISE)
    case = case_at(person=person)
    answer = api_clients.person(other_person).post(
        f"/cases/{case.reference}/documents/", {"id": "promise", "why_not": WORDS}
    )
    assert answer.status_code == 404


def _events(case: Case) -> set[str]:
    return set(ClockEntry.objects.filter(case=case).values_list("event", flat=True))
