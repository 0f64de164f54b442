"""The rows that an import writes by COPY: named like the columns, which a test compares with the models."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models

from accounts.models import Contact, ContactVouch, Identifier, Subject
from audit.bulk import copy_rows
from audit.models import SubjectKey
from delivery.models import Letter, Message
from records.models import Content, DoubtfulLine, Measure, Record, SourceChange, Version


class SubjectRow(NamedTuple):
    id: UUID
    kind: str
    sealed_particulars: bytes
    language: str
    created_at: datetime
    name_hash: bytes
    birth_hash: bytes | None
    alike: bytes | None


class KeyRow(NamedTuple):
    subject_key: UUID
    wrapped_key: bytes


class IdentifierRow(NamedTuple):
    subject_id: UUID
    scheme: str
    lookup: bytes
    sealed: bytes


class ContactRow(NamedTuple):
    subject_id: UUID
    lookup: bytes
    sealed: bytes
    origin: str
    added_at: datetime
    ended_at: datetime | None


class VouchRow(NamedTuple):
    subject_id: UUID
    lookup: bytes
    source_id: UUID
    since: datetime


class DoubtRow(NamedTuple):
    id: UUID
    programme: str
    holder_id: UUID
    source_id: UUID
    source_ref: str
    type: str
    reason: str
    who: bytes
    digest: bytes
    sealed: bytes
    state: str
    arrived_at: datetime
    entered_by_id: UUID | None
    entered_with_id: UUID | None
    entered_in_id: UUID | None


class RecordRow(NamedTuple):
    id: UUID
    subject_id: UUID
    programme: str
    type: str
    source_id: UUID
    source_ref: str
    adverse: bool
    state: str
    latest_number: int
    created_at: datetime


class VersionRow(NamedTuple):
    id: UUID
    record_id: UUID
    subject_id: UUID
    number: int
    cause: str
    method: str
    digest: bytes
    valid_from: date | None
    valid_to: date | None
    recorded_at: datetime
    entered_by_id: UUID | None
    entered_with_id: UUID | None
    entered_in_id: UUID | None


class ContentRow(NamedTuple):
    version_id: UUID
    subject_id: UUID
    record_id: UUID
    sealed: bytes


class MeasureRow(NamedTuple):
    id: UUID
    record_id: UUID
    subject_id: UUID
    type: str
    from_on: date
    to_on: date | None
    state: str
    imposed_at: datetime
    entered_by_id: UUID | None
    entered_with_id: UUID | None
    entered_in_id: UUID | None


class SourceChangeRow(NamedTuple):
    id: UUID
    record_id: UUID
    subject_id: UUID
    kind: str
    state: str
    digest: bytes
    sealed: bytes
    method: str
    adverse: bool
    ends: dict[str, Any]
    valid_from: date | None
    valid_to: date | None
    received_at: datetime
    entered_by_id: UUID | None
    entered_with_id: UUID | None
    entered_in_id: UUID | None
    settled_at: datetime | None


class MessageRow(NamedTuple):
    id: UUID
    kind: str
    subject_id: UUID
    record_id: UUID
    measure_id: UUID | None
    params: dict[str, Any]
    not_possible: str
    created_at: datetime
    mail_state: str
    tries: int
    next_try_at: datetime | None
    last_error: str


class LetterRow(NamedTuple):
    id: UUID
    message_id: UUID
    subject_id: UUID
    made_at: datetime


Row = (
    SubjectRow
    | KeyRow
    | IdentifierRow
    | ContactRow
    | VouchRow
    | DoubtRow
    | RecordRow
    | VersionRow
    | ContentRow
    | MeasureRow
    | SourceChangeRow
    | MessageRow
    | LetterRow
)
# In this order, so that what is pointed to comes first.
TABLES: dict[type[Row], type[models.Model]] = {
    SubjectRow: Subject,
    KeyRow: SubjectKey,
    IdentifierRow: Identifier,
    ContactRow: Contact,
    VouchRow: ContactVouch,
    DoubtRow: DoubtfulLine,
    RecordRow: Record,
    VersionRow: Version,
    ContentRow: Content,
    MeasureRow: Measure,
    SourceChangeRow: SourceChange,
    MessageRow: Message,
    LetterRow: Letter,
}


class Rows:
    """Rows by their table, collected and then copied at once."""

    def __init__(self) -> None:
        self._rows: dict[type[Row], list[Row]] = {table: [] for table in TABLES}

    def add(self, row: Row) -> None:
        self._rows[type(row)].append(row)

    def copy(self) -> None:
        """Write everything, one COPY for each table that has rows."""
        for table, rows in self._rows.items():
            if rows:
                copy_rows(TABLES[table], table._fields, rows)
