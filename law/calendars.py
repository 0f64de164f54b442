"""Which days are worked, from frozen files: one per place and year, each with its source.

A package upgrade must never move a deadline, so no library is asked at run time. A year that has no file
is counted Monday to Friday, and every date that leaned on it is called provisional. A place is an ISO 3166
code: a country (`DE`), or a part of it (`DE-BY`), whose file holds what it adds to its country.
"""

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Self

from law import files
from law.texts import Strict, Words

FOLDER = Path(__file__).parent / "calendars"
_FRIDAY = 4


class Name(Strict):
    """What a day off is called; in Chinese where somebody has translated it."""

    en: Words
    zh: Words | None = None


class Holiday(Strict):
    """Days off in a row, both ends included."""

    first: date
    last: date
    name: Name


class Year(Strict):
    """One file: the days off of one year, and the weekend days that are worked instead.

    `announced` says whether the days of the year are settled; dates in any other year are provisional.
    """

    code: Words
    year: int
    source: Words
    announced: bool
    # The file adds to that of the country; without it, it stands alone.
    adds_to: Words | None = None
    holidays: tuple[Holiday, ...]
    makeup_days: tuple[date, ...] = ()

    def days_off(self) -> frozenset[date]:
        """Every single day that the file takes off."""
        return frozenset(
            holiday.first + timedelta(days=n)
            for holiday in self.holidays
            for n in range((holiday.last - holiday.first).days + 1)
        )


def _check(year: Year) -> Iterator[tuple[files.Key, str]]:
    """Days that do not belong into the file of this year."""
    days: list[tuple[files.Key, date]] = []
    for n, holiday in enumerate(year.holidays):
        days += [(("holidays", n, "first"), holiday.first), (("holidays", n, "last"), holiday.last)]
        if holiday.last < holiday.first:
            yield (
                ("holidays", n, "last"),
                f"the holiday ends before it starts; expected {holiday.first} or later",
            )
    days += [(("makeup_days", n), day) for n, day in enumerate(year.makeup_days)]
    for key, day in days:
        if day.year != year.year:
            yield key, f"{day} is not in {year.year}; expected a day of the year of the file"
    off = year.days_off()
    for n, day in enumerate(year.makeup_days):
        if day.weekday() <= _FRIDAY or day in off:
            yield ("makeup_days", n), f"{day} is no make-up day; expected a weekend day that is not taken off"


class DayException(Strict):
    """A day that somebody answerable declared to be worked, or to be off, after the file was written."""

    on: date
    is_worked: bool


@dataclass(frozen=True)
class Calendar:
    """The known years of one place."""

    code: str
    days_off: frozenset[date]
    makeup_days: frozenset[date]
    announced: frozenset[int]
    # The worked days of each year as ordinal numbers, made when first asked for: see `nth_working_day`.
    _worked: dict[int, list[int]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, code: str, years: Iterable[Year]) -> Self:
        """A calendar of these years; their order does not matter. A year is settled if all its files are."""
        years = tuple(years)
        places = {year.code for year in years}
        settled = {(year.code, year.year) for year in years if year.announced}
        return cls(
            code=code,
            days_off=frozenset[date]().union(*(year.days_off() for year in years)),
            makeup_days=frozenset(day for year in years for day in year.makeup_days),
            announced=frozenset(year for _, year in settled if all((place, year) in settled for place in places)),
        )

    @cached_property
    def digest(self) -> str:
        """Changes with what deadlines depend on: the days, and which years are settled; not with the names of days."""
        said = [sorted(map(str, each)) for each in (self.days_off, self.makeup_days, self.announced)]
        return sha256(json.dumps(said).encode()).hexdigest()

    def excepting(self, exceptions: Iterable[DayException]) -> "Calendar":
        """The calendar with these days changed; the last word on a day counts."""
        worked = {each.on: each.is_worked for each in exceptions}
        if not worked:
            return self
        off = self.days_off.difference(worked) | {day for day, is_worked in worked.items() if not is_worked}
        made_up = self.makeup_days.difference(worked)
        made_up |= {day for day, is_worked in worked.items() if is_worked and day.weekday() > _FRIDAY}
        return Calendar(self.code, off, made_up, self.announced)

    def is_working_day(self, day: date) -> bool:
        """Whether the day is worked: a make-up day is, a day off is not, else Monday to Friday."""
        if day in self.makeup_days:
            return True
        return day.weekday() <= _FRIDAY and day not in self.days_off

    def nth_working_day(self, first: date, count: int) -> date:
        """The day on which `count` working days are full, if counting begins with `first`."""
        year, left = first.year, count
        days = self._working_days(year)
        place = bisect_left(days, first.toordinal())
        while left > len(days) - place:
            left -= len(days) - place
            year, place = year + 1, 0
            days = self._working_days(year)
        return date.fromordinal(days[place + left - 1])

    def working_days_between(self, first: date, last: date) -> int:
        """How many days are worked from `first` to `last`, both included."""
        found = 0
        for year in range(first.year, last.year + 1):
            days = self._working_days(year)
            found += bisect_right(days, last.toordinal()) - bisect_left(days, first.toordinal())
        return found

    def free_weekdays(self, first: date, last: date) -> tuple[date, ...]:
        """The days from Monday to Friday that are not worked, from `first` to `last`."""
        return self._between("off", first, last)

    def worked_weekends(self, first: date, last: date) -> tuple[date, ...]:
        """The Saturdays and Sundays that are worked, from `first` to `last`."""
        return self._between("made_up", first, last)

    def _working_days(self, year: int) -> list[int]:
        found = self._worked.get(year)
        if found is None:
            first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
            found = [day for day in range(first, last + 1) if self.is_working_day(date.fromordinal(day))]
            self._worked[year] = found
        return found

    def _between(self, which: str, first: date, last: date) -> tuple[date, ...]:
        days = self._unusual[which]
        return tuple(days[bisect_left(days, first) : bisect_right(days, last)])

    @cached_property
    def _unusual(self) -> dict[str, list[date]]:
        off = self.days_off - self.makeup_days
        return {
            "off": sorted(day for day in off if day.weekday() <= _FRIDAY),
            "made_up": sorted(self.makeup_days),
        }


class UnknownCalendar(LookupError):
    """There is no calendar of this code."""


@cache
def calendar(code: str) -> Calendar:
    """The calendar of an ISO 3166 code such as `CN` or `DE-BY`. Raises `UnknownCalendar` if it has no year at all."""
    years = _years(code)
    if not years:
        raise UnknownCalendar(code)
    parents = {year.adds_to for year in years if year.adds_to}
    return Calendar.of(code, [*years, *(year for parent in sorted(parents) for year in _years(parent))])


@cache
def codes() -> tuple[str, ...]:
    """The places that have a calendar."""
    return tuple(sorted({path.stem.rpartition("-")[0] for path in FOLDER.glob("*.yaml")}))


def _years(code: str) -> list[Year]:
    pattern = re.compile(re.escape(code) + r"-\d{4}\.yaml")
    return [files.read(path, Year, _check) for path in sorted(FOLDER.iterdir()) if pattern.fullmatch(path.name)]


@cache
def check_files(folder: Path = FOLDER) -> tuple[files.Problem, ...]:
    """What is wrong with the calendar files; they are read once."""
    problems: list[files.Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            year = files.read(path, Year, _check)
        except files.FileProblems as error:
            problems += error.problems
            continue
        expected = f"{year.code}-{year.year}.yaml"
        if path.name != expected:
            problems.append(files.problem_at(path, ("code",), f"expected the file name {expected}"))
    return tuple(problems)
