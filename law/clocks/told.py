"""A due date, and what becomes of it because the person was told another one.

# Note [Told dates]
What the person was told is a line of the ledger. A window of the person's (`holds="not_earlier"`) never
ends before a day that was told. A duty of somebody else's (`holds="not_later"`) never ends after it, but
for the days by which pauses and extensions that came after the telling lawfully moved it. So a calendar
that is changed later can only move a date towards the person's good.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from law.clocks.counting import Step
from law.clocks.ledger import Entry


@dataclass(frozen=True)
class Due:
    """A due date. Work to `earliest`; what arrives until the end of `latest` is in time."""

    earliest: date
    latest: date
    provisional: bool
    steps: tuple[Step, ...]
    # The clock stands still now, so the date moves on with every day.
    paused: bool = False
    # A pause that nobody ended does so by itself on this day, because its rule bounds it.
    pause_ends: date | None = None

    def with_steps(self, steps: tuple[Step, ...]) -> "Due":
        """The same day, with more to say about it."""
        return replace(self, steps=(*self.steps, *steps))


def known_at(told: Entry, lines: Sequence[Entry]) -> list[Entry]:
    """The ledger as it was when a day was told."""
    return [line for line in lines if line.kind == "started" or _is_before(line, told)]


def _is_before(line: Entry, told: Entry) -> bool:
    if line.on == told.on and line.at is not None and told.at is not None:
        return line.at <= told.at
    # Of one day without moments: what was told may have been the day as it was before.
    return line.on < told.on


def not_before(found: Due, told: Sequence[Entry]) -> Due:
    """A window of the person's: never shorter than what they were told."""
    days = [line.until for line in told if line.until is not None]
    last = max(days, default=found.latest)
    first = max([line.earliest or line.until or found.earliest for line in told])
    if last <= found.latest and first <= found.earliest:
        return found
    latest = max(found.latest, last)
    return _kept(found, min(max(found.earliest, first), latest), latest, last)


def not_after(found: Due, told: Sequence[tuple[Entry, Due]]) -> Due:
    """A duty of somebody else's: never later than what the person was told, but for what lawfully came since."""
    earliest, latest = found.earliest, found.latest
    said = None
    for line, then in told:
        if line.until is None:
            continue
        moved = max(timedelta(0), found.latest - then.latest)
        if line.until + moved < latest:
            latest, said = line.until + moved, line.until
        moved = max(timedelta(0), found.earliest - then.earliest)
        if (line.earliest or line.until) + moved < earliest:
            earliest, said = (line.earliest or line.until) + moved, said or line.until
    if said is None:
        return found
    start = next(step.values["on"] for step in found.steps if step.code == "start")
    assert isinstance(start, date)
    latest = max(start, latest)
    return _kept(found, max(start, min(earliest, latest)), latest, said)


def _kept(found: Due, earliest: date, latest: date, said: date) -> Due:
    step = Step("told_before", {"told": said, "on": latest})
    return replace(found, earliest=earliest, latest=latest, steps=(*found.steps, step))
