"""A postal address from a paper: whom it tells, what waits, and how it ends (docs/adr/0021)."""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pypdf import PdfReader

from accounts import post
from accounts.access import ContactNotSettled, settled_contact
from accounts.actors import Actor, NotThisKind
from accounts.models import PostalAddress, Role, Subject
from accounts.operations import postal
from appeals import operations as appeals
from appeals import queries
from appeals.errors import ContactJustChanged
from appeals.models import AnswerBy
from appeals.queries import due
from audit.models import Entry
from delivery import operations as delivery
from delivery.models import Letter, Message
from delivery.rendering import OBJECTION
from records.operations import exports
from tests import factories, mailbox
from tests.factories import AT, record_for
from tests.fixtures import client_for
from tests.integration.test_paper import ADDRESS, decided_on_paper, enter, found

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MAILBOX = "zhao@mail.example"
ELSEWHERE = "Hidden Lane 9\n200000 Shanghai"


@pytest.fixture
def victim(db: None) -> Actor:
    """Somebody with a confirmed mailbox, about whom a court holds something."""
    found = factories.person(name="Zhao Min", email=MAILBOX)
    record_for(found)
    delivery.deliver_due(at=AT, limit=100)
    mail.outbox.clear()
    return found


@pytest.fixture
def nobody_mails(db: None) -> Subject:
    found = factories.subject(name="Zhao Min", email="")
    record_for(found)
    return found


def of(actor: Actor) -> Subject:
    return Subject.objects.get(pk=actor.own_subject)


def to_old() -> list[tuple[str, ...]]:
    """Where the letters go that say that letters no longer come there."""
    left = Letter.objects.filter(message__kind="postal_left").order_by("made_at", "pk")
    return [post.postal_address_of(each.subject_id, each.postal_id) for each in left]


def seen(subject_id: UUID) -> int | None:
    """Which address is in use, as an official's page knows it."""
    there = post.in_use(subject_id)
    return there.pk if there else None


# --- what counts ----------------------------------------------------------------------------------


def test_an_address_counts_only_where_the_paper_asks_for_letters(victim: Actor, caseworker: Actor) -> None:
    case = enter(of(victim), caseworker, answer_by=AnswerBy.PAGE)
    assert case.answer_by == AnswerBy.PAGE
    assert not PostalAddress.objects.exists()
    assert not Letter.objects.exists()
    assert Message.objects.get(kind="case_filed").mail_state == "waiting"


def test_the_same_address_noted_again_changes_nothing(nobody_mails: Subject, caseworker: Actor) -> None:
    first = postal.note(nobody_mails.pk, ADDRESS, by=caseworker, at=AT)
    assert postal.note(nobody_mails.pk, f" {ADDRESS} \n\n", by=caseworker, at=AT + DAY) == first
    assert Entry.objects.filter(event_type="address.noted").count() == 1


# --- whoever is attacked through it ---------------------------------------------------------------


def test_the_mailbox_is_told_and_goes_on_getting_mails_for_three_days(victim: Actor, caseworker: Actor) -> None:
    case = enter(of(victim), caseworker)
    mailbox.deliver(AT)
    bodies = mailbox.to(MAILBOX)
    assert len(bodies) == 2
    (warning,) = [body for body in bodies if "go by letter" in body]
    assert "within 72 hours" in warning
    assert "信" in warning
    assert {str(each.subject).split(" / ")[0] for each in mail.outbox} == {"You have a new message"}
    for word in ("Example Street", "Zhao", case.reference, "court"):
        assert word not in warning
    assert Letter.objects.filter(message__kind="case_filed").exists(), "the letter goes as well"

    appeals.take(case.pk, by=factories.staff(Role.CASEWORKER, "cn-spc"), at=AT)
    told = delivery.tell_subject(victim.own_subject, "mandate_ended", at=AT + OBJECTION - HOUR, mail=True)
    assert (told.mail_state, Letter.objects.filter(message=told).exists()) == ("waiting", True)
    later = delivery.tell_subject(victim.own_subject, "mandate_ended", at=AT + OBJECTION, mail=True)
    assert (later.mail_state, Letter.objects.filter(message=later).exists()) == ("none", True)


