"""From which day on a procedure with a waiting time can be used, in words that a person can check."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from appeals import presentation, queries
from appeals.queries import Waiting
from records import presentation as entries
from records.openings import Opening
from records.queries import Held


def of_entry(entry: Held, at: datetime) -> list[Opening]:
    """Every waiting time for this entry, over or not: `settings.RECORDS_OPENINGS_BY` names this."""
    found = [queries.waiting_for(each, entry, "record", at) for each in queries.procedures_for(entry, None, at)]
    return [shown(each) for each in found if each]


def later(found: Sequence[Waiting]) -> list[Opening]:
    """Those that open only on a day to come."""
    return [shown(each) for each in found if each.keeps_back]


def shown(found: Waiting) -> Opening:
    """One procedure with its waiting time."""
    wait = found.wait
    return Opening(
        procedure=found.procedure.id,
        title=presentation.procedure_title(found.procedure),
        opens_on=wait.opens_on if found.keeps_back else None,
        says=_says(found),
        steps=presentation.steps(wait.due) if wait.due else [],
        rule=wait.rule.cite,
    )


def _says(found: Waiting) -> str:
    day = found.wait.opens_on
    if day is None:
        return _(
            "You can ask for this now. The rule makes one wait, but your entry does not say from when. That does not"
            " count against you."
        )
    said = {"day": entries.day(day)}
    if found.keeps_back:
        return _("You can ask for this from %(day)s on.") % said
    if found.today >= day:
        return _("You can ask for this now. The waiting time was over on %(day)s.") % said
    return (
        _(
            "You can ask for this now. We have heard of a waiting time until %(day)s, but nobody here has read the"
            " words of that rule. So it does not make you wait."
        )
        % said
    )
