"""Reading who is who."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import addresses, files, wishes
from accounts.actors import Actor, ActorKind, Seat
from accounts.models import (
    Contact,
    ContactVouch,
    ContactWishes,
    Identifier,
    Membership,
    Organisation,
    Role,
    Subject,
    User,
)
from accounts.particulars import Particulars
from audit import keys
from delivery.addressee import Address
from delivery.wishes import Wishes


def actor_of(user: User) -> Actor:
    """How this user acts: a person for their own file, or staff with the seats they hold now."""
    if user.subject_id:
        subject_id, also = files.of(user.subject_id)
        return Actor(ActorKind.PERSON, user_id=user.pk, subject_id=subject_id, also=also)
    held = Membership.objects.filter(user=user, ended_at=None).order_by("since", "pk")
    seats = tuple(Seat(each.organisation_id, each.role, each.number) for each in held)
    return Actor(ActorKind.STAFF, user_id=user.pk, seats=seats)


def within_reach(actor: Actor) -> Actor:
    """A person as far as the address in use lets them see (Note [Who an address may be])."""
    return replace(actor, sources=reach_of(actor.own_subject, came_as=came_as(actor)))


def came_as(actor: Actor, user_id: UUID | None = None) -> UUID | None:
    """As whom somebody signed in whose file was joined from several: each of them has an address of their own.

    `user_id`: who it was, if not the actor themselves: whoever gave the mandate by which they act.
    """
    user_id = user_id or actor.user_id
    if not actor.also or user_id is None:
        return None
    subject_id = User.objects.values_list("subject_id", flat=True).get(pk=user_id)
    return subject_id if subject_id in actor.own_subjects else None


def organisation(code: str) -> Organisation:
    """Raises `Organisation.DoesNotExist`."""
    return Organisation.objects.get(code=code)


def particulars_of(subject_id: UUID) -> Particulars:
    """Name and birth date in the clear. Raises `Subject.DoesNotExist`, or `keys.Erased`."""
    sealed = Subject.objects.values_list("sealed_particulars", flat=True).get(pk=subject_id)
    return Particulars.from_bytes(keys.open_sealed(subject_id, bytes(sealed)))


def name_of(subject_id: UUID) -> str:
    """The name of a person or organisation in the clear."""
    return particulars_of(subject_id).name


def address_of(subject_id: UUID, contact_id: int | None = None) -> Address | None:
    """Where a subject can be reached now, or at this very contact: `settings.DELIVERY_ADDRESS_OF` names this."""
    contact = contact_in_use(subject_id) if contact_id is None else _contacts(subject_id).filter(pk=contact_id).first()
    return Address(addresses.opened(contact), contact.subject.language) if contact else None


def contact_in_use(subject_id: UUID) -> Contact | None:
    """The address to which messages go: the subject's own first, since what was joined to it may have another one."""
    in_use = _contacts(subject_id).filter(Q(subject_id=subject_id) | Q(confirmed_at__isnull=False), ended_at=None)
    return next(iter(sorted(in_use, key=lambda one: (one.subject_id != subject_id, one.pk))), None)


def contact_of(subject_id: UUID, *, came_as: UUID | None = None) -> Contact | None:
    """The address by which somebody came into a joined file, or else the one in use."""
    own = Contact.objects.filter(subject_id=came_as, ended_at=None).first() if came_as else None
    return own or contact_in_use(subject_id)


def _contacts(subject_id: UUID) -> QuerySet[Contact]:
    return Contact.objects.filter(subject_id__in=files.members(subject_id)).select_related("subject")


def wishes_of(subject_id: UUID, at: datetime, *, settled: bool = False) -> Wishes | None:
    """What a subject wishes about mails, if anything: `settings.DELIVERY_WISHES_OF` names this."""
    row = ContactWishes.objects.filter(pk=subject_id).first()
    return wishes.standing(row, at, settled=settled) if row else None


