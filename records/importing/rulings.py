"""Somebody decides whom a doubtful line is about. The line then goes the way of every other line (ADR 7).

What is decided is who somebody is: all waiting lines of the same source that say the same about that
go with it. Two people who decide at once meet at the lock, and the second is told that it is done.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import files, identity
from accounts.actors import Actor
from accounts.identity import Identity, Number
from accounts.likeness import alike, plain_name
from accounts.models import Identifier, Subject
from audit import keys
from audit import operations as audit
from audit.models import SubjectKey
from records import access, catalogue
from records.access import IdentityRefused
from records.catalogue import ParsedLine, Refused, parse_line
from records.importing.batch import store
from records.importing.decide import Candidate
from records.importing.locks import lock_named, take_turns
from records.importing.people import Ruling
from records.importing.writer import Entry
from records.models import DoubtfulLine, DoubtState, Record, Version
from records.values import says_something


class Choice(StrEnum):
    """What a doubtful line comes to."""

    SAME = "same"
    NEW = "new"
    REFUSE = "refuse"


class AlreadyDecided(IdentityRefused):
    """Somebody else has decided about this line meanwhile."""

    code, sentence = "already_decided", _("Somebody else has decided about this line meanwhile.")


class CannotBeTakenIn(IdentityRefused):
    """The importer refuses the line, whoever it is about. `refusals` say why."""

    code, sentence = "cannot_be_taken_in", _("This line can no longer be taken in. Refuse it.")


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A doubtful line, opened: what it says about who somebody is, and nothing of what it says about them."""

    row: DoubtfulLine
    type: dict[str, str]
    programme: dict[str, str]
    name: str
    birth_date: date | None
    kind: str
    numbers: tuple[Number, ...]
    others: int  # waiting lines that say the same and are decided with it
    is_overtaken: bool


@dataclass(frozen=True, slots=True)
class OpenCandidate:
    """Somebody who may be meant."""

    identity: Identity
    has_number: bool
    same_name: bool
    same_birth_date: bool
    records: int  # in the programmes of the holder


def waiting(actor: Actor) -> QuerySet[DoubtfulLine]:
    """The lines that wait for this member of staff's organisations, the oldest first. Nothing is opened."""
    return access.doubtful_lines(actor).filter(state=DoubtState.WAITING).order_by("arrived_at", "pk")


@transaction.atomic
def open_line(actor: Actor, line_id: UUID, *, at: datetime) -> tuple[OpenLine, list[OpenCandidate]]:
    """Both sides of a waiting line; every look is in the log. Raises `DoubtfulLine.DoesNotExist`."""
    row = waiting(actor).select_related("source", "holder").get(pk=line_id)
    audit.record(
        "identity.doubt_opened",
        by=actor.signature(row.holder_id),
        at=at,
        record_id=row.pk,
        facts={"purpose": "identity"},
    )
    programme = catalogue.programme(row.programme)
    line = json.loads(keys.open_sealed(row.pk, bytes(row.sealed or b"")))
    subject = line["subject"]
    numbers = tuple(identity.number(one["scheme"], one["value"]) for one in subject["identifiers"])
    parsed = _parsed(row, line, at)
    opened = OpenLine(
        row,
        programme.types[line["type"]].title.as_dict() if line["type"] in programme.types else {"en": line["type"]},
        programme.title.as_dict(),
        subject["name"],
        parsed.subject.birth_date if parsed else None,
        subject["kind"],
        numbers,
        _same_claim(row).exclude(pk=row.pk).count(),
        _is_overtaken(row),
    )
    return opened, _open_candidates(row, parsed, actor, at)


def _open_candidates(row: DoubtfulLine, parsed: ParsedLine | None, actor: Actor, at: datetime) -> list[OpenCandidate]:
    if parsed is None:
        return []
    by_number, all_of_them = _candidates(row, parsed)
    opened = identity.open_many(all_of_them, purpose="doubtful_line", by=actor, holder_id=row.holder_id, at=at)
    own = [one.id for one in catalogue.programmes().values() if one.holder.code == row.holder.code]
    counted = Record.objects.filter(subject_id__in=opened, programme__in=own).values_list("subject_id")
    records = dict(counted.annotate(number=Count("pk")).order_by())
    name = plain_name(parsed.subject.name)
    return [
        OpenCandidate(
            one,
            subject_id in by_number,
            plain_name(one.name) == name,
            one.birth_date == parsed.subject.birth_date,
            records.get(subject_id, 0),
        )
        for subject_id, one in opened.items()
        if not one.is_erased
    ]


@transaction.atomic
def decide_doubtful(
    line_id: UUID, *, choice: Choice, reason: str, by: Actor, at: datetime, subject_id: UUID | None = None
) -> list[DoubtfulLine]:
    """Decide whom a line is about, with all that say the same; returns the lines that were decided.

    `subject_id`: with `Choice.SAME`, who is meant. Raises `DoubtfulLine.DoesNotExist` or one of the kinds of
    `IdentityRefused`; nothing has changed then.
    """
    row = access.doubtful_lines(by).select_related("source").get(pk=line_id)
    # As an import of this source does: first its turn, then what its lines name, then the lines.
    take_turns({row.source.code})
    lock_named([(row.source.code, ref) for ref in _same_claim(row).values_list("source_ref", flat=True)])
    lines = list(_same_claim(row).select_for_update(no_key=True, of=("self",)).order_by("pk"))
    if row.pk not in {line.pk for line in lines}:
        raise AlreadyDecided
    for line in lines:
        access.check_may_tell_apart(by, line)
    if not says_something(reason):
        raise access.ReasonMissing
    if choice is Choice.REFUSE:
        return _close(lines, DoubtState.REFUSED, {}, reason, by=by, at=at)
    if _is_overtaken(row):
        raise access.Overtaken
    lines = [line for line in lines if not _is_overtaken(line)]
    return _take_in(lines, Ruling(subject_id if choice is Choice.SAME else None), choice, reason, by=by, at=at)


