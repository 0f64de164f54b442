"""The person's own words on what is held about them: who writes them, whom they reach, when they go."""

import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from pypdf import PdfReader

from accounts import sessions
from accounts.access import ContactNotSettled
from accounts.actors import SERVICE, Acting, Actor
from accounts.models import Contact, Role, Scope, Subject
from accounts.operations import mandates
from accounts.operations.mandates import MandateEnded
from appeals.workflow import Status
from audit import keys
from audit.models import Entry, SubjectKey
from delivery.models import Delivery
from records import exporting, own_file, queries
from records import operations as records
from records import statements as read
from records.access import visible_to
from records.api.disclosing import disclose
from records.models import Disclosure, Record, Statement
from records.operations import exports, statements
from tests import api_clients, factories
from tests.factories import AT, case_at, item, record_for
from tests.fixtures import ClientOf
from tests.integration.test_mandates import acting_for
from tests.laws import READ, changed

pytestmark = pytest.mark.django_db
WORDS = "I paid this on 3 May. 我已付清。"
PROGRAMME = "cn-court-defaulters"


def attach(record: Record, by: Actor, words: str = WORDS) -> Statement:
    return statements.attach(record.pk, words=words, language="en", by=by, at=AT)


def receive(system: Actor, record: Record) -> str | None:
    (given,) = disclose(system, list(visible_to(system).filter(pk=record.pk)), purpose="credit_decision", at=AT)
    return given.statement and given.statement.words


@pytest.fixture
def record(person: Actor) -> Record:
    return record_for(person)


@pytest.fixture
def bank() -> Actor:
    return factories.system("sample-bank")


def test_a_statement_goes_to_everybody_who_receives_the_entry(record: Record, person: Actor, bank: Actor) -> None:
    assert receive(bank, record) is None
    attach(record, person)
    assert receive(bank, record) == WORDS
    statements.take_back(record.pk, by=person, at=AT)
    assert receive(bank, record) is None
    marks = Disclosure.objects.order_by("pk").values_list("marks", flat=True)
    assert list(marks) == [[], [read.CARRIED], []], "the person sees which recipients have the words"


def test_recipients_are_told_that_there_is_something_new(record: Record, person: Actor, bank: Actor) -> None:
    records.subscribe(programme=PROGRAMME, by=bank, at=AT)
    receive(bank, record)
    attach(record, person)
    statements.take_back(record.pk, by=person, at=AT)
    assert list(Delivery.objects.values_list("what", flat=True)) == ["marks_changed", "marks_changed"]


def test_another_takes_its_place_and_the_words_before_are_destroyed(record: Record, person: Actor) -> None:
    attach(record, person)
    attach(record, person, "Another")
    assert read.on([record.pk])[record.pk].words == "Another"
    ended, standing = Statement.objects.order_by("pk")
    assert (ended.sealed, ended.ended_at) == (None, AT)
    assert WORDS.encode() not in bytes(standing.sealed or b"")
    statements.take_back(record.pk, by=person, at=AT)
    assert not Statement.objects.filter(sealed__isnull=False).exists()
    assert not statements.take_back(record.pk, by=person, at=AT)
    events = Entry.objects.filter(event_type__startswith="record.statement").order_by("entry_id")
    assert [each.event_type.rpartition("_")[2] for each in events] == ["attached", "attached", "ended"]


def test_the_words_and_what_became_of_them_stand_in_the_persons_file(record: Record, person: Actor) -> None:
    attach(record, person)
    held = queries.held_record(person, record.pk)
    assert held.statement
    assert (held.statement.words, held.statement.number) == (WORDS, record.latest_number)
    story = own_file.story(person, record.pk)
    assert "record.statement_attached" in {each.event for each in story.happenings}


def test_nobody_else_attaches_or_destroys_it(record: Record, person: Actor, other_person: Actor, bank: Actor) -> None:
    attach(record, person)
    for stranger in (other_person, bank, factories.staff(Role.SOURCE_OFFICER, "sample-court")):
        with pytest.raises(Record.DoesNotExist):
            attach(record, stranger, "Somebody else's")
        with pytest.raises(Record.DoesNotExist):
            statements.take_back(record.pk, by=stranger, at=AT)
    acts = Acting(factories.missing_id(), other_person.own_subject, "power", "see")
    deputy = Actor(person.kind, user_id=other_person.user_id, subject_id=person.subject_id, acts=acts)
    with pytest.raises(statements.OnlySees):
        attach(record, deputy)
    assert read.on([record.pk])[record.pk].words == WORDS


