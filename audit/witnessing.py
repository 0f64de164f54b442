"""Asks witnesses to cosign checkpoints (C2SP tlog-witness): independent parties who remember what they saw.

A witness signs a checkpoint only if it goes on from the last one it signed. So a log with two histories, or one that
was rolled back together with its signer, gets no second signature from an honest witness. One that is down delays
nothing: the checkpoint is published with the lines that there are, and the newest one is asked for again.
"""

import base64
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from threading import Event
from typing import NamedTuple
from urllib.parse import urlsplit

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction

from audit import merkle, note, publishing, tree
from audit.models import Checkpoint, Cosignature
from audit.note import NotANote, Verifier

log = structlog.get_logger(__name__)

SECONDS = 10  # for an answer
_POLL_SECONDS = 0.5
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0  # after a failure
_MOST_BYTES = 100_000
_TRIES = 3  # a witness that says which size it saw last is asked again with that


class NotCosigned(Exception):
    """The witness did not sign; the message is for the operator."""


class Conflict(NotCosigned):
    """The witness saw a history that ours does not go on from: somebody forked the log."""


class _Answer(NamedTuple):
    status: int
    text: str


@dataclass
class Witness:
    """One witness: its key, where to ask, and how large the tree was that it saw last, as far as we know."""

    verifier: Verifier
    url: str
    seen: int = 0
    not_before: float = 0.0
    pause: float = _FIRST_PAUSE

    def cosign(self, checkpoint: Checkpoint) -> str:
        """The witness's line on this checkpoint. Raises `NotCosigned`, or `Conflict`."""
        for _ in range(_TRIES):
            answer = self._ask(checkpoint)
            if answer.status == 409:
                size = answer.text.strip()
                if not (size.isascii() and size.isdigit()):
                    raise Conflict("it answers 409 without a size")
                if int(size) > checkpoint.size:
                    raise Conflict(f"it has seen {size} entries, and we have {checkpoint.size}")
                if int(size) == self.seen:
                    raise Conflict(f"it has seen another tree of {size} entries")
                self.seen = int(size)
            elif answer.status == 422:
                raise Conflict("it says that our tree does not go on from what it saw")
            elif answer.status == 200:
                return self._line(checkpoint, answer.text)
            else:
                raise NotCosigned(f"it answers {answer.status}")
        raise NotCosigned("it does not say twice how much it has seen")

    def _line(self, checkpoint: Checkpoint, text: str) -> str:
        signed = note.parse(checkpoint.note).text
        for line in text.splitlines():
            try:
                each = note.signature_of(line)
            except NotANote:
                continue
            if (each.name, each.key_id) == (self.verifier.name, self.verifier.id):
                if not self.verifier.accepts(signed, each.data):
                    raise NotCosigned("its signature is false")
                self.seen = checkpoint.size
                return f"{each.line}\n"
        raise NotCosigned("it sends no signature by its key")

    def _ask(self, checkpoint: Checkpoint) -> _Answer:
        proof = merkle.consistency(tree.Tiles(), self.seen, checkpoint.size)
        lines = [f"old {self.seen}", *(base64.b64encode(each).decode() for each in proof), "", checkpoint.note]
        url = f"{self.url.rstrip('/')}/add-checkpoint"
        if urlsplit(url).scheme not in ("https", "http"):
            raise NotCosigned("its address is not one of the web")
        request = urllib.request.Request(url, "\n".join(lines).encode(), {"Content-Type": "text/plain"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  the operator's address
                return _Answer(answer.status, answer.read(_MOST_BYTES).decode("utf-8", "replace"))
        except urllib.error.HTTPError as error:
            with error:
                return _Answer(error.code, error.read(_MOST_BYTES).decode("utf-8", "replace"))
        except (OSError, ValueError) as error:
            raise NotCosigned("it cannot be reached") from error


def configured() -> list[Witness]:
    """The witnesses of this installation; what each saw last is what it signed for us last."""
    return [Witness(verifier, url, _last_seen(str(verifier.name))) for verifier, url in publishing.witnesses()]


def ask_all(witnesses: list[Witness]) -> int:
    """Ask each that has not signed the newest checkpoint and is not waited for; how many have signed now."""
    checkpoint = publishing.newest()
    if checkpoint is None:
        return 0
    done = set(Cosignature.objects.filter(size=checkpoint.size).values_list("witness", flat=True))
    signed = 0
    for witness in witnesses:
        if witness.verifier.name in done or time.monotonic() < witness.not_before:
            continue
        signed += _ask_one(witness, checkpoint)
    return signed


def _ask_one(witness: Witness, checkpoint: Checkpoint) -> int:
    name = witness.verifier.name
    try:
        line = witness.cosign(checkpoint)
    except NotCosigned as problem:
        level = log.error if isinstance(problem, Conflict) else log.warning
        level("witness_did_not_sign", witness=name, size=checkpoint.size, why=str(problem))
        witness.not_before = time.monotonic() + witness.pause
        witness.pause = min(2 * witness.pause, _LONGEST_PAUSE)
        return 0
    witness.pause = _FIRST_PAUSE
    with transaction.atomic():
        Cosignature.objects.bulk_create(
            [Cosignature(size=checkpoint.size, witness=name, line=line)], ignore_conflicts=True
        )
    return 1


def run(stop: Event) -> None:
    """Keep the newest checkpoint cosigned until `stop` is set. Nothing to do without witnesses."""
    witnesses: list[Witness] | None = None
    while publishing.witnesses() and not stop.is_set():
        try:
            witnesses = witnesses if witnesses is not None else configured()
            ask_all(witnesses)
        except (DatabaseError, InterfaceError, merkle.Missing) as error:
            log.warning("witnesses_wait_for_the_database", exc_info=error)
            connection.close()
        stop.wait(_POLL_SECONDS)
    connection.close()


def _last_seen(name: str) -> int:
    return Cosignature.objects.filter(witness=name).order_by("-size").values_list("size", flat=True).first() or 0
