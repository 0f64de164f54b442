"""A whole backup from before an erasure, restored: nothing of the person opens, and nothing of them is left."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from redress import embedded
from tests.processes import ROOT

pytestmark = pytest.mark.soak

LIVED = """
import json
from datetime import timedelta
from accounts.models import Role
from appeals import operations
from appeals.evidence_files import make_safe
from appeals.operations import NewEvidence
from appeals.workflow import Status
from audit import sequencer, signing
from delivery import operations as delivery
from tests import factories
from tests.factories import AT

person = factories.person(name="Plantedname", email="planted.person@mail.example")
record = factories.record_for(person, measures=(), values={"duty": "Plantedduty"})
items = [factories.item(record, words="Plantedwords")]
case = factories.case_at(Status.FILED, person=person, items=items)
operations.add_evidence(case.pk, NewEvidence("planted.txt", make_safe(b"Plantedfile")), by=person, at=AT)
operations.withdraw(case.pk, by=person, at=AT + timedelta(days=1))
operations.conclude_withdrawal(case.pk, at=AT + timedelta(days=40))
delivery.deliver_due(at=AT + timedelta(days=41), limit=50)
proposer, outsider = factories.staff(Role.OPERATOR, "sample-host"), factories.staff(Role.REVIEWER, "sample-ombudsman")
sequencer.step(); signing.publish()
print(json.dumps([str(person.subject_id), str(proposer.user_id), str(outsider.user_id)]))
"""
ERASED = """
from datetime import timedelta
from accounts.models import User
from accounts.queries import actor_of
from appeals.operations import erasure
from audit import sequencer, signing
from tests.factories import AT

subject, proposer, outsider = %r
by, second = (actor_of(User.objects.get(pk=pk)) for pk in (proposer, outsider))
at = AT + timedelta(days=50)
found = erasure.propose(subject, asked_by_person=True, basis="GDPR Art. 17(1)(a)", because="Asked.", by=by, at=at)
print(erasure.approve(found.pk, by=second, at=at + timedelta(days=30)))
sequencer.step(); signing.publish()
"""
TRIED = """
import json
from accounts.queries import name_of
from audit import keys
from audit.models import Opening
from records.models import Content

subject = %r
def tried(sealed):
    try:
        return keys.open_sealed(subject_id, bytes(sealed)).decode()
    except keys.Erased:
        return "erased"
from uuid import UUID
subject_id = UUID(subject)
rows = [*Opening.objects.filter(subject_key=subject_id).values_list("sealed", flat=True)]
rows += [sealed for sealed in Content.objects.filter(subject=subject_id).values_list("sealed", flat=True) if sealed]
print(json.dumps([len(rows), sorted({tried(each) for each in rows})]))
"""


PLANTED = "SELECT count(*) FROM {table} AS row WHERE row::text ILIKE '%planted%'"


class Place:
    """A server with a database, and the folder of what is written at run time."""

    def __init__(self, folder: Path, cluster: embedded.Cluster) -> None:
        self.folder, self.cluster, self.address = folder, cluster, cluster.attach()

    def manage(self, *words: str, address: str = "") -> str:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("REDRESS_", "CELERY_", "DJANGO_"))}
        ours = {
            "DATABASE_URL": address or self.address,
            "REDRESS_EMBEDDED": "1",
            "REDRESS_VAR": str(self.folder / "var"),
        }
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env={**kept, **ours}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()

    def run(self, script: str, address: str = "") -> str:
        return self.manage("shell", "--no-imports", "-c", script, address=address)

    def program(self, name: str, *words: str) -> None:
        subprocess.run([str(embedded._programs() / name), *words], check=True, capture_output=True)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    cluster = embedded.Cluster(tmp_path / "pg")
    (tmp_path / "var").mkdir()
    try:
        yield Place(tmp_path, cluster)
    finally:
        cluster.detach()


def planted_in(address: str) -> list[str]:
    """Every table of a database in which a planted value can be read."""
    with psycopg.connect(address) as connection:
        query = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT LIKE 'pg\\_%'"
        tables = [name for (name,) in connection.execute(query).fetchall()]
        return [name for name in tables if connection.execute(PLANTED.format(table=name)).fetchone() != (0,)]


def planted_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and b"lanted" in path.read_bytes()]


def test_a_backup_from_before_the_erasure_opens_nothing_and_is_erased_again(place: Place) -> None:
    place.manage("prepare")
    who: list[str] = json.loads(place.run(LIVED).splitlines()[-1])
    before: list[Any] = json.loads(place.run(TRIED % who[0]).splitlines()[-1])
    assert before[0] > 5
    assert any("Plantedduty" in value for value in before[1])
    assert planted_files(place.folder / "var")  # the mail to them
    backup = place.folder / "backup"
    place.program("pg_dump", "--format=custom", f"--file={backup}", place.address)

    place.run(ERASED % (who,))
    assert json.loads(place.run(TRIED % who[0]).splitlines()[-1]) == [0, []]
    assert planted_in(place.address) == []
    assert planted_files(place.folder / "var") == []  # mails, evidence, logs, the signer, keys
    place.manage("audit_export", str(place.folder / "export"))
    assert planted_files(place.folder / "export") == []
    assert "All agrees." in place.manage("audit_verify", "--full")

    restored = place.cluster.url("restored")
    with psycopg.connect(place.address, autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
    place.program("pg_restore", f"--dbname={restored}", str(backup))
    assert json.loads(place.run(TRIED % who[0], restored).splitlines()[-1]) == [before[0], ["erased"]]
    assert "erased again" in place.manage("prepare", address=restored)
    assert json.loads(place.run(TRIED % who[0], restored).splitlines()[-1]) == [0, []]
    assert planted_in(restored) == []
    assert "erased again" not in place.manage("prepare", address=restored)
