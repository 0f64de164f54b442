"""Messages: stored in the transaction that causes them, mailed at least once, saying nothing to a stranger."""

import re
import signal
import smtplib
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier, Lock
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction

from accounts import operations as accounts
from accounts.models import Contact, Organisation, Subject
from audit import keys
from delivery import operations, queries, rendering, tasks
from delivery.models import MailState, Message, NotPossible
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)
EMAIL, NAME, BORN = "wang@mail.example", "王晓宇", date(1985, 2, 14)
REFERENCE = "RD-TEST-0001"
PROGRAMME = {"en": "Listing as a defaulter", "zh": "失信被执行人名单"}


@pytest.fixture
def subject() -> Subject:
    return factories.subject(email=EMAIL, name=NAME, birth_date=BORN, language="zh-hans")


def tell(subject: Subject, kind: str = "decision_ready", **changes: Any) -> Message:
    said: dict[str, Any] = {"at": AT, "mail": True, "params": {"reference": REFERENCE, "type": PROGRAMME}}
    return operations.tell_subject(subject.pk, kind, **(said | changes))


def deliver(at: datetime = AT) -> int:
    return operations.deliver_due(at=at, limit=100)


# --- telling ---


def test_a_message_waits_in_the_transaction_that_causes_it(subject: Subject) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        tell(subject)
        raise RuntimeError
    assert not Message.objects.exists()


def test_a_message_goes_to_the_inbox_and_to_the_mail(subject: Subject) -> None:
    message = tell(subject)
    assert (message.mail_state, message.next_try_at) == (MailState.WAITING, AT)
    assert list(queries.inbox(subject.pk)) == [message]
    assert deliver() == 1
    message.refresh_from_db()
    assert (message.mail_state, message.sent_at, message.tries) == (MailState.SENT, AT, 1)
    assert mail.outbox[0].to == [EMAIL]
    assert deliver() == 0


def test_a_message_of_another_release_stops_no_others(subject: Subject) -> None:
    foreign = tell(subject)
    Message.objects.filter(pk=foreign.pk).update(kind="told_by_another_release", next_try_at=AT - timedelta(days=1))
    known = tell(subject)
    assert deliver() == 1
    foreign.refresh_from_db()
    known.refresh_from_db()
    assert (foreign.mail_state, known.mail_state) == (MailState.WAITING, MailState.SENT)


def test_a_message_without_mail_stands_in_the_inbox_only(subject: Subject) -> None:
    message = tell(subject, "case_taken", mail=False)
    assert (message.mail_state, message.not_possible) == (MailState.NONE, "")
    assert deliver() == 0


def test_what_nobody_could_be_told_says_why_and_is_listed(subject: Subject) -> None:
    nowhere = factories.subject(email="")
    message = tell(nowhere)
    assert (message.mail_state, message.not_possible) == (MailState.NONE, NotPossible.NO_CONTACT)
    tell(subject)
    tell(nowhere, "case_taken", mail=False)  # nothing was to be mailed, so nothing was impossible
    assert list(queries.untold()) == [message]


def test_an_address_that_ended_before_sending_is_listed_too(subject: Subject) -> None:
    message = tell(subject)
    Contact.objects.filter(subject=subject).update(ended_at=AT)
    deliver()
    assert not mail.outbox
    assert list(queries.untold()) == [message]


def test_the_address_is_looked_up_when_the_mail_is_sent(subject: Subject) -> None:
    tell(subject)
    Contact.objects.filter(subject=subject).update(sealed=keys.seal(subject.pk, b"new@mail.example"))
    deliver()
    assert mail.outbox[0].to == ["new@mail.example"]


def test_a_kind_that_nobody_knows_is_refused(subject: Subject) -> None:
    for kind in ("nonsense", "decision_ready"):
        with pytest.raises(rendering.UnknownKind):
            tell(subject, kind, params={})
    with pytest.raises(operations.NotMailed):
        tell(subject, "case_taken", mail=True)


def test_organisations_are_told_on_their_page(db: None) -> None:
    court, bank = factories.organisation("sample-court"), factories.organisation("sample-bank")
    params = {"type": PROGRAMME, "source_ref": "2025-000123"}
    message = operations.tell_organisation(court.pk, "source_told_dispute", at=AT, params=params)
    assert list(queries.organisation_inbox([court.pk])) == [message]
    assert list(queries.organisation_inbox([bank.pk])) == []
    with pytest.raises(rendering.UnknownKind):
        operations.tell_organisation(court.pk, "source_told_dispute", at=AT)


