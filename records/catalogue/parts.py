"""The shapes that all parts of a line share: text, day, moment, share of one, group of fields."""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

from accounts.identifiers import gettext_noop
from records.values import Param, Refusal, readable, unknown_field, unreadable

T = TypeVar("T")
LONGEST_TEXT: Final = 300
CLOCKS_MAY_DIFFER: Final = timedelta(minutes=5)
FIRST_DAY: Final = date(1800, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)  # beyond it stand the 9999-12-31 of old systems, which mean "no end"
REQUIRED: Final = gettext_noop("Add this: it is required.")
ONE_OF: Final = gettext_noop("Use one of: %(options)s.")

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_DAY_FORM: Final = gettext_noop("Write the date as year-month-day, such as 2025-03-01.")
_MOMENT_FORM: Final = gettext_noop("Write the time with its offset, such as 2025-03-02T09:00:00+08:00.")


@dataclass(slots=True)
class Report:
    """What was found wrong in one line so far. `at`: now."""

    at: datetime
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The latest day that it can be anywhere: it is tomorrow already further east."""
        return self.at.date() + timedelta(days=1)


@dataclass(slots=True)
class Part:
    """A group of fields of the line and its place. What is wrong is reported and reads as None."""

    given: dict[str, Any]
    under: str
    report: Report

    def place(self, name: str) -> str:
        """The dotted path of a field of this part."""
        return f"{self.under}.{name}" if self.under else name

    def refuse(self, name: str, code: str, sentence: str, **params: Param) -> None:
        """Report that one field is wrong."""
        self.report.refusals.append(Refusal(self.place(name), code, sentence, params))

    def known(self, keys: Collection[str]) -> None:
        """Report every key that nothing reads."""
        if self.given.keys() - keys:
            self.report.refusals += [unknown_field(name, self.under) for name in self.given if name not in keys]

    def group(self, name: str, *, required: bool = True) -> "Part | None":
        """A group of fields within this one."""
        given = self.given.get(name)
        if given is None and not required:
            return None
        if not isinstance(given, dict):
            self.refuse(name, "missing", gettext_noop("Add this group of fields."))
            return None
        return Part(given, self.place(name), self.report)

    def listed(self, name: str, most: int) -> "list[Part]":
        """The groups of fields in a list. A missing list is an empty one."""
        given = self.given.get(name)
        if given is None:
            return []
        if not isinstance(given, list) or len(given) > most or not all(isinstance(one, dict) for one in given):
            self.refuse(
                name,
                "wrong_form",
                gettext_noop("Write a list of at most %(limit)s groups of fields."),
                limit=most,
            )
            return []
        return [Part(one, self.place(f"{name}.{number}"), self.report) for number, one in enumerate(given)]

    def text(self, name: str, *, required: bool = False, longest: int = LONGEST_TEXT) -> str | None:
        """A text without spaces around it. An empty one counts as missing."""
        given = self.given.get(name)
        if given is None or given == "":
            if required:
                self.refuse(name, "missing", REQUIRED)
            return None
        if not isinstance(given, str):
            self.refuse(name, "wrong_form", gettext_noop("Write this as text."))
            return None
        if len(given) > longest:
            self.refuse(name, "out_of_range", gettext_noop("Write at most %(limit)s characters."), limit=longest)
            return None
        if not readable(given):
            self.report.refusals.append(unreadable(self.place(name)))
            return None
        stripped = given.strip()
        if required and not stripped:
            self.refuse(name, "missing", REQUIRED)
        return stripped or None

    def choice(self, name: str, options: Collection[str], code: str = "not_in_list") -> str | None:
        """One of a few words."""
        text = self.text(name, required=True)
        if text is not None and text not in options:
            self.refuse(name, code, ONE_OF, options=", ".join(options))
            return None
        return text

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A day between FIRST_DAY and LAST_DAY."""
        found = self._parsed(name, required, _DAY, date.fromisoformat, _DAY_FORM)
        if found and not FIRST_DAY <= found <= LAST_DAY:
            sentence = gettext_noop("This day lies outside 1800 to 2199. For no end write null.")
            self.refuse(name, "impossible_date", sentence)
            return None
        return found

    def days(self, first: str, last: str, *, required: bool = False) -> tuple[date | None, date | None]:
        """Two days in their order. The first may be required."""
        begin, end = self.day(first, required=required), self.day(last)
        if begin and end and end < begin:
            self.refuse(last, "wrong_order", gettext_noop("The end lies before the beginning."))
        return begin, end

    def moment(self, name: str, *, required: bool = False) -> datetime | None:
        """A moment of the past, in UTC."""
        found = self._parsed(name, required, _MOMENT, _in_utc, _MOMENT_FORM)
        if found and found > self.report.at + CLOCKS_MAY_DIFFER:
            self.refuse(name, "in_future", gettext_noop("This moment lies in the future."))
        return found

    def share(self, name: str) -> Decimal | None:
        """A number from 0 to 1, written as a number or as text."""
        given = self.given.get(name)
        if given is None:
            return None
        share = decimal_of(given)
        if share is None or not 0 <= share <= 1:
            self.refuse(name, "wrong_form", gettext_noop("Write a number from 0 to 1, such as 0.83."))
            return None
        return share

    def _parsed(
        self, name: str, required: bool, shape: re.Pattern[str], parse: Callable[[str], T], form: str
    ) -> T | None:
        given = self.given.get(name)
        if given is None:
            if required:
                self.refuse(name, "missing", REQUIRED)
            return None
        if not isinstance(given, str) or not shape.fullmatch(given):
            self.refuse(name, "wrong_form", form)
            return None
        try:
            return parse(given)
        except (ValueError, OverflowError):
            self.refuse(name, "impossible_date", gettext_noop("This day or time does not exist. Check it."))
            return None


def in_one_form(text: str) -> str:
    """A text with one form of each letter (NFC), so that what looks the same is the same."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _in_utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def decimal_of(given: object) -> Decimal | None:
    """A number, or a text that is one; None for anything else."""
    if isinstance(given, bool) or not isinstance(given, int | float | str) or len(str(given)) > 20:
        return None
    try:
        number = Decimal(str(given))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
