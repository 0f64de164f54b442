"""One reading of one file, from its first look to what is said at the end.

# Note [A second run]
An import that was cut off has committed whole batches, and its row says up to which line. The same file imported
again goes on after that line, if the last run of it did not end and was of the same kind: whoever gives the same
command once more wants the rest. Its hash says that it is the same file. The lines before are not looked at, so it
costs what is left. Nothing depends on it: a file read again from its start changes nothing either (`from_start`).

A file that is news (the next Note) says what holds now, in all of its lines. It goes on only while nothing else has
come in for its sources since the run that was cut off began: what came in between is older than what the file says
today, so that it is read from its start. An upload is one delivery, made when it was received, however often a worker
dies over it: it goes on whatever came in since, which is newer than its lines, and never from another upload
(`by_name`). Two imports of the same file wait for each other, so that neither goes on from the other's middle.

# Note [The same file as news]
A file whose very bytes were imported before changes nothing, so that an old one that is imported by mistake does not
bring the past back. But a source may say today what it said last week, and something else in between: then the file
is news, byte for byte the same. A snapshot always is, since it says what its sources hold *now*; so is what a system
uploads, which names a repeated request by its key. For other files the operator has the word (`again`), and is
told that it is needed.

# Note [All or nothing]
With `strict`, and for a trial (`dry_run`), the whole import is one transaction, which is taken back when a line was
refused, or at the end of a trial: what is said would happen is what did happen, for the time of that
transaction. The memory stays flat, but the log's tree and others that want the same records wait for its end, and as
it comes to records in no order, whoever meets it may be told to try again. So it is for files of some hundred thousand
lines, and a first look refuses a strict file before it begins, where it can.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import InterfaceError, OperationalError, connection, transaction

from accounts.actors import Actor
from accounts.identifiers import gettext_noop
from audit.ids import uuid7
from records.catalogue import ParsedWithdrawal, Programme, Refusal, Refused, named_by, read_line
from records.importing import ahead
from records.importing.ahead import Disappearing, NeedsConfirming, Snapshot
from records.importing.batch import store
from records.importing.decide import Candidate
from records.importing.forms import form_of
from records.importing.inputs import Input, opened, stamp
from records.importing.known import Reference
from records.importing.limits import Allowance, TooManyWithdrawals
from records.importing.locks import lock_named, take_turns
from records.importing.reader import Form, Line
from records.importing.runs import Kind, Run, alone, came_in_since, cut_off, name_refused, read_before, refused_so_far
from records.importing.tally import RefusedAt, Stopped, Tally
from records.importing.withdrawing import Done, Withdrawal, withdraw
from records.importing.writer import Entry
from records.models import ImportRun, RunState

LINES_IN_A_BATCH: Final = 2_000
BYTES_IN_A_BATCH: Final = 16_000_000  # so that long lines do not fill the memory
SHOWN: Final = 20
MOST_KEPT: Final = 10_000  # refused lines of a strict import, which are stored when nothing else is


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is imported.

    `form`: `jsonl` or `csv`; as the file shows it, if empty. `strict`: all lines or none. `dry_run`: say what would
    happen, and keep nothing. `snapshot`: the file is all that its sources hold; `confirm` is asked whether
    what it leaves out may disappear. `from_start`: do not go on from a run that was cut off. `again`: take the file as
    news, whatever an earlier import of it has taken in (Note [The same file as news]). `allow_withdrawals`:
    how many records may be taken back, by word of the operator. `only_source`: the one whose records these are.
    `by_name`: no other file ever has its name: a run goes on from runs of that name alone, whatever came in since.
    """

    form: str = ""
    strict: bool = False
    dry_run: bool = False
    snapshot: bool = False
    from_start: bool = False
    again: bool = False
    allow_withdrawals: int | None = None
    only_source: str = ""
    by_name: bool = False
    confirm: Callable[[Disappearing], bool] = lambda disappearing: False
    told: Callable[[str], None] = lambda words: None


