from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from audit import months, turning


class Command(BaseCommand):
    help = (
        "Do the turn of the month now, as the worker does every hour: wrap every key under this month's, destroy those "
        "of months whose backups are no longer kept. Then list what is there, and until when."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        turned = turning.turn(at=timezone.now())
        self.stdout.write(f"{turned.wrapped} keys were wrapped anew")
        for month in turned.destroyed:
            self.stdout.write(f"{month}: destroyed; erasures of that month are final")
        for month in months.kept():
            self.stdout.write(f"{month}: there; it is destroyed on {months.final_day(month)}")
