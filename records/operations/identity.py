"""Joining two files of one person, and taking what is somebody else's out of a file (ADR 7).

One member of staff proposes and says why, a second one who had no part in the data approves, and both can be undone.
Both sides are told, neither learns who the other is. A merge moves nothing; a split moves what was chosen.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import files, likeness
from accounts.actors import Actor
from accounts.models import Identifier, Organisation, Role, Subject
from accounts.particulars import Particulars
from audit import keys
from audit import operations as audit
from audit.models import SubjectKey
from delivery import operations as delivery
from records import access, catalogue
from records.access import IdentityRefused, ReasonMissing
from records.contested import contests
from records.models import (
    ChangeKind,
    ChangeState,
    IdentityChange,
    IdentityMove,
    MovedKind,
    Record,
    RecordState,
)
from records.operations.moving import move_identifiers, move_records
from records.operations.recipients import tell_recipients
from records.recipients import Told
from records.values import says_something

MOST_RECORDS: Final = 500  # of one split: each is sealed again in one transaction


class NotYourChange(IdentityRefused):
    """Who proposed something does not approve it, and who approved it does not take it back."""

    code, sentence = "second_person", _("You had a part in this, so somebody else must do it.")


class NoSupervisor(IdentityRefused):
    """Supervisors approve, refuse and undo."""

    code, sentence = "no_supervisor", _("Only supervisors approve, refuse or undo this.")


class OneFile(IdentityRefused):
    """The two are one already."""

    code, sentence = "one_file", _("These entries are in one file already.")


class OtherKind(IdentityRefused):
    """A person and a company."""

    code, sentence = "other_kind", _("One of them is a person and the other a company.")


class Gone(IdentityRefused):
    """One of them was erased."""

    code, sentence = "erased", _("What was held about one of them has been erased.")


class AlreadyProposed(IdentityRefused):
    """Somebody proposed this already."""

    code, sentence = "already_proposed", _("Somebody has proposed this already.")


class NothingChosen(IdentityRefused):
    """A split needs something to move."""

    code, sentence = "nothing_chosen", _("Choose at least one entry.")


class TooMany(IdentityRefused):
    """More than one split can move."""

    code, sentence = "too_many", _("Choose at most 500 entries at a time.")


class NameMissing(IdentityRefused):
    """Whoever the entries go to has a name."""

    code, sentence = "name_missing", _("Write the name of the person or company that the entries are about.")


class Disputed(IdentityRefused):
    """Records that are or were disputed stay."""

    code = "disputed"
    sentence = _("An entry that is or was disputed stays: what becomes of it is decided in the case.")


class Crossing(IdentityRefused):
    """An open dispute of one is about entries of the other."""

    code = "crossing"
    sentence = _("An open dispute is about entries of both files. Wait for its end.")


class NotAsItWas(IdentityRefused):
    """What was chosen has changed."""

    code = "not_as_it_was"
    sentence = _("Something has changed since, so that this is not possible any more. Look at it again.")


class WrongState(IdentityRefused):
    """Somebody else was quicker."""

    code, sentence = "wrong_state", _("Somebody else has dealt with this meanwhile.")


def changes(actor: Actor) -> QuerySet[IdentityChange]:
    """The changes of identity that `actor` may know of, the newest first."""
    holders = actor.organisations(*access.TELLING_APART)
    return IdentityChange.objects.filter(holder_id__in=holders).order_by("-proposed_at", "-pk")


def record_of(actor: Actor, *, source: str, source_ref: str) -> Record:
    """The record that a source names so, in a programme for which this member of staff works.

    Raises `Record.DoesNotExist`, also for one that exists elsewhere.
    """
    return _in_scope(actor).get(source__code=source, source_ref=source_ref)


def record_by_id(actor: Actor, record_id: UUID) -> Record:
    """The same by its id."""
    return _in_scope(actor).get(pk=record_id)


def movable(actor: Actor, subject_id: UUID) -> list[Record]:
    """The records of this very subject that could be taken out: those in the file that nobody ever disputed."""
    found = _in_scope(actor).filter(subject_id=subject_id, state=RecordState.CURRENT).select_related("source")
    records = list(found.order_by("-pk")[:MOST_RECORDS])
    disputed = {one.record_id for one in contests([record.pk for record in records])}
    return [record for record in records if record.pk not in disputed]


@transaction.atomic
def propose_merge(first_id: UUID, second_id: UUID, *, reason: str, by: Actor, at: datetime) -> IdentityChange:
    """Propose that the file of the second subject joins that of the first.

    Raises `Record.DoesNotExist` for somebody of whom this actor may not know, or `IdentityRefused`.
    """
    holder_id = holder_for(by, [first_id, second_id])
    _check_reason(reason)
    _lock_subjects([first_id, second_id])  # of two who propose the same at once, the second is told
    root = files.roots([first_id, second_id])
    first, second = root[first_id], root[second_id]
    _check_two(first, second)
    both = root.values()
    if IdentityChange.objects.filter(kind="merge", state="proposed", subject__in=both, other__in=both).exists():
        raise AlreadyProposed
    return _propose(ChangeKind.MERGE, first, second, holder_id, {}, {"reason": reason.strip()}, by=by, at=at)


@transaction.atomic
def propose_split(
    subject_id: UUID,
    *,
    record_ids: Collection[UUID],
    identifier_ids: Collection[int],
    name: str,
    birth_date: date | None,
    reason: str,
    by: Actor,
    at: datetime,
) -> IdentityChange:
    """Propose that these records and numbers of a subject go to a new one of that name. Raises like `propose_merge`."""
    holder_id = holder_for(by, [subject_id])
    _check_reason(reason)
    if not says_something(name):
        raise NameMissing
    _check_movable(by, subject_id, record_ids, identifier_ids)
    plan = {"records": sorted(map(str, set(record_ids))), "identifiers": sorted(set(identifier_ids))}
    born = birth_date.isoformat() if birth_date else None
    said = {"reason": reason.strip(), "name": name.strip(), "birth_date": born}
    return _propose(ChangeKind.SPLIT, subject_id, None, holder_id, plan, said, by=by, at=at)


@transaction.atomic
def approve(change_id: UUID, *, reason: str, by: Actor, at: datetime) -> IdentityChange:
    """Carry it out. Raises `IdentityChange.DoesNotExist` or `IdentityRefused`; nothing has changed then."""
    _lock_both(change_id, by)
    change = _locked(change_id, ChangeState.PROPOSED, by)
    if by.user_id == change.proposed_by_id:
        raise NotYourChange
    _check_independent(change, by)
    _check_reason(reason)
    if change.kind == ChangeKind.MERGE:
        _merge(change, by=by, at=at)
    else:
        _split(change, by=by, at=at)
    change.state, change.decided_by_id, change.decided_at = ChangeState.DONE, by.own_user, at
    _say(change, "approval", reason)
    change.save(update_fields=["state", "decided_by", "decided_at", "other", "sealed"])
    _log(change, "identity.approved", reason, by=by, at=at)
    return change


@transaction.atomic
def refuse(change_id: UUID, *, reason: str, by: Actor, at: datetime) -> IdentityChange:
    """Leave everything as it is, and say why. Raises like `approve`."""
    change = _locked(change_id, ChangeState.PROPOSED, by)
    if by.user_id == change.proposed_by_id:
        raise NotYourChange
    _check_reason(reason)
    change.state, change.decided_by_id, change.decided_at = ChangeState.REFUSED, by.own_user, at
    _say(change, "refusal", reason)
    change.save(update_fields=["state", "decided_by", "decided_at", "sealed"])
    _log(change, "identity.refused", reason, by=by, at=at)
    return change


@transaction.atomic
def undo(change_id: UUID, *, reason: str, by: Actor, at: datetime) -> IdentityChange:
    """Point everything back to where it was. Raises like `approve`."""
    _lock_both(change_id, by)
    change = _locked(change_id, ChangeState.DONE, by)
    if by.user_id == change.decided_by_id:
        raise NotYourChange
    _check_independent(change, by)
    _check_reason(reason)
    if change.kind == ChangeKind.MERGE:
        _separate(change, by=by, at=at)
    else:
        _bring_back(change, by=by, at=at)
    change.state, change.undone_by_id, change.undone_at = ChangeState.UNDONE, by.own_user, at
    _say(change, "undoing", reason)
    change.save(update_fields=["state", "undone_by", "undone_at", "sealed"])
    _log(change, "identity.undone", reason, by=by, at=at)
    return change


def said(change: IdentityChange) -> dict[str, Any]:
    """The reasons of a change and, of a split, name and birth date of whom it goes to. Raises `keys.Erased`."""
    document: dict[str, Any] = json.loads(keys.open_sealed(change.subject_id, bytes(change.sealed)))
    return document


def _merge(change: IdentityChange, *, by: Actor, at: datetime) -> None:
    assert change.other_id
    root = files.roots([change.subject_id, change.other_id])
    if root != {change.subject_id: change.subject_id, change.other_id: change.other_id}:
        raise NotAsItWas  # one of them was joined to another file meanwhile
    _check_two(change.subject_id, change.other_id)
    told = [(change.subject_id, "files_joined"), (change.other_id, "files_joined")]
    _tell(change, told, by=by, at=at)  # before they are one: each at its own address
    joining = Subject.objects.select_for_update(no_key=True).filter(pk__in=files.members(change.other_id))
    for member in joining.order_by("pk"):
        IdentityMove.objects.create(
            change=change,
            subject=member,
            kind=MovedKind.SUBJECT,
            row=str(member.pk),
            was=member.merged_into_id,
            became=change.subject_id,
        )
        member.merged_into_id = change.subject_id
        member.save(update_fields=["merged_into"])
    _log_both(change, "identity.joined", by=by, at=at)


def _separate(change: IdentityChange, *, by: Actor, at: datetime) -> None:
    moves = list(change.moves.filter(kind=MovedKind.SUBJECT).order_by("pk"))
    gone = {move.subject_id for move in moves}
    rows = Record.objects.filter(subject__in=files.members(change.subject_id)).values_list("pk", "subject_id")
    subject_of = dict(rows)
    for one in contests(subject_of):
        if one.is_open and (subject_of[one.record_id] in gone) != (one.subject_id in gone):
            raise Crossing
    for move in moves:
        back = Subject.objects.filter(pk=move.row, merged_into=move.became)
        if not back.update(merged_into=move.was):
            raise NotAsItWas  # joined once more since: that comes first
    _log_both(change, "identity.separated", by=by, at=at)
    assert change.other_id
    _tell(change, [(change.subject_id, "files_separated"), (change.other_id, "files_separated")], by=by, at=at)


def _split(change: IdentityChange, *, by: Actor, at: datetime) -> None:
    record_ids, identifier_ids = [UUID(each) for each in change.plan["records"]], change.plan["identifiers"]
    _check_movable(by, change.subject_id, record_ids, identifier_ids)
    change.other_id = _new_subject(change, at)
    records, numbers = _lock_records(record_ids), _lock_identifiers(identifier_ids)
    move_records(records, change.other_id, change, by=by, at=at, keep=True)
    move_identifiers(numbers, change.other_id, change, keep=True)
    tell_recipients(record_ids, Told.DETACHED, at=at)
    _log_both(change, "identity.split", by=by, at=at, records=str(len(records)))
    number = str(len(records))
    told = [(change.subject_id, "entries_left"), (change.other_id, "entries_came")]
    _tell(change, told, by=by, at=at, number=number)


def _bring_back(change: IdentityChange, *, by: Actor, at: datetime) -> None:
    assert change.other_id
    moves = list(change.moves.order_by("pk"))
    record_ids = [UUID(move.row) for move in moves if move.kind == MovedKind.RECORD]
    records = _lock_records(record_ids)
    numbers = _lock_identifiers([int(move.row) for move in moves if move.kind == MovedKind.IDENTIFIER])
    if {*(one.subject_id for one in records), *(one.subject_id for one in numbers)} - {change.other_id}:
        raise NotAsItWas  # moved once more since: that comes first
    if contests(record_ids):
        raise Disputed
    move_records(records, change.subject_id, change, by=by, at=at, keep=False)
    move_identifiers(numbers, change.subject_id, change, keep=False)
    tell_recipients(record_ids, Told.RESTORED, at=at)
    number = str(len(records))
    _log_both(change, "identity.split", by=by, at=at, records=number)
    told = [(change.subject_id, "entries_came"), (change.other_id, "entries_left")]
    _tell(change, told, by=by, at=at, number=number)


def _new_subject(change: IdentityChange, at: datetime) -> UUID:
    document = said(change)
    born = date.fromisoformat(document["birth_date"]) if document["birth_date"] else None
    old = Subject.objects.get(pk=change.subject_id)
    made = Subject(kind=old.kind, language=old.language, created_at=at)
    made.name_hash, made.birth_hash, made.alike = likeness.of(made.pk, document["name"], born)
    made.sealed_particulars = keys.seal(made.pk, Particulars(document["name"], born).to_bytes())
    made.save()
    return made.pk


def _propose(
    kind: ChangeKind,
    subject_id: UUID,
    other_id: UUID | None,
    holder_id: UUID,
    plan: dict[str, Any],
    document: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
) -> IdentityChange:
    change = IdentityChange.objects.create(
        kind=kind,
        holder_id=holder_id,
        subject_id=subject_id,
        other_id=other_id,
        plan=plan,
        sealed=keys.seal(subject_id, json.dumps(document, ensure_ascii=False).encode()),
        proposed_by_id=by.own_user,
        proposed_at=at,
    )
    _log(change, "identity.proposed", document["reason"], by=by, at=at)
    return change


def _say(change: IdentityChange, what: str, reason: str) -> None:
    document = {**said(change), what: reason.strip()}
    change.sealed = keys.seal(change.subject_id, json.dumps(document, ensure_ascii=False).encode())


def _check_reason(reason: str) -> None:
    if not says_something(reason):
        raise ReasonMissing


def _check_two(first: UUID, second: UUID) -> None:
    if first == second:
        raise OneFile
    if Subject.objects.filter(pk__in=[first, second]).values("kind").distinct().count() != 1:
        raise OtherKind
    if SubjectKey.objects.filter(pk__in=[first, second], wrapped_key__isnull=False).count() != 2:
        raise Gone


def _check_movable(by: Actor, subject_id: UUID, record_ids: Collection[UUID], identifier_ids: Collection[int]) -> None:
    """What is chosen is this very subject's, in the file, of the holder's programmes, and was never disputed."""
    wanted = set(record_ids)
    if not wanted:
        raise NothingChosen
    if len(wanted) > MOST_RECORDS:
        raise TooMany
    found = _in_scope(by).filter(pk__in=wanted, subject_id=subject_id, state=RecordState.CURRENT)
    numbers = Identifier.objects.filter(pk__in=set(identifier_ids), subject_id=subject_id)
    if found.count() != len(wanted) or numbers.count() != len(set(identifier_ids)):
        raise NotAsItWas
    if contests(wanted):
        raise Disputed


def _check_independent(change: IdentityChange, by: Actor) -> None:
    """A supervisor of the holder who had no part in what is held about either of them."""
    if by.seat(Role.SUPERVISOR, organisation_id=change.holder_id) is None:
        raise NoSupervisor
    if change.kind == ChangeKind.SPLIT:
        record_ids = [UUID(each) for each in change.plan["records"]]
    else:
        everybody = files.members(change.subject_id) | (files.members(change.other_id) if change.other_id else set())
        own = Record.objects.filter(subject_id__in=everybody, programme__in=_programmes(change.holder_id))
        record_ids = list(own.values_list("pk", flat=True))
    access.check_no_hand_in(by, record_ids, change.holder_id)


def _locked(change_id: UUID, state: ChangeState, by: Actor) -> IdentityChange:
    change = changes(by).select_for_update(no_key=True, of=("self",)).get(pk=change_id)
    if by.seat(Role.SUPERVISOR, organisation_id=change.holder_id) is None:
        raise NoSupervisor
    if change.state != state:
        raise WrongState
    return change


def _lock_both(change_id: UUID, by: Actor) -> None:
    """Lock both sides of a change: before the change itself, as whoever erases somebody does."""
    change = changes(by).get(pk=change_id)
    _lock_subjects([change.subject_id, *([change.other_id] if change.other_id else [])])


def _lock_subjects(subject_ids: Iterable[UUID]) -> None:
    """In one order, as filing a dispute does: of a dispute and a change at once, one waits for the other."""
    everybody = {member for each in subject_ids for member in files.members(each)}
    list(Subject.objects.select_for_update(no_key=True).filter(pk__in=everybody).order_by("pk").values_list("pk"))


def _lock_records(record_ids: Sequence[UUID]) -> list[Record]:
    return list(Record.objects.select_for_update(no_key=True).filter(pk__in=record_ids).order_by("pk"))


def _lock_identifiers(ids: Sequence[int]) -> list[Identifier]:
    return list(Identifier.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))


def _in_scope(actor: Actor) -> QuerySet[Record]:
    """The records of the programmes for which this member of staff tells people apart."""
    holders = actor.organisations(*access.TELLING_APART)
    codes = set(Organisation.objects.filter(pk__in=holders).values_list("code", flat=True)) if holders else set()
    own = [one.id for one in catalogue.programmes().values() if one.holder.code in codes]
    return Record.objects.filter(programme__in=own)


def holder_for(actor: Actor, subject_ids: Collection[UUID]) -> UUID:
    """The organisation in whose programmes all of these subjects have records. Raises `Record.DoesNotExist`."""
    for holder_id in sorted(actor.organisations(*access.TELLING_APART)):
        own = Record.objects.filter(programme__in=_programmes(holder_id))
        if all(own.filter(subject_id=each).exists() for each in subject_ids):
            return holder_id
    raise Record.DoesNotExist


def _programmes(holder_id: UUID) -> list[str]:
    code = Organisation.objects.values_list("code", flat=True).get(pk=holder_id)
    return [one.id for one in catalogue.programmes().values() if one.holder.code == code]


def _tell(change: IdentityChange, told: Sequence[tuple[UUID, str]], *, by: Actor, at: datetime, **params: str) -> None:
    """A neutral notice to each side: what happened to their own file, and nothing of the other."""
    params_all = {"holder": Organisation.objects.get(pk=change.holder_id).name, **params}
    for subject_id, kind in told:
        delivery.tell_subject(subject_id, kind, at=at, mail=True, params=params_all)


def _log(change: IdentityChange, event: str, reason: str, *, by: Actor, at: datetime) -> None:
    audit.record(
        event,
        by=by.signature(change.holder_id),
        at=at,
        record_id=change.pk,
        facts={"kind": change.kind, "justification": reason.strip()},
    )


def _log_both(change: IdentityChange, event: str, *, by: Actor, at: datetime, **facts: str) -> None:
    assert change.other_id
    for subject_id in (change.subject_id, change.other_id):
        audit.record(
            event,
            by=by.signature(change.holder_id),
            at=at,
            subject_id=subject_id,
            record_id=change.pk,
            facts={"change": str(change.pk), **facts},
        )


def why_not(change: IdentityChange, by: Actor) -> str | None:
    """Why this member of staff may not approve, refuse or undo this; None if they may."""
    had_a_part = change.proposed_by_id if change.state == ChangeState.PROPOSED else change.decided_by_id
    try:
        if by.user_id == had_a_part:
            raise NotYourChange
        _check_independent(change, by)
    except IdentityRefused as refused:
        return str(refused.sentence)
    return None
