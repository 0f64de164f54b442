"""Cases for which a later version of their procedure has made something milder (law/milder.py, Note [Milder])."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from appeals.models import Case
from appeals.workflow import FINAL
from law import procedures


def cases_to_ease(at: datetime, limit: int = 500) -> list[tuple[UUID, int]]:
    """Cases that are not over, each with the version up to which milder rules govern it now, and do not do so yet."""
    found: list[tuple[UUID, int]] = []
    for id in procedures.procedures():
        version = procedures.milder_since(id, at)
        if version is None:
            continue
        not_yet = Q(milder_version__isnull=True) | Q(milder_version__lt=version)
        cases = Case.objects.filter(not_yet, procedure=id, procedure_version__lt=version).exclude(status__in=FINAL)
        found += [(case_id, version) for case_id in cases.order_by("pk").values_list("pk", flat=True)[:limit]]
    return found
