"""What somebody asks at a terminal: a procedure, a clock, a start and events, in plain words.

It answers what the law says as written, whether or not it was read, and adds where a case of this
service would have another day. Every mistake is answered with what exists.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Any, get_args

from law import calendars, clocks, explain, procedures
from law.calendars import DayException
from law.clocks import Due, Entry, Event, Step
from law.clocks.terms import ExtensionReason, PauseReason
from law.procedure import NoSuchClock, Procedure
from law.rules import Clock

LEDGER = ("extended", "paused", "resumed")
EVENTS: tuple[str, ...] = (*LEDGER, *(event for event in get_args(Event) if event != "started"))
# The everyday name of an event, and the names that it has where a rule is more exact about it.
MORE_EXACTLY: Mapping[str, tuple[Event, ...]] = {
    "received": ("review_received",),
    "accepted": ("review_accepted",),
    "completed": ("decided", "resolved"),
    "served": ("informed", "known"),
}


class BadQuestion(ValueError):
    """The question cannot be answered; the message says what exists instead."""


@dataclass(frozen=True)
class Question:
    """One question, as it was typed."""

    procedure: str
    clock: str
    start: str
    calendar: str | None = None
    events: tuple[str, ...] = ()
    variant: str | None = None
    version: int | None = None


@dataclass(frozen=True)
class Answer:
    """The due date, with everything that was understood."""

    procedure: Procedure
    clock: str
    start: date
    due: Due

    def as_data(self, language: str = "en") -> dict[str, Any]:
        """The answer as JSON holds it: `due` is the latest lawful day, `conservative` the earliest reading."""
        return {
            "procedure": self.procedure.id,
            "version": self.procedure.version,
            "clock": self.clock,
            "start": self.start.isoformat(),
            "due": self.due.latest.isoformat(),
            "conservative": self.due.earliest.isoformat(),
            "provisional": self.due.provisional,
            "explanation": [explain.render(step, language) for step in self.due.steps],
        }


def answer(question: Question, exceptions: Callable[[str], Iterable[DayException]] = lambda code: ()) -> Answer:
    """The due date that was asked for; `exceptions` gives the days declared for a calendar. Raises `BadQuestion`."""
    start = _day(question.start, "--start")
    procedure = _procedure(question, start)
    clock = _clock(procedure, question.clock, question.variant)
    calendar = _calendar(question.calendar or procedure.calendar)
    lines = _ledger(question.events, start, clock)
    asked = {"variant": question.variant, "ledger": lines, "exceptions": tuple(exceptions(calendar))}
    try:
        due = procedures.due_for(procedure, question.clock, None, calendar, as_written=True, **asked)  # type: ignore[arg-type]  # see the line above
    except (OverflowError, ValueError):
        raise BadQuestion(f"--start {start}: the last day has no date; expected an earlier start") from None
    more = [Step("event_without_effect", {"event": line.event, "on": line.on}) for line in _unheard(lines, clock)]
    more += [Step("rule", {"cite": clock.cite}), *_about_counting(procedure), Step("calendar", {"code": calendar})]
    more += _about_law(procedure, start)
    try:
        here = procedures.due_for(procedure, question.clock, None, calendar, **asked)  # type: ignore[arg-type]  # as above
    except NoSuchClock:
        more.append(Step("no_effect_here"))
    else:
        more += [Step("differs_here", {"on": here.latest})] if here.latest != due.latest else []
    return Answer(procedure, question.clock, start, due.with_steps(tuple(more)))


def _procedure(question: Question, start: date) -> Procedure:
    """The version that was named, or the one that is law on the day of the start, or the newest."""
    if question.procedure not in procedures.procedures():
        raise _unknown("procedure", question.procedure, procedures.procedures())
    versions = procedures.versions(question.procedure)
    if question.version is not None:
        wanted = [each for each in versions if each.version == question.version]
        if not wanted:
            raise _unknown("version", str(question.version), [str(each.version) for each in versions])
        return wanted[0]
    return procedures.law_on(question.procedure, start)


def _clock(procedure: Procedure, name: str, variant: str | None) -> Clock:
    try:
        timer = procedure.timer(name, as_written=True)
    except NoSuchClock:
        raise _unknown(f"clock of {procedure.id}", name, procedure.clock_names()) from None
    if variant is None:
        return timer.clock
    if variant not in timer.clock.variants:
        raise _unknown(f"variant of {name}", variant, timer.clock.variants)
    return procedure.timer(name, variant, as_written=True).clock


def _calendar(code: str) -> str:
    found, country = code.upper(), code.upper().partition("-")[0]
    if found not in calendars.codes():
        near = [each for each in calendars.codes() if each.partition("-")[0] == country]
        raise _unknown("calendar", code, calendars.codes(), near[:3])
    return found


def _ledger(events: Iterable[str], start: date, clock: Clock) -> list[Entry]:
    """The lines of the ledger: the start, unless the one event that starts the clock is named itself."""
    lines = [_with_day(_exactly(_line(typed, start), clock), start, clock) for typed in events]
    _check_pauses(lines)
    named = [line for line in lines if clock.starts == (line.event,)]
    for line in named:
        if line.on < start:
            raise BadQuestion(f"--event {line.event}={line.on}: starts this clock, and lies before --start {start}")
    return lines if named else [clocks.started(start, clock.starts[0]), *lines]


def _exactly(line: Entry, clock: Clock) -> Entry:
    """The event under the name that this clock waits for, if it has another one there."""
    if line.event in clock.starts:
        return line
    also = next((name for name in MORE_EXACTLY.get(line.event, ()) if name in clock.starts), line.event)
    return replace(line, event=also)


def _check_pauses(lines: Iterable[Entry]) -> None:
    """Whoever goes on must have stopped before."""
    stopped = sorted(line.on for line in lines if line.kind == "paused")
    resumed = sorted(line.on for line in lines if line.kind == "resumed")
    for n, day in enumerate(resumed):
        if n >= len(stopped) or stopped[n] > day:
            expected = f"name the day on which it stopped, {day} or before, as --event paused=DATE"
            raise BadQuestion(f"--event resumed={day}: resumed without paused; {expected}")


def _unheard(lines: Iterable[Entry], clock: Clock) -> list[Entry]:
    """The events on which nothing in the rule depends."""
    heard = set(clock.starts) | {pause.ends_with for pause in clock.pauses}
    heard |= {event for rule in clock.extensions for event in (rule.trigger, *rule.blocked_if)}
    heard |= {clock.long_stop.start} if clock.long_stop else set()
    unheard = [line for line in lines if line.kind == "happened" and line.event not in heard]
    return sorted(unheard, key=lambda line: (line.on, line.event))


def _with_day(line: Entry, start: date, clock: Clock) -> Entry:
    """Where the law sets no number, the one day that was typed is the new last day, told in time."""
    if line.kind != "extended" or line.until is not None:
        return line
    rules = [rule for rule in clock.extensions if line.reason in ("", rule.reason)]
    is_open = bool(rules) and rules[0].length is None and rules[0].total is None
    return replace(line, on=start, until=line.on) if is_open else line


def _line(typed: str, start: date) -> Entry:
    """One `NAME=DATE`, `paused=DATE:REASON` or `extended=DATE..UNTIL:REASON`."""
    name, equals, value = typed.partition("=")
    if not equals:
        raise BadQuestion(f"--event {typed}: expected NAME=DATE, such as extended={start}")
    if name not in EVENTS:
        raise _unknown("event", name, EVENTS)
    days, _, reason = value.partition(":")
    first, _, until = days.partition("..")
    on = _day(first, f"--event {name}")
    if name not in LEDGER:
        if reason or until:
            raise BadQuestion(f"--event {typed}: expected {name}=DATE and nothing more")
        return Entry("happened", on, event=name)
    if on < start:
        raise BadQuestion(f"--event {typed}: lies before the start, {start}; expected that day or a later one")
    known = get_args(ExtensionReason) if name == "extended" else get_args(PauseReason)
    if reason and reason not in known:
        raise _unknown(f"reason of {name}", reason, known)
    if until and name != "extended":
        raise BadQuestion(f"--event {typed}: expected {name}=DATE, and the other end as an event of its own")
    return Entry(name, on, reason=reason, until=_day(until, f"--event {name}") if until else None)  # type: ignore[arg-type]  # one of LEDGER


def _day(typed: str, where: str) -> date:
    try:
        if len(typed) != 10:  # YYYY-MM-DD; Python would also read 20260305 and 2026-W10-4
            raise ValueError
        return date.fromisoformat(typed)
    except ValueError:
        raise BadQuestion(f"{where}: {typed!r} is no date; expected YYYY-MM-DD, such as 2026-03-05") from None


def _about_counting(procedure: Procedure) -> list[Step]:
    """What has to be said if nobody read how this law counts its days."""
    counting = procedure.counting
    if counting is None or counting.evidence == "read":
        return []
    return [Step(f"counting_{counting.evidence}", {"cite": counting.cite})]


def _about_law(procedure: Procedure, start: date) -> list[Step]:
    if start < procedure.valid_from:
        return [Step("not_yet_law", {"on": procedure.valid_from})]
    if procedure.valid_to is not None and start > procedure.valid_to:
        return [Step("no_longer_law", {"on": procedure.valid_to})]
    return []


def _unknown(what: str, typed: str, known: Iterable[str], near: Sequence[str] = ()) -> BadQuestion:
    names = list(known)
    near = near or get_close_matches(typed, names, n=3)
    guess = f" Did you mean {' or '.join(near)}?" if near else ""
    return BadQuestion(f"There is no {what} {typed!r}.{guess} There are: {', '.join(names) or 'none'}.")