def test_reading_is_noted_once_and_only_for_ones_own(subject: Subject) -> None:
    message, other = tell(subject), factories.subject()
    operations.mark_read([message.pk], subject_id=other.pk, at=AT)
    assert Message.objects.get().read_at is None
    for hour in (1, 2):
        operations.mark_read([message.pk], subject_id=subject.pk, at=AT + timedelta(hours=hour))
    assert Message.objects.get().read_at == AT + timedelta(hours=1)


def test_codes_are_no_messages_to_read(subject: Subject) -> None:
    accounts.ask_for_code(email=EMAIL, network="192.0.2.1", at=AT)
    assert Message.objects.count() == 1
    assert not queries.inbox(subject.pk).exists()
    assert not queries.untold().exists()


# --- what a mail says ---


PLANTED = (
    NAME,
    "1985",
    EMAIL.split("@")[0],
    REFERENCE,
    "RD-",
    *PROGRAMME.values(),
    "defaulter",
    "失信",
    "Court",
    "法院",
)


def texts(message: EmailMessage) -> str:
    """All that a mail says but its own number: random digits are no year of birth."""
    headers = "\n".join(
        f"{name}: {value}" for name, value in message.message().items() if name not in {"To", "Message-ID"}
    )
    return f"{headers}\n{message.subject}\n{message.body}"


def planted(name: str) -> Any:
    """A value for a parameter of that name, with something in it that no mail may say."""
    if name == "reference":
        return REFERENCE
    endings = {"on": "2026-11-22", "at": "2026-11-22T10:00:00+00:00"}
    return endings.get(name.split("_")[-1], PROGRAMME)


@pytest.mark.parametrize("kind", [name for name, kind in rendering.KINDS.items() if kind.is_mailed and kind.body])
def test_a_mail_says_nothing_about_anybody(subject: Subject, kind: str) -> None:
    params = {name: planted(name) for name in rendering.KINDS[kind].params}
    tell(subject, kind, params=params, case_id=uuid4(), record_id=uuid4())
    deliver()
    said = texts(mail.outbox[0])
    assert not [planted for planted in PLANTED if planted.casefold() in said.casefold()]
    assert "/sign-in/" in said
    assert len(re.findall(r"https?://", said)) == 2, "one link in each language"


def test_every_notice_is_the_same_mail(subject: Subject) -> None:
    for kind in ("decision_ready", "measure_imposed", "record_added"):
        params = dict.fromkeys(("reference", "type", "measure", "source", "basis"), PROGRAMME)
        tell(subject, kind, params={**params, "from_on": "2026-11-22"})
    deliver()
    assert len({(each.subject, each.body) for each in mail.outbox}) == 1


@pytest.mark.parametrize(("language", "first"), [("en", "There is a new message"), ("zh-hans", None)])
def test_a_mail_speaks_both_languages_the_readers_first(language: str, first: str | None) -> None:
    tell(factories.subject(email=EMAIL, language=language))
    deliver()
    body = str(mail.outbox[0].body)
    assert body.startswith("There is a new message") is (first is not None)
    assert "There is a new message" in body


def test_a_code_is_mailed_with_its_warning_and_leaves_nothing_behind(subject: Subject) -> None:
    accounts.ask_for_code(email=EMAIL, network="192.0.2.1", at=AT)
    sealed = Message.objects.get().sealed_params
    assert sealed
    deliver()
    said = texts(mail.outbox[0])
    code = re.search(r"[0-9]{4} [0-9]{4}", said)
    assert code
    assert code[0].replace(" ", "").encode() not in bytes(sealed)
    assert code[0] not in str(mail.outbox[0].subject), "a locked screen shows the subject"
    assert "Give the code to nobody" in said
    assert not [planted for planted in PLANTED if planted in said]
    assert not Message.objects.exists()


