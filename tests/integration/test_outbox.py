"""The demonstration's outbox: readable for whoever sits at this machine, and not there for anybody else."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from delivery import operations, outbox
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def demo(settings: Any, tmp_path: Path) -> None:
    settings.DEMO = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"


def send(*emails: str) -> None:
    for email in emails:
        subject = factories.subject(email=email, language="zh-hans")
        operations.tell_subject(subject.pk, "decision_ready", at=AT, mail=True, params={"reference": "RD-TEST-0001"})
    operations.deliver_due(at=AT, limit=100)


def test_mails_are_listed_newest_first_and_shown(settings: Any) -> None:
    send("first@mail.example")
    for path in Path(settings.EMAIL_FILE_PATH).iterdir():
        os.utime(path, (AT.timestamp(), AT.timestamp()))  # two files may have the same moment on a disk
    send("second@mail.example")
    page = Client().get("/outbox/").content.decode()
    assert page.index("second@mail.example") < page.index("first@mail.example")
    newest = outbox.newest()[0]
    shown = Client().get(f"/outbox/{newest.id}/").content.decode()
    assert "second@mail.example" in shown
    assert 'href="http://127.0.0.1:8000/sign-in/"' in shown
    assert newest.written_at.tzinfo


def test_an_empty_outbox_says_so() -> None:
    assert "There is no mail yet." in Client().get("/outbox/").content.decode()


def test_mails_of_several_runs_are_all_found() -> None:
    for number in range(3):
        send(f"person{number}@mail.example")
    assert {mail.to for mail in outbox.newest()} == {f"person{number}@mail.example" for number in range(3)}
    assert len({mail.id for mail in outbox.newest()}) == 3


def test_long_lists_end(monkeypatch: pytest.MonkeyPatch) -> None:
    send("a@mail.example", "b@mail.example", "c@mail.example")
    monkeypatch.setattr(outbox, "NEWEST", 2)
    assert len(outbox.newest()) == 2


@pytest.mark.parametrize("mail_id", ["nonsense", "..", "20260101-000000-1.0", "x.0", "%2e%2e%2fkeys%2fmaster_key"])
def test_other_ids_find_nothing(mail_id: str) -> None:
    send("first@mail.example")
    assert Client().get(f"/outbox/{mail_id}/").status_code == 404


def test_outside_the_demonstration_there_is_no_outbox(settings: Any) -> None:
    send("first@mail.example")
    settings.DEMO = False
    for path in ("/outbox/", f"/outbox/{outbox.newest()[0].id}/"):
        assert Client().get(path).status_code == 404


@pytest.mark.parametrize(
    "origin",
    [
        {"REMOTE_ADDR": "192.0.2.1"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
    ],
)
def test_other_machines_find_nothing(origin: dict[str, str]) -> None:
    assert Client(**origin).get("/outbox/").status_code == 404  # type: ignore[arg-type]  # headers of every request


def test_this_machine_is_known_in_both_versions_of_ip() -> None:
    for address in ("127.0.0.1", "127.9.9.9", "::1"):
        assert Client(REMOTE_ADDR=address).get("/outbox/").status_code == 200


def test_nothing_is_posted_here() -> None:
    assert Client().post("/outbox/").status_code == 405
