"""Reading mandates: who acts for whom, at this very moment and before."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from accounts import files, queries
from accounts.actors import Acting, Actor, ActorKind
from accounts.models import Mandate, Membership, Role, Subject, User
from accounts.particulars import Particulars
from audit import keys


def actor_by_mandate(user: User, mandate_id: UUID, at: datetime) -> Actor | None:
    """How this user acts for somebody else; None unless they hold the mandate and it is in force at `at`."""
    if user.subject_id is None:
        return None
    held = Mandate.objects.in_force(at).filter(pk=mandate_id, holder_id__in=files.members(user.subject_id))
    mandate = held.first()
    return acting(user.pk, mandate) if mandate else None


def acting(user_id: UUID, mandate: Mandate) -> Actor:
    """The actor of a mandate that is in force."""
    assert mandate.holder_id
    acts = Acting(mandate.pk, mandate.holder_id, mandate.basis, mandate.reach, frozenset(mandate.programmes))
    subject_id, also = files.of(mandate.subject_id)
    actor = Actor(ActorKind.PERSON, user_id=user_id, subject_id=subject_id, also=also, acts=acts)
    # Two officials saw a paper; any other mandate began with the address of its giver, and reaches no further.
    if mandate.entered_by_id:
        return actor
    giver = queries.came_as(actor, mandate.given_by_id) if mandate.given_by_id else None
    return replace(actor, sources=queries.reach_of(actor.own_subject, came_as=giver))


@dataclass(frozen=True, slots=True)
class MandateShown:
    """A mandate with its names in the clear. `other`: whom it is for, or who holds it, seen from the reader.

    `called`: what its giver calls the holder; `paper`: which paper it rests on and where that is kept.
    """

    row: Mandate
    other: str
    called: str
    paper: str
    is_in_force: bool


def mandates_given(subject_id: UUID, at: datetime) -> list[MandateShown]:
    """Everybody who may act for a subject, was asked to, or did, newest first."""
    rows = list(Mandate.objects.filter(subject_id=subject_id).order_by("-given_at", "-pk"))
    return _mandates(rows, [row.holder_id for row in rows], at, labels=True)


def mandates_held(holder_id: UUID, at: datetime) -> list[MandateShown]:
    """Everybody for whom somebody may act or could, newest first."""
    rows = list(Mandate.objects.filter(holder_id=holder_id).order_by("-given_at", "-pk"))
    return _mandates(rows, [row.subject_id for row in rows], at, labels=False)


def mandates_to_confirm(actor: Actor) -> list[MandateShown]:
    """What came on paper and waits for a second official of the same organisation."""
    officials = Membership.objects.filter(
        organisation_id__in=actor.organisations(Role.CASEWORKER, Role.SUPERVISOR), ended_at=None
    ).values("user_id")
    waiting = Mandate.objects.filter(entered_by__in=officials, confirmed_by=None, revoked_at=None)
    rows = list(waiting.order_by("given_at", "pk"))
    return _mandates(rows, [row.subject_id for row in rows], None, labels=True)


def _mandates(
    rows: Sequence[Mandate], others: Sequence[UUID | None], at: datetime | None, *, labels: bool
) -> list[MandateShown]:
    ids = [row.pk for row in rows]
    in_force = set(Mandate.objects.in_force(at).filter(pk__in=ids).values_list("pk", flat=True)) if at else set()
    names = names_of({other for other in others if other})
    said = {row.pk: open_mandate(row) if labels else {} for row in rows}
    return [
        MandateShown(
            row=row,
            other=names.get(other, "") if other else "",
            called=said[row.pk].get("called", ""),
            paper=said[row.pk].get("paper", ""),
            is_in_force=row.pk in in_force,
        )
        for row, other in zip(rows, others, strict=True)
    ]


def open_mandate(mandate: Mandate) -> dict[str, str]:
    """What is sealed in a mandate; nothing when its subject was erased."""
    try:
        said: dict[str, str] = json.loads(keys.open_sealed(mandate.subject_id, bytes(mandate.sealed)))
    except keys.Erased:
        return {}
    return said


def names_of(subject_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of many subjects; those who were erased are left out."""
    wanted = set(subject_ids)
    sealers = keys.load_many(wanted)
    rows = Subject.objects.filter(pk__in=wanted).values_list("pk", "sealed_particulars")
    return {pk: Particulars.from_bytes(sealers[pk].open(bytes(sealed))).name for pk, sealed in rows if pk in sealers}
