"""From a rule, its ledger and a calendar to a due date that explains itself.

`deadline` is a pure function. It returns the earliest and the latest lawful reading of the rule, whether
the answer may still change, and the steps of the count as codes and values. `law.explain` puts steps
into words; nothing here is a sentence.

# Note [Two readings]
Where a rule can be read in two ways, the later day is what the law allows at most (`latest`) and the
earlier is the day to work to (`earliest`). Two things make readings differ: a second reading that the
rule itself declares, and a last day that is no working day and does not move: nobody is there on that
day, so the safe day is the working day before it. A third one is a `counting` that nobody read: what it
alone moves to a later day is worked to as if it did not (law/evidence.py, Note [Evidence]).

# Note [Pauses]
A pause leaves out days: from the day on which the clock stops to the day on which it goes on, with or
without these two days as the rule says. A clock that stops and goes on within one day has lost no
day, whatever the rule says about the two ends. While it stands still no last day can be known: the date
shown is the one it would have if it went on that very day, and it is provisional.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal, NamedTuple

from law.calendars import Calendar
from law.clocks import ledger, told
from law.clocks.counting import DAY, End, Excluded, Period, Step, Value, Watched, count, settle
from law.clocks.ledger import Entry
from law.clocks.terms import Counted, Extension, FirstDay, MonthEnd, Pause, Reading, Roll, Span, Term, Timed, Unit
from law.clocks.told import Due

Holds = Literal["not_earlier", "not_later"]
# Units that can be added up; the others follow each other.
_SAME: dict[Unit, tuple[Unit, int]] = {"week": ("calendar_day", 7), "year": ("month", 12)}


class NotStarted(LookupError):
    """The ledger has no line that starts this clock."""


class _Length(NamedTuple):
    """How long a period is once extended: its spans, and a day that was set instead of a number."""

    spans: tuple[tuple[int, Unit], ...]
    until: date | None = None


def due(term: Term, start: date, calendar: Calendar, event: str = "started") -> Due:
    """The due date of `term` begun on `start`, with nothing else in its ledger; `event` names the start.

    >>> due(Term(length=30, unit="calendar_day", first_day="inclusive"), date(2026, 12, 1), us).latest
    datetime.date(2026, 12, 30)
    """
    return _Clock(term, None, (Entry("started", start, event=event),), (event,), calendar, True).due()


def deadline(
    term: Term,
    entries: Iterable[Entry],
    calendar: Calendar,
    *,
    rules: Timed,
    holds: Holds = "not_later",
    has_safe_day: bool = True,
) -> Due:
    """The due date of `term` with this ledger. Raises `NotStarted`.

    `rules` says what starts the clock, and what may pause, extend or cut it off; lines of the ledger that
    no rule allows change nothing, and the steps say so. `holds`: see law/clocks/told.py, Note [Told dates]. Without
    `has_safe_day` a last day off that does not move is not stepped back from (nobody has to act on it).
    """
    lines = ledger.in_order(_resumed_by_events(tuple(entries), rules.pauses))
    found = _Clock(term, rules, lines, rules.starts, calendar, has_safe_day).due()
    said = [line for line in lines if line.kind == "told"]
    if not said:
        return found
    if holds == "not_earlier":
        return told.not_before(found, said)
    before = [_Clock(term, rules, told.known_at(line, lines), rules.starts, calendar, has_safe_day) for line in said]
    return told.not_after(found, [(line, clock.due()) for line, clock in zip(said, before, strict=True)])


class _Clock:
    """One count. An object, because all its parts need the same five things."""

    def __init__(
        self,
        term: Term,
        rules: Timed | None,
        lines: Sequence[Entry],
        starts: Sequence[str],
        calendar: Calendar,
        has_safe_day: bool,
    ) -> None:
        self.term, self.rules, self.lines, self.has_safe_day = term, rules, lines, has_safe_day
        self.days = Watched(calendar)
        self.event, self.start = self._begin(starts)
        self.pause_ends: date | None = None
        self.excluded, self.standing = self._pauses() if rules else ((), None)

    def due(self) -> Due:
        steps = [Step("start", {"event": self.event, "on": self.start})]
        length = _Length(((self.term.length, self.term.unit),))
        steps += self._length_steps(length)
        if self.rules is not None and len(self.lines) > 1:
            length, more = self._extended(length, self.rules)
            steps += more
        earliest, latest = self._ends(length, steps)
        if self.rules is not None and self.rules.long_stop is not None:
            earliest, latest = self._cut_off(earliest, latest, steps)
        if earliest != latest:
            steps.append(Step("two_readings", {"earliest": earliest, "latest": latest}))
        # What is over cannot stand still any more.
        is_paused = self.standing is not None and self.standing <= latest
        if self.standing is not None:
            steps.append(Step("standing_still" if is_paused else "pause_too_late", {"on": self.standing}))
        steps += [Step("provisional", {"year": str(year)}) for year in sorted(self.days.unknown)]
        provisional = bool(self.days.unknown) or is_paused
        return Due(earliest, latest, provisional, tuple(steps), paused=is_paused, pause_ends=self.pause_ends)

    def _begin(self, starts: Sequence[str]) -> tuple[str, date]:
        """The event that starts the clock: the latest of those that it waits for and that are written."""
        named = [line for line in self.lines if line.kind in ("started", "happened") and line.event in starts]
        found = named or [line for line in self.lines if line.kind == "started"]
        if not found:
            raise NotStarted(", ".join(starts))
        last = max(found, key=lambda line: (line.on, line.event))
        return last.event, last.on

    def _pauses(self) -> tuple[Excluded, date | None]:
        """The days that do not count, merged and in order, and since when the clock stands still now."""
        assert self.rules is not None
        found: list[tuple[date, date]] = []
        standing: list[date] = []
        for n, pause in enumerate(self.rules.pauses):
            for since, until in ledger.breaks(self.lines, pause.reasons, unnamed=n == 0):
                longest = self._longest(pause, since)
                if until is None and longest is not None:
                    self.pause_ends = max(longest, self.pause_ends or longest)
                ends = [day for day in (until, longest) if day is not None]
                if not ends:
                    standing.append(since)
                elif (days := _left_out(pause, since, min(ends))) is not None:
                    found.append(days)
        return _merged(found), min(standing, default=None)

    def _longest(self, pause: Pause, since: date) -> date | None:
        """The day on which a pause ends by itself, if its rule has one."""
        if pause.at_most is None:
            return None
        period = _period(self.term, _Length(((pause.at_most.length, pause.at_most.unit),)), None)
        return count(period._replace(first_day="exclusive", roll="none"), since, self.days, has_safe_day=False).latest

    def _ends(self, length: _Length, steps: list[Step]) -> tuple[date, date]:
        """The earliest and the latest day over all readings of a period so long."""
        ends = [self._end(_period(self.term, length, None), length)]
        steps += ends[0].steps
        if self.term.other_reading is not None:
            other = self._end(_period(self.term, length, self.term.other_reading), length)
            steps += [Step("other_reading", {"cite": self.term.other_reading.cite}), *other.steps]
            ends.append(other)
        unmoved = self.term.unmoved if isinstance(self.term, Counted) else None
        if unmoved is not None:
            safe = self._end(_period(self.term, length, unmoved), length)
            if safe.earliest < min(end.earliest for end in ends):
                steps += [Step("counting_not_relied_on", {"cite": unmoved.cite}), *safe.steps]
                ends.append(safe)
        return min(end.earliest for end in ends), max(end.latest for end in ends)

    def _end(self, period: Period, length: _Length) -> End:
        end = count(period, self.start, self.days, self.excluded, has_safe_day=self.has_safe_day)
        if length.until is None or length.until <= end.earliest:
            return end
        steps = [*end.steps, Step("extended_until", {"on": length.until})]
        # A day that was set does not move. See Note [Two readings].
        fixed = settle(length.until, "none", self.start, self.days, steps, has_safe_day=self.has_safe_day)
        return End(max(end.earliest, fixed.earliest), max(end.latest, fixed.latest), steps)

    def _length_steps(self, length: _Length) -> list[Step]:
        return [Step(f"length_{unit}", {"count": number}) for number, unit in length.spans]

    def _extended(self, length: _Length, rules: Timed) -> tuple[_Length, list[Step]]:
        """How long the period is with its extensions, and what was not allowed."""
        steps: list[Step] = []
        used: dict[int, int] = {}
        for line in self.lines:
            chosen = _rule_for(line, rules.extensions)
            if chosen is None:
                if line.kind == "extended":
                    steps.append(Step("extension_not_allowed", {"on": line.on}))
                continue
            n, rule = chosen
            if refused := self._why_not(rule, line, length, used.get(n, 0)):
                step = Step(refused, {"on": line.on})
                steps += [step] if step not in steps else []  # ten papers of one day are told once
                continue
            longer = self._longer(length, rule, line)
            if self._ends(longer, []) == self._ends(length, []):
                steps.append(Step("extension_not_later", {"on": line.until or line.on}))
                continue
            used[n], length = used.get(n, 0) + 1, longer
            is_open = rule.length is None and rule.total is None
            values: dict[str, Value] = {"on": line.on, "reason": rule.reason}
            steps.append(Step("extended_freely", {"reason": rule.reason}) if is_open else Step("extended", values))
        if used and length.until is None:
            steps += [Step(f"total_{unit}", {"count": number}) for number, unit in length.spans]
        paused = [line for line in self.lines if line.kind == "paused"]
        allowed = {reason for pause in rules.pauses for reason in pause.reasons} | ({""} if rules.pauses else set())
        steps += [Step("pause_not_allowed", {"on": line.on}) for line in paused if line.reason not in allowed]
        return length, steps

    def _why_not(self, rule: Extension, line: Entry, length: _Length, times: int) -> str | None:
        """The code of the reason for which an extension does not count, if it does not."""
        if times >= rule.at_most:
            return "extension_used_up"
        if line.kind != "extended" and line.on < self.start:
            return "extension_too_early"
        _, end = self._ends(length, [])
        if any(self.start <= day <= end for event in rule.blocked_if for day in ledger.days_of(self.lines, event)):
            return "extension_blocked"
        if rule.notice != "any_time" and line.on > (self._notice_end(rule.notice) or end):
            return "extension_too_late"
        return None

    def _notice_end(self, notice: object) -> date | None:
        if not isinstance(notice, Span):
            return None
        return self._ends(_Length(((notice.length, notice.unit),)), [])[1]

    def _longer(self, length: _Length, rule: Extension, line: Entry) -> _Length:
        """The period with one extension. A day set by the decider is never later than the rule's longest."""
        longest = [_joined((*length.spans, (rule.length, rule.unit)))] if rule.length and rule.unit else []
        if rule.total is not None:
            longest.append(((rule.total.length, rule.total.unit),))
        last, spans = min(((self._ends(_Length(each), [])[1], each) for each in longest), default=(None, length.spans))
        # What the law gives by itself nobody may set to another day.
        until = line.until if rule.trigger is None else None
        if until is None and last is not None:
            before, after = self._ends(length, []), self._ends(_Length(spans, length.until), [])
            if after[0] >= before[0]:
                return _Length(spans, length.until) if after[1] >= before[1] else length
        until = until or last or line.on
        until = min(until, last) if last is not None else until
        return _Length(length.spans, max(until, length.until or until))

    def _cut_off(self, earliest: date, latest: date, steps: list[Step]) -> tuple[date, date]:
        """The window, ended by its long stop where that comes first."""
        assert self.rules is not None
        assert self.rules.long_stop is not None
        stop = self.rules.long_stop
        events = ledger.days_of(self.lines, stop.start)
        if not events:
            return earliest, latest
        period = _period(self.term, _Length(((stop.length, stop.unit),)), None)
        end = count(period, events[0], self.days, has_safe_day=self.has_safe_day)
        if end.latest >= latest:
            return earliest, latest
        steps.append(Step("long_stop", {"event": stop.start, "from": events[0], "on": end.latest}))
        return max(self.start, min(earliest, end.earliest)), max(self.start, end.latest)


