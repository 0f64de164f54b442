"""Put back what one import took out."""

from argparse import ArgumentParser
from typing import Any, Final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.actors import SERVICE
from records import operations
from records.models import ImportRun, SourceWithdrawal

_AT_A_TIME: Final = 500


class Command(BaseCommand):
    help = (
        "Put back every record that one import took back for its sources, with the measures as they stood, and tell "
        "the people. For feeds that should not have been believed. What a source has sent again since stays as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """RUN"""
        parser.add_argument("run", type=UUID, help="id of the import, as its report's address shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Record by record, each in a transaction of its own: cut off, it can be run again."""
        run_id: UUID = options["run"]
        if not ImportRun.objects.filter(pk=run_id).exists():
            raise CommandError("There is no such import.", returncode=2)
        put_back, mailed = 0, set[UUID]()
        while ids := self._next(run_id):
            now = timezone.now()
            done = sum(operations.put_back(record_id, by=SERVICE, at=now, mailed=mailed) for record_id in ids)
            if not done:
                break
            put_back += done
        self.stdout.write(f"{put_back:>11,}  records put back")

    def _next(self, run_id: UUID) -> list[UUID]:
        open_ = SourceWithdrawal.objects.filter(entered_in=run_id, returned_at__isnull=True).order_by("pk")
        return list(open_.values_list("record_id", flat=True)[:_AT_A_TIME])
