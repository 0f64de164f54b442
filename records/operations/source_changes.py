"""What a source does to records that are in the file: it takes them back, and answers a dispute by what it sends.

# Note [An answer waits]
What a source sends about a record while a case has it marked as disputed is its answer to the dispute. It
changes nothing yet, and it moots nothing: it is stored beside the record, shown to whoever decides, and told
to the person. When the marks end, the outcome governs. Where the case changed the record, the answer
is set aside: the source was told of the decision, and a feed that still says otherwise is checked like
any other. Where it changed nothing (rejected, or withdrawn by the person), the answer is made.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from accounts.actors import Actor
from audit import operations as audit
from delivery import operations as delivery
from delivery.models import MailState
from records import catalogue, queries
from records.models import (
    Content,
    Mark,
    Measure,
    MeasureState,
    Record,
    RecordState,
    SourceChange,
    SourceChangeKind,
    SourceChangeState,
    SourceWithdrawal,
    Version,
    VersionCause,
)
from records.operations.endings import end_earlier
from records.operations.hand import Hand
from records.operations.recipients import tell_recipients
from records.recipients import Told


class TakenBack(NamedTuple):
    """A record that left the file, with its state before and after as the log keeps it, and the measures that ended."""

    record_id: UUID
    subject_id: UUID
    state_before: str
    state_after: str
    measures: tuple[str, ...]


class BroughtBack(NamedTuple):
    """A record that is in the file again, with its state before and after, and the measures that stand again."""

    record_id: UUID
    state_before: str
    state_after: str
    measures: tuple[str, ...]


_STANDING: Final = ("state", "lifted_at", "ended_by_withdrawal", "suspended_by_case", "resumes_on")


def take_back(record_ids: Collection[UUID], hand: Hand, *, at: datetime) -> list[TakenBack]:
    """Take records out of the file and end their measures, reversibly; returns those that were in it.

    For callers that hold the locks of these records and write the log entries and notices: six queries, however many.
    """
    records = list(Record.objects.filter(pk__in=record_ids, state=RecordState.CURRENT).order_by("pk"))
    ids = [record.pk for record in records]
    before = {record.pk: _state(record, digest) for record, digest in _with_digests(records)}
    measures: dict[UUID, list[Measure]] = {pk: [] for pk in ids}
    for measure in lock_measures_on(ids):
        if measure.state != MeasureState.LIFTED:
            measures[measure.record_id].append(measure)
    SourceWithdrawal.objects.bulk_create(
        SourceWithdrawal(
            record=record,
            subject_id=record.subject_id,
            before={"measures": {str(each.pk): _measure_before(each) for each in measures[record.pk]}},
            withdrawn_at=at,
            entered_by_id=hand.entered_by,
            entered_with_id=hand.entered_with,
            entered_in_id=hand.entered_in,
        )
        for record in records
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE records_measure SET state = 'lifted', lifted_at = %s, suspended_by_case = NULL, resumes_on = NULL,"
            " ended_by_withdrawal = w.id FROM records_sourcewithdrawal AS w"
            " WHERE w.record_id = records_measure.record_id AND w.returned_at IS NULL"
            " AND records_measure.record_id = ANY(%s) AND records_measure.state <> 'lifted'",
            [at, ids],
        )
    Record.objects.filter(pk__in=ids).update(state=RecordState.WITHDRAWN)
    tell_recipients(ids, Told.WITHDRAWN, at=at)
    return [
        TakenBack(
            record.pk,
            record.subject_id,
            before[record.pk],
            f"{RecordState.WITHDRAWN}:{before[record.pk].partition(':')[2]}",
            tuple(f"{each.type}:{each.pk}" for each in measures[record.pk]),
        )
        for record in records
    ]


def bring_back(returning: Mapping[UUID, Collection[tuple[str, date]] | None], *, at: datetime) -> list[BroughtBack]:
    """Put withdrawn records back into the file; returns those that were withdrawn.

    All measures that a withdrawal ended stand again as they did (None), or those among the given (type and first day).
    For callers that hold the locks of these records and write the log entries and notices: a fixed number of queries.
    """
    records = list(Record.objects.filter(pk__in=returning, state=RecordState.WITHDRAWN).order_by("pk"))
    open_ = SourceWithdrawal.objects.filter(record__in=[record.pk for record in records], returned_at__isnull=True)
    withdrawals = {each.record_id: each for each in open_}
    records = [record for record in records if record.pk in withdrawals]
    ids = [record.pk for record in records]
    before = {record.pk: _state(record, digest) for record, digest in _with_digests(records)}
    restored: dict[UUID, list[Measure]] = {pk: [] for pk in ids}
    for measure in lock_measures_on(ids):
        withdrawal, wanted = withdrawals[measure.record_id], returning[measure.record_id]
        if measure.ended_by_withdrawal != withdrawal.pk:
            continue
        if wanted is None or (measure.type, measure.from_on) in wanted:
            _stand_again(measure, withdrawal.before["measures"][str(measure.pk)])
            restored[measure.record_id].append(measure)
    everything = [measure for each in restored.values() for measure in each]
    Measure.objects.bulk_update(everything, _STANDING, batch_size=1000)
    SourceWithdrawal.objects.filter(pk__in=[withdrawals[pk].pk for pk in ids]).update(returned_at=at)
    Record.objects.filter(pk__in=ids).update(state=RecordState.CURRENT)
    tell_recipients(ids, Told.RESTORED, at=at)
    return [
        BroughtBack(
            record.pk,
            before[record.pk],
            f"{RecordState.CURRENT}:{before[record.pk].partition(':')[2]}",
            tuple(f"{each.type}:{each.pk}" for each in restored[record.pk]),
        )
        for record in records
    ]


@transaction.atomic
def put_back(record_id: UUID, *, by: Actor, at: datetime, mailed: set[UUID] | None = None) -> bool:
    """One record of `bring_back` with all its measures, with log entries and the notice to its person.

    False if it is not withdrawn. `mailed`: who has had a mail already of several that come back together; whoever
    gets one now is added.
    """
    record = Record.objects.select_for_update(no_key=True).get(pk=record_id)
    back = bring_back({record_id: None}, at=at)
    for one in back:
        for measure in one.measures:
            _log(record, "measure.restored", by=by, at=at, measure=measure)
        notice = _tell(record, "record_returned", at=at, mailed=mailed)
        before, after = one.state_before, one.state_after
        _log(record, "record.returned", by=by, at=at, state_before=before, state_after=after, notice=notice)
    return bool(back)


@transaction.atomic
def withdraw(record_id: UUID, hand: Hand, *, by: Actor, at: datetime) -> bool:
    """One record of `take_back`, with its log entries and the notice to its person. False if it was not in the file."""
    record = Record.objects.select_for_update(no_key=True).get(pk=record_id)
    taken = take_back([record_id], hand, at=at)
    for one in taken:
        for measure in one.measures:
            _log(record, "measure.lifted", by=by, at=at, measure=measure)
        notice = _tell(record, "record_withdrawn", at=at)
        before, after = one.state_before, one.state_after
        _log(record, "record.withdrawn", by=by, at=at, state_before=before, state_after=after, notice=notice)
    return bool(taken)


def lock_records(record_ids: Iterable[UUID]) -> list[UUID]:
    """Lock these records until the transaction ends, in one order (architecture.md, "Locks"); returns their ids."""
    locked = Record.objects.select_for_update(no_key=True).filter(pk__in=set(record_ids)).order_by("pk")
    return list(locked.values_list("pk", flat=True))


def lock_measures_on(record_ids: Iterable[UUID]) -> list[Measure]:
    """The measures on these records as they are, locked until the transaction ends, in the order of all measures."""
    on_these = Measure.objects.select_for_update(no_key=True).filter(record_id__in=set(record_ids))
    return list(on_these.order_by("pk"))


def replace_waiting(record_ids: Collection[UUID], *, at: datetime) -> None:
    """What waited for a decision about these records waits no more: the source has sent something else."""
    if record_ids:
        waiting = SourceChange.objects.filter(record__in=list(record_ids), state=SourceChangeState.WAITING)
        waiting.update(state=SourceChangeState.REPLACED, settled_at=at)


@transaction.atomic
def settle_answers(record_ids: Iterable[UUID], *, made: bool, case_id: UUID, by: Actor, at: datetime) -> None:
    """A case is over for these records: make what their sources sent meanwhile, or set it aside.

    Nothing is made while another case has the record marked. Note [An answer waits]. The caller holds the locks of
    the records: what waits may be replaced, or settled by another case, until it has them.
    """
    ids = list(record_ids)
    records = {record.pk: record for record in Record.objects.filter(pk__in=ids).select_related("source")}
    waiting = SourceChange.objects.filter(record_id__in=ids, state=SourceChangeState.WAITING)
    for change in waiting.order_by("record_id"):
        record = records[change.record_id]
        if made and Mark.objects.filter(record=record, ended_at__isnull=True).exists():
            continue
        is_made = made and record.state == RecordState.CURRENT
        if is_made:
            _MAKE[SourceChangeKind(change.kind)](record, change, by=by, at=at)
        change.state = SourceChangeState.APPLIED if is_made else SourceChangeState.SET_ASIDE
        change.settled_at, change.case_id = at, case_id
        change.save(update_fields=["state", "settled_at", "case_id"])
        answer = f"{change.kind}:{change.pk}"
        _log(record, "record.answer_settled", by=by, at=at, case_id=case_id, answer=answer, outcome=change.state)
        if not is_made:
            delivery.tell_organisation(
                record.source_id,
                "source_told_set_aside",
                at=at,
                case_id=case_id,
                record_id=record.pk,
                params={"source_ref": record.source_ref, "type": queries.record_title(record), "state": change.state},
            )


def _make_change(record: Record, change: SourceChange, *, by: Actor, at: datetime) -> None:
    """What the source sent, as if it came now: by the hand that sent it."""
    assert change.digest is not None
    mailed: set[UUID] = set()
    is_other = bytes(queries.latest_version(record).digest) != bytes(change.digest)
    if is_other:
        _add_version(record, change, by=by, at=at, mailed=mailed)
    days = {UUID(pk): date.fromisoformat(said["to"]) for pk, said in change.ends.items()}
    ended = end_earlier(days, _hand_of(change)) if days else []
    for measure in ended:
        _log_end(record, measure, by=by, at=at, mailed=mailed)
    if is_other or ended:
        tell_recipients([record.pk], Told.CHANGED, at=at, case_id=change.case_id)


def _add_version(record: Record, change: SourceChange, *, by: Actor, at: datetime, mailed: set[UUID]) -> None:
    assert change.sealed is not None
    assert change.digest is not None
    version = Version.objects.create(
        record=record,
        subject_id=record.subject_id,
        number=record.latest_number + 1,
        cause=VersionCause.SUPPLIED,
        method=change.method,
        digest=change.digest,
        valid_from=change.valid_from,
        valid_to=change.valid_to,
        recorded_at=at,
        entered_by_id=change.entered_by_id,
        entered_with_id=change.entered_with_id,
        entered_in_id=change.entered_in_id,
    )
    Content.objects.create(version=version, subject_id=record.subject_id, record=record, sealed=bytes(change.sealed))
    record.latest_number, record.adverse = version.number, change.adverse
    record.save(update_fields=["latest_number", "adverse"])
    notice = _tell(record, "record_changed", at=at, mailed=mailed) if change.adverse else "none"
    _log(record, "record.version_added", by=by, at=at, state_after=_state_now(record), notice=notice)


def _log_end(record: Record, measure: Measure, *, by: Actor, at: datetime, mailed: set[UUID]) -> None:
    assert measure.to_on
    day = measure.to_on.isoformat()
    title = queries.measure_title(measure)
    notice = _tell(record, "measure_shortened", at=at, mailed=mailed, measure=title, until_on=day)
    named = f"{measure.type}:{measure.pk}"
    _log(record, "measure.shortened", by=by, at=at, measure=named, ends_on=day, notice=notice)


def _make_withdrawal(record: Record, change: SourceChange, *, by: Actor, at: datetime) -> None:
    withdraw(record.pk, _hand_of(change), by=by, at=at)


def _hand_of(change: SourceChange) -> Hand:
    return Hand(change.entered_by_id, change.entered_with_id, change.entered_in_id)


_MAKE = {SourceChangeKind.CHANGE: _make_change, SourceChangeKind.WITHDRAWAL: _make_withdrawal}


def _tell(record: Record, kind: str, *, at: datetime, mailed: set[UUID] | None = None, **more: Any) -> str:
    """Tell the person; returns how it reaches them, as the log keeps it. One mail for each, where `mailed` is kept.

    `more`: what else the sentences of this kind need.
    """
    mail = record.subject_id not in (mailed or ())
    type_ = catalogue.programme(record.programme).types[record.type]
    message = delivery.tell_subject(
        record.subject_id,
        kind,
        at=at,
        mail=mail,
        record_id=record.pk,
        params={
            "type": type_.title.as_dict(),
            "source": record.source.name,
            "basis": type_.basis.words.as_dict(),
            **more,
        },
    )
    is_mailed = message.mail_state == MailState.WAITING
    if mailed is not None and is_mailed:  # whoever gets letters instead gets one for each
        mailed.add(record.subject_id)
    return str(message.not_possible) or ("mail" if is_mailed else "letter" if mail else "inbox")


def _stand_again(measure: Measure, before: dict[str, Any]) -> None:
    """Set the columns of `_STANDING` to what stood before; the caller saves them."""
    measure.state, measure.lifted_at, measure.ended_by_withdrawal = before["state"], None, None
    measure.suspended_by_case = UUID(before["suspended_by_case"]) if before["suspended_by_case"] else None
    measure.resumes_on = date.fromisoformat(before["resumes_on"]) if before["resumes_on"] else None


def _measure_before(measure: Measure) -> dict[str, str | None]:
    return {
        "state": measure.state,
        "suspended_by_case": str(measure.suspended_by_case) if measure.suspended_by_case else None,
        "resumes_on": measure.resumes_on.isoformat() if measure.resumes_on else None,
    }


def _with_digests(records: Collection[Record]) -> list[tuple[Record, bytes]]:
    latest = Version.objects.filter(record__in=[record.pk for record in records], number=F("record__latest_number"))
    digests = dict(latest.values_list("record_id", "digest"))
    return [(record, bytes(digests[record.pk])) for record in records]


def _state_now(record: Record) -> str:
    return _state(record, bytes(queries.latest_version(record).digest))


def _state(record: Record, digest: bytes) -> str:
    return f"{record.state}:{record.latest_number}:{digest.hex()}"


def _log(record: Record, event: str, *, by: Actor, at: datetime, case_id: UUID | None = None, **facts: str) -> None:
    audit.record(
        event,
        by=by.signature(),
        at=at,
        subject_id=record.subject_id,
        record_id=record.pk,
        case_id=case_id,
        facts=facts,
    )
