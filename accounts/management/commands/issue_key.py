from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import addresses, operations, queries
from accounts.actors import SERVICE
from accounts.models import Organisation, Scope, User


class Command(BaseCommand):
    help = "Issue a key to a system. It is printed once, to standard output, and kept only as a hash."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="code of the organisation that the system belongs to")
        parser.add_argument("--scope", action="append", required=True, choices=Scope.values, dest="scopes")
        parser.add_argument("--programme", action="append", required=True, dest="programmes", metavar="CODE")
        parser.add_argument("--days", type=int, default=365, help="how long it works (default: 365)")
        parser.add_argument(
            "--issued-by", metavar="EMAIL", help="the member of staff who answers for what comes in by it"
        )

    def handle(
        self,
        *args: Any,
        organisation: str,
        scopes: list[str],
        programmes: list[str],
        days: int,
        issued_by: str | None,
        **options: Any,
    ) -> None:
        at = timezone.now()
        try:
            key, text = operations.issue_key(
                organisation=queries.organisation(organisation),
                scopes=[Scope(scope) for scope in scopes],
                programmes=programmes,
                issued_by=_issuer(issued_by),
                expires_at=at + timedelta(days=days),
                by=SERVICE,
                at=at,
            )
        except Organisation.DoesNotExist:
            raise CommandError(f"There is no organisation with the code {organisation}.") from None
        except operations.KeyRefused as error:
            raise CommandError(str(error) or operations.KeyRefused.__doc__) from None
        self.stderr.write(f"Key {key.prefix} works until {key.expires_at:%Y-%m-%d}. It is shown only now:")
        self.stdout.write(text)


def _issuer(email: str | None) -> User | None:
    if email is None:
        return None
    try:
        return User.objects.get(email=addresses.normal(email))
    except User.DoesNotExist:
        raise CommandError("Nobody on the staff signs in with this address.") from None
