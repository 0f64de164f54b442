"""What a programme may hold and do, in words for everybody: made from the programme file, for the catalogue's pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from law import procedures
from law.procedures import Procedure
from records import catalogue
from records.catalogue import FieldInfo, Kind, MeasureType, Programme, RecordType
from records.presentation import kept, origins, words
from records.presentation.kept import Keeping
from records.presentation.origins import Ground

_STATUSES: Mapping[str, str | Promise] = {
    "in_force": gettext_lazy("In force"),
    "pilot": gettext_lazy("On trial"),
    "replaced": gettext_lazy("Replaced by another"),
    "proposed": gettext_lazy("Proposed, not in force"),
    "comparison": gettext_lazy("Shown for comparison"),
}
_SUBJECTS: Mapping[str, str | Promise] = {
    "person": gettext_lazy("people"),
    "organisation": gettext_lazy("companies and other organisations"),
}
_ADVERSE: Mapping[bool | str, str | Promise] = {
    True: gettext_lazy("Yes."),
    False: gettext_lazy("No."),
    "either": gettext_lazy("That depends on what it says."),
}
_KINDS: Mapping[str, str | Promise] = {
    "restriction": gettext_lazy("Restriction"),
    "listing": gettext_lazy("Listing"),
    "publication": gettext_lazy("Publication"),
    "benefit": gettext_lazy("Benefit"),
    "score_part": gettext_lazy("Part of a score"),
}
_ENDS: Mapping[str, str | Promise] = {
    "record_end": gettext_lazy("As long as the entry stands"),
    "once": gettext_lazy("It happens once"),
    "lifted": gettext_lazy("Until it is lifted"),
}


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field: what it is called, who sees it, whether it must be there, and whether those who ask receive it."""

    title: str
    sees: str
    is_required: bool
    is_given: bool


@dataclass(frozen=True, slots=True)
class MeasureRule:
    """One measure that may rest on such an entry."""

    id: str
    title: str
    kind: str
    carrier: str
    until: str
    ground: Ground


@dataclass(frozen=True, slots=True)
class WayOut:
    """One procedure by which such an entry can be disputed, with the reasons that it offers."""

    title: str
    summary: str
    grounds: list[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that may not be held, and why."""

    title: str
    because: str
    ground: Ground


@dataclass(frozen=True, slots=True)
class TypeRules:
    """Everything that the catalogue says about one type of entry."""

    programme: str
    id: str
    title: str
    summary: str
    about: str
    adverse: str
    ground: Ground
    fields: list[FieldRule]
    methods: list[str]
    refused: dict[str, Ground]  # reasons for which an entry is not taken in although it has the right form
    keeping: list[Keeping]
    measures: list[MeasureRule]
    ways_out: list[WayOut]


@dataclass(frozen=True, slots=True)
class ProgrammeRules:
    """Everything that the catalogue says about a programme as a whole."""

    id: str
    title: str
    summary: str
    holder: str
    status: str
    about: str
    ground: Ground
    types: list[TypeRules]
    refused: list[Refusal]


def programme_rules(programme: Programme, on: date) -> ProgrammeRules:
    """What the file of a programme says, with the procedures that are open on the day, or at the moment, `on`."""
    language = words.reader()
    return ProgrammeRules(
        id=programme.id,
        title=programme.title.of(language),
        summary=programme.summary.of(language),
        holder=programme.holder.of(language),
        status=str(_STATUSES[programme.status]),
        about=_about(programme.subjects),
        ground=origins.ground(programme.basis),
        types=[type_rules(programme, kind, on) for kind in programme.types.values()],
        refused=[
            Refusal(each.title.of(language), each.because.of(language), origins.ground(each.basis))
            for each in programme.refused_types.values()
        ],
    )


def type_rules(programme: Programme, kind: RecordType, on: date) -> TypeRules:
    """What the file says about one type of entry."""
    language = words.reader()
    known = catalogue.vocabulary().methods
    return TypeRules(
        programme=programme.id,
        id=kind.id,
        title=kind.title.of(language),
        summary=kind.summary.of(language),
        about=_about(kind.about),
        adverse=str(_ADVERSE[kind.adverse]),
        ground=origins.ground(kind.basis),
        fields=[_field(kind, name, info) for name, info in kind.fields.items()],
        methods=[known[name].title.of(language) for name in kind.provenance.allowed],
        refused={each.because.of(language): origins.ground(each.basis) for each in kind.refuse_when},
        keeping=kept.keeping(kind),
        measures=[_measure(each) for each in programme.measures_on(kind.id)],
        ways_out=[_way_out(each) for each in _procedures(programme, kind, on)],
    )


def _about(kinds: list[Kind]) -> str:
    return words.listed(str(_SUBJECTS[kind]) for kind in kinds)


def _field(kind: RecordType, name: str, info: FieldInfo) -> FieldRule:
    is_given = name in kind.for_recipients
    return FieldRule(info.title.of(words.reader()), _sees(info), name in kind.required, is_given)


def _sees(info: FieldInfo) -> str:
    if info.visible == "withheld":
        why = info.withheld_because.of(words.reader()) if info.withheld_because else ""
        return _("You see that it is there, not what it says. %(why)s") % {"why": why}
    if info.visible == "role":
        role = info.role.of(words.reader()) if info.role else ""
        return _("You see the role, not the name: %(role)s") % {"role": role}
    return _("You see it and can dispute it") if info.correctable else _("You see it")


def _measure(kind: MeasureType) -> MeasureRule:
    return MeasureRule(
        id=kind.id,
        title=kind.title.of(words.reader()),
        kind=str(_KINDS[kind.kind]),
        carrier=kind.carrier.of(words.reader()),
        until=str(_ENDS[kind.until]) if kind.until else _longest(kind.longest or ""),
        ground=origins.ground(kind.basis),
    )


def _longest(duration: str) -> str:
    return _("At most %(duration)s") % {"duration": words.duration(duration)}


def _procedures(programme: Programme, kind: RecordType, on: date) -> list[Procedure]:
    found = {
        each.id: each
        for subject_kind in kind.about
        for each in procedures.open_for(programme=programme.id, type=kind.id, subject_kind=subject_kind, on=on)
    }
    return list(found.values())


def _way_out(procedure: Procedure) -> WayOut:
    language = words.reader()
    return WayOut(
        title=procedure.title.in_language(language),
        summary=procedure.summary.in_language(language),
        grounds=[ground.title.in_language(language) for ground in procedure.grounds_for("record")],
    )
