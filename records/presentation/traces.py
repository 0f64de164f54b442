"""What happened with an entry: how it changed, who received it, who looked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role
from records import catalogue, statements
from records.models import Access, Disclosure, MarkKind, Record, RecordState, Version, VersionCause
from records.own_file import Hand, Happening, Step, Story
from records.presentation import fields, words
from records.presentation.fields import Change
from records.queries import Held

_CAUSES: Mapping[str, str | Promise] = {
    VersionCause.SUPPLIED: gettext_lazy("The source sent it"),
    VersionCause.CORRECTED: gettext_lazy("It was corrected after a dispute"),
    VersionCause.RESTORED: gettext_lazy("A correction was taken back"),
}
# What systems and staff name as their purpose. A purpose that is not here is shown as it was named.
_PURPOSES: Mapping[str, str | Promise] = {
    "review": gettext_lazy("To decide a dispute"),
    "paper_dispute": gettext_lazy("To enter what you wrote on paper"),
    "print_for_person": gettext_lazy("To print it for you, who asked for it on paper"),
    "approval": gettext_lazy("To check a decision"),
    "enquiry": gettext_lazy("To answer a question about a dispute"),
    "own_file": gettext_lazy("You looked at your own file"),
    "credit_decision": gettext_lazy("To decide about a loan"),
    "travel_booking": gettext_lazy("To book a journey"),
}
# `own_file.HAPPENINGS` as sentences. `%(measure)s` and `%(on)s` are filled in where the log has them.
_HAPPENINGS: Mapping[str, str | Promise] = {
    "record.marked": gettext_lazy("It was marked as disputed"),
    "record.unmarked": gettext_lazy("It is no longer marked as disputed"),
    "record.sealed": gettext_lazy("It was taken out of your file"),
    "record.detached": gettext_lazy("It was found to be about somebody else"),
    "record.restored": gettext_lazy("What had been decided was taken back"),
    "record.withdrawn": gettext_lazy("The source took it back"),
    "record.returned": gettext_lazy("It is in your file again, after the source had taken it back"),
    "record.answered": gettext_lazy("The source sent something else about it, which waits for the decision"),
    "record.answer_settled": gettext_lazy("It was settled what becomes of what the source sent during the dispute"),
    "record.moved": gettext_lazy("It was moved from one file to another"),
    "record.unpublished": gettext_lazy("The time for publishing it ended"),
    "record.statement_attached": gettext_lazy("You attached a statement of your own"),
    "record.statement_ended": gettext_lazy("The statement of your own was taken off"),
    "measure.imposed": gettext_lazy("A measure was placed on you: %(measure)s"),
    "measure.suspended": gettext_lazy("A measure was stopped for now: %(measure)s"),
    "measure.resumption_set": gettext_lazy("It was set when a measure may start again: %(measure)s, on %(on)s"),
    "measure.resumed": gettext_lazy("A measure started again: %(measure)s"),
    "measure.lifted": gettext_lazy("A measure ended: %(measure)s"),
    "measure.restored": gettext_lazy("A measure was put back as it had been: %(measure)s"),
    "measure.shortened": gettext_lazy("A measure got an earlier last day: %(measure)s, until %(on)s"),
}
_HANDS: Mapping[str, str | Promise] = {
    "person": gettext_lazy("after what you did"),
    "service": gettext_lazy("by this service, as it had been decided or laid down"),
    "system": gettext_lazy("by a computer system of the source"),
    "file": gettext_lazy("in a file that was read in"),
}


@dataclass(frozen=True, slots=True)
class VersionShown:
    """One version. `changes`: in what it differs from the one before; `note`: why they are not shown.

    `who`: whose hand it was, by organisation, role and number. `case`: the reference of the case that changed it.
    """

    number: int
    title: str
    recorded_at: datetime
    recorded: str
    valid: str
    changes: list[Change]
    note: str = ""
    who: str = ""
    case: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing besides a new version: a mark, or something about a measure."""

    title: str
    at: datetime
    when: str
    who: str
    case: str


@dataclass(frozen=True, slots=True)
class Received:
    """One disclosure to an organisation."""

    organisation: str
    at: datetime
    when: str
    purpose: str
    version: int
    marks: str
    record_id: UUID
    title: str
    is_held: bool  # whether the entry is in the file still


@dataclass(frozen=True, slots=True)
class Looked:
    """One look by a member of staff: organisation, role and number, never a name."""

    organisation: str
    who: str
    at: datetime
    when: str
    why: str
    record_id: UUID
    title: str
    is_held: bool


def history(held: Held, story: Story) -> list[VersionShown]:
    """The versions of an entry, newest first, each with what it changed, why, and whose hand it was."""
    return [_version(held, step, story.references) for step in story.steps]


def happened(held: Held, story: Story) -> list[Happened]:
    """Everything else, newest first: marks and what was done about measures."""
    titles = {str(measure.pk): measure.type for measure in held.measures}
    return [_happened(held, each, titles, story.references) for each in story.happenings]


def received(disclosures: Iterable[Disclosure]) -> list[Received]:
    """Who was given an entry, in the order in which they are given here."""
    return [_received(each) for each in disclosures]


