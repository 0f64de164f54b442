"""The signer: signs a larger tree only when it goes on from the last one that it signed. Knows no database.

# Note [The signer's memory]
What was signed last stands in a file of the signer's own, outside the database, on the disk before the signature
leaves this module. Whoever can rewrite the database, or brings back an old copy of it, cannot get the result signed:
the proof from the last root fails, or the tree is smaller. Lost memory is never made up for by itself: without the
file nothing is signed, and an operator has to begin a log anew, under a new key, for everybody to see.
"""

import base64
import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from audit import merkle, note
from audit.merkle import Head
from audit.note import Checkpoint, Key, Verifier

Prove = Callable[[int], Sequence[bytes]]  # the consistency proof from an older size; may raise `merkle.Missing`


class Refused(Exception):
    """The signer does not sign; `code` says why (`REFUSALS`)."""

    def __init__(self, code: str) -> None:
        super().__init__(REFUSALS[code])
        self.code = code


REFUSALS = {
    "fork": "what the database holds does not go on from what was signed before: it was rewritten",
    "rollback": "the database holds less than was signed before: it is an older copy",
    "other_log": "the signer's state is that of another log",
    "no_key": "there is no key to sign with",
    "no_state": "the signer's state is missing: it cannot know what it signed before",
    "unreadable": "the key or the state of the signer cannot be read",
}


class State(NamedTuple):
    """What was signed last."""

    origin: str
    size: int
    root: bytes
    note: str


class Signer:
    """The keys and the state in one folder, of which nobody but the signer needs to read more than `vkey`."""

    def __init__(self, folder: Path, origin: str, key_file: Path | None = None) -> None:
        self._folder, self._origin = folder, origin
        self._keys_at = key_file or folder / "key"

    def begin(self) -> list[Verifier]:
        """Make a key (unless one was given) and an empty state, for a log that has never been signed.

        Raises `FileExistsError` where there is a state.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked():
            if self._state_at.exists():
                raise FileExistsError(self._state_at)
            if not self._keys_at.exists():
                _write(self._keys_at, Key.make(self._origin).secret() + "\n")
            self._publish_keys()
            self._remember(State(self._origin, 0, merkle.EMPTY_ROOT, ""))
        return self.verifiers()

    def sign(self, head: Head, prove: Prove) -> str:
        """The signed checkpoint of `head`; the same text again for what was signed last. Raises `Refused`."""
        with self._locked():
            state, keys = self.state(), self._keys()
            if self.is_last(head, state):
                return state.note
            self._check(state, head, prove)
            signed = note.signed(Checkpoint(self._origin, head.size, head.root), keys)
            self._remember(State(self._origin, head.size, head.root, signed))
        return signed

    def is_last(self, head: Head, state: State | None = None) -> bool:
        """Whether exactly this was signed last (or nothing, and there is nothing yet). Raises `Refused`."""
        state = state or self.state()
        return (state.size, state.root) == head

    def state(self) -> State:
        """What was signed last. Raises `Refused` when that is not known."""
        try:
            said = json.loads(self._state_at.read_text(encoding="utf-8"))
            state = State(said["origin"], int(said["size"]), base64.b64decode(said["root"]), said["note"])
        except FileNotFoundError:
            raise Refused("no_state" if self._keys_at.exists() else "no_key") from None
        except (OSError, ValueError, KeyError, TypeError):
            raise Refused("unreadable") from None
        if state.origin != self._origin:
            raise Refused("other_log")
        return state

    def verifiers(self) -> list[Verifier]:
        """The public keys, the newest first. Raises `Refused`."""
        return [key.verifier for key in self._keys()]

    def rotate(self) -> list[Verifier]:
        """Add a new key before the present one: from now on both sign, until the old one is retired."""
        with self._locked():
            keys = self._keys()
            _write(self._keys_at, "".join(f"{key.secret()}\n" for key in (Key.make(self._origin), *keys[:1])))
            self._publish_keys()
        return self.verifiers()

    def retire(self) -> list[Verifier]:
        """Drop all keys but the newest."""
        with self._locked():
            _write(self._keys_at, self._keys()[0].secret() + "\n")
            self._publish_keys()
        return self.verifiers()

    @property
    def _state_at(self) -> Path:
        return self._folder / "state.json"

    def _check(self, state: State, head: Head, prove: Prove) -> None:
        if head.size < state.size:
            raise Refused("rollback")
        try:
            proof = prove(state.size)
            merkle.check_consistency(state.size, state.root, head.size, head.root, proof)
        except (merkle.Inconsistent, merkle.Missing):
            raise Refused("fork") from None

    def _keys(self) -> list[Key]:
        try:
            keys = [Key.parse(line) for line in self._keys_at.read_text(encoding="utf-8").split("\n") if line.strip()]
        except FileNotFoundError:
            raise Refused("no_key") from None
        except (OSError, ValueError):
            raise Refused("unreadable") from None
        if not keys:
            raise Refused("no_key")
        if any(key.name != self._origin for key in keys):
            raise Refused("other_log")
        return keys

    def _publish_keys(self) -> None:
        _write(self._folder / "vkey", "".join(f"{key}\n" for key in self.verifiers()), mode=0o644)

    def _remember(self, state: State) -> None:
        said = state._asdict() | {"root": base64.b64encode(state.root).decode()}
        _write(self._state_at, json.dumps(said, ensure_ascii=False) + "\n")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One process signs at a time."""
        try:
            handle = (self._folder / "lock").open("a")
        except FileNotFoundError:
            raise Refused("no_key") from None
        except OSError:
            raise Refused("unreadable") from None
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _write(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace a file in one step, and return when the disk has it: after a power cut there is the old or the new."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
