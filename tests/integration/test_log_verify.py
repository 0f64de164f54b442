"""`audit_verify` finds and names whatever was changed behind the application's back; an export is verified alike."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.actors import Actor
from appeals import against_log, operations
from appeals.evidence_files import make_safe
from appeals.models import Case
from appeals.operations import NewEvidence
from appeals.workflow import Status
from audit import exporting, keys, note, sequencer, signing, verifying
from audit.models import Leaf, SubjectKey
from records.models import Record
from tests import factories, logs
from tests.factories import AT, case_at
from tests.logs import rewrite


@pytest.fixture(autouse=True)
def own_signer(tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_SIGNER_DIR = tmp_path / "log"


def verified(*words: str) -> tuple[int, str]:
    """Status and output of the command."""
    out = StringIO()
    try:
        call_command("audit_verify", *words, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def codes(*, full: bool = True) -> set[str]:
    return {finding.code for finding in verifying.of_database(full=full)}


OFTEN = {Status.SERVED, Status.SCREENING_SERVED, Status.WITHDRAWN}  # the others only in the long tests


@pytest.mark.django_db
@pytest.mark.parametrize(
    "status",
    [each if each in OFTEN else pytest.param(each, marks=pytest.mark.soak) for each in Status],
)
def test_everything_that_operations_made_agrees_with_the_log(status: Status) -> None:
    case = case_at(status)
    if status == Status.SERVED:
        factories.carry_out(case)
    if status in (Status.FILED, Status.IN_REVIEW):
        person = factories.person()
        case = case_at(status, person=person)
        operations.add_evidence(case.pk, NewEvidence("r.txt", make_safe(b"Paid.")), by=person, at=AT)
    logs.seal_everything()
    assert verified("--full") == (0, f"{Leaf.objects.count()} entries\nAll agrees.\n")


# What somebody with all rights on the database does to the log, and what is found.
TAMPERED: dict[str, tuple[str, str]] = {
    "log.leaf_differs": (
        "ALTER TABLE audit_entry DROP CONSTRAINT audit_leaf_hash_is_of_the_leaf;"
        "UPDATE audit_entry SET leaf = 'x' WHERE entry_id = (SELECT max(entry_id) FROM audit_entry)",
        "full",
    ),
    "log.entry_missing": ("DELETE FROM audit_entry WHERE entry_id = (SELECT min(entry_id) FROM audit_entry)", "full"),
    "log.places_differ": ("DELETE FROM audit_leaf WHERE leaf_index = 7", "quick"),
    "log.tile_differs": ("UPDATE audit_tile SET data = sha256('x') || substring(data FROM 33) WHERE level = 0", "full"),
    "log.tile_missing": ("DELETE FROM audit_tile WHERE level = 1", "quick"),
    "log.root_differs": ("UPDATE audit_tree SET root = sha256('x')", "quick"),
    "log.checkpoint_not_signed": ("UPDATE audit_checkpoint SET note = replace(note, '300', '299')", "quick"),
    "log.checkpoint_differs": ("UPDATE audit_checkpoint SET root = sha256('x')", "quick"),
    "log.rolled_back": ("UPDATE audit_tile SET data = substring(data FROM 1 FOR 32) WHERE level = 0", "quick"),
    "log.not_what_was_signed": ("UPDATE audit_tree SET size = 299", "quick"),
    "log.rewritten": ("UPDATE audit_tile SET data = sha256('x') || substring(data FROM 33) WHERE index = 1", "quick"),
    "log.entry_late": ("UPDATE audit_entry SET recorded_at = recorded_at - interval '9 minutes'", "waiting"),
    "log.entry_lost": ("DELETE FROM audit_pending", "waiting"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("code", TAMPERED)
def test_what_was_done_to_the_log_is_found(code: str) -> None:
    statement, how = TAMPERED[code]
    logs.add_entries(300)
    logs.seal_everything()
    if how == "waiting":
        logs.add_entries(2)
    assert codes() == set()
    rewrite(statement)
    assert code in codes(full=how == "full")


@pytest.mark.django_db
def test_a_consistent_rewriting_of_everything_is_found_by_what_was_signed() -> None:
    logs.add_entries(300)
    logs.seal_everything()
    rewrite("ALTER TABLE audit_entry DROP CONSTRAINT audit_leaf_hash_is_of_the_leaf")
    rewrite("UPDATE audit_entry SET leaf = 'x', leaf_hash = sha256('\\x0078') WHERE entry_id % 7 = 0")
    rewrite("DELETE FROM audit_leaf; DELETE FROM audit_tile; DELETE FROM audit_tree; DELETE FROM audit_checkpoint")
    sequencer.recover()
    logs.place_all()
    assert logs.sign() is None
    assert codes() == {"log.not_what_was_signed"}


def _edit_state(_case: Case, record: Record) -> None:
    rewrite("UPDATE records_record SET state = 'sealed' WHERE id = %s", str(record.pk))


def _edit_number(_case: Case, record: Record) -> None:
    rewrite("UPDATE records_record SET latest_number = 2 WHERE id = %s", str(record.pk))


def _edit_digest(_case: Case, record: Record) -> None:
    rewrite("UPDATE records_version SET digest = sha256('x') WHERE record_id = %s", str(record.pk))


def _edit_content(_case: Case, record: Record) -> None:
    other = factories.record_for(factories.person())
    rewrite(
        "UPDATE records_content SET sealed = (SELECT sealed FROM records_content WHERE record_id = %s)"
        " WHERE record_id = %s",
        str(other.pk),
        str(record.pk),
    )


def _lift_measure(_case: Case, record: Record) -> None:
    rewrite(
        "UPDATE records_measure SET state = 'lifted', lifted_at = now(), suspended_by_case = NULL, resumes_on = NULL"
        " WHERE record_id = %s",
        str(record.pk),
    )


EDITS: dict[str, tuple[str, Callable[[Case, Record], None]]] = {
    "record state": ("record.differs_from_log", _edit_state),
    "record number": ("record.differs_from_log", _edit_number),
    "version digest": ("record.differs_from_log", _edit_digest),
    "content": ("record.content_differs", _edit_content),
    "measure": ("measure.differs_from_log", _lift_measure),
    "case status": (
        "case.status_differs_from_log",
        lambda case, _: rewrite("UPDATE appeals_case SET status = 'filed', caseworker_id = NULL"),
    ),
    "decision": (
        "case.decision_differs",
        lambda case, _: rewrite("UPDATE appeals_itemoutcome SET outcome = 'rejected', remedy = ''"),
    ),
    "remedy": (
        "remedy.differs_from_log",
        lambda case, _: rewrite("UPDATE appeals_remedy SET state = 'undone', undone_at = now()"),
    ),
    "evidence": (
        "evidence.differs_from_log",
        lambda case, _: rewrite("UPDATE appeals_evidence SET digest = sha256('x') WHERE case_id = %s", str(case.pk)),
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", EDITS)
def test_an_edit_behind_the_applications_back_is_found_and_named(person: Actor, what: str) -> None:
    code, edit = EDITS[what]
    record = factories.record_for(person)
    case = case_at(Status.IN_REVIEW, person=person, items=[factories.item(record)])
    operations.add_evidence(case.pk, NewEvidence("r.txt", make_safe(b"Paid.")), by=person, at=AT)
    if what in ("decision", "remedy"):
        case = case_at(Status.SERVED)
        factories.carry_out(case)
        record = case.items.get().record
    at = timezone.now()
    checks = against_log.checks(full=True)
    assert not [each for check in checks.values() for each in check(at)]
    edit(case, record)
    found = {str(each) for each in checks[code](at)}
    assert found <= {str(each) for each in (record.pk, case.pk, *_parts(case, record))}
    assert found


def _parts(case: Case, record: Record) -> list[object]:
    rows = (record.measures, case.remedies, case.evidence)
    return [pk for each in rows for pk in each.values_list("pk", flat=True)]


@pytest.mark.django_db
def test_an_erased_person_is_not_taken_for_a_rewritten_one(person: Actor) -> None:
    case = case_at(Status.SERVED, person=person)
    factories.carry_out(case)
    SubjectKey.objects.filter(pk=person.own_subject).update(wrapped_key=None, destroyed_at=AT)
    keys.forget()
    checks = against_log.checks(full=True)
    assert not [(code, each) for code, check in checks.items() for each in check(AT)]


@pytest.fixture
def exported(db: None, tmp_path: Path) -> Path:
    logs.add_entries(700)
    logs.seal_everything()
    call_command("audit_export", str(tmp_path / "export"), stdout=StringIO())
    return tmp_path / "export"


def test_an_export_holds_everything_and_verifies(exported: Path) -> None:
    files = {str(path.relative_to(exported)) for path in exported.rglob("*") if path.is_file()}
    assert files == {
        *("checkpoint", "vkey"),
        *(f"tile/{kind}/{path}" for kind in ("0", "entries") for path in ("000", "001", "002.p/188")),
        "tile/1/000.p/2",
    }
    assert verified("--files", str(exported)) == (0, "All agrees.\n")
    vkey = (exported / "vkey").read_text().strip()
    assert verified("--files", str(exported), "--vkey", vkey)[0] == 0
    assert list(verifying.of_files(exported, signing.verifiers(), processes=3)) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "size", [1, 257, *(pytest.param(size, marks=pytest.mark.soak) for size in (2, 255, 256, 511, 512, 768, 1000))]
)
def test_exports_of_every_size_verify(size: int, tmp_path: Path) -> None:
    logs.add_entries(size)
    logs.seal_everything()
    exporting.write(tmp_path / "export")
    assert list(verifying.of_files(tmp_path / "export", signing.verifiers())) == []


def test_an_export_goes_on_where_the_last_one_ended(exported: Path) -> None:
    before = (exported / "tile" / "0" / "000").stat().st_mtime_ns
    logs.add_entries(100)
    logs.seal_everything()
    call_command("audit_export", str(exported), stdout=StringIO())
    assert verified("--files", str(exported))[0] == 0
    assert (exported / "tile" / "0" / "000").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("tile/entries/001", "log.leaf_differs: entry at 256"),
        ("tile/0/001", "log.leaf_differs: entry at 256"),
        ("tile/1/000.p/2", "log.tile_differs: tile/1/000.p/2"),
        ("checkpoint", "log.checkpoint_not_signed"),
    ],
)
def test_an_altered_file_of_an_export_is_named(exported: Path, file: str, code: str) -> None:
    data = bytearray((exported / file).read_bytes())
    data[10] ^= 1
    (exported / file).write_bytes(bytes(data))
    status, said = verified("--files", str(exported))
    assert (status, code in said) == (1, True), said


def test_a_missing_file_of_an_export_is_named(exported: Path) -> None:
    (exported / "tile" / "entries" / "001").unlink()
    status, said = verified("--files", str(exported))
    assert (status, said) == (1, "log.file_missing: tile 001 or its entries\n")
    (exported / "checkpoint").unlink()
    with pytest.raises(CommandError, match="no checkpoint"):
        verified("--files", str(exported))


def test_an_export_of_another_log_is_refused_and_nothing_overwritten(exported: Path) -> None:
    other = note.Key.make("other.example").verifier
    assert verified("--files", str(exported), "--vkey", str(other))[0] == 1
    with pytest.raises(CommandError, match="public key"):
        verified("--files", str(exported), "--vkey", "rubbish")
    before = (exported / "checkpoint").read_bytes()
    (exported / "tile" / "0" / "001").write_bytes(b"x")
    logs.add_entries(1)
    logs.seal_everything()
    with pytest.raises(CommandError, match="keep both"):
        call_command("audit_export", str(exported))
    assert (exported / "checkpoint").read_bytes() == before


@pytest.mark.django_db
def test_there_is_nothing_to_export_before_the_first_signature(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not signed yet"):
        call_command("audit_export", str(tmp_path / "export"))
