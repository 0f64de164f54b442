"""Import sanctions from JSON lines of FollowTheMoney."""

import json
import os
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import addresses
from accounts.actors import SERVICE
from accounts.models import User
from accounts.queries import actor_of
from records import catalogue
from records.ftm import Converted, Trouble, convert
from records.importing import FileUnusable, Options, Stopped, import_file

SOME_REFUSED: Final = 1
UNUSABLE: Final = 2
STOPPED: Final = 3
_SHOWN: Final = 20


class Command(BaseCommand):
    help = (
        "Import the Sanctions of a file of FollowTheMoney (JSON lines, UTF-8) as records of a programme. People and "
        "companies, and their numbers, may stand before or after the sanctions on them. What is not understood is told "
        "line by line, with the property and never the value; the rest is taken in like any file: it changes nothing "
        "the second time. Contacts are never taken from it. "
        "Exit status: 0 everything was taken in, 1 some records were not, 2 nothing was read, 3 stopped half way."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """PROGRAMME FILE --source CODE [--type TYPE] [--by STAFF_EMAIL]"""
        parser.add_argument("programme", help="id of the programme")
        parser.add_argument("file", type=Path, help="file of entities")
        parser.add_argument("--source", required=True, help="code of the organisation whose data this is")
        parser.add_argument("--type", default="", help="type of the records, where the file does not say it")
        parser.add_argument("--by", metavar="STAFF_EMAIL", help="who enters the data, and so may not decide about it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Convert into a file that the service alone can read, import it, and destroy it."""
        try:
            programme = catalogue.programme(options["programme"])
        except catalogue.UnknownProgramme as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        by = SERVICE
        if options["by"]:
            user = User.objects.filter(email=addresses.normal(options["by"]), is_active=True).first()
            if user is None:
                raise CommandError("Nobody on the staff signs in with this address.", returncode=UNUSABLE)
            by = actor_of(user)
        folder = Path(settings.VAR_DIR) / "imports"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="ftm-", dir=folder) as work:
            lines = Path(work) / options["file"].name
            converted = self._convert(options, programme, lines, Path(work), folder)
            if not converted.records:
                raise CommandError("No record of this file can be taken in.", returncode=UNUSABLE)
            try:
                tally = import_file(programme, lines, by=by, clock=timezone.now, options=Options(form="jsonl"))
            except FileUnusable as error:
                raise CommandError(str(error), returncode=UNUSABLE) from error
            except Stopped as stopped:
                raise CommandError(str(stopped), returncode=STOPPED) from stopped
        self.stdout.write(
            f"{tally.created:,} new, {tally.changed:,} changed, {tally.unchanged:,} unchanged; "
            f"{tally.refused + converted.left_out:,} not taken in."
        )
        if tally.refused:
            self.stdout.write(f"What the catalogue refused is named in {tally.refused_file}.")
        if tally.refused or converted.left_out:
            sys.exit(SOME_REFUSED)

    def _convert(
        self, options: dict[str, Any], programme: catalogue.Programme, lines: Path, work: Path, folder: Path
    ) -> Converted:
        name, troubles, converted = f"{work.name}.troubles.jsonl", 0, Converted()
        told = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with (
                options["file"].open("rb") as source,
                os.fdopen(os.open(lines, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as target,
                os.fdopen(told, "w", encoding="utf-8") as report,
            ):
                found = convert(
                    source, target, work / "subjects", programme, source_code=options["source"], type_id=options["type"]
                )
                for one in found:
                    if isinstance(one, Converted):
                        converted = one
                        continue
                    report.write(json.dumps(one._asdict(), ensure_ascii=False) + "\n")
                    troubles += 1
                    if troubles <= _SHOWN:
                        self._say(one)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.", returncode=UNUSABLE) from error
        if troubles:
            self.stdout.write(f"{troubles:,} things were not understood. All are named in {folder / name}.")
        else:
            (folder / name).unlink()
        return converted

    def _say(self, trouble: Trouble) -> None:
        self.stderr.write(f"line {trouble.line}: {trouble.field}: {trouble.reason}")
