"""A whole life with distinctive values in it; none of them turns up where nobody should find it.

Import, sign-in, pages, dispute with a file, casework, decision, undo, API, and failures everywhere:
nothing in a log line, an address, the log's leaves, a mail, a refused-lines file, the queue, or any
column of the database in clear.
"""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Role
from appeals import operations, tasks
from appeals.models import Case, Remedy
from delivery import tasks as delivery
from delivery import wake
from delivery.models import MailState, Message
from records import tasks as record_tasks
from redress import logs
from redress.demo.browser import Form, _Reader
from tests import api_clients, factories, planted, samples
from tests.fixtures import client_for
from tests.planted import PLANTED, Found

pytestmark = pytest.mark.django_db(transaction=True)
COURT = "cn-court-defaulters"
BORN = {"birth_date_day": "23", "birth_date_month": "7", "birth_date_year": "1961"}
# What may stand in clear where, and why.
ALLOWED = {
    Found("session", "public.django_session.session_key"): "Django finds a session by its key; it ends after hours",
}


class Visitor:
    """A browser that remembers every address it was sent to, and fails as a real server would."""

    def __init__(self, addresses: list[str], client: Client | None = None) -> None:
        self.client = client or Client(enforce_csrf_checks=True)
        self.client.raise_request_exception = False
        self.addresses = addresses
        self.forms: list[Form] = []

    def get(self, path: str, status: int = 200) -> Any:
        return self._seen(self.client.get(path), status)

    def send(self, path: str, status: int = 302, field: str = "", /, **values: Any) -> Any:
        """Open a page, fill in the form that has `field` (its last one otherwise), and send it."""
        self.get(path)
        form = next((form for form in self.forms if field in form.names), self.forms[-1])
        data = dict(form.values) | values
        return self._seen(self.client.post(form.action or path, data), status)

    def _seen(self, answer: Any, status: int) -> Any:
        path = answer.request["PATH_INFO"] + "?" + answer.request["QUERY_STRING"]
        assert answer.status_code == status, f"{path} answered {answer.status_code}: {answer.content.decode()[:3000]}"
        self.addresses += [path, answer.headers.get("Location", "")]
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            text = answer.content.decode()
            self.addresses += planted.addresses_in(text)
            self.forms = [form for form in _Reader.page(path, status, text).forms if "/language/" not in form.action]
        return answer


