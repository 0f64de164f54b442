"""Keeping times by hand: what would go, and have it go."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from accounts.actors import SERVICE
from accounts.terminal import typed
from records.operations import retention
from records.operations.retention import Ended, Forecast

_AT_ONCE: Final = 500
_HEAD: Final = ("programme", "type", "what ends", "last day", "then", "waits for", "records")
_THEN: Final = {"delete": "destroyed", "archive_sealed": "locked away"}


class Command(BaseCommand):
    help = (
        "Show which records have reached the end of their keeping time (--dry-run; nothing is written), or have them "
        "end now (--run; asks first). The same runs by itself every hour. What an open case or a review window rests "
        "on waits, and is shown with the reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--dry-run [--on DAY] or --run [--no-input]"""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--dry-run", action="store_true", help="show what would go, for each programme, type and day")
        what.add_argument("--run", action="store_true", help="have it go now")
        parser.add_argument("--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="show what goes by that day")
        parser.add_argument("--no-input", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Show, and after a yes run."""
        if options["run"] and options["on"]:
            raise CommandError("Keeping times end on their day: --on only goes with --dry-run.")
        going = self._show(options["on"] or timezone.now().date())
        if options["dry_run"]:
            self.stdout.write("Nothing was changed.")
        elif not going:
            self.stdout.write("There is nothing to do.")
        elif options["no_input"] or self._agreed(going):
            self._run()
        else:
            raise CommandError("Nothing was changed.")

    def _show(self, on: date) -> int:
        """Print what would go, in a transaction that cannot write; how many records that are."""
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
            rows = list(retention.forecast(on))
        if rows:
            self._table([_HEAD, *((*_cells(line), f"{count:,}") for line, count in rows)])
        going = sum(count for line, count in rows if not line.waits_for)
        waiting = sum(count for line, count in rows if line.waits_for)
        self.stdout.write(f"{going:,} would go; {waiting:,} wait.")
        return going

    def _table(self, rows: list[tuple[str, ...]]) -> None:
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def _agreed(self, going: int) -> bool:
        self.stdout.write("What is destroyed cannot be brought back.")
        return typed(f"Type {going} to go on: ").replace(",", "") == str(going)

    def _run(self) -> None:
        at = timezone.now()
        while retention.work_out(limit=_AT_ONCE):
            pass
        found: Counter[tuple[str, Ended]] = Counter()
        while some := retention.run_due(at=at, limit=_AT_ONCE):
            found += some
        gone, waiting, failed = (_by_programme(found, which) for which in (Ended.GONE, Ended.WAITS, Ended.FAILED))
        retention.note_run(gone, waiting, by=SERVICE, at=timezone.now())
        self.stdout.write(f"{gone.total():,} ended; {waiting.total():,} wait; {failed.total():,} failed.")
        if failed:
            raise CommandError("What failed is tried again by itself; the log of this command says why it failed.")


def _cells(line: Forecast) -> Iterable[str]:
    then = "taken down" if line.of == "publication" else _THEN[line.then]
    return line.programme, line.type, line.of, line.until.isoformat(), then, line.waits_for.replace("_", " ")


def _by_programme(found: Counter[tuple[str, Ended]], which: Ended) -> Counter[str]:
    return Counter({programme: number for (programme, ended), number in found.items() if ended is which})
