from argparse import ArgumentParser
from pathlib import Path
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from redress import supervisor
from redress.demo import people
from redress.demo.browser import PageProblem
from redress.demo.play import Play

EXAMPLES = Path(settings.BASE_DIR) / "examples"
CLERK = "clerk@district-court.example.org"


class Command(BaseCommand):
    help = (
        "Start everything with made-up people, play one dispute from filing to correction over HTTP, and stay up. "
        "For trying out only: passwords and mails are shown. `make demo-reset` removes its data."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--exit", action="store_true", help="stop after the play, with status 0 if all went well")
        parser.add_argument("--port", type=int, help="serve on this port of 127.0.0.1 (else 8000, or a free one)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo sets itself up: start it with `make demo` or `python manage.py demo`.")
        began = perf_counter()
        try:
            with supervisor.running(port=options["port"], env={"REDRESS_DEMO": "1"}, say=self._say) as service:
                known = people.Secrets.load()
                people.engage(known, at=timezone.now())
                self._import(known)
                ended_well = Play(service.base_url, known, self._say).run()
                if ended_well:
                    self._say(f"\nThe play ended well, {perf_counter() - began:.0f} seconds after the start.")
                elif options["exit"]:
                    raise CommandError("The dispute was not played to its end.")
                if options["exit"]:
                    return
                self._say(_who_signs_in(service.base_url, known))
                service.wait()
        except supervisor.Failed as error:
            raise CommandError(str(error)) from error
        except PageProblem as error:
            raise CommandError(f"The play stopped: {error}") from error

    def _import(self, known: people.Secrets) -> None:
        if known.imported or known.reference:
            self._say("The examples were imported by an earlier start.")
            return
        for file in sorted(EXAMPLES.glob("*.jsonl")):
            self._say(f"Importing {file.name}")
            try:
                call_command("import_records", file.stem, str(file), "--by", CLERK, stdout=self.stdout)
            except SystemExit:  # some lines are refused, as they should be; the command has said which
                continue
        known.imported = True
        known.save()

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _who_signs_in(base_url: str, known: people.Secrets) -> str:
    staff = "\n".join(f"    {email:<38} {role.label} of {code}" for email, code, role in people.SEATS)
    return f"""
Redress runs at {base_url}  (Ctrl-C stops everything)

  A person signs in at {base_url}/sign-in/ with an e-mail address, the code from {base_url}/outbox/, and a birth date:
    {people.PERSON_EMAIL:<38} 14 February 1985 (in Chinese)
    {people.ENGLISH_PERSON[0]:<38} {people.ENGLISH_PERSON[1]} (in English)

  A company signs in there too, as an organisation, with the code and the last four characters of its number:
    {people.COMPANY[0]:<38} {people.COMPANY[1]}

  Staff sign in at {base_url}/staff/sign-in/ with the password {known.password}
  and the code that `.venv/bin/python manage.py mfa_code EMAIL` prints in a second terminal:
{staff}

  Systems use {base_url}/api/v1/ (described at {base_url}/api/docs/) with a key:
    receives records (sample-airline)   {known.keys["sample-airline"]}
    supplies records (sample-court)     {known.keys["sample-court"]}
"""