def test_an_import_mails_and_posts_meanwhile(victim: Actor, caseworker: Actor) -> None:
    postal.note(victim.own_subject, ADDRESS, by=caseworker, at=AT)
    record = record_for(victim, "cn-jaywalking", "face_event", ())
    told = Message.objects.filter(record_id=record.pk)
    assert told.filter(mail_state="waiting").count() == 1
    assert Letter.objects.filter(message__in=told).count() == told.count()


def test_a_mailbox_that_nobody_confirmed_is_told_too(caseworker: Actor) -> None:
    subject = factories.subject(email=MAILBOX, confirmed=False)
    postal.note(subject.pk, ADDRESS, by=caseworker, at=AT)
    mailbox.deliver(AT)
    assert len(mailbox.to(MAILBOX)) == 1
    assert not settled_contact(subject.pk, AT + OBJECTION - HOUR)
    told = delivery.tell_subject(subject.pk, "mandate_ended", at=AT, mail=True)
    assert told.mail_state == "none"


def test_nothing_is_exported_or_withdrawn_meanwhile(victim: Actor, caseworker: Actor) -> None:
    case = enter(of(victim), caseworker)
    last = AT + OBJECTION - HOUR
    assert not settled_contact(victim.own_subject, last)
    with pytest.raises(ContactNotSettled):
        exports.ask(language="en", by=victim, at=last)
    for by in (victim, caseworker):
        with pytest.raises(ContactJustChanged):
            appeals.withdraw(case.pk, by=by, at=last)
    assert settled_contact(victim.own_subject, AT + OBJECTION)
    assert exports.ask(language="en", by=victim, at=AT + OBJECTION)


def test_a_mail_beside_the_letter_serves_no_decision(victim: Actor, caseworker: Actor) -> None:
    case, clerk = decided_on_paper(of(victim), caseworker)
    mailbox.deliver(AT)
    assert Message.objects.get(kind="decision_ready").mail_state == "sent"
    assert due.sent_on(case, queries.procedure_of(case)) is None
    (letter,) = Letter.objects.filter(message__kind="decision_ready")
    appeals.note_printed(letter.pk, by=clerk, at=AT)
    appeals.note_posted(letter.pk, on=AT.date(), by=clerk, at=AT)
    assert due.sent_on(case, queries.procedure_of(case)) == AT.date()


def test_a_way_in_is_not_sent_to_an_address_that_is_not_sure(victim: Actor, caseworker: Actor) -> None:
    postal.note(victim.own_subject, ADDRESS, by=caseworker, at=AT)
    assert post.settled_address_of(victim.own_subject, AT) == ()
    assert post.settled_address_of(victim.own_subject, AT + OBJECTION) == tuple(ADDRESS.split("\n"))


def test_a_decision_is_served_by_mail_once_the_letters_have_ended(victim: Actor, caseworker: Actor) -> None:
    case, _clerk = decided_on_paper(of(victim), caseworker)
    postal.end(by=victim, at=AT + HOUR)
    mailbox.deliver(AT + HOUR)
    assert due.sent_on(case, queries.procedure_of(case)) == AT.date()


# --- whoever has only letters ---------------------------------------------------------------------


def test_whoever_had_no_other_way_waits_for_nothing(nobody_mails: Subject, caseworker: Actor) -> None:
    case = enter(nobody_mails, caseworker)
    assert settled_contact(nobody_mails.pk, AT)
    assert appeals.withdraw(case.pk, by=caseworker, at=AT)
    assert not Message.objects.filter(kind__in=("postal_noted", "postal_noted_mail", "postal_left")).exists()


def test_the_address_before_gets_a_letter_and_the_time_of_two(nobody_mails: Subject, caseworker: Actor) -> None:
    case = enter(nobody_mails, caseworker)
    postal.note(nobody_mails.pk, ELSEWHERE, by=caseworker, at=AT + 10 * DAY)
    assert to_old() == [tuple(ADDRESS.split("\n"))]
    (letter,) = Letter.objects.filter(message__kind="postal_left")
    assert letter in queries.letters_to_post(caseworker)
    assert post.postal_address_of(nobody_mails.pk) == tuple(ELSEWHERE.split("\n"))
    with pytest.raises(ContactJustChanged):
        appeals.withdraw(case.pk, by=caseworker, at=AT + 23 * DAY)
    assert appeals.withdraw(case.pk, by=caseworker, at=AT + 24 * DAY)


