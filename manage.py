#!/usr/bin/env python
"""Run a command of Redress. Attaches to the embedded database, or starts it, when no DATABASE_URL is set."""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Commands that work without a database, and must not wait for one to start.
NO_DATABASE = frozenset(
    {"help", "version", "--help", "-h", "--version", "check", "makemigrations", "collectstatic", "findstatic"}
    | {"makemessages", "compilemessages", "translations", "due", "procedures", "make_examples", "spectacular"}
    | {"references", "diffsettings"}
)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redress.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command == "demo":
        os.environ["REDRESS_DEMO"] = "1"
    if "DATABASE_URL" not in os.environ and (command not in NO_DATABASE or {"--database", "--stored"} & {*sys.argv}):
        _attach(command)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def _attach(command: str) -> None:
    from pathlib import Path

    from redress import embedded

    var = Path(os.environ.get("REDRESS_VAR", Path(__file__).parent / "var"))
    embedded.end_on_signals()
    try:
        os.environ["DATABASE_URL"] = embedded.Cluster(var / "pg").attach()
    except embedded.NoEmbeddedDatabase as error:
        sys.exit(str(error))
    os.environ["REDRESS_EMBEDDED"] = "1"
    if command not in ("up", "demo"):
        _join(var / "up.json")


def _join(note: "Path") -> None:
    """Take over the address and the demo mode of the service that runs on the same data, if one does."""
    import json
    from contextlib import suppress

    with suppress(OSError, ValueError, KeyError):
        service = json.loads(note.read_text())
        os.kill(service["pid"], 0)
        os.environ.setdefault("REDRESS_URL", service["url"])
        os.environ.setdefault("REDRESS_DEMO", "1" if service["demo"] else "0")


if __name__ == "__main__":
    main()
