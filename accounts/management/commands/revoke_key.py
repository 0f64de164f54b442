from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import operations
from accounts.actors import SERVICE
from accounts.terminal import typed


class Command(BaseCommand):
    help = "End a system's key at once. It cannot be taken back: the system needs a new key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix", help="the part of the key between rd_ and the next underscore")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, prefix: str, yes: bool, **options: Any) -> None:
        if not yes and typed(f"End key {prefix} at once? Its system stops working. [y/N] ").lower() != "y":
            raise CommandError("Nothing was changed.")
        try:
            key = operations.revoke_key(prefix=prefix, by=SERVICE, at=timezone.now())
        except operations.UnknownKey:
            raise CommandError(f"There is no key with the prefix {prefix}.") from None
        self.stdout.write(f"Key {key.prefix} ended at {key.revoked_at:%Y-%m-%d %H:%M} UTC.")
