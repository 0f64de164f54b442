"""Records in and out over the API: a file uploaded against the same file imported, many subjects asked for at once
against one by one.

Both imports run in this process on databases of their own, which stand side by side. What is asked for was imported
before; each subject is asked for as a recipient would, through the whole of the API. BENCH_API_LINES (100,000) and
BENCH_API_ASKED (1,000) are the sizes.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from kombu import pools

from accounts import operations as accounts
from accounts.actors import SERVICE
from accounts.api import endpoint
from accounts.models import Scope
from accounts.throttle import Limit
from audit import keys
from benchmarks import database
from benchmarks.figures import Figure
from records import catalogue, jobs, sampling
from records.importing import Options, import_file
from records.models import JobState

PROGRAMME = "cn-court-defaulters"
SOURCE = "bench-court"
LINES = int(os.environ.get("BENCH_API_LINES", "100000"))
ASKED = int(os.environ.get("BENCH_API_ASKED", "1000"))
FEW = max(ASKED // 100, 2)


def run() -> list[Figure]:
    """Measure. Takes some minutes."""
    settings.ALLOWED_HOSTS.append("testserver")
    endpoint.OF_A_KEY = Limit("bench", 10_000_000, timedelta(hours=1))
    var, address = Path(settings.VAR_DIR), os.environ["DATABASE_URL"]
    path = _write_lines(var)
    with database.fresh(address, var) as another, _at(another):
        by_command = _imported(path)
    uploaded, worked = _uploaded(path)
    numbers = _numbers(path)
    asker, headers = _client(Scope.RECORDS_READ)
    at_once, few = _at_once(asker, headers, numbers), _at_once(asker, headers, numbers[:FEW])
    singly = _singly(asker, headers, numbers)
    return [
        Figure("upload and import by the API: throughput against the import of the file", by_command / worked, 0.6),
        Figure("the same with the time of the upload", by_command / (uploaded + worked), None),
        Figure(f"asking for {len(numbers):,} subjects at once: throughput against one by one", singly / at_once[0], 2),
        Figure("asking at once: more queries than for a hundredth", at_once[1] - few[1], 0, "lower"),
        Figure("asking at once: queries", at_once[1], None, "lower"),
        Figure("asking at once: milliseconds a subject", at_once[0] / len(numbers) * 1000, None, "lower"),
        Figure("asking one by one: milliseconds a subject", singly / len(numbers) * 1000, None, "lower"),
    ]


def _write_lines(folder: Path) -> Path:
    path = folder / "lines.jsonl"
    every = (line for programme, line in sampling.lines(people=sampling.MOST_PEOPLE, seed=1) if programme == PROGRAMME)
    with path.open("w", encoding="utf-8") as file:
        for line in islice(every, LINES):
            del line["source"]
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return path


def _imported(path: Path) -> float:
    """Seconds of the import of the file, by the function behind the command."""
    programme = catalogue.programme(PROGRAMME)
    start = time.perf_counter()
    import_file(programme, path, by=SERVICE, clock=timezone.now, options=Options(form="jsonl", only_source=SOURCE))
    return time.perf_counter() - start


def _uploaded(path: Path) -> tuple[float, float]:
    """Seconds of the upload of the same file, and of the work of its job."""
    client, headers = _client(Scope.RECORDS_WRITE)
    body = path.read_bytes()
    start = time.perf_counter()
    answer = client.post(
        f"/api/v1/imports/?programme={PROGRAMME}",
        body,
        "application/x-ndjson",
        headers={**headers, "Idempotency-Key": str(uuid4())},
    )
    middle = time.perf_counter()
    assert answer.status_code == 202, answer.content
    state = jobs.work(answer.json()["id"], clock=timezone.now, longest=float("inf"))
    assert state == JobState.DONE, state
    return middle - start, time.perf_counter() - middle


def _numbers(path: Path) -> list[str]:
    """Subjects of the file, as a recipient names them."""
    found: dict[str, None] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            number = json.loads(line)["subject"]["identifiers"][0]
            found[f"{number['scheme']}:{number['value']}"] = None
            if len(found) == ASKED:
                break
    return list(found)


def _client(scope: Scope) -> tuple[Client, dict[str, str]]:
    organisation = accounts.register_organisation(
        code=SOURCE, name_en="Bench", name_zh="", by=SERVICE, at=timezone.now()
    )
    _key, text = accounts.issue_key(
        organisation=organisation,
        scopes=[scope],
        programmes=[PROGRAMME],
        issued_by=None,
        expires_at=timezone.now() + timedelta(days=1),
        by=SERVICE,
        at=timezone.now(),
    )
    return Client(), {"Authorization": f"Bearer {text}"}


def _at_once(client: Client, headers: dict[str, str], numbers: list[str]) -> tuple[float, int]:
    """Seconds and queries of one ask for all."""
    body = json.dumps({"purpose": "bench_check", "subjects": numbers})
    with CaptureQueriesContext(connection) as captured:
        start = time.perf_counter()
        answer = client.post(
            "/api/v1/disclosures/", body, "application/json", headers={**headers, "Idempotency-Key": str(uuid4())}
        )
        seconds = time.perf_counter() - start
    assert answer.status_code == 200, answer.content
    assert all(one["records"] for one in answer.json()["results"])
    return seconds, len(captured)


def _singly(client: Client, headers: dict[str, str], numbers: list[str]) -> float:
    start = time.perf_counter()
    for number in numbers:
        answer = client.get(
            "/api/v1/records/?purpose=bench_check&limit=20", headers={**headers, "Redress-Subject": number}
        )
        assert answer.status_code == 200
    return time.perf_counter() - start


@contextmanager
def _at(address: str) -> Iterator[None]:
    """Work on the database of that address, then on the other one again."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = urlsplit(address).path.lstrip("/")
    keys.forget()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        pools.reset()  # the queue of the other database goes with it
        keys.forget()
