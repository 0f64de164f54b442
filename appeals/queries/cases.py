"""Which cases there are for whom, and what the law says about one."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import files
from accounts.actors import Actor, ActorKind
from accounts.models import Membership, Role
from appeals import access
from appeals.access import NotAllowed
from appeals.models import Case
from appeals.workflow import OWNERS, UNANSWERED, Owner, Status
from law import procedures
from law.procedures import Procedure

_TAKES_EVIDENCE = (UNANSWERED - {Status.WITHDRAWING}) | {Status.SCREENED_OUT, Status.SCREENING_SERVED}


def cases_of(actor: Actor) -> QuerySet[Case]:
    """A person's own cases, newest first."""
    return access.visible_to(actor).select_related("holder").order_by("-filed_at", "-pk")


def case_for(actor: Actor, reference: str) -> Case:
    """One visible case. Raises `Case.DoesNotExist` for what this actor may not know of."""
    return access.visible_to(actor).select_related("holder", "decision").get(reference=reference)


def references(actor: Actor, case_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The references of those of these cases that this actor may know of. One query."""
    return dict(access.visible_to(actor).filter(pk__in=list(case_ids)).values_list("pk", "reference"))


def caseworker_numbers(cases: Iterable[Case]) -> dict[UUID, int]:
    """The number by which each case's caseworker is known, by case id. One query."""
    held_by = {case.pk: (case.caseworker_id, case.holder_id) for case in cases if case.caseworker_id}
    seats = Membership.objects.filter(
        role=Role.CASEWORKER, user_id__in={user for user, _ in held_by.values()}
    ).values_list("user_id", "organisation_id", "number")
    numbers = {(user, organisation): number for user, organisation, number in seats}
    return {case_id: numbers[seat] for case_id, seat in held_by.items() if seat in numbers}


def procedure_of(case: Case) -> Procedure:
    """The version of the procedure under which the case runs, with what a later one made milder for it."""
    return procedures.procedure(case.procedure, case.procedure_version, case.milder_version)


def person_actor(case: Case) -> Actor:
    """The person of a case, for what their filing sets in motion."""
    also = files.members(case.subject_id) - {case.subject_id}
    return Actor(ActorKind.PERSON, user_id=case.filed_by_id, subject_id=case.subject_id, also=also)


def whose_turn(case: Case) -> Owner:
    """Whose turn it is."""
    return OWNERS[Status(case.status)]


def check_may_add_evidence(actor: Actor, case: Case) -> None:
    """The person whose case it is or who acts for them, while it is not decided, or may be revived by something new."""
    access.check_acts_in(actor, case)
    if case.status not in _TAKES_EVIDENCE:
        raise NotAllowed("decided", _("This case is decided, so nothing more can be handed in."))


def cautious_today(at: datetime) -> date:
    """The earliest day that it still is anywhere on earth: nothing adverse starts before its day has come for all."""
    return (at - timedelta(hours=12)).date()
