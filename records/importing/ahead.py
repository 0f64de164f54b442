"""What a feed would take away, found out by a look through the whole file before anything is written.

# Note [Snapshots]
A snapshot is all that its sources hold of the types in it. What is in the file here, of these sources and types, and
is not named by any line, disappears: as if the source had taken it back. So does a line that waits since it is not
sure whom it is about. A type of which the snapshot has no line is left alone, and so is what came in since the import
began. A line that is refused still names its record. One of which not even that can be read could name any record:
then nothing disappears.

The names stand in a temporary table, filled by COPY, so that a million of them take no memory here.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, BinaryIO, Final, NamedTuple
from uuid import UUID

from django.db import connection

from records.catalogue import ParsedWithdrawal, Programme, Refused, named_by
from records.importing.inputs import FileUnusable
from records.importing.reader import Form, Line
from records.importing.withdrawing import Withdrawal
from records.values import readable

SAMPLES: Final = 20
_HINT: Final = b"withdrawn"

_RECORDS: Final = """
SELECT r.id, r.source_id, r.source_ref, r.type FROM records_record r
WHERE r.programme = %(programme)s AND r.state = 'current' AND r.created_at <= %(at)s
  AND NOT EXISTS (
    SELECT FROM records_sourcechange c WHERE c.record_id = r.id AND c.state = 'waiting' AND c.kind = 'withdrawal')
"""
_GONE: Final = f"""
FROM (
  {_RECORDS}
  UNION ALL
  (SELECT DISTINCT ON (d.source_id, d.source_ref) d.id, d.source_id, d.source_ref, d.type FROM records_doubtfulline d
   WHERE d.programme = %(programme)s AND d.state = 'waiting' AND d.arrived_at <= %(at)s AND d.type <> ''
     AND NOT EXISTS ({_RECORDS} AND r.source_id = d.source_id AND r.source_ref = d.source_ref)
   ORDER BY d.source_id, d.source_ref, d.id)
) held JOIN accounts_organisation o ON o.id = held.source_id
WHERE EXISTS (SELECT FROM import_snapshot_kind k WHERE k.source = o.code AND k.type = held.type)
  AND NOT EXISTS (SELECT FROM import_snapshot s WHERE s.source = o.code AND s.ref = held.source_ref)
"""  # noqa: S608  nothing but the two texts above


class Disappearing(NamedTuple):
    """What a snapshot does not name any more: how many records or waiting lines, and the first of their references."""

    number: int
    samples: tuple[str, ...]


class NeedsConfirming(FileUnusable):
    """Records would disappear, and nobody said that they may."""

    def __init__(self, disappearing: Disappearing) -> None:
        super().__init__(
            f"{disappearing.number:,} records are not in this snapshot and would disappear, among them: "
            f"{', '.join(disappearing.samples)}. Nothing was written. If they may go, import it again with "
            f"--confirm-disappearing {disappearing.number}."
        )
        self.disappearing = disappearing


def withdrawals(form: Form, file: BinaryIO, *, after: int, only_source: str = "") -> Counter[str]:
    """How many records of each source the lines after that one take back, as far as they can be read.

    `only_source`: whose records the lines are that name no source.
    """
    found: Counter[str] = Counter()
    for line in form.lines(file, after=after):
        if form.name == "jsonl" and line.data and _HINT not in line.data:
            continue
        said = _said(form, line)
        if said and said.get("withdrawn") is True and (named := named_by({"source": only_source, **said})):
            found[named[0]] += 1
    return found


@contextmanager
def snapshot(form: Form, file: BinaryIO, programme: Programme) -> "Iterator[Snapshot]":
    """The names of a whole file, in tables that last as long as this."""
    _drop()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE import_snapshot (source text, type text, ref text)")
        try:
            with cursor.copy("COPY import_snapshot FROM STDIN") as copy:
                unreadable = _copy_names(form, file, copy)
            cursor.execute("CREATE INDEX ON import_snapshot (source, ref)")
            cursor.execute(
                "CREATE TEMPORARY TABLE import_snapshot_kind AS SELECT DISTINCT source, type FROM import_snapshot"
            )
            cursor.execute("ANALYZE import_snapshot")
            yield Snapshot(programme, unreadable)
        finally:
            _drop()


class Snapshot:
    """What the names of a file leave out."""

    def __init__(self, programme: Programme, unreadable: int) -> None:
        self._programme = programme
        self.unreadable = unreadable  # lines of which not even the reference can be read

    def disappearing(self, at: datetime) -> Disappearing:
        """What would disappear now."""
        if self.unreadable:
            return Disappearing(0, ())
        given: dict[str, str | datetime] = {"programme": self._programme.id, "at": at}
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) {_GONE}", given)
            (number,) = cursor.fetchone()
            cursor.execute(f"SELECT o.code || ' ' || held.source_ref {_GONE} ORDER BY held.id LIMIT {SAMPLES}", given)
            return Disappearing(number, tuple(ref for (ref,) in cursor.fetchall()))

    def gone(self, at: datetime, size: int) -> Iterator[list[Withdrawal]]:
        """The same as lines that take them back, some at a time."""
        after = UUID(int=0)
        while not self.unreadable:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT held.id, o.code, held.source_ref, held.type {_GONE} AND held.id > %(after)s"
                    " ORDER BY held.id LIMIT %(size)s",
                    {"programme": self._programme.id, "at": at, "after": after, "size": size},
                )
                rows = cursor.fetchall()
            if not rows:
                return
            after = rows[-1][0]
            yield [
                Withdrawal(0, ParsedWithdrawal(source, ref, self._programme.types[type_]))
                for _, source, ref, type_ in rows
                if type_ in self._programme.types
            ]


def _copy_names(form: Form, file: BinaryIO, copy: Any) -> int:
    unreadable = 0
    for line in form.lines(file):
        said = _said(form, line)
        named = named_by(said) if said else None
        if said is None or named is None or not all(map(readable, named)):
            unreadable += 1
            continue
        type_ = said.get("type")
        copy.write_row((named[0], type_ if isinstance(type_, str) and readable(type_) else "", named[1]))
    return unreadable


def _said(form: Form, line: Line) -> dict[str, Any] | None:
    try:
        return form.parse(line)
    except Refused:
        return None


def _drop() -> None:
    if not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS import_snapshot, import_snapshot_kind")
