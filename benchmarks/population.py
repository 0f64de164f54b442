"""Many people with records, by COPY with all guards on: a base in which one person's pages are measured.

The shape of every row is that of the importer's; contents are sealed under each person's own key, and each record
has its entry in the log, so that the guards let the rows in. Openings are left out: no page here reads them.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts.models import Organisation, Subject, User
from audit import keys, leaf
from audit.ids import uuid7
from audit.keys import Sealer
from records import content
from records.content import Said

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
RECORDS_A_PERSON = 10
PEOPLE_A_BATCH = 500
VALUES = {
    "case_number": "(2025)样0101执1234号",
    "basis_document": "(2024)样0101民初5678号",
    "basis_body": "样例市样例区人民法院",
    "court": "样例市样例区人民法院",
    "province": "样例省",
    "filed_on": "2025-01-16",
    "duty": "支付货款 12000.00 元",
    "amount": "12000.00",
    "performance": "none",
    "conduct": "refuses_though_able",
}
SAID = Said(VALUES, {"method": "court_order", "collected_at": "2025-03-02T09:00:00+08:00", "document": "D-1"})
COLUMNS = {
    "audit_subject_key": "subject_key, wrapped_key",
    "accounts_subject": "id, kind, sealed_particulars, language, created_at",
    "audit_entry": "event_type, record_id, leaf, leaf_hash",
    "records_record": (
        "id, subject_id, programme, type, source_id, source_ref, adverse, state, latest_number, created_at"
    ),
    "records_version": "id, record_id, subject_id, number, cause, method, digest, valid_from, recorded_at",
    "records_content": "version_id, subject_id, record_id, sealed",
    "records_measure": "id, record_id, subject_id, type, from_on, state, imposed_at",
}
Rows = dict[str, list[tuple[Any, ...]]]


def fill(records: int) -> None:
    """Add that many records, ten for each new person."""
    source, _ = Organisation.objects.get_or_create(code="bench-court", defaults={"name_en": "B", "registered_at": AT})
    people = records // RECORDS_A_PERSON
    for start in range(0, people, PEOPLE_A_BATCH):
        _store(_rows(min(PEOPLE_A_BATCH, people - start), source.pk))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def somebody(records: int = RECORDS_A_PERSON) -> User:
    """A user for one more person, who has that many records."""
    source, _ = Organisation.objects.get_or_create(code="bench-court", defaults={"name_en": "B", "registered_at": AT})
    rows = _rows(1, source.pk, records)
    _store(rows)
    subject = Subject.objects.get(pk=rows["accounts_subject"][0][0])
    user = User(subject=subject, joined_at=AT)
    user.set_unusable_password()
    user.save()
    return user


def _store(rows: Rows) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns in COLUMNS.items():
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows[table]:
                    copy.write_row(row)


def _rows(people: int, source: UUID, records: int = RECORDS_A_PERSON) -> Rows:
    rows: Rows = {table: [] for table in COLUMNS}
    for _ in range(people):
        subject = uuid7()
        wrapped, sealer = keys.new_key(subject)
        rows["audit_subject_key"].append((subject, wrapped))
        particulars = sealer.seal(json.dumps({"name": "样例", "birth_date": "1985-02-14"}).encode())
        rows["accounts_subject"].append((subject, "person", particulars, "en", AT))
        for table, row in _records(subject, sealer, source, records):
            rows[table].append(row)
    return rows


def _records(subject: UUID, sealer: Sealer, source: UUID, records: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    digest = content.digest(SAID, date(2025, 3, 1), None)
    for _ in range(records):
        record, version = uuid7(), uuid7()
        entry = leaf.build("record.imported", AT, {"record": str(record)}, log="bench")
        ref = str(record)
        yield "audit_entry", ("record.imported", record, entry.content, entry.hash)
        yield (
            "records_record",
            (record, subject, "cn-court-defaulters", "court_listing", source, ref, True, "current", 1, AT),
        )
        yield (
            "records_version",
            (version, record, subject, 1, "supplied", "court_order", digest, date(2025, 3, 1), AT),
        )
        yield "records_content", (version, subject, record, sealer.seal(content.pack(SAID)))
        yield "records_measure", (uuid7(), record, subject, "no_plane", date(2025, 3, 10), "in_force", AT)
