"""Comparing names and birth dates without opening them (ADR 7).

Two hashes are bound to a subject: they tell whether a feed says the same of *this* subject, and find nobody. The
third, over name and birth date together, finds subjects who share both; it makes a line wait, and never identifies.
"""

import unicodedata
from datetime import date
from typing import NamedTuple
from uuid import UUID

from accounts.identifiers import fold_name
from audit import keys


class Likeness(NamedTuple):
    """The three columns of a subject."""

    name_hash: bytes
    birth_hash: bytes | None
    alike: bytes | None


def plain_name(name: str) -> str:
    """A name for comparing: its letters and digits in one form, without case, spaces and marks between them."""
    folded = fold_name(name)
    if (close := folded.replace(" ", "")).isalnum():
        return close
    letters = "".join(each for each in folded if unicodedata.category(each)[0] in "LNM")
    return letters or folded


def of(subject_id: UUID, name: str, birth_date: date | None) -> Likeness:
    """What to store of a subject who is called so and born then."""
    return of_plain(subject_id, plain_name(name), birth_date)


def of_plain(subject_id: UUID, plain: str, birth_date: date | None) -> Likeness:
    """The same of a name in plain form."""
    born = of_birth(subject_id, birth_date) if birth_date else None
    return Likeness(of_name(subject_id, plain), born, alike(plain, birth_date))


def of_name(subject_id: UUID, plain: str) -> bytes:
    """`plain`: as `plain_name` gives it."""
    return keys.keyed_hash("name", f"{subject_id.hex}:{plain}")


def of_birth(subject_id: UUID, birth_date: date) -> bytes:
    return keys.keyed_hash("birth", f"{subject_id.hex}:{birth_date.isoformat()}")


def alike(plain: str, birth_date: date | None) -> bytes | None:
    """Of a name and birth date together; None where one is missing."""
    return keys.keyed_hash("alike", f"{birth_date.isoformat()}:{plain}") if birth_date and plain else None
