"""Where letters go, and which ways a message takes (docs/adr/0021-a-postal-address-from-a-paper.md)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts import files
from accounts.models import Contact, Membership, PostalAddress, Role, Subject
from audit import keys
from delivery.addressee import BY_MAIL, Ways

_ROOT: Final = Coalesce("subject__merged_into_id", "subject_id")  # of an address: whose file it stands in


def in_use(subject_id: UUID) -> PostalAddress | None:
    """Where letters to this subject go: their own address first, since what was joined to it may have another one."""
    found = PostalAddress.objects.filter(subject_id__in=files.members(subject_id), ended_at=None)
    return next(iter(sorted(found, key=lambda one: (one.subject_id != subject_id, -one.pk))), None)


def sealed(subject_id: UUID, lines: str) -> bytes:
    """What `PostalAddress.sealed` holds."""
    return keys.seal(subject_id, lines.encode())


def opened(address: PostalAddress) -> str:
    """The address in the clear, as it stands on the envelope. Raises `keys.Erased`."""
    return keys.open_sealed(address.subject_id, bytes(address.sealed)).decode()


def postal_address_of(subject_id: UUID, postal_id: int | None = None) -> tuple[str, ...]:
    """The lines of the envelope, or nothing where letters are not wanted or possible.

    `postal_id`: this very address, also when another one is in use by now.
    """
    if postal_id is None:
        noted = in_use(subject_id)
    else:
        noted = PostalAddress.objects.filter(pk=postal_id, subject_id__in=files.members(subject_id)).first()
    return tuple(opened(noted).split("\n")) if noted else ()


def settled_address_of(subject_id: UUID, at: datetime) -> tuple[str, ...]:
    """The lines of the envelope of what opens a file: nothing while whoever was reached before can still object."""
    noted = in_use(subject_id)
    is_sure = noted and (noted.settles_at is None or noted.settles_at <= at)
    return tuple(opened(noted).split("\n")) if noted and is_sure else ()


def masked(address: PostalAddress) -> str:
    """Enough for its owner to know it by, too little for whoever looks for them: the beginning of each line."""
    return " / ".join(f"{line[:2]}…" for line in opened(address).split("\n"))


def gets_letters(subject_id: UUID) -> bool:
    """Whether letters go to this subject, or to somebody in the same file."""
    return bool(_by_letter([subject_id]))


def ways_of(subject_id: UUID, at: datetime) -> Ways:
    """Which ways what is to reach this subject goes: `settings.DELIVERY_WAYS_OF` names this."""
    return ways_of_many([subject_id], at).get(subject_id, BY_MAIL)


def ways_of_many(subject_ids: Collection[UUID], at: datetime) -> dict[UUID, Ways]:
    """`ways_of` for those of many to whom letters go; all others are mailed. Five queries at the most."""
    until = _by_letter(subject_ids)
    unsettled = [pk for pk, settles_at in until.items() if settles_at and settles_at > at]
    members = files.members_of(unsettled) if unsettled else {}
    everybody = {member for of_file in members.values() for member in of_file}
    confirmed = Contact.objects.filter(subject_id__in=everybody, ended_at=None, confirmed_at__isnull=False)
    reached = set(confirmed.values_list("subject_id", flat=True)) if everybody else set()
    return {pk: Ways(letter=True, mail=bool(reached & members.get(pk, frozenset()))) for pk in until}


def _by_letter(subject_ids: Collection[UUID]) -> dict[UUID, datetime | None]:
    """Those to whose file letters go, and until when what they replaced can still object. Two queries."""
    roots = files.roots(subject_ids)
    noted, wanted = PostalAddress.objects.filter(ended_at=None), set(roots.values())
    own = noted.filter(subject_id__in=wanted).values_list("subject_id", "settles_at")
    joined = noted.filter(subject__merged_into__in=wanted).values_list("subject__merged_into_id", "settles_at")
    until = {root: settles_at for root, settles_at in own.union(joined) if root}
    return {pk: until[root] for pk, root in roots.items() if root in until}


def subjects_by_letter() -> "QuerySet[Any, UUID]":
    """Everybody to whom letters go, with the members of their files, for a query to be within."""
    return _with_members(PostalAddress.objects.filter(ended_at=None))


def reached_by_office(organisation_ids: Collection[UUID]) -> "QuerySet[Any, UUID]":
    """Those whose letters go to an address that an official of these organisations noted: the one in use, no other.

    Where several of one file have an address, each is reached at their own, or else at the last one, as `in_use` says.
    """
    noted = PostalAddress.objects.filter(ended_at=None)
    of_office = _noted_by(organisation_ids).filter(ended_at=None).annotate(root=_ROOT)
    later = noted.filter(pk__gt=OuterRef("pk"))  # two looks at it, each by an index
    of_root, of_joined = later.filter(subject=OuterRef("root")), later.filter(subject__merged_into=OuterRef("root"))
    roots = of_office.exclude(Exists(of_root)).exclude(Exists(of_joined)).values("root")
    without_own = Subject.objects.exclude(Exists(noted.filter(subject=OuterRef("pk")))).values_list("pk", flat=True)
    own: QuerySet[Any, UUID] = of_office.values_list("subject_id", flat=True)
    return own.union(without_own.filter(pk__in=roots), without_own.filter(merged_into__in=roots))


def noted_by_office(organisation_ids: Collection[UUID]) -> "QuerySet[PostalAddress, int]":
    """The addresses, also ended ones, that an official of these organisations noted."""
    return _noted_by(organisation_ids).values_list("pk", flat=True)


def _noted_by(organisation_ids: Collection[UUID]) -> QuerySet[PostalAddress]:
    """Whoever noted it may have left since: it stays with the office for which they worked then."""
    since = OuterRef("noted_at")
    held = Membership.objects.filter(Q(ended_at=None) | Q(ended_at__gte=since), since__lte=since)
    of_office = held.filter(
        user=OuterRef("noted_by"), organisation__in=organisation_ids, role__in=(Role.CASEWORKER, Role.SUPERVISOR)
    )
    return PostalAddress.objects.filter(Exists(of_office))


def _with_members(noted: QuerySet[PostalAddress]) -> "QuerySet[Any, UUID]":
    """Two indexed looks, where one with an `or` would read every subject."""
    roots = noted.annotate(root=_ROOT).values_list("root", flat=True)
    joined: QuerySet[Any, UUID] = Subject.objects.filter(merged_into__in=roots).values_list("pk", flat=True)
    return joined.union(roots)
