"""Where a subject can be reached. This package knows nobody, so it asks the function that the settings name."""

from datetime import datetime
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


class Ways(NamedTuple):
    """Which ways a message goes that is to reach somebody outside of their inbox. Both for a while after a change."""

    letter: bool
    mail: bool


BY_MAIL = Ways(letter=False, mail=True)


def ways_to(subject_id: UUID, at: datetime) -> Ways:
    """Whether what is to reach this subject at `at` is mailed, posted, or both."""
    return cast("Ways", import_string(settings.DELIVERY_WAYS_OF)(subject_id, at))
