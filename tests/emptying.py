"""Emptying the test database after a test that committed: of the tables that hold something, and of these alone.

Django empties every table, and lays anew what its migrations lay for applications that we do not use: most of the time
of a short test.
"""

from collections.abc import Iterable
from functools import cache

from django.db import connection
from django.test import TransactionTestCase

_KEPT = {"django_migrations", "django_content_type", "auth_permission"}  # laid once, and the same ever after
_OTHERS = ["redress_cache"]  # no model's
_REFERENCES = """
    SELECT confrelid::regclass::text, conrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND confrelid <> conrelid
"""


def empty() -> None:
    """Remove every row that a test committed."""
    with connection.cursor() as cursor:
        looks = (f"(SELECT '{each}' FROM {each} LIMIT 1)" for each in _tables())  # noqa: S608  names of our own tables
        cursor.execute(" UNION ALL ".join(looks))
        written = [table for (table,) in cursor.fetchall()]
        if written:
            cursor.execute(f"TRUNCATE {', '.join(sorted(_with_those_that_refer_to(written)))}")


@cache
def _tables() -> list[str]:
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [*sorted(set(found) - _KEPT), *_OTHERS]


def _with_those_that_refer_to(tables: Iterable[str]) -> set[str]:
    """These tables and all that PostgreSQL wants emptied with them."""
    found, more = set[str](), set(tables)
    while more:
        found |= more
        more = {referring for table in more for referring in _references().get(table, ())} - found
    return found


@cache
def _references() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_REFERENCES)
        for table, referring in cursor.fetchall():
            found.setdefault(table, set()).add(referring)
    return found


def instead_of_a_flush() -> None:
    """From now on, this is what happens after each transactional test."""
    TransactionTestCase._fixture_teardown = lambda _self: empty()  # type: ignore[attr-defined]  # Django's own seam
