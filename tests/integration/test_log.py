"""The log: what it commits to, what the database refuses, what a commit needs."""

import hashlib
import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from accounts.models import Organisation, Subject
from audit import keys, leaf
from audit import operations as audit
from audit import queries as log
from audit.models import Entry, Opening, SubjectKey
from audit.operations import NotInTransaction, Signature, UnknownEvent
from records.models import Measure, Record

AT = datetime(2026, 11, 22, 8, 30, 15, 123456, tzinfo=UTC)
CANARY = "Wang Ceshi 999901198502140011"


def record(**changes: object) -> int:
    given: dict[str, object] = {
        "by": Signature(uuid4(), "caseworker:3"),
        "at": AT,
        "subject_id": uuid4(),
        "record_id": uuid4(),
        "facts": {"purpose": "review", "reason": CANARY, "what": "values"},
    }
    return audit.record("record.opened", **{**given, **changes})  # type: ignore[arg-type]  # spelt out above


@pytest.mark.django_db
def test_a_leaf_holds_no_personal_value_and_its_openings_do() -> None:
    entry = Entry.objects.get(pk=record())
    assert CANARY.encode() not in bytes(entry.leaf)
    document = json.loads(bytes(entry.leaf))
    assert document["type"] == "record.opened"
    assert (document["v"], document["ts"]) == (2, "2026-11-22T08:00:00.000Z")
    assert log.opened([entry.entry_id])[entry.entry_id]["at"] == "2026-11-22T08:30:15.123Z"
    assert len(document["_sd"]) == leaf.DIGESTS_IN_A_LEAF
    assert log.opened([entry.entry_id])[entry.entry_id]["reason"] == CANARY
    assert CANARY.encode() not in b"".join(bytes(o.sealed) for o in Opening.objects.all())


@pytest.mark.django_db
def test_every_disclosure_is_committed_to_by_the_leaf() -> None:
    made = leaf.build("record.opened", AT, {"actor": "x", "reason": "y"}, log="test")
    digests = set(json.loads(made.content)["_sd"])
    for disclosure in made.disclosures.values():
        assert leaf._b64(hashlib.sha256(disclosure.encode()).digest()) in digests
    assert made.hash == hashlib.sha256(b"\x00" + made.content).digest()


@pytest.mark.django_db
def test_equal_facts_leave_different_digests() -> None:
    first, second = (leaf.build("record.opened", AT, {"reason": "same"}, log="test") for _ in range(2))
    assert not set(json.loads(first.content)["_sd"]) & set(json.loads(second.content)["_sd"])


@pytest.mark.django_db
def test_an_undeclared_event_or_fact_cannot_be_recorded() -> None:
    with pytest.raises(UnknownEvent):
        record(facts={"name": CANARY})
    with pytest.raises(UnknownEvent):
        audit.record("record.invented", by=Signature(uuid4(), "x"), at=AT)


@pytest.mark.django_db(transaction=True)
def test_the_log_is_written_inside_a_transaction_only() -> None:
    with pytest.raises(NotInTransaction):
        record()
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET event_type = 'x'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE false",
        "TRUNCATE audit_entry",
        "UPDATE records_version SET number = 2",
        "DELETE FROM records_version",
        "TRUNCATE records_mark",
        "TRUNCATE appeals_evidence",
    ],
)
def test_the_database_refuses_to_change_what_only_grows(statement: str) -> None:
    with transaction.atomic():
        record()
    with connection.cursor() as cursor:
        cursor.execute("SET redress.test_flush = 'off'")
        try:
            with pytest.raises(ProgrammingError, match="only grows"):
                cursor.execute(statement)
        finally:
            cursor.execute("SET redress.test_flush = 'on'")
    assert Entry.objects.count() == 1


@pytest.mark.django_db
def test_every_table_whose_writes_are_recorded_refuses_to_be_emptied() -> None:
    guarded = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(guarded, [["must_be_recorded"]])
        recorded = set(cursor.fetchall())
        cursor.execute(guarded, [["never_emptied", "append_only_whole"]])
        assert recorded <= set(cursor.fetchall())
    assert recorded


def add_record(subject: Subject, source: Organisation) -> Record:
    return Record.objects.create(
        subject=subject,
        programme="cn-court-defaulters",
        type="court_listing",
        source=source,
        source_ref=str(uuid4()),
        adverse=True,
        created_at=AT,
    )