def looked(accesses: Iterable[Access]) -> list[Looked]:
    """Which members of staff opened an entry."""
    return [_looked(each) for each in accesses]


def validity(valid_from: date | None, valid_to: date | None) -> str:
    """From when to when the entry says something about the world."""
    if valid_from and valid_to:
        return _("from %(first)s to %(last)s") % {"first": words.day(valid_from), "last": words.day(valid_to)}
    if valid_from:
        return _("from %(first)s, no end named") % {"first": words.day(valid_from)}
    if valid_to:
        return _("until %(last)s") % {"last": words.day(valid_to)}
    return _("no dates named")


def _version(held: Held, step: Step, references: Mapping[UUID, str]) -> VersionShown:
    version, before = step.version, step.before
    changed: list[Change] = []
    note = ""
    if before is None:
        note = _("This is the first version that we hold.")
    elif step.said is None or step.said_before is None:
        note = _("What this version said has been deleted for good.")
    else:
        changed = fields.changes(held.type, step.said_before.values, step.said.values)
        changed += _validity_change(before, version)
        if not changed:
            note = _("The values are the same. What is known about where it comes from has changed.")
    return VersionShown(
        number=version.number,
        title=str(_CAUSES[version.cause]),
        recorded_at=version.recorded_at,
        recorded=words.moment(version.recorded_at, held.programme.time_zone),
        valid=validity(version.valid_from, version.valid_to),
        changes=changed,
        note=note,
        who=_whose(step.hand),
        case=references.get(version.case_id, "") if version.case_id else "",
    )


def _validity_change(before: Version, after: Version) -> list[Change]:
    was, now = (validity(version.valid_from, version.valid_to) for version in (before, after))
    return [] if was == now else [Change(_("Valid"), was, now)]


def _happened(held: Held, one: Happening, types: Mapping[str, str], references: Mapping[UUID, str]) -> Happened:
    # The importer notes the type before the id; a measure that is gone is still named by it.
    named, _colon, measure_id = str(one.facts.get("measure", "")).rpartition(":")
    measure = held.programme.measures.get(types.get(measure_id, named))
    filled = {
        "measure": measure.title.of(words.reader()) if measure else _("one that is not held any more"),
        "on": _day(str(one.facts.get("effective_on") or one.facts.get("ends_on", ""))),
    }
    return Happened(
        title=str(_HAPPENINGS[one.event]) % filled,
        at=one.at,
        when=words.moment(one.at, held.programme.time_zone),
        who=_whose(Hand(one.role, one.number)),
        case=references.get(one.case_id, "") if one.case_id else "",
    )


def _whose(hand: Hand) -> str:
    """`by Sample Court, Source officer no. 2`; a role that is no official's has its own words."""
    if hand.role in Role.values:
        role = _("%(role)s no. %(number)s") % {"role": Role(hand.role).label, "number": hand.number}
        where = organisation(hand.organisation) if hand.organisation else ""
        return _("by %(who)s") % {"who": words.listed([each for each in (where, role) if each])}
    if hand.role == "system" and hand.organisation:
        return _("by a computer system of %(organisation)s") % {"organisation": organisation(hand.organisation)}
    return str(_HANDS.get(hand.role, ""))


def _received(disclosure: Disclosure) -> Received:
    marks = words.listed(carried(disclosure.marks))
    return Received(
        organisation=organisation(disclosure.recipient.name),
        at=disclosure.disclosed_at,
        when=_when(disclosure.disclosed_at, disclosure.record),
        purpose=purpose(disclosure.purpose),
        version=disclosure.version.number,
        marks=marks or _("none"),
        record_id=disclosure.record_id,
        title=_title(disclosure.record),
        is_held=disclosure.record.state == RecordState.CURRENT,
    )


def _looked(access: Access) -> Looked:
    role = Role(access.role).label if access.role in Role.values else access.role
    why = purpose(access.purpose)
    return Looked(
        organisation=organisation(access.organisation.name),
        who=_("%(role)s no. %(number)s") % {"role": role, "number": access.number},
        at=access.looked_at,
        when=_when(access.looked_at, access.record),
        why=f"{why} ({access.reason})" if access.reason else why,
        record_id=access.record_id,
        title=_title(access.record),
        is_held=access.record.state == RecordState.CURRENT,
    )


def carried(marks: Iterable[str]) -> list[str]:
    """What went along with a record that somebody received: its marks, and the person's own statement."""
    labels = {**dict(MarkKind.choices), statements.CARRIED: _("Your statement")}
    return [str(labels[mark]) for mark in marks if mark in labels]


def organisation(name: Mapping[str, str]) -> str:
    """The name of an organisation in the reader's language."""
    return name[words.reader()]


def purpose(code: str) -> str:
    """What a system or somebody on the staff named as their purpose, in words."""
    return str(_PURPOSES.get(code, code.replace("_", " ")))


def _when(at: datetime, record: Record) -> str:
    return words.moment(at, catalogue.programme(record.programme).time_zone)


def _title(record: Record) -> str:
    return catalogue.programme(record.programme).types[record.type].title.of(words.reader())


def _day(iso: str) -> str:
    try:
        return words.day(date.fromisoformat(iso))
    except ValueError:
        return ""
