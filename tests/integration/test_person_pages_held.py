"""What is held about me: everything that a person may know of their file, and nothing of anybody else's."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.actors import Actor
from appeals.workflow import Status
from audit import keys
from records import catalogue, presentation, queries
from records.models import Record
from records.presentation import words
from records.views.held import PAGE
from tests import factories
from tests.factories import AT, case_at, item, record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
HELD = reverse("records:held")
Keep = Callable[..., Any]


def page_of(record: Record) -> str:
    return reverse("records:record", args=[record.pk])


def text(client: Client, address: str, status: int = 200) -> str:
    """The page's words, without its tags."""
    response = client.get(address)
    assert response.status_code == status, response.status_code
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def warm(django_capture_on_commit_callbacks: Keep) -> Callable[[Actor], None]:
    """Have a person's key remembered, as it is after the first page in a running service."""

    def remember(actor: Actor) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            keys.seal(actor.own_subject, b"")

    return remember


def test_a_person_sees_what_is_held_with_its_source_measures_and_the_right_to_dispute(
    person: Actor, client_of: ClientOf
) -> None:
    record = record_for(person)
    page = text(client_of(person), HELD)
    for words_ in (
        "There is 1 entry about you",
        "List of judgment defaulters",
        "Held by: Supreme People&#x27;s Court",
        "Listing as a judgment defaulter",
        "Speaks against you",
        "CN¥12,000.00",
        "Sample Court",
        "No planes",
        "Applies now",
        "You can dispute every entry",
        "Dispute this",
    ):
        assert words_ in page, words_
    assert page_of(record) in client_of(person).get(HELD).content.decode()


def test_an_empty_file_says_so(person: Actor, client_of: ClientOf) -> None:
    page = text(client_of(person), HELD)
    assert "Nothing is held about you here." in page
    assert "Older entries" not in page


def test_the_list_is_read_in_chinese_too(person: Actor, client_of: ClientOf) -> None:
    record_for(person)
    page = text(client_of(person, language="zh-hans"), HELD)
    for words_ in ("失信被执行人名单", "最高人民法院", "¥12,000.00", "不得乘坐飞机"):
        assert words_ in page, words_


def test_older_entries_stand_on_the_next_page(person: Actor, client_of: ClientOf) -> None:
    records = [record_for(person, measures=()) for _ in range(PAGE + 2)]
    client = client_of(person)
    first = client.get(HELD)
    assert first.context["shown"] == PAGE
    assert first.context["total"] == PAGE + 2
    older = text(client, f"{HELD}?before={first.context['older']}")
    assert "Older entries" not in older
    assert "2 of them on this page" in older
    assert "Back to the newest entries" in older
    assert page_of(records[0]) not in first.content.decode()


@pytest.mark.parametrize("before", ["x", "1' OR 1=1", "00000000"])
def test_a_made_up_place_in_the_list_is_not_found(person: Actor, client_of: ClientOf, before: str) -> None:
    assert client_of(person).get(HELD, {"before": before}).status_code == 404


def test_the_list_asks_the_database_as_often_for_two_entries_as_for_twenty(
    person: Actor, client_of: ClientOf, warm: Callable[[Actor], None]
) -> None:
    record_for(person)
    record_for(person, "cn-jaywalking", "face_event", ())
    warm(person)
    client = client_of(person)
    client.get(HELD)
    with CaptureQueriesContext(connection) as few:
        client.get(HELD)
    for _ in range(18):
        record_for(person)
    with CaptureQueriesContext(connection) as many:
        client.get(HELD)
    assert len(many) == len(few)


def test_one_entry_shows_everything_about_it(person: Actor, client_of: ClientOf) -> None:
    page = text(client_of(person), page_of(record_for(person)))
    for words_ in (
        "A court says that you could do what a judgment told you to do",
        "(2025)样0101执1234号",
        "able to pay and does not",
        "No planes",
        "It applies to you now.",
        "Until it is lifted. No end was named.",
        "airlines",
        "A court&#x27;s order in an enforcement case",
        "Order 77 of 2025",
        "from 1 March 2025, no end named",
        "法释〔2013〕17号 arts 1, 4, 5, 7",
        "We have read the words of this rule.",
        "A source that we trust reports this rule",
        "Two years; one to three years more",
        "Then it is locked away",
        "Nobody has received this entry",
        "No member of staff has looked",
        "This is the first version that we hold.",
    ):
        assert words_ in page, words_


