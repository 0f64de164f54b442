"""Make synthetic import files. Needs no database."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from records import sampling


class Command(BaseCommand):
    help = (
        "Write synthetic JSON Lines files, one per programme, for trying out and measuring the import. "
        "The same --people and --seed give the same bytes. The files in examples/ were made with "
        f"--people {sampling.EXAMPLE_PEOPLE} --seed {sampling.EXAMPLE_SEED}."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--people, --seed and the folder."""
        parser.add_argument("--people", type=int, default=sampling.EXAMPLE_PEOPLE, help="made-up people")
        parser.add_argument("--seed", type=int, default=sampling.EXAMPLE_SEED, help="a whole number from 0")
        parser.add_argument("folder", type=Path, help="where to write; made if it is not there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the files, with a sign of life every two seconds."""
        people, seed, folder = options["people"], options["seed"], options["folder"]
        if not 0 <= people <= sampling.MOST_PEOPLE:
            raise CommandError(f"--people is a number from 0 to {sampling.MOST_PEOPLE}.")
        if seed < 0:
            raise CommandError("--seed is a whole number from 0.")
        next_sign = time.monotonic() + 2

        def progress(count: int) -> None:
            nonlocal next_sign
            if time.monotonic() >= next_sign:
                next_sign += 2
                self.stderr.write(f"{count:,} lines")

        try:
            count = sampling.write(folder, people, seed, progress)
        except OSError as error:
            raise CommandError(f"Cannot write to {folder}: {error.strerror}.") from error
        for name in sampling.PROGRAMMES:
            self.stdout.write(str(folder / f"{name}.jsonl"))
        self.stdout.write(f"{count:,} lines about {people:,} made-up people and those of the stories.")