def test_a_repeated_mail_can_be_recognised(subject: Subject) -> None:
    message = tell(subject)
    deliver()
    Message.objects.update(mail_state=MailState.WAITING, next_try_at=AT)  # as after a crash
    deliver()
    ids = {each.message()["Message-ID"] for each in mail.outbox}
    assert len(mail.outbox) == 2
    assert ids == {f"<{message.pk}@127.0.0.1>"}
    assert mail.outbox[0].message()["Auto-Submitted"] == "auto-generated"


# --- failing and trying again ---


class Flaky(BaseEmailBackend):
    """Fails as long as `broken` says so."""

    broken: Callable[[EmailMessage], Exception | None] = staticmethod(lambda message: None)
    sent: list[EmailMessage] = []

    def send_messages(self, email_messages: Any) -> int:
        for message in email_messages:
            if error := type(self).broken(message):
                raise error
            self.sent.append(message)
        return len(email_messages)


@pytest.fixture
def flaky(settings: Any) -> Iterator[type[Flaky]]:
    settings.EMAIL_BACKEND = f"{__name__}.Flaky"
    Flaky.sent, Flaky.broken = [], staticmethod(lambda message: None)
    yield Flaky


def test_a_failed_mail_is_tried_again_after_growing_waits(subject: Subject, flaky: type[Flaky]) -> None:
    flaky.broken = staticmethod(lambda message: smtplib.SMTPServerDisconnected(f"for {EMAIL}"))
    message, at, waits = tell(subject), AT, []
    while True:
        assert deliver(at) == 1
        message.refresh_from_db()
        if message.next_try_at is None:
            break
        assert deliver(message.next_try_at - timedelta(seconds=1)) == 0
        waits.append(message.next_try_at - at)
        at = message.next_try_at
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert (message.mail_state, message.tries) == (MailState.FAILED, len(waits) + 1)
    assert message.last_error == "SMTPServerDisconnected"
    assert list(queries.untold()) == [message]


def test_a_mail_that_went_through_later_is_sent(subject: Subject, flaky: type[Flaky]) -> None:
    flaky.broken = staticmethod(lambda message: OSError())
    message = tell(subject)
    deliver()
    flaky.broken = staticmethod(lambda message: None)
    assert deliver(AT + timedelta(minutes=1)) == 1
    message.refresh_from_db()
    assert (message.mail_state, message.tries, message.last_error) == (MailState.SENT, 2, "")


def test_one_bad_address_does_not_hold_up_the_others(subject: Subject, flaky: type[Flaky]) -> None:
    others = [factories.subject() for _ in range(3)]
    for each in (subject, *others):
        tell(each)
    flaky.broken = staticmethod(lambda message: smtplib.SMTPRecipientsRefused({}) if message.to == [EMAIL] else None)
    assert deliver() == 4
    assert len(flaky.sent) == 3
    assert Message.objects.get(mail_state=MailState.WAITING).subject_id == subject.pk


def test_a_value_that_does_not_open_is_a_failed_try(subject: Subject) -> None:
    Contact.objects.filter(subject=subject).update(sealed=b"\x01nonsense")
    with pytest.raises(keys.NotAuthentic):
        tell(subject)
    message = operations.prepare(
        subject.pk, "decision_ready", at=AT, mail=True, can_be_reached=True, params={"reference": REFERENCE}
    )
    message.save()
    tell(factories.subject())
    assert deliver() == 2
    message.refresh_from_db()
    assert (message.mail_state, message.last_error) == (MailState.WAITING, "NotAuthentic")
    assert len(mail.outbox) == 1


def test_no_line_of_the_log_holds_an_address(
    subject: Subject, flaky: type[Flaky], caplog: pytest.LogCaptureFixture
) -> None:
    flaky.broken = staticmethod(lambda message: smtplib.SMTPRecipientsRefused({EMAIL: (550, EMAIL.encode())}))
    tell(subject)
    deliver()
    flaky.broken = staticmethod(lambda message: None)
    deliver(AT + timedelta(minutes=1))
    lines = caplog.text
    assert "mail_failed" in lines
    assert "mail_sent" in lines
    assert not [planted for planted in (EMAIL, NAME, REFERENCE) if planted in lines]


