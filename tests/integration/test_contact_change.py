"""Changing the address of a person: the new one is confirmed, the old one is told and can stop it."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection

from accounts import operations as accounts
from accounts import queries
from accounts.access import ContactNotSettled, settled_contact
from accounts.actors import Actor
from accounts.models import Contact, ContactChange, Reach
from accounts.operations import contact as operations
from accounts.operations import forgetting
from accounts.operations.contact import CHANGES_OF_ONE_PERSON, SameAddress, UnknownLink
from accounts.operations.sign_in import TRIES, CodeSpent, NotSignedIn
from accounts.throttle import TooMany
from appeals import operations as appeals
from appeals.errors import ContactJustChanged
from appeals.workflow import Status
from audit.models import Entry
from delivery import queries as inbox
from delivery.models import Message
from delivery.wishes import Mails, Wishes
from tests import factories, mailbox
from tests.integration.test_mandates import acting_for

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)
OLD, NEW, THIRD = "old@mail.example", "new@mail.example", "third@mail.example"
LAST_MOMENT = AT + timedelta(hours=71, minutes=59)
SETTLED = AT + timedelta(hours=72)


@pytest.fixture
def somebody(db: None) -> Actor:
    return factories.person(email=OLD)


def ask(by: Actor, email: str = NEW, at: datetime = AT) -> Any:
    return operations.ask_to_change(email=email, network="192.0.2.1", by=by, at=at)


def change(by: Actor, email: str = NEW, at: datetime = AT) -> Contact:
    change_id = ask(by, email, at)
    return operations.confirm_change(change_id=change_id, digits=mailbox.digits(email, at), by=by, at=at)


def token(at: datetime = AT) -> str:
    return mailbox.stop_link(OLD, at).split("/")[-2]


def in_use(by: Actor) -> str:
    reached = queries.address_of(by.own_subject)
    return reached.email if reached else ""


def test_asking_changes_nothing_and_tells_only_the_new_address(somebody: Actor) -> None:
    ask(somebody, "  NEW@Mail.Example ")
    mailbox.deliver(AT)
    assert [each.to for each in mail.outbox] == [[NEW]]
    assert in_use(somebody) == OLD
    assert settled_contact(somebody.own_subject, AT)


def test_the_code_puts_the_new_address_in_use_and_the_old_one_is_told(somebody: Actor) -> None:
    made = change(somebody)
    mailbox.deliver(AT)
    assert in_use(somebody) == NEW
    assert (made.origin, made.confirmed_at, made.settles_at) == (Contact.Origin.PERSON, AT, SETTLED)
    assert len(mailbox.to(OLD)) == 1
    assert "/contact/stop/" in mailbox.to(OLD)[0]
    assert [each.kind for each in inbox.inbox(somebody.own_subject)] == ["contact_changed"]
    assert list(Entry.objects.values_list("event_type", flat=True).order_by("pk")) == [
        "contact.change_asked",
        "contact.changed",
    ]


def test_mails_about_an_address_are_neutral_and_hold_no_address(somebody: Actor) -> None:
    change(somebody)
    mailbox.deliver(AT)
    for each in mail.outbox:
        said = re.sub(r"/contact/stop/[\w-]+/", "", str(each.body))  # the letters of the link are chance
        assert OLD not in said and NEW not in said
        assert "Wang" not in said
    assert mail.outbox[-1].subject == "You have a new message / 您有一条新消息"


def test_codes_and_links_are_not_stored_once_they_are_sent(somebody: Actor) -> None:
    change(somebody)
    mailbox.deliver(AT)
    assert not Message.objects.filter(sealed_params__isnull=False).exists()
    assert not Message.objects.filter(kind="contact_code").exists()
    assert Message.objects.filter(kind="contact_changed_mail", mail_state="sent").exists()


def test_seventy_two_hours_pass_before_exports_and_withdrawals(somebody: Actor) -> None:
    change(somebody)
    subject_id = somebody.own_subject
    assert [settled_contact(subject_id, at) for at in (AT, LAST_MOMENT, SETTLED)] == [False, False, True]


def test_no_case_is_withdrawn_while_the_old_address_can_object(somebody: Actor) -> None:
    case = factories.case_at(Status.FILED, person=somebody)
    change(somebody)
    with pytest.raises(ContactJustChanged) as caught:
        appeals.withdraw(case.pk, by=somebody, at=LAST_MOMENT)
    assert "2026-11-07 10:00 UTC" in str(caught.value)
    case.refresh_from_db()
    assert case.status == Status.FILED
    assert appeals.withdraw(case.pk, by=somebody, at=SETTLED).status == Status.WITHDRAWING


@pytest.mark.parametrize("whose", ["person", "representative"])
def test_whoever_acts_for_another_withdraws_nothing_while_either_address_can_object(whose: str) -> None:
    represented, deputy = factories.person(email="represented@mail.example"), factories.person(email=OLD)
    case = factories.case_at(Status.FILED, person=represented)
    acting = acting_for(represented, deputy, reach=Reach.ALL)
    changed = represented if whose == "person" else deputy
    Contact.objects.filter(subject_id=changed.own_subject).update(settles_at=SETTLED)
    assert settled_contact(represented.own_subject, AT) is (whose == "representative")
    with pytest.raises(ContactJustChanged):
        appeals.withdraw(case.pk, by=acting, at=LAST_MOMENT)
    case.refresh_from_db()
    assert case.status == Status.FILED
    assert appeals.withdraw(case.pk, by=acting, at=SETTLED).status == Status.WITHDRAWING


def test_the_old_address_stops_it_and_is_in_use_again(somebody: Actor) -> None:
    change(somebody)
    stop = token()
    operations.stop_change(token=stop, at=LAST_MOMENT)
    assert in_use(somebody) == OLD
    assert settled_contact(somebody.own_subject, LAST_MOMENT)
    assert Entry.objects.filter(event_type="contact.change_stopped").count() == 1
    mailbox.deliver(LAST_MOMENT)
    assert len(mailbox.to(OLD)) == 2, "the old address learns that it is in use again"
    operations.stop_change(token=stop, at=LAST_MOMENT)  # pressed twice
    assert Entry.objects.filter(event_type="contact.change_stopped").count() == 1


def test_after_72_hours_the_link_is_dead(somebody: Actor) -> None:
    change(somebody)
    stop = token()
    for wrong, at in ((stop, SETTLED), ("another", AT)):
        with pytest.raises(UnknownLink):
            operations.stop_change(token=wrong, at=at)
    assert in_use(somebody) == NEW


def test_stopping_ends_what_was_begun_with_the_new_address(somebody: Actor) -> None:
    """A code that was asked for before the change must not bring the intruder's next address."""
    waiting = ask(somebody, THIRD)
    code = mailbox.digits(THIRD, AT)
    change(somebody)
    at = AT + timedelta(minutes=5)
    operations.stop_change(token=token(), at=at)
    with pytest.raises(CodeSpent):
        operations.confirm_change(change_id=waiting, digits=code, by=somebody, at=at)
    assert in_use(somebody) == OLD


