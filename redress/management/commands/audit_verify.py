import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from appeals import against_log
from audit import signing, verifying
from audit.note import NotAKey, Verifier
from audit.verifying import Finding

_SHOWN: Final = 50


class Command(BaseCommand):
    help = (
        "Recompute the log, and compare what it says with cases and records as they are. Reads only. Prints codes and "
        "ids, never a value. Exit status: 0 all agrees, 1 something does not (docs/how-to/verify-the-log.md)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--full", action="store_true", help="every hash from its bytes, and every value")
        parser.add_argument("--files", type=Path, metavar="DIR", help="verify an export instead of the database")
        parser.add_argument("--vkey", action="append", help="public key of the log for --files, not from that folder")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(self._files(options) if options["files"] else self._database(full=options["full"]))
        for finding in found[:_SHOWN]:
            self.stdout.write(f"{finding.code}: {finding.where}")
        if len(found) > _SHOWN:
            self.stdout.write(f"and {len(found) - _SHOWN} more")
        if found:
            sys.exit(1)
        self.stdout.write("All agrees.")

    def _database(self, *, full: bool) -> Iterator[Finding]:
        self.stdout.write(f"{verifying.entries()} entries")
        checks = against_log.checks(full=full).items()
        at = timezone.now()
        rows: Iterable[Finding] = chain.from_iterable(
            (Finding(code, str(row)) for row in check(at)) for code, check in checks
        )
        yield from verifying.of_database(full=full)
        yield from rows

    def _files(self, options: dict[str, Any]) -> Iterator[Finding]:
        try:
            keys = [Verifier.parse(each) for each in options["vkey"] or []] or signing.verifiers()
            yield from verifying.of_files(options["files"], keys, verifying.processors())
        except NotAKey as error:
            raise CommandError(str(error)) from error
        except verifying.NotAnExport as error:
            raise CommandError(str(error)) from error
