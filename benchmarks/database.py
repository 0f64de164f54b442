"""Databases to be thrown away: on an embedded cluster of our own, or on the server of DATABASE_URL."""

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a database from which others can be made.

    The embedded cluster runs with the settings of a real one (fsync and all): what is compared
    must pay for durability on both sides.
    """
    if "DATABASE_URL" in os.environ:
        yield os.environ["DATABASE_URL"]
        return
    from redress import embedded

    embedded.end_on_signals()
    with tempfile.TemporaryDirectory(prefix="redress-bench-", ignore_cleanup_errors=True) as folder:
        cluster = embedded.Cluster(Path(folder) / "pg")
        try:
            yield cluster.attach()
        finally:
            cluster.detach()


@contextlib.contextmanager
def fresh(beside: str, var: Path) -> Iterator[str]:
    """A new migrated database on the server of the address `beside`, with its files in `var`; removed afterwards."""
    name = f"redress_bench_{secrets.token_hex(4)}"
    address = urlunsplit(urlsplit(beside)._replace(path=f"/{name}"))
    with psycopg.connect(beside, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        for words in (["migrate", "--verbosity", "0", "--skip-checks"], ["createcachetable"]):
            subprocess.run(manage(*words), cwd=ROOT, env=environment(address, var), check=True)
        yield address
    finally:
        with psycopg.connect(beside, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def manage(*words: str) -> list[str]:
    """The words of a command of `manage.py`."""
    return [sys.executable, "manage.py", *words]


def environment(address: str, var: Path) -> dict[str, str]:
    """The environment of a process that works on that database, with its files in `var`."""
    ours = {"DATABASE_URL": address, "REDRESS_VAR": str(var), "REDRESS_EMBEDDED": "1", "REDRESS_LOG_LEVEL": "ERROR"}
    return {**os.environ, **ours}
