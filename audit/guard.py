"""SQL that makes the database refuse what the log must never see.

Used by migrations: `append_only` for tables that only grow, `must_be_recorded` for tables
about a case or a record, whose writes fail at commit without an entry for that case or
record in the same transaction. A trigger of its own kind per table, so that each app's
migration names its tables and the audit app knows none of them.
"""

from collections.abc import Iterable

APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION audit_deny();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT {when} EXECUTE FUNCTION audit_deny();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_whole;
"""

MUST_BE_RECORDED = """
CREATE CONSTRAINT TRIGGER must_be_recorded AFTER INSERT OR UPDATE OR DELETE ON {table}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_require_entry_for_{kind}('{column}');
ALTER TABLE {table} ENABLE ALWAYS TRIGGER must_be_recorded;
"""


NEVER_EMPTIED = """
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT {when} EXECUTE FUNCTION audit_deny();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_emptied;
"""


def append_only(table: str) -> str:
    """DDL: UPDATE, DELETE and TRUNCATE on `table` are refused, also under replica mode."""
    return APPEND_ONLY.format(table=table, when="")


def must_be_recorded(table: str, *, kind: str, column: str) -> str:
    """DDL: a commit that wrote `table` needs an entry for the case or record (`kind`) in `column`."""
    return MUST_BE_RECORDED.format(table=table, kind=kind, column=column)


def never_emptied(table: str) -> str:
    """DDL: TRUNCATE on `table` is refused; it fires no trigger of a row, so `must_be_recorded` would not see it."""
    return NEVER_EMPTIED.format(table=table, when="")


def open_for_tests(tables: Iterable[str], database: str, *, recorded: Iterable[str] = ()) -> str:
    """DDL for test databases: a flush between tests may empty these tables while `redress.test_flush` is on.

    `tables` only grow; a write to one of `recorded` must be recorded.

    Raises `ValueError` for any database that is not a test's; `audit.checks` finds the opening elsewhere.
    """
    if not database.startswith("test_"):
        raise ValueError(f"{database} is not a test database")
    closed = "WHEN (current_setting('redress.test_flush', true) IS DISTINCT FROM 'on')"
    statements = [f"ALTER DATABASE \"{database}\" SET redress.test_flush = 'on';"]
    for table in tables:
        statements.append(f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_whole ON {table};")
        statements.append(APPEND_ONLY.format(table=table, when=closed))
    for table in recorded:
        statements.append(f"DROP TRIGGER never_emptied ON {table};" + NEVER_EMPTIED.format(table=table, when=closed))
    return "\n".join(statements)