def test_a_code_is_tried_again_soon_and_never_after_its_life(subject: Subject, flaky: type[Flaky]) -> None:
    flaky.broken = staticmethod(lambda message: OSError())
    accounts.ask_for_code(email=EMAIL, network="192.0.2.1", at=AT)
    deliver()
    assert Message.objects.get().next_try_at == AT + timedelta(seconds=10)
    flaky.broken = staticmethod(lambda message: None)
    deliver(AT + timedelta(minutes=16))
    assert not flaky.sent
    assert not Message.objects.exists()


# --- several workers ---


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_send_one_message_twice(flaky: type[Flaky]) -> None:
    for _ in range(30):
        tell(factories.subject())
    started, lock, sent = Barrier(2), Lock(), []

    def slowly(message: EmailMessage) -> None:
        with lock:
            sent.append(message.message()["Message-ID"])

    flaky.broken = staticmethod(slowly)

    def work(_: int) -> int:
        started.wait()
        try:
            return deliver()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        tried = list(pool.map(work, range(2)))
    assert sum(tried) == len(sent) == len(set(sent)) == 30
    assert Message.objects.filter(mail_state=MailState.SENT).count() == 30


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_after_sending_sends_again(flaky: type[Flaky]) -> None:
    """Killed between the mail server's answer and the commit: twice is better than never."""
    tell(factories.subject())

    class Killed(BaseException):
        pass

    def die(message: EmailMessage) -> None:
        flaky.sent.append(message)
        raise Killed

    flaky.broken = staticmethod(die)
    with pytest.raises(Killed):
        deliver()
    message = Message.objects.get()
    assert (message.mail_state, message.tries) == (MailState.WAITING, 0)
    flaky.broken = staticmethod(lambda message: None)
    assert deliver() == 1
    assert len(flaky.sent) == 2


DYING_WORKER = """
import os, signal, sys
import django
django.setup()
from datetime import datetime
from django.conf import settings
from django.db import connection
from delivery import operations

connection.settings_dict["NAME"] = sys.argv[1]
settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", sys.argv[2]
operations._note_sent = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
operations.deliver_due(at=datetime.fromisoformat(sys.argv[3]), limit=10)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.soak
def test_a_killed_process_leaves_the_mail_to_the_next(tmp_path: Path) -> None:
    message = tell(factories.subject())
    words = [str(connection.settings_dict["NAME"]), str(tmp_path), AT.isoformat()]
    done = subprocess.run([sys.executable, "-c", DYING_WORKER, *words], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1, "it was sent before the process died"
    assert deliver() == 1
    message.refresh_from_db()
    assert (message.mail_state, message.tries, len(mail.outbox)) == (MailState.SENT, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_message_that_another_worker_holds_is_passed_over(flaky: type[Flaky]) -> None:
    first, second = tell(factories.subject()), tell(factories.subject())

    def locked_elsewhere() -> int:
        try:
            return deliver()
        finally:
            connection.close()

    with transaction.atomic():
        Message.objects.select_for_update().get(pk=first.pk)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(locked_elsewhere).result() == 1
    assert Message.objects.get(mail_state=MailState.SENT).pk == second.pk


# --- the task ---


def test_the_task_sends_all_that_is_due(db: None) -> None:
    for _ in range(tasks._AT_ONCE + 1):
        tell(factories.subject(), at=datetime.now(UTC))
    assert tasks.deliver_due() == tasks._AT_ONCE + 1
    assert tasks.deliver_due() == 0


def test_a_waiting_mail_wakes_a_worker_once(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[str] = []
    monkeypatch.setattr("delivery.wake.current_app.send_task", lambda name, **_: woken.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        tell(subject)
        tell(subject)
        tell(subject, "case_taken", mail=False)
    assert woken == ["delivery.tasks.deliver_due"]


def test_bulk_writers_make_the_same_rows(subject: Subject, court: Organisation) -> None:
    one = tell(subject)
    other = operations.prepare(
        subject.pk,
        "decision_ready",
        at=AT,
        mail=True,
        can_be_reached=True,
        params={"reference": REFERENCE, "type": PROGRAMME},
    )
    different = {"id"}
    for field in Message._meta.concrete_fields:
        if field.name not in different:
            assert getattr(one, field.name) == getattr(other, field.name), field.name


@pytest.fixture
def court() -> Organisation:
    return factories.organisation("sample-court")


def test_ids_are_opaque(subject: Subject) -> None:
    assert isinstance(tell(subject).pk, UUID)
