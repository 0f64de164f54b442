"""`manage.py due`: one due date, with its explanation. Needs no database."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from appeals import queries
from law import asking
from law.asking import BadQuestion, Question
from law.calendars import DayException


class Command(BaseCommand):
    help = (
        "Work out one deadline of a procedure and explain it. The start is the day of the event that starts the clock. "
        "Events: extended paused resumed information_received found_wrong accepted served completed … "
        "An extension without a number in the law needs its new last day: --event extended=DATE..UNTIL."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("procedure", help="such as eu-gdpr-accuracy; `manage.py procedures` lists them")
        parser.add_argument("clock", help="such as decide, acknowledge, review_file_by")
        parser.add_argument("--start", required=True, metavar="DATE", help="YYYY-MM-DD")
        parser.add_argument(
            "--calendar", metavar="CODE", help="ISO 3166, such as DE or DE-BY; else the procedure's own"
        )
        parser.add_argument("--event", action="append", default=[], metavar="NAME=DATE", help="may be given often")
        parser.add_argument("--variant", metavar="NAME", help="the class of case, where the clock has several")
        parser.add_argument("--at-version", type=int, metavar="N", help="else the one that is law on the start")
        parser.add_argument("--stored", action="store_true", help="count the days that supervisors declared (database)")
        parser.add_argument("--holder", metavar="CODE", help="with --stored: of this organisation only")
        parser.add_argument("--language", choices=("en", "zh"), default="en")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        question = Question(
            procedure=options["procedure"],
            clock=options["clock"],
            start=options["start"],
            calendar=options["calendar"],
            events=tuple(options["event"]),
            variant=options["variant"],
            version=options["at_version"],
        )
        try:
            found = (
                asking.answer(question, _declared(options["holder"])) if options["stored"] else asking.answer(question)
            )
        except BadQuestion as error:
            raise CommandError(str(error)) from error
        data = found.as_data(options["language"])
        if options["json"]:
            self.stdout.write(json.dumps(data, ensure_ascii=False, indent=2))
            return
        self.stdout.write(f"{data['procedure']} (version {data['version']}), {data['clock']}, start {data['start']}")
        self.stdout.write(f"due           {data['due']}{' (provisional)' if data['provisional'] else ''}")
        self.stdout.write(f"conservative  {data['conservative']}")
        for number, sentence in enumerate(data["explanation"], start=1):
            self.stdout.write(f"{number:>3}. {sentence}")


def _declared(holder: str | None) -> Callable[[str], Iterable[DayException]]:
    """How to find the days that supervisors declared for a calendar."""
    return lambda calendar: queries.exceptions_declared(calendar, holder)