class Life:
    """The story, act by act. `said` is everything that commands print."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.said = folder, io.StringIO()
        self.addresses: list[str] = []
        self.person = Visitor(self.addresses)
        self.reference = ""

    def data_comes_in(self) -> None:
        path = self.folder / "records.jsonl"
        path.write_text("\n".join(_lines()) + "\n", encoding="utf-8")
        with pytest.raises(SystemExit):
            call_command("import_records", COURT, str(path), stdout=self.said, stderr=self.said)
        assert "6  refused lines" in self.said.getvalue()

    def the_person_signs_in(self, mails: Path) -> None:
        self.person.send("/sign-in/", 302, "email", kind="person", email=PLANTED["mail"])
        delivery.deliver_due()
        PLANTED["code"] = planted.code_in(mails)
        wrong = {**BORN, "birth_date_year": "1962"}
        self.person.send("/sign-in/code/", 200, "code", code=PLANTED["code"], **wrong)
        self.person.send("/sign-in/code/", 302, "code", code=PLANTED["code"], **BORN)
        PLANTED["session"] = self.person.client.cookies["redress_session"].value

    def the_person_looks_and_disputes(self) -> None:
        held = self.person.get("/held/").content.decode()
        assert PLANTED["amount"][:2] in held
        record = next(each for each in planted.addresses_in(held) if each.startswith("/held/") and len(each) > 40)
        assert PLANTED["words"] not in self.person.get(record).content.decode()
        found = self.person.send("/held/search/", 200, "words", words=PLANTED["looked for"])
        assert found.context["total"] == 0
        self.person.send("/held/search/", 422, "words", words=PLANTED["duty"] * 9)
        found = self.person.send("/held/search/", 200, "words", words=PLANTED["duty"])
        assert found.context["total"] == 1
        self.person.send(f"{record}statement/", 302, "words", words=PLANTED["statement"])
        assert PLANTED["statement"][:16] in self.person.get(record).content.decode()
        self.the_person_takes_a_copy()
        record_id = record.split("/")[2]
        name = f"entry-{record_id}"
        answer = self.person.send(f"/dispute/?record={record_id}", 302, name, **{name: "field:amount"})
        answer = self.person.send(answer.headers["Location"], 302, "procedure", procedure="redress-model")
        why = answer.headers["Location"]
        answer = self.person.send(why, 302, "ground", ground="inaccurate")
        draft = f"/dispute/{why.split('/')[2]}/"
        words = answer.headers["Location"]
        self.person.send(words, 422, "words", words=PLANTED["words"], wanted=PLANTED["refused"])
        self.person.send(words, 302, "words", words=PLANTED["words"], wanted=PLANTED["wanted"])
        self.person.send(f"{draft}evidence/", 302, "file", file=_file())
        bad = SimpleUploadedFile(PLANTED["file name"], b"%PDF-1.7 " + PLANTED["file"].encode())
        self.person.send(f"{draft}evidence/", 422, "file", file=bad)
        self.person.get(draft)
        self.person.send(f"{draft}check/", 302)
        self.person.get(f"{draft}sent/")
        self.reference = Case.objects.get().reference
        self.person.get(f"/cases/{self.reference}/")
        self.person.get("/cases/")
        self.person.get("/messages/")

    def the_person_takes_a_copy(self) -> None:
        copy = self.person.send("/held/copies/", 302).headers["Location"]
        record_tasks.make_copies()
        page = self.person.get(copy).content.decode()
        files = [each for each in planted.addresses_in(page) if each.startswith(copy) and not each.endswith("/delete/")]
        assert PLANTED["amount"].encode() in b"".join(self.person.get(each).content for each in files)

    def officials_decide(self, caseworker: Actor, supervisor: Actor) -> None:
        worker = Visitor(self.addresses, client_for(caseworker))
        boss = Visitor(self.addresses, client_for(supervisor))
        page = f"/casework/{self.reference}/"
        worker.get("/casework/")
        worker.send(page, 302)
        worker.send(f"{page}give-back/", 302, "reason", reason=PLANTED["why given back"])
        worker.send(page, 302)
        answers = {"form-0-outcome": "upheld", "form-0-remedy": "correct", "form-0-reasons": PLANTED["reasons"]}
        decide = f"{page}decide/"
        refused = {**answers, "form-0-value": PLANTED["refused"]}
        worker.send(decide, 422, "form-0-reasons", **refused, then="submit")
        answers["form-0-value"] = PLANTED["correction"]
        worker.send(decide, 302, "form-0-reasons", **answers, then="submit")
        boss.send(f"{page}approve/", 302, "seen", reason=PLANTED["why sent back"], then="send_back")
        worker.send(decide, 302, "form-0-reasons", then="submit")
        boss.send(f"{page}approve/", 302, "seen", then="approve")
        tasks.sweep.apply()
        delivery.deliver_due.apply()
        for path in (f"/cases/{self.reference}/decision/", f"/cases/{self.reference}/decision/letter.pdf", "/held/"):
            self.person.get(path)
        evidence = Case.objects.get().evidence.get()
        self.person.get(f"/cases/{self.reference}/evidence/{evidence.pk}/")
        worker.get(f"{page}evidence/{evidence.pk}/")
        other = Visitor(self.addresses, client_for(factories.staff(Role.SUPERVISOR, "cn-spc")))  # who approved may not
        other.send(f"{page}undo/{Remedy.objects.get().pk}/", 302, "reason", reason=PLANTED["why undone"])
        for each in (worker, boss):
            each.get(page)
        source = Visitor(self.addresses, client_for(factories.staff(Role.SOURCE_OFFICER, "sample-court")))
        source.get("/source/messages/")

    def systems_ask_and_send(self) -> None:
        caller = api_clients.system("sample-bank")
        PLANTED["key of a system"] = caller.headers["Authorization"].removeprefix("Bearer ")
        subject = {"Redress-Subject": f"cn-resident-id:{PLANTED['identifier']}"}
        assert caller.get("/records/", {"purpose": "check"}, **subject).status_code == 200
        assert caller.get("/records/", {"purpose": PLANTED["query"]}, **subject).status_code == 400
        line = json.loads(_lines()[0])
        del line["source"]
        sent = {"programme": COURT, **line, "source_ref": "bank-1"}
        assert caller.post("/records/", sent).status_code == 201
        sent["values"] = {**sent["values"], "filed_on": PLANTED["refused"]}
        assert caller.post("/records/", sent).status_code == 422
        assert caller.post("/records/", json.dumps(sent)[:-9]).status_code == 400

    def things_go_wrong(self, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
        asked = f"/{PLANTED['query']}/?q={PLANTED['query']}"
        assert self.person.client.get(asked).status_code == 404  # an address that came from outside
        assert Client(enforce_csrf_checks=True).post("/sign-in/", {"email": PLANTED["mail"]}).status_code == 403
        headers = {"host": f"{PLANTED['query']}.example", "user-agent": PLANTED["query"]}
        assert Client().get("/about/", headers=headers).status_code == 400
        with monkeypatch.context() as patch:
            patch.setattr("appeals.queries.cases_of", _fails_in_the_database)
            self.person.get("/cases/", 500)
            patch.setattr(operations, "carry_out", _fails)
            patch.setattr("appeals.queries.waiting_remedies", lambda at: [Remedy.objects.get().pk])
            tasks.sweep.apply()
            patch.setattr("appeals.queries.cautious_today", _fails)
            tasks.sweep.apply(throw=False)
        settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
        Message.objects.filter(mail_state=MailState.SENT).update(
            mail_state=MailState.WAITING, next_try_at=timezone.now()
        )
        delivery.deliver_due.apply()
        assert Message.objects.filter(last_error="SMTPRecipientsRefused").exists()


class RefusingBackend(BaseEmailBackend):
    """A mail server that names the recipient in its refusal."""

    def send_messages(self, email_messages: Any) -> int:
        raise SMTPRecipientsRefused({PLANTED["mail"]: (550, PLANTED["error"].encode())})


def _fails(*_: Any, **__: Any) -> Any:
    raise RuntimeError(f"{PLANTED['error']} {PLANTED['name']}")


def _fails_in_the_database(*_: Any, **__: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", [PLANTED["name"]])


def _file() -> SimpleUploadedFile:
    return SimpleUploadedFile(PLANTED["file name"], PLANTED["file"].encode(), "text/plain")


def _lines() -> list[str]:
    """One line that is taken in, and six that are refused, each for another reason."""
    values = {"duty": PLANTED["duty"], "court": PLANTED["court"], "amount": PLANTED["amount"]}
    line = samples.line(COURT, "court_listing", ["no_plane"], values, source="sample-court", ref="2025-1")
    line["provenance"] |= {"collector": PLANTED["collector"], "document": PLANTED["document"]}
    identifier = {"scheme": "cn-resident-id", "value": PLANTED["identifier"]}
    line["subject"] = {
        "kind": "person",
        "name": PLANTED["name"],
        "birth_date": PLANTED["birth date"],
        "identifiers": [identifier],
        "contact": {"email": PLANTED["mail"], "language": "zh-hans"},
    }

    def but(**changes: Any) -> str:
        return json.dumps({**line, "source_ref": "2025-2", **changes}, ensure_ascii=False)

    someone = {"scheme": "cn-resident-id", "value": samples.resident_id(factories.AT.date(), 7)}
    return [
        but(source_ref="2025-1"),
        but(values={**line["values"], "filed_on": PLANTED["refused"]}),
        but(values={**line["values"], PLANTED["refused name of a field"]: PLANTED["refused"]}),
        but(subject={**line["subject"], "birth_date": PLANTED["refused"]}),
        but(subject={**line["subject"], "identifiers": [identifier, someone]}),
        but(provenance={"method": PLANTED["refused"]}),
        but()[:-7],
    ]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that the loggers of this process write, as it would stand in the log."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def var(settings: Any, tmp_path: Path) -> Path:
    """A folder of its own for everything that is written at run time, the mails among it."""
    var = tmp_path / "var"
    settings.VAR_DIR, settings.EVIDENCE_DIR, settings.EMAIL_FILE_PATH = var, var / "evidence", var / "mail"
    settings.EXPORT_DIR = var / "exports"
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    wake._silent_until = 0.0
    return var


def test_no_personal_value_turns_up_where_nobody_should_find_it(
    lines: io.StringIO,
    var: Path,
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    caseworker: Actor,
    supervisor: Actor,
) -> None:
    life = Life(tmp_path)
    life.data_comes_in()
    life.the_person_signs_in(var / "mail")
    life.the_person_looks_and_disputes()
    life.officials_decide(caseworker, supervisor)
    life.systems_ask_and_send()
    life.things_go_wrong(monkeypatch, settings)

    written = [json.loads(line) for line in lines.getvalue().splitlines()]
    events = {line["event"] for line in written}
    assert {"request", "task", "work_failed", "mail_sent", "mail_failed"} <= events  # it has been everywhere
    assert sum("exception" in line for line in written) >= 3
    found = planted.found_in(lines.getvalue(), "the log lines")
    found += planted.found_in(life.said.getvalue(), "what a command printed")
    found += planted.found_in("\n".join(life.addresses), "an address")
    found += planted.in_the_database()
    found += planted.in_mails(var / "mail")
    found += planted.in_files(var / "imports") + planted.in_files(var / "evidence") + planted.in_files(var / "exports")
    assert set(found) - set(ALLOWED) == set()
