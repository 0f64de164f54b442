"""The database goes away under the running service, in the middle of a filing, and comes back."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from redress import embedded
from tests.processes import ROOT, free_port

pytestmark = pytest.mark.soak
HOW = [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL]  # in order, at once, and as a power cut would

# People who are signed in and have written everything but not sent it, made by operations; told as JSON.
WRITTEN = """
import json
from tests import factories, fixtures
from appeals import operations
from django.utils import timezone

def write():
    at, person = timezone.now(), factories.person()
    record = factories.record_for(person, measures=("no_plane",), at=at)
    draft = operations.begin_draft([operations.Target(record.pk)], by=person, at=at)
    operations.choose_procedure(draft.pk, "redress-model", by=person, at=at)
    item = draft.items.get()
    said = {"ground": "not_me", "words": "Not me.", "wanted": "", "seen": item.version_id}
    operations.describe(draft.pk, item.pk, **said, by=person, at=at)
    return {"draft": str(draft.pk), "session": fixtures.client_for(person).cookies["redress_session"].value}

factories.organisation("cn-spc")
print(json.dumps([write() for _ in range(3)]))
"""


class Answer(NamedTuple):
    """What the service said, and how long it took."""

    status: int
    text: str
    seconds: float
    location: str


class Browser:
    """Asks as the person, without following redirections."""

    def __init__(self, url: str, session: str) -> None:
        self._host = urllib.parse.urlsplit(url).netloc
        self._session, self._csrf = session, ""

    def get(self, path: str) -> Answer:
        answer = self._ask("GET", path)
        if found := re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.text):
            self._form_token = found[1]
        return answer

    def post(self, path: str) -> Answer:
        return self._ask("POST", path, urllib.parse.urlencode({"csrfmiddlewaretoken": self._form_token}))

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        started = time.monotonic()
        headers = {"Cookie": f"redress_session={self._session}; csrftoken={self._csrf}"}
        if body:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        with contextlib.closing(http.client.HTTPConnection(self._host, timeout=180)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            if found := re.search(r"csrftoken=([^;]+)", answer.headers.get("Set-Cookie", "")):
                self._csrf = found[1]
            text, location = answer.read().decode(), answer.headers.get("Location", "")
        return Answer(answer.status, text, time.monotonic() - started, location)


class Service:
    """`manage.py up` on a database of another server, which is ours to kill."""

    def __init__(self, var: Path, cluster: embedded.Cluster) -> None:
        self.cluster, self.var, self.database = cluster, var, cluster.attach()
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("REDRESS_", "CELERY_", "DJANGO_"))}
        ours = {"DATABASE_URL": self.database, "REDRESS_EMBEDDED": "1", "REDRESS_VAR": str(var)}
        self.environment = {**kept, **ours}
        self.process = self._start("up", "--port", str(free_port()))  # tests of the default port need it for themselves
        assert self.process.stdout
        self.url = next(line.split()[-1] for line in self.process.stdout if "runs at" in line)

    def _start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def manage(self, *words: str) -> str:
        command = self._start(*words)
        said, _ = command.communicate(timeout=300)
        assert command.returncode == 0, said
        return said

    def lose_the_database(self, how: signal.Signals) -> None:
        pid = int((self.cluster.data / "postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, how)
        wait_until(lambda: not self.cluster.is_running())

    def get_it_back(self) -> None:
        self.cluster.attach()

    def count(self, query: str) -> int:
        with psycopg.connect(self.database) as connection:
            row = connection.execute(query).fetchone()
            assert row
            return int(row[0])

    def ready(self) -> int:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=120) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.communicate(timeout=180)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with embedded.throw_away() as cluster:
        service = Service(tmp_path_factory.mktemp("lost") / "var", cluster)
        try:
            yield service
        finally:
            service.end()


@pytest.fixture(scope="module")
def written(service: Service) -> list[dict[str, str]]:
    made: list[dict[str, str]] = json.loads(service.manage("shell", "--no-imports", "-c", WRITTEN).splitlines()[-1])
    return made


@pytest.mark.parametrize("how", HOW)
def test_a_filing_that_loses_its_database_is_told_and_leaves_nothing(
    service: Service, written: list[dict[str, str]], how: signal.Signals
) -> None:
    mine = written[HOW.index(how)]
    browser, path = Browser(service.url, mine["session"]), f"/dispute/{mine['draft']}/check/"
    assert browser.get(path).status == 200
    before = service.count("SELECT count(*) FROM appeals_case")

    with ThreadPoolExecutor() as pool, contextlib.closing(psycopg.connect(service.database)) as blocker:
        blocker.execute("SELECT FROM records_measure FOR UPDATE")  # filing stops at the measure, nearly done
        sending = pool.submit(browser.post, path)
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        wait_until(lambda: service.count(waiting) > 0)
        service.lose_the_database(how)
        answer = sending.result(timeout=180)
    says_what_to_do(answer)

    says_what_to_do(browser.get("/cases/"))
    assert service.ready() == 503
    assert Browser(service.url, "").get("/about/").status == 200  # for those who are not signed in

    service.get_it_back()
    wait_until(lambda: service.ready() == 200)
    answers = [browser.get(path).status for _ in range(12)]
    assert answers == [200] * 12
    assert service.count("SELECT count(*) FROM appeals_case") == before
    assert browser.post(path).location.endswith("/sent/")
    assert browser.post(path).location.endswith("/sent/")  # a form sent twice is one case
    assert service.count("SELECT count(*) FROM appeals_case") == before + 1
    assert service.process.poll() is None, "the service did not survive"
    wait_until(lambda: service.count("SELECT count(*) FROM delivery_message WHERE mail_state = 'waiting'") == 0)
    assert "checks hold" in service.manage("check_integrity")


def says_what_to_do(answer: Answer) -> None:
    assert answer.status == 503
    assert "Try again in a few minutes" in answer.text
    assert "<h1" in answer.text


def wait_until(holds: Callable[[], bool], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(psycopg.OperationalError, OSError):
            if holds():
                return
        time.sleep(0.1)
    pytest.fail("It did not happen in time")
