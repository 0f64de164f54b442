"""What a decision does to the data. Every remedy returns what an undo needs; do then undo gives the same state."""

from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from audit import operations as audit
from records import catalogue, content, queries
from records.content import Said
from records.models import (
    Content,
    Measure,
    MeasureState,
    Record,
    RecordState,
    SourceWithdrawal,
    Version,
    VersionCause,
)
from records.operations import purge_clock
from records.operations.recipients import tell_recipients
from records.recipients import Told


class ValueRefused(Exception):
    """The new value does not fit the catalogue: the programme file says what this field may hold."""


class NothingLeft(Exception):
    """What the record said has been destroyed: its deletion cannot be taken back any more."""


class MeasureBefore(TypedDict):
    state: str
    suspended_by_case: str | None
    resumes_on: str | None


class Before(TypedDict, total=False):
    """What stood before a remedy, in codes and ids; never a personal value."""

    record: str
    state: str
    version: int
    measures: dict[str, MeasureBefore]


def check_correction(record: Record, field: str, value: Any) -> None:
    """Raise `ValueRefused` unless the catalogue lets `field` of this record be corrected to `value`."""
    kind = catalogue.programme(record.programme).types[record.type]
    if field not in kind.correctable:
        raise ValueRefused(_("This field cannot be corrected."))
    if refusals := kind.check_field(field, value):
        raise ValueRefused(_(refusals[0].sentence) % refusals[0].params)


@transaction.atomic
def correct(record_id: UUID, field: str, value: Any, *, case_id: UUID, by: Actor, at: datetime) -> Before:
    """Append a version in which `field` says `value`. The earlier versions stay as they were."""
    record = _lock(record_id)
    check_correction(record, field, value)
    latest = queries.latest_version(record)
    said = queries.latest_content(record)
    before: Before = {"record": str(record_id), "version": latest.number, "measures": {}}
    values = {**said.values, field: value}
    _append(record, latest, Said(values, said.provenance), VersionCause.CORRECTED, case_id=case_id, by=by, at=at)
    tell_recipients([record_id], Told.CORRECTED, at=at, case_id=case_id)
    return before


@transaction.atomic
def delete(record_id: UUID, *, case_id: UUID, by: Actor, at: datetime) -> Before:
    """Take the record out of the file at once and end its measures. The content stays sealed until it is purged."""
    before = _take_out(record_id, RecordState.SEALED, "record.sealed", case_id=case_id, by=by, at=at)
    purge_clock.start(Record.objects.get(pk=record_id), at=at)
    tell_recipients([record_id], Told.DELETED, at=at, case_id=case_id)
    return before


@transaction.atomic
def detach(record_id: UUID, *, case_id: UUID, by: Actor, at: datetime) -> Before:
    """The record is about somebody else: it leaves this subject's view and measures, and goes to nobody by itself."""
    before = _take_out(record_id, RecordState.DETACHED, "record.detached", case_id=case_id, by=by, at=at)
    tell_recipients([record_id], Told.DETACHED, at=at, case_id=case_id)
    return before


@transaction.atomic
def lift(measure_id: UUID, *, case_id: UUID, by: Actor, at: datetime) -> Before:
    """End one measure. The record that it rests on stays."""
    record = _lock(Measure.objects.values_list("record_id", flat=True).get(pk=measure_id))
    measures = [m for m in _measures(record) if m.pk == measure_id and m.state != MeasureState.LIFTED]
    before: Before = {"record": str(record.pk), "measures": {str(m.pk): _measure_before(m) for m in measures}}
    _lift(measures, case_id=case_id, by=by, at=at)
    if measures:
        tell_recipients([record.pk], Told.MEASURE_LIFTED, at=at, case_id=case_id)
    if not measures:  # it was lifted already: say so in the log, so that the remedy has its entry
        _log(record, "measure.lifted", by=by, at=at, case_id=case_id, measure=str(measure_id))
    return before


@transaction.atomic
def undo(before: Before, *, case_id: UUID, by: Actor, at: datetime) -> None:
    """Restore what stood before a remedy: the record's state, what its latest version said, its measures.

    Raises `NothingLeft` once the content was purged.
    """
    record = _lock(UUID(before["record"]))
    was = _digest_of_state(record)
    if "state" in before:
        if queries.latest_version(record).content.sealed is None:
            raise NothingLeft
        record.state = before["state"]
        if record.state == RecordState.SEALED:  # what an earlier decision deleted stays deleted, and is purged
            purge_clock.start(record, at=at)
        else:
            purge_clock.stop(record)
        record.save(update_fields=["state"])
    if "version" in before:
        like, said = _without_correction(record, before["version"])
        _append(record, like, said, VersionCause.RESTORED, case_id=case_id, by=by, at=at)
    for measure in _measures(record):
        if restored := before.get("measures", {}).get(str(measure.pk)):
            if record.state == RecordState.WITHDRAWN:
                _keep_for_return(record, measure, restored)
            else:
                _restore(measure, restored)
            _log(record, "measure.restored", by=by, at=at, case_id=case_id, measure=str(measure.pk))
    _log(
        record,
        "record.restored",
        by=by,
        at=at,
        case_id=case_id,
        state_before=was,
        state_after=_digest_of_state(record),
    )
    tell_recipients([record.pk], Told.RESTORED, at=at, case_id=case_id)


