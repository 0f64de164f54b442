"""Erasing somebody: proposed by one person, offered to whom it is about, approved and carried out by another.

# Note [Erasing]
The holder of data that a person has disputed gains most from their being erased, so it never happens at its word
alone: whoever approves belongs to no organisation that holds, supplied or decided anything about this person. The
person is offered their file first, and has days to take it. Nothing goes while a case is open, a remedy waits or a
measure rests on the file; and, unless the person asks, not before every window, every keeping time and the
limitation time are over. What goes is everything that was said; what stays is that acts were done, when, and by
which office: rows of ids, codes and days, and the log with its tree. Who decided is sealed under the offices' keys.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts import files
from accounts.actors import SERVICE, Actor, Seat
from accounts.models import Role, Subject
from accounts.operations import erasing as accounts
from appeals import queries, vault
from appeals.models import (
    Case,
    Clock,
    CompletionRequest,
    Decision,
    DisputeDraft,
    DraftEvidence,
    Erasure,
    ErasureState,
    Evidence,
    Item,
    ItemOutcome,
    LateFiling,
    Screening,
)
from appeals.queries import Obstacle
from appeals.workflow import DELIVERED, Status
from audit import erasing as log
from audit import months, turning
from audit import operations as audit
from delivery import erasing as delivery
from delivery import operations as messages
from records.operations import erasing as records

OFFER_DAYS: Final = 21  # a letter takes days, and a copy some more
PROPOSERS: Final = (Role.SUPERVISOR, Role.OPERATOR)
APPROVERS: Final = (Role.REVIEWER, Role.SUPERVISOR, Role.OPERATOR)


class NotErased(Exception):
    """Somebody is not erased; `code` says why (`appeals.queries.Obstacle` has those of the file)."""

    def __init__(self, code: str, day: date | None = None) -> None:
        super().__init__(code)
        self.code, self.day = code, day


@dataclass(frozen=True)
class Erased:
    """What an erasure took, and from which day on no copy can be opened any more."""

    openings: int
    files: int
    final_on: date


@transaction.atomic
def propose(subject_id: UUID, *, asked_by_person: bool, basis: str, because: str, by: Actor, at: datetime) -> Erasure:
    """Propose to erase somebody, and offer them their file. Raises `NotErased`, `Subject.DoesNotExist`."""
    seat = _seat(by, PROPOSERS)
    if not basis.strip() or not because.strip():
        raise NotErased("no_basis")
    everybody = _locked(subject_id)
    if months.erased() & everybody:
        raise NotErased("erased")
    if Erasure.objects.filter(subject__in=everybody, state=ErasureState.PROPOSED).exists():
        raise NotErased("waits_already")
    _check(everybody, asked_by_person, at)
    until = at.date() + timedelta(days=OFFER_DAYS)
    first, _also = files.of(subject_id)
    made = Erasure.objects.create(
        subject_id=first,
        asked_by_person=asked_by_person,
        basis=basis.strip(),
        proposed_by_id=by.own_user,
        proposed_at=at,
        offered_until=until,
    )
    facts = {"erasure": str(made.pk), "basis": made.basis, "because": because.strip()}
    audit.record("erasure.proposed", by=by.signature(seat.organisation_id, seat.role), at=at, facts={**facts})
    kind = "erasure_asked" if asked_by_person else "erasure_offered"
    messages.tell_subject(first, kind, at=at, mail=True, params={"until_on": until.isoformat()})
    return made


@transaction.atomic
def refuse(erasure_id: UUID, *, reason: str, by: Actor, at: datetime) -> None:
    """Do not erase them: they object, or somebody sees why not. Raises `NotErased`, `Erasure.DoesNotExist`."""
    seat = _seat(by, APPROVERS)
    if not reason.strip():
        raise NotErased("no_reason")
    found = _waiting(erasure_id)
    _decide(found, ErasureState.REFUSED, by, at)
    facts = {"erasure": str(found.pk), "justification": reason.strip()}
    audit.record("erasure.refused", by=by.signature(seat.organisation_id, seat.role), at=at, facts={**facts})
    messages.tell_subject(found.subject_id, "erasure_refused", at=at, mail=True)


@transaction.atomic
def approve(erasure_id: UUID, *, by: Actor, at: datetime) -> Erased:
    """Agree as the second person, and erase. Raises `NotErased`, `Erasure.DoesNotExist`."""
    subject_id = Erasure.objects.values_list("subject_id", flat=True).get(pk=erasure_id)
    everybody = _locked(subject_id)
    found = _waiting(erasure_id)
    if found.proposed_by_id == by.own_user:
        raise NotErased("same_person")
    seat = _seat(by, APPROVERS, but=queries.offices_about(everybody))
    if at.date() <= found.offered_until:
        raise NotErased("offered", found.offered_until)
    _check(everybody, found.asked_by_person, at)
    _decide(found, ErasureState.DONE, by, at)
    facts = {"erasure": str(found.pk), "basis": found.basis}
    audit.record("erasure.approved", by=by.signature(seat.organisation_id, seat.role), at=at, facts={**facts})
    return _erase(everybody, found.pk, found.basis, at)


@transaction.atomic
def _again(subject_id: UUID, at: datetime) -> Erased | None:
    """Erase somebody whom an older copy of the database brought back."""
    try:
        everybody = _locked(subject_id)
    except Subject.DoesNotExist:
        log.destroy_keys([subject_id], at=at)  # a key without a subject: nothing else hangs on it
        return None
    done = Erasure.objects.filter(subject__in=everybody).order_by("-proposed_at").first()
    # Only those in the list: what was joined to them after the copy was made was never erased.
    return _erase(everybody & months.erased(), done.pk if done else subject_id, "list of erasures", at)


def replay(*, at: datetime) -> int:
    """After a restore: erase again whomever the list names and the database still has. Returns how many.

    `manage.py prepare` and `up` call it before anything is served; nothing of these people opens before either
    (`audit.months`, Note [Written ahead]).
    """
    back = turning.restored()
    for subject_id in back:
        _again(subject_id, at)
    return len(back)


def _erase(everybody: frozenset[UUID], erasure_id: UUID, basis: str, at: datetime) -> Erased:
    mailed_to = accounts.addresses_of(everybody)
    gone = _empty_cases(everybody, erasure_id, at)
    gone += records.empty(everybody, erasure_id, at=at)
    delivery.empty(everybody)
    accounts.empty(everybody, at=at)
    transaction.on_commit(partial(delivery.forget_mails, mailed_to))
    openings = log.openings_of(everybody)
    facts: dict[str, str | int] = {
        "erasure": str(erasure_id),
        "basis": basis,
        "openings": openings,
        "files": gone,
    }
    audit.record("erasure.performed", by=SERVICE.signature(), at=at, facts={**facts})
    log.destroy_keys(everybody, at=at)
    return Erased(openings, gone, months.final_day(months.current()))


def _empty_cases(everybody: Collection[UUID], erasure_id: UUID, at: datetime) -> int:
    """Destroy the words of cases and the files that were handed in; returns how many files."""
    for case in Case.objects.select_for_update(no_key=True).filter(subject__in=everybody).order_by("pk"):
        _note(case, erasure_id, at)
    Case.objects.filter(subject__in=everybody).update(sealed_without=None)
    Clock.objects.filter(subject__in=everybody).update(look_on=None)
    Item.objects.filter(subject__in=everybody).update(sealed=b"")
    ItemOutcome.objects.filter(subject__in=everybody).update(sealed=b"")
    Decision.objects.filter(subject__in=everybody).update(sealed_note=None, sealed_unfinished=None)
    CompletionRequest.objects.filter(subject__in=everybody).update(sealed=b"", sealed_answer=None)
    late = LateFiling.objects.filter(subject__in=everybody)
    late.update(sealed=b"")
    late.filter(sealed_hindered__isnull=False).update(sealed_hindered=b"")  # that there was a time stays
    Screening.objects.filter(subject__in=everybody).update(sealed=b"", sealed_note=None, sealed_news=None)
    files_of: list[UUID] = []
    for model in (Evidence, DraftEvidence):
        rows = model._default_manager.filter(subject__in=everybody)
        files_of += rows.values_list("pk", flat=True)
        rows.delete()
    DisputeDraft.objects.filter(subject__in=everybody).delete()
    for file_id in files_of:
        transaction.on_commit(partial(vault.destroy, next(iter(everybody)), file_id))
    return len(files_of)


def _note(case: Case, erasure_id: UUID, at: datetime) -> None:
    """Entries for this case, sealed under the service's own key; a window that the person gives up ends with them."""
    if case.status in DELIVERED:
        case.status, case.closed_at = Status.CLOSED, at
        case.save(update_fields=["status", "closed_at"])
        audit.record("case.closed", by=SERVICE.signature(), at=at, case_id=case.pk)
    facts = {"erasure": str(erasure_id)}
    audit.record("case.erased", by=SERVICE.signature(), at=at, case_id=case.pk, facts=facts)


