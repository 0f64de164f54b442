"""The part of a line that says whom it is about."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from accounts import identifiers
from accounts.identifiers import Checked, IdentifierRefused, Kind, gettext_noop
from records.catalogue.matching import Matching
from records.catalogue.models import Programme, RecordType
from records.catalogue.parts import Part, in_one_form

LANGUAGES: Final = ("en", "zh-hans")
MOST_IDENTIFIERS: Final = 10
SUBJECT_KEYS: Final = frozenset(("kind", "name", "birth_date", "identifiers", "contact"))
IDENTIFIER_KEYS: Final = frozenset(("scheme", "value"))
CONTACT_KEYS: Final = frozenset(("email", "language"))
_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


@dataclass(frozen=True, slots=True)
class ParsedSubject:
    """Whom the line is about, and by which rules. A missing birth date is read from the resident identity number."""

    kind: Kind
    name: str
    birth_date: date | None
    identifiers: tuple[Checked, ...]
    email: str | None
    language: str | None
    matching: Matching


def read_subject(part: Part, programme: Programme, record_type: RecordType | None) -> ParsedSubject | None:
    """The subject, or None where it cannot be read; the report says why."""
    part.known(SUBJECT_KEYS)
    kind = _kind(part, record_type.about if record_type else programme.subjects)
    name = part.text("name", required=True, longest=200)
    birth_date = _birth_date(part, kind)
    checked = _identifiers(part, programme, kind, name or "", birth_date)
    born = next((one.birth_date for one in checked if one.birth_date), None)
    if birth_date and born and birth_date != born:
        sentence = gettext_noop("The birth date differs from the one in the identity number. Find out which is right.")
        part.refuse("birth_date", "bad_identifier", sentence)
    email, language = _contact(part)
    if kind is None or name is None:
        return None
    return ParsedSubject(
        kind, in_one_form(name), birth_date or born, tuple(checked), email, language, programme.matching
    )


def _kind(part: Part, allowed: list[Kind]) -> Kind | None:
    found = next((kind for kind in allowed if kind == part.given.get("kind")), None)
    if found is None:
        sentence = gettext_noop("This type can be about: %(options)s.")
        part.refuse("kind", "outside_catalogue", sentence, options=", ".join(allowed))
    return found


def _birth_date(part: Part, kind: Kind | None) -> date | None:
    if part.given.get("birth_date") is None:
        return None
    if kind == "organisation":
        part.refuse("birth_date", "wrong_form", gettext_noop("Leave this out: only people are born."))
        return None
    born = part.day("birth_date")
    if born and born > part.report.today:
        part.refuse("birth_date", "impossible_date", gettext_noop("The birth date lies in the future."))
        return None
    return born


def _identifiers(part: Part, programme: Programme, kind: Kind | None, name: str, born: date | None) -> list[Checked]:
    given = part.listed("identifiers", MOST_IDENTIFIERS)
    if not given and not part.given.get("identifiers") and programme.matching.without_number == "refuse":
        sentence = gettext_noop("List at least one identifier: a name alone does not say who it is.")
        part.refuse("identifiers", "missing", sentence)
    found: dict[str, Checked] = {}
    allowed = [s for s in programme.identifiers if kind in (None, identifiers.SCHEMES[s].kind)]
    for one in given:
        checked = _identifier(one, allowed, name, born)
        if checked is None:
            continue
        single = identifiers.SCHEMES[checked.scheme].single
        if single and any(known.scheme == checked.scheme and key != checked.lookup for key, known in found.items()):
            sentence = gettext_noop("Nobody has two numbers of this kind. Send the right one only.")
            one.refuse("value", "bad_identifier", sentence)
        found[checked.lookup] = checked
    return list(found.values())


def _identifier(part: Part, allowed: list[str], name: str, born: date | None) -> Checked | None:
    part.known(IDENTIFIER_KEYS)
    scheme = part.choice("scheme", allowed, "bad_identifier")
    value = part.text("value", required=True, longest=60)
    if scheme is None or value is None:
        return None
    try:
        return identifiers.check(scheme, value, today=part.report.today, name=name, birth_date=born)
    except IdentifierRefused as refused:
        part.refuse("value", refused.code, refused.sentence)
        return None


def _contact(part: Part) -> tuple[str | None, str | None]:
    contact = part.group("contact", required=False)
    if contact is None:
        return None, None
    contact.known(CONTACT_KEYS)
    email = contact.text("email", longest=254)
    if email and not _EMAIL.fullmatch(email):
        contact.refuse("email", "wrong_form", gettext_noop("Write an e-mail address, such as name@example.org."))
    language = contact.text("language")
    if language and language.lower() not in LANGUAGES:
        contact.refuse(
            "language", "not_in_list", gettext_noop("Use one of: %(options)s."), options=", ".join(LANGUAGES)
        )
    return email, language.lower() if language else None
