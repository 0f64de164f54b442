"""Who informed on somebody, or saw it: in no page, answer, letter, copy, receipt or mail of the one it is about."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from accounts.actors import Actor
from accounts.models import Subject
from appeals.workflow import Status
from delivery import operations as delivery
from records import exporting, queries
from records.models import ExportFile, Record
from tests import factories, feeds
from tests.census.test_pages import Walk
from tests.factories import AT, case_at, item
from tests.fixtures import client_for

pytestmark = pytest.mark.django_db
NAME = "Zhao Plantedinformant"
JAYWALKING = "cn-jaywalking"
WITHHELD = "This is about somebody else, so we do not show it."


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"


def lines() -> list[feeds.Line]:
    """What a source says of one person, twice: everywhere where somebody else can be named, somebody is."""
    found = []
    for number in (1, 2):
        line = feeds.line(
            "j-1",
            email="subject@mail.example",
            source="sample-police",
            programme=JAYWALKING,
            type="face_event",
            measures=[("screen_display", "2026-10-25")],
            image=f"pictures/{NAME}/{number}",
            reviewed_by=f"{NAME} {number}",
        )
        line["provenance"] |= {
            "informant": f"{NAME} {number}",
            "witness": f"{NAME}'s neighbour {number}",
            "collector": f"{NAME} {number}",
            "reviewed_by": f"{NAME} {number}",
        }
        found.append(line)
    return found


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """The record that both lines made, with its two versions."""
    for organisation in ("sample-police", "cn-city-traffic-police"):
        factories.organisation(organisation)
    for number, line in enumerate(lines()):
        assert not feeds.codes(feeds.feed(tmp_path, line, programme=JAYWALKING)), number
    return Record.objects.get()


@pytest.fixture
def subject(record: Record) -> Actor:
    return factories.person(Subject.objects.get(pk=record.subject_id))


def text_of(content_type: str, data: bytes) -> str:
    """What somebody reads in an answer: of a PDF its words, of an archive its files."""
    if content_type.startswith("application/pdf"):
        return " ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)
    if content_type.startswith("application/zip"):
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return " ".join(archive.read(name).decode("utf-8-sig") for name in archive.namelist())
    return data.decode()


class Listener:
    """A browser whose every answer is kept, as its person reads it."""

    def __init__(self, client: Client) -> None:
        self.client, self.heard = client, list[tuple[str, str]]()
        self._get = client.get
        self.client.__dict__["get"] = self._listen  # also for whoever else uses this browser

    def _listen(self, path: str, *args: Any, **more: Any) -> Any:
        answer = self._get(path, *args, **more)
        if hasattr(answer, "content") and answer.content:
            self.heard.append((path, text_of(answer.get("Content-Type", ""), answer.content)))
        return answer


def decided(record: Record, subject: Actor) -> None:
    """A dispute with its letter, its remedy and everything that is told on the way."""
    case = case_at(
        Status.SERVED,
        person=subject,
        programme=JAYWALKING,
        items=[item(record, ground="not_me")],
        answers=[{"outcome": "rejected", "remedy": ""}],
    )
    factories.carry_out(case)


def test_the_name_is_there_and_would_be_found(record: Record) -> None:
    said = queries.latest_content(record)
    assert NAME in json.dumps(said.provenance)
    assert NAME in json.dumps(said.values)
    assert record.latest_number == 2


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_subject_reads_the_name_nowhere(record: Record, subject: Actor, language: str) -> None:
    decided(record, subject)
    listener = Listener(client_for(subject))
    assert listener.client.post("/held/copies/").status_code == 302
    while exporting.make_next(at=timezone.now()):
        pass
    walk = Walk(listener.client, ["/held/", "/held/search/", "/cases/", "/messages/", "/held/copies/"], language)
    for path in ("held/", f"held/{record.pk}/", "held/received/", "held/looked/", "cases/", "exports/"):
        assert listener.client.get(f"/api/v1/{path}").status_code == 200, path
    files = list(ExportFile.objects.all())
    assert {file.kind for file in files} == {"json", "csv", "pdf"}
    for file in files:
        assert listener.client.get(f"/api/v1/exports/{file.export_id}/files/{file.pk}/").status_code == 200
    seen = {path for path, _text in listener.heard}
    assert any(path.endswith(".pdf") for path in seen)
    assert f"/held/{record.pk}/history/" in walk.pages
    assert len(seen) > 20
    assert [path for path, text in listener.heard if "plantedinformant" in text.lower()] == []


def test_a_search_for_the_name_finds_nothing(record: Record, subject: Actor) -> None:
    client = client_for(subject)
    for words in ("Plantedinformant", "Zhao", "neighbour", "informant"):
        assert client.post("/held/search/", {"words": words}).context["total"] == 0
    assert client.post("/held/search/", {"words": "face"}).context["total"] == 1


def test_no_mail_names_anybody(
    record: Record, subject: Actor, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    decided(record, subject)
    delivery.deliver_due(at=AT, limit=50)
    sent = [str(each.message()) for each in mail.outbox]
    assert sent
    assert not [each for each in sent if "lantedinformant" in each]


def test_what_is_withheld_is_named_with_the_reason(record: Record, subject: Actor) -> None:
    page = client_for(subject).get(f"/held/{record.pk}/").content.decode()
    assert "Reported by" in page
    assert page.count(WITHHELD) >= 2
    history = client_for(subject).get(f"/held/{record.pk}/history/").content.decode()
    assert "This has changed. We do not show what it says." in history


def test_systems_that_ask_are_not_told_either(record: Record) -> None:
    bank = factories.system("sample-bank", JAYWALKING)
    said = queries.open_for(bank, "travel_booking", list(queries.latest_versions([record]).values()), at=AT)
    from records.api.disclosing import disclose

    given = disclose(bank, [record], purpose="travel_booking", at=AT)
    assert said
    assert NAME not in json.dumps([each.values for each in given])
