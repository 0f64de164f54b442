"""Counting one reading of a period on one calendar: the arithmetic of days, and its steps."""

import calendar as months
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from law.calendars import Calendar
from law.clocks.terms import FirstDay, MonthEnd, Roll, Unit

Value = int | str | date | tuple[date, ...]
# Days that do not count, from and to, both included.
Excluded = Sequence[tuple[date, date]]

DAY = timedelta(days=1)
_DAYS_OF = {"day": 1, "calendar_day": 1, "week": 7}
_MONTHS_OF = {"month": 1, "year": 12}
WORKING = ("working_day", "business_day")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the explanation, as a code and its values."""

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def as_data(self) -> dict[str, object]:
        """The step as JSON would hold it: days in ISO form."""
        return {"code": self.code, "values": {name: _plain(value) for name, value in self.values.items()}}


def _plain(value: Value) -> object:
    if isinstance(value, tuple):
        return [day.isoformat() for day in value]
    return value.isoformat() if isinstance(value, date) else value


class Period(NamedTuple):
    """One reading of a period. The spans follow each other; the first one begins at the start."""

    spans: tuple[tuple[int, Unit], ...]
    first_day: FirstDay
    roll: Roll
    month_end: MonthEnd


class End(NamedTuple):
    """Where a reading ends: the safe day, the last lawful one, and how it was counted."""

    earliest: date
    latest: date
    steps: list[Step]


class Watched:
    """A calendar that remembers which unsettled years it was asked about: what the answer leans on."""

    __slots__ = ("calendar", "unknown")

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.unknown: set[int] = set()

    def is_working_day(self, day: date) -> bool:
        self.ask(day.year, day.year)
        return self.calendar.is_working_day(day)

    def ask(self, first: int, last: int) -> None:
        announced = self.calendar.announced
        for year in range(first, last + 1):
            if year not in announced:
                self.unknown.add(year)


def count(period: Period, start: date, days: Watched, excluded: Excluded = (), *, has_safe_day: bool = True) -> End:
    """The end of one reading. Without `has_safe_day` a last day off that does not move is not stepped back from."""
    steps: list[Step] = []
    end = start
    for n, (length, unit) in enumerate(period.spans):
        first_day: FirstDay = period.first_day if n == 0 else "exclusive"
        end = _span(length, unit, first_day, period.month_end, end, days, excluded, steps)
    steps.append(Step("last_day", {"on": end}))
    if period.spans[-1][1] in WORKING:
        return End(end, end, steps)
    return settle(end, period.roll, start, days, steps, has_safe_day=has_safe_day)


def _span(
    length: int,
    unit: Unit,
    first_day: FirstDay,
    month_end: MonthEnd,
    start: date,
    days: Watched,
    excluded: Excluded,
    steps: list[Step],
) -> date:
    first = start if first_day == "inclusive" else start + DAY
    if unit in WORKING:
        steps.append(Step(f"first_day_{first_day}", {"first": first}))
        return _working(length, first, days, excluded, steps)
    if unit in _MONTHS_OF:
        whole, clamped = _add_months(start, length * _MONTHS_OF[unit], month_end)
        # A month that begins with its first day ends on the day before the same number; where the
        # number does not exist the last day of the month already is that day.
        end = whole - DAY if first_day == "inclusive" and not clamped else whole
        steps.append(Step(f"month_{month_end}" if clamped else f"month_{first_day}"))
    else:
        end = first + DAY * (length * _DAYS_OF[unit] - 1)
        steps.append(Step(f"first_day_{first_day}", {"first": first}))
    return _pushed(end, first, excluded, steps)


def _pushed(end: date, first: date, excluded: Excluded, steps: list[Step]) -> date:
    """The end, moved on by every day before it that does not count."""
    for since, until in excluded:  # in order, so a push can only reach later ones
        left_out = (until - max(since, first)).days + 1
        if since > end or left_out < 1:
            continue
        end += DAY * left_out
        steps.append(Step("days_excluded", {"from": max(since, first), "to": until, "count": left_out}))
    return end


def _working(length: int, first: date, days: Watched, excluded: Excluded, steps: list[Step]) -> date:
    calendar = days.calendar
    end = calendar.nth_working_day(first, length)
    lost = 0
    told = []
    for since, until in excluded:
        since = max(since, first)
        if since > end or until < since:
            continue
        left_out = calendar.working_days_between(since, until)
        lost += left_out
        end = calendar.nth_working_day(first, length + lost)
        told.append(Step("working_days_excluded", {"from": since, "to": until, "count": left_out}))
    days.ask(first.year, end.year)
    steps.append(Step("weekends_left_out"))
    if off := calendar.free_weekdays(first, end):
        steps.append(Step("holidays_left_out", {"days": off}))
    if made_up := calendar.worked_weekends(first, end):
        steps.append(Step("makeup_days_counted", {"days": made_up}))
    steps += told
    return end


def settle(end: date, roll: Roll, start: date, days: Watched, steps: list[Step], *, has_safe_day: bool) -> End:
    """What becomes of a last day that is not worked. See law/clocks/deadline.py, Note [Two readings]."""
    if roll == "none" and not has_safe_day:
        return End(end, end, steps)
    if days.is_working_day(end):
        return End(end, end, steps)
    if roll == "next_working_day":
        moved = end
        while not days.is_working_day(moved):
            moved += DAY
        steps.append(Step("rolled", {"from": end, "to": moved}))
        return End(moved, moved, steps)
    safe = end
    while safe > start and not days.is_working_day(safe):
        safe -= DAY
    steps.append(Step("not_rolled", {"on": end}))
    return End(safe, end, steps)


def _add_months(start: date, number: int, month_end: MonthEnd) -> tuple[date, bool]:
    """The same day so many months on; where there is none, what `month_end` says, and True."""
    year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
    last = months.monthrange(year, month + 1)[1]
    if start.day <= last:
        return date(year, month + 1, start.day), False
    end = date(year, month + 1, last)
    return (end if month_end == "last_day" else end + DAY), True
