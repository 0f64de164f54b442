"""What systems send besides a body: whom they ask about, and why. And whose record a body is."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import unquote
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts import identifiers
from accounts.actors import Actor
from accounts.api.problems import Mistake, Problem, pointer, wrong_header, wrong_parameter, wrong_values
from accounts.identifiers import IdentifierRefused
from audit import keys
from records import catalogue
from records.catalogue import Programme

SUBJECT: Final = "Redress-Subject"
# No digits: what stands in an address ends up in logs, so that no number of a person may fit.
_PURPOSE: Final = re.compile(r"[a-z]+([_-][a-z]+)*")
_LONGEST_PURPOSE: Final = 60
_BIRTH_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def lookup_of(request: Request) -> bytes:
    """The keyed hash of the identifier in the header `Redress-Subject: scheme:value`.

    Where a number alone does not tell people apart (us-ssn), name and birth date follow:
    `us-ssn:6789;birth_date=1985-02-14;name=Ana%20Sample`. Raises a problem, without the value.
    """
    given = request.headers.get(SUBJECT, "").strip()
    if not given:
        raise wrong_header(SUBJECT, _("Say whom you ask about: write the scheme, a colon and the number."), "missing")
    try:
        return lookup_in(given)
    except SubjectUnclear as unclear:
        raise wrong_header(SUBJECT, unclear.detail, unclear.code) from None


def lookups_of(subjects: Sequence[str]) -> list[bytes]:
    """The same for each subject of a body, in their order. Raises one problem that points at all that cannot be used.

    Nothing is asked of the database, so whether somebody is known has no part in the answer.
    """
    lookups, mistakes = [], []
    for place, given in enumerate(subjects):
        try:
            lookups.append(lookup_in(given))
        except SubjectUnclear as unclear:
            mistakes.append(Mistake(unclear.detail, unclear.code, pointer=pointer(("subjects", place))))
    if mistakes:
        raise wrong_values(mistakes)
    return lookups


class SubjectUnclear(ValueError):
    """Whom a system asks about cannot be read. `detail` says what to write, never what was written."""

    def __init__(self, detail: object, code: str = "wrong_form") -> None:
        super().__init__(code)
        self.detail, self.code = str(detail), code


def lookup_in(given: str) -> bytes:
    """The keyed hash of `scheme:value`, with what else tells people apart. Raises `SubjectUnclear`."""
    number, *rest = (part.strip() for part in given.split(";"))
    scheme, colon, value = number.partition(":")
    if not colon or scheme not in identifiers.SCHEMES:
        options = ", ".join(identifiers.SCHEMES)
        raise SubjectUnclear(_("Write one of these schemes, a colon and the number: %s.") % options)
    details = dict(part.partition("=")[::2] for part in rest)
    name, born = unquote(details.get("name", "")), _birth_date(details.get("birth_date", ""))
    try:
        checked = identifiers.check(scheme, value, today=timezone.now().date(), name=name, birth_date=born)
    except IdentifierRefused as refused:
        raise SubjectUnclear(_(refused.sentence), refused.code) from None
    return keys.keyed_hash("identifier", checked.lookup)


def _birth_date(text: str) -> date | None:
    if not text:
        return None
    try:
        if _BIRTH_DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise SubjectUnclear(_("Write the date as year-month-day, such as 2025-03-01."))


def purpose_of(request: Request) -> str:
    """Why the system asks: a short code, kept with the disclosure and shown to the person."""
    purpose = request.query_params.get("purpose", "")
    if not purpose:
        raise wrong_parameter(
            "purpose", _("Say why you ask, as in ?purpose=credit_decision. The person will see it."), "missing"
        )
    if not is_purpose(purpose):
        raise wrong_parameter("purpose", _("Write a short code of small letters, such as credit_decision."))
    return purpose


def is_purpose(text: str) -> bool:
    """Whether a text is a purpose: a short code, in which no number of a person could stand."""
    return len(text) <= _LONGEST_PURPOSE and _PURPOSE.fullmatch(text) is not None


def programme_in(name: str, actor: Actor) -> str:
    """A programme that a body names, which may be none. Raises a problem for one that is not the key's."""
    if name and name not in actor.programmes:
        raise Problem(
            403, "not-allowed", errors=[Mistake(_not_yours(actor), "not_your_programme", pointer="#/programme")]
        )
    return name


def programme_of(request: Request, actor: Actor) -> str:
    """The programme that the answer is narrowed to, or nothing. Raises a problem for one that is not the key's."""
    programme = request.query_params.get("programme", "")
    if programme and programme not in actor.programmes:
        raise wrong_parameter("programme", _not_yours(actor), "not_your_programme")
    return programme


def programme_in_address(request: Request, actor: Actor) -> str:
    """The programme that an address names, which must be one of the key's."""
    programme = programme_of(request, actor)
    if not programme:
        raise wrong_parameter("programme", _not_yours(actor), "missing")
    return programme


def line_of(data: Any, actor: Actor) -> tuple[Programme, dict[str, Any]]:
    """The programme that a body names, and the rest of it: one line of an import file without its source."""
    if not isinstance(data, dict):
        raise wrong_values([Mistake(_("Write one JSON object."), "wrong_form", pointer="#")])
    line = dict(data)
    if "source" in line:
        sentence = _("Leave this out: the key says who the source is.")
        raise wrong_values([Mistake(sentence, "not_your_source", pointer="#/source")])
    name = line.pop("programme", None)
    if name is None:
        raise wrong_values([Mistake(_("Add this: it is required."), "missing", pointer="#/programme")])
    if not isinstance(name, str) or name not in catalogue.programmes():
        sentence = _("Use one of: %(options)s.") % {"options": ", ".join(sorted(actor.programmes))}
        raise wrong_values([Mistake(sentence, "not_in_list", pointer="#/programme")])
    if name not in actor.programmes:
        wrong = Mistake(_not_yours(actor), "not_your_programme", pointer="#/programme")
        raise Problem(403, "not-allowed", errors=[wrong])
    return catalogue.programme(name), line


def _not_yours(actor: Actor) -> str:
    return _("This key is for: %(options)s.") % {"options": ", ".join(sorted(actor.programmes))}


def own_entry_of(request: Request) -> list[UUID] | None:
    """The entry of the own file that is asked about, if one is; whether it is there is seen by who may know of it."""
    given = request.query_params.get("record", "")
    if not given:
        return None
    try:
        return [UUID(given)]
    except ValueError:
        raise wrong_parameter("record", _("Write the id of an entry.")) from None
