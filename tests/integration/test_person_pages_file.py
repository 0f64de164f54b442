"""The whole of the own file: groups, search, histories, everybody who received or looked, and the public rules."""

import logging
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actors import SERVICE, Actor
from accounts.models import Role
from appeals.workflow import Status
from audit import keys
from audit.events import EVENTS
from records import catalogue, operations, own_file, presentation, queries
from records.importing.withdrawing import Withdrawal, withdraw
from records.models import Keeping, KeptThing, Record
from records.operations import Hand
from records.presentation.traces import _HAPPENINGS
from records.views import held as views
from records.views.held import FOUND_ON_A_PAGE, PAGE, STEPS
from tests import factories, planted
from tests.factories import AT, case_at, item, record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
HELD, SEARCH = reverse("records:held"), reverse("records:search")


def plain(content: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content.decode()))


def text(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.status_code
    return plain(response.content)


def look_for(client: Client, words: str, status: int = 200, **more: Any) -> str:
    response = client.post(SEARCH, {"words": words, **more})
    assert response.status_code == status, response.status_code
    return plain(response.content)


def page_of(name: str, record: Record) -> str:
    return reverse(f"records:{name}", args=[record.pk])


@pytest.fixture
def warm(django_capture_on_commit_callbacks: Callable[..., Any]) -> Callable[[Actor], None]:
    def remember(actor: Actor) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            keys.seal(actor.own_subject, b"")

    return remember


# --- groups ---------------------------------------------------------------------------------------


def test_the_file_is_grouped_by_programme_and_type(person: Actor, client_of: ClientOf) -> None:
    record_for(person)
    record_for(person)
    record_for(person, "cn-jaywalking", "face_event", ())
    response = client_of(person).get(HELD)
    [jaywalking, court] = response.context["groups"]
    assert [(each.id, each.total, each.shown) for each in (jaywalking, court)] == [
        ("cn-jaywalking", 1, 1),
        ("cn-court-defaulters", 2, 2),
    ]
    assert [(each.type, each.total, len(each.cards)) for each in court.types] == [("court_listing", 2, 2)]
    assert [(each.programme, each.total) for each in response.context["overview"]] == [
        ("cn-court-defaulters", 2),
        ("cn-jaywalking", 1),
    ]


def test_one_list_of_the_file_can_be_chosen_and_no_other_than_ones_own(person: Actor, client_of: ClientOf) -> None:
    record_for(person)
    record_for(person, "cn-jaywalking", "face_event", ())
    client = client_of(person)
    for query in ("programme=cn-jaywalking", "programme=cn-jaywalking&type=face_event"):
        assert [each.id for each in client.get(f"{HELD}?{query}").context["groups"]] == ["cn-jaywalking"]
    for query in ("programme=us-credit-file", "programme=cn-jaywalking&type=court_listing", "type=face_event"):
        assert client.get(f"{HELD}?{query}").status_code == 404


def test_a_chosen_list_is_paged_within_itself(person: Actor, client_of: ClientOf) -> None:
    record_for(person, "cn-jaywalking", "face_event", ())
    for _ in range(PAGE + 1):
        record_for(person, measures=())
    client = client_of(person)
    first = client.get(f"{HELD}?programme=cn-court-defaulters").content.decode()
    [address] = re.findall(r'href="(\?programme=cn-court-defaulters&amp;before=[^"]+)"', first)
    second = client.get(HELD + address.replace("&amp;", "&"))
    assert second.context["shown"] == 1
    assert [each.id for each in second.context["groups"]] == ["cn-court-defaulters"]


# --- search ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    ["0101执1234", "12,000", "12000.00", "sample district", "ＤＩＳＴＲＩＣＴ　court", "No planes", "不得乘坐飞机",
     "able to pay", "16 January 2025", "2025-01-16", "Order 77", "sample court 12,000", "judgment defaulter province"],
)  # fmt: skip
def test_an_entry_is_found_by_what_its_page_says(person: Actor, client_of: ClientOf, words: str) -> None:
    record_for(person)
    record_for(person, "cn-jaywalking", "face_event", ())
    assert "1 entry found" in look_for(client_of(person), words)


def test_a_search_says_where_it_found_the_words(person: Actor, client_of: ClientOf) -> None:
    record_for(person)
    assert "Found in: Amount" in look_for(client_of(person), "12,000.00")


