import getpass
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Subject
from accounts.operations import second_factor
from accounts.terminal import typed
from appeals.models import Case, Erasure
from appeals.operations import erasure

# Why somebody is not erased, in words for whoever runs the command.
SENTENCES = {
    "no_role": "You may not do this: supervisors and operators propose; reviewers, supervisors and operators agree.",
    "no_basis": "Name the article of law (--basis) and say why (--because).",
    "no_reason": "Say why not (--because).",
    "erased": "This person was erased before.",
    "waits_already": "An erasure of this person waits already. Approve it, or refuse it.",
    "decided_already": "This erasure was decided before.",
    "same_person": "You proposed it: a second person has to agree.",
    "has_a_part": "Your office holds, supplied or decided something about this person. "
    "Somebody from an office without a part in it has to agree.",
    "offered": "The person was offered a copy of their file and may take it until {day}. Agree after that day.",
    "open_case": "A case of this person is open. It is decided, or they withdraw it, first.",
    "remedy_waits": "What was decided for this person was not carried out yet.",
    "who_is_who": "Somebody says that this file is joined with another, or holds two people. That is settled first.",
    "measure": "A measure rests on this file, or may start again. It ends first.",
    "window": "The person can still ask for a review. Wait, unless they ask for the erasure themselves.",
    "kept": "Something about this person is still within its keeping time. Wait, unless they ask themselves.",
    "limitation": "The person can still go to court, until {day}. Wait, unless they ask themselves.",
}


class Command(BaseCommand):
    help = (
        "Erase a person: destroy the key under which everything said about them is sealed. One person proposes it, and "
        "the person is offered their file; later a second one, from an office without a part in it, approves. Both "
        "show the code of their authenticator app (docs/how-to/erase-somebody.md)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--propose", metavar="SUBJECT", help="id of the person, or reference of one of their cases")
        what.add_argument("--approve", metavar="ERASURE", type=UUID, help="id that was printed when it was proposed")
        what.add_argument("--refuse", metavar="ERASURE", type=UUID, help="the same: do not erase them")
        parser.add_argument("--by", required=True, metavar="E-MAIL", help="who you are")
        parser.add_argument("--basis", default="", help="article of law, such as 'GDPR Art. 17(1)(a)'")
        parser.add_argument("--because", default="", help="why; kept in the log under your office's key")
        parser.add_argument("--asked-by-person", action="store_true", help="the person asked for it themselves")
        parser.add_argument("--no-input", action="store_true", help="do not ask before --approve erases")

    def handle(self, *args: Any, **options: Any) -> None:
        by = _shown(options["by"])
        done = next(do for name, do in _DO.items() if options[name])
        try:
            done(self, by, options)
        except Subject.DoesNotExist:
            raise CommandError("There is nobody with this id.") from None
        except Erasure.DoesNotExist:
            raise CommandError("There is no erasure with this id.") from None
        except erasure.NotErased as error:
            raise CommandError(SENTENCES[error.code].format(day=error.day)) from None

    def _propose(self, by: Actor, options: dict[str, Any]) -> None:
        made = erasure.propose(
            _subject(options["propose"]),
            asked_by_person=options["asked_by_person"],
            basis=options["basis"],
            because=options["because"],
            by=by,
            at=timezone.now(),
        )
        self.stdout.write(f"Proposed: erasure {made.pk}")
        self.stdout.write(f"The person is offered a copy of their file until {made.offered_until}.")
        self.stdout.write("After that day somebody from an office without a part in it can approve, with --approve.")

    def _approve(self, by: Actor, options: dict[str, Any]) -> None:
        if not options["no_input"] and not self._agreed():
            self.stdout.write("Nothing was erased.")
            return
        done = erasure.approve(options["approve"], by=by, at=timezone.now())
        self.stdout.write(f"Erased: the key, {done.openings} openings and {done.files} files are gone.")
        self.stdout.write(
            f"Backups still hold them under the key of this month. It is destroyed on {done.final_on}: "
            "from that day on the erasure is final, wherever a copy lies."
        )

    def _agreed(self) -> bool:
        self.stdout.write("This destroys everything that is held about this person, and nobody can undo it.")
        return typed("Type erase to go on: ") == "erase"

    def _refuse(self, by: Actor, options: dict[str, Any]) -> None:
        erasure.refuse(options["refuse"], reason=options["because"], by=by, at=timezone.now())
        self.stdout.write("Refused. Nothing was erased, and the person is told.")


_DO: dict[str, Callable[[Command, Actor, dict[str, Any]], None]] = {
    "propose": Command._propose,
    "approve": Command._approve,
    "refuse": Command._refuse,
}


def _subject(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        found = Case.objects.filter(reference=given.upper()).values_list("subject_id", flat=True).first()
        if found is None:
            raise CommandError("This is neither an id nor the reference of a case.") from None
        return found


def _shown(email: str) -> Actor:
    """Who is at the keyboard. The code is no argument: those stand in the shell's history."""
    try:
        return second_factor.show(email, _code())
    except second_factor.NoSecondFactor:
        raise CommandError("Nobody on the staff with an authenticator app signs in by this address.") from None
    except second_factor.WrongCode:
        raise CommandError(
            "This is not the code that the authenticator app shows now, or it was used before."
        ) from None


def _code() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    return getpass.getpass("Code of your authenticator app: ")
