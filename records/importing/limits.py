"""How much a source may take back by itself, so that a hostile feed cannot empty a programme unseen.

In one day a source may take back a share of what it holds in a programme
(`settings.WITHDRAWALS_A_DAY`), and always some. More than that stops, before anything is written where it
can be seen ahead, and needs a word of the operator. The day and the source count, not the file: a feed
that is cut into many files gets no further.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from records.importing.inputs import FileUnusable
from records.models import Record, RecordState, SourceWithdrawal

ALWAYS: Final = 20
_DAY: Final = timedelta(days=1)


class TooManyWithdrawals(FileUnusable):
    """More is taken back than goes through without a word of the operator."""


class Allowance:
    """What sources may still take back now in one programme. `allowed`: what the operator lets through in all."""

    def __init__(self, programme: str, *, at: datetime, allowed: int | None = None) -> None:
        self._programme = programme
        self._at = at
        self._allowed = allowed
        self._left: dict[str, int] = {}

    def check(self, wanted: Mapping[str, int]) -> None:
        """Raise `TooManyWithdrawals` if these numbers of records of these sources are too many."""
        if self._allowed is not None:
            if sum(wanted.values()) > self._allowed:
                raise TooManyWithdrawals(
                    f"{sum(wanted.values()):,} records are taken back, and {self._allowed:,} were allowed."
                    " Nothing was taken back beyond that."
                )
            return
        for source, number in wanted.items():
            left = self._left_of(source)
            if number > left:
                raise TooManyWithdrawals(
                    f"{number:,} records of {source} are taken back here. Without a word of the operator"
                    f" {max(left, 0):,} more may be today. If this is right, import it with --allow-withdrawals and"
                    " the number of them."
                )

    def take(self, wanted: Mapping[str, int]) -> None:
        """The same, and count them as taken back."""
        self.check(wanted)
        if self._allowed is not None:
            self._allowed -= sum(wanted.values())
            return
        for source, number in wanted.items():
            self._left[source] = self._left_of(source) - number

    def _left_of(self, source: str) -> int:
        if source not in self._left:
            records = Record.objects.filter(source__code=source, programme=self._programme)
            recent = SourceWithdrawal.objects.filter(record__in=records, withdrawn_at__gt=self._at - _DAY)
            taken = recent.count()
            held = records.filter(state=RecordState.CURRENT).count()
            most = max(ALWAYS, int(settings.WITHDRAWALS_A_DAY * (held + taken)))
            self._left[source] = most - taken
        return self._left[source]