def test_every_word_must_be_there(person: Actor, client_of: ClientOf) -> None:
    record_for(person)
    assert "0 entries found" in look_for(client_of(person), "sample nowhere")


@pytest.mark.parametrize("words", ["pictures/0001", "Officer 12", "Clerk 4", "Informant Zhao"])
def test_a_search_never_tells_what_is_withheld(person: Actor, client_of: ClientOf, words: str) -> None:
    record = record_for(person, "cn-jaywalking", "face_event", ("screen_display",))
    said = queries.latest_content(record)
    assert any(words in str(value) for value in [*said.values.values(), *said.provenance.values()]) or "Zhao" in words
    assert "0 entries found" in look_for(client_of(person), words)


def test_nobody_finds_what_is_about_others(person: Actor, other_person: Actor, client_of: ClientOf) -> None:
    record_for(other_person, values={"court": "Faraway Court"})
    assert "0 entries found" in look_for(client_of(person), "faraway")
    assert "1 entry found" in look_for(client_of(other_person), "faraway")


def test_a_search_stays_within_the_list_that_is_chosen(person: Actor, client_of: ClientOf) -> None:
    record_for(person)
    assert "1 entry found" in look_for(client_of(person), "sample", within="cn-court-defaulters")
    record_for(person, "cn-jaywalking", "face_event", ())
    assert "1 entry found" in look_for(client_of(person), "sample", within="cn-jaywalking")
    assert "Select a valid choice" in look_for(client_of(person), "sample", 422, within="us-credit-file")


def test_what_somebody_looks_for_is_in_no_address_and_no_log(
    person: Actor, client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(FOUND_ON_A_PAGE + 1):
        record_for(person, measures=(), values={"court": "Plantedquery Court"})
    client = client_of(person)
    with caplog.at_level(logging.DEBUG):
        answer = client.post(SEARCH, {"words": "Plantedquery"})
    assert "Page 1 of 2" in plain(answer.content)
    assert not planted.found_in(" ".join(planted.addresses_in(answer.content.decode())), "an address")
    assert "plantedquery" not in caplog.text.lower()
    assert client.get(SEARCH, {"words": "Plantedquery"}).context["form"].is_bound is False


def test_a_search_is_paged_by_forms(person: Actor, client_of: ClientOf) -> None:
    for _ in range(FOUND_ON_A_PAGE + 1):
        record_for(person, measures=())
    client = client_of(person)
    found = [client.post(SEARCH, {"words": "sample", "page": page}).context["found"] for page in (1, 2, 99)]
    assert [len(each) for each in found] == [FOUND_ON_A_PAGE, 1, 1]
    assert len({each["card"].id for page in found for each in page}) == FOUND_ON_A_PAGE + 1


@pytest.mark.parametrize(("words", "said"), [("", "Enter what to look for"), ("   ", "Enter what to look for"),
                                             ("x" * 101, "Use at most 100 characters")])  # fmt: skip
def test_a_search_without_words_says_what_is_missing(person: Actor, client_of: ClientOf, words: str, said: str) -> None:
    record_for(person)
    assert said in look_for(client_of(person), words, 422)


def test_somebody_who_looks_for_very_much_waits(
    person: Actor, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "SEARCHES", views.SEARCHES._replace(times=1))
    client = client_of(person)
    look_for(client, "sample")
    assert "Try again in" in look_for(client, "sample", 429)


def test_a_very_long_file_is_searched_from_its_newest_end_and_says_so(
    person: Actor, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_file, "SEARCHED_AT_ONCE", 2)
    monkeypatch.setattr(own_file, "MOST_SEARCHED", 4)
    for _ in range(4):
        record_for(person, measures=())
    client = client_of(person)
    assert "We looked at the newest" not in look_for(client, "sample")
    record_for(person, measures=())
    page = look_for(client, "sample")
    assert "4 entries found" in page
    assert "We looked at the newest 4" in page


# --- one entry ------------------------------------------------------------------------------------


def test_the_history_says_what_changed_why_and_whose_hand_it_was(person: Actor, client_of: ClientOf) -> None:
    record = record_for(person)
    case = case_at(
        Status.DECIDED,
        person=person,
        items=[item(record, ground="inaccurate", field="amount", wanted="1.00")],
        answers=[{"remedy": "correct", "value": "1.00"}],
    )
    factories.carry_out(case)
    page = text(client_of(person), page_of("history", record))
    for words in (
        "Version 2 · It was corrected after a dispute",
        case.reference,
        "before: CN¥12,000.00; now: CN¥1.00",
        "Version 1 · The source sent it",
        "2 November 2026, 17:00 UTC+8",
        "It was marked as disputed",
        "A measure was stopped for now: No planes",
        "A measure was placed on you: No planes",
    ):
        assert words in page, words
    assert "@office.example" not in page


def test_whoever_brought_a_version_is_named_by_organisation_and_role(person: Actor, client_of: ClientOf) -> None:
    officer = factories.staff(Role.SOURCE_OFFICER, "sample-court")
    by_hand = record_for(person, entered_by=officer.user_id)
    by_service = record_for(person)
    client = client_of(person)
    assert f"by Sample Court, {Role.SOURCE_OFFICER.label} no. 1" in text(client, page_of("record", by_hand))
    assert "by this service, as it had been decided or laid down" in text(client, page_of("record", by_service))


def test_a_long_history_is_shown_whole_page_by_page(
    person: Actor, client_of: ClientOf, warm: Callable[..., None]
) -> None:
    record = record_for(person)
    for number in range(STEPS + 2):
        case = case_at(
            Status.DECIDED,
            person=person,
            items=[item(record, ground="inaccurate", field="amount", wanted="1.00")],
            answers=[{"remedy": "correct", "value": f"{number}.00"}],
        )
        factories.carry_out(case)
    client = client_of(person)
    first = client.get(page_of("history", record))
    numbers = [each.number for each in first.context["history"]]
    second = client.get(page_of("history", record) + f"?before={first.context['older']}")
    numbers += [each.number for each in second.context["history"]]
    assert numbers == list(range(STEPS + 3, 0, -1))
    assert second.context["older"] is None
    for wrong in ("x", "1", "-3", "9" * 12):
        assert client.get(page_of("history", record) + f"?before={wrong}").status_code == 404


@pytest.mark.parametrize("name", ["received", "looked"])
def test_everybody_who_received_or_looked_is_shown_page_by_page(
    person: Actor, caseworker: Actor, client_of: ClientOf, name: str
) -> None:
    record, other = record_for(person), record_for(person, "cn-jaywalking", "face_event", ())
    who, purpose = {"received": (factories.system("sample-bank"), "credit_check"), "looked": (caseworker, "review")}[
        name
    ]
    for hour in range(STEPS + 5):
        versions = list(queries.latest_versions([record]).values())
        queries.open_for(who, purpose, versions, at=AT + timedelta(hours=hour))
    client, address = client_of(person), page_of(f"record-{name}", record)
    rows = [row for page in (1, 2) for row in client.get(f"{address}?page={page}").context[name]]
    assert len(rows) == STEPS + 5
    assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)
    everything = client.get(reverse(f"records:{name}"))
    assert everything.context["pages"].total == STEPS + 5
    assert client.get(page_of(f"record-{name}", other)).context["pages"].total == 0


