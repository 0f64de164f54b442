"""Mail addresses: one form of each, found by keyed hash."""

from uuid import UUID

from accounts.models import Contact, ContactChange
from audit import keys


def normal(email: str) -> str:
    """The form that is stored and hashed. Case never tells two people apart in practice, so it is dropped whole."""
    return email.strip().casefold()


def lookup(email: str) -> bytes:
    """What `Contact.lookup` and `SignInCode.address_lookup` hold: 32 bytes."""
    return keys.keyed_hash("email", normal(email))


def sealed(subject_id: UUID, email: str) -> bytes:
    """What `Contact.sealed` holds."""
    return keys.seal(subject_id, normal(email).encode())


def opened(contact: Contact | ContactChange) -> str:
    """The address in the clear. Raises `keys.Erased`."""
    return keys.open_sealed(contact.subject_id, bytes(contact.sealed)).decode()


def masked(email: str) -> str:
    """Enough for its owner to know it by, too little for whoever looks over their shoulder: `w…i@example.org`."""
    name, _at, host = email.rpartition("@")
    return f"{name[:1]}…{name[-1:] if len(name) > 2 else ''}@{host}"
