"""Numbers by which people and organisations are known: check, bring into one form, mask.

Plain Python: the importer calls this for every line. No sentence here ever holds the value,
nor the check character that would be right.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Kind = Literal["person", "organisation"]


def gettext_noop(text: str) -> str:
    """Mark a sentence for translation. Pages translate it; files of refused lines stay English."""
    return text


class IdentifierRefused(ValueError):
    """This number cannot be right."""

    def __init__(self, sentence: str, code: str = "bad_identifier") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Checked:
    """One identifier in its normal form.

    `value` is what may be stored (sealed). `lookup` is the text to hash with the key: equal
    for the same subject only. `warnings` are codes that do not stop the import.
    """

    scheme: str
    value: str
    lookup: str
    masked: str
    birth_date: date | None = None
    sex: Literal["f", "m"] | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one kind of number works. `single`: a subject has at most one. `tells_apart`: no two have the same."""

    id: str
    title: str
    kind: Kind
    single: bool
    check: Callable[[str, date], Checked]
    tells_apart: bool = True


RESIDENT_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_CHECKS: Final = "10X98765432"
USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
# First two digits of GB/T 2260, with 83 (residents from Taiwan) and 91 (permanent-residence card).
PROVINCES: Final = frozenset(
    f"{number}"
    for first, last in (
        (11, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (71, 71),
        (81, 83),
        (91, 91),
    )
    for number in range(first, last + 1)
)
EARLIEST_BIRTH: Final = date(1800, 1, 1)

_USCC_VALUES: Final = {character: value for value, character in enumerate(USCC_ALPHABET)}
_SPACES: Final = re.compile(r"\s+")
_RESIDENT: Final = re.compile(r"[0-9]{17}[0-9X]")
_SSN: Final = re.compile(r"(?:[0-9]{3}-?[0-9]{2}-?|[*X]{3}-?[*X]{2}-?)?([0-9]{4})")
_PASSPORT: Final = re.compile(r"[A-Z]{3}-[A-Z0-9]{5,12}")
_LEI: Final = re.compile(r"[A-Z0-9]{18}[0-9]{2}")


def check(scheme: str, value: str, *, today: date, name: str = "", birth_date: date | None = None) -> Checked:
    """Bring `value` into the normal form of `scheme`.

    `name` and `birth_date` of the subject matter only where the number alone does not tell
    people apart (`us-ssn`). Raises IdentifierRefused; KeyError for a scheme we do not know.
    """
    checked = SCHEMES[scheme].check(_plain(value), today)
    if scheme != "us-ssn":
        return checked
    if birth_date is None or not name.strip():
        raise IdentifierRefused(
            gettext_noop("Add the name and the birth date: four digits alone do not tell people apart.")
        )
    who = f"us-ssn:{checked.value}|{birth_date.isoformat()}|{fold_name(name)}"
    return Checked(scheme, checked.value, who, checked.masked)


def fold_name(name: str) -> str:
    """A name for comparing: one form of each letter, no case, single spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", name)).strip().casefold()


def mask(scheme: str, value: str) -> str:
    """The form in which a page may show a stored value: company numbers are public, people's are not."""
    if scheme in ("cn-uscc", "lei"):
        return value
    if scheme == "us-ssn":
        return f"***-**-{value[-4:]}"
    if scheme == "cn-resident-id":
        return f"{value[:4]}{'*' * (len(value) - 8)}{value[-4:]}"
    return f"{value[:1]}{'*' * max(len(value) - 3, 0)}{value[-2:]}"


def resident_check_character(first: str) -> str:
    """Check character for the first 17 digits of a resident identity number (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(first, RESIDENT_WEIGHTS, strict=True))
    return RESIDENT_CHECKS[total % 11]


def uscc_check_character(first: str) -> str:
    """Check character for the first 17 characters of a unified social credit code (GB 32100)."""
    total = sum(_USCC_VALUES[c] * weight for c, weight in zip(first, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31]


def organisation_check_character(first: str) -> str:
    """Check character for the first 8 characters of an organisation code (GB 11714)."""
    total = sum(int(c, 36) * weight for c, weight in zip(first, ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def _plain(value: str) -> str:
    text = value if value.isascii() else unicodedata.normalize("NFKC", value)
    return _SPACES.sub("", text).upper()


def _resident(value: str, today: date) -> Checked:
    if len(value) == 15 and value.isascii() and value.isdigit():
        first = f"{value[:6]}19{value[6:]}"
        value = first + resident_check_character(first)
    if len(value) != 18:
        raise IdentifierRefused(gettext_noop("A resident identity number has 18 characters, or 15 in its old form."))
    if not _RESIDENT.fullmatch(value):
        raise IdentifierRefused(gettext_noop("A resident identity number has 17 digits, then a digit or the letter X."))
    try:
        born = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        born = None
    if born is None or not EARLIEST_BIRTH <= born <= today:
        raise IdentifierRefused(
            gettext_noop("The number holds an impossible date. Check its characters 7 to 14, the birth date."),
            "impossible_date",
        )
    if resident_check_character(value[:17]) != value[17]:
        raise IdentifierRefused(
            gettext_noop("The check character (the last one) does not fit. Compare the number with the card.")
        )
    return Checked(
        "cn-resident-id",
        value,
        f"cn-resident-id:{value}",
        mask("cn-resident-id", value),
        born,
        "m" if int(value[16]) % 2 else "f",
        () if value[:2] in PROVINCES else ("unknown_region",),
    )


def _uscc(value: str, today: date) -> Checked:
    if len(value) != 18:
        raise IdentifierRefused(gettext_noop("A unified social credit code has 18 characters."))
    if any(character not in _USCC_VALUES for character in value):
        raise IdentifierRefused(
            gettext_noop("A unified social credit code has digits and capital letters, but never I, O, S, V or Z.")
        )
    if uscc_check_character(value[:17]) != value[17]:
        raise IdentifierRefused(
            gettext_noop("The check character (the last one) does not fit. Compare the code with the licence.")
        )
    inner_fits = organisation_check_character(value[8:16]) == value[16]
    return Checked("cn-uscc", value, f"cn-uscc:{value}", value, warnings=() if inner_fits else ("inner_check",))


def _lei(value: str, today: date) -> Checked:
    if len(value) != 20:
        raise IdentifierRefused(gettext_noop("A legal entity identifier has 20 characters."))
    if not _LEI.fullmatch(value):
        raise IdentifierRefused(
            gettext_noop("A legal entity identifier has 18 letters or digits, then two check digits.")
        )
    if int("".join(str(int(character, 36)) for character in value)) % 97 != 1:
        raise IdentifierRefused(gettext_noop("The check digits (the last two) do not fit the rest."))
    return Checked("lei", value, f"lei:{value}", value)


def _ssn(value: str, today: date) -> Checked:
    """Only the last four digits go any further: the whole number is never stored."""
    found = _SSN.fullmatch(value)
    if not found:
        raise IdentifierRefused(gettext_noop("Send the last four digits of the social security number only."))
    last = found[1]
    return Checked("us-ssn", last, "", mask("us-ssn", last))


def _passport(value: str, today: date) -> Checked:
    """With its country: two countries may give the same number, and two people must not become one."""
    if not _PASSPORT.fullmatch(value):
        raise IdentifierRefused(
            gettext_noop("Write the three letters of the country, a hyphen and the passport number.")
        )
    return Checked("passport", value, f"passport:{value}", mask("passport", value))


SCHEMES: Final[dict[str, Scheme]] = {
    scheme.id: scheme
    for scheme in (
        Scheme("cn-resident-id", gettext_noop("Resident identity number"), "person", True, _resident),
        Scheme("cn-uscc", gettext_noop("Unified social credit code"), "organisation", True, _uscc),
        Scheme("lei", gettext_noop("Legal entity identifier"), "organisation", True, _lei),
        Scheme("passport", gettext_noop("Passport number"), "person", False, _passport),
        Scheme("us-ssn", gettext_noop("Social security number, last four digits"), "person", True, _ssn, False),
    )
}
