from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import exporting


class Command(BaseCommand):
    help = (
        "Write the whole signed log into a folder: checkpoint, vkey, tiles and entries, as C2SP tlog-tiles names them. "
        "Repeated, it adds what is new. It stops at a file that this log never had."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            checkpoint = exporting.write(folder)
        except exporting.NotSigned as error:
            raise CommandError("The log was not signed yet, so there is nothing to export.") from error
        except exporting.OtherLog as error:
            raise CommandError(
                f"{error} is not what this log holds now. Nothing was overwritten. Either the folder is of another "
                "log, or history was rewritten: keep both, and run audit_verify."
            ) from error
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{checkpoint.size} entries of the log are in {folder}")
