"""A person's wishes about mails, as they are stored: sealed, with what was wished before the last change.

What was wished before counts for a mail that warns of an intruder: whoever took over a session could otherwise
first ask for silence and then change the address.
"""

import json
from collections.abc import Iterable
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from accounts.models import ContactWishes
from audit import keys
from delivery.rendering import OBJECTION
from delivery.wishes import ANY_TIME, Mails, Wishes

_EVERY_DAY: Final = 7


def standing(row: ContactWishes, at: datetime, *, settled: bool = False) -> Wishes:
    """The wishes that hold at `at`; with `settled` those that have stood for as long as an objection may take."""
    said = json.loads(keys.open_sealed(row.subject_id, bytes(row.sealed)))
    if settled and at < row.changed_at + OBJECTION:
        return _read(said["before"]) if said["before"] else ANY_TIME
    return _read(said["now"])


def pack(subject_id: UUID, now: Wishes, before: Wishes | None) -> bytes:
    """The sealed form."""
    said = {"now": _written(now), "before": _written(before) if before else None}
    return keys.seal(subject_id, json.dumps(said).encode())


def from_words(mails: str, days: Iterable[int], begins: str | None, ends: str | None, zone: str) -> Wishes:
    """Wishes out of values that were checked. All seven days are the same as no wish about days."""
    chosen = frozenset(days)
    return Wishes(
        mails=Mails(mails),
        days=frozenset() if len(chosen) == _EVERY_DAY else chosen,
        begins=time.fromisoformat(begins) if begins else None,
        ends=time.fromisoformat(ends) if ends else None,
        zone=zone,
    )


def _read(said: dict[str, Any]) -> Wishes:
    begins, ends = (time.fromisoformat(said[name]) if said[name] else None for name in ("begins", "ends"))
    return Wishes(Mails(said["mails"]), frozenset(said["days"]), begins, ends, said["zone"])


def _written(wished: Wishes) -> dict[str, Any]:
    begins, ends = (clock.isoformat("minutes") if clock else "" for clock in (wished.begins, wished.ends))
    return {
        "mails": wished.mails,
        "days": sorted(wished.days),
        "begins": begins,
        "ends": ends,
        "zone": wished.zone,
    }
