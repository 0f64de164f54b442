from typing import Any

from django.core.management.base import BaseCommand

from redress import prepare


class Command(BaseCommand):
    help = "Prepare the database before the rest of a release starts: migrations, cache table, queue."

    def handle(self, *args: Any, **options: Any) -> None:
        prepare.database(self.stdout.write)
