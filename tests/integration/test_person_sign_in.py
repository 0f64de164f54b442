"""A person's way in: the mailed code, the fact that the mail does not hold, and what a stranger can learn."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import operations, sessions
from accounts.models import Contact, SignInCode, Subject, SubjectKind, User
from accounts.operations import CodeSpent, Fact, NotSignedIn, SeveralMatch
from accounts.operations.sign_in import FACTS_FOR_ONE_ADDRESS, TRIES
from accounts.throttle import TooMany
from audit import keys
from audit import queries as log
from audit.models import Entry
from delivery import operations as delivery
from delivery.models import Message
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)
BORN = date(1985, 2, 14)
EMAIL = "wang@mail.example"
RIGHT = Fact(birth_date=BORN)
WRONG = Fact(birth_date=date(1985, 2, 15))


@pytest.fixture
def known() -> Subject:
    return factories.subject(email=EMAIL, birth_date=BORN, confirmed=False)


def mailed_digits(at: datetime) -> str:
    """The code in the newest mail, once everything due is sent."""
    delivery.deliver_due(at=at, limit=10)
    found = re.search(r"([0-9]{4}) ([0-9]{4})", str(mail.outbox[-1].body))
    assert found
    return "".join(found.groups())


def ask(email: str = EMAIL, at: datetime = AT, network: str = "192.0.2.1") -> Any:
    return operations.ask_for_code(email=email, network=network, at=at)


def test_the_first_sign_in_confirms_the_address_and_activates_the_file(known: Subject) -> None:
    code_id = ask("  Wang@Mail.Example ")
    user = operations.enter_code(code_id=code_id, digits=mailed_digits(AT), fact=RIGHT, at=AT)
    assert (user.subject_id, user.email, user.has_usable_password()) == (known.pk, None, False)
    assert Contact.objects.get(subject=known).confirmed_at == AT
    entry = Entry.objects.get()
    assert entry.event_type == "person.activated"
    facts = log.opened([entry.entry_id])[entry.entry_id]
    del facts["at"]
    assert facts == {"actor": "person", "subject": str(known.pk), "factor": "birth_date"}


def test_later_sign_ins_are_the_same_user_and_are_logged_as_such(known: Subject) -> None:
    users = []
    for hour in (0, 1):
        at = AT + timedelta(hours=hour)
        users.append(operations.enter_code(code_id=ask(at=at), digits=mailed_digits(at), fact=RIGHT, at=at))
    assert users[0] == users[1]
    assert [entry.event_type for entry in Entry.objects.order_by("pk")] == ["person.activated", "person.signed_in"]
    assert Contact.objects.get(subject=known).confirmed_at == AT


def test_a_company_signs_in_with_the_end_of_its_number(db: None) -> None:
    company = factories.subject(email=EMAIL, kind=SubjectKind.ORGANISATION)
    identifier = company.identifiers.get()
    number = keys.open_sealed(company.pk, bytes(identifier.sealed)).decode()
    code_id = ask()
    digits = mailed_digits(AT)
    assert number[-4:] != "0000"
    with pytest.raises(NotSignedIn):
        operations.enter_code(code_id=code_id, digits=digits, fact=Fact(last_characters="0000"), at=AT)
    user = operations.enter_code(code_id=code_id, digits=digits, fact=Fact(last_characters=number[-4:].lower()), at=AT)
    assert user.subject_id == company.pk
    facts = log.opened([Entry.objects.get().entry_id])
    assert next(iter(facts.values()))["factor"] == "registered_number"


@pytest.mark.parametrize("digits", ["00000000", "1", "", "１２３４５６７８"])
def test_a_wrong_code_is_refused(known: Subject, digits: str) -> None:
    code_id = ask()
    with pytest.raises(NotSignedIn):
        operations.enter_code(code_id=code_id, digits=digits, fact=RIGHT, at=AT)


def test_a_right_code_with_a_wrong_fact_is_refused_in_the_same_words(known: Subject) -> None:
    code_id = ask()
    digits = mailed_digits(AT)
    with pytest.raises(NotSignedIn) as wrong_fact:
        operations.enter_code(code_id=code_id, digits=digits, fact=WRONG, at=AT)
    with pytest.raises(NotSignedIn) as wrong_code:
        operations.enter_code(code_id=code_id, digits="00000000", fact=RIGHT, at=AT)
    assert type(wrong_fact.value) is type(wrong_code.value) is NotSignedIn
    assert User.objects.count() == 0


def test_after_five_tries_the_right_code_is_dead(known: Subject) -> None:
    code_id = ask()
    digits = mailed_digits(AT)
    for _ in range(TRIES):
        with pytest.raises(NotSignedIn):
            operations.enter_code(code_id=code_id, digits="00000000", fact=RIGHT, at=AT)
    with pytest.raises(CodeSpent):
        operations.enter_code(code_id=code_id, digits=digits, fact=RIGHT, at=AT)


def test_a_code_works_once(known: Subject) -> None:
    code_id = ask()
    digits = mailed_digits(AT)
    operations.enter_code(code_id=code_id, digits=digits, fact=RIGHT, at=AT)
    with pytest.raises(CodeSpent):
        operations.enter_code(code_id=code_id, digits=digits, fact=RIGHT, at=AT)


def test_a_code_lives_for_fifteen_minutes(known: Subject) -> None:
    code_id = ask()
    digits = mailed_digits(AT)
    with pytest.raises(CodeSpent):
        operations.enter_code(code_id=code_id, digits=digits, fact=RIGHT, at=AT + timedelta(minutes=15))
    late = AT + timedelta(minutes=14, seconds=59)
    assert operations.enter_code(code_id=code_id, digits=digits, fact=RIGHT, at=late)


def test_a_code_does_not_work_under_another_id(known: Subject) -> None:
    ask()
    digits = mailed_digits(AT)
    with pytest.raises(NotSignedIn):
        operations.enter_code(code_id=ask(), digits=digits, fact=RIGHT, at=AT)


def test_an_ended_contact_opens_nothing(known: Subject) -> None:
    code_id = ask()
    digits = mailed_digits(AT)
    Contact.objects.filter(subject=known).update(ended_at=AT)
    with pytest.raises(NotSignedIn):
        operations.enter_code(code_id=code_id, digits=digits, fact=RIGHT, at=AT)


def at_once(code_id: Any, digits: list[str]) -> list[str]:
    """What comes of entering these codes at the same moment, each on a connection of its own."""
    ready = Barrier(len(digits))

    def enter_one(typed: str) -> str:
        ready.wait()
        try:
            operations.enter_code(code_id=code_id, digits=typed, fact=RIGHT, at=AT)
        except NotSignedIn as error:
            return type(error).__name__
        finally:
            connection.close()
        return "in"

    with ThreadPoolExecutor(len(digits)) as pool:
        return sorted(pool.map(enter_one, digits))


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_do_not_get_more_tries(known: Subject) -> None:
    code_id = ask()
    came_of_it = at_once(code_id, ["00000000"] * 8)
    assert came_of_it == ["CodeSpent"] * 3 + ["NotSignedIn"] * TRIES
    assert SignInCode.objects.get().tries_left == 0


@pytest.mark.django_db(transaction=True)
def test_a_code_entered_twice_at_once_lets_one_in(known: Subject) -> None:
    code_id = ask()
    digits = mailed_digits(AT)
    assert at_once(code_id, [digits] * 4) == ["CodeSpent"] * 3 + ["in"]
    assert User.objects.count() == Entry.objects.count() == 1


# --- addresses that several share ---


def test_the_fact_chooses_among_those_who_share_an_address(known: Subject) -> None:
    child = factories.subject(email=EMAIL, birth_date=date(2015, 6, 1))
    code_id = ask()
    user = operations.enter_code(
        code_id=code_id, digits=mailed_digits(AT), fact=Fact(birth_date=date(2015, 6, 1)), at=AT
    )
    assert user.subject_id == child.pk
    assert len(mail.outbox) == 1


def test_two_who_share_address_and_birthday_are_never_guessed_between(known: Subject) -> None:
    factories.subject(email=EMAIL, birth_date=BORN)
    code_id = ask()
    with pytest.raises(SeveralMatch):
        operations.enter_code(code_id=code_id, digits=mailed_digits(AT), fact=RIGHT, at=AT)
    assert User.objects.count() == 0


# --- what a stranger can learn ---


def shape(captured: CaptureQueriesContext) -> list[str]:
    """The statements without their values."""
    return [re.sub(r"'[^']*'|\d+|\\x[0-9a-f]+", "?", query["sql"]) for query in captured.captured_queries]


def test_known_and_unknown_addresses_take_the_same_statements(known: Subject) -> None:
    ask("first@mail.example")  # the key of messages to nobody is made once
    with CaptureQueriesContext(connection) as unknown_work:
        ask("nobody@mail.example", network="192.0.2.7")
    with CaptureQueriesContext(connection) as known_work:
        ask(EMAIL, network="192.0.2.8")
    assert shape(unknown_work) == shape(known_work)
    assert len(known_work) > 5


def test_known_and_unknown_addresses_are_answered_alike(known: Subject) -> None:
    answers = []
    for email in (EMAIL, "nobody@mail.example"):
        client = Client()
        first = client.post("/sign-in/", {"kind": "person", "email": email})
        second = client.get("/sign-in/code/")
        third = enter(client, "00000000")
        pages = (re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", p.content.decode()) for p in (second, third))
        answers.append((first.status_code, first["Location"], *pages))
    assert answers[0] == answers[1]


def test_a_guessed_code_takes_the_same_statements_for_both(known: Subject) -> None:
    works = []
    for email in (EMAIL, "nobody@mail.example"):
        code_id = ask(email)
        with CaptureQueriesContext(connection) as work, pytest.raises(NotSignedIn):
            operations.enter_code(code_id=code_id, digits="00000000", fact=RIGHT, at=AT)
        works.append(shape(work))
    assert works[0] == works[1]


def test_nobody_gets_a_mail_at_an_unknown_address(db: None) -> None:
    code_id = ask("nobody@mail.example")
    assert Message.objects.count() == 1
    delivery.deliver_due(at=AT, limit=10)
    assert (len(mail.outbox), Message.objects.count()) == (0, 0)
    assert bytes(SignInCode.objects.get(pk=code_id).code_hash)


def test_neither_code_nor_address_is_stored_in_the_clear(known: Subject) -> None:
    ask()
    rows = str(list(SignInCode.objects.values())) + str(list(Message.objects.values()))
    digits = mailed_digits(AT)
    assert digits not in rows
    assert EMAIL not in rows
    assert Message.objects.count() == 0, "a code that was sent leaves no message"


# --- slowing down ---


def test_one_network_gets_ten_codes_an_hour_for_an_address(known: Subject) -> None:
    for _ in range(10):
        ask()
    with pytest.raises(TooMany) as caught:
        ask(EMAIL.upper())
    assert caught.value.retry_at == AT + timedelta(hours=1)
    ask(network="192.0.2.99")  # its owner, elsewhere, is not locked out by a stranger
    ask("other@mail.example")
    ask(at=AT + timedelta(hours=1))


def test_several_networks_cannot_fill_a_mailbox(known: Subject) -> None:
    for number in range(20):
        ask(network=f"192.0.2.{number}")
    with pytest.raises(TooMany):
        ask(network="192.0.2.200")


def test_one_network_cannot_go_through_many_addresses(db: None) -> None:
    for number in range(60):
        ask(f"person{number}@mail.example")
    with pytest.raises(TooMany):
        ask("one-more@mail.example")


def test_whoever_reads_the_mailbox_cannot_go_through_all_birthdays(known: Subject) -> None:
    guesses = 0
    with pytest.raises(TooMany) as caught:
        while True:
            code_id = ask(network=f"192.0.2.{guesses}")
            digits = mailed_digits(AT)
            for _ in range(TRIES):
                with pytest.raises(NotSignedIn):
                    operations.enter_code(code_id=code_id, digits=digits, fact=WRONG, at=AT)
                guesses += 1
    assert guesses == FACTS_FOR_ONE_ADDRESS.times
    assert caught.value.retry_at == datetime(2026, 11, 5, tzinfo=UTC)
    code_id = ask(network="192.0.2.77")
    with pytest.raises(TooMany):  # above the limit even the right one is not confirmed
        operations.enter_code(code_id=code_id, digits=mailed_digits(AT), fact=RIGHT, at=AT)
    tomorrow = AT + timedelta(days=1)
    assert operations.enter_code(code_id=ask(at=tomorrow), digits=mailed_digits(tomorrow), fact=RIGHT, at=tomorrow)


def test_signing_in_often_is_no_guessing(known: Subject) -> None:
    for hour in range(FACTS_FOR_ONE_ADDRESS.times + 2):
        at = datetime(2026, 11, 4, hour, tzinfo=UTC)
        assert operations.enter_code(code_id=ask(at=at), digits=mailed_digits(at), fact=RIGHT, at=at)


# --- the pages ---


def enter(client: Client, digits: str, born: date = BORN, **more: Any) -> Any:
    boxes = {f"birth_date_{box}": getattr(born, box) for box in ("day", "month", "year")}
    return client.post("/sign-in/code/", {"code": digits, **boxes, **more})


def sign_in(client: Client, **more: Any) -> Any:
    client.post("/sign-in/", {"kind": "person", "email": EMAIL})
    digits = mailed_digits(datetime.now(UTC))
    return enter(client, f"{digits[:4]} {digits[4:]}", **more)


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_a_person_signs_in_through_the_pages(known: Subject) -> None:
    client = Client()
    response = sign_in(client)
    assert response.status_code == 302
    assert signed_in_as(client) == str(User.objects.get(subject=known).pk)


def test_the_session_is_a_fresh_one(known: Subject) -> None:
    client = Client()
    client.post("/sign-in/", {"kind": "person", "email": EMAIL})
    before = client.session.session_key
    planted = Client()
    planted.cookies["redress_session"] = str(before)
    enter(client, mailed_digits(datetime.now(UTC)))
    assert client.session.session_key != before
    assert signed_in_as(planted) is None
    assert "sign_in_code" not in client.session


def test_the_page_says_one_thing_whatever_was_wrong(known: Subject) -> None:
    client = Client()
    client.post("/sign-in/", {"kind": "person", "email": EMAIL})
    digits = mailed_digits(datetime.now(UTC))
    wrong_code, wrong_fact = enter(client, "00000000"), enter(client, digits, date(1985, 2, 15))
    for page in (wrong_code, wrong_fact):
        assert "This does not fit together" in page.content.decode()
        assert "<title>Error: " in page.content.decode()


def test_a_slip_of_the_pen_costs_no_try(known: Subject) -> None:
    client = Client()
    client.post("/sign-in/", {"kind": "person", "email": EMAIL})
    for digits in ("", "1234", "abcdefgh"):
        assert enter(client, digits).status_code == 200
    assert SignInCode.objects.get().tries_left == TRIES


def test_too_many_tries_say_when_to_come_back(known: Subject) -> None:
    client = Client()
    with time_machine.travel(AT + timedelta(minutes=20), tick=False):
        for _ in range(10):
            client.post("/sign-in/", {"kind": "person", "email": EMAIL})
        page = client.post("/sign-in/", {"kind": "person", "email": EMAIL})
    assert page.status_code == 429
    assert "Try again in 40 minutes." in page.content.decode()


def test_the_wanted_page_follows_but_never_another_site(known: Subject) -> None:
    assert sign_in(Client(), next="/cases/?page=2")["Location"] == "/cases/?page=2"
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert "evil" not in sign_in(Client(), next=elsewhere)["Location"]


def test_the_session_speaks_the_language_of_the_subject(db: None) -> None:
    factories.subject(email=EMAIL, birth_date=BORN, language="zh-hans")
    assert sign_in(Client()).cookies["redress_language"].value == "zh-hans"
    client = Client()
    client.cookies["redress_language"] = "en"  # chosen on this device: it stays
    assert "redress_language" not in sign_in(client).cookies


def test_step_two_needs_step_one(db: None) -> None:
    assert Client().get("/sign-in/code/")["Location"] == "/sign-in/"


def test_step_two_can_change_over_to_a_company(known: Subject) -> None:
    client = Client()
    client.post("/sign-in/", {"kind": "person", "email": EMAIL})
    page = client.get("/sign-in/code/", {"for": "organisation"}).content.decode()
    assert "last_characters" in page
    assert "birth_date" not in page
    assert "birth_date" in client.get("/sign-in/code/", {"for": "person"}).content.decode()
    assert "birth_date" in client.get("/sign-in/code/", {"for": "nonsense"}).content.decode()


def test_whoever_is_signed_in_is_not_asked_again(known: Subject) -> None:
    client = Client()
    home = sign_in(client)["Location"]
    assert client.get("/sign-in/")["Location"] == home


def test_signing_out_takes_a_post(known: Subject) -> None:
    client = Client()
    sign_in(client)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/"
    assert signed_in_as(client) is None


def test_forms_are_refused_without_their_csrf_token(known: Subject) -> None:
    client = Client(enforce_csrf_checks=True)
    for path in ("/sign-in/", "/sign-in/code/", "/sign-out/"):
        assert client.post(path, {"kind": "person", "email": EMAIL}).status_code == 403


# --- how long a session lasts ---


@pytest.mark.parametrize(("more_time", "lasts"), [(False, sessions.IDLE), (True, sessions.IDLE_WITH_MORE_TIME)])
def test_a_session_that_is_left_alone_ends(known: Subject, more_time: bool, lasts: timedelta) -> None:
    client = Client()
    with time_machine.travel(AT, tick=False) as clock:
        sign_in(client, **({"more_time": "on"} if more_time else {}))
        clock.move_to(AT + lasts)
        client.get("/about/")
        assert signed_in_as(client)
        clock.move_to(AT + lasts + lasts + timedelta(seconds=1))
        client.get("/about/")
        assert signed_in_as(client) is None
        assert "You were signed out" in client.get("/sign-in/").content.decode()
        assert "You were signed out" not in client.get("/sign-in/").content.decode()


def test_a_session_in_use_ends_after_twelve_hours(known: Subject) -> None:
    client = Client()
    with time_machine.travel(AT, tick=False) as clock:
        sign_in(client)
        for minutes in range(20, 12 * 60 + 1, 20):
            clock.move_to(AT + timedelta(minutes=minutes))
            client.get("/about/")
        assert signed_in_as(client)
        clock.move_to(AT + timedelta(hours=12, minutes=1))
        client.get("/about/")
        assert signed_in_as(client) is None


def test_a_user_who_was_closed_is_out_at_once(known: Subject) -> None:
    client = Client()
    sign_in(client)
    User.objects.update(is_active=False)
    assert "Sign out" not in client.get("/about/").content.decode()
