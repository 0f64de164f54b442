"""Keeping times run by themselves: worked out for what is new, and ended when their day is over.

# Note [What ends, and what waits]
The end of a keeping time ends the measures that rest on the record and takes it out of the file; what it said is
destroyed, or locked away where the programme file says so. The version rows, their digests and the log stay: they
prove what was held without saying it. What an open case or a review window rests on waits, with the reason, and
nothing adverse follows from that: measures that a case stopped stay stopped.
A row that fails, or waits, is looked at again later and later, so that it never stands in the way of others.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from accounts.actors import SERVICE, Actor
from accounts.models import Subject
from audit import operations as audit
from delivery import operations as delivery
from records import catalogue, keeping, queries
from records.catalogue import Retention
from records.content import Said
from records.keeping import Term
from records.models import (
    Content,
    Keeping,
    KeptThing,
    Measure,
    MeasureState,
    Record,
    RecordState,
    SourceChange,
    SourceChangeState,
)
from records.operations import statements
from records.operations.recipients import tell_recipients
from records.recipients import Told

log = structlog.get_logger(__name__)

LOOK_AGAIN: Final = timedelta(days=1)  # at what waits
_WAITS: Final = tuple(timedelta(hours=hours) for hours in (1, 4, 24, 72, 168))  # after each failed try
_PUBLIC: Final = ("listing", "publication")
_UNSAID: Final = Said({}, {})


class Ended(StrEnum):
    """What the sweep did with one keeping time."""

    GONE = "gone"
    WAITS = "waits"
    NOTHING = "nothing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many records of a type would go on a day, or wait for something."""

    programme: str
    type: str
    of: str
    until: date
    then: str
    waits_for: str


@transaction.atomic
def work_out(*, limit: int) -> int:
    """Work out the keeping times of up to `limit` records that have none, or an old one; returns of how many."""
    done = 0
    for programme_id, programme in catalogue.programmes().items():
        records = list(keeping.without_term(programme_id)[: limit - done])
        rows = [_row(record, term, programme.version) for record, terms in _terms(records).items() for term in terms]
        Keeping.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["record", "of"],
            update_fields=[
                "number", "programme_version", "until", "next_look_at", "waits_for", "waits_until", "tries",
                "last_error", "done_at",
            ],
        )  # fmt: skip
        done += len(records)
        if done >= limit:
            break
    return done


@transaction.atomic
def end_keeping(keeping_id: UUID, *, at: datetime, by: Actor = SERVICE) -> Ended:
    """End one keeping time that is over, or note why it waits (Note [What ends, and what waits])."""
    record_id, subject_id = Keeping.objects.values_list("record_id", "subject_id").get(pk=keeping_id)
    # Whoever files a dispute holds the subject first: they file before this, or find the record gone.
    Subject.objects.select_for_update(no_key=True).get(pk=subject_id)
    record = Record.objects.select_for_update(no_key=True).get(pk=record_id)
    row = Keeping.objects.select_for_update(no_key=True).filter(pk=keeping_id, next_look_at__lte=at).first()
    if row is None:
        return Ended.NOTHING
    if row.number != record.latest_number or not _still_there(row, record):
        _store(row, next_look_at=None)
        return Ended.NOTHING
    if hold := keeping.holds([record_id]).get(record_id):
        _store(row, waits_for=hold.waits_for, waits_until=hold.until, next_look_at=at + LOOK_AGAIN, tries=0)
        return Ended.WAITS
    _ENDS[KeptThing(row.of)](record, row, at, by)
    _store(row, done_at=at, next_look_at=None, waits_for="", waits_until=None, last_error="")
    return Ended.GONE


def run_due(*, at: datetime, limit: int, by: Actor = SERVICE) -> Counter[tuple[str, Ended]]:
    """Look at up to `limit` keeping times that are due, each in a transaction of its own; what came of it, counted.

    An error in one is logged, and does not stop the others.
    """
    found: Counter[tuple[str, Ended]] = Counter()
    for keeping_id, programme in keeping.due(at, limit):
        try:
            found[programme, end_keeping(keeping_id, at=at, by=by)] += 1
        except Exception as error:
            log.exception("keeping_failed", id=str(keeping_id))
            note_failure(keeping_id, error, at=at)
            found[programme, Ended.FAILED] += 1
    return found


@transaction.atomic
def note_failure(keeping_id: UUID, error: Exception, *, at: datetime) -> None:
    """Remember that a try failed, by the error's class alone, and when to try again."""
    row = Keeping.objects.select_for_update(no_key=True).get(pk=keeping_id)
    wait = _WAITS[min(row.tries, len(_WAITS) - 1)]
    _store(row, tries=row.tries + 1, last_error=type(error).__name__[:60], next_look_at=at + wait)


def forecast(on: date) -> Iterable[tuple[Forecast, int]]:
    """What would go by `on` (days before it are over), and what would wait. Reads only, also of what is new."""
    counts: Counter[Forecast] = Counter()
    for batch in keeping.batches(keeping.over(on)):
        rows = [row for row in batch if isinstance(row, Keeping)]
        waiting = keeping.holds([row.record_id for row in rows])
        for row in rows:
            rule, hold = keeping.rule_of(row), waiting.get(row.record_id)
            assert row.until
            _count(counts, row.record, row.of, row.until, rule, hold.waits_for if hold else "")
    for programme_id in catalogue.programmes():
        for batch in keeping.batches(keeping.without_term(programme_id)):
            records = [record for record in batch if isinstance(record, Record)]
            waiting = keeping.holds([record.pk for record in records])
            for record, terms in _terms(records).items():
                hold = waiting.get(record.pk)
                for term in terms:
                    if term.until and term.until < on:
                        _count(counts, record, term.of, term.until, term.rule, hold.waits_for if hold else "")
    return sorted(counts.items(), key=lambda each: tuple(map(str, vars_of(each[0]))))