def test_pages_about_an_entry_are_for_its_person_alone(person: Actor, other_person: Actor, client_of: ClientOf) -> None:
    record = record_for(person)
    queries.open_for(
        factories.system("sample-bank"), "credit_check", list(queries.latest_versions([record]).values()), at=AT
    )
    client = client_of(other_person)
    for name in ("record", "history", "record-received", "record-looked"):
        assert client.get(page_of(name, record)).status_code == 404
    for name in ("received", "looked"):
        assert client.get(reverse(f"records:{name}")).context["pages"].total == 0


def test_what_left_the_file_is_in_no_list_of_it(person: Actor, client_of: ClientOf) -> None:
    record = record_for(person)
    versions = list(queries.latest_versions([record]).values())
    queries.open_for(factories.system("sample-bank"), "credit_check", versions, at=AT)
    case = case_at(Status.DECIDED, person=person, items=[item(record)], answers=[{"remedy": "detach"}])
    factories.carry_out(case)
    client = client_of(person)
    assert client.get(reverse("records:received")).context["pages"].total == 0
    assert "0 entries found" in look_for(client, "sample")


def given_and_seen(record: Record, caseworker: Actor) -> None:
    versions = list(queries.latest_versions([record]).values())
    queries.open_for(factories.system("sample-bank"), "credit_check", versions, at=AT)
    queries.open_for(caseworker, "review", versions, at=AT, reason="A question")


