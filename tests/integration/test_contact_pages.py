"""The pages of one's own address and of what mails may come, and the link of the old address."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from accounts import operations as accounts
from accounts import queries
from accounts.actors import Actor
from accounts.models import ContactWishes
from appeals.workflow import Status
from delivery import operations as delivery
from delivery import queries as inbox
from delivery.models import MailState, Message
from delivery.wishes import Mails, Wishes
from tests import api_clients, factories, mailbox
from tests.fixtures import client_for

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)  # a Wednesday, six in the evening in Shanghai
OLD, NEW = "wang.old@mail.example", "wang.new@mail.example"
USUAL = {"mails": "usual", "days": [0, 1, 2, 3, 4, 5, 6], "begins": "any", "ends": "any", "zone": "Asia/Shanghai"}


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def somebody(db: None) -> Actor:
    return factories.person(email=OLD)


@pytest.fixture
def client(somebody: Actor) -> Client:
    return client_for(somebody, language="en")


def text(answer: Any) -> str:
    return str(answer.content.decode())


def change(client: Client) -> Any:
    client.post("/contact/change/", {"email": NEW})
    return client.post("/contact/change/code/", {"code": mailbox.digits(NEW, datetime.now(UTC))}, follow=True)


def test_the_page_shows_the_address_masked(client: Client) -> None:
    shown = text(client.get("/contact/"))
    assert "w…d@mail.example" in shown
    assert OLD not in shown


def test_an_address_is_changed_through_the_pages(client: Client, somebody: Actor) -> None:
    shown = text(change(client))
    assert "Messages go to your new address from now on." in shown
    assert "Until 7 November 2026, 10:00 UTC the old one can stop this" in shown
    reached = queries.address_of(somebody.own_subject)
    assert reached and reached.email == NEW


def test_wrong_input_is_said_at_its_field_and_changes_nothing(client: Client, somebody: Actor) -> None:
    for email, sentence in (
        ("", "Enter the new e-mail address"),
        ("nobody", "Enter an e-mail address in the right form"),
        (OLD, "Messages go to this address already"),
    ):
        answer = client.post("/contact/change/", {"email": email})
        assert (answer.status_code, sentence in text(answer)) == (422, True), email
    client.post("/contact/change/", {"email": NEW})
    for code, sentence in (
        ("", "Enter the code from the mail"),
        ("12", "The code has eight digits"),
        ("00000000", "This is not the code that we sent"),
    ):
        answer = client.post("/contact/change/code/", {"code": code})
        assert (answer.status_code, sentence in text(answer)) == (422, True), code
    reached = queries.address_of(somebody.own_subject)
    assert reached and reached.email == OLD


def test_too_many_changes_say_when_to_come_back(client: Client) -> None:
    for number in range(5):
        client.post("/contact/change/", {"email": f"new{number}@mail.example"})
    answer = client.post("/contact/change/", {"email": NEW})
    assert answer.status_code == 429
    assert "There were too many tries" in text(answer)


def test_the_code_page_needs_a_change_that_was_asked_for(client: Client, other_person: Actor) -> None:
    assert client.get("/contact/change/code/")["Location"] == "/contact/change/"
    client.post("/contact/change/", {"email": NEW})
    assert client_for(other_person).get("/contact/change/code/")["Location"] == "/contact/change/"


def test_opening_the_link_changes_nothing_and_pressing_the_button_does(client: Client, somebody: Actor) -> None:
    change(client)
    link, stranger = mailbox.stop_link(OLD, NOW), Client(headers={"Accept-Language": "en"})
    assert "It was not me: stop it" in text(stranger.get(link))
    reached = queries.address_of(somebody.own_subject)
    assert reached and reached.email == NEW
    assert "The change is stopped" in text(stranger.post(link))
    reached = queries.address_of(somebody.own_subject)
    assert reached and reached.email == OLD
    assert "The change is stopped" in text(stranger.get(link))


def test_a_change_ends_every_other_session(client: Client, somebody: Actor, now: Any) -> None:
    elsewhere = client_for(somebody)
    assert elsewhere.get("/contact/").status_code == 200
    now.shift(timedelta(minutes=1))
    change(client)
    assert client.get("/contact/").status_code == 200
    assert elsewhere.get("/contact/")["Location"].startswith("/sign-in/")


def test_stopping_signs_everybody_out(client: Client, now: Any) -> None:
    change(client)
    now.shift(timedelta(minutes=1))
    assert client.get("/contact/").status_code == 200
    Client().post(mailbox.stop_link(OLD, NOW))
    assert client.get("/contact/")["Location"].startswith("/sign-in/")


def test_a_wrong_or_late_link_says_so(client: Client, now: Any) -> None:
    stranger = Client(headers={"Accept-Language": "en"})
    assert stranger.get("/contact/stop/nothing/").status_code == 404
    change(client)
    link = mailbox.stop_link(OLD, NOW)
    now.shift(timedelta(hours=72))
    for answer in (stranger.get(link), stranger.post(link)):
        assert (answer.status_code, "This link no longer works" in text(answer)) == (404, True)


def test_a_case_says_why_it_cannot_be_withdrawn_yet(client: Client, somebody: Actor, now: Any) -> None:
    case = factories.case_at(Status.FILED, person=somebody)
    change(client)
    now.shift(timedelta(minutes=1))
    for path in (f"/cases/{case.reference}/withdraw/", f"/cases/{case.reference}/withdraw/confirm/"):
        answer = client.get(path)
        assert (answer.status_code, "Until 2026-11-07 18:00 CST no case can be withdrawn" in text(answer)) == (
            409,
            True,
        )
    problem = api_clients.person(somebody).post(f"/cases/{case.reference}/withdrawal/", {"confirm": True})
    assert problem.status_code == 409
    assert problem.json()["type"].endswith("contact-just-changed")


def test_nobody_else_sees_or_changes_it(client: Client, other_person: Actor, caseworker: Actor) -> None:
    for path in ("/contact/", "/contact/change/", "/contact/mails/"):
        assert Client().get(path)["Location"].startswith("/sign-in/")
        assert client_for(caseworker).get(path).status_code == 403
    assert "w…d@mail.example" not in text(client_for(other_person).get("/contact/"))


# --- wishes ---


def wish(client: Client, **changes: Any) -> Any:
    return client.post("/contact/mails/", USUAL | changes, follow=True)


def test_wishes_are_kept_and_shown(client: Client, somebody: Actor) -> None:
    shown = text(wish(client, mails="bare", days=[0, 4], begins="20:00", ends="22:00"))
    assert "A mail says only that there is a message." in shown
    assert "Only from 20:00 to 22:00 (China)." in shown
    assert "Monday, Friday" in shown
    assert queries.wishes_of(somebody.own_subject, NOW) == Wishes(
        Mails.BARE, frozenset({0, 4}), time(20), time(22), "Asia/Shanghai"
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"days": []}, "Tick at least one day"),
        ({"begins": "09:00"}, "Choose both hours"),
        ({"ends": "09:00"}, "Choose both hours"),
        ({"begins": "09:00", "ends": "09:00"}, "Choose another hour"),
        ({"mails": "shout"}, "Select a valid choice"),
        ({"zone": "Mars/Olympus"}, "Select a valid choice"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(client: Client, changes: dict[str, Any], sentence: str) -> None:
    answer = wish(client, **changes)
    assert (answer.status_code, sentence in text(answer)) == (422, True)


def tell(by: Actor) -> Message:
    return delivery.tell_subject(by.own_subject, "mandate_held", at=NOW, mail=True)


def test_a_mail_waits_for_the_hours_and_costs_no_try(client: Client, somebody: Actor) -> None:
    wish(client, begins="20:00", ends="22:00")
    message = tell(somebody)
    mailbox.deliver(NOW)
    message.refresh_from_db()
    evening = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
    assert (message.mail_state, message.next_try_at, message.tries) == (MailState.WAITING, evening, 0)
    assert inbox.inbox(somebody.own_subject).count() == 1, "the inbox has it at once"
    mailbox.deliver(evening)
    message.refresh_from_db()
    assert (message.mail_state, message.sent_at) == (MailState.SENT, evening)


def test_a_mail_that_waits_was_not_sent(client: Client, somebody: Actor) -> None:
    """What counts from a mail counts from when it went out, never from when it was written."""
    case = factories.case_at(Status.FILED, person=somebody, at=NOW)
    wish(client, begins="20:00", ends="22:00")
    Message.objects.all().delete()
    delivery.tell_subject(
        somebody.own_subject, "case_filed", at=NOW, mail=True, case_id=case.pk, params={"reference": case.reference}
    )
    mailbox.deliver(NOW)
    assert inbox.mailed_at(case.pk, "case_filed") is None
    evening = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
    mailbox.deliver(evening)
    assert inbox.mailed_at(case.pk, "case_filed") == evening


def test_whoever_wants_no_mails_has_everything_in_the_inbox(client: Client, somebody: Actor) -> None:
    wish(client, mails="none")
    message = tell(somebody)
    mailbox.deliver(NOW)
    message.refresh_from_db()
    assert (message.mail_state, message.not_possible) == (MailState.NONE, "")
    assert mail.outbox == []
    assert message not in inbox.untold(), "not wanted is not the same as not possible"
    assert "You may now act for somebody else" in text(client.get("/messages/"))


def test_a_bare_mail_has_no_link_and_no_name(client: Client, somebody: Actor) -> None:
    wish(client, mails="bare")
    tell(somebody)
    mailbox.deliver(NOW)
    (bare,) = mail.outbox
    assert "http" not in str(bare.body)
    assert "redress" not in f"{bare.subject}{bare.body}".lower()
    assert "There is a message for you." in str(bare.body)


def test_codes_come_at_any_hour(client: Client, somebody: Actor) -> None:
    wish(client, mails="none", begins="20:00", ends="22:00")
    accounts.ask_for_code(email=OLD, network="192.0.2.1", at=NOW)
    assert mailbox.digits(OLD, NOW)


def test_wishes_are_sealed(client: Client, somebody: Actor) -> None:
    wish(client, zone="Pacific/Honolulu")
    assert b"Honolulu" not in bytes(ContactWishes.objects.get().sealed)


# --- the same over the API ---


WISHED = {"mails": "bare", "days": [5, 6], "begins": "20:30", "ends": "06:00", "zone": "America/Argentina/Ushuaia"}


def test_the_api_reads_and_sets_the_same_wishes(client: Client, somebody: Actor) -> None:
    api = api_clients.person(somebody)
    assert api.get("/mails/").json() == {
        "mails": "usual",
        "days": [0, 1, 2, 3, 4, 5, 6],
        "begins": None,
        "ends": None,
        "zone": "UTC",
    }
    assert api.put("/mails/", WISHED).json() == WISHED
    assert api.get("/mails/").json() == WISHED
    page = text(client.get("/contact/mails/"))
    for kept in ("20:30", "America/Argentina/Ushuaia"):
        assert f'value="{kept}" selected' in page, "the page keeps what the API set"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"mails": "shout"}, "#/mails"),
        ({"days": []}, "#/days"),
        ({"days": [7]}, "#/days/0"),
        ({"begins": "9"}, "#/begins"),
        ({"begins": None}, "#/ends"),
        ({"ends": "20:30"}, "#/ends"),
        ({"zone": "Mars/Olympus"}, "#/zone"),
        ({"extra": 1}, "#/extra"),
    ],
)
def test_the_api_says_what_to_repair(somebody: Actor, changes: dict[str, Any], pointer: str) -> None:
    answer = api_clients.person(somebody).put("/mails/", WISHED | changes)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_wishes_over_the_api_are_ones_own(somebody: Actor, other_person: Actor) -> None:
    api_clients.person(somebody).put("/mails/", WISHED)
    assert api_clients.person(other_person).get("/mails/").json()["mails"] == "usual"
    assert queries.wishes_of(other_person.own_subject, NOW) is None
