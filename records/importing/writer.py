"""Rows, notices and log entries of the lines that were accepted. Nothing here decides whether to accept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts import post
from accounts.actors import Actor
from accounts.models import Contact
from audit import bulk
from audit.bulk import Note
from audit.ids import uuid7
from delivery import rendering
from delivery.addressee import BY_MAIL, Ways
from delivery.models import MailState, NotPossible
from delivery.operations import WORKER
from delivery.wake import wake
from records import operations as records
from records.catalogue import ParsedMeasure
from records.importing.decide import Decided, Outcome
from records.importing.known import Known, KnownRecord, disputed, measures_of
from records.importing.people import People
from records.importing.rows import (
    ContentRow,
    LetterRow,
    MeasureRow,
    MessageRow,
    RecordRow,
    Rows,
    SourceChangeRow,
    VersionRow,
)
from records.models import MeasureState, Record, RecordState, SourceChangeKind, SourceChangeState, VersionCause
from records.recipients import Told as Change

NO_LAW = {"en": "no law was found for it", "zh": "未找到法律依据"}


class Overtaken(Exception):
    """Somebody else changed a record or an address between our look and our lock; decide again."""


class Told(NamedTuple):
    """How many notices were made, and of how many nobody could be told."""

    notices: int
    untold: int


@dataclass(frozen=True, slots=True)
class Entry:
    """By whom, when and how data is entered."""

    by: Actor
    at: datetime
    run_id: UUID | None = None
    file_sha256: bytes = b""


class Writer:
    """Collects the rows of one batch and writes them in one go."""

    def __init__(self, programme: str, entry: Entry, known: Known, people: People, rows: Rows) -> None:
        self._programme = programme
        self._entry = entry
        self._known = known
        self._people = people
        self._rows = rows
        self._notes: list[Note] = []
        self._mailed: set[UUID] = set()
        self._ways: Mapping[UUID, Ways] = {}  # of those to whom letters go
        self._notices = self._untold = 0
        self._imposed: dict[tuple[UUID, str, date], UUID] = {}
        self._ends: dict[UUID, date] = {}  # of several the last one is the earliest
        self._latest: dict[UUID, Decided] = {}  # the last line of the batch that adds a version, by record

    def write(self, decided: Sequence[Decided]) -> Told:
        """Write everything that these lines bring. Raises `Overtaken`."""
        self._latest = {one.record_id: one for one in decided if one.number}
        self._ways = post.ways_of_many({one.person.id for one in decided}, self._entry.at)
        there = {record.id: record for record in self._known.records.values()}
        _lock([there[one.record_id] for one in decided if one.record_id in there and one.writes])
        if touched := {one.record_id for one in decided if one.returns or (one.ends and not one.waits)}:
            records.lock_measures_on(touched)  # at once, before the first of them is changed
        self._put_back([one for one in decided if one.returns])
        self._answer([one for one in decided if one.waits or one.reverts])
        for one in decided:
            self._add(one)
        self._people.collect_contacts()
        for subject_id, source_id in self._people.disagreements:
            self._notes.append(Note("contact.disputed", subject_id, None, {"source": str(source_id)}))
        self._end_replaced()
        _move_on([one for record_id, one in self._latest.items() if record_id in there])
        self._rows.copy()
        if self._ends:
            entry = self._entry
            records.end_earlier(self._ends, records.Hand(entry.by.user_id, entry.by.key_id, entry.run_id))
        if changed := {one.record_id for one in decided if one.record_id in there and one.writes}:
            records.tell_recipients(changed, Change.CHANGED, at=self._entry.at)
        if self._notes:
            sealers = {one.person.id: one.person.sealer for one in decided}
            bulk.record_many(self._notes, by=self._entry.by.signature(), at=self._entry.at, sealers=sealers)
        if self._mailed:
            wake(WORKER)
        return Told(self._notices, self._untold)

    def _add(self, one: Decided) -> None:
        if one.new_contact:
            self._notes.append(Note("contact.added", one.person.id, None, {"origin": Contact.Origin.FEED}))
        if one.outcome is Outcome.CREATED:
            self._add_record(one)
        if one.number:
            self._add_version(one, one.number)
        for measure in one.measures:
            self._add_measure(one, measure)
        for measure in () if one.waits else one.ends:
            self._end_measure(one, measure)

    def _add_record(self, one: Decided) -> None:
        line, latest = one.candidate.line, self._latest[one.record_id]
        self._rows.add(
            RecordRow(
                id=one.record_id,
                subject_id=one.person.id,
                programme=self._programme,
                type=line.type.id,
                source_id=self._known.sources[line.source].pk,
                source_ref=line.source_ref,
                adverse=latest.candidate.line.adverse,
                state=RecordState.CURRENT,
                latest_number=latest.number or 1,
                created_at=self._entry.at,
            )
        )

    def _add_version(self, one: Decided, number: int) -> None:
        version_id, line, entry = uuid7(), one.candidate.line, self._entry
        self._rows.add(
            VersionRow(
                id=version_id,
                record_id=one.record_id,
                subject_id=one.person.id,
                number=number,
                cause=VersionCause.SUPPLIED,
                method=line.provenance.method,
                digest=one.candidate.digest,
                valid_from=line.valid_from,
                valid_to=line.valid_to,
                recorded_at=entry.at,
                entered_by_id=entry.by.user_id,
                entered_with_id=entry.by.key_id,
                entered_in_id=entry.run_id,
            )
        )
        sealed = one.person.sealer.seal(one.candidate.packed)
        self._rows.add(ContentRow(version_id, one.person.id, one.record_id, sealed))
        notice = "none"
        if line.adverse:
            notice = self._tell(one, "record_changed" if one.known else "record_added")
        state = f"{RecordState.CURRENT}:{number}:{one.candidate.digest.hex()}"
        event = "record.version_added" if one.known else "record.imported"
        self._notes.append(Note(event, one.person.id, one.record_id, {"state_after": state, "notice": notice}))

    def _put_back(self, returning: Sequence[Decided]) -> None:
        """Records that their source withdrew and now sends again, with those measures that it sends again."""
        lines = {one.record_id: one for one in returning}  # once each: a later line finds its record in the file
        measures = {pk: {(it.type.id, it.from_on) for it in one.candidate.line.measures} for pk, one in lines.items()}
        for back in records.bring_back(measures, at=self._entry.at) if lines else ():
            one = lines[back.record_id]
            for measure in back.measures:
                self._notes.append(Note("measure.restored", one.person.id, one.record_id, {"measure": measure}))
            said = {"state_before": back.state_before, "state_after": back.state_after}
            said["notice"] = self._tell(one, "record_returned")
            self._notes.append(Note("record.returned", one.person.id, one.record_id, said))

    def _answer(self, answers: Sequence[Decided]) -> None:
        """Store what waits for the decision of a dispute; of several the last one counts."""
        if not answers:
            return
        records.replace_waiting({one.record_id for one in answers}, at=self._entry.at)
        last = {one.record_id: one for one in answers}
        for one in answers:
            if one.waits:
                self._add_waiting(one, is_last=last[one.record_id] is one)
            else:
                facts = {"answer": "change", "outcome": SourceChangeState.REPLACED}
                self._notes.append(Note("record.answer_settled", one.person.id, one.record_id, facts))

    def _add_waiting(self, one: Decided, *, is_last: bool) -> None:
        change_id, line, entry = uuid7(), one.candidate.line, self._entry
        self._rows.add(
            SourceChangeRow(
                id=change_id,
                record_id=one.record_id,
                subject_id=one.person.id,
                kind=SourceChangeKind.CHANGE,
                state=SourceChangeState.WAITING if is_last else SourceChangeState.REPLACED,
                digest=one.candidate.digest,
                sealed=one.person.sealer.seal(one.candidate.packed),
                method=line.provenance.method,
                adverse=line.adverse,
                ends=one.waiting.ends,
                valid_from=line.valid_from,
                valid_to=line.valid_to,
                received_at=entry.at,
                entered_by_id=entry.by.user_id,
                entered_with_id=entry.by.key_id,
                entered_in_id=entry.run_id,
                settled_at=None if is_last else entry.at,
            )
        )
        facts = {"answer": f"{SourceChangeKind.CHANGE}:{change_id}", "notice": self._tell(one, "source_answered")}
        self._notes.append(Note("record.answered", one.person.id, one.record_id, facts))

    def _add_measure(self, one: Decided, measure: ParsedMeasure) -> None:
        measure_id, type_id, entry = uuid7(), measure.type.id, self._entry
        self._imposed[one.record_id, *measure.key] = measure_id
        self._rows.add(
            MeasureRow(
                id=measure_id,
                record_id=one.record_id,
                subject_id=one.person.id,
                type=type_id,
                from_on=measure.from_on,
                to_on=measure.to_on,
                state=MeasureState.IN_FORCE,
                imposed_at=entry.at,
                entered_by_id=entry.by.user_id,
                entered_with_id=entry.by.key_id,
                entered_in_id=entry.run_id,
            )
        )
        notice = self._tell(one, "measure_imposed", measure_id, measure)
        facts = {"measure": f"{type_id}:{measure_id}", "notice": notice}
        self._notes.append(Note("measure.imposed", one.person.id, one.record_id, facts))

    def _end_measure(self, one: Decided, measure: ParsedMeasure) -> None:
        assert one.known and measure.to_on
        measure_id = one.known.measures[measure.key].id or self._imposed[one.record_id, *measure.key]
        self._ends[measure_id] = measure.to_on
        notice = self._tell(one, "measure_shortened", measure_id, measure)
        facts = {"measure": f"{measure.type.id}:{measure_id}", "ends_on": measure.to_on.isoformat(), "notice": notice}
        self._notes.append(Note("measure.shortened", one.person.id, one.record_id, facts))

    def _tell(
        self, one: Decided, kind: str, measure_id: UUID | None = None, measure: ParsedMeasure | None = None
    ) -> str:
        """Add a notice; returns how it reaches the person. One mail a batch for each: the rest stands in the inbox."""
        person, at = one.person.id, self._entry.at
        ways = self._ways.get(person, BY_MAIL)
        reachable = ways.letter or one.person.is_reachable
        mail = ways.mail and one.person.is_reachable and person not in self._mailed
        line = one.candidate.line
        params: dict[str, Any] = {
            "type": line.type.title.as_dict(),
            "source": self._known.sources[line.source].name,
            "basis": line.type.basis.words.as_dict(),
        }
        if measure:
            params |= {
                "measure": measure.type.title.as_dict(),
                "from_on": measure.from_on.isoformat(),
                **({"until_on": measure.to_on.isoformat()} if measure.to_on else {}),
                "basis": NO_LAW if measure.type.basis == "none" else measure.type.basis.words.as_dict(),
            }
        rendering.check_params(kind, params)
        message_id = uuid7()
        self._rows.add(
            MessageRow(
                id=message_id,
                kind=kind,
                subject_id=person,
                record_id=one.record_id,
                measure_id=measure_id,
                params=params,
                not_possible="" if reachable else NotPossible.NO_CONTACT,
                created_at=at,
                mail_state=MailState.WAITING if mail else MailState.NONE,
                tries=0,
                next_try_at=at if mail else None,
                last_error="",
            )
        )
        if ways.letter:  # each of them: whoever has only letters has no inbox where the rest would stand
            self._rows.add(LetterRow(uuid7(), message_id, person, at))
        self._notices += 1
        self._untold += not reachable
        if mail:
            self._mailed.add(person)
        if ways.letter:
            return "letter"
        return "mail" if mail else "inbox" if reachable else NotPossible.NO_CONTACT

    def _end_replaced(self) -> None:
        replaced = Contact.objects.filter(pk__in=self._people.replaced)
        still_so = replaced.filter(confirmed_at__isnull=True, ended_at__isnull=True)
        if still_so.update(ended_at=self._entry.at) != len(self._people.replaced):
            raise Overtaken


def _lock(known: Sequence[KnownRecord]) -> None:
    """Lock the records that will change, in one order, and see that they still are as we decided about them."""
    if not known:
        return
    locked = Record.objects.select_for_update(no_key=True).filter(pk__in=[one.id for one in known]).order_by("pk")
    columns = ("pk", "latest_number", "state", "subject_id")
    now = {pk: (number, state, subject) for pk, number, state, subject in locked.values_list(*columns)}
    measures = measures_of(now)
    there = {one.id: (one.number, one.state, one.subject_id) for one in known}
    if now != there or any(measures[one.id] != one.measures for one in known):
        raise Overtaken
    if disputed(now) != {one.id for one in known if one.disputed}:
        raise Overtaken


def _move_on(changed: Sequence[Decided]) -> None:
    """Point the records to their new versions, and say whether these are adverse."""
    if not changed:
        return
    ids, numbers = [one.record_id for one in changed], [one.number for one in changed]
    adverse = [one.candidate.line.adverse for one in changed]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE records_record SET latest_number = new.number, adverse = new.adverse"
            " FROM unnest(%s::uuid[], %s::integer[], %s::boolean[]) AS new (id, number, adverse)"
            " WHERE records_record.id = new.id",
            [ids, numbers, adverse],
        )
