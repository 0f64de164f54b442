"""Entries in brief, grouped by programme and type: the page *What is held about me*."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from records import catalogue
from records.own_file import Group as GroupKey
from records.presentation import effects, fields, traces, words
from records.presentation.effects import Effect, Marked
from records.presentation.fields import Line
from records.queries import Held

_EFFECTS_ON_A_CARD = 5


@dataclass(frozen=True, slots=True)
class Card:
    """One entry in brief. `more_effects`: how many measures only its own page names."""

    id: UUID
    title: str
    is_adverse: bool
    facts: list[Line]
    source: str
    valid: str
    recorded_at: datetime
    recorded_on: str
    marks: list[Marked]
    effects: list[Effect]
    more_effects: int


@dataclass(frozen=True, slots=True)
class TypeGroup:
    """The entries of one type on this page. `total`: how many there are altogether."""

    id: str
    type: str
    title: str
    total: int
    cards: list[Card]


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of one programme on this page, by type. `total`: how many it holds altogether."""

    id: str
    title: str
    summary: str
    holder: str
    total: int
    shown: int
    types: list[TypeGroup]


@dataclass(frozen=True, slots=True)
class Listed:
    """One programme or type in the overview: how many entries, and by what they are chosen."""

    programme: str
    type: str
    title: str
    total: int
    types: "list[Listed]"


def groups(found: Sequence[Held], totals: Mapping[GroupKey, int], today: date) -> list[Group]:
    """These entries by programme and type, in the order in which they were found."""
    by_programme: dict[str, dict[str, list[Held]]] = {}
    for held in found:
        by_programme.setdefault(held.record.programme, {}).setdefault(held.record.type, []).append(held)
    return [_group(name, types, totals, today) for name, types in by_programme.items()]


def overview(totals: Mapping[GroupKey, int]) -> list[Listed]:
    """What is held, in numbers: programmes with their types, in the order of the catalogue."""
    found = []
    for name in {key.programme: None for key in totals}:
        programme = catalogue.programme(name)
        types = [
            Listed(name, kind.id, kind.title.of(words.reader()), totals[GroupKey(name, kind.id)], [])
            for kind in programme.types.values()
            if GroupKey(name, kind.id) in totals
        ]
        found.append(Listed(name, "", programme.title.of(words.reader()), sum(each.total for each in types), types))
    return found


def card(held: Held, today: date) -> Card:
    """One entry in brief."""
    present = [each for each in effects.effects(held, today) if not each.is_over]
    return Card(
        id=held.record.pk,
        title=held.type.title.of(words.reader()),
        is_adverse=held.record.adverse,
        facts=fields.principal(held),
        source=traces.organisation(held.record.source.name),
        valid=traces.validity(held.version.valid_from, held.version.valid_to),
        recorded_at=held.version.recorded_at,
        recorded_on=words.day(words.local_day(held.version.recorded_at, held.programme.time_zone)),
        marks=effects.marked(held),
        effects=present[:_EFFECTS_ON_A_CARD],
        more_effects=max(0, len(present) - _EFFECTS_ON_A_CARD),
    )


def _group(name: str, types: Mapping[str, list[Held]], totals: Mapping[GroupKey, int], today: date) -> Group:
    programme = catalogue.programme(name)
    language = words.reader()
    return Group(
        id=name,
        title=programme.title.of(language),
        summary=programme.summary.of(language),
        holder=programme.holder.of(language),
        total=sum(number for key, number in totals.items() if key.programme == name),
        shown=sum(map(len, types.values())),
        types=[
            TypeGroup(
                id=f"{name}-{kind}",
                type=kind,
                title=programme.types[kind].title.of(language),
                total=totals.get(GroupKey(name, kind), len(found)),
                cards=[card(held, today) for held in found],
            )
            for kind, found in types.items()
        ],
    )
