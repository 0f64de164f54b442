"""Importing what a system uploaded, in the background, whatever crashes.

# Note [A job that is never lost]
The row says when a job is due. A worker that takes it moves that some minutes ahead, and again with every batch. One
that is killed leaves a job that comes due by itself, and the importer goes on after the last line that was committed.
A job that takes long is left at a batch and taken up again, so that no task runs into the queue's time limit. Which
lines were refused and how far it came stands in the rows of the importer's runs; nothing is counted twice.

# Note [Giving up]
A try that committed lines begins the count of tries again; one that got no further counts, whatever ended it, the
death of its worker included. After `MOST_TRIES` of them in a row the job is told as failed.
"""

import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet

from accounts import operations as accounts
from accounts.actors import Actor, ActorKind, NotThisKind
from accounts.models import Scope
from audit import operations as audit
from delivery.wake import wake
from records import catalogue, uploads
from records.catalogue import Programme
from records.importing import FileUnusable, Options, Stopped, Tally, TooManyWithdrawals, import_file
from records.models import ImportJob, ImportRun, JobState, RefusedLine
from records.uploads import Received

log = structlog.get_logger(__name__)

WORKER: Final = "records.tasks.import_jobs"
LEASE: Final = timedelta(minutes=5)  # longer than a batch can take
MOST_TRIES: Final = 12
COUNTS: Final = ("created", "changed", "unchanged", "withdrawn", "waiting", "doubtful", "refused")
_LONGEST_SECONDS: Final = 100.0
_WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))  # after each failed try


class _TimeUp(Exception):
    """The task has run long enough; what is left is taken up by the next one."""


@transaction.atomic
def accept(job_id: UUID, programme: Programme, received: Received, *, by: Actor, at: datetime) -> ImportJob:
    """Store a job for a file that was received, and wake a worker. The source is the organisation of the key."""
    if by.kind is not ActorKind.SYSTEM or by.organisation_id is None or by.key_id is None:
        raise NotThisKind
    job = ImportJob.objects.create(
        pk=job_id,
        source_id=by.organisation_id,
        key_id=by.key_id,
        programme=programme.id,
        file_sha256=received.sha256,
        size=received.size,
        received_at=at,
        next_try_at=at,
    )
    facts = {"programme": programme.id, "document_sha256": received.sha256.hex()}
    audit.record("import.received", by=by.signature(), at=at, facts=facts)
    wake(WORKER)
    return job


def visible_to(actor: Actor) -> "QuerySet[ImportJob]":
    """The jobs of the actor's organisation, under the programmes of its key, newest first."""
    if actor.kind is not ActorKind.SYSTEM or Scope.RECORDS_WRITE not in actor.scopes:
        return ImportJob.objects.none()
    theirs = ImportJob.objects.filter(source_id=actor.organisation_id, programme__in=actor.programmes)
    return theirs.order_by("-pk")


def counts(jobs: Collection[ImportJob]) -> dict[UUID, dict[str, int]]:
    """How far each import came, and what became of the lines: of all runs that its file took. By the job's id."""
    return {
        job_id: {
            "lines_in_file": runs[0].lines_in_file if runs else 0,
            "lines_read": runs[0].lines_read if runs else 0,
            **{name: sum(getattr(run, name) for run in runs) for name in COUNTS},
        }
        for job_id, runs in _runs_of(jobs).items()
    }


def refused(job: ImportJob, *, after: int, limit: int) -> list[RefusedLine]:
    """Which fields of which lines were refused and why, in the order of the file; never a value."""
    lines = RefusedLine.objects.filter(run__in=[run.pk for run in _runs_of([job])[job.pk]], pk__gt=after)
    return list(lines.order_by("pk")[:limit])


def _runs_of(jobs: Collection[ImportJob]) -> dict[UUID, list[ImportRun]]:
    """The runs of each job, the last first: one that goes on from another follows the lines that it had committed.

    One query for all jobs, and one more for each time that any of them was cut off.
    """
    runs: dict[UUID, list[ImportRun]] = {job.pk: [] for job in jobs}
    wanted = {job.pk: job.run_id for job in jobs if job.run_id}
    while wanted:
        found = ImportRun.objects.in_bulk(set(wanted.values()))
        for job_id, run_id in wanted.items():
            runs[job_id].append(found[run_id])
        wanted = {job_id: before for job_id in wanted if (before := runs[job_id][-1].goes_on_from_id)}
    return runs