def taken_back(record: Record) -> None:
    """Its source takes it back."""
    kind = catalogue.programme(record.programme).types[record.type]
    line = catalogue.ParsedWithdrawal(record.source.code, record.source_ref, kind)
    done = withdraw(record.programme, [Withdrawal(1, line)], by=SERVICE, at=AT + timedelta(days=1))
    assert done.withdrawn == (record.pk,)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_its_source_took_back_is_told_with_what_it_said_and_who_had_it(
    person: Actor, caseworker: Actor, other_person: Actor, client_of: ClientOf, language: str
) -> None:
    record = record_for(person, values={"duty": "Pay the loan back"})
    given_and_seen(record, caseworker)
    taken_back(record)
    client = client_of(person, language=language)
    shown = text(client, reverse("records:left"))
    for words in ("Pay the loan back", factories.organisation("sample-bank").name["zh" if "zh" in language else "en"]):
        assert words in shown
    assert ("Its source took it back on" if language == "en" else "来源单位已于") in shown
    received, looked = (client.get(reverse(f"records:{name}")) for name in ("received", "looked"))
    assert (received.context["pages"].total, looked.context["pages"].total) == (1, 1)
    assert ("(no longer in your file)" if language == "en" else "（已不在您的档案中）") in plain(received.content)
    assert client.get(page_of("record", record)).status_code == 404
    assert "Pay the loan back" not in text(client_of(other_person), reverse("records:left"))


def test_what_was_deleted_is_told_without_what_it_said(person: Actor, caseworker: Actor, client_of: ClientOf) -> None:
    record = record_for(person, values={"duty": "Pay the loan back"})
    given_and_seen(record, caseworker)
    case = case_at(Status.DECIDED, person=person, items=[item(record)], answers=[{"remedy": "delete"}])
    factories.carry_out(case)
    shown = text(client_of(person), reverse("records:left"))
    assert "It was deleted on" in shown and factories.organisation("sample-bank").name["en"] in shown
    assert "Pay the loan back" not in shown


def test_what_is_about_somebody_else_is_not_among_what_left(
    person: Actor, caseworker: Actor, client_of: ClientOf
) -> None:
    record = record_for(person)
    given_and_seen(record, caseworker)
    case = case_at(Status.DECIDED, person=person, items=[item(record)], answers=[{"remedy": "detach"}])
    factories.carry_out(case)
    assert "Nothing has left your file." in text(client_of(person), reverse("records:left"))


def test_what_left_takes_the_same_queries_for_two_and_ten(
    person: Actor, caseworker: Actor, client_of: ClientOf, warm: Callable[[Actor], None]
) -> None:
    warm(person)
    client, counted = client_of(person), []
    client.get(reverse("records:left"))  # keeps the session
    for number in (2, 8):
        for record in [record_for(person) for _ in range(number)]:
            given_and_seen(record, caseworker)
            taken_back(record)
        with CaptureQueriesContext(connection) as queries_:
            client.get(reverse("records:left"))
        counted.append(len(queries_))
    assert counted[0] == counted[1]


def test_the_last_day_of_an_entry_is_told_with_what_happens_then(person: Actor, client_of: ClientOf) -> None:
    record = record_for(person)
    Keeping.objects.update_or_create(
        record=record,
        of=KeptThing.RECORD,
        defaults={
            "subject_id": record.subject_id,
            "number": 1,
            "programme_version": 1,
            "until": date(2027, 3, 1),
        },
    )
    page = text(client_of(person), page_of("record", record))
    assert "Then it is locked away, and nobody is shown it any more. Its last day is 1 March 2027." in page


def test_publications_and_restrictions_are_told_apart(person: Actor, client_of: ClientOf) -> None:
    record = record_for(person, measures=("no_plane", "list_publication"))
    response = client_of(person).get(page_of("record", record))
    assert [each.title for each in response.context["effects"]] == ["No planes"]
    assert [each.title for each in response.context["publications"]] == ["Name on the court's public list"]
    assert response.context["derived"] == []
    assert "What is computed from it" not in plain(response.content)