def test_an_official_takes_back_what_was_not_the_person(nobody_mails: Subject, caseworker: Actor) -> None:
    postal.note(nobody_mails.pk, ADDRESS, by=caseworker, at=AT)
    postal.note(nobody_mails.pk, ELSEWHERE, by=caseworker, at=AT + 10 * DAY)
    postal.note(nobody_mails.pk, f"{ELSEWHERE} 2", by=caseworker, at=AT + 11 * DAY)
    assert postal.put_back(nobody_mails.pk, seen=seen(nobody_mails.pk), by=caseworker, at=AT + 12 * DAY)
    assert post.postal_address_of(nobody_mails.pk) == tuple(ADDRESS.split("\n")), "not the one that nobody could stop"
    assert settled_contact(nobody_mails.pk, AT + 12 * DAY)
    assert to_old()[-1] == tuple(f"{ELSEWHERE} 2".split("\n"))
    assert Entry.objects.filter(event_type="address.put_back").count() == 1


def test_what_was_not_posted_waits_for_the_next_address_where_there_is_no_mail(
    nobody_mails: Subject, caseworker: Actor
) -> None:
    enter(nobody_mails, caseworker)
    assert postal.put_back(nobody_mails.pk, seen=seen(nobody_mails.pk), by=caseworker, at=AT)
    assert not Letter.objects.exclude(message__kind="postal_left").exists()
    assert Message.objects.get(kind="case_filed").not_possible == "no_contact"
    postal.note(nobody_mails.pk, ELSEWHERE, by=caseworker, at=AT + DAY)
    assert appeals.make_letters_of_untold(at=AT + DAY)
    assert Letter.objects.filter(message__kind="case_filed").exists()


def test_there_is_nothing_to_take_back_where_none_was_noted(victim: Actor, caseworker: Actor) -> None:
    assert not postal.put_back(victim.own_subject, seen=seen(victim.own_subject), by=caseworker, at=AT)
    with pytest.raises(NotThisKind):
        postal.put_back(victim.own_subject, seen=seen(victim.own_subject), by=victim, at=AT)


# --- the person ends it ---------------------------------------------------------------------------


def test_ending_one_that_is_new_brings_the_mails_back_at_once(victim: Actor, caseworker: Actor) -> None:
    enter(of(victim), caseworker)
    late = AT + OBJECTION - HOUR
    told = delivery.tell_subject(victim.own_subject, "mandate_ended", at=AT, mail=True)
    Message.objects.filter(pk=told.pk).update(mail_state="none", next_try_at=None)  # as of one that is posted only
    assert postal.end(by=victim, at=late)
    assert settled_contact(victim.own_subject, late)
    assert not post.gets_letters(victim.own_subject)
    told.refresh_from_db()
    assert told.mail_state == "waiting"
    assert not Letter.objects.exclude(message__kind="postal_left").exists()
    assert to_old() == [tuple(ADDRESS.split("\n"))]
    assert Entry.objects.filter(event_type="address.ended").count() == 1
    assert not postal.end(by=victim, at=late), "pressed twice"


def test_ending_one_that_is_new_brings_back_the_one_before(victim: Actor, caseworker: Actor) -> None:
    postal.note(victim.own_subject, ADDRESS, by=caseworker, at=AT - 30 * DAY)
    postal.note(victim.own_subject, ELSEWHERE, by=caseworker, at=AT)
    postal.end(by=victim, at=AT + HOUR)
    assert post.postal_address_of(victim.own_subject) == tuple(ADDRESS.split("\n"))
    assert settled_contact(victim.own_subject, AT + HOUR)


