"""A worker that is killed while it works: in the end each remedy is done exactly once, each mail sent at least once."""

import email
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import Actor
from appeals import integrity, tasks
from appeals.models import Remedy, RemedyKind
from appeals.workflow import Status
from audit.models import Entry
from delivery import tasks as delivery
from delivery.models import MailState, Message
from delivery.wake import wake
from records.models import Measure, MeasureState, RecordState, Version, VersionCause
from tests import factories, processes

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]
ITEMS: dict[RemedyKind, dict[str, Any]] = {
    RemedyKind.CORRECT: {"ground": "inaccurate", "field": "amount", "wanted": "1.00"},
    RemedyKind.DELETE: {"ground": "inaccurate"},
    RemedyKind.DETACH: {"ground": "not_me"},
    RemedyKind.LIFT: {"ground": "disproportionate", "measure": "no_plane"},
}
_BETWEEN_MAILS = b"\n" + b"-" * 79 + b"\n"


@pytest.fixture(autouse=True)
def mails_are_files(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"


def decided_cases(number: int, people: list[Actor]) -> None:
    """Cases whose remedies, of every kind, and mails wait."""
    at = timezone.now() - timedelta(hours=12)
    kinds = list(RemedyKind)
    for place in range(number):
        person, kind = people[place % len(people)], kinds[place % len(kinds)]
        item = factories.item(factories.record_for(person, at=at), **ITEMS[kind])
        answer = {"remedy": kind, **({"value": "1.00"} if kind == RemedyKind.CORRECT else {})}
        factories.case_at(Status.DECIDED, person=person, items=[item], answers=[answer], at=at)


def waiting() -> int:
    mails = Message.objects.filter(mail_state=MailState.WAITING).count()
    return mails + Remedy.objects.filter(state="waiting").count()


def check_that_nothing_is_half_done() -> None:
    late = {"remedy.overdue", "message.mail_overdue"}
    assert [found for found in integrity.findings(timezone.now()) if found.code not in late] == []
    assert Entry.objects.filter(event_type="case.remedy_done").count() == Remedy.objects.filter(state="done").count()


def check_that_everything_was_done_once(number: int, kills: int, mail_folder: Path) -> None:
    assert list(integrity.findings(timezone.now())) == []
    each = number // len(RemedyKind)
    assert Counter(Remedy.objects.values_list("kind", "state")) == {(kind, "done"): each for kind in RemedyKind}
    assert Message.objects.filter(kind="remedy_done").count() == number
    assert Message.objects.filter(kind="source_told_remedy").count() == number
    assert Version.objects.filter(cause=VersionCause.CORRECTED).count() == each
    states = Counter(Remedy.objects.values_list("item__record__state", flat=True))
    assert states == {RecordState.CURRENT: 2 * each, RecordState.SEALED: each, RecordState.DETACHED: each}
    assert Measure.objects.filter(state=MeasureState.LIFTED).count() == 3 * each
    sent = Counter(mails_in(mail_folder))
    expected = {str(pk) for pk in Message.objects.filter(mail_state=MailState.SENT).values_list("pk", flat=True)}
    assert set(sent) == expected
    assert not Message.objects.filter(mail_state=MailState.FAILED).exists()
    assert sum(sent.values()) - len(sent) <= 2 * kills  # each of two processes may have sent one just before


def mails_in(folder: Path) -> list[str]:
    """The message that each mail in these files is for."""
    raw = [part for path in folder.glob("*.log") for part in path.read_bytes().split(_BETWEEN_MAILS) if part.strip()]
    ids = [email.message_from_bytes(part)["Message-ID"] for part in raw]
    return [str(found).strip("<>").partition("@")[0] for found in ids if found]


def test_killed_at_any_contact_with_the_database(settings: Any) -> None:
    number, chance, kills = 24, random.Random(8), 0
    decided_cases(number, [factories.person() for _ in range(3)])

    def work() -> None:
        tasks.sweep()
        delivery.deliver_due()

    while waiting():
        assert kills < 300, "it does not come to an end"
        kills += processes.forked(work, die_at=chance.randint(1, 250)).killed
        check_that_nothing_is_half_done()
    assert kills > 15
    check_that_everything_was_done_once(number, kills, Path(settings.EMAIL_FILE_PATH))


class Worker:
    """A Celery worker with two processes, as `manage.py up` starts it."""

    def __init__(self, log: Path) -> None:
        command = [sys.executable, "-m", "celery", "--app", "redress.celery", "--quiet", "worker", "--concurrency", "2"]
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                command,
                cwd=processes.ROOT,
                env=processes.environment(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def kill(self) -> None:
        """At once, and wait until the server has noticed: a commit on its way may still arrive."""
        processes.kill_group(self.process)
        processes.wait_until_alone("redress")

    def work_until_only(self, left: int, seconds: float = 300) -> None:
        """Wake it, as the sweep does every half minute, until so few things wait."""
        end = time.monotonic() + seconds
        woken = 0.0
        while waiting() > left:
            assert time.monotonic() < end, "the worker does not work"
            if time.monotonic() - woken > 5:
                woken = time.monotonic()
                wake("appeals.tasks.sweep")
                wake("delivery.tasks.deliver_due")
            time.sleep(0.01)


def test_a_real_worker_is_killed_again_and_again(tmp_path: Path, settings: Any) -> None:
    mails = Path(settings.VAR_DIR) / "mail"  # where a worker puts them, also those of earlier tests
    shutil.rmtree(mails, ignore_errors=True)
    number = 60
    decided_cases(number, [factories.person() for _ in range(5)])
    total, log = waiting(), tmp_path / "worker.log"
    parts = (0.85, 0.6, 0.35, 0.1)
    for part in parts:
        worker = Worker(log)
        try:
            worker.work_until_only(int(total * part))
        finally:
            worker.kill()
        check_that_nothing_is_half_done()
    worker = Worker(log)
    try:
        worker.work_until_only(0)
    finally:
        worker.kill()
    check_that_everything_was_done_once(number, len(parts) + 1, mails)
