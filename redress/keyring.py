"""Secrets: from the environment, or, with the embedded database only, made once under `var/keys/`."""

import base64
import binascii
import os
import secrets
from pathlib import Path

KEY_BYTES = 32


def secret_key(folder: Path | None) -> str:
    """Django's signing secret. Empty when it is not given and none may be made: check redress.E001."""
    return os.environ.get("REDRESS_SECRET_KEY") or (_kept(folder, "secret_key") if folder else "")


def master_keys(folder: Path | None) -> tuple[bytes, bytes]:
    """The key that wraps each person's key, and the key of hashed look-ups, 32 bytes each.

    From `REDRESS_MASTER_KEYS`: both in base64, with a comma between. Two empty values when they
    are not given, or not right, and none may be made: check redress.E002.
    """
    given = os.environ.get("REDRESS_MASTER_KEYS", "")
    if not given and folder:
        given = f"{_kept(folder, 'master_key')},{_kept(folder, 'hash_key')}"
    try:
        master, hashing = (base64.b64decode(part.strip(), validate=True) for part in given.split(","))
    except (ValueError, binascii.Error):
        return b"", b""
    if len(master) != KEY_BYTES or len(hashing) != KEY_BYTES:
        return b"", b""
    return master, hashing


def fresh() -> str:
    """A new key of 32 bytes in base64."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _kept(folder: Path, name: str) -> str:
    """Read the secret, making it on first use. Two processes that start at once agree on one."""
    path = folder / name
    if not path.exists():
        for place in (folder.parent, folder):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f".{name}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(fresh())
        try:
            os.link(draft, path)  # unlike a rename, fails if another process was first
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
