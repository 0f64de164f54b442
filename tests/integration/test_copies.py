"""Copies for the person: everything that they may see, for them alone, made by the worker and gone after seven days."""

import csv
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from pypdf import PdfReader

from accounts.access import ContactNotSettled
from accounts.actors import Acting, Actor
from accounts.models import Basis, Contact, Reach
from appeals.workflow import Status
from audit import keys
from audit.models import Entry
from audit.queries import opened
from delivery.models import Message
from records import exporting, queries, vault
from records.exporting import document as documents
from records.exporting import making, pages, schema
from records.models import Export, ExportFile, ExportKind, ExportState, WhyGone
from records.operations import exports
from tests import factories
from tests.factories import AT, case_at, item, record_for
from tests.integration.test_mandates import acting_for, administrator_of, company

pytestmark = pytest.mark.django_db
SOON = AT + timedelta(minutes=1, microseconds=5)  # as clocks are
PUBLISHED = Path(django_settings.BASE_DIR) / "docs" / "reference" / "export.schema.json"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A folder of its own for the sealed files."""
    settings.EXPORT_DIR = tmp_path / "exports"
    yield settings.EXPORT_DIR


def make(export: Export, at: Any = SOON) -> Export:
    """What the worker does until nothing is due."""
    while exporting.make_next(at=at):
        pass
    export.refresh_from_db()
    return export


def ready(person: Actor, language: str = "en") -> Export:
    return make(exports.ask(language=language, by=person, at=AT))


def content(export: Export, kind: ExportKind, part: int = 1) -> bytes:
    return vault.read(export.subject_id, export.files.get(kind=kind, part=part).pk)


def document(export: Export, part: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(content(export, ExportKind.JSON, part))
    return found


def tables(export: Export) -> dict[str, list[list[str]]]:
    with zipfile.ZipFile(BytesIO(content(export, ExportKind.CSV))) as archive:
        return {
            name.removesuffix(".csv"): list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
            for name in archive.namelist()
            if name.endswith(".csv")
        }


def words(export: Export) -> str:
    reader = PdfReader(BytesIO(content(export, ExportKind.PDF)))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


@pytest.fixture
def full(person: Actor, caseworker: Actor) -> Actor:
    """A person with entries in two programmes, a correction, a withheld field, a disclosure and a look of staff."""
    listing = record_for(person, measures=("no_plane", "list_publication"))
    record_for(person, "cn-jaywalking", "face_event", ("screen_display",))
    case = case_at(
        Status.DECIDED,
        person=person,
        items=[item(listing, ground="inaccurate", field="amount", wanted="1.00")],
        answers=[{"remedy": "correct", "value": "1.00"}],
    )
    factories.carry_out(case)
    versions = list(queries.latest_versions([listing]).values())
    queries.open_for(factories.system("sample-bank"), "credit_decision", versions, at=AT + timedelta(hours=5))
    queries.open_for(caseworker, "review", versions, at=AT + timedelta(hours=6), case_id=case.pk, reason="A question")
    return person


# --- what is in it --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_copy_fits_its_published_schema(full: Actor, language: str) -> None:
    published = json.loads(PUBLISHED.read_text())
    made = document(ready(full, language))
    jsonschema_rs.validator_for(published, validate_formats=True).validate(made)
    assert made["language"] == language


def test_a_copy_holds_everything_about_entries_of_two_programmes(full: Actor) -> None:
    made = document(ready(full))
    listing, face = made["entries"]
    assert {listing["programme"]["id"], face["programme"]["id"]} == {"cn-court-defaulters", "cn-jaywalking"}
    assert {each["title"] for each in listing["measures"]} >= {"No planes", "Name on the court's public list"}
    [correction] = [each for each in listing["versions"] if each["cause"] == "corrected"]
    assert correction["case"].startswith("RD-")
    assert [(each["was"], each["now"]) for each in correction["changes"]] == [("CN¥12,000.00", "CN¥1.00")]
    assert "no. " in correction["by"] or "service" in correction["by"]
    assert listing["received"][0]["organisation"]["title"] == "Sample Bank"
    assert listing["looked"][0]["role"] == {"id": "caseworker", "title": "Caseworker"}
    assert listing["keeping"][0]["text"].startswith("Two years")
    assert listing["recorded_at"].endswith("+08:00")
    assert {each["event"] for each in listing["happened"]} >= {"record.marked", "measure.suspended"}


def test_what_is_withheld_is_named_with_its_reason_and_has_no_value(full: Actor) -> None:
    made = document(ready(full))
    face = made["entries"][1]
    image = next(each for each in face["fields"] if each["name"] == "image")
    assert image["value"] is None
    assert image["hidden"] == "withheld"
    [left] = [each for each in made["left_out"] if each["field"] == "image"]
    assert left["entry"] == face["id"]
    assert "The picture may show other people." in left["why"]
    general = {each["what"] for each in made["left_out"] if each["entry"] is None}
    assert "Your addresses and other ways to reach you" in general
    for kind in (ExportKind.JSON, ExportKind.PDF):
        assert b"pictures/0001" not in content(Export.objects.get(), kind)


def test_a_copy_says_that_it_is_for_the_person_alone(full: Actor) -> None:
    export = ready(full)
    said = "Nobody may demand that you show it"
    assert said in document(export)["notice"]
    assert said in words(export)
    with zipfile.ZipFile(BytesIO(content(export, ExportKind.CSV))) as archive:
        assert said in archive.read("read-me.txt").decode()


def test_a_copy_holds_no_contact_and_only_the_end_of_a_number(person: Actor) -> None:
    record_for(person)
    export = ready(person)
    address = keys.open_sealed(person.own_subject, bytes(Contact.objects.get().sealed)).decode()
    made = document(export)
    for data in (content(export, ExportKind.JSON), content(export, ExportKind.CSV)):
        assert address.encode() not in data
    [number] = made["about"]["identifiers"]
    assert number["scheme"] == "cn-resident-id"
    assert len(number["ends_in"]) == 4


def test_tables_say_the_same_as_the_document(full: Actor) -> None:
    export = ready(full)
    found, made = tables(export), document(export)
    assert [row[0] for row in found["entries"][1:]] == [each["id"] for each in made["entries"]]
    assert len(found["fields"]) - 1 == sum(len(each["fields"]) for each in made["entries"])
    assert len(found["left_out"]) - 1 == len(made["left_out"])
    for table in found.values():
        assert {len(row) for row in table} == {len(table[0])}


def test_no_cell_is_run_by_a_spreadsheet(person: Actor) -> None:
    record_for(person, values={"duty": '=HYPERLINK("http://evil.example","Click")', "court": "+1+1"})
    found = tables(ready(person))
    cells = [cell for table in found.values() for row in table for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@")]


@pytest.mark.parametrize(("language", "said"), [("en", "What is held about you"), ("zh-hans", "失信被执行人")])
def test_the_pages_are_tagged_and_in_the_language_that_was_asked_for(full: Actor, language: str, said: str) -> None:
    export = ready(full, language)
    reader = PdfReader(BytesIO(content(export, ExportKind.PDF)))
    assert said in words(export)
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value
    assert str(root["/Lang"]).lower().startswith(language[:2])
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_a_copy_of_nothing_says_so(person: Actor) -> None:
    made = document(ready(person))
    assert made["entries"] == []
    assert made["part"] == {"number": 1, "first": 0, "last": 0, "total": 0}


def test_a_field_that_the_schema_does_not_name_stops_the_copy(person: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    record_for(person)
    original = documents.build
    monkeypatch.setattr(documents, "build", lambda *a, **k: {**original(*a, **k), "contact": "x"})
    export = ready(person)
    assert export.state == ExportState.MAKING
    assert export.last_error == schema.NotAllowed.__name__
    assert not export.files.exists()


def test_other_peoples_entries_are_in_no_copy(full: Actor, other_person: Actor) -> None:
    record_for(other_person, values={"duty": "Somebody else's duty"})
    assert b"Somebody else's duty" not in content(ready(full), ExportKind.JSON)


# --- how it is made -------------------------------------------------------------------------------


def test_the_files_lie_sealed_and_open_under_the_persons_key_alone(full: Actor, folder: Path) -> None:
    export = ready(full)
    stored = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert len(stored) == 3
    for data in stored:
        assert b"redress-copy" not in data
        assert b"%PDF-1." not in data  # four bytes alone come up by chance in sealed ones
    assert export.state == ExportState.READY


def test_a_ready_copy_is_announced_in_the_inbox(full: Actor) -> None:
    export = ready(full)
    message = Message.objects.get(subject_id=export.subject_id, kind="export_ready")
    assert export.expires_at == SOON + timedelta(days=7)
    assert message.params == {"until_on": "2026-11-09"}


def test_asking_twice_gives_one_copy(full: Actor) -> None:
    first = exports.ask(language="en", by=full, at=AT)
    assert exports.ask(language="en", by=full, at=SOON).pk == first.pk
    assert Export.objects.count() == 1


def test_a_newer_copy_takes_the_place_of_one_that_lay_ready(
    full: Actor, folder: Path, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    old = ready(full)
    with django_capture_on_commit_callbacks(execute=True):
        new = exports.ask(language="en", by=full, at=SOON)
    old.refresh_from_db()
    assert (old.state, old.why_gone) == (ExportState.GONE, WhyGone.REPLACED)
    assert not [path for path in folder.rglob("*") if path.is_file()]
    assert make(new).state == ExportState.READY


def test_many_entries_come_in_parts_and_each_entry_once(person: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "ENTRIES_A_PART", 2)
    records = [record_for(person, measures=()) for _ in range(5)]
    export = exports.ask(language="en", by=person, at=AT)
    record_for(person, measures=())  # came in later: not in this copy
    steps = []
    while exporting.make_next(at=SOON):
        export.refresh_from_db()
        steps.append((export.state, export.done))
    assert steps == [("making", 0), ("making", 2), ("making", 4), ("ready", 5)]
    parts = [document(export, part) for part in (1, 2, 3)]
    assert [each["id"] for part in parts for each in part["entries"]] == [str(record.pk) for record in records]
    assert [(part["part"]["first"], part["part"]["last"]) for part in parts] == [(1, 2), (3, 4), (5, 5)]


def test_a_worker_that_fails_tries_again_and_says_so_in_the_end(full: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_more: Any) -> bytes:
        raise OSError("no space for Wang Xiaoyu")

    monkeypatch.setattr(pages, "pages", broken)
    export = exports.ask(language="en", by=full, at=AT)
    at = AT
    for _ in range(10):
        make(export, at)
        at += timedelta(hours=3)
    assert export.state == ExportState.FAILED
    assert export.last_error == "OSError"
    assert Message.objects.filter(kind="export_failed").count() == 1
    assert not ExportFile.objects.exists()
    monkeypatch.undo()
    assert exports.ask(language="en", by=full, at=at).pk != export.pk


def test_what_a_failed_try_left_on_the_disk_is_swept_away(full: Actor, folder: Path) -> None:
    ready(full)
    vault.store(full.own_subject, factories.missing_id(), b"left over")
    now = datetime.now(UTC)
    assert exports.remove_leftovers(but_since=now - timedelta(hours=1)) == 0
    assert exports.remove_leftovers(but_since=now + timedelta(hours=1)) == 1
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 3


def test_a_copy_expires_and_its_row_says_so(
    full: Actor, folder: Path, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    export = ready(full)
    assert exports.expire(at=SOON + timedelta(days=6)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert exports.expire(at=SOON + timedelta(days=7)) == 1
    export.refresh_from_db()
    assert (export.state, export.why_gone) == (ExportState.GONE, WhyGone.EXPIRED)
    assert not [path for path in folder.rglob("*") if path.is_file()]
    assert Entry.objects.filter(event_type="export.destroyed").count() == 1


# --- for whom -------------------------------------------------------------------------------------


def test_within_72_hours_after_a_change_of_address_there_is_no_copy(full: Actor) -> None:
    export = ready(full)
    file = export.files.first()
    assert file
    Contact.objects.filter(subject_id=full.own_subject).update(settles_at=AT + timedelta(hours=72))
    with pytest.raises(ContactNotSettled):
        exports.ask(language="en", by=full, at=SOON)
    with pytest.raises(ContactNotSettled):
        exports.take(export.pk, file.pk, by=full, at=SOON)
    later = AT + timedelta(hours=73)
    assert exports.take(export.pk, file.pk, by=full, at=later)[1]


def test_whoever_acts_for_another_gets_no_copy_of_everything(full: Actor, other_person: Actor) -> None:
    acts = Acting(factories.missing_id(), other_person.own_subject, "power", "dispute")
    deputy = Actor(full.kind, user_id=other_person.user_id, subject_id=full.subject_id, acts=acts)
    with pytest.raises(exports.OnlyForOneself):
        exports.ask(language="en", by=deputy, at=AT)
    export = ready(full)
    with pytest.raises(Export.DoesNotExist):
        exports.take(export.pk, export.files.all()[0].pk, by=deputy, at=SOON)


def test_the_administrator_of_a_company_takes_its_copy_and_nobody_else_who_acts_for_it(
    person: Actor, other_person: Actor
) -> None:
    firm = company()
    record_for(firm, "cn-corporate-classes", "serious_illegal", ())
    administrator = administrator_of(firm, person)
    member = acting_for(administrator, other_person, basis=Basis.COMPANY_MEMBER, reach=Reach.ALL)
    export = make(exports.ask(language="en", by=administrator, at=AT))
    assert (export.subject_id, export.state, export.total) == (firm.own_subject, ExportState.READY, 1)
    assert [each["type"]["id"] for each in document(export)["entries"]] == ["serious_illegal"]
    file = export.files.all()[0]
    assert exports.take(export.pk, file.pk, by=administrator, at=SOON)[1]
    [entry] = Entry.objects.filter(event_type="export.taken")
    assert opened([entry.pk])[entry.pk]["actor"] == administrator.signature().text
    with pytest.raises(exports.OnlyForOneself):
        exports.ask(language="en", by=member, at=SOON)
    with pytest.raises(Export.DoesNotExist):
        exports.take(export.pk, file.pk, by=member, at=SOON)
    Contact.objects.filter(subject_id=person.own_subject).update(settles_at=AT + timedelta(hours=72))
    with pytest.raises(ContactNotSettled):  # of the administrator's own mailbox
        exports.take(export.pk, file.pk, by=administrator, at=SOON)


def test_nobody_else_takes_a_copy_or_deletes_it(full: Actor, other_person: Actor) -> None:
    export = ready(full)
    with pytest.raises(Export.DoesNotExist):
        exports.take(export.pk, export.files.all()[0].pk, by=other_person, at=SOON)
    with pytest.raises(Export.DoesNotExist):
        exports.throw_away(export.pk, by=other_person, at=SOON)


def test_every_taking_is_in_the_log(full: Actor) -> None:
    export = ready(full)
    file, data = exports.take(export.pk, export.files.get(kind="pdf").pk, by=full, at=SOON)
    assert data.startswith(b"%PDF")
    assert file.size == len(data)
    assert Entry.objects.filter(event_type="export.taken").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_make_one_copy(transactional_db: None) -> None:
    person = factories.person()
    record_for(person)
    start, made = threading.Barrier(2), []

    def ask() -> None:
        try:
            start.wait()
            made.append(exports.ask(language="en", by=person, at=AT).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2
    assert len(set(made)) == 1
    assert Export.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_each_part_once(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    person = factories.person()
    for _ in range(3):
        record_for(person, measures=())
    monkeypatch.setattr(making, "ENTRIES_A_PART", 1)
    export = exports.ask(language="en", by=person, at=AT)
    held, go = threading.Event(), threading.Event()
    original: Any = pages.pages

    def slow(*args: Any, **more: Any) -> bytes:
        held.set()
        assert go.wait(60)
        made: bytes = original(*args, **more)
        return made

    def work() -> None:
        try:
            while exporting.make_next(at=SOON):
                pass
        finally:
            connection.close()

    exporting.make_next(at=SOON)
    with monkeypatch.context() as patch:
        patch.setattr(pages, "pages", slow)
        thread = threading.Thread(target=work)
        thread.start()
        assert held.wait(60)
        assert exporting.make_next(at=SOON) is False  # the row is somebody's at the moment
        go.set()
        thread.join()
    export.refresh_from_db()
    assert export.state == ExportState.READY
    assert sorted(export.files.filter(kind="json").values_list("part", flat=True)) == [1, 2, 3]


def test_a_step_that_does_not_commit_leaves_nothing_but_a_file_to_be_swept(full: Actor, folder: Path) -> None:
    export = exports.ask(language="en", by=full, at=AT)
    exporting.make_next(at=SOON)
    with transaction.atomic():
        exporting.make_next(at=SOON)
        transaction.set_rollback(True)
    export.refresh_from_db()
    assert (export.state, export.done) == (ExportState.MAKING, 0)
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 3
    assert make(export).state == ExportState.READY
    assert export.done == 2
