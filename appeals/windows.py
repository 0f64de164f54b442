"""The times that bind the person, in words that one can check: until when one files, and goes to the next tier.

What binds the person is shown at its earliest reading and taken until its latest.
"""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts import files
from appeals import deadlines, presentation, queries
from appeals.models import Case
from appeals.queries import Limit
from law.procedures import Procedure
from law.rules import Tier
from records import presentation as entries
from records.openings import Window
from records.queries import Held

# Of an answer that was not delivered yet these have not happened, and will.
_WITH_DELIVERY = frozenset({"served", "known", "informed"})


def of_entry(entry: Held, at: datetime) -> list[Window]:
    """The times for disputing an entry: `settings.RECORDS_WINDOWS_BY` names this."""
    limited = [each for each in queries.procedures_for(entry, None, at) if "file_by" in each.clocks]
    if not limited:
        return []
    own = files.members(entry.record.subject_id)
    found = [for_filing(each, [entry.record.pk], own, entry.record.programme, at) for each in limited]
    return [each for each in found if each]


def for_filing(
    procedure: Procedure, record_ids: Collection[UUID], subject_ids: Collection[UUID], programme: str, at: datetime
) -> Window | None:
    """The time for disputing these entries together, as the person reads it before filing."""
    limit = queries.filing_limit(procedure, record_ids, subject_ids, programme)
    return _filing(procedure, limit, procedure.local_date(at)) if limit else None


def of_case(case: Case, at: datetime) -> list[Window]:
    """Both times of a case, for whoever works on it: of its filing, and of the next tier once there is an answer."""
    procedure = queries.procedure_of(case)
    limit = queries.filing_limit_of(case)
    filing = _filing(procedure, limit, queries.came_on(case)) if limit and queries.excuse_of(case) is None else None
    tier = queries.tier_after(case)
    after = for_tier(case, tier, at) if tier else None
    return [each for each in (filing, after) if each]


def for_tier(case: Case, tier: Tier, at: datetime) -> Window | None:
    """The time for going to a tier above the one that answered; None where the file sets none."""
    limit = queries.tier_limit(case, tier)
    if limit is None:
        return None
    today = queries.procedure_of(case).local_date(at)
    if limit.due:
        said = _days(limit, today)
    elif not limit.was_read:
        said = [_heard_of(limit), _("Ask there how long it is, and do not wait.")]
    elif case.served_at is None and _WITH_DELIVERY.intersection(limit.rule.starts):
        begins = _("The time for this is %(length)s. It begins when this answer is delivered: no day is known yet.")
        said = [begins % {"length": _length(limit)}]
    else:
        said = [_not_proved(limit), _("Ask there how long it is, and do not wait.")]
    return _window(f"tier-{tier.id}", tier.title.in_language(entries.reader()), limit, said, today)


def lines(window: Window) -> list[str]:
    """The same for a letter: the day, from what it is counted, and the rule."""
    return [" ".join(window.says), _("The rule: %(cite)s") % {"cite": window.rule}]


def _filing(procedure: Procedure, limit: Limit, on: date) -> Window:
    if limit.due:
        said = _days(limit, on)
        if limit.due.latest < on:
            said.append(_after_it(limit))
    elif not limit.was_read:
        said = [_heard_of(limit), _("So it does not count against anybody.")]
    else:
        said = [_not_proved(limit), _("So it is not over.")]
    return _window(f"filing-{procedure.id}", presentation.procedure_title(procedure), limit, said, on)


def _days(limit: Limit, today: date) -> list[str]:
    """The last day, and from what it is counted."""
    assert limit.due
    steps = presentation.steps(limit.due)
    names = {"day": entries.day(limit.due.earliest)}
    if today <= limit.due.earliest:
        return [_("Your last day for this is %(day)s.") % names, *steps[:1]]
    if today <= limit.due.latest:
        return [_("The last day for this was %(day)s. By another reading it still counts today.") % names, *steps[:1]]
    return [_("The last day for this was %(day)s.") % {"day": entries.day(limit.due.latest)}, *steps[:1]]


def _after_it(limit: Limit) -> str:
    if limit.excuse:
        return _("With a good reason it is taken all the same. A person judges that first.")
    return _("This procedure takes nothing after its last day, whatever the reason.")


def _heard_of(limit: Limit) -> str:
    said = _("We have heard of a time for this, %(length)s long, but nobody here has read the words of that rule.")
    return said % {"length": _length(limit)}


def _not_proved(limit: Limit) -> str:
    said = _("The time for this is %(length)s. From which day it counts cannot be proved here.")
    return said % {"length": _length(limit)}


def _length(limit: Limit) -> str:
    return deadlines.length(limit.term.length, limit.term.unit)


def _window(id: str, title: str, limit: Limit, said: list[str], today: date) -> Window:
    due = limit.due
    return Window(
        id=id,
        title=title,
        last_day=due.earliest if due else None,
        is_over=due is not None and due.latest < today,
        says=said,
        steps=presentation.steps(due) if due else [],
        rule=limit.rule.cite,
    )
