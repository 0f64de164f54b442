"""What happened to one clock, line by line. From these lines the due date is a pure function."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

Kind = Literal["started", "happened", "paused", "resumed", "extended", "told"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Entry:
    """One line of a ledger.

    `on` is the day where the procedure is law; `at` the moment, which only settles the order of one day.
    `started` and `happened` name an `event`; `paused`, `resumed` and `extended` give a `reason` of the rule
    that allows them (empty: the first such rule). `until` is the new day of an extension, or the last day
    that was `told`; `earliest` is the day that was told as the safe one, if it was another.
    """

    kind: Kind
    on: date
    event: str = ""
    reason: str = ""
    until: date | None = None
    earliest: date | None = None
    at: datetime | None = None
    author: str = ""


def started(on: date, event: str = "started", **also: object) -> Entry:
    """The line that begins a ledger."""
    return Entry("started", on, event=event, **also)  # type: ignore[arg-type]  # checked by Entry itself


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The lines by day and moment: however they were read, the order is the same."""
    return tuple(sorted(entries, key=_place))


def _place(entry: Entry) -> tuple[str, ...]:
    moment = f"{entry.at.timestamp():020.6f}" if entry.at else ""
    days = [day.isoformat() if day else "" for day in (entry.on, entry.until, entry.earliest)]
    kind = f"{KINDS.index(entry.kind):02}"
    return (days[0], moment, kind, entry.event, entry.reason, days[1], days[2], entry.author)


def days_of(entries: Iterable[Entry], event: str) -> list[date]:
    """The days on which an event is written, earliest first."""
    return sorted(entry.on for entry in entries if entry.kind in ("started", "happened") and entry.event == event)


def breaks(entries: Iterable[Entry], reasons: tuple[str, ...], *, unnamed: bool) -> list[tuple[date, date | None]]:
    """When the clock stood still for one of these reasons: from, until (None: it still does), in order.

    `unnamed`: lines without a reason belong here as well.
    """
    mine = [
        entry
        for entry in in_order(entries)
        if entry.kind in ("paused", "resumed") and (entry.reason in reasons or (unnamed and not entry.reason))
    ]
    found: list[tuple[date, date | None]] = []
    stopped: date | None = None
    for kind, day in _alternating(mine):
        if kind == "paused" and stopped is None:
            stopped = day
        elif kind == "resumed" and stopped is not None:
            found.append((stopped, day))
            stopped = None
    return [*found, (stopped, None)] if stopped is not None else found


def _alternating(entries: list[Entry]) -> list[tuple[str, date]]:
    """The lines, those of one day without a moment in the order that makes sense of them."""
    ordered: list[tuple[str, date]] = []
    waiting = list(entries)
    is_stopped = False
    while waiting:
        same = [entry for entry in waiting if (entry.on, entry.at) == (waiting[0].on, waiting[0].at)]
        wanted = "resumed" if is_stopped else "paused"
        entry = next((entry for entry in same if entry.kind == wanted), same[0])
        waiting.remove(entry)
        is_stopped = entry.kind == "paused"
        ordered.append((entry.kind, entry.on))
    return ordered
