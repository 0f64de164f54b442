"""What may be read of imports: by the source's officers, by the holder's supervisors, by operators.

An officer sees the runs that brought data of their organisation, and of the lines that were refused those
that named it. Of a line that could not be read nobody knows whose it is: it is shown to officers where the
whole file came from their organisation.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import get_language, gettext

from accounts.actors import Actor
from accounts.models import Organisation, Role
from records import catalogue
from records.models import ImportRun, RefusedLine, RunSource, RunState
from records.values import filled

READERS: Final = (Role.SOURCE_OFFICER, Role.SUPERVISOR, Role.OPERATOR)
_LIFE: Final = timedelta(minutes=10)  # without a sign in so long, a run that has not ended was cut off
_CHUNK: Final = 2_000


class Shown(NamedTuple):
    """One refused field of one line, in the reader's language."""

    line: int
    field: str
    code: str
    reason: str


def visible_runs(actor: Actor) -> QuerySet[ImportRun]:
    """The runs that `actor` may know of. Every read of a report starts here."""
    runs = ImportRun.objects.order_by("-started_at", "-pk")
    if actor.organisations(Role.OPERATOR):
        return runs
    of_source = RunSource.objects.filter(run=OuterRef("pk"), source__in=actor.organisations(Role.SOURCE_OFFICER))
    return runs.filter(Q(programme__in=_held_by(actor)) | Exists(of_source))


def listed(runs: QuerySet[ImportRun]) -> QuerySet[ImportRun]:
    """The same with their sources, for a list."""
    return runs.prefetch_related(Prefetch("sources", queryset=Organisation.objects.order_by("code")))


def refused_lines(actor: Actor, run: ImportRun) -> QuerySet[RefusedLine]:
    """The refused lines of a visible run that `actor` may know of, in the order of the file."""
    lines = RefusedLine.objects.filter(run=run).order_by("pk")
    if actor.organisations(Role.OPERATOR) or run.programme in _held_by(actor):
        return lines
    own = actor.organisations(Role.SOURCE_OFFICER)
    sources = set(RunSource.objects.filter(run=run).values_list("source_id", flat=True))
    return lines.filter(Q(source__in=own) | Q(source__isnull=True)) if sources <= own else lines.filter(source__in=own)


def shown(line: RefusedLine) -> Shown:
    """A refused line for a page or a file."""
    reason = filled(gettext(line.sentence), line.params, get_language() or "en")
    return Shown(line.line, line.field, line.code, reason)


def all_shown(lines: QuerySet[RefusedLine]) -> Iterator[Shown]:
    """All of them, some at a time."""
    return (shown(line) for line in lines.iterator(chunk_size=_CHUNK))


def was_cut_off(run: ImportRun, now: datetime) -> bool:
    """Whether a run that has not ended gives no sign of life any more."""
    return run.state == RunState.RUNNING and now - (run.seen_at or run.started_at) > _LIFE


def _held_by(actor: Actor) -> list[str]:
    """The programmes whose holder the actor supervises for."""
    ids = actor.organisations(Role.SUPERVISOR)
    if not ids:
        return []
    codes = set(Organisation.objects.filter(pk__in=ids).values_list("code", flat=True))
    return [programme.id for programme in catalogue.programmes().values() if programme.holder.code in codes]