def _take_in(
    lines: Sequence[DoubtfulLine], ruling: Ruling, choice: Choice, reason: str, *, by: Actor, at: datetime
) -> list[DoubtfulLine]:
    about: dict[UUID, UUID] = {}
    for line in lines:  # one after the other: each keeps the hands through which it came
        parsed = _parsed(line, json.loads(keys.open_sealed(line.pk, bytes(line.sealed or b""))), at)
        if parsed is None:
            raise CannotBeTakenIn
        if choice is Choice.SAME and not about and ruling.subject_id not in _candidates(line, parsed)[1]:
            raise access.NotACandidate
        # Whoever decides has a part in the datum from now on, beside those who entered it.
        entry = Entry(replace(by, key_id=line.entered_with_id), at, line.entered_in_id)
        stored = store(line.programme, [Candidate.of(1, parsed)], entry, ruling=ruling)
        if stored.refused:
            raise CannotBeTakenIn(stored.refused[0][1])
        about[line.pk] = stored.decided[0].person.id
        ruling = Ruling(about[line.pk])  # somebody new is new once
    return _close(lines, DoubtState.ACCEPTED, about, reason, by=by, at=at)


def _close(
    lines: Sequence[DoubtfulLine], state: DoubtState, about: dict[UUID, UUID], reason: str, *, by: Actor, at: datetime
) -> list[DoubtfulLine]:
    for line in lines:
        line.state, line.decided_by_id, line.decided_at = state, by.own_user, at
        line.subject_id, line.sealed = about.get(line.pk), None
        line.sealed_reason = keys.seal(line.holder_id, reason.strip().encode())
        line.save(update_fields=["state", "decided_by", "decided_at", "subject", "sealed", "sealed_reason"])
        SubjectKey.objects.filter(pk=line.pk).update(wrapped_key=None, destroyed_at=at)
        keys.forget(line.pk)
        audit.record(
            "identity.doubt_decided",
            by=by.signature(line.holder_id),
            at=at,
            record_id=line.pk,
            facts={"outcome": state, "justification": reason.strip()},
        )
    return list(lines)


def _same_claim(row: DoubtfulLine) -> QuerySet[DoubtfulLine]:
    """What waits of this source and says the same about who somebody is."""
    return DoubtfulLine.objects.filter(
        who=row.who, source=row.source_id, programme=row.programme, state=DoubtState.WAITING
    )


def _parsed(row: DoubtfulLine, line: dict[str, object], at: datetime) -> ParsedLine | None:
    """The line as the programme reads it today; None where it fits no more."""
    try:
        parsed = parse_line(catalogue.programme(row.programme), line, at=at)
    except Refused:
        return None
    return parsed if isinstance(parsed, ParsedLine) else None


def _candidates(row: DoubtfulLine, line: ParsedLine) -> tuple[set[UUID], set[UUID]]:
    """Who has one of the numbers; and everybody who may be meant: they, namesakes, whom the reference is about, and
    whoever was taken for this source's claim before. Of joined files one each."""
    lookups = [keys.keyed_hash("identifier", one.lookup) for one in line.subject.identifiers]
    by_number = set(Identifier.objects.filter(lookup__in=lookups).values_list("subject_id", flat=True))
    found = set(by_number)
    if likeness := alike(plain_name(line.subject.name), line.subject.birth_date):
        found |= set(Subject.objects.filter(alike=likeness).values_list("pk", flat=True))
    named = Record.objects.filter(source=row.source_id, source_ref=row.source_ref)
    found |= set(named.values_list("subject_id", flat=True))
    before = DoubtfulLine.objects.filter(who=row.who, state=DoubtState.ACCEPTED, subject__isnull=False)
    found |= {subject for subject in before.values_list("subject_id", flat=True) if subject}
    one_a_file = {root: subject for subject, root in sorted(files.roots(found).items(), key=lambda one: str(one[0]))}
    kept = by_number | {subject for root, subject in one_a_file.items() if not _of_file(by_number, root)}
    of_kind = Subject.objects.filter(pk__in=kept, kind=line.subject.kind)
    return by_number, set(of_kind.values_list("pk", flat=True))


def _of_file(subjects: set[UUID], root: UUID) -> bool:
    return root in files.roots(subjects).values()


def _is_overtaken(row: DoubtfulLine) -> bool:
    """Whether a newer line about the same reference has been taken in: this one would bring the past back."""
    newer = Version.objects.filter(
        record__source=row.source_id, record__source_ref=row.source_ref, recorded_at__gt=row.arrived_at
    )
    return newer.exists()
