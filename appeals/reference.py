"""Reference numbers: RD-XXXX-XXXX, without vowels or letters that look alike, the last one a check character."""

import secrets

ALPHABET = "23456789CDFGHJKMPQRTVWX"  # 23 characters: a prime, so that the check finds every single slip
_LENGTH = 7


def new() -> str:
    """A reference that nobody can guess from another."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))
    return _shown(body + _check(body))


def normalise(text: str) -> str | None:
    """The reference as stored, from what somebody typed; None if it cannot be one."""
    letters = "".join(c for c in text.upper() if c.isalnum())
    letters = letters.removeprefix("RD") if len(letters) == _LENGTH + 3 else letters
    if len(letters) != _LENGTH + 1 or any(c not in ALPHABET for c in letters):
        return None
    return _shown(letters) if _check(letters[:-1]) == letters[-1] else None


def _check(body: str) -> str:
    """Weights 1 to 7 modulo 23: a wrong character or two swapped ones always change it."""
    return ALPHABET[sum(weight * ALPHABET.index(c) for weight, c in enumerate(body, 1)) % len(ALPHABET)]


def _shown(letters: str) -> str:
    return f"RD-{letters[:4]}-{letters[4:]}"
