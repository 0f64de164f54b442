from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit import operations, signing
from audit.note import Verifier
from audit.signer import Refused, Signer

_DO: dict[str, Callable[[Signer], list[Verifier]]] = {
    "begin": Signer.begin,
    "show": Signer.verifiers,
    "rotate": Signer.rotate,
    "retire": Signer.retire,
}


class Command(BaseCommand):
    help = (
        "The key that signs the log. begin: make it (or take the one in REDRESS_LOG_KEY_FILE) for a log that was never "
        "signed. show: print the public keys. rotate: add a new key; both sign. retire: drop the old one. Run it where "
        "the sequencer runs, and set what it prints as REDRESS_LOG_VKEYS everywhere."
    )
    requires_system_checks: list[str] = []  # before the first key is made, the setting that holds it is missing

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=list(_DO))

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the public keys, the newest first."""
        what: str = options["what"]
        try:
            keys = _DO[what](signing.configured())
        except FileExistsError as error:
            raise CommandError(f"There is a state already: {error}. This log was begun.") from error
        except Refused as refusal:
            raise CommandError(
                f"{str(refusal).capitalize()}. A log that was never signed is begun with `begin`."
            ) from refusal
        for key in keys:
            self.stdout.write(str(key))
        if what in ("rotate", "retire"):
            with transaction.atomic():
                facts = {"keys": " ".join(map(str, keys))}
                operations.record("log.key_rotated", by=signing.BY_ITSELF, at=timezone.now(), facts=facts)
