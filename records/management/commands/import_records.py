"""Import a file of records."""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import addresses
from accounts.actors import SERVICE, Actor
from accounts.models import User
from accounts.queries import actor_of
from records import catalogue
from records.importing import (
    Disappearing,
    FileUnusable,
    NeedsConfirming,
    Options,
    Stopped,
    Tally,
    TooManyWithdrawals,
    import_file,
)
from records.importing.forms import FORMS
from records.importing.inputs import STDIN

SOME_REFUSED: Final = 1
UNUSABLE: Final = 2
STOPPED: Final = 3
ASKS: Final = 4
_SIGN_OF_LIFE: Final = 2.0  # seconds
_SHOWN_HERE = 5  # refused lines; the file names them all
_SAID_IF_ANY: Final = (
    "records taken back by their source",
    "of these, not in the snapshot any more",
    "lines that wait for the decision of a dispute",
    "lines that wait: it is not sure whom they are about",
    "refused lines before these, in the import that was cut off",
)


class Command(BaseCommand):
    help = (
        "Import a file of records into a programme: JSON Lines or CSV, packed by gzip or not; - is standard input. "
        "Importing the same file again changes nothing, and goes on where an import of it was cut off. Lines that do "
        "not fit are named in var/imports/ with field and reason, never the value; the others are taken in. "
        "Exit status: 0 all lines were accepted, 1 some were refused, 2 nothing was read (unknown programme or "
        "user, no file, an empty one, another encoding), 3 stopped half way: run it again to go on, 4 records would "
        "leave the file, and nobody has said yet that they may."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """PROGRAMME FILE and how to import it."""
        parser.add_argument("programme", help="id of the programme, such as cn-court-defaulters")
        parser.add_argument("file", type=Path, help="file of records, or - for standard input")
        parser.add_argument("--by", metavar="STAFF_EMAIL", help="who enters the data, and so may not decide about it")
        parser.add_argument("--format", choices=FORMS, default="", help="as the file's name or first line show it")
        parser.add_argument("--strict", action="store_true", help="store nothing if any line is refused")
        parser.add_argument("--dry-run", action="store_true", help="say exactly what would happen, and store nothing")
        parser.add_argument("--from-start", action="store_true", help="do not go on from an import that was cut off")
        parser.add_argument(
            "--again",
            action="store_true",
            help="take the file as news, although the very same was imported before and other things came in since",
        )
        parser.add_argument(
            "--snapshot",
            action="store_true",
            help="the file is all that its sources hold of its record types: what it leaves out is taken back",
        )
        parser.add_argument(
            "--confirm-disappearing", type=int, metavar="N", help="let up to N records disappear by a snapshot"
        )
        parser.add_argument(
            "--allow-withdrawals", type=int, metavar="N", help="let the lines of the file take back up to N records"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, then say what was done."""
        by = _actor(options["by"]) if options["by"] else SERVICE
        watch = _Watch(self)
        how = Options(
            form=options["format"],
            strict=options["strict"],
            dry_run=options["dry_run"],
            snapshot=options["snapshot"],
            from_start=options["from_start"],
            again=options["again"],
            allow_withdrawals=options["allow_withdrawals"],
            confirm=_confirmed(options["confirm_disappearing"], is_piped=options["file"] == STDIN),
            told=self.stderr.write,
        )
        try:
            programme = catalogue.programme(options["programme"])
            tally = import_file(programme, options["file"], by=by, clock=timezone.now, progress=watch, options=how)
        except (NeedsConfirming, TooManyWithdrawals) as error:
            raise CommandError(str(error), returncode=ASKS) from error
        except (catalogue.UnknownProgramme, FileUnusable) as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        except Stopped as stopped:
            raise CommandError(str(stopped), returncode=STOPPED) from stopped
        self._say(tally, is_trial=options["dry_run"])
        if tally.refused or tally.refused_before:
            sys.exit(SOME_REFUSED)

    def _say(self, tally: Tally, *, is_trial: bool) -> None:
        if is_trial:
            self.stdout.write("This was a trial: nothing was stored. An import would have left:")
        elif tally.nothing_stored:
            self.stdout.write("Nothing was stored, because not every line fits:")
        rows: list[tuple[str, int]] = [
            ("new records", tally.created),
            ("changed records", tally.changed),
            ("unchanged records", tally.unchanged),
            ("records taken back by their source", tally.withdrawn),
            ("of these, not in the snapshot any more", tally.disappeared),
            ("lines that wait for the decision of a dispute", tally.waiting),
            ("lines that wait: it is not sure whom they are about", tally.doubtful),
            ("refused lines", tally.refused),
            ("refused lines before these, in the import that was cut off", tally.refused_before),
            ("notices made", tally.notices),
            ("of these, nobody could be told", tally.untold),
        ]
        for words, number in rows:
            if number or words not in _SAID_IF_ANY:
                self.stdout.write(f"{number:>11,}  {words}")
        if tally.new_sources:
            self.stdout.write(f"New sources were registered: {', '.join(tally.new_sources)}.")
        for one in tally.shown if is_trial else tally.shown[:_SHOWN_HERE]:
            for each in one.refusals:
                self.stdout.write(f"line {one.line:,}: {each.field}: {each.message}")
        if tally.refused and not is_trial:
            self.stdout.write(f"All refused lines are named in {tally.refused_file}.")


class _Watch:
    """Tells every two seconds how far the import is."""

    def __init__(self, command: BaseCommand) -> None:
        self._command = command
        self._start = self._last = time.monotonic()

    def __call__(self, tally: Tally) -> None:
        now = time.monotonic()
        if now - self._last < _SIGN_OF_LIFE:
            return
        self._last = now
        speed = (tally.lines_read - tally.went_on_after) / (now - self._start)
        self._command.stderr.write(
            f"{tally.lines_read:,} of {tally.lines_in_file:,} lines, {speed:,.0f} a second, {tally.refused:,} refused"
        )


def _confirmed(number: int | None, *, is_piped: bool) -> Callable[[Disappearing], bool]:
    """Whether so many records may disappear: by the option, or else by whoever sits at the terminal."""

    def confirm(disappearing: Disappearing) -> bool:
        if number is not None:
            return disappearing.number <= number
        if is_piped or not sys.stdin.isatty():
            return False
        return input("Type their number to let them disappear: ").strip() == str(disappearing.number)

    return confirm


def _actor(email: str) -> Actor:
    user = User.objects.filter(email=addresses.normal(email), is_active=True).first()
    if user is None:
        raise CommandError(f"Nobody on the staff signs in as {email}.", returncode=UNUSABLE)
    return actor_of(user)