def test_a_new_address_waits_before_it_speaks_for_anybody(record: Record, person: Actor) -> None:
    Contact.objects.filter(subject_id=person.own_subject).update(settles_at=AT + timedelta(hours=72))
    with pytest.raises(ContactNotSettled):
        attach(record, person)
    assert not Statement.objects.exists()


def test_nor_does_a_new_address_of_whoever_acts_for_another(record: Record, person: Actor, other_person: Actor) -> None:
    acting = acting_for(person, other_person)
    Contact.objects.filter(subject_id=other_person.own_subject).update(settles_at=AT + timedelta(hours=72))
    with pytest.raises(ContactNotSettled):
        attach(record, acting)
    assert not Statement.objects.exists()


@pytest.mark.parametrize("words", ["", " \n ", "x" * (statements.LONGEST + 1)])
def test_words_are_there_and_not_too_many(record: Record, person: Actor, words: str) -> None:
    with pytest.raises(statements.NoWords):
        attach(record, person, words)


def test_erasing_somebody_erases_their_words(record: Record, person: Actor) -> None:
    attach(record, person)
    SubjectKey.objects.filter(pk=person.own_subject).update(wrapped_key=None, destroyed_at=AT)
    keys.forget()
    assert read.on([record.pk]) == {}


def test_words_are_destroyed_with_what_they_are_about(record: Record, person: Actor) -> None:
    attach(record, person)
    statements.destroy(record, by=SERVICE, at=AT)
    assert not Statement.objects.filter(sealed__isnull=False).exists()


def test_whoever_decides_about_the_entry_reads_the_words(
    record: Record, person: Actor, caseworker: Actor, client_of: ClientOf
) -> None:
    attach(record, person)
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker, items=[item(record)])
    page = client_of(caseworker).get(reverse("appeals:casework-case", args=[case.reference])).content.decode()
    assert "I paid this on 3 May." in page


def test_the_copy_of_everything_has_the_words(record: Record, person: Actor, settings: Any, tmp_path: Path) -> None:
    settings.EXPORT_DIR = tmp_path
    attach(record, person)
    export = exports.ask(language="en", by=person, at=AT)
    while exporting.make_next(at=AT):
        pass
    files = {file.kind: exports.take(export.pk, file.pk, by=person, at=AT)[1] for file in export.files.all()}
    (said,) = json.loads(files["json"])["entries"][0]["statements"]
    assert (said["words"], said["version"]) == (WORDS, 1)
    with zipfile.ZipFile(BytesIO(files["csv"])) as archive:
        assert WORDS in archive.read("statements.csv").decode()
    assert "I paid this on 3 May." in " ".join(page.extract_text() for page in PdfReader(BytesIO(files["pdf"])).pages)


# --- pages and API


def test_a_statement_is_written_changed_and_taken_back_on_the_pages(
    record: Record, person: Actor, other_person: Actor, client_of: ClientOf
) -> None:
    client, page = client_of(person), reverse("records:statement", args=[record.pk])
    entry = reverse("records:record", args=[record.pk])
    assert "Attach a statement" in client.get(entry).content.decode()
    assert client.post(page, {"words": "\u200b"}).status_code == 422
    assert client.post(page, {"words": "I <b>paid</b>"}, follow=True).redirect_chain == [(entry, 302)]
    assert "I &lt;b&gt;paid&lt;/b&gt;" in client.get(entry).content.decode()
    assert "I &lt;b&gt;paid" in client.get(page).content.decode()
    assert client.post(reverse("records:statement-take-back", args=[record.pk])).status_code == 302
    assert "I &lt;b&gt;" not in client.get(entry).content.decode()
    stranger = client_of(other_person)
    assert stranger.get(page).status_code == 404
    assert stranger.post(page, {"words": "No"}).status_code == 404
    assert stranger.post(reverse("records:statement-take-back", args=[record.pk])).status_code == 404


