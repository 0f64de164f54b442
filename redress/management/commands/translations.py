"""`manage.py translations`: keep the Chinese texts complete. Needs no database and no gettext tools."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from redress import translations


class Command(BaseCommand):
    help = "Collect, check or compile the translations (locale/*/LC_MESSAGES/django.po)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--update", action="store_true", help="write new texts into the .po files, drop old ones")
        what.add_argument("--check", action="store_true", help="fail if a text is missing or left over")
        what.add_argument("--compile", action="store_true", help="write the .mo files that Django reads")

    def handle(self, *args: Any, **options: Any) -> None:
        paths = sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/django.po"))
        if options["compile"]:
            self.compile(paths)
        elif options["update"]:
            self.update(paths)
        else:
            self.check_all(paths)

    def compile(self, paths: list[Path]) -> None:
        for po in paths:
            done = translations.compile_po(po, _locale(po))
            self.stdout.write(f"{_locale(po)}: {'compiled' if done else 'unchanged'}")

    def update(self, paths: list[Path]) -> None:
        found = self.found()
        for po in paths:
            old = translations.load(po, _locale(po))
            new = translations.updated(old, found)
            content = translations.to_po(new)
            if not po.is_file() or po.read_bytes() != content:
                po.write_bytes(content)
            empty = sum(not message.string or not all(message.string) for message in new if message.id)
            self.stdout.write(f"{_locale(po)}: {len(new)} texts, {empty} not translated yet")

    def check_all(self, paths: list[Path]) -> None:
        found = self.found()
        said = [
            f"{_locale(po)}: {fault}"
            for po in paths
            for fault in translations.faults(translations.load(po, _locale(po)), found)
        ]
        if said:
            raise CommandError("\n".join([*said, f"{len(said)} faults; see `manage.py translations --update`."]))
        self.stdout.write(f"{len(found)} texts, all translated")

    def found(self) -> translations.Found:
        try:
            return translations.extract(Path(settings.BASE_DIR))
        except translations.ExtractionError as problem:
            raise CommandError(str(problem)) from problem


def _locale(po: Path) -> str:
    return po.parent.parent.name
