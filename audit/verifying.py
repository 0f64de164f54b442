"""Recomputes the log from its entries, and compares everything that was derived from them, stored, or signed.

`of_database` reads the tables, `of_files` an export (`audit.exporting`): leaf hashes, tiles, roots, checkpoints.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from django.db import connection

from audit import merkle, note, sequencer, signing, tiles, tree
from audit.merkle import HASH_BYTES, WIDTH, Missing, Tile
from audit.models import Checkpoint, Cosignature, Entry, Leaf
from audit.note import NotANote, NotSigned, Verifier
from audit.signer import Refused

_BATCH = WIDTH * 40


class Finding(NamedTuple):
    """Something that is not as it should be: a code, and where."""

    code: str
    where: str


class NotAnExport(Exception):
    """The folder is not a log; the message says what is missing."""


def of_database(*, full: bool) -> Iterator[Finding]:
    """What is wrong with the log; `full` recomputes every hash, the rest compares what was derived last."""
    head = tree.head()
    yield from (Finding("log.entry_lost", f"entry {each}") for each in sequencer.lost())
    if late := sequencer.late():
        yield Finding("log.entry_late", f"{late} entries wait for their place for over a minute")
    yield from _places(head.size)
    if full:
        yield from _leaves()
        yield from _tiles(head.size)
    reader = tree.Tiles()
    try:
        if merkle.root(reader, head.size) != head.root:
            yield Finding("log.root_differs", f"size {head.size}")
    except Missing as error:
        yield Finding("log.tile_missing", str(error))
    yield from _checkpoints(reader, full)
    yield from _signed(reader, head)


def _places(size: int) -> Iterator[Finding]:
    """Places are counted from 0 without a gap."""
    rows = Leaf.objects.count()
    last = Leaf.objects.order_by("-leaf_index").values_list("leaf_index", flat=True).first()
    if rows != size or (last is not None and last != size - 1):
        yield Finding("log.places_differ", f"the tree says {size}, there are {rows} places, the last is {last}")


def _leaves() -> Iterator[Finding]:
    """Every entry against its place, from its very bytes."""
    after = -1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT leaf_index, leaf_hash, (SELECT leaf FROM audit_entry e WHERE e.entry_id = l.entry_id), entry_id"
                " FROM audit_leaf l WHERE leaf_index > %s ORDER BY leaf_index LIMIT %s",  # Note [One look each]
                [after, _BATCH],
            )
            rows = cursor.fetchall()
        for place, told, content, entry_id in rows:
            if content is None:
                yield Finding("log.entry_missing", f"entry {entry_id} at {place}")
            elif sha256(b"\x00" + bytes(content)).digest() != bytes(told):
                yield Finding("log.leaf_differs", f"entry {entry_id} at {place}")
        if len(rows) < _BATCH:
            return
        after = rows[-1][0]


def _tiles(size: int) -> Iterator[Finding]:
    """Every tile, built anew from the places."""
    for tile in merkle.tiles_of(size):
        try:
            expected = tree.rebuilt(tile) if tile.level == 0 else _from_below(tile, size)
            if tree.tile_data(tile) != expected:
                yield Finding("log.tile_differs", f"{tile.level}/{tile.number}")
        except Missing:
            yield Finding("log.tile_missing", f"{tile.level}/{tile.number}")


def _from_below(tile: Tile, size: int) -> bytes:
    first = tile.number * WIDTH
    below = (Tile(tile.level - 1, first + at) for at in range(merkle.hashes_in(tile, size)))
    return b"".join(merkle.root_of(merkle.split(tree.tile_data(each))) for each in below)


def _checkpoints(reader: tree.Tiles, full: bool) -> Iterator[Finding]:
    """Each checkpoint's root is that of the tree at its size. Retired keys are unknown here: the newest is verified."""
    rows = Checkpoint.objects.order_by("-size")
    for number, row in enumerate(rows.iterator() if full else rows[:1]):
        try:
            said = note.checkpoint_of(note.parse(row.note).text)
            if number == 0:
                note.verified(row.note, signing.verifiers())
            if (said.size, said.root) != (row.size, bytes(row.root)):
                yield Finding("log.checkpoint_differs", f"size {row.size}")
            if merkle.root(reader, row.size) != said.root:
                yield Finding("log.rewritten", f"before size {row.size}")
        except (NotANote, NotSigned):
            yield Finding("log.checkpoint_not_signed", f"size {row.size}")
        except Missing:
            yield Finding("log.rolled_back", f"the tree no longer reaches the checkpoint of {row.size}")


