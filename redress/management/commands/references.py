"""`manage.py references`: the reference pages, written from the code. Needs no database."""

from difflib import unified_diff
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from redress.references import references


class Command(BaseCommand):
    help = "Write docs/reference/ from the code, or --check that it is up to date."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is not as it should be")
        parser.add_argument("--folder", type=Path, default=Path(settings.BASE_DIR) / "docs" / "reference")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        wanted = references()
        stale = [name for name, text in wanted.items() if _present(folder / name) != text]
        if options["check"]:
            self._check(folder, wanted, stale)
            return
        for name in stale:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(wanted[name])
        self.stdout.write(f"{len(stale)} of {len(wanted)} files written to {folder}")

    def _check(self, folder: Path, wanted: dict[str, str], stale: list[str]) -> None:
        for name in stale:
            present, text = _present(folder / name).splitlines(), wanted[name].splitlines()
            self.stdout.write("\n".join(unified_diff(present, text, f"{name} as it is", f"{name} as it should be")))
        if stale:
            raise CommandError(f"Not up to date: {', '.join(stale)}. Run `python manage.py references`.")
        self.stdout.write(f"{len(wanted)} files are up to date")


def _present(path: Path) -> str:
    return path.read_text() if path.is_file() else ""
