"""The document of a copy: what is held about a person, as `schema.py` allows it, in the words of one language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Organisation, Role
from records import presentation
from records.catalogue import Basis, RecordType
from records.content import Said
from records.models import Access, Disclosure, Keeping, Mark, Measure, MeasureState
from records.operations.exports import SCHEMA_VERSION
from records.own_file import Happening, Step, Story
from records.queries import Held
from records.statements import Stated

_Json = dict[str, Any]


@dataclass(frozen=True)
class Whole:
    """One entry with everything that its person may know of it."""

    held: Held
    story: Story
    keepings: Sequence[Keeping]
    disclosures: Sequence[Disclosure]
    accesses: Sequence[Access]


@dataclass(frozen=True)
class About:
    """Who the copy is about. `identifiers`: schemes with the last characters of the number."""

    kind: str
    name: str
    birth_date: date | None
    identifiers: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Part:
    """Which entries of how many this part holds, counted from 1; `first` is 0 in a copy without any."""

    number: int
    first: int
    last: int
    total: int


def build(
    about: About, wholes: Sequence[Whole], part: Part, *, in_full: bool, language: str, base_url: str, at: datetime
) -> _Json:
    """The document, in the active language; `language` is its code."""
    entries = [_entry(whole, base_url, at) for whole in wholes]
    return {
        "schema": "redress-copy",
        "schema_version": SCHEMA_VERSION,
        "notice": notice(),
        "made_at": _moment(at, "UTC"),
        "language": language,
        "part": {"number": part.number, "first": part.first, "last": part.last, "total": part.total},
        "in_full": in_full,
        "about": {
            "kind": about.kind,
            "name": about.name,
            "birth_date": _day(about.birth_date),
            "identifiers": [{"scheme": scheme, "ends_in": last} for scheme, last in about.identifiers],
        },
        "entries": entries,
        "left_out": [*_always_left_out(in_full), *_withheld(wholes)],
    }


def notice() -> str:
    """For whom a copy is: on its page and in every file."""
    return _(
        "This copy is for you alone. Nobody may demand that you show it: no employer, no landlord, no bank, no"
        " authority. It is no certificate, and what is not in it proves nothing."
    )


def _entry(whole: Whole, base_url: str, at: datetime) -> _Json:
    held = whole.held
    record, version, programme, zone = held.record, held.version, held.programme, held.programme.time_zone
    language = presentation.reader()
    return {
        "id": str(record.pk),
        "programme": {"id": programme.id, "title": programme.title.of(language)},
        "type": {"id": held.type.id, "title": held.type.title.of(language)},
        "holder": {"id": programme.holder.code, "title": programme.holder.of(language)},
        "source": _organisation(record.source),
        "source_ref": record.source_ref,
        "adverse": record.adverse,
        "rules": base_url + reverse("records:catalogue-type", args=[programme.id, held.type.id]),
        "version": version.number,
        "recorded_at": _moment(version.recorded_at, zone),
        "valid_from": _day(version.valid_from),
        "valid_to": _day(version.valid_to),
        "basis": _basis(held.type.basis),
        "fields": _fields(held.type, held.said),
        "origin": [
            {"name": line.name, "title": line.key, "hidden": line.hidden, "text": line.value}
            for line in presentation.origin(held.type, held.said.provenance)
        ],
        "marks": [_mark(held, mark, zone) for mark in held.marks],
        "statements": [_statement(held.statement, zone)] if held.statement else [],
        "measures": [_measure(held, measure, at.date(), zone) for measure in held.measures],
        "keeping": _keeping(held.type, whole.keepings),
        "versions": _versions(held, whole.story, zone),
        "happened": _happened(held, whole.story, zone),
        "received": [_received(each, zone) for each in whole.disclosures],
        "looked": [_looked(each, zone) for each in whole.accesses],
    }


def _fields(kind: RecordType, said: Said) -> list[_Json]:
    shown, lines = kind.for_subject(said.values), presentation.lines(kind, said.values)
    return [
        {"name": each.name, "title": line.key, "hidden": line.hidden, "value": each.value, "text": line.value}
        for each, line in zip(shown, lines, strict=True)
    ]


def _mark(held: Held, mark: Mark, zone: str) -> _Json:
    text = next(each.what for each in presentation.marked(held) if each.id == mark.pk)
    return {"kind": mark.kind, "field": mark.field or None, "since": _moment(mark.placed_at, zone), "text": text}


def _statement(one: Stated, zone: str) -> _Json:
    return {
        "words": one.words,
        "language": one.language,
        "version": one.number,
        "written_at": _moment(one.written_at, zone),
    }


def _measure(held: Held, measure: Measure, today: date, zone: str) -> _Json:
    kind = held.programme.measures[measure.type]
    shown = presentation.effect(measure, kind, today, zone)
    is_over = measure.state != MeasureState.LIFTED and measure.has_run_out(today)
    return {
        "id": str(measure.pk),
        "type": measure.type,
        "title": shown.title,
        "kind": kind.kind,
        "state": "over" if is_over else measure.state,
        "since": _day(measure.from_on),
        "to": _day(measure.to_on),
        "resumes_on": _day(measure.resumes_on),
        "until": shown.until,
        "meaning": shown.meaning,
        "carrier": shown.carrier,
        "basis": _basis(kind.basis),
    }


def _keeping(kind: RecordType, times: Sequence[Keeping]) -> list[_Json]:
    until = {str(time.of): time.until for time in times}
    return [
        {
            "of": rule.of,
            "text": shown.text,
            "until": _day(until.get(rule.of)),
            "day": shown.day,
            "basis": _basis(rule.basis),
        }
        for rule, shown in zip(kind.retention, presentation.keeping(kind, times), strict=True)
    ]


def _versions(held: Held, story: Story, zone: str) -> list[_Json]:
    return [
        _version(held, step, shown, zone)
        for step, shown in zip(story.steps, presentation.history(held, story), strict=True)
    ]


def _version(held: Held, step: Step, shown: presentation.VersionShown, zone: str) -> _Json:
    version = step.version
    return {
        "number": version.number,
        "cause": version.cause,
        "title": shown.title,
        "recorded_at": _moment(version.recorded_at, zone),
        "valid_from": _day(version.valid_from),
        "valid_to": _day(version.valid_to),
        "by": shown.who,
        "case": shown.case,
        "note": shown.note,
        "changes": [
            {"title": change.key, "was": change.was, "now": change.now, "note": change.note} for change in shown.changes
        ],
        "fields": _fields(held.type, step.said) if step.said else [],
    }


def _happened(held: Held, story: Story, zone: str) -> list[_Json]:
    shown = presentation.happened(held, story)
    pairs: Iterable[tuple[Happening, presentation.Happened]] = zip(story.happenings, shown, strict=True)
    return [
        {"event": one.event, "title": each.title, "at": _moment(one.at, zone), "by": each.who, "case": each.case}
        for one, each in pairs
    ]


def _received(disclosure: Disclosure, zone: str) -> _Json:
    return {
        "organisation": _organisation(disclosure.recipient),
        "at": _moment(disclosure.disclosed_at, zone),
        "purpose": {"id": disclosure.purpose, "title": presentation.purpose(disclosure.purpose)},
        "version": disclosure.version.number,
        "marks": presentation.carried(disclosure.marks),
    }


def _looked(access: Access, zone: str) -> _Json:
    role = str(Role(access.role).label) if access.role in Role.values else access.role
    return {
        "organisation": _organisation(access.organisation),
        "role": {"id": access.role, "title": role},
        "number": access.number,
        "at": _moment(access.looked_at, zone),
        "purpose": {"id": access.purpose, "title": presentation.purpose(access.purpose)},
        "reason": access.reason,
    }


def _basis(basis: Basis | str) -> _Json:
    ground = presentation.ground(basis)
    return {
        "cite": ground.cite,
        "evidence": "none" if isinstance(basis, str) else basis.evidence,
        "text": ground.evidence,
    }


def _organisation(organisation: Organisation) -> Mapping[str, str]:
    return {"id": organisation.code, "title": presentation.organisation(organisation.name)}


def _always_left_out(in_full: bool) -> list[_Json]:
    reasons = [
        (
            _("Your addresses and other ways to reach you"),
            _("So that nobody who finds this copy can reach you or pretend to be you."),
        ),
        (
            _("All but the last characters of your numbers"),
            _("So that nobody who finds this copy can pretend to be you."),
        ),
        (_("Names of people who work with your data"), _("They appear by organisation, role and a number that stays.")),
        (
            _("Your cases, with what you wrote and handed in, and our letters"),
            _("They stand on the pages of your cases, where each letter can be downloaded."),
        ),
        (
            _("What was taken out of your file"),
            _("Nobody receives it any more. The page “No longer in your file” says what it was, and who had it."),
        ),
    ]
    if not in_full:
        reasons.append(
            (
                _("What others than the sender of your notice said"),
                _("We do not know yet that your address is yours. The page of your file says how you can show it."),
            )
        )
    return [{"what": what, "why": why, "entry": None, "field": None} for what, why in reasons]


def _withheld(wholes: Sequence[Whole]) -> list[_Json]:
    """Every field that has something in it which its person may not see, once an entry."""
    found = []
    for whole in wholes:
        held, record_id = whole.held, str(whole.held.record.pk)
        lines = presentation.lines(held.type, held.said.values)
        lines += presentation.origin(held.type, held.said.provenance)
        hidden = {line.name: line for line in lines if line.hidden}
        found += [
            {"what": line.key, "why": line.value, "entry": record_id, "field": line.name} for line in hidden.values()
        ]
    return found


def _moment(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
