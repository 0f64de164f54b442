"""Of what an official enters a dispute on paper: what their office holds, and what it decides as the office above."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import files
from accounts.actors import Actor
from accounts.models import Organisation
from appeals.models import Case
from appeals.queries.deciders import decider
from law.procedure import Procedure
from records import catalogue
from records import queries as held
from records.queries import ENTERING_ROLES, Held

PURPOSE = "paper_dispute"


def may_be_about(actor: Actor, subject_id: UUID) -> bool:
    """Whether anything is held about this person of which this official could enter a dispute."""
    of_own = held.subjects_held_by(actor).filter(subject_id__in=files.members(subject_id))
    return of_own.exists() or bool(_ids_below(subject_id, _programmes_below(actor)))


def entries_on_paper(actor: Actor, subject_id: UUID, *, at: datetime) -> list[Held]:
    """Everything of that about one person, newest first. As for any look of staff, each is noted before."""
    below = _programmes_below(actor)
    with transaction.atomic():
        found = held.held_for_official(actor, subject_id, purpose=PURPOSE, at=at)
        others = held.held_records(held.on_paper(subject_id), _ids_below(subject_id, below))
        for office in {below[each.record.programme] for each in others}:
            versions = [each.version for each in others if below[each.record.programme] == office]
            held.open_for(actor, PURPOSE, versions, at=at, holder_id=office)
        found.extend(others)
    return sorted(found, key=lambda entry: entry.record.pk, reverse=True)


def may_be_entered(actor: Actor, procedure: Procedure, programme: catalogue.Programme) -> bool:
    """Whether this official takes in what this procedure hears: for the holder, or for the office that decides it."""
    office = decider(procedure, programme)
    return programme.id in held.programmes_of(actor) or bool(office and office.code in _offices(actor))


def is_for(actor: Actor, case: Case) -> bool:
    """`may_be_entered`, of a case that was just filed."""
    return case.holder_id in actor.organisations(*ENTERING_ROLES) or case.programme in held.programmes_of(actor)


def _programmes_below(actor: Actor) -> dict[str, UUID]:
    """The programmes above whose holder one of this official's offices stands, with that office."""
    offices, own = _offices(actor), held.programmes_of(actor)
    return {
        each.id: offices[each.higher_body.code]
        for each in catalogue.programmes().values()
        if each.higher_body and each.higher_body.code in offices and each.id not in own
    }


def _offices(actor: Actor) -> dict[str, UUID]:
    return dict(Organisation.objects.filter(pk__in=actor.organisations(*ENTERING_ROLES)).values_list("code", "pk"))


def _ids_below(subject_id: UUID, below: dict[str, UUID]) -> list[UUID]:
    return list(held.ids_visible_to(held.on_paper(subject_id)).filter(programme__in=below)) if below else []
