"""What a later version of a procedure makes milder governs cases that run already, and people are told."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actors import SERVICE
from appeals import queries
from appeals.operations import calendar, steps
from appeals.workflow import FINAL
from delivery import operations as delivery


@transaction.atomic
def ease(case_id: UUID, version: int, *, at: datetime) -> bool:
    """Let what the versions up to this one made milder govern a case from now on; whether anything changes for it.

    Its days are counted anew, and the person is told. Safe to repeat.
    """
    case = steps.locked(case_id)
    if case.status in FINAL or version <= (case.milder_version or case.procedure_version):
        return False
    before = queries.procedure_of(case)
    case.milder_version = version
    case.save(update_fields=["milder_version"])
    is_milder = queries.procedure_of(case) != before
    event = "case.made_milder" if is_milder else "case.law_compared"
    steps.record(case, event, by=SERVICE, at=at, facts={"procedure": f"{case.procedure}@{version}"})
    if not is_milder:
        return False
    params = {"reference": case.reference}
    delivery.tell_subject(case.subject_id, "rules_milder", at=at, mail=True, case_id=case.pk, params=params)
    calendar.recount_case(case_id, at=at)
    return True
