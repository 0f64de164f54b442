"""Which records a dispute is about. This package knows no cases, so it asks the function that the settings name."""

from collections.abc import Iterable
from typing import NamedTuple, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


class Contest(NamedTuple):
    """One dispute about one record, and the subject who disputes it."""

    record_id: UUID
    subject_id: UUID
    is_open: bool


def contests(record_ids: Iterable[UUID]) -> list[Contest]:
    """The disputes about these records, ended ones included."""
    return cast("list[Contest]", import_string(settings.RECORDS_CONTESTED)(record_ids))