def _period(term: Term, length: _Length, other: Reading | None) -> Period:
    """One reading of a term, for a length that may have been extended."""
    first_day: FirstDay = term.first_day or "exclusive"
    roll: Roll = term.roll or "none"
    month_end: MonthEnd = term.month_end or "last_day"
    if other is None:
        return Period(length.spans, first_day, roll, month_end)
    spans = length.spans
    if other.length is not None or other.unit is not None:
        number, unit = spans[0]
        more = number - term.length if unit == term.unit else 0
        spans = (((other.length or term.length) + more, other.unit or unit), *spans[1:])
    return Period(spans, other.first_day or first_day, other.roll or roll, other.month_end or month_end)


def _joined(spans: tuple[tuple[int, Unit], ...]) -> tuple[tuple[int, Unit], ...]:
    """Spans of one kind added up: one month and two months are three months from the same start."""
    joined: list[tuple[int, Unit]] = []
    for number, unit in spans:
        kind, times = _SAME.get(unit, (unit, 1))
        if joined and joined[-1][1] == unit:
            joined[-1] = (joined[-1][0] + number, unit)
        elif joined and _SAME.get(joined[-1][1], (joined[-1][1], 1))[0] == kind:
            before = joined[-1][0] * _SAME.get(joined[-1][1], (kind, 1))[1]
            joined[-1] = (before + number * times, kind)
        else:
            joined.append((number, unit))
    return tuple(joined)


