"""My cases, one case, withdrawal, the decision that opening serves, and messages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.actors import Actor
from appeals import operations, presentation, queries, tasks
from appeals.letter_of import letter_of, signers
from appeals.models import Case
from appeals.queries import TimelineEvent
from appeals.queries.acts import HIDDEN
from appeals.workflow import STEPS, Status
from audit import keys
from audit.events import EVENTS
from delivery.models import Message
from records.models import Measure
from tests import factories
from tests.disputes import page
from tests.factories import case_at, item, record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
OPEN_TO_THE_ANSWER = (
    Status.FILED,
    Status.IN_REVIEW,
    Status.INCOMPLETE,
    Status.AWAITING_APPROVAL,
    Status.SCREENING,
)
TURNED_AWAY = (Status.SCREENED_OUT, Status.SCREENING_SERVED)
CASES = reverse("appeals:cases")
MESSAGES = reverse("appeals:messages")
NOW = factories.AT


def at(name: str, case: Case, *more: object) -> str:
    return reverse(f"appeals:{name}", args=[case.reference, *more])


def in_english(status: Status) -> str:
    with translation.override("en"):
        return str(presentation.turn(status, holder="Supreme People's Court").title)


@pytest.fixture
def client(person: Actor, client_of: ClientOf) -> Client:
    return client_of(person)


@pytest.fixture
def warm(person: Actor, django_capture_on_commit_callbacks: Callable[..., Any]) -> None:
    """Have the person's key remembered, as it is after the first page in a running service."""
    with django_capture_on_commit_callbacks(execute=True):
        keys.seal(person.own_subject, b"")


# --- the list -------------------------------------------------------------------------------------


def test_without_a_case_the_way_to_the_file_is_shown(client: Client) -> None:
    assert "You have not disputed anything." in page(client.get(CASES))


def test_days_are_those_on_which_the_procedure_counts(client: Client, person: Actor, caseworker: Actor) -> None:
    """Eight in the evening of the twentieth in UTC is four in the morning of the next day in Shanghai."""
    with time_machine.travel(datetime(2026, 10, 20, 20, 0, tzinfo=UTC), tick=False):
        case = case_at(Status.SERVED, person=person, caseworker=caseworker, at=timezone.now())
        shown = page(client.get(at("case", case)))
        assert "Received on 21 October 2026" in shown
        assert "Sent on 21 October 2026" in shown
        assert "UTC+8 · you" in shown  # the log has its times from the database
        assert "20 October 2026" not in shown
        assert "sent on 21 October 2026" in page(client.get(CASES))
        assert "20 October 2026" not in page(client.get(at("decision", case)))
        assert timezone.get_current_timezone_name() == "UTC", "the next request would be told in the zone of this one"


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_its_page_in_both_languages(person: Actor, client_of: ClientOf, status: Status) -> None:
    case = case_at(status, person=person)
    for language in ("en", "zh-hans"):
        client = client_of(person, language=language)
        for address in (CASES, at("case", case)):
            response = client.get(address)
            assert response.status_code == 200
            assert response.content.decode().count("<h1") == 1
    shown = page(client_of(person).get(at("case", case)))
    assert in_english(status).replace("'", "&#x27;") in shown
    assert ("You get an answer by" in shown) == (status in OPEN_TO_THE_ANSWER)
    assert ("Withdraw this case" in shown) == (status in OPEN_TO_THE_ANSWER)
    assert ("Take the withdrawal back" in shown) == (status == Status.WITHDRAWING)
    assert ("Add evidence" in shown) == (status in OPEN_TO_THE_ANSWER or status in TURNED_AWAY)
    assert ("Tell us what is new" in shown) == (status in TURNED_AWAY)


def test_every_status_has_its_words() -> None:
    assert set(presentation.TURNS) == set(presentation.TONES) == set(Status)


def test_every_event_of_a_case_has_a_sentence() -> None:
    steps = {step.event for step in STEPS.values()}
    others = {name for name in EVENTS if name.split(".")[0] in ("case", "measure", "record")}
    not_of_a_case = {"record.imported", "record.version_added", "record.disclosed", "measure.imposed"}
    not_of_a_case |= {"record.statement_attached", "record.statement_ended", "record.erased"}
    assert set(presentation.EVENTS) >= steps | (others - HIDDEN - not_of_a_case)


def test_what_happened_several_times_in_one_go_stands_once() -> None:
    same = [TimelineEvent("measure.suspended", NOW.replace(microsecond=n)) for n in range(3)]
    with translation.override("en"):
        [line] = presentation.timeline(same)
    assert line.title == "A measure was stopped for as long as the case is open (3 times)"


