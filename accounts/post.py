"""Where letters go."""

from uuid import UUID

from accounts.models import PostalAddress
from audit import keys


def postal_address_of(subject_id: UUID) -> tuple[str, ...]:
    """The lines of the envelope, or nothing where letters are not wanted or possible."""
    noted = PostalAddress.objects.filter(subject_id=subject_id, ended_at=None).first()
    if noted is None:
        return ()
    return tuple(keys.open_sealed(subject_id, bytes(noted.sealed)).decode().split("\n"))


def gets_letters(subject_id: UUID) -> bool:
    """Whether what would be mailed to this subject is posted instead: `settings.DELIVERY_BY_LETTER` names this."""
    return PostalAddress.objects.filter(subject_id=subject_id, ended_at=None).exists()
