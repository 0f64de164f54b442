"""Who plays in the stories, and what is held about them: example files imported as an office does it."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts import operations
from accounts.actors import SERVICE, Actor
from accounts.models import Role, User
from accounts.operations import second_factor
from accounts.queries import actor_of
from records import catalogue
from records.importing import import_file
from redress.demo.people import NAMES
from tests import factories

EXAMPLES = Path(settings.BASE_DIR) / "examples"
ABOUT_TO_CHANGE = 10  # seconds: too little to type a code and send it on a busy machine


@dataclass(frozen=True)
class Person:
    """Somebody about whom an example file says something."""

    email: str
    birth_date: date


WANG = Person("wang.ceshi@example.org", date(1985, 2, 14))
SUN = Person("sun.jiashe@example.org", date(1988, 8, 8))
CONSUMER = Person("test.consumer.a@example.org", date(1983, 4, 3))


@dataclass(frozen=True)
class Official:
    """A member of staff with their second factor set up."""

    email: str
    user: User

    @property
    def actor(self) -> Actor:
        """Who acts, as the importer wants it."""
        return actor_of(self.user)

    def code(self) -> str:
        """What their authenticator app shows. As people do, they wait for the next one when it is about to change."""
        shown = second_factor.current_code(self.email, at=timezone.now())
        if shown.seconds_left <= ABOUT_TO_CHANGE:
            time.sleep(shown.seconds_left)
            shown = second_factor.current_code(self.email, at=timezone.now())
        return shown.digits


def official(role: Role, organisation: str, language: str) -> Official:
    """Engage somebody, as an operator does, and set up their second factor."""
    email = f"{role}{User.objects.count()}@office.example.org"
    seat = operations.create_staff(
        email=email,
        password=factories.PASSWORD,
        organisation=factories.organisation(organisation),
        role=role,
        language=language,
        by=SERVICE,
        at=timezone.now(),
    )
    second_factor.set_up(seat.user)
    return Official(email, seat.user)


def register_sources() -> None:
    """The organisations of the demonstration, by their names in both languages."""
    for code, (name_en, name_zh) in NAMES.items():
        operations.register_organisation(code=code, name_en=name_en, name_zh=name_zh, by=SERVICE, at=timezone.now())


def hold(
    programme: str, references: Iterable[str], folder: Path, *, language: str, by: Actor = SERVICE
) -> list[dict[str, Any]]:
    """Import these lines of the example file, to somebody who reads this language."""
    wanted = set(references)
    register_sources()
    lines = [json.loads(line) for line in (EXAMPLES / f"{programme}.jsonl").read_text(encoding="utf-8").splitlines()]
    chosen = [line for line in lines if line["source_ref"] in wanted]
    for line in chosen:
        line["subject"]["contact"]["language"] = language
    file = folder / f"{programme}.jsonl"
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in chosen), encoding="utf-8")
    tally = import_file(catalogue.programme(programme), file, by=by, clock=timezone.now, progress=lambda _: None)
    assert tally.created == len(wanted) and not tally.refused
    return chosen