def test_a_second_change_waits_until_the_first_can_no_longer_be_stopped(somebody: Actor) -> None:
    waiting = ask(somebody, THIRD)
    code = mailbox.digits(THIRD, AT)
    change(somebody)
    with pytest.raises(ContactNotSettled) as caught:
        ask(somebody, THIRD, LAST_MOMENT)
    assert caught.value.settles_at == SETTLED
    with pytest.raises(ContactNotSettled):
        operations.confirm_change(change_id=waiting, digits=code, by=somebody, at=AT)
    change(somebody, THIRD, SETTLED)
    assert in_use(somebody) == THIRD


def test_one_signs_in_with_the_new_address_only(somebody: Actor) -> None:
    change(somebody)
    for email, mails in ((OLD, 1), (NEW, 2)):
        accounts.ask_for_code(email=email, network="192.0.2.9", at=AT)
        mailbox.deliver(AT)
        assert len(mailbox.to(email)) == mails, "the old one got the notice, the new one two codes"


@pytest.mark.parametrize("digits", ["00000000", "1", ""])
def test_a_wrong_code_changes_nothing(somebody: Actor, digits: str) -> None:
    change_id = ask(somebody)
    with pytest.raises(NotSignedIn):
        operations.confirm_change(change_id=change_id, digits=digits, by=somebody, at=AT)
    assert in_use(somebody) == OLD


