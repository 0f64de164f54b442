"""What stands in a letter for somebody without a page, and what an office holds, printed for them."""

import io
from typing import Any

import pytest
import time_machine
from pypdf import PdfReader

from accounts.actors import Actor
from accounts.models import Role, Subject
from accounts.operations import postal
from appeals import operations
from delivery.models import Letter
from records.exporting import printing
from records.models import Access, Record
from tests import factories
from tests.factories import AT, record_for
from tests.fixtures import client_for
from tests.integration.test_changes_of_identity import merge
from tests.integration.test_paper import ADDRESS, found

pytestmark = pytest.mark.django_db
WHY = "Asked for by letter"


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def nobody_mails(db: None) -> Subject:
    """Somebody without any contact, about whom a court and a credit agency hold something."""
    made = factories.subject(name="Zhao Min", email="")
    record_for(made, values={"amount": "811.00"})
    record_for(made, "us-credit-file", "tradeline", ())
    return made


@pytest.fixture
def elsewhere(db: None) -> Actor:
    return factories.staff(Role.CASEWORKER, "us-credit-agency")


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def printed(subject: Subject, by: Actor, **differences: Any) -> bytes:
    said = {"number": 1, "language": "en", "reason": WHY, "at": AT, **differences}
    return printing.printed(subject.pk, by=by, **said)


def test_a_letter_says_how_to_ask_on_paper_and_leads_to_no_page(nobody_mails: Subject, caseworker: Actor) -> None:
    postal.note(nobody_mails.pk, ADDRESS, by=caseworker, at=AT)
    operations.make_letters_of_untold(at=AT)
    court = Record.objects.get(programme="cn-court-defaulters")
    for kind in ("record_added", "measure_imposed"):
        letter = Letter.objects.filter(message__kind=kind, message__record_id=court.pk)[0]
        said = text_of(client_for(caseworker).post(f"/letters/{letter.pk}/print/").content)
        assert "ask for all that is held about you" in said
        assert "you can dispute it by letter" in said
        assert "Open the entry" not in said


def test_an_office_prints_what_it_holds_and_nothing_of_another(
    nobody_mails: Subject, caseworker: Actor, elsewhere: Actor
) -> None:
    court, credit = (text_of(printed(nobody_mails, by)) for by in (caseworker, elsewhere))
    assert all(each in court for each in ("Zhao Min", "811.00", "Entries 1 to 1 of 1", "What others hold about you"))
    assert "811.00" not in credit
    assert "Tradeline" not in court
    assert "Example Street" not in court


def test_each_entry_tells_its_person_who_read_it_and_why(nobody_mails: Subject, caseworker: Actor) -> None:
    printed(nobody_mails, caseworker)
    record = Record.objects.get(programme="cn-court-defaulters")
    (access,) = Access.objects.all()
    assert (access.record_id, access.purpose, access.reason) == (record.pk, "print_for_person", WHY)
    person = client_for(factories.person(nobody_mails), language="en")
    shown = person.get(f"/held/{record.pk}/").content.decode()
    assert "To print it for you, who asked for it on paper" in shown
    assert WHY in shown


def test_entries_of_a_joined_file_are_printed_too(caseworker: Actor, supervisor: Actor) -> None:
    first, second = factories.subject(email=""), factories.subject(email="")
    record_for(first, values={"amount": "11.00"})
    record_for(second, values={"amount": "22.00"})
    merge(first, second, caseworker, supervisor)
    said = text_of(printed(first, caseworker))
    assert "11.00" in said
    assert "22.00" in said


def test_a_long_file_is_printed_in_parts(
    nobody_mails: Subject, caseworker: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "ENTRIES_A_PRINT", 1)
    record_for(nobody_mails, values={"amount": "12.00"})
    assert printing.parts(nobody_mails.pk, by=caseworker) == 2
    newest, oldest = (text_of(printed(nobody_mails, caseworker, number=number)) for number in (1, 2))
    assert ("12.00" in newest, "Entries 2 to 2 of 2" in oldest, "811.00" in oldest) == (True, True, True)
    assert Access.objects.count() == 2, "what is not printed is not opened"
    with pytest.raises(printing.NothingHeld):
        printed(nobody_mails, caseworker, number=3)


def test_an_official_prints_it_for_the_person_who_was_found(
    caseworker: Actor, person: Actor, source_officer: Actor
) -> None:
    nobody_mails = factories.subject(name="Zhao Min", email="")
    record_for(nobody_mails, values={"amount": "811.00"})
    browser = client_for(caseworker, language="en")
    assert browser.post("/paper/print-held/", {"part": 1, "reason": WHY})["Location"] == "/paper/"
    found(browser, nobody_mails)
    assert "Print what is held, for this person" in browser.get("/paper/things/").content.decode()
    Access.objects.all().delete()
    missing = browser.post("/paper/print-held/", {"part": 1, "reason": " "})
    assert (missing["Location"], Access.objects.count()) == ("/paper/things/", 0)
    answer = browser.post("/paper/print-held/", {"part": 1, "reason": WHY})
    assert "811.00" in text_of(answer.content)
    assert answer["Content-Type"] == "application/pdf"
    assert browser.post("/paper/print-held/", {"part": 9, "reason": WHY}).status_code == 404
    for by in (person, source_officer):
        assert client_for(by).post("/paper/print-held/", {"part": 1, "reason": WHY}).status_code == 403