def test_collectors_appear_by_role_and_what_is_about_others_with_the_reason(person: Actor, client_of: ClientOf) -> None:
    record = record_for(person, "cn-jaywalking", "face_event", ("screen_display",))
    page = text(client_of(person), page_of(record))
    for hidden in ("Clerk 4", "Officer 12", "pictures/0001"):
        assert hidden not in page, hidden
    for words_ in (
        "a member of staff of the source (we do not show the name)",
        "a traffic officer (we do not show the name)",
        "Not shown. The picture may show other people.",
        "How sure the computer was",
        "86%",
        "CAM-17",
        "20 October 2026, 08:15 UTC+8",
        "We found no law that allows this.",
    ):
        assert words_ in page, words_


def test_a_dispute_shows_on_the_entry_and_on_what_rests_on_it(person: Actor, client_of: ClientOf) -> None:
    record = record_for(person)
    case_at(person=person, items=[item(record, ground="inaccurate", field="amount", wanted="1.00")])
    page = text(client_of(person), page_of(record))
    assert "“Amount” is marked as disputed." in page
    assert "It has stopped while your dispute is open, and must not be used against you." in page
    assert "Disputed" in text(client_of(person), HELD)


def test_who_received_the_entry_and_who_looked_is_shown_without_names(
    person: Actor, caseworker: Actor, client_of: ClientOf
) -> None:
    record = record_for(person)
    case = case_at(person=person, items=[item(record)])
    system = factories.system("sample-bank")
    versions = list(queries.latest_versions([record]).values())
    queries.open_for(system, "credit_check", versions, at=AT + timedelta(hours=1))
    queries.open_for(caseworker, "review", versions, at=AT + timedelta(hours=2), reason=case.reference, case_id=case.pk)
    page = text(client_of(person), page_of(record))
    for words_ in ("Sample Bank", "credit check", "2 November 2026, 18:00 UTC+8", "Disputed"):
        assert words_ in page, words_
    for words_ in ("Caseworker no. 1", "To decide a dispute", case.reference):
        assert words_ in page, words_
    assert "@office.example" not in page


def test_the_history_shows_what_a_correction_changed(person: Actor, client_of: ClientOf) -> None:
    record = record_for(person)
    case = case_at(
        Status.DECIDED,
        person=person,
        items=[item(record, ground="inaccurate", field="amount", wanted="1.00")],
        answers=[{"remedy": "correct", "value": "1.00"}],
    )
    factories.carry_out(case)
    page = text(client_of(person), page_of(record))
    assert "Version 2 · It was corrected after a dispute" in page
    assert "before: CN¥12,000.00; now: CN¥1.00" in page


def test_what_was_deleted_is_not_in_the_file_any_more(person: Actor, client_of: ClientOf) -> None:
    record = record_for(person)
    case = case_at(Status.DECIDED, person=person, items=[item(record)], answers=[{"remedy": "delete"}])
    factories.carry_out(case)
    assert text(client_of(person), page_of(record), 404)
    assert "Nothing is held about you here." in text(client_of(person), HELD)


def test_measures_say_when_they_start_again_and_when_they_ended(person: Actor, client_of: ClientOf) -> None:
    record = record_for(person, measures=("no_plane", "exit_ban"))
    case = case_at(
        Status.SERVED,
        person=person,
        items=[
            item(record, ground="cannot_pay", measure="no_plane"),
            item(record, ground="no_legal_basis", measure="exit_ban"),
        ],
        answers=[{"outcome": "rejected", "remedy": ""}, {"remedy": "lift"}],
    )
    factories.carry_out(case)
    page = text(client_of(person), page_of(record))
    assert "It may start again on" in page
    assert "It ended on 3 November 2026 and does not apply to you any more." in page


def test_nobody_else_finds_the_entry(
    person: Actor, other_person: Actor, caseworker: Actor, client_of: ClientOf
) -> None:
    record = record_for(person)
    assert client_of(other_person).get(page_of(record)).status_code == 404
    assert "1 entry" not in text(client_of(other_person), HELD)
    assert client_of(other_person).get(HELD, {"before": str(record.pk)}).context["shown"] == 0
    assert client_of(person).get(reverse("records:record", args=[factories.missing_id()])).status_code == 404
    assert client_of(None).get(HELD).status_code == 302
    assert client_of(caseworker).get(page_of(record)).status_code in (302, 403)
    assert client_of(person).post(HELD).status_code == 405