def test_the_list_asks_the_database_as_often_for_two_cases_as_for_twenty(
    person: Actor, client: Client, warm: None
) -> None:
    for _ in range(2):
        case_at(person=person, items=[item(record_for(person, measures=()))])
    client.get(CASES)
    with CaptureQueriesContext(connection) as few:
        client.get(CASES)
    for _ in range(18):
        case_at(person=person, items=[item(record_for(person, measures=()))])
    with CaptureQueriesContext(connection) as many:
        client.get(CASES)
    assert len(many) == len(few)
    case_at(person=person, items=[item(record_for(person, measures=()))])
    assert "Page 1 of 2" in page(client.get(CASES))
    assert "Page 2 of 2" in page(client.get(CASES, {"page": "99"}))


# --- one case -------------------------------------------------------------------------------------


def test_a_case_shows_what_is_disputed_what_stopped_and_how_the_day_is_counted(person: Actor, client: Client) -> None:
    record = record_for(person, measures=("no_plane", "exit_ban"))
    case = case_at(
        person=person,
        items=[item(record, ground="inaccurate", field="amount", wanted="1.00", words="I paid <b>10,800</b>.")],
    )
    response = client.get(at("case", case))
    shown = page(response)
    for words in (
        "“Amount” in: Listing as a judgment defaulter",
        "CN¥12,000.00",
        "CN¥1.00",
        "&lt;b&gt;10,800&lt;/b&gt;",
        "Marked as disputed: “Amount”",
        "No planes",
        "Not to leave the country",
        "You get an answer by 23 November 2026.",
        "Received on 2 November 2026.",
        "Saturdays and Sundays are left out.",
        "The dispute was sent",
        "A measure was stopped for as long as the case is open (2 times)",
    ):
        assert words in shown, words


def test_what_stays_in_the_file_of_a_case_is_not_lost_with_the_entry(person: Actor, client: Client) -> None:
    record = record_for(person)
    case = case_at(Status.SERVED, person=person, items=[item(record)], answers=[{"remedy": "delete"}])
    factories.carry_out(case)
    shown = page(client.get(at("case", case)))
    assert "The whole entry: Listing as a judgment defaulter" in shown
    assert "Delete the entry Carried out" in shown


