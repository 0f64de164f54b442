from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.actors import SERVICE
from accounts.operations import second_factor
from accounts.terminal import typed


class Command(BaseCommand):
    help = "Take a lost second factor away: authenticator and recovery codes. The user sets up a new one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, email: str, yes: bool, **options: Any) -> None:
        question = (
            "Did you make sure who is asking? Until the next sign-in the password alone opens the account. [y/N] "
        )
        if not yes and typed(question).lower() != "y":
            raise CommandError("Nothing was changed.")
        try:
            second_factor.reset(email, by=SERVICE, at=timezone.now())
        except second_factor.NoSecondFactor:
            raise CommandError("This user has no second factor.") from None
        self.stdout.write("The second factor is gone. The user sets up a new one at the next sign-in.")
