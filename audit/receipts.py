"""Receipts: C2SP tlog-proof files that show, offline and for ever, that an entry is in the log.

The entry's bytes and what is disclosed of it travel in the line `extra`, which the signature does not cover: whoever
checks a receipt recomputes the hash of the bytes, and the digest of each disclosure (`tools/redress_verify.py`).
"""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence

from audit import merkle, publishing, queries, tree
from audit.models import Entry, Leaf

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MEDIA_TYPE = "text/plain; charset=utf-8"
BY_DEFAULT = ("at", "reference")  # what a receipt discloses besides the kind of entry: nobody learns the matter from it


def build(entry_ids: Iterable[int], disclose: Sequence[str] | None = BY_DEFAULT) -> dict[int, str]:
    """The receipts of these entries, by entry; an entry that the published tree does not hold yet is absent.

    `disclose`: the facts that they tell besides the kind; None: every one that can be opened.
    """
    checkpoint = publishing.newest()
    if checkpoint is None:
        return {}
    places = Leaf.objects.filter(entry_id__in=list(entry_ids), leaf_index__lt=checkpoint.size)
    placed = dict(places.values_list("entry_id", "leaf_index"))
    contents = {e.entry_id: bytes(e.leaf) for e in Entry.objects.filter(pk__in=placed)}
    told = queries.disclosures(placed, disclose)
    tiles, signed = tree.Tiles(), publishing.signed(checkpoint)
    return {
        entry_id: text(
            contents[entry_id],
            [told[entry_id][name] for name in _names(disclose, told.get(entry_id, {}))],
            place,
            merkle.inclusion(tiles, place, checkpoint.size),
            signed,
        )
        for entry_id, place in placed.items()
    }


def _names(disclose: Sequence[str] | None, told: Mapping[str, str]) -> list[str]:
    return sorted(told) if disclose is None else [name for name in disclose if name in told]


def sealed(entry_ids: Iterable[int]) -> set[int]:
    """Which of these entries have a receipt."""
    places = Leaf.objects.filter(entry_id__in=list(entry_ids), leaf_index__lt=tree.signed_size())
    return set(places.values_list("entry_id", flat=True))


def text(leaf: bytes, disclosures: Sequence[str], place: int, proof: Sequence[bytes], signed: str) -> str:
    """A receipt, from its parts."""
    extra = json.dumps({"leaf": _b64(leaf), "disclosures": list(disclosures)}, separators=(",", ":"))
    lines = [FIRST_LINE, f"extra {_b64(extra.encode())}", f"index {place}", *map(_b64, proof)]
    return "\n".join(lines) + "\n\n" + signed


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
