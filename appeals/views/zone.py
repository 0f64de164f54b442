"""In which zone the pages of a case tell days and times: where its procedure counts them.

A dispute sent at 20:00 UTC is received on the next day in Shanghai. The deadlines count from that day, so the pages
must not name another one.
"""

from zoneinfo import ZoneInfo

from django.utils import timezone

from appeals import queries
from appeals.models import Case


def tell_time_as_in(case: Case) -> Case:
    """For the rest of this request, which is about this case (`redress.middleware.TimeZone` ends it)."""
    timezone.activate(ZoneInfo(queries.procedure_of(case).time_zone))
    return case