def vars_of(line: Forecast) -> tuple[object, ...]:
    """The columns of a forecast, in the order in which it is sorted and printed."""
    return line.programme, line.type, line.of, line.until, line.then, line.waits_for


@transaction.atomic
def note_run(gone: Mapping[str, int], waiting: Mapping[str, int], *, by: Actor, at: datetime) -> None:
    """Log that somebody had the keeping times run by hand, and what came of it, by programme."""
    for programme in sorted({*gone, *waiting}):
        facts: dict[str, str | int] = {
            "programme": programme,
            "gone": gone.get(programme, 0),
            "waiting": waiting.get(programme, 0),
        }
        audit.record("retention.run", by=by.signature(), at=at, facts={**facts})


def _terms(records: list[Record]) -> dict[Record, list[Term]]:
    versions = queries.latest_versions(records)
    said = queries.open_contents(versions.values())
    return {
        record: keeping.terms(record, version, said.get(version.pk, _UNSAID))
        for record in records
        if (version := versions.get(record.pk))
    }


def _row(record: Record, term: Term, programme_version: int) -> Keeping:
    return Keeping(
        record=record,
        subject_id=record.subject_id,
        of=term.of,
        number=record.latest_number,
        programme_version=programme_version,
        until=term.until,
        next_look_at=keeping.first_look(term.until) if term.until else None,
    )


def _still_there(row: Keeping, record: Record) -> bool:
    """Whether there is still something to end: a deleted record has its own clock, an expired one none."""
    if row.of == KeptThing.CONTENT:
        return record.state == RecordState.SEALED
    return record.state in keeping.KEPT_STATES


def _end_record(record: Record, row: Keeping, at: datetime, by: Actor) -> None:
    rule = keeping.rule_of(row)
    assert rule and row.until
    was = _state(record)
    _lift(record.measures.exclude(state=MeasureState.LIFTED), at=at, by=by)
    record.state = RecordState.EXPIRED
    record.save(update_fields=["state"])
    facts = {"rule": rule.basis.cite, "until": row.until.isoformat(), "then": rule.then}
    _log(record, "record.expired", at, by, **facts, state_before=was, state_after=_state(record))
    if rule.then == "delete":
        _purge(record, rule.basis.cite, at, by)
    _tell(record, "record_expired" if rule.then == "delete" else "record_locked_away", at)
    tell_recipients([record.pk], Told.EXPIRED, at=at)


def _end_publication(record: Record, row: Keeping, at: datetime, by: Actor) -> None:
    rule = keeping.rule_of(row)
    assert rule and row.until
    kinds = catalogue.programme(record.programme).measures
    public = [name for name, measure in kinds.items() if measure.kind in _PUBLIC]
    _log(record, "record.unpublished", at, by, rule=rule.basis.cite, until=row.until.isoformat())
    if _lift(record.measures.filter(type__in=public).exclude(state=MeasureState.LIFTED), at=at, by=by):
        _tell(record, "publication_ended", at)
        tell_recipients([record.pk], Told.MEASURE_LIFTED, at=at)


def _end_content(record: Record, row: Keeping, at: datetime, by: Actor) -> None:
    _purge(record, "deleted by a decision", at, by)


_ENDS = {
    KeptThing.RECORD: _end_record,
    KeptThing.PUBLICATION: _end_publication,
    KeptThing.CONTENT: _end_content,
}


def _purge(record: Record, because: str, at: datetime, by: Actor) -> None:
    """Destroy what every version said, and what the source sent besides; version rows and digests stay."""
    contents = Content.objects.filter(record=record, sealed__isnull=False)
    purged = contents.update(sealed=None, purged_at=at)
    SourceChange.objects.filter(record=record).exclude(state=SourceChangeState.WAITING).delete()
    statements.destroy(record, by=by, at=at)
    _log(record, "record.purged", at, by, versions=str(purged), because=because)


def _lift(measures: "Iterable[Measure]", *, at: datetime, by: Actor) -> int:
    lifted = 0
    for measure in measures:
        measure.state, measure.lifted_at = MeasureState.LIFTED, at
        measure.suspended_by_case = measure.resumes_on = None
        measure.save(update_fields=["state", "lifted_at", "suspended_by_case", "resumes_on"])
        _log_measure(measure, at, by)
        lifted += 1
    return lifted


def _tell(record: Record, kind: str, at: datetime) -> None:
    """In the inbox only: there is nothing to do, and a mail for each old entry would worry people."""
    params = {"type": queries.record_title(record)}
    delivery.tell_subject(record.subject_id, kind, at=at, mail=False, record_id=record.pk, params=params)


def _store(row: Keeping, **fields: object) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))


def _state(record: Record) -> str:
    digest = record.versions.values_list("digest", flat=True).get(number=record.latest_number)
    return f"{record.state}:{record.latest_number}:{bytes(digest).hex()}"


def _count(
    counts: Counter[Forecast], record: Record, of: str, until: date, rule: Retention | None, waits_for: str
) -> None:
    then = rule.then if rule else "delete"
    counts[Forecast(record.programme, record.type, str(of), until, then, str(waits_for))] += 1


def _log(record: Record, event: str, at: datetime, by: Actor, **facts: str) -> None:
    audit.record(event, by=by.signature(), at=at, subject_id=record.subject_id, record_id=record.pk, facts=facts)


def _log_measure(measure: Measure, at: datetime, by: Actor) -> None:
    audit.record(
        "measure.lifted",
        by=by.signature(),
        at=at,
        subject_id=measure.subject_id,
        record_id=measure.record_id,
        facts={"measure": f"{measure.type}:{measure.pk}"},
    )
