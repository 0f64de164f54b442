"""Where a subject can be reached. This package knows nobody, so it asks the function that the settings name."""

from typing import NamedTuple, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


class Address(NamedTuple):
    """A mail address, and the language that comes first in a mail to it."""

    email: str
    language: str


def address_of(subject_id: UUID, contact_id: int | None = None) -> Address | None:
    """The address in use, or this very one; None if there is none. Looked up when a mail is sent, never stored."""
    return cast("Address | None", import_string(settings.DELIVERY_ADDRESS_OF)(subject_id, contact_id))


def gets_letters(subject_id: UUID) -> bool:
    """Whether what would be mailed to this subject goes on paper."""
    return cast("bool", import_string(settings.DELIVERY_BY_LETTER)(subject_id))