def test_one_entry_takes_as_many_queries_with_a_long_life_as_with_a_short_one(
    person: Actor, caseworker: Actor, client_of: ClientOf, warm: Callable[[Actor], None]
) -> None:
    record = record_for(person)
    versions = list(queries.latest_versions([record]).values())
    bank = factories.system("sample-bank")
    for who, purpose in ((bank, "credit_check"), (caseworker, "review")):
        queries.open_for(who, purpose, versions, at=AT)
    warm(person)
    client = client_of(person)
    addresses = [page_of(name, record) for name in ("record", "history", "record-received", "record-looked")]
    addresses += [reverse("records:received"), reverse("records:looked")]
    counts: list[list[int]] = []
    for _ in range(2):
        counts.append([])
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            counts[-1].append(len(captured))
        for hour in range(1, 15):
            queries.open_for(bank, "credit_check", versions, at=AT + timedelta(hours=hour))
            queries.open_for(caseworker, "review", versions, at=AT + timedelta(hours=hour))
    assert counts[0] == counts[1]


# A version shows itself; disclosures and looks have lists of their own; the others take the entry out of the file.
SHOWN_ELSEWHERE = {"record.imported", "record.version_added", "record.corrected", "record.disclosed", "record.opened"}
OUT_OF_THE_FILE = {"record.expired", "record.purged", "record.erased"}


def test_everything_that_happens_to_a_record_has_a_sentence() -> None:
    assert set(_HAPPENINGS) == own_file.HAPPENINGS
    about_records = {event for event in EVENTS if event.startswith(("record.", "measure."))}
    assert about_records - SHOWN_ELSEWHERE - OUT_OF_THE_FILE == own_file.HAPPENINGS


def test_an_entry_that_its_source_took_back_and_sent_again_says_so(person: Actor, client_of: ClientOf) -> None:
    record = record_for(person)
    operations.withdraw(record.pk, Hand(None, None, None), by=SERVICE, at=AT)
    operations.put_back(record.pk, by=SERVICE, at=AT)
    page = text(client_of(person), page_of("history", record))
    assert page.index("after the source had taken it back") < page.index("The source took it back")


# --- the rules, for everybody ---------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("programme", sorted(catalogue.programmes()))
def test_the_rules_of_every_programme_are_public(programme: str, language: str, client_of: ClientOf) -> None:
    client = client_of(None, language=language)
    found = catalogue.programme(programme)
    short = "zh" if language.startswith("zh") else "en"
    assert found.title.of(short) in text(client, reverse("records:catalogue")).replace("&#x27;", "'")
    assert client.get(reverse("records:catalogue-programme", args=[programme])).status_code == 200
    for kind in found.types.values():
        page = text(client, reverse("records:catalogue-type", args=[programme, kind.id])).replace("&#x27;", "'")
        for info in kind.fields.values():
            assert info.title.of(short) in page


def test_the_rules_say_who_sees_a_field_for_how_long_and_how_to_dispute_it(client_of: ClientOf) -> None:
    page = text(client_of(None), reverse("records:catalogue-type", args=["cn-jaywalking", "face_event"]))
    for words in (
        "You see it and can dispute it",
        "You see the role, not the name: a traffic officer",
        "You see that it is there, not what it says. The picture may show other people.",
        "A computer compared a camera picture with stored faces",
        "Then it is deleted.",
        "We found no law that allows this.",
        "It is not about me",
    ):
        assert words in page, words


def test_rules_that_do_not_exist_are_not_found(client_of: ClientOf) -> None:
    client = client_of(None)
    for address in ("/catalogue/no-such/", "/catalogue/cn-jaywalking/no_such/", "/catalogue/no-such/face_event/"):
        assert client.get(address).status_code == 404


def test_an_entry_leads_to_its_rules(person: Actor, client_of: ClientOf) -> None:
    record = record_for(person)
    response = client_of(person).get(page_of("record", record))
    assert reverse("records:catalogue-type", args=["cn-court-defaulters", "court_listing"]) in response.content.decode()


# --- times ----------------------------------------------------------------------------------------


def test_moments_are_shown_in_the_zone_of_their_programme(person: Actor, client_of: ClientOf) -> None:
    court, credit = record_for(person), record_for(person, "us-credit-file", "tradeline", ())
    client = client_of(person)
    assert "22 October 2026, 09:00 UTC+8" in text(client, page_of("record", court))
    page = text(client, page_of("record", credit))
    assert "21 October 2026, 21:00 UTC-4" in page
    assert "2 November 2026, 04:00 UTC-5" in page


def test_a_half_hour_west_of_greenwich_is_written_right() -> None:
    assert presentation.moment(AT, "America/St_Johns") == "2 November 2026, 05:30 UTC-3:30"
    assert presentation.moment(AT) == "2 November 2026, 09:00 UTC"
