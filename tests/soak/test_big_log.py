"""A big log, written by many at once, of whom some change their minds: what is committed is there, and only that."""

import base64
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction

from accounts.actors import SERVICE
from appeals import integrity
from appeals.models import Case
from appeals.operations import steps
from appeals.workflow import Status
from audit import keys
from audit.models import Entry, Opening
from tests import factories, processes
from tests.factories import AT

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]
ENTRIES, WRITERS, CASES = 50_000, 8, 24
ENTRIES_AT_ONCE = 9  # so many at most in one transaction
ROLLED_BACK = 0.1


class ChangedMind(Exception):
    """What makes a transaction roll back."""


def write(number: int, cases: list[UUID], entries: int, told: Path) -> None:
    """Write entries, numbered case by case, until so many are committed; tell which transactions were."""
    chance, committed, turn = random.Random(number), 0, 0
    with told.open("w") as file:
        while committed < entries:
            turn += 1
            many, case_id = chance.randint(1, ENTRIES_AT_ONCE), chance.choice(cases)
            try:
                with transaction.atomic():
                    _look(case_id, f"{number}-{turn}", many)
                    if chance.random() < ROLLED_BACK:
                        raise ChangedMind
            except ChangedMind:
                continue
            committed += many
            file.write(f"{number}-{turn} {many}\n")


def _look(case_id: UUID, transaction_name: str, many: int) -> None:
    """So many entries for one case, each with the next number of that case."""
    case = steps.locked(case_id)
    last = Entry.objects.filter(case_id=case_id, event_type="case.opened").count()
    for next_one in range(last + 1, last + 1 + many):
        facts = {"purpose": str(next_one), "what": transaction_name}
        steps.record(case, "case.opened", by=SERVICE, at=AT, facts=facts)


def test_what_is_committed_is_in_the_log_and_nothing_else(tmp_path: Path) -> None:
    cases = [factories.case_at(Status.FILED).pk for _ in range(CASES)]
    files = [tmp_path / str(number) for number in range(WRITERS)]
    share = ENTRIES // WRITERS
    processes.at_once(partial(write, number, cases, share, file) for number, file in enumerate(files))
    said = dict(line.split() for file in files for line in file.read_text().splitlines())
    found: dict[str, int] = defaultdict(int)
    numbers: dict[UUID, list[int]] = defaultdict(list)
    for entry, facts in opened():
        found[facts["what"]] += 1
        assert entry.case_id
        numbers[entry.case_id].append(int(facts["purpose"]))
    assert {name: str(many) for name, many in found.items()} == said
    assert sum(found.values()) >= ENTRIES
    for case_id, its in numbers.items():
        assert its == list(range(1, len(its) + 1)), f"the entries of case {case_id} are not contiguous"
    assert list(integrity.findings(AT)) == []
    assert one_transaction_each() == len(found)


def opened() -> Iterator[tuple[Entry, dict[str, str]]]:
    """Every entry of the writers in order, with its facts, after checking its hash and that it commits to each fact."""
    entries = Entry.objects.filter(event_type="case.opened").order_by("entry_id")
    owners = {*Case.objects.values_list("subject_id", flat=True), SERVICE.signature().owner}
    sealers = keys.load_many(owners)
    disclosures: dict[int, list[str]] = defaultdict(list)
    for entry_id, owner, sealed in Opening.objects.values_list("entry_id", "subject_key", "sealed"):
        if owner in sealers:
            disclosures[entry_id] += sealers[owner].open(sealed).decode().split("\n")
    for entry in entries:
        leaf = bytes(entry.leaf)
        assert hashlib.sha256(b"\x00" + leaf).digest() == bytes(entry.leaf_hash)
        digests = set(json.loads(leaf)["_sd"])
        facts = {}
        for disclosure in disclosures[entry.entry_id]:
            assert _b64(hashlib.sha256(disclosure.encode()).digest()) in digests
            salt, name, value = json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
            assert len(base64.urlsafe_b64decode(salt)) >= 16
            facts[name] = value
        yield entry, facts


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def one_transaction_each() -> int:
    """How many transactions wrote the entries of the writers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xid) FROM audit_entry WHERE event_type = 'case.opened'")
        return int(cursor.fetchone()[0])
