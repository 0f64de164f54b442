"""Write what a programme publishes as entities of FollowTheMoney."""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import addresses
from accounts.models import Organisation, User
from accounts.queries import actor_of
from accounts.terminal import typed
from records import catalogue
from records.ftm import export
from records.queries import MayNotOpen


class Command(BaseCommand):
    help = (
        "Write the records that a programme publishes now as JSON lines of FollowTheMoney (Person, Company, "
        "Identification, Sanction). Asks first. Each record leaves a look of the one who exports it, which its person "
        "sees. Contacts, numbers of people and days of birth are never written. OUT must not exist."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """PROGRAMME OUT --by STAFF_EMAIL --reason TEXT"""
        parser.add_argument("programme", help="id of the programme, such as cn-court-defaulters")
        parser.add_argument("out", type=Path, help="the file to write")
        parser.add_argument("--by", metavar="STAFF_EMAIL", required=True, help="who exports: staff of the holder")
        parser.add_argument("--reason", required=True, help="why: the person sees it")
        parser.add_argument("--no-input", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, then write."""
        at = timezone.now()
        try:
            programme = catalogue.programme(options["programme"])
            number = export.published(programme, at.date()).count()
        except catalogue.UnknownProgramme as error:
            raise CommandError(str(error)) from error
        except export.NothingPublic as error:
            raise CommandError("This programme publishes nothing, so nothing of it is exported.") from error
        user = User.objects.filter(email=addresses.normal(options["by"]), is_active=True).first()
        holder = Organisation.objects.filter(code=programme.holder.code).first()
        if user is None or holder is None:
            raise CommandError("Nobody on the staff of the holder signs in with this address.")
        self.stdout.write(f"{number:,} records are published now. Each of their people will see that you exported it.")
        if not options["no_input"] and typed(f"Type {number} to go on: ").replace(",", "") != str(number):
            raise CommandError("Nothing was written.")
        rows = export.export(programme, by=actor_of(user), holder_id=holder.pk, reason=options["reason"], at=at)
        self._write(options["out"], rows)

    def _write(self, out: Path, rows: Any) -> None:
        written: set[str] = set()
        try:
            with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                for entities in rows:
                    for entity in entities:
                        if entity["id"] not in written:
                            written.add(entity["id"])
                            file.write(json.dumps(entity, ensure_ascii=False) + "\n")
        except MayNotOpen as error:
            out.unlink(missing_ok=True)
            raise CommandError("Only staff of the holder may do this. Nothing was written.") from error
        except OSError as error:
            raise CommandError(f"Cannot write to {out}: {error.strerror}.") from error
        self.stdout.write(f"{len(written):,} entities were written to {out}.")
