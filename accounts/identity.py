"""Opening who somebody is, for staff who tell people apart. The look is in the log before anything is returned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts import identifiers
from accounts.actors import Actor
from accounts.models import Identifier, Subject
from accounts.particulars import Particulars
from audit import keys
from audit import operations as audit


@dataclass(frozen=True, slots=True)
class Number:
    """One number of somebody, masked where it is a person's. `id`: of its row."""

    id: int
    scheme: str
    title: str
    shown: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a subject is: never more than is needed to tell two apart. `is_erased`: nothing can be opened any more."""

    subject_id: UUID
    kind: str
    name: str
    birth_date: date | None
    numbers: tuple[Number, ...]
    is_erased: bool = False


def number(scheme: str, value: str, row: int = 0) -> Number:
    """A number as a page may show it."""
    return Number(row, scheme, identifiers.SCHEMES[scheme].title, identifiers.mask(scheme, value))


@transaction.atomic
def open_many(
    subject_ids: Iterable[UUID], *, purpose: str, by: Actor, holder_id: UUID, at: datetime
) -> dict[UUID, Identity]:
    """Who these subjects are, each with its entry. Staff act for `holder_id`."""
    subjects = {each.pk: each for each in Subject.objects.filter(pk__in=set(subject_ids)).order_by("pk")}
    for subject_id in subjects:
        audit.record(
            "identity.opened",
            by=by.signature(holder_id),
            at=at,
            subject_id=subject_id,
            facts={"purpose": purpose},
        )
    sealers = keys.load_many(subjects)
    numbers: dict[UUID, list[Number]] = {pk: [] for pk in subjects}
    for row in Identifier.objects.filter(subject_id__in=sealers).order_by("scheme", "pk"):
        value = sealers[row.subject_id].open(row.sealed).decode()
        numbers[row.subject_id].append(number(row.scheme, value, row.pk))
    return {pk: _identity(subject, sealers.get(pk), numbers[pk]) for pk, subject in subjects.items()}


def _identity(subject: Subject, sealer: keys.Sealer | None, numbers: list[Number]) -> Identity:
    if sealer is None:
        return Identity(subject.pk, subject.kind, "", None, (), is_erased=True)
    said = Particulars.from_bytes(sealer.open(subject.sealed_particulars))
    return Identity(subject.pk, subject.kind, said.name, said.birth_date, tuple(numbers))
