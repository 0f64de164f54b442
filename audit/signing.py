"""Has the tree signed, and publishes what the signer signed; says for everybody to see when it refuses."""

import time
from contextlib import suppress
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit import merkle, operations, tree
from audit.ids import LOG_ID
from audit.models import Checkpoint, Tree
from audit.note import NotAKey, Verifier
from audit.operations import Signature
from audit.signer import REFUSALS, Refused, Signer

log = structlog.get_logger(__name__)

BY_ITSELF = Signature(LOG_ID, "log")
_AGAIN_SECONDS = 5.0  # between two tries while the signer refuses

_not_before = 0.0  # of this process's clock: when to sign next


def configured() -> Signer:
    """The signer of this installation, as it stands."""
    return Signer(Path(settings.AUDIT_SIGNER_DIR), settings.AUDIT_LOG_ORIGIN, settings.AUDIT_KEY_FILE)


def signer() -> Signer:
    """The signer of this installation. With the embedded database it makes its key at the first start."""
    made = configured()
    if settings.AUDIT_MAKES_KEY:
        try:
            made.state()
        except Refused as refusal:
            if refusal.code in ("no_key", "no_state") and not Checkpoint.objects.exists():
                with suppress(FileExistsError):  # another process was first
                    made.begin()
    return made


def verifiers() -> list[Verifier]:
    """The public keys of the log, the newest first: as the operator says, else as the signer beside us has them."""
    try:
        if settings.AUDIT_LOG_VKEYS:
            return [Verifier.parse(each) for each in settings.AUDIT_LOG_VKEYS]
        published = (Path(settings.AUDIT_SIGNER_DIR) / "vkey").read_text()
        return [Verifier.parse(line) for line in published.split("\n") if line]
    except (OSError, NotAKey):
        return []


def publish() -> bool:
    """Have the tree signed if it has grown, and keep the checkpoint. Returns whether there is a new one."""
    global _not_before
    if time.monotonic() < _not_before:
        return False
    try:
        done = _publish()
    except Refused as refusal:
        _not_before = time.monotonic() + _AGAIN_SECONDS
        _refused(refusal)
        return False
    _not_before = time.monotonic() + settings.AUDIT_CHECKPOINT_SECONDS
    return done


def _publish() -> bool:
    ours = signer()
    seen = tree.head()
    if ours.is_last(seen) and tree.signed_size() == seen.size and not _is_refused():
        return False
    with transaction.atomic():
        head = tree.locked()  # of two sequencers, the one that read the smaller tree must not sign last
        tiles = tree.Tiles()
        signed = ours.sign(head, lambda old: merkle.consistency(tiles, old, head.size))
        Tree.objects.exclude(refusal="").update(refusal="", refused_at=None)
        if not head.size:
            return False
        _row, made = Checkpoint.objects.get_or_create(size=head.size, defaults={"root": head.root, "note": signed})
    return made


@transaction.atomic
def _refused(refusal: Refused) -> None:
    """The alarm: a line in the log files, an entry in the log, and what `/readyz` shows. Once for each reason."""
    tree.locked()
    if not Tree.objects.exclude(refusal=refusal.code).update(refusal=refusal.code, refused_at=timezone.now()):
        return
    log.error("the_signer_refuses", reason=refusal.code, meaning=REFUSALS[refusal.code])
    operations.record("log.refused", by=BY_ITSELF, at=timezone.now(), facts={"reason": refusal.code})


def _is_refused() -> bool:
    return Tree.objects.exclude(refusal="").exists()
