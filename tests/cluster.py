"""A PostgreSQL of the tests' own, also while a demo runs: started once, shared, removed at the end.

# Note [Migrated once]
Every worker of every run needs a database with all migrations, and to migrate takes longer than most files of tests.
So a cluster with such a database is kept under `var/`, under a name made from the migrations, and each run starts on a
copy of it. The workers' databases are copies of its database `TEMPLATE`.

# Note [Folders of their own]
Workers of xdist share the cluster and nothing else. Each has its own database in it and its own folder for what is
written at run time: mails, evidence, uploads, static files, keys, the signer's memory. What one of them counts, sweeps
away or signs is never the work of another.
"""

import atexit
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg

from redress import embedded
from redress.reaper import Reaper

TEMPLATE = "redress_migrated"  # never named test_*: tests open the guards of their copies only
_ADDRESS = "REDRESS_TEST_DATABASE_URL"
_TEMPLATE = "REDRESS_TEST_TEMPLATE"
_ROOT = Path(__file__).resolve().parents[1]
_MIGRATED_FROM = ("*/migrations/*.py", "audit/guard.py", "audit/ids.py", "requirements.lock", "redress/embedded.py")


def prepare() -> None:
    """Set the environment that `redress.settings` reads. Call it before Django loads.

    The first process starts the cluster and removes it at exit; the workers of xdist inherit its address.
    Set REDRESS_TEST_DATABASE_URL to run on another PostgreSQL.
    """
    for name in [name for name in os.environ if name.startswith(("REDRESS_", "CELERY_"))]:
        if not name.startswith("REDRESS_TEST_"):
            del os.environ[name]  # what the developer's shell or demo set is none of our business
    if "REDRESS_TEST_VAR" not in os.environ:
        _start()
    os.environ["DATABASE_URL"] = os.environ[_ADDRESS]
    os.environ["REDRESS_EMBEDDED"] = "1"
    folder = Path(os.environ["REDRESS_TEST_VAR"]) / os.environ.get("PYTEST_XDIST_WORKER", "alone")
    (folder / "static").mkdir(parents=True, exist_ok=True)  # WhiteNoise warns without it
    os.environ["REDRESS_VAR"] = str(folder)  # Note [Folders of their own]


def _start() -> None:
    stack = contextlib.ExitStack()
    reaper = Reaper()  # for the day when pytest is killed
    stack.callback(reaper.dismiss)
    cluster = stack.enter_context(embedded.throw_away())
    reaper.tell("cluster", str(cluster.data))
    reaper.tell("folder", str(cluster.data.parent))
    atexit.register(stack.close)
    embedded.end_on_signals()
    if _ADDRESS not in os.environ:
        _lay_migrated(cluster)
        os.environ[_ADDRESS] = cluster.attach()
        os.environ[_TEMPLATE] = TEMPLATE
    os.environ["REDRESS_TEST_VAR"] = str(cluster.data.parent / "var")


def template() -> str | None:
    """The migrated database that those of the tests are copied from; None on a PostgreSQL of somebody else's."""
    return os.environ.get(_TEMPLATE)


def _lay_migrated(cluster: embedded.Cluster) -> None:
    """Lay the kept cluster into the folder of the new one; make and keep it if there is none (Note [Migrated once])."""
    kept = _ROOT / "var" / "test-cluster" / _digest()
    if not kept.exists():
        _migrate(cluster)
        shutil.rmtree(kept.parent, ignore_errors=True)  # those of older migrations
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_name(f"{kept.name}.{os.getpid()}")
        _copy(cluster.data, draft)
        with contextlib.suppress(OSError):  # another run was first
            draft.rename(kept)
    else:
        _copy(kept, cluster.data)


def _migrate(cluster: embedded.Cluster) -> None:
    url = cluster.attach()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    words = {"DATABASE_URL": cluster.url(TEMPLATE), "REDRESS_EMBEDDED": "1", "REDRESS_VAR": str(cluster.data.parent)}
    words["DJANGO_SETTINGS_MODULE"] = "redress.settings"  # those of the tests would come here again
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=_ROOT, env={**os.environ, **words}, check=True
    )
    cluster.detach()  # a copy of a running server would not be whole


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)  # also its owner, whom the server insists on


def _digest() -> str:
    found = hashlib.sha256()
    for pattern in _MIGRATED_FROM:
        for path in sorted(_ROOT.glob(pattern)):
            found.update(path.name.encode() + path.read_bytes())  # the database remembers migrations by name
    return found.hexdigest()[:16]
