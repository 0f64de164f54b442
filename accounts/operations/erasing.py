"""What is thrown away about who somebody is when they are erased. `appeals.operations.erasure` calls it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from accounts import addresses
from accounts.models import (
    ActivationLetter,
    Contact,
    ContactChange,
    ContactVouch,
    ContactWishes,
    IdempotentRequest,
    Identifier,
    Mandate,
    PostalAddress,
    SignInCode,
    Subject,
    User,
)
from audit.erasing import Erased

_ROWS = (Identifier, ContactVouch, ContactChange, ContactWishes, ActivationLetter, PostalAddress)


def empty(subject_ids: Collection[UUID], *, at: datetime) -> None:
    """Throw away names, numbers, addresses and wishes, and the hashes by which they were found.

    The user stays, as an id that acts point to, and never signs in again. Mandates end. Needs no key.
    """
    lookups = Contact.objects.filter(subject__in=subject_ids).values("lookup")
    SignInCode.objects.filter(address_lookup__in=lookups).delete()
    for model in _ROWS:
        model._default_manager.filter(subject__in=subject_ids).delete()
    Contact.objects.filter(subject__in=subject_ids).delete()
    Mandate.objects.filter(subject__in=subject_ids).update(sealed=b"", code_hash=None)
    for theirs in (Mandate.objects.filter(subject__in=subject_ids), Mandate.objects.filter(holder__in=subject_ids)):
        theirs.filter(revoked_at=None).update(revoked_at=at)
    users = User.objects.filter(subject__in=subject_ids)
    IdempotentRequest.objects.filter(owner__in=[f"user:{pk}" for pk in users.values_list("pk", flat=True)]).delete()
    users.update(is_active=False, signed_out_at=at, last_login=None)
    nothing = {"name_hash": None, "birth_hash": None, "alike": None}
    Subject.objects.filter(pk__in=subject_ids).update(sealed_particulars=b"", **nothing)


def addresses_of(subject_ids: Collection[UUID]) -> list[str]:
    """Every address of these subjects in the clear, as far as it can be opened: for what was written to files."""
    found = []
    for contact in Contact.objects.filter(subject__in=subject_ids):
        try:
            found.append(addresses.opened(contact))
        except Erased:
            continue
    return found
