"""When mails may come, and what they may say: a person's own wishes. Plain Python.

# Note [Wishes]
Wishes hold for mails only: the inbox always has everything. A mail waits until the person's hours, and a message
that waits has not reached anybody, so nothing is counted from it. What was asked for this very minute, a code,
comes at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.module_loading import import_string


class Mails(StrEnum):
    """How much a mail may say."""

    USUAL = "usual"  # that there is a message, and where to read it
    BARE = "bare"  # that there is a message, and not a word more
    NONE = "none"  # no mail at all: everything waits in the inbox


@dataclass(frozen=True, slots=True)
class Wishes:
    """`days`: 0 is Monday; none means every day. `begins` and `ends`: the hours in `zone`, also across midnight."""

    mails: Mails = Mails.USUAL
    days: frozenset[int] = frozenset()
    begins: time | None = None
    ends: time | None = None
    zone: str = "UTC"

    def opens_at(self, at: datetime) -> datetime:
        """The first moment from `at` on at which a mail may come: `at` itself inside the hours."""
        here = at.astimezone(ZoneInfo(self.zone))
        if self._may_come(here):
            return at
        return next(moment for moment in self._openings(here) if moment > at and self._may_come(moment))

    def _openings(self, here: datetime) -> "list[datetime]":
        """The moments at which hours begin, in a little more than a week."""
        return [
            datetime.combine(here.date() + timedelta(days=days), clock, here.tzinfo)
            for days in range(9)
            for clock in sorted({time(0), self.begins or time(0)})
        ]

    def _may_come(self, here: datetime) -> bool:
        """The hours after midnight belong to the day on which they began."""
        clock, day = here.time(), here.weekday()
        if self.begins is not None and self.ends is not None:
            if self.begins < self.ends:
                if not self.begins <= clock < self.ends:
                    return False
            elif clock < self.ends:
                day = (day - 1) % 7
            elif clock < self.begins:
                return False
        return not self.days or day in self.days


ANY_TIME = Wishes()


def wishes_of(subject_id: UUID, at: datetime, *, settled: bool = False) -> Wishes:
    """What this subject wishes at `at`; with `settled` what cannot have been set just now by somebody else.

    This package knows nobody, so it asks the function that the settings name.
    """
    ask = cast("Callable[..., Wishes | None]", import_string(settings.DELIVERY_WISHES_OF))
    return ask(subject_id, at, settled=settled) or ANY_TIME
