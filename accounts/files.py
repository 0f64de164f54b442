"""One person's file may be two subjects: a merge joins them, and this says who belongs together (ADR 7)."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Subject


def of(subject_id: UUID) -> tuple[UUID, frozenset[UUID]]:
    """The subject whose file this is, and those that were joined to it. One query."""
    root = Subquery(Subject.objects.filter(pk=subject_id).values_list(Coalesce("merged_into_id", "id")))
    rows = list(Subject.objects.filter(Q(pk=root) | Q(merged_into=root)).values_list("pk", "merged_into_id"))
    first = next((pk for pk, into in rows if into is None), subject_id)
    return first, frozenset(pk for pk, _ in rows if pk != first)


def members(subject_id: UUID) -> frozenset[UUID]:
    """Everybody in the file of this subject, itself included."""
    first, also = of(subject_id)
    return also | {first}


def roots(subject_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Whose file each of these subjects stands in. One query."""
    rows = Subject.objects.filter(pk__in=subject_ids).values_list("pk", "merged_into_id")
    return {pk: into or pk for pk, into in rows}


def members_of(subject_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """`members` of many. Two queries."""
    root_of = roots(subject_ids)
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for pk, into in Subject.objects.filter(merged_into__in=set(root_of.values())).values_list("pk", "merged_into_id"):
        if into:
            found[into].add(pk)
    return {pk: frozenset({root, *found[root]}) for pk, root in root_of.items()}