def _rule_for(line: Entry, extensions: Sequence[Extension]) -> tuple[int, Extension] | None:
    """The rule by which a line makes the period longer, and its place: the first that fits."""
    for n, rule in enumerate(extensions):
        if line.kind == "extended" and line.reason in ("", rule.reason):
            return n, rule
        if rule.trigger is not None and line.kind in ("started", "happened") and line.event == rule.trigger:
            return n, rule
    return None


def _resumed_by_events(lines: Sequence[Entry], pauses: Sequence[Pause]) -> list[Entry]:
    """The lines, with an event that ends a pause written as its end: then it is nothing else."""
    ends = {pause.ends_with: pause.reasons for pause in pauses if pause.ends_with is not None}
    if not ends:
        return list(lines)
    return [_as_end(line, lines, ("", *ends[line.event])) if line.event in ends else line for line in lines]


def _as_end(line: Entry, lines: Sequence[Entry], reasons: Sequence[str]) -> Entry:
    """An event as the end of the pause that was open when it happened; as it is if there was none."""
    before = [each for each in lines if each.reason in reasons and each.on <= line.on]
    stopped = [each for each in before if each.kind == "paused"]
    if line.kind != "happened" or len(stopped) <= sum(each.kind == "resumed" for each in before):
        return line
    last = max(stopped, key=lambda each: (each.on, each.reason))
    return replace(line, kind="resumed", event="", reason=last.reason)


def _left_out(pause: Pause, since: date, until: date) -> tuple[date, date] | None:
    """The days of a pause that do not count; None if there is none. See Note [Pauses]."""
    if since == until:
        return None
    first = since if pause.first_day == "excluded" else since + DAY
    last = until if pause.last_day == "excluded" else until - DAY
    return (first, last) if first <= last else None


def _merged(found: list[tuple[date, date]]) -> Excluded:
    merged: list[tuple[date, date]] = []
    for since, until in sorted(found):
        if merged and since <= merged[-1][1] + DAY:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until))
        else:
            merged.append((since, until))
    return merged