def parties() -> tuple[Subject, Organisation]:
    subject = Subject.objects.create(kind="person", sealed_particulars=b"", created_at=AT)
    return subject, Organisation.objects.create(code=uuid4().hex, name_en="Sample", registered_at=AT)


@pytest.mark.django_db(transaction=True)
def test_a_write_without_an_entry_fails_at_commit() -> None:
    subject, source = parties()
    with pytest.raises(IntegrityError, match="without a log entry"), transaction.atomic():
        add_record(subject, source)
    assert not Record.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_for_another_record_does_not_count() -> None:
    subject, source = parties()
    with pytest.raises(IntegrityError, match="without a log entry"), transaction.atomic():
        add_record(subject, source)
        record(subject_id=subject.pk)
    assert not Record.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_of_an_earlier_transaction_does_not_count() -> None:
    subject, source = parties()
    with transaction.atomic():
        made = add_record(subject, source)
        record(subject_id=subject.pk, record_id=made.pk)
    with pytest.raises(IntegrityError, match="without a log entry"), transaction.atomic():
        Record.objects.filter(pk=made.pk).update(adverse=False)
    made.refresh_from_db()
    assert made.adverse


@pytest.mark.django_db(transaction=True)
def test_moving_a_row_needs_an_entry_for_both_its_records() -> None:
    subject, source = parties()
    with transaction.atomic():
        one, other = add_record(subject, source), add_record(subject, source)
        measure = Measure.objects.create(
            record=one, subject=subject, type="no_plane", from_on=AT.date(), imposed_at=AT, state="in_force"
        )
        for each in (one, other):
            record(subject_id=subject.pk, record_id=each.pk)
    with pytest.raises(IntegrityError, match="without a log entry"), transaction.atomic():
        Measure.objects.filter(pk=measure.pk).update(record=other)
        record(subject_id=subject.pk, record_id=other.pk)
    with transaction.atomic():
        Measure.objects.filter(pk=measure.pk).update(record=other)
        for each in (one, other):
            record(subject_id=subject.pk, record_id=each.pk)


@pytest.mark.django_db
def test_destroying_a_key_closes_what_was_sealed_and_keeps_the_entry() -> None:
    subject = uuid4()
    entry_id = record(subject_id=subject)
    keys.forget()
    SubjectKey.objects.filter(pk=subject).update(wrapped_key=None, destroyed_at=AT)
    assert log.opened([entry_id])[entry_id].keys() == {"actor"}
    with pytest.raises(keys.Erased):
        keys.open_sealed(subject, b"\x01")
    assert Entry.objects.filter(pk=entry_id).exists()


@pytest.mark.django_db
def test_a_sealed_value_does_not_open_for_another_owner_or_when_altered() -> None:
    mine, other = uuid4(), uuid4()
    sealed = keys.seal(mine, b"value")
    assert keys.open_sealed(mine, sealed) == b"value"
    with pytest.raises(keys.NotAuthentic):
        keys.open_sealed(other, sealed)
    with pytest.raises(keys.NotAuthentic):
        keys.open_sealed(mine, sealed[:-1] + bytes([sealed[-1] ^ 1]))


@pytest.mark.django_db(transaction=True)
def test_a_key_made_in_a_transaction_that_rolls_back_is_not_remembered() -> None:
    owner = uuid4()
    with transaction.atomic():
        keys.seal(owner, b"gone")
        transaction.set_rollback(True)
    sealed = keys.seal(owner, b"kept")
    keys.forget()
    assert keys.open_sealed(owner, sealed) == b"kept"


@pytest.mark.django_db
def test_facts_that_an_earlier_release_sealed_one_by_one_are_read_as_before() -> None:
    about, by = uuid4(), Signature(uuid4(), "caseworker:3")
    entry = record(by=by, subject_id=about)
    told = log.disclosures([entry], None)[entry]
    Opening.objects.filter(entry_id=entry).delete()
    for name, said in told.items():
        owner = by.owner if name == "actor" else about
        Opening.objects.create(entry_id=entry, name=name, subject_key=owner, sealed=keys.seal(owner, said.encode()))
    assert log.disclosures([entry], None) == {entry: told}
    assert log.opened_facts([entry], ["reason"]) == {entry: {"reason": CANARY}}


@pytest.mark.django_db
def test_only_what_is_asked_for_is_told() -> None:
    entry = record()
    assert log.disclosures([entry], ["at", "justification"]).keys() == {entry}
    assert log.opened_facts([entry], ["at"]) == {entry: {"at": leaf.moment(AT)}}
    assert log.opened_facts([entry], ["justification"]) == {}