@dataclass(slots=True)
class _Batch:
    """Lines that are stored together. No reference stands on both sides, so the sides have no order."""

    at: datetime
    candidates: list[Candidate] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)
    refused: list[RefusedAt] = field(default_factory=list)
    given: set[Reference] = field(default_factory=set)
    taken: set[Reference] = field(default_factory=set)
    last_line: int = 0
    size: int = 0

    def has_no_room_for(self, one: "Candidate | Withdrawal | RefusedAt") -> bool:
        """Whether it is full, or takes the same record from the other side."""
        lines = len(self.candidates) + len(self.withdrawals) + len(self.refused)
        if lines >= LINES_IN_A_BATCH or self.size >= BYTES_IN_A_BATCH:
            return True
        if isinstance(one, Withdrawal):
            return one.reference in self.given
        return isinstance(one, Candidate) and bool(self.taken) and one.reference in self.taken

    def add(self, one: "Candidate | Withdrawal | RefusedAt") -> None:
        """Add what was read from a line."""
        match one:
            case Candidate():
                self.candidates.append(one)
                self.given.add(one.reference)
            case Withdrawal():
                self.withdrawals.append(one)
                self.taken.add(one.reference)
            case RefusedAt():
                self.refused.append(one)

    @property
    def sources(self) -> set[str]:
        """The sources of its lines, those that were refused included."""
        named = {source for source, _ in (*self.given, *self.taken)}
        return named | {one.source for one in self.refused if one.source}


def import_file(
    programme: Programme,
    path: Path,
    *,
    by: Actor,
    clock: Callable[[], datetime],
    progress: Callable[[Tally], None] = lambda tally: None,
    options: Options = Options(),
) -> Tally:
    """Import a file of records; `-` is standard input. `clock` gives the moment of each batch; `progress` follows it.

    Raises `FileUnusable` before anything is written (also where records would go that nobody has allowed to
    go), and `Stopped` when the database goes away, the file changes or somebody interrupts.
    """
    with opened(path) as given:
        form = form_of(programme, given, options.form)
        reading = _Reading(programme, given, form, by=by, clock=clock, progress=progress, options=options)
        with alone(programme.id, reading.sha256, told=options.told):
            return reading.whole()