def test_what_ends_while_a_statement_is_written_is_said_plainly(
    record: Record, person: Actor, other_person: Actor, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor, page = acting_for(person, other_person), reverse("records:statement", args=[record.pk])
    assert actor.acts
    representative = client_of(other_person)
    session = representative.session
    session[sessions.ACTS_FOR] = str(actor.acts.mandate_id)
    session.save()
    look = queries.held_record
    meanwhile: Callable[[], object] = partial(mandates.revoke, actor.acts.mandate_id, by=person, at=AT)

    def held_record(*args: Any) -> queries.Held:
        found = look(*args)
        meanwhile()
        return found

    monkeypatch.setattr(queries, "held_record", held_record)
    answer = representative.post(page, {"words": WORDS})
    assert (answer.status_code, str(MandateEnded.sentence) in answer.content.decode()) == (409, True)
    meanwhile = partial(records.delete, record.pk, case_id=record.pk, by=SERVICE, at=AT)
    assert client_of(person).post(page, {"words": WORDS}).status_code == 404
    assert not Statement.objects.exists()


def test_a_statement_is_written_read_and_taken_back_over_the_api(record: Record, person: Actor) -> None:
    caller, path = api_clients.person(person), f"/api/v1/held/{record.pk}/statement/"
    said = caller.client.put(path, {"words": WORDS}, "application/json").json()
    assert (said["words"], said["about"]) == (WORDS, 1)
    assert caller.client.get(f"/api/v1/held/{record.pk}/").json()["statement"] == said
    (named,) = factories._named(Subject.objects.get(pk=record.subject_id), PROGRAMME)["identifiers"]
    bank = api_clients.system("sample-bank", scopes=[Scope.RECORDS_READ])
    asked = {"Redress-Subject": f"{named['scheme']}:{named['value']}"}
    (received,) = bank.get("/records/", {"purpose": "credit_decision"}, **asked).json()["results"]
    assert received["statement"] == said
    assert caller.client.put(path, {"words": ""}, "application/json").status_code == 422
    assert caller.client.delete(path).status_code == 204
    assert caller.client.get(f"/api/v1/held/{record.pk}/").json()["statement"] is None


# --- a limit that a procedure sets

LIMITED = {"allowed": True, "max_words": 5, **READ}


def limited(monkeypatch: pytest.MonkeyPatch, **rule: Any) -> None:
    """Every procedure that opens for the list limits statements in this way."""
    for id in ("redress-model", "cn-spc-defaulter-list"):
        changed(monkeypatch, id, statement={**LIMITED, **rule})


@pytest.mark.parametrize(
    ("words", "counted"),
    [("I paid it in May.", 5), ("I paid it in full in May — all of it.", 10), ("我已付清。", 1)],
)
def test_a_limit_that_was_read_is_kept_on_the_page_and_over_the_api(
    record: Record, person: Actor, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, words: str, counted: int
) -> None:
    limited(monkeypatch)
    client, page = client_of(person), reverse("records:statement", args=[record.pk])
    assert "Use at most 5 words. Sample Act s 1 says so." in client.get(page).content.decode()
    path = f"/api/v1/held/{record.pk}/statement/"
    answers = (
        client.post(page, {"words": words}),
        api_clients.person(person).client.put(path, {"words": words}, "application/json"),
    )
    if counted <= 5:
        assert [each.status_code for each in answers] == [302, 200]
        return
    said = f"This has {counted} words. Use at most 5: Sample Act s 1 says so."
    assert [each.status_code for each in answers] == [422, 422]
    assert said in answers[0].content.decode()
    assert words in answers[0].content.decode()  # nobody has to write it again
    (mistake,) = answers[1].json()["errors"]
    assert (mistake["code"], mistake["pointer"], mistake["detail"]) == ("too_many_words", "#/words", said)
    assert not Statement.objects.exists()


def test_each_chinese_character_counts_where_the_file_says_so(
    record: Record, person: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, each_character_counts=True)
    with pytest.raises(statements.TooManyWords) as refused:
        attach(record, person, "我在May已付清。")
    assert refused.value.counted == 6
    attach(record, person, "我已付清。")


@pytest.mark.parametrize(
    "rule",
    [
        {"evidence": "reported"},
        {"evidence": "reported", "adopted_by": "the operator", "adopted_on": "2026-11-22"},
        {"limit_only_if_helped": True},
    ],
)
def test_a_limit_that_was_not_read_or_is_for_those_who_were_helped_limits_nobody(
    record: Record, person: Actor, monkeypatch: pytest.MonkeyPatch, rule: dict[str, Any]
) -> None:
    limited(monkeypatch, **rule)
    attach(record, person, "I paid all of it in full in May.")


def test_where_one_procedure_of_several_sets_no_limit_there_is_none(
    record: Record, person: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(monkeypatch, "cn-spc-defaulter-list", statement=LIMITED)
    attach(record, person, "I paid all of it in full in May.")
