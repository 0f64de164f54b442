"""The same code on PostgreSQL 15, the oldest that we say we run on: the chain's integration tests, on that server."""

import os
import re
import secrets
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.processes import ROOT

pytestmark = pytest.mark.soak
ADDRESS = "REDRESS_TEST_POSTGRES15"
CHAIN = ["filing", "casework", "remedies", "resumption", "races", "log", "integrity", "wake", "importing"]


def test_the_chain_runs_on_postgresql_15() -> None:
    address = os.environ.get(ADDRESS)
    if not address:
        pytest.skip(f"{ADDRESS} is not set")
    with psycopg.connect(address) as connection:
        assert connection.info.server_version // 10_000 == 15
    # pytest-django makes and drops a database of this name with test_ before it.
    mine = urlunsplit(urlsplit(address)._replace(path=f"/redress_pg15_{secrets.token_hex(4)}"))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("REDRESS_", "PYTEST_"))}
    files = [f"tests/integration/test_{name}.py" for name in CHAIN]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        env={**kept, "REDRESS_TEST_DATABASE_URL": mine},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert re.search(r"\d+ passed", done.stdout)
    assert "skipped" not in done.stdout
