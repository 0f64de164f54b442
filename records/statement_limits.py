"""How many words the law lets a person attach to an entry, where it says so.

This package knows of no procedures, so it asks the function that the settings name
(`settings.RECORDS_STATEMENT_LIMIT_BY`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from records.models import Record


@dataclass(frozen=True, slots=True)
class Limit:
    """The most words. `count` counts a text as the rule does; `by_character`: each Chinese character is a word."""

    most: int
    count: Callable[[str], int]
    by_character: bool
    rule: str


def limit(record: Record, at: datetime) -> Limit | None:
    """The limit for a statement on this record; None if no rule that was read sets one."""
    ask = cast("Callable[[Record, datetime], Limit | None]", import_string(settings.RECORDS_STATEMENT_LIMIT_BY))
    return ask(record, at)