def test_ending_one_that_has_settled_waits_as_long_as_letters_take(victim: Actor, caseworker: Actor) -> None:
    postal.note(victim.own_subject, ADDRESS, by=caseworker, at=AT - 30 * DAY)
    assert settled_contact(victim.own_subject, AT)
    postal.end(by=victim, at=AT)
    assert not settled_contact(victim.own_subject, AT + 14 * DAY - HOUR)
    assert settled_contact(victim.own_subject, AT + 14 * DAY)
    assert to_old() == [tuple(ADDRESS.split("\n"))], "if it was not they who ended it, a letter tells them"
    assert postal.put_back(victim.own_subject, seen=seen(victim.own_subject), by=caseworker, at=AT + DAY)
    assert post.gets_letters(victim.own_subject)
    mailbox.deliver(AT + DAY)
    assert "go by letter" in mailbox.to(MAILBOX)[-1]


def test_nobody_ends_the_only_way_to_reach_them(nobody_mails: Subject, caseworker: Actor) -> None:
    postal.note(nobody_mails.pk, ADDRESS, by=caseworker, at=AT)
    with pytest.raises(postal.NoOtherWay):
        postal.end(by=factories.person(nobody_mails), at=AT)
    assert post.gets_letters(nobody_mails.pk)


# --- pages ----------------------------------------------------------------------------------------


@pytest.fixture
def now() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_person_sees_how_the_address_begins_and_ends_it(
    victim: Actor, other_person: Actor, caseworker: Actor, now: None
) -> None:
    postal.note(victim.own_subject, ADDRESS, by=caseworker, at=AT)
    browser = client_for(victim, language="en")
    shown = text(browser.get("/contact/"))
    assert "Ex… / 10…" in shown
    assert "Example Street" not in shown
    assert "A paper in your name asks for letters." in shown
    assert "end the letters under “Your address and mails”" in text(browser.get("/messages/"))
    client_for(other_person).post("/contact/letters/end/")
    assert post.gets_letters(victim.own_subject)
    assert "No letters go to this address any more." in text(browser.post("/contact/letters/end/", follow=True))
    assert "Where letters go" not in text(browser.get("/contact/"))
    assert not post.gets_letters(victim.own_subject)


def test_whoever_has_no_mail_is_told_to_give_an_address_first(
    nobody_mails: Subject, caseworker: Actor, now: None
) -> None:
    postal.note(nobody_mails.pk, ADDRESS, by=caseworker, at=AT)
    browser = client_for(factories.person(nobody_mails), language="en")
    assert "To get mails instead, give an e-mail address first." in text(browser.get("/contact/"))
    assert "Otherwise nothing would reach you." in text(browser.post("/contact/letters/end/", follow=True))


def test_an_official_takes_it_back_for_the_person_who_was_found(
    nobody_mails: Subject, caseworker: Actor, person: Actor, now: None
) -> None:
    postal.note(nobody_mails.pk, ADDRESS, by=caseworker, at=AT)
    first = seen(nobody_mails.pk)
    browser: Client = client_for(caseworker, language="en")
    assert browser.post("/paper/put-back-address/")["Location"] == "/paper/", "nobody was found yet"
    found(browser, nobody_mails)
    assert f'name="seen" value="{first}"' in text(browser.get("/paper/things/"))
    for sentence in ("It is as it was before.", "There is no change to take back, or it was taken back meanwhile."):
        assert sentence in text(browser.post("/paper/put-back-address/", {"seen": first}, follow=True))
    assert not post.gets_letters(nobody_mails.pk)
    assert not postal.put_back(nobody_mails.pk, seen=None, by=caseworker, at=AT), "what was disowned never comes back"
    assert client_for(person).post("/paper/put-back-address/").status_code == 403


def test_the_letter_to_the_old_address_is_printed_with_that_address(
    nobody_mails: Subject, caseworker: Actor, now: None
) -> None:
    enter(nobody_mails, caseworker)
    postal.note(nobody_mails.pk, ELSEWHERE, by=caseworker, at=AT)
    (letter,) = Letter.objects.filter(message__kind="postal_left")
    pdf = client_for(caseworker).post(f"/letters/{letter.pk}/print/").content
    said = " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())
    assert "Example Street 5" in said
    assert "Hidden Lane" not in said
    assert "no longer come to this address" in said
