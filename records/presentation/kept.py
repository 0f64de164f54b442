"""For how long an entry is held and published, until which day, and what happens then."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.catalogue import RecordType, Retention
from records.models import Keeping as KeepingTime
from records.models import WaitsFor
from records.presentation import words
from records.presentation.origins import Ground, ground

_AFTERWARDS: Mapping[str, str | Promise] = {
    "delete": gettext_lazy("Then it is deleted."),
    "archive_sealed": gettext_lazy("Then it is locked away, and nobody is shown it any more."),
}
_THINGS: Mapping[str, str | Promise] = {
    "record": gettext_lazy("This entry"),
    "publication": gettext_lazy("Where it is published"),
}
_WAITS: Mapping[str, str | Promise] = {
    WaitsFor.OPEN_CASE: gettext_lazy("Its time is over, but it is part of a case that is still open, so it stays."),
    WaitsFor.REVIEW_WINDOW: gettext_lazy("Its time is over, but you can still ask for a review, so it stays."),
}


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long something is kept. `day`: the last one, and what happens then; empty where no day is known."""

    what: str
    text: str
    ground: Ground
    day: str = ""


def keeping(kind: RecordType, times: Iterable[KeepingTime] = ()) -> list[Keeping]:
    """For how long an entry of this kind is held, and published; with the days that were worked out for one entry."""
    by_thing = {str(time.of): time for time in times}
    return [_keeping(rule, by_thing.get(rule.of)) for rule in kind.retention]


def afterwards(rule: Retention) -> str:
    """What happens when the time is over."""
    return str(_AFTERWARDS[rule.then])


def _keeping(rule: Retention, time: KeepingTime | None) -> Keeping:
    text = _("%(how_long)s %(then)s") % {"how_long": rule.words.of(words.reader()), "then": afterwards(rule)}
    return Keeping(str(_THINGS[rule.of]), text, ground(rule.basis), _day(time) if time else "")


def _day(time: KeepingTime) -> str:
    if time.waits_for in _WAITS:
        return str(_WAITS[WaitsFor(time.waits_for)])
    if time.done_at:
        return _("Its time is over.")
    if time.until:
        return _("Its last day is %(day)s.") % {"day": words.day(time.until)}
    return ""