def _locked(subject_id: UUID) -> frozenset[UUID]:
    """Everybody in this file, locked: whoever files, joins files or imports waits, and then finds them gone."""
    Subject.objects.get(pk=subject_id)
    everybody = frozenset[UUID]()
    while everybody != (now := files.members(subject_id)):  # somebody may be joined to the file while we wait
        everybody = now
        list(Subject.objects.select_for_update(no_key=True).filter(pk__in=everybody).order_by("pk"))
    log.take_keys(everybody)
    return everybody


def _waiting(erasure_id: UUID) -> Erasure:
    found = Erasure.objects.select_for_update(no_key=True).get(pk=erasure_id)
    if found.state != ErasureState.PROPOSED:
        raise NotErased("decided_already")
    return found


def _decide(found: Erasure, state: ErasureState, by: Actor, at: datetime) -> None:
    found.state, found.decided_by_id, found.decided_at = state, by.own_user, at
    found.save(update_fields=["state", "decided_by", "decided_at"])


def _check(everybody: Collection[UUID], asked_by_person: bool, at: datetime) -> None:
    if found := queries.obstacles(everybody, asked_by_person=asked_by_person, at=at):
        day = queries.limitation_over(everybody) if found[0] is Obstacle.LIMITATION else None
        raise NotErased(found[0], day)


def _seat(by: Actor, roles: Sequence[Role], but: Collection[UUID] = ()) -> Seat:
    """The seat in which somebody acts. `but`: organisations that have a part in the person."""
    seats = [seat for seat in by.seats if seat.role in roles]
    if not seats:
        raise NotErased("no_role")
    if but and any(seat.organisation_id in but for seat in by.seats):
        raise NotErased("has_a_part")
    return seats[0]
