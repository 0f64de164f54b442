"""From which day something can be asked for, besides a dispute: a repair, or leaving a list; until when one disputes.

This package knows of no procedures, so it asks the functions that the settings name (`settings.RECORDS_OPENINGS_BY`,
`RECORDS_WINDOWS_BY`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from records.queries import Held


@dataclass(frozen=True, slots=True)
class Opening:
    """Something that can be asked for, in the reader's language. `opens_on`: the day to wait for, None if it is open.

    `steps`: how a day was counted, also one that keeps nobody waiting; `rule`: where the law says so.
    """

    procedure: str
    title: str
    opens_on: date | None
    says: str
    steps: list[str]
    rule: str


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which something has to be asked for, in the reader's language.

    `last_day`: by the earliest reading; None where it is not known from when it counts, or nobody read the rule.
    """

    id: str
    title: str
    last_day: date | None
    is_over: bool
    says: list[str]
    steps: list[str]
    rule: str


def openings(entry: Held, at: datetime) -> Sequence[Opening]:
    """What can be asked for about this entry now, or from a day on."""
    ask = cast("Callable[[Held, datetime], Sequence[Opening]]", import_string(settings.RECORDS_OPENINGS_BY))
    return ask(entry, at)


def windows(entry: Held, at: datetime) -> Sequence[Window]:
    """The times in which this entry has to be disputed, if there are any."""
    ask = cast("Callable[[Held, datetime], Sequence[Window]]", import_string(settings.RECORDS_WINDOWS_BY))
    return ask(entry, at)
