"""`manage.py up` for real: everything comes up with one command and goes down together, whatever ends it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from redress.embedded import Cluster
from tests.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.soak


class Up:
    """One `manage.py up` on a folder of its own."""

    def __init__(self, var: Path, *words: str) -> None:
        self.var = var
        self.cluster = Cluster(var / "pg")
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", *words],
            cwd=ROOT,
            env=environment(var),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said: list[str] = []
        self.url = ""

    def wait_until_up(self) -> "Up":
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if "runs at" in line:
                self.url = line.split()[-1]
                return self
        pytest.fail("It did not come up:\n" + "".join(self.said))

    def below(self) -> dict[str, psutil.Process]:
        """The children by what they are: web, worker, beat, sequencer, reaper."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            words = _words(child)
            for name, mark in _MARKS.items():
                if mark in words:
                    found[name] = child
        return found

    def everything(self) -> list[psutil.Process]:
        server = int((self.var / "pg" / "postmaster.pid").read_text().split("\n")[0])
        ours = psutil.Process(self.process.pid)
        return [ours, *ours.children(recursive=True), psutil.Process(server)]

    def end(self) -> str:
        """What it said until it ended."""
        rest, _ = self.process.communicate(timeout=180)
        return "".join(self.said) + rest


def _words(process: psutil.Process) -> str:
    """The command of a living process; nothing of one that has ended meanwhile."""
    try:
        return " ".join(process.cmdline())
    except (psutil.ZombieProcess, psutil.NoSuchProcess):
        return ""


_MARKS = {"web": "gunicorn", "worker": "worker", "beat": "beat", "sequencer": "sequence", "reaper": "redress.reaper"}


def environment(var: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("REDRESS_", "DATABASE_", "DJANGO_", "CELERY_"))}
    return {**kept, "REDRESS_VAR": str(var)}


def manage(var: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment(var),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all, so that each start but the first is a second start on kept data."""
    return tmp_path_factory.mktemp("up") / "var"


@pytest.fixture
def start(var: Path) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def run(*words: str) -> Up:
        started.append(Up(var, "--no-build", *words))
        return started[-1]

    yield run
    for up in started:
        if up.process.poll() is None:
            up.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                up.process.communicate(timeout=120)
        up.process.kill()
        up.process.communicate()


def assert_all_gone(processes: list[psutil.Process], seconds: float = 120) -> None:
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    assert not [words for process in alive if (words := _words(process))]


def test_it_serves_and_another_command_attaches_and_ctrl_c_ends_everything(start: Callable[..., Up], var: Path) -> None:
    up = start().wait_until_up()
    with urllib.request.urlopen(f"{up.url}/readyz") as answer:
        assert json.load(answer)["ready"] is True
    assert set(up.below()) == set(_MARKS)

    server = (var / "pg" / "postmaster.pid").read_text()
    other = manage(var, "shell", "--no-imports", "-c", "from django.conf import settings; print(settings.BASE_URL)")
    assert (other.returncode, other.stderr, other.stdout.strip()) == (0, "", up.url)
    assert (var / "pg" / "postmaster.pid").read_text() == server

    everything = up.everything()
    up.process.send_signal(signal.SIGINT)
    said = up.end()
    assert up.process.returncode == 0, said
    assert "Traceback" not in said
    assert_all_gone(everything)
    assert not up.cluster.is_running()


def test_the_port_refuses_and_logs_are_kept_below_var(start: Callable[..., Up], var: Path) -> None:
    up = start("--port", str(free_port())).wait_until_up()
    everything = up.everything()
    up.process.send_signal(signal.SIGTERM)
    up.end()
    assert_all_gone(everything)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{up.url}/livez")
    assert {path.name for path in (var / "logs").iterdir()} >= {"web.log", "worker.log", "beat.log"}


@pytest.mark.parametrize("part", ["web", "worker", "beat", "sequencer", "reaper"])
def test_the_death_of_one_part_takes_everything_down_and_says_which(start: Callable[..., Up], part: str) -> None:
    up = start().wait_until_up()
    everything = up.everything()
    up.below()[part].kill()
    said = up.end()
    assert up.process.returncode == 1
    assert {"web": "web server", "reaper": "clears up"}.get(part, part) in said.rsplit("Stop it", 1)[-1]
    assert_all_gone(everything)
    assert not up.cluster.is_running()


def test_the_death_of_the_database_takes_everything_down_and_says_so(start: Callable[..., Up], var: Path) -> None:
    up = start().wait_until_up()
    everything = up.everything()
    os.kill(int((var / "pg" / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
    said = up.end()
    assert up.process.returncode == 1
    assert "The database server ended" in said
    assert_all_gone(everything)


def test_a_killed_supervisor_leaves_nothing_behind_and_the_next_start_works(start: Callable[..., Up]) -> None:
    up = start().wait_until_up()
    everything = up.everything()
    up.process.kill()
    assert_all_gone(everything)
    assert not up.cluster.is_running()
    again = start().wait_until_up()
    again.process.send_signal(signal.SIGTERM)
    assert "Traceback" not in again.end()


def test_killed_with_its_reaper_it_is_recovered_by_the_next_start(start: Callable[..., Up]) -> None:
    up = start().wait_until_up()
    for process in reversed(up.everything()):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    again = start().wait_until_up()
    again.process.send_signal(signal.SIGTERM)
    again.end()
    assert not again.cluster.is_running()


def test_a_second_one_on_the_same_data_is_refused_with_the_address_of_the_first(
    start: Callable[..., Up], var: Path
) -> None:
    first = start().wait_until_up()
    second = manage(var, "up", "--no-build")
    assert second.returncode == 1
    assert f"runs already ({first.url})" in second.stderr
    with urllib.request.urlopen(f"{first.url}/livez") as answer:
        assert answer.status == 200


def hold_default_port(stack: contextlib.ExitStack) -> None:
    """Take it ourselves. A neighbouring test may have it now and give it back at any moment, so we wait for that."""
    end = time.monotonic() + 300
    while True:
        try:
            stack.enter_context(socket.create_server(("127.0.0.1", 8000)))
        except OSError:
            if time.monotonic() > end:
                return  # somebody outside these tests keeps it: as good
            time.sleep(0.05)
        else:
            return


def test_a_taken_default_port_is_evaded_and_a_taken_asked_one_is_told(start: Callable[..., Up], var: Path) -> None:
    with contextlib.ExitStack() as stack:
        hold_default_port(stack)
        taken = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        asked = manage(var, "up", "--no-build", "--port", str(taken.getsockname()[1]))
        assert asked.returncode == 1
        assert "cannot be used" in asked.stderr
        up = start().wait_until_up()
        assert not up.url.endswith(":8000")
        assert "Port 8000 is taken" in "".join(up.said)


def test_a_signal_while_it_starts_ends_everything(start: Callable[..., Up]) -> None:
    up = start()
    end = time.monotonic() + 60
    while len(up.below()) < 3 and time.monotonic() < end:
        time.sleep(0.02)
    children = psutil.Process(up.process.pid).children(recursive=True)
    up.process.send_signal(signal.SIGTERM)
    assert "Traceback" not in up.end()
    assert_all_gone(children)
    assert not up.cluster.is_running()


def test_unsafe_settings_are_refused_before_anything_starts(var: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "up", "--no-build"],
        cwd=ROOT,
        env={**environment(var), "REDRESS_HOSTS": "redress.example"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert "redress.E007" in done.stderr
