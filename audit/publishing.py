"""What the log shows to everybody: checkpoints with their cosignatures, tiles, and the public keys."""

from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings

from audit import merkle, note, tree
from audit.merkle import Tile
from audit.models import Checkpoint, Cosignature
from audit.note import Verifier
from audit.tiles import Place

HIGHEST_LEVEL = 7  # 256^8 leaves


class NotPublished(LookupError):
    """The tree that was signed has no such tile, or not so much of it."""


def newest() -> Checkpoint | None:
    """The newest checkpoint, if the tree was ever signed."""
    return Checkpoint.objects.order_by("-size").first()


def signed(checkpoint: Checkpoint) -> str:
    """The checkpoint as it is handed out: the log's signatures, then those of the witnesses."""
    lines = Cosignature.objects.filter(size=checkpoint.size).order_by("witness").values_list("line", flat=True)
    return checkpoint.note + "".join(lines)


def on_day(day: date) -> str:
    """The last checkpoint of that day (UTC), or the last one before it, as letters print it; empty before the first.

    Whoever has the letter can hold the log to it: name, size and root of the tree, on one line.
    """
    ends = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
    found = Checkpoint.objects.filter(created_at__lt=ends).order_by("-size").first()
    return " ".join(note.parse(found.note).text.split()) if found else ""


def tile(level: int, place: Place) -> bytes:
    """The first hashes of a tile. Raises `NotPublished`."""
    wanted = Tile(level, place.number)
    if level > HIGHEST_LEVEL or place.width > merkle.hashes_in(wanted, tree.signed_size()):
        raise NotPublished
    return tree.tile_data(wanted, place.width)


def entries(place: Place) -> list[bytes]:
    """The first entries under a tile of the leaves. Raises `NotPublished`."""
    if place.width > merkle.hashes_in(Tile(0, place.number), tree.signed_size()):
        raise NotPublished
    start = place.number * merkle.WIDTH
    return tree.leaves(start, start + place.width)


def witnesses() -> list[tuple[Verifier, str]]:
    """The witnesses that are configured: public key and address."""
    given = list(settings.AUDIT_WITNESSES)
    return [(Verifier.parse(key), url) for key, url in zip(given[::2], given[1::2], strict=True)]
