"""Who acts: one value for people, staff, systems and the service, passed to every operation as `by=`."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from audit.operations import Signature

SERVICE_ID = UUID("00000000-0000-7000-8000-000000000001")  # owns the key of what the service does by itself


class ActorKind(StrEnum):
    PERSON = "person"
    STAFF = "staff"
    SYSTEM = "system"  # another system, by its API key
    SERVICE = "service"  # Redress itself: sweeps, imports by the operator


class NotThisKind(Exception):
    """This is done by another kind of actor: a person, say, where a system asked."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One role of a member of staff in one organisation, with the number others know them by."""

    organisation_id: UUID
    role: str
    number: int


@dataclass(frozen=True, slots=True)
class Acting:
    """By which mandate somebody acts for another: who acts (`holder_id`, their own subject), and how far it reaches."""

    mandate_id: UUID
    holder_id: UUID
    basis: str
    reach: str
    programmes: frozenset[str] = frozenset()  # none named: every one


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts. `seats` for staff; `subject_id` for a person; `key_id` and `programmes` for a system.

    A person who acts for another has that other's `subject_id`, so that every read and write is about the other's
    file; `acts` says who it is that acts, and how far they may go. `sources`: whose data they may see.
    """

    kind: ActorKind
    user_id: UUID | None = None
    subject_id: UUID | None = None
    seats: tuple[Seat, ...] = ()
    organisation_id: UUID | None = None
    key_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    programmes: frozenset[str] = frozenset()
    also: frozenset[UUID] = frozenset()  # subjects whose files were joined to this person's own (ADR 7)
    acts: Acting | None = None
    sources: frozenset[UUID] | None = None  # a person sees what these supplied; None: everything (ADR 0008)

    @property
    def may_dispute(self) -> bool:
        """Whether this person may do more than look: they themselves, or by a mandate that reaches so far."""
        return self.acts is None or self.acts.reach != "see"

    def covers(self, programme: str) -> bool:
        """Whether what this person may see and do includes this programme."""
        return self.acts is None or not self.acts.programmes or programme in self.acts.programmes

    @property
    def own_subject(self) -> UUID:
        """The subject of a person. Raises `NotThisKind` for anybody else."""
        if self.subject_id is None:
            raise NotThisKind
        return self.subject_id

    @property
    def own_subjects(self) -> frozenset[UUID]:
        """Everybody in the file of a person: what is theirs is filtered by these. Raises `NotThisKind`."""
        return self.also | {self.own_subject}

    @property
    def own_user(self) -> UUID:
        """The user who is signed in. Raises `NotThisKind` for systems and the service."""
        if self.user_id is None:
            raise NotThisKind
        return self.user_id

    def seat(self, *roles: str, organisation_id: UUID | None = None) -> Seat | None:
        """The first seat with one of `roles` (in that organisation, if given)."""
        for seat in self.seats:
            if seat.role in roles and organisation_id in (None, seat.organisation_id):
                return seat
        return None

    def organisations(self, *roles: str) -> frozenset[UUID]:
        """The organisations for which this member of staff holds one of `roles` (any role, if none is named)."""
        return frozenset(seat.organisation_id for seat in self.seats if not roles or seat.role in roles)

    def signature(self, organisation_id: UUID | None = None, role: str = "") -> Signature:
        """How the log keeps who acted: role and stable number of staff, never a name.

        Of somebody with several seats it is the one in `role`, if they have it. Sealed under the organisation's
        key for staff and systems, the person's own for a person, and that of whoever acts for another: the
        entry itself says for whom.
        """
        if self.acts:
            return Signature(self.acts.holder_id, f"representative:{self.acts.mandate_id}:{self.user_id}")
        if self.kind is ActorKind.PERSON and self.subject_id:
            return Signature(self.subject_id, "person")
        if self.kind is ActorKind.SYSTEM and self.organisation_id:
            return Signature(self.organisation_id, f"system:{self.key_id}")
        if self.kind is ActorKind.STAFF:
            seats = [seat for seat in self.seats if organisation_id in (None, seat.organisation_id)]
            seat = next((seat for seat in seats if seat.role == role), next(iter(seats), None))
            if seat:
                return Signature(seat.organisation_id, f"{seat.role}:{seat.number}:{self.user_id}")
        return Signature(SERVICE_ID, "service")


SERVICE = Actor(ActorKind.SERVICE)
