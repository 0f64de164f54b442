"""Adding the lengths of time of programme files to days."""

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import Final

from records.catalogue.base import Duration

_FORM: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?")


def later(day: date, *durations: Duration | None) -> date:
    """The day that lies so much later. A month without that day (31 January and a month) ends on its last day."""
    for duration in durations:
        found = _FORM.fullmatch(duration or "")
        years, months, days = (int(number or 0) for number in found.groups()) if found else (0, 0, 0)
        month = day.year * 12 + day.month - 1 + years * 12 + months
        last = monthrange(month // 12, month % 12 + 1)[1]
        day = date(month // 12, month % 12 + 1, min(day.day, last)) + timedelta(days=days)
    return day
