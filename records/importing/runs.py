"""The row of a run, its sources and refused lines: what the report of an import is read from."""

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q, QuerySet

from accounts.actors import Actor
from accounts.models import Organisation
from audit import operations as audit
from audit.bulk import copy_rows
from records.importing.tally import RefusedAt, Tally
from records.models import (
    ImportRun,
    Measure,
    RefusedLine,
    RunSource,
    RunState,
    SourceChange,
    SourceWithdrawal,
    Version,
)

MOST_STORED: Final = 100_000  # refused fields of a run that are kept in the database; the file names them all
_CAME_SINGLY: Final = (Version, Measure, SourceChange, SourceWithdrawal)  # what a record from a system leaves
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


class Kind(NamedTuple):
    """As what a file is read, and for whom: runs that differ in it do not go on from each other."""

    only_source: str
    is_again: bool
    is_snapshot: bool


def cut_off(programme: str, file_sha256: bytes, kind: Kind, *, name: str = "") -> ImportRun | None:
    """The last run of this very file, if it was of this kind and was cut off after it had committed lines.

    `name`: only of the file of this name, where no other has it.
    """
    runs = _runs_of(programme, file_sha256, kind.only_source)
    last = (runs.filter(file_name=name) if name else runs).first()
    if last is None or last.finished_at or not last.lines_read:
        return None
    return last if Kind(last.only_source, last.is_again, last.is_snapshot) == kind else None


def came_in_since(cut: ImportRun) -> bool:
    """Whether anything else came in for the sources of this run since it began, or since those that it went on from.

    Ids are made in the order of time, so that only the newest rows are looked at.
    """
    chain = [cut, *_before(cut)]
    sources = list(RunSource.objects.filter(run__in=chain).values_list("source_id", flat=True).distinct())
    first = chain[-1]
    later = Q(pk__gt=first.pk) | Q(seen_at__gt=first.started_at)
    runs = ImportRun.objects.filter(later, programme=cut.programme, sources__in=sources)
    if runs.exclude(pk__in=[each.pk for each in chain]).exclude(state=RunState.REFUSED).exists():
        return True
    singly = Q(pk__gt=first.pk, entered_in__isnull=True, entered_with__isnull=False)
    of_sources = Q(record__programme=cut.programme, record__source__in=sources)
    rows = (model._default_manager.filter(singly, of_sources) for model in _CAME_SINGLY)
    return any(each.exists() for each in rows)


def read_before(programme: str, file_sha256: bytes, only_source: str) -> ImportRun | None:
    """The last run of this very file for this source that took it in to its end."""
    return _runs_of(programme, file_sha256, only_source).filter(state=RunState.FINISHED).first()


def _runs_of(programme: str, file_sha256: bytes, only_source: str) -> QuerySet[ImportRun]:
    same = ImportRun.objects.filter(programme=programme, file_sha256=file_sha256, only_source=only_source)
    return same.order_by("-started_at", "-pk")


def refused_so_far(run: ImportRun) -> int:
    """The lines that this run and those before it, from which it went on, have refused."""
    return sum(each.refused for each in (run, *_before(run)))


def _before(run: ImportRun) -> Iterator[ImportRun]:
    """The runs from which this one went on, the nearest first."""
    while run.goes_on_from:
        run = run.goes_on_from
        yield run


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
        kind: Kind,
        is_strict: bool,
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
                only_source=kind.only_source,
                is_strict=is_strict,
                is_snapshot=kind.is_snapshot,
                is_again=kind.is_again,
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