def current_state(record_id: UUID) -> dict[str, Any]:
    """What counts as the present state of a record: used to show that undoing restores it."""
    record = Record.objects.get(pk=record_id)
    latest = queries.latest_version(record)
    said = queries.latest_content(record)
    return {
        "state": record.state,
        "values": said.values,
        "provenance": said.provenance,
        "valid": (latest.valid_from, latest.valid_to),
        "measures": {m.pk: (m.state, m.suspended_by_case, m.resumes_on) for m in _measures(record)},
    }


def _take_out(record_id: UUID, state: RecordState, event: str, *, case_id: UUID, by: Actor, at: datetime) -> Before:
    record = _lock(record_id)
    was = _digest_of_state(record)
    measures = [m for m in _measures(record) if m.state != MeasureState.LIFTED]
    before: Before = {
        "record": str(record_id),
        "state": record.state,
        "measures": {str(m.pk): _measure_before(m) for m in measures},
    }
    record.state = state
    record.save(update_fields=["state"])
    _lift(measures, case_id=case_id, by=by, at=at)
    _log(record, event, by=by, at=at, case_id=case_id, state_before=was, state_after=_digest_of_state(record))
    return before


def _without_correction(record: Record, number: int) -> tuple[Version, Said]:
    """What the record would say if what version `number` said had not been corrected by the next one.

    A later version of the source keeps what it says of other fields, and of this one where it changed it too.
    """
    versions = record.versions.select_related("content").filter(number__in=(number, number + 1, record.latest_number))
    old, corrected, *latest = versions.order_by("number")
    was, became = queries.open_content(old.content), queries.open_content(corrected.content)
    if not latest:
        return old, was
    now = queries.open_content(latest[0].content)
    values = dict(now.values)
    for name in was.values.keys() | became.values.keys():
        was_corrected = was.values.get(name) != became.values.get(name)
        if was_corrected and now.values.get(name) == became.values.get(name):
            values.pop(name, None)
            values |= {name: was.values[name]} if name in was.values else {}
    return latest[0], Said(values, now.provenance)


def _append(
    record: Record, like: Version, said: Said, cause: VersionCause, *, case_id: UUID, by: Actor, at: datetime
) -> None:
    was = _digest_of_state(record)
    version = Version.objects.create(
        record=record,
        subject_id=record.subject_id,
        number=record.latest_number + 1,
        cause=cause,
        method=like.method,
        digest=content.digest(said, like.valid_from, like.valid_to),
        valid_from=like.valid_from,
        valid_to=like.valid_to,
        recorded_at=at,
        entered_by_id=by.user_id,
        case_id=case_id,
    )
    Content.objects.create(
        version=version,
        subject_id=record.subject_id,
        record=record,
        sealed=content.seal(record.subject_id, said),
    )
    record.latest_number = version.number
    record.save(update_fields=["latest_number"])
    event = "record.corrected" if cause == VersionCause.CORRECTED else "record.restored"
    _log(record, event, by=by, at=at, case_id=case_id, state_before=was, state_after=_digest_of_state(record))


def _lift(measures: list[Measure], *, case_id: UUID, by: Actor, at: datetime) -> None:
    for measure in measures:
        measure.state, measure.lifted_at = MeasureState.LIFTED, at
        measure.suspended_by_case = measure.resumes_on = None
        measure.save(update_fields=["state", "lifted_at", "suspended_by_case", "resumes_on"])
        _log(measure.record, "measure.lifted", by=by, at=at, case_id=case_id, measure=str(measure.pk))


def _restore(measure: Measure, before: MeasureBefore) -> None:
    measure.state, measure.lifted_at = before["state"], None
    measure.suspended_by_case = UUID(before["suspended_by_case"]) if before["suspended_by_case"] else None
    measure.resumes_on = datetime.fromisoformat(before["resumes_on"]).date() if before["resumes_on"] else None
    measure.save(update_fields=["state", "lifted_at", "suspended_by_case", "resumes_on"])


def _keep_for_return(record: Record, measure: Measure, before: MeasureBefore) -> None:
    """The source has taken the record back meanwhile: the measure stands again when the record does."""
    withdrawal = SourceWithdrawal.objects.select_for_update(no_key=True).get(record=record, returned_at__isnull=True)
    withdrawal.before["measures"][str(measure.pk)] = before
    withdrawal.save(update_fields=["before"])
    measure.ended_by_withdrawal = withdrawal.pk
    measure.save(update_fields=["ended_by_withdrawal"])


def _measure_before(measure: Measure) -> MeasureBefore:
    return {
        "state": measure.state,
        "suspended_by_case": str(measure.suspended_by_case) if measure.suspended_by_case else None,
        "resumes_on": measure.resumes_on.isoformat() if measure.resumes_on else None,
    }


def _lock(record_id: UUID) -> Record:
    return Record.objects.select_for_update(no_key=True).get(pk=record_id)


def _measures(record: Record) -> list[Measure]:
    return list(record.measures.select_for_update(no_key=True).order_by("pk"))


def _digest_of_state(record: Record) -> str:
    digest = queries.latest_version(record).digest
    return f"{record.state}:{record.latest_number}:{bytes(digest).hex()}"


def _log(record: Record, event: str, *, by: Actor, at: datetime, case_id: UUID, **facts: str) -> None:
    audit.record(
        event,
        by=by.signature(),
        at=at,
        subject_id=record.subject_id,
        record_id=record.pk,
        case_id=case_id,
        facts=facts,
    )
