"""Files, checking answers, and sending: nothing is lost on the way, and sent twice it is one case."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actors import Actor
from appeals import operations, queries
from appeals.models import Case
from appeals.operations import Target
from records import catalogue
from records.models import Mark, Measure, Record
from tests import factories
from tests.disputes import begun, complete, page, step, upload
from tests.factories import record_for
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


def test_files_are_added_one_at_a_time_and_removed(client: Client, person: Actor, record: Record) -> None:
    draft = complete(person, Target(record.pk))
    client.post(step("evidence", draft), upload("收据 3 May.txt"))
    [(row, name)] = queries.evidence_of_draft(draft)
    assert name == "收据 3 May.txt"
    shown = client.get(step("evidence", draft))
    assert "收据 3 May.txt" in page(shown)
    remove = step("evidence-remove", draft, row.pk)
    assert client.get(remove).status_code == 405
    assert client.post(remove).status_code == 302
    assert client.post(remove).status_code == 302
    assert not queries.evidence_of_draft(draft)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "Choose a file first"),
        (upload("empty.txt", b""), "This file is empty"),
        (upload("bad.pdf", b"%PDF-1.4 nonsense"), "bad.pdf: This file is damaged or incomplete."),
        (upload("run.exe", b"MZ\x90\x00\x03" * 20), "run.exe: We cannot take this kind of file."),
        (upload("x" * 220 + ".txt"), "The name of this file is too long."),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_at_the_field(
    client: Client, person: Actor, record: Record, files: dict[str, Any], words: str
) -> None:
    draft = complete(person, Target(record.pk))
    response = client.post(step("evidence", draft), files)
    assert response.status_code == 422
    assert words in page(response)
    assert 'href="#id_file"' in response.content.decode()
    assert not queries.evidence_of_draft(draft)


def test_a_file_that_is_too_large_is_not_even_read(
    client: Client, person: Actor, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = complete(person, Target(record.pk))
    monkeypatch.setattr("appeals.evidence_files.make_safe", lambda data: pytest.fail("it was read"))
    response = client.post(step("evidence", draft), upload("big.txt", b"x" * (10 * 1024 * 1024 + 1)))
    assert response.status_code == 422
    assert "This file is larger than 10 MB." in page(response)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("..\\..\\etc/passwd", "passwd"),
        ("a\u202etxt.exe", "atxt.exe"),
        ("x" * 150 + ".pdf", "x" * 111 + "…" + "xxxx.pdf"),
    ],
)
def test_names_of_files_are_kept_without_what_could_mislead(given: str, kept: str) -> None:
    from appeals.views.person.evidence import name_of_file

    assert name_of_file(given) == kept


def test_files_follow_the_draft_into_the_case(client: Client, person: Actor, record: Record) -> None:
    draft = complete(person, Target(record.pk))
    client.post(step("evidence", draft), upload("receipt.txt"))
    client.post(step("check", draft))
    case = Case.objects.get()
    [(row, name)] = queries.evidence_of(case)
    assert name == "receipt.txt"
    response = client.get(reverse("appeals:case-evidence-file", args=[case.reference, row.pk]))
    assert response.content == b"Paid 10,800 yuan."
    assert response.headers["Content-Disposition"] == 'attachment; filename="receipt.txt"'
    assert response.headers["Content-Security-Policy"].startswith("sandbox")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_answers_are_checked_with_what_happens_at_once_and_when(client: Client, person: Actor, record: Record) -> None:
    draft = complete(person, Target(record.pk, field="amount"))
    response = client.get(step("check", draft))
    shown = page(response)
    for words in (
        "CN¥12,000.00",
        "CN¥1.00",
        "It is wrong",
        "I paid.",
        "This is marked as disputed, for everybody who receives it: “Amount”",
        "This stops until there is an answer: No planes Not to leave the country",
        "How this date is counted",
        "The rule gives this many working days: 15.",
    ):
        assert words in shown, words
    [only] = draft.items.all()
    for address in (step("why", draft, only.pk), step("details", draft, only.pk), step("what", draft)):
        assert f'href="{address}"' in response.content.decode()


def test_sending_marks_suspends_and_shows_the_reference(client: Client, person: Actor, record: Record) -> None:
    draft = complete(person, Target(record.pk, field="amount"))
    response = client.post(step("check", draft), follow=True)
    case = Case.objects.get()
    assert case.reference in page(response)
    assert response.redirect_chain[-1][0] == step("sent", draft)
    assert Mark.objects.get().field == "amount"
    assert set(Measure.objects.values_list("state", flat=True)) == {"suspended"}
    assert case.language == "en"


def test_a_dispute_filed_in_chinese_is_answered_in_chinese(person: Actor, client_of: ClientOf, record: Record) -> None:
    draft = complete(person, Target(record.pk))
    client_of(person, language="zh-hans").post(step("check", draft))
    assert Case.objects.get().language == "zh-hans"


def test_a_form_sent_twice_is_one_case(client: Client, person: Actor, record: Record) -> None:
    draft = complete(person, Target(record.pk))
    first, second = client.post(step("check", draft)), client.post(step("check", draft))
    assert first.headers["Location"] == second.headers["Location"] == step("sent", draft)
    assert Case.objects.count() == 1
    for name in ("", "what", "procedure", "evidence", "check", "discard"):
        assert client.get(step(name, draft)).headers["Location"] == step("sent", draft), name


def test_the_same_thing_is_not_disputed_twice(client: Client, person: Actor, record: Record) -> None:
    first, second = complete(person, Target(record.pk)), complete(person, Target(record.pk))
    client.post(step("check", first))
    response = client.post(step("check", second))
    assert response.status_code == 409
    assert f"You already dispute this in case {Case.objects.get().reference}" in page(response)
    assert response.content.decode().count("<h1") == 1


def test_what_is_incomplete_cannot_be_sent(client: Client, person: Actor, record: Record) -> None:
    draft = begun(person, Target(record.pk))
    assert client.get(step("check", draft)).headers["Location"] == step("", draft)
    response = client.post(step("check", draft))
    assert response.status_code == 422
    assert "Choose one of the reasons" in page(response)
    assert not Case.objects.exists()
    assert client.get(step("sent", draft)).headers["Location"] == step("", draft)


def test_many_disputes_in_an_hour_are_slowed_down_and_nothing_is_lost(client: Client, person: Actor) -> None:
    factories.organisation("cn-spc")
    most = operations.FILINGS.times
    drafts = [complete(person, Target(record_for(person, measures=()).pk)) for _ in range(most + 1)]
    answers = [client.post(step("check", draft)) for draft in drafts]
    assert [answer.status_code for answer in answers] == [302] * most + [429]
    assert "Try again after" in page(answers[-1])
    assert "I paid." in page(answers[-1])
    assert Case.objects.count() == most
