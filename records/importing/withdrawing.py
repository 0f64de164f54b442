"""Lines by which a source takes records back, a batch at a time.

They come in batches of their own (`run`), which are locked before they are looked at: nothing has to
be decided twice. What a record of these lines is about is not opened, nor asked.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn
from uuid import UUID

from django.db import transaction
from django.db.models.expressions import RawSQL

from accounts import post
from accounts.actors import Actor
from accounts.identifiers import gettext_noop
from accounts.models import Contact
from audit import bulk
from audit.bulk import Note
from delivery import letters
from delivery import operations as delivery
from delivery.addressee import BY_MAIL
from delivery.models import Message
from delivery.operations import WORKER
from delivery.wake import wake
from records import catalogue
from records import operations as records
from records.catalogue import ParsedWithdrawal, Refusal, Refused
from records.importing.doubts import take_back_doubtful
from records.importing.known import Reference, earlier_imports, reached_elsewhere, sealers_of
from records.importing.locks import take_turns
from records.models import (
    DoubtfulLine,
    DoubtState,
    Mark,
    Record,
    RecordState,
    SourceChange,
    SourceChangeKind,
    SourceChangeState,
    SourceWithdrawal,
)
from records.operations import Hand

_RECORDS_NAMED: Final = (
    "SELECT r.id FROM unnest(%s::text[], %s::text[]) AS named (code, ref)"
    " JOIN accounts_organisation o ON o.code = named.code"
    " JOIN records_record r ON r.source_id = o.id AND r.source_ref = named.ref"
)
_DOUBTS_NAMED: Final = (
    "SELECT d.id FROM unnest(%s::text[], %s::text[]) AS named (code, ref)"
    " JOIN accounts_organisation o ON o.code = named.code"
    " JOIN records_doubtfulline d ON d.source_id = o.id AND d.source_ref = named.ref AND d.state = 'waiting'"
)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A line that takes a record back."""

    number: int
    line: ParsedWithdrawal

    @property
    def reference(self) -> Reference:
        """By what the source names its record."""
        return self.line.source, self.line.source_ref


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a batch: the records by what happened to them, and the lines that were refused."""

    withdrawn: tuple[UUID, ...]
    waiting: tuple[UUID, ...]
    left: tuple[UUID, ...]  # nothing was left to do
    dropped: tuple[UUID, ...]  # no record yet: a line that waited, since it was not sure whom it was about
    refused: list[tuple[int, Sequence[Refusal]]]
    notices: int
    untold: int

    @property
    def record_ids(self) -> tuple[UUID, ...]:
        """All records that the lines named."""
        return (*self.withdrawn, *self.waiting, *self.left)


@transaction.atomic
def withdraw(
    programme: str,
    lines: Sequence[Withdrawal],
    *,
    by: Actor,
    at: datetime,
    run_id: UUID | None = None,
    file_sha256: bytes = b"",
) -> Done:
    """Take back what these lines name. What is disputed waits for the decision. A fixed number of queries."""
    take_turns({one.line.source for one in lines})
    known = _Known(programme, lines, earlier_imports(file_sha256, but=run_id))
    refused: list[tuple[int, Sequence[Refusal]]] = []
    take: dict[UUID, Record] = {}
    wait: dict[UUID, Record] = {}
    left: list[UUID] = []
    dropped: list[UUID] = []
    for one in lines:
        if doubts := known.doubts.pop(one.reference, ()):
            take_back_doubtful(doubts, by=by, at=at)
            if one.reference not in known.records:
                dropped.append(doubts[0].pk)
                continue
        try:
            record = known.checked(one, programme)
        except Refused as error:
            refused.append((one.number, error.refusals))
            continue
        if record.pk in take or record.pk in wait or known.is_done(one, record):
            left.append(record.pk)
        else:
            (wait if record.pk in known.disputed else take)[record.pk] = record
    telling = _Telling(at, {record.subject_id for record in (*take.values(), *wait.values())})
    hand = Hand(by.user_id, by.key_id, run_id)
    notes = [*_take(take, hand, telling), *_wait(wait, hand, telling)]
    if notes:
        telling.store()
        bulk.record_many(notes, by=by.signature(), at=at, sealers=known.sealers)
    told = len(telling.messages)
    return Done(tuple(take), tuple(wait), tuple(left), tuple(dropped), refused, told, telling.untold)


class _Known:
    """What the database knows about the records of a batch, which it locks."""

    def __init__(self, programme: str, lines: Sequence[Withdrawal], earlier: Mapping[UUID, int]) -> None:
        self.records = _locked(lines)
        self.doubts = _locked_doubts(programme, lines)
        ids = [record.pk for record in self.records.values()]
        self.sealers = sealers_of({record.subject_id for record in self.records.values()})
        open_marks = Mark.objects.filter(record__in=ids, ended_at__isnull=True)
        self.disputed = set(open_marks.values_list("record_id", flat=True))
        waiting = SourceChange.objects.filter(record__in=ids, kind=SourceChangeKind.WITHDRAWAL)
        self._answered = set(waiting.filter(state=SourceChangeState.WAITING).values_list("record_id", flat=True))
        self._read_before = max(earlier.values(), default=0)
        self._taken_before: set[UUID] = set()
        if earlier:
            for rows in (SourceWithdrawal.objects.filter(record__in=ids), waiting):
                self._taken_before |= set(rows.filter(entered_in__in=earlier).values_list("record_id", flat=True))

    def checked(self, one: Withdrawal, programme: str) -> Record:
        """The record that a line names. Raises `Refused`."""
        record = self.records.get(one.reference)
        if record is None:
            _refuse("source_ref", "unknown_ref", gettext_noop("Nothing is held here under this reference."))
        if (record.programme, record.type) != (programme, one.line.type.id):
            sentence = gettext_noop("This reference already names a record of another type or programme.")
            _refuse("source_ref", "duplicate_ref_other_type", sentence)
        if record.subject_id not in self.sealers:
            _refuse("source_ref", "subject_erased", gettext_noop("What was held about this subject has been erased."))
        return record

    def is_done(self, one: Withdrawal, record: Record) -> bool:
        """Whether nothing is left to do: it is out, its withdrawal waits, or this very line was taken in before."""
        said_before = one.number <= self._read_before and record.pk in self._taken_before
        return record.state != RecordState.CURRENT or record.pk in self._answered or said_before


def _named(lines: Sequence[Withdrawal], query: str) -> RawSQL:
    """The ids of what the lines name, as `query` finds them."""
    codes, refs = zip(*(one.reference for one in lines), strict=True)
    return RawSQL(query, [list(codes), list(refs)])  # noqa: S611  the queries stand above


def _locked_doubts(programme: str, lines: Sequence[Withdrawal]) -> dict[Reference, list[DoubtfulLine]]:
    """The lines that wait under these references: what was sent and taken back again waits for nobody."""
    named = _named(lines, _DOUBTS_NAMED)
    rows = DoubtfulLine.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=named, programme=programme)
    found: dict[Reference, list[DoubtfulLine]] = defaultdict(list)
    for row in rows.filter(state=DoubtState.WAITING).select_related("source").order_by("pk"):
        found[row.source.code, row.source_ref].append(row)
    return found


def _locked(lines: Sequence[Withdrawal]) -> dict[Reference, Record]:
    named = _named(lines, _RECORDS_NAMED)
    rows = Record.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=named).select_related("source")
    return {(record.source.code, record.source_ref): record for record in rows.order_by("pk")}


def _take(found: Mapping[UUID, Record], hand: Hand, telling: "_Telling") -> Iterator[Note]:
    for one in records.take_back(found, hand, at=telling.at):
        record = found[one.record_id]
        for measure in one.measures:
            yield Note("measure.lifted", one.subject_id, one.record_id, {"measure": measure})
        facts = {"state_before": one.state_before, "state_after": one.state_after}
        notice = telling.tell(record, "record_withdrawn")
        yield Note("record.withdrawn", one.subject_id, one.record_id, {**facts, "notice": notice})


def _wait(found: Mapping[UUID, Record], hand: Hand, telling: "_Telling") -> Iterator[Note]:
    """Store withdrawals that wait, instead of what waited before: the source's last word counts."""
    records.replace_waiting(found, at=telling.at)
    made = SourceChange.objects.bulk_create(
        SourceChange(
            record=record,
            subject_id=record.subject_id,
            kind=SourceChangeKind.WITHDRAWAL,
            received_at=telling.at,
            entered_by_id=hand.entered_by,
            entered_with_id=hand.entered_with,
            entered_in_id=hand.entered_in,
        )
        for record in found.values()
    )
    for change in made:
        notice = telling.tell(found[change.record_id], "source_answered")
        facts = {"answer": f"{change.kind}:{change.pk}", "notice": notice}
        yield Note("record.answered", change.subject_id, change.record_id, facts)


