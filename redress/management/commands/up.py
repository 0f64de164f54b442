from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from redress import supervisor


class Command(BaseCommand):
    help = (
        "Start everything: web server, worker, beat, sequencer (and the embedded database, unless DATABASE_URL is set)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="serve on this port of 127.0.0.1 (else 8000, or a free one)")
        parser.add_argument("--no-build", action="store_true", help="take style sheet and translations as they are")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with supervisor.running(port=options["port"], build=not options["no_build"], say=self._say) as service:
                self._say(f"\nRedress runs at {service.base_url}\nStop it with Ctrl-C. Logs: {service.logs}\n")
                service.wait()
        except supervisor.Failed as error:
            raise CommandError(str(error)) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
