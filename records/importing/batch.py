"""Storing one batch in one transaction: look up, decide line by line, write.

# Note [Two imports at once]
The batches of one source take turns (an advisory lock that ends with the transaction), so that a
second import of the same file finds what the first one committed and changes nothing. Feeds of
different sources run side by side. They meet only where both bring the same new person, or
where a caseworker acts on a record or somebody is erased meanwhile: then a unique constraint, a deadlock or our own
look after the lock stops the batch, and it is decided again on what has become known: this time
with the records locked before the look, so that nobody is overtaken for ever where many act at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import DatabaseError, transaction

from records.catalogue import Refusal, Refused
from records.importing.decide import Candidate, Decided, check, check_taken_out, decide
from records.importing.doubts import Doubts, claim_of, decided_before
from records.importing.known import Known, KnownRecord, earlier_imports, look_up
from records.importing.locks import lock_named, take_turns
from records.importing.people import Doubtful, People, Ruling
from records.importing.rows import Rows
from records.importing.writer import Entry, Overtaken, Told, Writer
from records.models import DoubtReason

NOBODY: Final = Told(0, 0)
MOST_TRIES: Final = 5
_MET_SOMEBODY: Final = {"23505", "40P01", "40001"}  # unique violation, deadlock, serialisation failure


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of the lines of one batch."""

    decided: list[Decided]
    refused: list[tuple[int, Sequence[Refusal]]] = field(default_factory=list)
    doubtful: list[int] = field(default_factory=list)  # lines that wait: it is not sure whom they are about
    new_sources: tuple[str, ...] = ()
    told: Told = NOBODY


def store(programme: str, candidates: Sequence[Candidate], entry: Entry, *, ruling: Ruling | None = None) -> Stored:
    """Store what can be stored of these lines. All or nothing, and again if we met others.

    `ruling`: whom all these lines are about, where somebody decided that.
    """
    for tried in range(MOST_TRIES - 1):
        try:
            return _store(programme, candidates, entry, ruling, is_again=tried > 0)
        except Overtaken:
            continue
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) not in _MET_SOMEBODY:
                raise
    return _store(programme, candidates, entry, ruling, is_again=True)


@transaction.atomic
def _store(
    programme: str, candidates: Sequence[Candidate], entry: Entry, ruling: Ruling | None, *, is_again: bool
) -> Stored:
    take_turns({candidate.line.source for candidate in candidates})
    if is_again:
        lock_named({candidate.reference for candidate in candidates})
    lookups = {lookup for candidate in candidates for lookup in candidate.lookups}
    lines = [candidate.line for candidate in candidates]
    earlier = earlier_imports(entry.file_sha256, but=entry.run_id)
    known = look_up(lines, lookups, at=entry.at, earlier=earlier)
    if not is_again and any(one.sealer is None for one in known.subjects.values()):
        raise Overtaken  # by an erasure: what led to this person is gone
    rows = Rows()
    people = People(known, rows, entry.at)
    records = dict(known.records)
    decided: list[Decided] = []
    refused: list[tuple[int, Sequence[Refusal]]] = []
    candidates = list(_unless_refused(candidates, programme, known, refused))
    _settle(candidates, known, people, ruling)
    doubts = Doubts(programme, entry, known.sources)
    for candidate in candidates:
        try:
            record = records.get(candidate.reference)
            said_before = record is not None and _said_before(candidate, record, known)
            one = _decide(candidate, programme, record, people, known, said_before=said_before)
        except Refused as error:
            refused.append((candidate.number, error.refusals))
        except Doubtful as doubt:
            doubts.add(candidate, doubt.reason)
        else:
            decided.append(one)
            records[candidate.reference] = one.leaves(programme)
    doubts.write(rows)
    told = Writer(programme, entry, known, people, rows).write(decided)
    return Stored(decided, refused + doubts.refused, doubts.waiting, known.new_sources, told)


def _unless_refused(
    candidates: Sequence[Candidate], programme: str, known: Known, refused: list[tuple[int, Sequence[Refusal]]]
) -> Iterator[Candidate]:
    """The lines that their records let through: one that is refused says nothing of who anybody is."""
    for candidate in candidates:
        if record := known.records.get(candidate.reference):
            try:
                check(candidate, record, programme, read_before=candidate.number <= known.read_before)
            except Refused as error:
                refused.append((candidate.number, error.refusals))
                continue
        yield candidate


def _settle(candidates: Sequence[Candidate], known: Known, people: People, ruling: Ruling | None) -> None:
    """Say whom each line is about. What somebody decided counts before any rule."""
    if ruling:
        people.rule({candidate.number: ruling for candidate in candidates})
        return
    verdicts = people.settle([claim_of(one, known.records.get(one.reference)) for one in candidates])
    doubtful = [one for one in candidates if isinstance(verdicts[one.number], DoubtReason)]
    people.rule(decided_before(doubtful))


def _said_before(candidate: Candidate, record: KnownRecord, known: Known) -> bool:
    """Whether an earlier import of this very file took this line in, whatever came after it."""
    return candidate.number <= known.read_before and candidate.digest in known.said_before.get(record.id, ())


def _decide(
    candidate: Candidate,
    programme: str,
    record: KnownRecord | None,
    people: People,
    known: Known,
    *,
    said_before: bool,
) -> Decided:
    read_before = candidate.number <= known.read_before
    if record and record is not known.records.get(candidate.reference):  # as an earlier line of the batch left it
        check(candidate, record, programme, read_before=read_before)
    subject = candidate.line.subject
    person = people.find(candidate.number, subject, candidate.lookups, record)
    if person:
        check_taken_out(candidate, record, known.taken_out.get(person.id, ()))
    # Nothing is refused any more below: a refused line leaves neither a person nor an address behind.
    person = person or people.add(candidate.number, subject)
    new_contact = people.complete(person, subject, candidate.lookups, known.sources[candidate.line.source].pk)
    return decide(candidate, record, person, new_contact, said_before=said_before, read_before=read_before)