class _Telling:
    """The notices of a batch; one mail for each person, the rest stands in the inbox. Letters say all."""

    def __init__(self, at: datetime, subject_ids: Collection[UUID]) -> None:
        self.at = at
        self.messages: list[Message] = []
        in_use = Contact.objects.filter(subject__in=list(subject_ids), ended_at__isnull=True)
        own = set(in_use.values_list("subject_id", flat=True))
        self._reachable = own | reached_elsewhere(set(subject_ids) - own)
        self._ways = post.ways_of_many(subject_ids, at)
        self._on_paper: list[Message] = []
        self._mailed: set[UUID] = set()
        self.untold = 0

    def tell(self, record: Record, kind: str) -> str:
        """Add a notice; returns how it reaches the person, as the log keeps it."""
        person = record.subject_id
        ways = self._ways.get(person, BY_MAIL)
        reachable = ways.letter or person in self._reachable
        mail = ways.mail and person not in self._mailed
        type_ = catalogue.programme(record.programme).types[record.type]
        params = {"type": type_.title.as_dict(), "source": record.source.name}
        message = delivery.prepare(person, kind, at=self.at, mail=mail, can_be_reached=reachable, params=params)
        message.record_id = record.pk
        self.messages.append(message)
        self.untold += not reachable
        if not reachable:
            return str(message.not_possible)
        if mail:
            self._mailed.add(person)
        if ways.letter:  # each of them: whoever has only letters has no inbox where the rest would stand
            self._on_paper.append(message)
            return "letter"
        return "mail" if mail else "inbox"

    def store(self) -> None:
        """Write them all, and wake whoever mails."""
        Message.objects.bulk_create(self.messages)
        letters.make_many(self._on_paper, self.at)
        if self._mailed:
            wake(WORKER)


def _refuse(field: str, code: str, sentence: str) -> NoReturn:
    raise Refused([Refusal(field, code, sentence)])
