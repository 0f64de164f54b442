"""The frame that every step of a case stands in: lock the row, check, move, record."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from accounts.actors import Actor
from accounts.models import Role
from accounts.operations import mandates
from appeals import access
from appeals.errors import ReasonMissing
from appeals.models import Case
from appeals.workflow import Action, By, Status, step
from audit import operations as audit
from records.values import says_something

ROLES = {By.CASEWORKER: Role.CASEWORKER, By.APPROVER: Role.SUPERVISOR}


def locked(case_id: UUID) -> Case:
    """The case, locked until the transaction ends: of two people acting at once, the second sees what the first did."""
    return Case.objects.select_for_update(no_key=True).get(pk=case_id)


def move(
    case: Case,
    action: Action,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    facts: Mapping[str, str] | None = None,
    also: Mapping[str, object] | None = None,
) -> None:
    """Take one step: check that it is open to this actor, set the status and the fields in `also`, record the event."""
    mandates.hold(by, at=at)
    access.check(by, action, case)
    taken = step(Status(case.status), action)
    if taken.needs_reason and not says_something(reason):
        raise ReasonMissing
    case.status = taken.to
    for name, value in (also or {}).items():
        setattr(case, name, value)
    case.save(update_fields=["status", *(also or {})])
    said = {**(facts or {}), **({"justification": reason.strip()} if taken.needs_reason else {})}
    record(case, taken.event, by=by, at=at, facts=said, role=ROLES.get(taken.by, ""))


def record(
    case: Case,
    event: str,
    *,
    by: Actor,
    at: datetime,
    record_id: UUID | None = None,
    facts: Mapping[str, str],
    role: str = "",
) -> None:
    """One log entry for this case, signed in `role` by somebody who has several."""
    audit.record(
        event,
        by=by.signature(case.holder_id, role),
        at=at,
        subject_id=case.subject_id,
        case_id=case.pk,
        record_id=record_id,
        facts={"reference": case.reference, **facts},
    )