def test_one_case_asks_the_database_as_often_for_two_items_as_for_ten(
    person: Actor, client: Client, warm: None
) -> None:
    def case_of(number: int) -> Case:
        fields = ["amount", "court", "province", "duty", "conduct", "performance", "filed_on", "basis_body"]
        record = record_for(person, measures=("no_plane", "exit_ban", "no_star_hotel")[: max(1, number // 3)])
        items = [item(record, ground="inaccurate", field=name) for name in fields[:number]]
        return case_at(
            Status.SERVED, person=person, items=items, answers=[{"outcome": "rejected", "remedy": ""}] * number
        )

    counts = []
    for number in (2, 8):
        case = case_of(number)
        for address in (at("case", case), at("decision", case)):
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            counts.append(len(captured))
    assert counts[:2] == counts[2:]


def test_looks_by_staff_are_counted(person: Actor, caseworker: Actor, client: Client) -> None:
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker)
    queries.open_items(case, caseworker, at=NOW)
    assert "opened what you wrote or handed in 1 time." in page(client.get(at("case", case)))


def test_evidence_is_added_while_the_case_is_open(person: Actor, client: Client) -> None:
    case = case_at(Status.IN_REVIEW, person=person)
    file = SimpleUploadedFile("later.txt", b"It came today.", "text/plain")
    response = client.post(at("case-evidence", case), {"file": file}, follow=True)
    assert "“later.txt” was added to your case." in page(response)
    [(row, _name)] = queries.evidence_of(case)
    download = client.get(at("case-evidence-file", case, row.pk))
    assert (download.content, download.headers["Content-Type"]) == (b"It came today.", "text/plain; charset=utf-8")
    refused = client.post(at("case-evidence", case), {"file": SimpleUploadedFile("x.pdf", b"%PDF-1.4", "text/plain")})
    assert refused.status_code == 422
    assert client.get(at("case-evidence-file", case, factories.missing_id())).status_code == 404


def test_nothing_can_be_added_to_a_decided_case(person: Actor, client: Client) -> None:
    case = case_at(Status.DECIDED, person=person)
    response = client.get(at("case-evidence", case))
    assert response.status_code == 409
    assert "This case is decided, so nothing more can be handed in." in page(response)


# --- withdrawing ----------------------------------------------------------------------------------


def test_withdrawing_says_what_starts_again_asks_twice_and_can_be_undone(person: Actor, client: Client) -> None:
    case = case_at(person=person)
    shown = page(client.get(at("withdraw", case)))
    assert "This may start again on" in shown
    assert ": No planes" in shown
    assert "Nobody decides whether you were right." in shown
    address = at("confirm-withdrawal", case)
    assert "This is not marked as disputed any more from that day" in page(client.get(address))
    unticked = client.post(address)
    assert unticked.status_code == 422
    assert "Tick the box if you want to withdraw the case" in page(unticked)
    case.refresh_from_db()
    assert case.status == Status.FILED
    assert "You withdrew the case." in page(client.post(address, {"sure": "on"}, follow=True))
    case.refresh_from_db()
    assert case.status == Status.WITHDRAWING
    again = client.post(address, {"sure": "on"})
    assert again.status_code == 409
    assert "It is now: Being withdrawn." in page(again)
    undone = client.post(at("undo-withdrawal", case), follow=True)
    assert "Your case goes on." in page(undone)
    case.refresh_from_db()
    assert case.status == Status.FILED


def test_after_its_day_a_withdrawal_cannot_be_taken_back(person: Actor, client: Client) -> None:
    case = case_at(person=person)
    operations.withdraw(case.pk, by=person, at=NOW - timedelta(days=60))
    response = client.post(at("undo-withdrawal", case))
    assert response.status_code == 409
    assert "The time in which this could be undone has ended." in page(response)


def test_a_decided_case_cannot_be_withdrawn_and_the_person_is_told_what_changed(person: Actor, client: Client) -> None:
    case = case_at(Status.DECIDED, person=person)
    response = client.get(at("withdraw", case))
    assert response.status_code == 409
    assert "the case has moved on. It is now: Decided." in page(response)
    assert at("case", case) in response.content.decode()


# --- the decision ---------------------------------------------------------------------------------


def decided(person: Actor, status: Status = Status.DECIDED) -> Case:
    record = record_for(person, measures=("no_plane", "exit_ban"))
    return case_at(
        status,
        person=person,
        items=[
            item(record, ground="inaccurate", field="amount", wanted="1.00"),
            item(record, ground="disproportionate", measure="exit_ban"),
        ],
        answers=[
            {"remedy": "correct", "value": "1.00", "reasons": "The receipt shows it.\n\nNobody saw it before."},
            {"outcome": "rejected", "remedy": "", "reasons": "The order names its reasons."},
        ],
    )


def test_opening_the_decision_serves_it_once(person: Actor, client: Client) -> None:
    case = decided(person)
    assert "Read the decision" in page(client.get(at("case", case)))
    case.refresh_from_db()
    assert case.status == Status.DECIDED
    shown = page(client.get(at("decision", case)))
    case.refresh_from_db()
    served = case.served_at
    assert (case.status, served is not None) == (Status.SERVED, True)
    for words in (
        "You were right",
        "The receipt shows it.",
        "Nobody saw it before.",
        "“Amount” is changed to: CN¥1.00. It said: CN¥12,000.00.",
        "It stays as it is",
        "The order names its reasons.",
        "Nothing is changed.",
        "“Not to leave the country”",
        "may start again on",
        "Supreme People&#x27;s Court",
        "Caseworker no. 1: wrote the decision",
        "Supervisor no. 1: approved the decision",
        "Second look If you do not agree",
        "Your last day for this is",
    ):
        assert words in shown, words
    assert page(client.get(at("decision", case))) == shown
    case.refresh_from_db()
    assert case.served_at == served


@pytest.mark.parametrize("name", ["decision", "letter"])
def test_fetching_ahead_asking_for_the_head_or_posting_serves_nothing(person: Actor, client: Client, name: str) -> None:
    case = decided(person)
    assert client.get(at(name, case), headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 404
    assert client.head(at(name, case)).status_code == 405
    assert client.post(at(name, case)).status_code == 405
    case.refresh_from_db()
    assert case.status == Status.DECIDED


def test_the_letter_is_a_pdf_in_the_language_of_the_case(person: Actor, client: Client) -> None:
    case = decided(person)
    response = client.get(at("letter", case))
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{case.reference}.pdf"'
    assert response.content.startswith(b"%PDF-")
    case.refresh_from_db()
    assert case.status == Status.SERVED
    Case.objects.filter(pk=case.pk).update(language="zh-hans")
    case.refresh_from_db()
    letter = letter_of(case, by=person, at=NOW)
    assert (letter.language, letter.programme, letter.holder) == ("zh-hans", "失信被执行人名单", "最高人民法院")
    assert letter.answers[0].reasons.startswith("The receipt")
    assert letter.addressee == "Wang Xiaoyu"
    assert letter.next_tier and letter.next_tier.until


def test_the_letter_says_the_same_after_measures_have_started_again(person: Actor, client: Client) -> None:
    case = decided(person)
    client.get(at("decision", case))
    case = queries.case_for(person, case.reference)
    before = letter_of(case, by=person, at=NOW)
    factories.carry_out(case)
    with time_machine.travel(NOW + timedelta(days=90), tick=False):
        tasks.sweep()
    assert set(Measure.objects.values_list("state", flat=True)) == {"in_force"}
    assert letter_of(queries.case_for(person, case.reference), by=person, at=NOW) == before


def test_before_service_the_letter_names_no_day_of_resuming(person: Actor, caseworker: Actor) -> None:
    case = decided(person)
    letter = letter_of(case, by=caseworker, at=NOW)
    assert any("stays stopped at first" in step for step in letter.next_steps)
    assert letter.next_tier and "no day is known yet" in letter.next_tier.until[0]


def test_one_person_decides_where_the_law_asks_for_no_second(person: Actor, client: Client) -> None:
    case = case_at(
        Status.DECIDED,
        person=person,
        items=[item(record_for(person, "us-credit-file", "tradeline", ()), ground="unverifiable")],
        programme="us-credit-file",
        procedure="us-fcra-cra-dispute",
    )
    [only] = signers(case)
    assert (only.number, only.did) == ("1", "decided")
    shown = page(client.get(at("decision", case)))
    assert "The entry is deleted from your file." in shown
    assert "The consumer protection bureau " in shown
    assert "Your last day for this" not in shown


@pytest.mark.parametrize("remedy", ["delete", "detach"])
def test_every_remedy_has_its_sentence(person: Actor, client: Client, remedy: str) -> None:
    case = case_at(Status.DECIDED, person=person, answers=[{"remedy": remedy}], items=[item(record_for(person))])
    assert "your file" in letter_of(case, by=person, at=NOW).answers[0].changes


def test_there_is_no_decision_before_it_is_made(person: Actor, client: Client) -> None:
    case = case_at(Status.AWAITING_APPROVAL, person=person)
    assert client.get(at("decision", case)).status_code == 404
    assert client.get(at("letter", case)).status_code == 404
    with pytest.raises(ValueError, match="not decided"):
        letter_of(case, by=person, at=NOW)


# --- messages -------------------------------------------------------------------------------------


def test_messages_are_new_once_and_lead_to_what_they_are_about(person: Actor, client: Client) -> None:
    case = case_at(Status.DECIDED, person=person)
    first = page(client.get(MESSAGES))
    for words in ("We have your dispute", "Your case is decided", "New", case.reference):
        assert words in first, words
    assert at("decision", case) in client.get(MESSAGES).content.decode()
    assert " New " not in page(client.get(MESSAGES))
    assert not Message.objects.filter(subject_id=person.subject_id, read_at=None).exists()


def test_a_message_about_an_entry_that_left_the_file_leads_nowhere(person: Actor, client: Client) -> None:
    record = record_for(person)
    case = case_at(Status.SERVED, person=person, items=[item(record)], answers=[{"remedy": "delete"}])
    factories.carry_out(case)
    Message.objects.filter(subject_id=person.subject_id).update(case_id=None)
    assert reverse("records:record", args=[record.pk]) not in client.get(MESSAGES).content.decode()


def test_an_empty_inbox_says_so(client: Client) -> None:
    assert "There are no messages for you." in page(client.get(MESSAGES))


def test_the_inbox_asks_the_database_as_often_for_two_messages_as_for_twenty(
    person: Actor, client: Client, warm: None
) -> None:
    def counted() -> int:
        client.get(MESSAGES)
        with CaptureQueriesContext(connection) as captured:
            client.get(MESSAGES)
        return len(captured)

    case_at(person=person, items=[item(record_for(person))])
    few = counted()
    for _ in range(12):
        case_at(Status.IN_REVIEW, person=person, items=[item(record_for(person))])
    assert counted() == few


# --- strangers ------------------------------------------------------------------------------------


def test_nobody_else_finds_a_case_or_its_pages(
    person: Actor, other_person: Actor, caseworker: Actor, client_of: ClientOf
) -> None:
    case = decided(person)
    stranger = client_of(other_person)
    pages = ["case", "case-evidence", "withdraw", "confirm-withdrawal", "decision", "letter"]
    for address in [at(name, case) for name in pages] + [at("case-evidence-file", case, factories.missing_id())]:
        assert stranger.get(address).status_code == 404, address
        assert client_of(None).get(address).status_code == 302, address
        assert client_of(caseworker).get(address).status_code in (302, 403), address
    for name in ("undo-withdrawal", "confirm-withdrawal", "case-evidence"):
        assert stranger.post(at(name, case), {"sure": "on"}).status_code == 404, name
    case.refresh_from_db()
    assert case.status == Status.DECIDED
    assert case.reference not in page(stranger.get(CASES))
    assert case.reference not in page(stranger.get(MESSAGES))
    assert client_of(person).get(reverse("appeals:case", args=["RD-0000-0000"])).status_code == 404


def test_references_are_found_in_any_writing(person: Actor, client: Client) -> None:
    case = case_at(person=person)
    assert client.get(f"/cases/{case.reference.lower()}/").status_code == 200