def test_five_tries_fifteen_minutes_once(somebody: Actor) -> None:
    change_id = ask(somebody)
    code = mailbox.digits(NEW, AT)
    for _ in range(TRIES):
        with pytest.raises(NotSignedIn):
            operations.confirm_change(change_id=change_id, digits="00000000", by=somebody, at=AT)
    with pytest.raises(CodeSpent):
        operations.confirm_change(change_id=change_id, digits=code, by=somebody, at=AT)
    late = ask(somebody, THIRD)
    code = mailbox.digits(THIRD, AT)
    with pytest.raises(CodeSpent):
        operations.confirm_change(change_id=late, digits=code, by=somebody, at=AT + timedelta(minutes=15))


def test_a_code_for_one_person_is_nothing_to_another(somebody: Actor, other_person: Actor) -> None:
    change_id = ask(somebody)
    code = mailbox.digits(NEW, AT)
    with pytest.raises(CodeSpent):
        operations.confirm_change(change_id=change_id, digits=code, by=other_person, at=AT)
    assert ContactChange.objects.get().tries_left == TRIES


def test_the_address_in_use_is_no_change(somebody: Actor) -> None:
    with pytest.raises(SameAddress):
        ask(somebody, OLD.upper())


def test_nobody_writes_to_strangers_again_and_again(somebody: Actor) -> None:
    for number in range(CHANGES_OF_ONE_PERSON.times):
        ask(somebody, f"stranger{number}@mail.example")
    with pytest.raises(TooMany):
        ask(somebody, "another@mail.example")


def test_an_address_that_was_never_confirmed_is_forgotten(somebody: Actor) -> None:
    ask(somebody)
    forgetting.forget_old(at=AT + timedelta(hours=1))
    assert not ContactChange.objects.exists()
    change(somebody, at=AT + timedelta(hours=2))
    forgetting.forget_old(at=AT + timedelta(days=30))
    assert ContactChange.objects.count() == 1, "a change that was made stays as long as the file"


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_leave_one_address_in_use(somebody: Actor) -> None:
    waiting = [(ask(somebody, email), mailbox.digits(email, AT)) for email in (NEW, THIRD)]
    ready = Barrier(2)

    def confirm(which: tuple[Any, str]) -> str:
        ready.wait()
        try:
            operations.confirm_change(change_id=which[0], digits=which[1], by=somebody, at=AT)
        except ContactNotSettled as error:
            return type(error).__name__
        finally:
            connection.close()
        return "changed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirm, waiting)) == ["ContactNotSettled", "changed"]
    assert Contact.objects.filter(subject_id=somebody.own_subject, ended_at=None).count() == 1


# --- silence that an intruder asked for ---


def test_an_intruder_cannot_silence_the_old_address_first(somebody: Actor) -> None:
    operations.set_wishes(Wishes(Mails.NONE), by=somebody, at=AT)
    change(somebody)
    mailbox.deliver(AT)
    assert len(mailbox.to(OLD)) == 1


def test_two_wishes_in_a_row_silence_nothing_either(somebody: Actor) -> None:
    operations.set_wishes(Wishes(Mails.NONE), by=somebody, at=AT)
    operations.set_wishes(Wishes(Mails.NONE, zone="Asia/Shanghai"), by=somebody, at=AT)
    change(somebody)
    mailbox.deliver(AT)
    assert len(mailbox.to(OLD)) == 1


def test_silence_that_has_stood_for_three_days_is_kept(somebody: Actor) -> None:
    """Somebody else may read the old mailbox: whoever said so in time is not given away."""
    operations.set_wishes(Wishes(Mails.NONE), by=somebody, at=AT - timedelta(hours=72))
    change(somebody)
    mailbox.deliver(AT)
    assert mailbox.to(OLD) == []
    assert not settled_contact(somebody.own_subject, LAST_MOMENT)


def test_the_old_address_is_told_at_once_whatever_the_hours(somebody: Actor) -> None:
    night = Wishes(begins=time(22), ends=time(23))
    operations.set_wishes(night, by=somebody, at=AT - timedelta(days=30))
    change(somebody)
    mailbox.deliver(AT)
    assert len(mailbox.to(OLD)) == 1


def test_stopping_takes_back_the_wishes_of_the_intruder(somebody: Actor) -> None:
    operations.set_wishes(Wishes(Mails.NONE), by=somebody, at=AT)
    change(somebody)
    with time_machine.travel(AT, tick=False):
        operations.stop_change(token=token(), at=AT)
    wished = queries.wishes_of(somebody.own_subject, AT)
    assert wished and wished.mails is Mails.USUAL