class _Reading:
    """One file while it is imported."""

    def __init__(
        self,
        programme: Programme,
        given: Input,
        form: Form,
        *,
        by: Actor,
        clock: Callable[[], datetime],
        progress: Callable[[Tally], None],
        options: Options,
    ) -> None:
        self._programme, self._given, self._form = programme, given, form
        self._by, self._clock, self._progress, self._options = by, clock, progress, options
        self._stamp = stamp(given.file)
        self._surveyed = form.survey(given.file)
        self.sha256 = bytes.fromhex(self._surveyed.sha256)
        self._run = Run(programme.id, by)
        self._tally = Tally(uuid7(), self._surveyed.lines)
        self._allowance = Allowance(programme.id, at=clock(), allowed=options.allow_withdrawals)
        self._kept: list[RefusedAt] = []
        self._began = clock()
        self._was_changed = False
        self._may_disappear = 0

    def whole(self) -> Tally:
        """Look ahead, ask what has to be asked, and import."""
        options, file = self._options, self._given.file
        earlier = self._cut_off()
        if earlier:
            self._tally = replace(
                self._tally,
                lines_read=earlier.lines_read,
                went_on_after=earlier.lines_read,
                refused_before=refused_so_far(earlier),
            )
            options.told(
                f"Going on after line {earlier.lines_read:,}: an earlier import of this file was cut off there."
            )
        self._say_if_no_news()
        if self._surveyed.may_withdraw:
            wanted = ahead.withdrawals(self._form, file, after=self._tally.lines_read, only_source=options.only_source)
            self._allowance.check(wanted)
        with ExitStack() as stack:
            snapshot = None
            if options.snapshot:
                snapshot = stack.enter_context(ahead.snapshot(self._form, file, self._programme))
                self._ask(snapshot)
            stack.enter_context(_few_searches_for_cycles())
            self._import(snapshot, earlier)
        return self._tally

    def _cut_off(self) -> ImportRun | None:
        """The run after whose last line this one goes on, if there is one (Note [A second run])."""
        options = self._options
        if options.from_start or self._is_one_transaction:
            return None
        name = self._given.name if options.by_name else ""
        earlier = cut_off(self._programme.id, self.sha256, self._kind, name=name)
        if earlier and self._is_news and not options.by_name and came_in_since(earlier):
            options.told(
                f"An earlier import of this file was cut off after line {earlier.lines_read:,}. Something else has "
                "come in for its sources since, so that it is read from its start."
            )
            return None
        return earlier

    @property
    def _kind(self) -> Kind:
        return Kind(self._options.only_source, self._options.again, self._options.snapshot)

    @property
    def _is_one_transaction(self) -> bool:
        return self._options.strict or self._options.dry_run

    @property
    def _is_news(self) -> bool:
        return self._options.again or self._options.snapshot

    def _say_if_no_news(self) -> None:
        if self._is_news:
            return
        before = read_before(self._programme.id, self.sha256, self._options.only_source)
        if before and before.finished_at:
            self._options.told(
                f"This very file was imported on {before.finished_at:%Y-%m-%d} already. What has come in since "
                "stays as it is; --again takes what the file says as news."
            )

    def _ask(self, snapshot: Snapshot) -> None:
        """Say what would disappear, and go on only if it may. Raises `NeedsConfirming`."""
        if snapshot.unreadable:
            self._options.told(
                f"In {snapshot.unreadable:,} lines not even the reference can be read, so that nobody knows which "
                "records they name: nothing disappears."
            )
        disappearing = snapshot.disappearing(self._began)
        if not disappearing.number:
            return
        self._options.told(
            f"{disappearing.number:,} records are not in this snapshot, among them: {', '.join(disappearing.samples)}."
        )
        if not self._options.dry_run and not self._options.confirm(disappearing):
            raise NeedsConfirming(disappearing)
        self._may_disappear = disappearing.number

    def _import(self, snapshot: Snapshot | None, earlier: ImportRun | None) -> None:
        try:
            if self._options.dry_run:
                with transaction.atomic():
                    self._start(None)
                    self._lines(snapshot)
                    transaction.set_rollback(True)
                self._tally = replace(self._tally, nothing_stored=True)
            elif self._options.strict:
                self._start(None)
                self._strictly(snapshot)
            else:
                self._start(earlier)
                self._lines(snapshot)
                self._run.finish(self._tally, at=self._clock())
        except KeyboardInterrupt as error:
            raise self._stopped("Interrupted") from error
        except TooManyWithdrawals as error:
            raise self._stopped(str(error)) from error
        except (OperationalError, InterfaceError) as error:
            why = f"The database went away ({type(error.__cause__ or error).__name__})"
            raise self._stopped(why) from error

    def _strictly(self, snapshot: Snapshot | None) -> None:
        """All lines or none: Note [All or nothing]."""
        if not self._is_refused_at_sight():
            with transaction.atomic():
                self._lines(snapshot)
                is_refused = self._tally.refused > 0
                transaction.set_rollback(is_refused)
            if not is_refused:
                self._run.finish(self._tally, at=self._clock())
                return
        self._run.forget()
        empty = Tally(self._tally.run_id, self._tally.lines_in_file, nothing_stored=True)
        self._tally = replace(empty, refused=self._tally.refused, shown=self._tally.shown)
        with transaction.atomic():
            self._run.progress(self._tally, {one.source for one in self._kept if one.source}, (), at=self._clock())
            self._run.keep(self._tally.run_id, self._kept)
            self._run.finish(self._tally, at=self._clock(), state=RunState.REFUSED)
        name_refused(self._tally.refused_file, self._kept)

    def _is_refused_at_sight(self) -> bool:
        """Whether any line is refused already for what it says."""
        for line in self._form.lines(self._given.file):
            found = self._read(line, self._began)
            if isinstance(found, RefusedAt):
                self._refuse([found])
        return self._tally.refused > 0

    def _start(self, earlier: ImportRun | None) -> None:
        self._run.start(
            self._tally,
            self._given.name,
            self.sha256,
            at=self._clock(),
            form=self._form.name,
            kind=self._kind,
            is_strict=self._options.strict,
            goes_on_from=earlier,
        )

    def _lines(self, snapshot: Snapshot | None) -> None:
        for batch in self._batches():
            self._store(batch)
            self._progress(self._tally)
            gc.collect(1)
        if snapshot:
            for withdrawals in snapshot.gone(self._began, LINES_IN_A_BATCH):
                self._let_disappear(withdrawals)
                self._progress(self._tally)
        if stamp(self._given.file) != self._stamp:  # the log names the hash of what was there before
            self._was_changed = True
            raise self._stopped("The file was changed while it was read")

    def _batches(self) -> Iterator[_Batch]:
        batch = _Batch(self._clock())
        for line in self._form.lines(self._given.file, after=self._tally.went_on_after):
            found = self._read(line, batch.at)
            if batch.has_no_room_for(found):
                yield batch
                batch = _Batch(self._clock())
            batch.add(found)
            batch.last_line = line.number
            batch.size += len(line.data or b"")
        yield batch

    def _read(self, line: Line, at: datetime) -> Candidate | Withdrawal | RefusedAt:
        source = ""
        try:
            said = self._form.parse(line)
            source = (named_by(said) or ("",))[0]
            if self._options.only_source and said.setdefault("source", self._options.only_source) != (
                self._options.only_source
            ):
                sentence = gettext_noop("Leave this out: the key says who the source is.")
                raise Refused([Refusal("source", "not_your_source", sentence)])
            parsed = read_line(self._programme, said, at=at)
        except Refused as error:
            return RefusedAt(line.number, source, error.refusals)
        if isinstance(parsed, ParsedWithdrawal):
            return Withdrawal(line.number, parsed)
        return Candidate.of(line.number, parsed)

    def _store(self, batch: _Batch) -> None:
        """Store a batch together with the count of it; name its refused lines once that is committed."""
        tally = self._tally
        with transaction.atomic():
            refused = list(batch.refused)
            by_number = {one.number: one.line.source for one in batch.candidates}
            by_number |= {one.number: one.line.source for one in batch.withdrawals}
            if batch.withdrawals:
                take_turns(batch.sources)  # in one order for both sides
                lock_named(batch.given | batch.taken)
                self._allowance.take(Counter(one.line.source for one in batch.withdrawals))
            said_in = b"" if self._is_news else self.sha256
            entry = Entry(self._by, batch.at, tally.run_id, said_in)
            stored = store(self._programme.id, batch.candidates, entry)
            tally = tally.after(stored)
            refused += [RefusedAt(number, by_number[number], said) for number, said in stored.refused]
            if batch.withdrawals:
                done = self._withdraw(batch.withdrawals, batch.at, said_in)
                tally = tally.after_withdrawals(done)
                refused += [RefusedAt(number, by_number[number], said) for number, said in done.refused]
            refused.sort(key=lambda one: one.line)
            tally = replace(tally, lines_read=max(batch.last_line, tally.lines_read))
            self._run.progress(_refusing(tally, refused), batch.sources, refused, at=batch.at)
        self._tally = tally
        self._refuse(refused)
        if refused and not self._is_one_transaction:
            name_refused(tally.refused_file, refused)

    def _let_disappear(self, withdrawals: list[Withdrawal]) -> None:
        at = self._clock()
        with transaction.atomic():
            done = self._withdraw(withdrawals, at, b"")
            tally = self._tally.after_withdrawals(done)
            gone = len(done.withdrawn) + len(done.waiting) + len(done.dropped)
            tally = replace(tally, disappeared=tally.disappeared + gone)
            if tally.disappeared > self._may_disappear:
                raise TooManyWithdrawals("More records would disappear than when it was asked")
            self._run.progress(tally, {one.line.source for one in withdrawals}, (), at=at)
        self._tally = tally

    def _withdraw(self, withdrawals: list[Withdrawal], at: datetime, sha256: bytes) -> Done:
        run_id = self._tally.run_id
        return withdraw(self._programme.id, withdrawals, by=self._by, at=at, run_id=run_id, file_sha256=sha256)

    def _refuse(self, refused: list[RefusedAt]) -> None:
        self._tally = _refusing(self._tally, refused)
        if self._options.strict:
            self._kept += refused[: MOST_KEPT - len(self._kept)]

    def _stopped(self, why: str) -> Stopped:
        """What to raise, when this stops half way; says so in its row."""
        if self._is_one_transaction:
            self._tally = Tally(self._tally.run_id, self._tally.lines_in_file, nothing_stored=True)
        if not self._options.dry_run and not connection.needs_rollback:
            self._run.stopped(self._tally.run_id, changed_file=self._was_changed)
        return Stopped(self._tally, why)


def _refusing(tally: Tally, refused: list[RefusedAt]) -> Tally:
    shown = (*tally.shown, *refused[: SHOWN - len(tally.shown)])
    return replace(tally, refused=tally.refused + len(refused), shown=shown)


@contextmanager
def _few_searches_for_cycles() -> Iterator[None]:
    """Rows have no cycles: searching 100,000 of them again and again took a seventh of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
