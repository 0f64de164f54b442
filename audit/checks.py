"""System checks of the log's guards."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

OPENED_FOR_TESTS = """
SELECT count(*) FROM pg_trigger
WHERE tgname IN ('append_only_whole', 'never_emptied') AND pg_get_triggerdef(oid) LIKE '%test_flush%'
"""


@register(Tags.database)
def guards_are_closed(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The trigger that lets tests empty an append-only table must stand in test databases only."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if str(connection.settings_dict["NAME"]).startswith("test_"):
            continue
        with connection.cursor() as cursor:
            cursor.execute(OPENED_FOR_TESTS)
            row = cursor.fetchone()
        if row and row[0]:
            found.append(
                Error(
                    "The log of this database can be emptied: a guard stands open, as only tests need it.",
                    hint="Restore the trigger append_only_whole as the migrations make it.",
                    id="audit.E001",
                )
            )
    return found
