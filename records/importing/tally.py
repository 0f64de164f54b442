"""What is counted of an import, and how it is told that one stopped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from records.catalogue import Refusal
from records.importing.batch import Stored
from records.importing.decide import Outcome
from records.importing.withdrawing import Done


class RefusedAt(NamedTuple):
    """A line that was refused, with its source as far as it could be read."""

    line: int
    source: str
    refusals: Sequence[Refusal]


@dataclass(frozen=True, slots=True)
class Tally:
    """How far an import came: the lines that are committed, and what became of them.

    `went_on_after`: the last line that an earlier run of the same file had committed, which counted `refused_before`.
    `disappeared`: records that a snapshot did not name any more. `shown`: the first lines that were refused.
    """

    run_id: UUID
    lines_in_file: int = 0
    lines_read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    waiting: int = 0
    doubtful: int = 0
    refused: int = 0
    notices: int = 0
    untold: int = 0
    disappeared: int = 0
    went_on_after: int = 0
    refused_before: int = 0
    nothing_stored: bool = False
    new_sources: tuple[str, ...] = ()
    shown: tuple[RefusedAt, ...] = ()

    @property
    def refused_file(self) -> Path:
        """Where the refused lines are named. It exists only if there are any."""
        return Path(settings.VAR_DIR) / "imports" / f"{self.run_id}.refused.jsonl"

    def after(self, stored: Stored) -> "Tally":
        """The tally after the records of one more batch."""
        outcomes = [one.outcome for one in stored.decided]
        return replace(
            self,
            created=self.created + outcomes.count(Outcome.CREATED),
            changed=self.changed + outcomes.count(Outcome.CHANGED),
            unchanged=self.unchanged + outcomes.count(Outcome.UNCHANGED),
            waiting=self.waiting + outcomes.count(Outcome.WAITING),
            doubtful=self.doubtful + len(stored.doubtful),
            notices=self.notices + stored.told.notices,
            untold=self.untold + stored.told.untold,
            new_sources=self.new_sources + stored.new_sources,
        )

    def after_withdrawals(self, done: Done) -> "Tally":
        """The tally after the withdrawals of one more batch."""
        return replace(
            self,
            withdrawn=self.withdrawn + len(done.withdrawn) + len(done.dropped),
            waiting=self.waiting + len(done.waiting),
            unchanged=self.unchanged + len(done.left),
            notices=self.notices + done.notices,
            untold=self.untold + done.untold,
        )


class Stopped(Exception):
    """The import stopped half way. `tally` says what is committed; running it again goes on without doubles."""

    def __init__(self, tally: Tally, why: str) -> None:
        if tally.nothing_stored:
            said = f"{why}: nothing was stored. Run the same command again."
        else:
            said = (
                f"{why}: {tally.lines_read:,} of {tally.lines_in_file:,} lines are committed ({tally.refused:,} "
                "refused). Run the same command again: it goes on after them, and what is there stays as it is."
            )
        super().__init__(said)
        self.tally = tally