def _signed(reader: tree.Tiles, head: merkle.Head) -> Iterator[Finding]:
    """The signer's own memory, where it can be read from here, and the witnesses' lines."""
    try:
        state = signing.configured().state()
        proof = merkle.consistency(reader, state.size, head.size) if state.size <= head.size else []
        merkle.check_consistency(state.size, state.root, head.size, head.root, proof)
    except Refused:
        pass  # the signer stands elsewhere, or has said what is wrong itself
    except (merkle.Inconsistent, Missing) as error:
        yield Finding("log.not_what_was_signed", f"size {state.size}: {error}")
    known = set(Checkpoint.objects.values_list("size", flat=True))
    for size, witness in Cosignature.objects.values_list("size", "witness"):
        if size not in known:
            yield Finding("log.cosignature_without_checkpoint", f"{witness} on {size}")


# --- an export ------------------------------------------------------------------------------------


def of_files(folder: Path, verifiers: Sequence[Verifier], processes: int = 1) -> Iterator[Finding]:
    """What is wrong with an exported log: every hash is recomputed. Raises `NotAnExport`."""
    try:
        signed = (folder / "checkpoint").read_text(encoding="utf-8")
        parsed, _by = note.verified(signed, verifiers)
        said = note.checkpoint_of(parsed.text)
    except OSError as error:
        raise NotAnExport(f"{folder} has no checkpoint") from error
    except (NotANote, NotSigned, UnicodeDecodeError):
        yield Finding("log.checkpoint_not_signed", str(folder / "checkpoint"))
        return
    numbers = range((said.size + WIDTH - 1) // WIDTH)
    shares = [(folder, said.size, numbers[share::processes]) for share in range(processes)]
    if processes == 1:
        done = [_check_bundles(*shares[0])]
    else:
        with ProcessPoolExecutor(processes) as pool:
            done = list(pool.map(_check_bundles, *zip(*shares, strict=True)))
    for _roots, found in done:
        yield from found
    roots = {number: root for some, _found in done for number, root in some.items()}
    yield from _check_upper(folder, said, [roots.get(number, b"") for number in numbers])


def _check_bundles(folder: Path, size: int, numbers: Sequence[int]) -> tuple[dict[int, bytes], list[Finding]]:
    """The roots over these bundles of entries, and what differs from their tiles."""
    roots: dict[int, bytes] = {}
    found: list[Finding] = []
    for number in numbers:
        width = merkle.hashes_in(Tile(0, number), size)
        path = tiles.path_of(number, width)
        try:
            leaves = list(tiles.unbundle((folder / "tile" / "entries" / path).read_bytes()))
            stored = (folder / "tile" / "0" / path).read_bytes()
        except (OSError, ValueError):
            found.append(Finding("log.file_missing", f"tile {path} or its entries"))
            continue
        hashes = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
        if b"".join(hashes) != stored:
            at = next((i for i, each in enumerate(hashes) if stored[i * HASH_BYTES : (i + 1) * HASH_BYTES] != each), 0)
            found.append(Finding("log.leaf_differs", f"entry at {number * WIDTH + at}"))
        roots[number] = merkle.root_of(hashes)
    return roots, found


def _check_upper(folder: Path, said: note.Checkpoint, row: list[bytes]) -> Iterator[Finding]:
    """The tiles above the leaves' and the root, from the roots of the leaves' tiles."""
    if said.size == 0 or b"" in row:
        return  # a file is missing, which has been said
    tiles_above: dict[Tile, bytes] = {}
    level, full = 1, row[: said.size // WIDTH]
    while full:
        for number in range((len(full) + WIDTH - 1) // WIDTH):
            tiles_above[Tile(level, number)] = b"".join(full[number * WIDTH : (number + 1) * WIDTH])
        rows = (merkle.split(tiles_above[Tile(level, number)]) for number in range(len(full) // WIDTH))
        level, full = level + 1, [merkle.root_of(each) for each in rows]
    for tile, data in tiles_above.items():
        path = folder / tiles.file_of(tile, len(data) // HASH_BYTES)
        if not path.is_file():
            yield Finding("log.file_missing", str(path.relative_to(folder)))
        elif path.read_bytes() != data:
            yield Finding("log.tile_differs", str(path.relative_to(folder)))

    def read(tile: Tile) -> bytes:
        if tile.level:
            return tiles_above[tile]
        return (folder / tiles.file_of(tile, merkle.hashes_in(tile, said.size))).read_bytes()

    if merkle.root(read, said.size) != said.root:
        yield Finding("log.root_differs", f"size {said.size}")


def processors() -> int:
    """How many processes can work at once here."""
    return max(1, len(os.sched_getaffinity(0)))


def entries() -> int:
    """How many entries there are."""
    return Entry.objects.count()
