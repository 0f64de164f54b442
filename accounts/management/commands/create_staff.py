import getpass
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import operations, queries
from accounts.actors import SERVICE
from accounts.models import Organisation, Role


class Command(BaseCommand):
    help = "Make an account for a member of staff. The password is asked for, or read from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("organisation", help="code of the organisation, such as sample-court")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--language", choices=["en", "zh-hans"], default="en")

    def handle(self, *args: Any, email: str, organisation: str, role: str, language: str, **options: Any) -> None:
        try:
            made = operations.create_staff(
                email=email,
                password=_password(),
                organisation=queries.organisation(organisation),
                role=Role(role),
                language=language,
                by=SERVICE,
                at=timezone.now(),
            )
        except Organisation.DoesNotExist:
            raise CommandError(f"There is no organisation with the code {organisation}.") from None
        except operations.AddressTaken:
            raise CommandError("Somebody already signs in with this address.") from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(
            f"{made.role} no. {made.number} of {organisation} can sign in, and then sets up a second factor."
        )


def _password() -> str:
    """Never an argument: those are seen in the list of processes and kept in the shell's history."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Once more: "):
        raise CommandError("The two passwords differ.")
    return password
