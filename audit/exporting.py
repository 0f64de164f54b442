"""The whole log as files, at the same addresses as on the web: for mirrors, archives, and whoever checks it."""

import os
from pathlib import Path

from audit import merkle, note, publishing, signing, tiles, tree
from audit.merkle import Tile
from audit.models import Checkpoint


class OtherLog(Exception):
    """The folder holds a file that this log never had: keep it, it may show that history was rewritten."""


class NotSigned(Exception):
    """There is no checkpoint yet, so there is nothing to export."""


def write(folder: Path) -> Checkpoint:
    """Write what is new since the last export into the folder. The checkpoint comes last, in one step.

    Raises `NotSigned` or `OtherLog`; in both cases the folder's checkpoint stays as it was.
    """
    checkpoint = publishing.newest()
    if checkpoint is None:
        raise NotSigned
    _check_goes_on(folder / "checkpoint", checkpoint)
    for tile in merkle.tiles_of(checkpoint.size):
        width = merkle.hashes_in(tile, checkpoint.size)
        _keep(folder / tiles.file_of(tile, width), tree.tile_data(tile, width))
    for number in range((checkpoint.size + merkle.WIDTH - 1) // merkle.WIDTH):
        width, start = merkle.hashes_in(Tile(0, number), checkpoint.size), number * merkle.WIDTH
        path = folder / "tile" / "entries" / tiles.path_of(number, width)
        _keep(path, tiles.bundle(tree.leaves(start, start + width)))
    _replace(folder / "vkey", "".join(f"{key}\n" for key in signing.verifiers()).encode())
    _replace(folder / "checkpoint", publishing.signed(checkpoint).encode())
    return checkpoint


def _check_goes_on(path: Path, checkpoint: Checkpoint) -> None:
    """Raise `OtherLog` unless the log goes on from the checkpoint of the last export."""
    if not path.exists():
        return
    try:
        last = note.checkpoint_of(note.parse(path.read_text(encoding="utf-8")).text)
        proof = merkle.consistency(tree.Tiles(), last.size, checkpoint.size)
        merkle.check_consistency(last.size, last.root, checkpoint.size, bytes(checkpoint.root), proof)
    except (ValueError, merkle.Inconsistent, merkle.Missing):  # of a smaller tree there is no proof either
        raise OtherLog(str(path)) from None


def _keep(path: Path, data: bytes) -> None:
    """Write a file that never changes afterwards."""
    if path.exists():
        if path.read_bytes() != data:
            raise OtherLog(str(path))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, data)


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(data)
    draft.replace(path)
