"""What rests on an entry, and what is marked on it, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.catalogue import MeasureType, RecordType
from records.models import Mark, Measure, MeasureState
from records.presentation import fields, origins, words
from records.presentation.origins import Ground
from records.queries import Held

# Plainer than the labels of the states: “No planes: suspended” reads as if the planes were.
_STATES: Mapping[MeasureState, str | Promise] = {
    MeasureState.IN_FORCE: gettext_lazy("Applies now"),
    MeasureState.SUSPENDED: gettext_lazy("Stopped for now"),
    MeasureState.LIFTED: gettext_lazy("Ended"),
}
_TONES = {MeasureState.IN_FORCE: "restricted", MeasureState.SUSPENDED: "suspended", MeasureState.LIFTED: "good"}


@dataclass(frozen=True, slots=True)
class Effect:
    """One measure as a page shows it. `state` is a word for the tag, `meaning` what it means for the person."""

    id: UUID
    kind: str
    title: str
    state: str
    tone: str
    meaning: str
    since: date
    until: str
    carrier: str
    ground: Ground
    is_over: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """One mark that travels with the entry."""

    id: UUID
    what: str
    since: datetime
    since_on: str


@dataclass(frozen=True, slots=True)
class Own:
    """The person's own words on an entry, and on which day they were written."""

    words: str
    day: str


def effects(held: Held, today: date) -> list[Effect]:
    """The measures that rest on an entry: those that apply first, those that are over last."""
    states, types = list(_TONES), list(held.programme.measures)

    def place(measure: Measure) -> tuple[bool, int, int]:
        state = MeasureState(measure.state)
        return measure.has_run_out(today), states.index(state), types.index(measure.type)

    return [
        effect(measure, held.programme.measures[measure.type], today, held.programme.time_zone)
        for measure in sorted(held.measures, key=place)
    ]


def effect(measure: Measure, kind: MeasureType, today: date, time_zone: str = "UTC") -> Effect:
    """One measure on the day `today`. `kind` is the catalogue's: a restriction, a publication, …"""
    state = MeasureState(measure.state)
    return Effect(
        id=measure.pk,
        kind=kind.kind,
        title=kind.title.of(words.reader()),
        state=_state(measure, state, today),
        tone=_TONES[MeasureState.LIFTED if measure.has_run_out(today) else state],
        meaning=_meaning(measure, state, today, time_zone),
        since=measure.from_on,
        until=_until(measure, kind),
        carrier=kind.carrier.of(words.reader()),
        ground=origins.ground(kind.basis),
        is_over=state is MeasureState.LIFTED or measure.has_run_out(today),
    )


def measure_title(held: Held, measure_id: UUID) -> str:
    """The name of one measure on this entry."""
    return next(
        (held.programme.measures[m.type].title.of(words.reader()) for m in held.measures if m.pk == measure_id), ""
    )


def marked(held: Held) -> list[Marked]:
    """The marks that everybody sees who receives the entry now."""
    zone = held.programme.time_zone
    return [
        Marked(mark.pk, _mark(held.type, mark), mark.placed_at, words.day(words.local_day(mark.placed_at, zone)))
        for mark in held.marks
    ]


def stated(held: Held) -> Own | None:
    """The person's own words on an entry, if there are any."""
    one = held.statement
    return Own(one.words, words.day(words.local_day(one.written_at, held.programme.time_zone))) if one else None


def _mark(kind: RecordType, mark: Mark) -> str:
    if mark.field in kind.fields:
        return _("“%(field)s” is marked as disputed.") % {"field": fields.title(kind, mark.field)}
    return _("The whole entry is marked as disputed.")


def _state(measure: Measure, state: MeasureState, today: date) -> str:
    if state is not MeasureState.LIFTED and measure.has_run_out(today):
        return _("Over")
    if state is MeasureState.IN_FORCE and measure.from_on > today:
        return _("Not begun")
    return str(_STATES[state])


def _meaning(measure: Measure, state: MeasureState, today: date, time_zone: str) -> str:
    if state is MeasureState.LIFTED:
        on = words.day(words.local_day(measure.lifted_at, time_zone)) if measure.lifted_at else ""
        return _("It ended on %(on)s and does not apply to you any more.") % {"on": on}
    if measure.to_on and measure.has_run_out(today):
        return _("Its last day was %(on)s. It does not apply to you any more.") % {"on": words.day(measure.to_on)}
    if state is MeasureState.SUSPENDED and measure.resumes_on:
        on = words.day(measure.resumes_on)
        return _("It has stopped for now and must not be used against you. It may start again on %(on)s.") % {"on": on}
    if state is MeasureState.SUSPENDED:
        return _("It has stopped while your dispute is open, and must not be used against you.")
    if measure.from_on > today:
        return _("It starts on %(on)s.") % {"on": words.day(measure.from_on)}
    return _("It applies to you now.")


def _until(measure: Measure, kind: MeasureType) -> str:
    if measure.to_on:
        return words.day(measure.to_on)
    if latest := kind.latest_end(measure.from_on):
        return _("%(on)s at the latest") % {"on": words.day(latest)}
    match kind.until:
        case "record_end":
            return _("As long as this entry stands")
        case "once":
            return _("It happens once")
    return _("Until it is lifted. No end was named.")