def reach_of(subject_id: UUID, *, came_as: UUID | None = None) -> frozenset[UUID] | None:
    """The sources that gave the address in use, whose data alone it opens; None where it opens everything.

    `came_as`: the one of a joined file whose address it was. What another one of them proved opens nothing for it.

    Note [Who an address may be]
    A feed says who somebody is and where they can be reached, and the fact that is asked for besides the code
    stands in the same line (or in the number that the line gives). So an address shows that somebody is the
    person only to those who gave it, and they know what they said. See ADR 0008.
    """
    contact = contact_of(subject_id, came_as=came_as)
    if contact is None or contact.proved_at:
        return None
    given = ContactVouch.objects.filter(subject_id__in=files.members(subject_id), lookup=bytes(contact.lookup))
    return frozenset(given.values_list("source_id", flat=True))


def organisation_names(ids: Iterable[UUID] | None) -> list[dict[str, str]]:
    """The names of these organisations in each language, in a stable order."""
    return [each.name for each in Organisation.objects.filter(pk__in=list(ids or ())).order_by("code")]


def disagreements() -> QuerySet[Contact]:
    """Addresses that were not taken over because another source had given another one, the oldest first; slice it.

    What the person proved meanwhile is settled.
    """
    unproved = Contact.objects.filter(subject=OuterRef("subject"), ended_at=None, proved_at=None)
    kept_out = Contact.objects.filter(ended_at=F("added_at"), origin=Contact.Origin.FEED)
    return kept_out.filter(Exists(unproved)).order_by("added_at", "pk")


def sources_of_addresses(subject_ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Which sources gave any address of these subjects. One query."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    given = ContactVouch.objects.filter(subject_id__in=set(subject_ids))
    for subject_id, source_id in given.values_list("subject_id", "source_id"):
        found[subject_id].add(source_id)
    return found


def has_confirmed_contact(subject_id: UUID) -> bool:
    """Whether the address in use is one through which this very subject has signed in."""
    return Contact.objects.filter(subject_id=subject_id, ended_at=None, confirmed_at__isnull=False).exists()


def staff_label(seat: Seat, language: str) -> str:
    """How a member of staff appears to others: organisation, role and number, never a name."""
    return staff_labels([seat], language)[seat]


def staff_labels(seats: Iterable[Seat], language: str) -> dict[Seat, str]:
    """Labels of many at once: one query."""
    wanted = set(seats)
    names = {each.pk: each.name for each in Organisation.objects.filter(pk__in={s.organisation_id for s in wanted})}
    with override(language):
        return {
            seat: _label(seat, names[seat.organisation_id]["zh" if language.startswith("zh") else "en"])
            for seat in wanted
        }


def _label(seat: Seat, organisation_name: str) -> str:
    role = str(Role(seat.role).label).lower()
    return _("%(organisation)s, %(role)s no. %(number)d") % {
        "organisation": organisation_name,
        "role": role,
        "number": seat.number,
    }


def public_numbers(subject_id: UUID) -> list[tuple[str, str]]:
    """The numbers of a company that anybody may know, with their schemes. A person has none."""
    rows = Identifier.objects.filter(subject_id=subject_id, scheme__in=("cn-uscc", "lei")).order_by("scheme", "pk")
    return [(row.scheme, keys.open_sealed(row.subject_id, bytes(row.sealed)).decode()) for row in rows]


def ends_of_identifiers(subject_id: UUID) -> list[tuple[str, str]]:
    """The schemes of the numbers by which a file is known, each with its last characters: enough to know it again."""
    rows = Identifier.objects.filter(subject_id__in=files.members(subject_id)).order_by("scheme", "pk")
    opened = [(row.scheme, keys.open_sealed(row.subject_id, bytes(row.sealed)).decode()) for row in rows]
    return [(scheme, value[-4:] if len(value) >= 8 else "") for scheme, value in opened]
