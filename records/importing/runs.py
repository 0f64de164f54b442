"""The row of a run, its sources and refused lines: what the report of an import is read from."""

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet

from accounts.actors import Actor
from accounts.models import Organisation
from audit import operations as audit
from audit.bulk import copy_rows
from records.importing.tally import RefusedAt, Tally
from records.models import ImportRun, RefusedLine, RunSource, RunState

MOST_STORED: Final = 100_000  # refused fields of a run that are kept in the database; the file names them all
_COLUMNS: Final = ("run_id", "source_id", "line", "field", "code", "sentence", "params")


@contextmanager
def alone(programme: str, file_sha256: bytes, *, told: Callable[[str], None]) -> Iterator[None]:
    """One import of one file at a time: a second one is told, and waits until the first has ended."""
    digest = hashlib.sha256(b"redress.import.file:" + programme.encode() + file_sha256).digest()
    key = [int.from_bytes(digest[:8], signed=True)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", key)
        if not cursor.fetchone()[0]:
            told("This file is being imported already. Waiting until that import has ended.")
            cursor.execute("SELECT pg_advisory_lock(%s)", key)
    try:
        yield
    finally:
        # Where the connection is gone, the lock went with it.
        with suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", key)


def cut_off(programme: str, file_sha256: bytes, only_source: str) -> ImportRun | None:
    """The last run of this very file for this source, if it was cut off after it had committed lines."""
    last = _runs_of(programme, file_sha256, only_source).first()
    return last if last and last.finished_at is None and last.lines_read else None


def read_before(programme: str, file_sha256: bytes, only_source: str) -> ImportRun | None:
    """The last run of this very file for this source that took it in to its end."""
    return _runs_of(programme, file_sha256, only_source).filter(state=RunState.FINISHED).first()


def _runs_of(programme: str, file_sha256: bytes, only_source: str) -> QuerySet[ImportRun]:
    same = ImportRun.objects.filter(programme=programme, file_sha256=file_sha256, only_source=only_source)
    return same.order_by("-started_at", "-pk")


def refused_so_far(run: ImportRun) -> int:
    """The lines that this run and those before it, from which it went on, have refused."""
    refused, earlier = 0, run
    while earlier:
        refused += earlier.refused
        if earlier.goes_on_from is None:
            break
        earlier = earlier.goes_on_from
    return refused


class Run:
    """The row of one run."""

    def __init__(self, programme: str, by: Actor) -> None:
        self._programme = programme
        self._by = by
        self.forget()

    def forget(self) -> None:
        """What was stored since `start` was taken back."""
        self._stored = 0
        self._known: dict[str, UUID] = {}
        self._named: set[str] = set()

    def start(
        self,
        tally: Tally,
        name: str,
        file_sha256: bytes,
        *,
        at: datetime,
        form: str,
        only_source: str,
        is_strict: bool,
        is_snapshot: bool,
        goes_on_from: ImportRun | None,
    ) -> None:
        """Make the row, and say in the log that this file is read, or read on."""
        facts = {"programme": self._programme, "document_sha256": file_sha256.hex()}
        with transaction.atomic():
            ImportRun.objects.create(
                pk=tally.run_id,
                programme=self._programme,
                file_name=name.encode(errors="replace").decode()[:200],  # a name in another encoding is no text
                file_sha256=file_sha256,
                form=form,
                only_source=only_source,
                is_strict=is_strict,
                is_snapshot=is_snapshot,
                goes_on_from=goes_on_from,
                started_by_id=self._by.user_id,
                started_at=at,
                seen_at=at,
                lines_in_file=tally.lines_in_file,
                lines_read=tally.lines_read,
            )
            event = "import.resumed" if goes_on_from else "import.started"
            audit.record(event, by=self._by.signature(), at=at, facts=facts)

    def progress(self, tally: Tally, sources: Collection[str], refused: Sequence[RefusedAt], *, at: datetime) -> None:
        """Store how far it came, in the transaction of the batch that brought it there."""
        self._name(sources, tally.run_id)
        self.keep(tally.run_id, refused)
        ImportRun.objects.filter(pk=tally.run_id).update(seen_at=at, **_counts(tally))

    def keep(self, run_id: UUID, refused: Sequence[RefusedAt]) -> None:
        """Store which lines were refused and why, as far as there is room."""
        self._learn({one.source for one in refused if one.source})
        rows = [
            (run_id, self._known.get(one.source), one.line, each.field[:200], each.code[:40], each.sentence[:300],
             dict(each.params))
            for one in refused
            for each in one.refusals
        ][: MOST_STORED - self._stored]  # fmt: skip
        self._stored += len(rows)
        if rows:
            copy_rows(RefusedLine, _COLUMNS, rows)

    def finish(self, tally: Tally, *, at: datetime, state: RunState = RunState.FINISHED) -> None:
        """The whole file was read."""
        accepted = tally.created + tally.changed + tally.unchanged
        facts: dict[str, str | int] = {"programme": self._programme, "accepted": accepted, "refused": tally.refused}
        with transaction.atomic():
            ImportRun.objects.filter(pk=tally.run_id).update(finished_at=at, state=state, **_counts(tally))
            audit.record("import.finished", by=self._by.signature(), at=at, facts=facts)

    def stopped(self, run_id: UUID, *, changed_file: bool = False) -> None:
        """Say that it stopped, as far as the database still listens. `changed_file`: its hash tells nothing then."""
        changes: dict[str, object] = {"state": RunState.STOPPED}
        if changed_file:
            changes["file_sha256"] = None
        with suppress(OperationalError, InterfaceError, transaction.TransactionManagementError):
            ImportRun.objects.filter(pk=run_id).update(**changes)

    def _name(self, sources: Collection[str], run_id: UUID) -> None:
        new = set(sources) - self._named
        if new:
            self._learn(new)
            rows = [RunSource(run_id=run_id, source_id=self._known[code]) for code in sorted(new & self._known.keys())]
            RunSource.objects.bulk_create(rows, ignore_conflicts=True)
            self._named |= new & self._known.keys()

    def _learn(self, codes: Collection[str]) -> None:
        unknown = set(codes) - self._known.keys()
        if unknown:
            self._known |= dict(Organisation.objects.filter(code__in=unknown).values_list("code", "pk"))


def name_refused(path: Path, refused: Sequence[RefusedAt]) -> None:
    """Add refused lines to the file that names them all: line, field and reason, never the value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        for one in refused:
            for each in one.refusals:
                said = {"line": one.line, "field": each.field, "code": each.code, "reason": each.message}
                file.write(json.dumps(said, ensure_ascii=False) + "\n")


def _counts(tally: Tally) -> dict[str, int]:
    return {
        "lines_read": tally.lines_read,
        "created": tally.created,
        "changed": tally.changed,
        "unchanged": tally.unchanged,
        "withdrawn": tally.withdrawn,
        "waiting": tally.waiting,
        "doubtful": tally.doubtful,
        "refused": tally.refused,
    }
