"""`manage.py procedures`: the law as the service knows it: listed, shown, checked. Needs no database."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from appeals.operations import consequences as handlers
from law import calendars, consequences, procedures, reference
from law.procedures import Procedure, UnknownProcedure


class Command(BaseCommand):
    help = "List the procedures, --show one for a lawyer, or --check all files: their form, the lint, the handlers."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--check", action="store_true", help="fail with file, line and what is expected")
        what.add_argument("--show", metavar="ID", help="print one procedure, in its newest version")
        parser.add_argument("--folder", type=Path, default=procedures.FOLDER, help="with --check: files elsewhere")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self.check_files(options["folder"], as_json=options["json"])
        elif options["show"] is not None:
            self.show(options["show"], as_json=options["json"])
        else:
            self.list(as_json=options["json"])

    def check_files(self, folder: Path, *, as_json: bool) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder; expected one with procedure files")
        problems = [*procedures.check_all(folder), *unhandled()]
        counted = len(list(folder.glob("*.yaml")))
        if as_json:
            self.stdout.write(json.dumps({"files": counted, "problems": problems}, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(problems) or f"{counted} procedure files and {_calendars()} are all right")
        if problems:
            raise CommandError(f"{len(problems)} problems")

    def show(self, id: str, *, as_json: bool) -> None:
        try:
            found = procedures.procedure(id)
        except UnknownProcedure as error:
            known = ", ".join(procedures.procedures())
            raise CommandError(f"There is no procedure {id!r}. There are: {known}.") from error
        if as_json:
            data = found.model_dump(mode="json", exclude={"shorthand"}, exclude_none=True)
            self.stdout.write(json.dumps(data, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(reference.page(found))

    def list(self, *, as_json: bool) -> None:
        found = procedures.procedures().values()
        if as_json:
            self.stdout.write(json.dumps([_brief(each) for each in found], ensure_ascii=False, indent=2))
            return
        for each in found:
            self.stdout.write(f"{each.id:<32} {each.version:>3}  {each.jurisdiction:<6} {each.title.en}")


def unhandled() -> Iterator[str]:
    """Consequences that files may name and nothing carries out."""
    for name in consequences.handlers():
        if name not in handlers.HANDLERS:
            yield f"{consequences.FILE.name}: {name}: expected a handler in appeals/operations/consequences.py"


def _brief(procedure: Procedure) -> dict[str, Any]:
    return {
        "id": procedure.id,
        "version": procedure.version,
        "title": procedure.title.model_dump(),
        "jurisdiction": procedure.jurisdiction,
        "valid_from": procedure.valid_from.isoformat(),
        "valid_to": procedure.valid_to.isoformat() if procedure.valid_to else None,
        "calendar": procedure.calendar,
        "clocks": list(procedure.clock_names()),
    }


def _calendars() -> str:
    return f"the calendars of {len(calendars.codes())} places"
