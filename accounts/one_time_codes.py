"""Codes that are handed over on paper or by hand: twelve characters that nobody confuses, kept as a keyed hash only.

Of 23 characters, twelve make 54 bits: with the limits on tries nobody guesses one.
"""

import secrets
from typing import Final

from audit import keys

_ALPHABET: Final = "23456789CDFGHJKMPQRTVWX"  # no vowels, and nothing that looks like something else
_LENGTH: Final = 12
_GROUP: Final = 4


def new() -> str:
    """A code as it is written down: three groups of four."""
    return _shown("".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)))


def normal(typed: str) -> str | None:
    """The code as it was given, from what somebody typed; None if it cannot be one."""
    letters = "".join(c for c in typed.upper() if c.isalnum())
    if len(letters) != _LENGTH or any(c not in _ALPHABET for c in letters):
        return None
    return _shown(letters)


def hash_of(kind: str, code: str) -> bytes:
    """What is stored of a code: 32 bytes, different for each kind of code."""
    return keys.keyed_hash(f"one-time:{kind}", code)


def _shown(letters: str) -> str:
    return "-".join(letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))
