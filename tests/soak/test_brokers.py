"""A real worker takes a task from each broker that we say we run on."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from redress import celery, embedded

ROOT = Path(__file__).resolve().parents[2]
TASK = "delivery.tasks.deliver_due"
WAKE = f"from delivery.wake import wake; wake('{TASK}')"
pytestmark = pytest.mark.soak

BROKERS = [
    pytest.param("", id="pgmq"),
    pytest.param("REDRESS_TEST_RABBITMQ", id="rabbitmq", marks=pytest.mark.broker),
    pytest.param("REDRESS_TEST_REDIS", id="redis", marks=pytest.mark.broker),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of commands on a prepared database of their own."""
    with embedded.throw_away() as cluster:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("REDRESS_", "DJANGO_", "CELERY_"))}
        var = tmp_path_factory.mktemp("var")
        environment = {**kept, "DATABASE_URL": cluster.attach(), "REDRESS_EMBEDDED": "1", "REDRESS_VAR": str(var)}
        _manage(environment, "prepare")
        yield environment


@pytest.mark.parametrize("variable", BROKERS)
def test_a_worker_takes_the_task(variable: str, base: dict[str, str], tmp_path: Path) -> None:
    url = os.environ.get(variable, "") if variable else "pgmq://localhost"
    if not url:
        pytest.skip(f"{variable} is not set")
    environment = {**base, "CELERY_BROKER_URL": url}
    log = tmp_path / "worker.log"
    command = [sys.executable, "-m", "celery", "--app", "redress.celery", "--quiet", "worker", "--concurrency", "1"]
    with log.open("wb") as file:
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file)
        try:
            _wait_for(log, "%s ready.")
            _manage(environment, "shell", "--no-imports", "-c", WAKE)
            line = _wait_for(log, "task")
        finally:
            worker.terminate()
            worker.wait(timeout=120)
    assert (line["task"], line["state"]) == (TASK, "SUCCESS")
    assert line["task_id"]


@pytest.mark.broker
def test_the_queue_of_rabbitmq_is_replicated_and_keeps_its_messages() -> None:
    url = os.environ.get("REDRESS_TEST_RABBITMQ", "")
    if not url:
        pytest.skip("REDRESS_TEST_RABBITMQ is not set")
    (queue,) = celery.configuration(url)["task_queues"]
    assert queue.queue_arguments == {"x-queue-type": "quorum"}
    with celery.app.connection_for_write(url=url) as broker, broker.channel() as channel:
        queue(channel).declare()  # refused by the server if it exists as another kind


def _manage(environment: dict[str, str], *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _wait_for(log: Path, event: str, seconds: float = 300) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        whole, _, _being_written = log.read_text().rpartition("\n")
        for text in whole.splitlines():
            if text.startswith("{") and (line := json.loads(text))["event"] == event:
                found: dict[str, Any] = line
                return found
        time.sleep(0.1)
    pytest.fail(f"{event!r} did not come:\n{log.read_text()}")