def test_officers_of_the_source_read_no_file_of_a_person_here(
    person: Actor, source_officer: Actor, client_of: ClientOf
) -> None:
    record_for(person)
    assert client_of(source_officer).get(HELD).status_code in (302, 403)


def test_long_histories_are_shown_by_their_latest_part(
    person: Actor, client_of: ClientOf, warm: Callable[[Actor], None]
) -> None:
    record = record_for(person)
    system = factories.system("sample-bank")
    versions = list(queries.latest_versions([record]).values())
    for hour in range(2):
        queries.open_for(system, "credit_check", versions, at=AT + timedelta(hours=hour))
    warm(person)
    client = client_of(person)
    client.get(page_of(record))
    with CaptureQueriesContext(connection) as few:
        client.get(page_of(record))
    for hour in range(2, 60):
        queries.open_for(system, "credit_check", versions, at=AT + timedelta(hours=hour))
    with CaptureQueriesContext(connection) as many:
        page = client.get(page_of(record))
    assert len(many) == len(few)
    assert len(page.context["received"]) == 5
    assert "See all 60 times that it was given to somebody" in page.content.decode()


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("programme", sorted(catalogue.programmes()))
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_kind_of_entry_and_measure_has_words(programme: str, language: str) -> None:
    found = catalogue.programme(programme)
    with translation.override(language):
        for kind in found.types.values():
            assert presentation.ground(kind.basis).evidence
            assert all(rule.text and rule.what for rule in presentation.keeping(kind))
        for measure in found.measures.values():
            assert presentation.ground(measure.basis).evidence


@pytest.mark.parametrize(
    ("language", "name", "raw", "shown"),
    [
        ("en", "amount", "12000.00", "CN¥12,000.00"),
        ("zh-hans", "amount", "12000.00", "¥12,000.00"),
        ("en", "filed_on", "2025-01-16", "16 January 2025"),
        ("zh-hans", "filed_on", "2025-01-16", "2025年1月16日"),
        ("en", "performance", "none", "nothing"),
        ("zh-hans", "performance", "none", "全部未履行"),
        ("en", "age", 41, "41"),
        ("en", "filed_on", "last winter", "last winter"),
        ("en", "amount", "a lot", "a lot"),
    ],
)
def test_values_are_written_as_the_reader_writes_them(language: str, name: str, raw: Any, shown: str) -> None:
    kind = catalogue.programme("cn-court-defaulters").types["court_listing"]
    with translation.override(language):
        assert presentation.value(kind, name, raw) == shown


def test_shares_moments_and_lists_are_written_out() -> None:
    face = catalogue.programme("cn-jaywalking").types["face_event"]
    line = catalogue.programme("us-credit-file").types["tradeline"]
    with translation.override("en"):
        assert presentation.value(face, "confidence", "0.925") == "92.5% (0.925)"
        assert presentation.value(face, "at", "2026-10-20T08:15:00+05:30") == "20 October 2026, 08:15 UTC+5:30"
        assert presentation.value(line, "months", ["current", "30"]) == "paid as agreed, 30 days late"
        assert words.percent("many") == "many"
    with translation.override("zh-hans"):
        assert presentation.value(line, "months", ["current", "30"]) == "正常、逾期30天"


def test_validity_is_told_with_or_without_its_ends() -> None:
    first, last = date(2025, 3, 1), date(2026, 3, 1)
    with translation.override("en"):
        assert presentation.validity(first, last) == "from 1 March 2025 to 1 March 2026"
        assert presentation.validity(None, last) == "until 1 March 2026"
        assert presentation.validity(None, None) == "no dates named"


def test_values_in_another_language_than_the_page_are_marked_as_such() -> None:
    with translation.override("en"):
        assert presentation.lang_of("样本区人民法院") == "zh-Hans"
        assert presentation.lang_of("Sample Court") == ""
    with translation.override("zh-hans"):
        assert presentation.lang_of("样本区人民法院") == ""


def test_a_withheld_field_that_changed_is_named_without_its_value() -> None:
    face = catalogue.programme("cn-jaywalking").types["face_event"]
    with translation.override("en"):
        [change] = presentation.changes(face, {"image": "a"}, {"image": "b"})
    assert change.note == "This has changed. We do not show what it says."
    assert (change.was, change.now) == ("", "")