def due(at: datetime, limit: int = 20) -> list[UUID]:
    """Jobs to do, the longest due first."""
    rows = ImportJob.objects.filter(next_try_at__lte=at).order_by("next_try_at", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def work(job_id: UUID, *, clock: Callable[[], datetime], longest: float = _LONGEST_SECONDS) -> JobState | None:
    """Import what a job holds, as far as the time goes (Note [A job that is never lost]); None if it is not due."""
    taken = _take(job_id, clock())
    if taken is None:
        return None
    job, by, source = taken
    if by is None:
        return _end(job_id, JobState.FAILED, "key_ended", at=clock())
    if job.tries > MOST_TRIES:  # the last of them did not live to say so
        return _end(job_id, JobState.FAILED, "gave_up", at=clock())
    begun = time.monotonic()

    def watch(tally: Tally) -> None:
        _note(job_id, tally, at=clock())
        if tally.lines_read < tally.lines_in_file and time.monotonic() - begun > longest:
            raise _TimeUp

    options = Options(form="jsonl", only_source=source, again=True, by_name=True)
    programme = catalogue.programme(job.programme)
    try:
        import_file(programme, uploads.path_of(job_id), by=by, clock=clock, progress=watch, options=options)
    except TooManyWithdrawals:
        return _end(job_id, JobState.FAILED, "too_many_withdrawals", at=clock())
    except FileUnusable:
        return _end(job_id, JobState.FAILED, "file_unusable", at=clock())
    except _TimeUp:
        return _again(job_id, at=clock(), has_come_on=True)
    except Stopped as stopped:
        _note(job_id, stopped.tally, at=clock())
        if isinstance(stopped.__cause__, TooManyWithdrawals):  # seen on the way only: another try sees it again
            return _end(job_id, JobState.FAILED, "too_many_withdrawals", at=clock())
        return _again(job_id, at=clock(), has_come_on=False)
    except Exception:
        log.exception("import_job_failed", id=str(job_id))
        return _again(job_id, at=clock(), has_come_on=False)
    return _end(job_id, JobState.DONE, "", at=clock())


def remove_leftovers(*, but_since: datetime) -> int:
    """Destroy files of which no unfinished job knows: of uploads that were cut off, or a process that died."""
    old = set(uploads.older_than(but_since))
    wanted = ImportJob.objects.filter(pk__in=old, next_try_at__isnull=False).values_list("pk", flat=True)
    leftovers = old - set(wanted)
    uploads.destroy_all(leftovers)
    return len(leftovers) + uploads.destroy_folders("ftm-*", older_than=but_since)


@transaction.atomic
def _take(job_id: UUID, at: datetime) -> "tuple[ImportJob, Actor | None, str] | None":
    """Hold the job for a while. The actor is None when its key has ended meanwhile."""
    rows = ImportJob.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("source")
    job = rows.filter(pk=job_id, next_try_at__lte=at).first()
    if job is None:
        return None
    job.state, job.next_try_at, job.tries = JobState.RUNNING, at + LEASE, job.tries + 1
    job.save(update_fields=["state", "next_try_at", "tries"])
    return job, accounts.actor_of_key(job.key_id, at), job.source.code


def _note(job_id: UUID, tally: Tally, *, at: datetime) -> None:
    """Remember the run, if it began, and hold the job on. Once it has come on, tries count anew (Note [Giving up])."""
    changes: dict[str, object] = {"next_try_at": at + LEASE}
    if tally.lines_read > tally.went_on_after:
        changes["tries"] = 1
    if ImportRun.objects.filter(pk=tally.run_id).exists():
        changes["run"] = tally.run_id
    ImportJob.objects.filter(pk=job_id).update(**changes)


def _again(job_id: UUID, *, at: datetime, has_come_on: bool) -> JobState:
    """Leave the job for another try: at once if it has come on, else after a while; give up after many."""
    job = ImportJob.objects.get(pk=job_id)
    if job.tries >= MOST_TRIES:
        return _end(job_id, JobState.FAILED, "gave_up", at=at)
    wait = timedelta() if has_come_on else _WAITS[min(job.tries, len(_WAITS)) - 1]
    with transaction.atomic():
        ImportJob.objects.filter(pk=job_id).update(state=JobState.WAITING, next_try_at=at + wait)
        if has_come_on:
            wake(WORKER)
    return JobState.WAITING


def _end(job_id: UUID, state: JobState, error: str, *, at: datetime) -> JobState:
    """The job is over; its file is destroyed once that is committed."""
    with transaction.atomic():
        ImportJob.objects.filter(pk=job_id).update(state=state, error=error, finished_at=at, next_try_at=None)
        transaction.on_commit(lambda: uploads.destroy(job_id))
    return state
