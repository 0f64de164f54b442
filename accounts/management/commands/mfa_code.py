from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.operations import second_factor


class Command(BaseCommand):
    help = "Print the code that a member of staff's authenticator app would show now. In the demonstration only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This works in the demonstration only: elsewhere it would undo the second factor.")
        try:
            code = second_factor.current_code(email, at=timezone.now())
        except second_factor.NoSecondFactor:
            raise CommandError("This user has no second factor yet: sign in and set it up.") from None
        self.stderr.write(f"Works for {code.seconds_left} seconds, once.")
        self.stdout.write(code.digits)
