"""The tree of RFC 6962, kept in tiles 256 hashes wide. Plain Python: knows no database.

# Note [Tiles]
Tile (0, n) holds the hashes of the leaves 256 n to 256 n + 255; tile (level + 1, n) the roots of the tiles (level,
256 n) to (level, 256 n + 255) that are full. A tile that is not full is the beginning of the full one, so one
growing row each is enough. Every root and every proof comes from tiles alone: at most two tiles of a level are
read for a proof. The tiles are derived: rebuilt from the leaf hashes they are the same bytes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

HASH_BYTES = 32
WIDTH = 256
EMPTY_ROOT = sha256(b"").digest()
_HEIGHT = 8  # a tile of 256 hashes stands for eight levels of the binary tree


class Tile(NamedTuple):
    """Where a tile stands."""

    level: int
    number: int


class Head(NamedTuple):
    """Size and root of a tree."""

    size: int
    root: bytes


Reader = Callable[[Tile], bytes]  # what a tile holds so far; raises `Missing` where there is none


class Missing(LookupError):
    """A tile, or a hash in one, is not there although the tree should have it."""


class Inconsistent(Exception):
    """A proof does not lead from one root to the other."""


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def split(hashes: bytes) -> list[bytes]:
    """The hashes that stand one after the other in a tile."""
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over some hashes: of leaves, or of subtrees that are all full and equally high."""
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        paired = [sha256(b"\x01" + a + b).digest() for a, b in zip(row[::2], row[1::2], strict=False)]
        row = [*paired, row[-1]] if len(row) % 2 else paired  # the odd one out moves up as it is
    return row[0]


def append(tiles: Mapping[Tile, bytes], size: int, leaves: Sequence[bytes]) -> dict[Tile, bytes]:
    """The tiles that change when leaf hashes are appended to a tree of `size`.

    `tiles`: at least those of `edge(size)`. Raises `Missing` when one of them is not as long as the size says.
    """
    changed: dict[Tile, bytes] = {}
    level, start, added = 0, size, list(leaves)
    while added:
        index, held = divmod(start, WIDTH)
        data = _beginning(tiles, Tile(level, index), held) if held else b""
        rows = split(data) + added
        full = []
        for at in range(0, len(rows), WIDTH):
            row = rows[at : at + WIDTH]
            changed[Tile(level, index + at // WIDTH)] = b"".join(row)
            if len(row) == WIDTH:
                full.append(root_of(row))
        level, start, added = level + 1, start // WIDTH, full
    return changed


def edge(size: int) -> list[Tile]:
    """The tiles on the right edge that are not full, which appending to a tree of `size` goes on from."""
    found, level = [], 0
    while size:
        size, held = divmod(size, WIDTH)
        if held:
            found.append(Tile(level, size))
        level += 1
    return found


def hashes_in(tile: Tile, size: int) -> int:
    """How many hashes the tile holds in a tree of `size`."""
    return max(0, min(WIDTH, (size >> (_HEIGHT * tile.level)) - tile.number * WIDTH))


def tiles_of(size: int) -> Iterable[Tile]:
    """Every tile of a tree of `size`, the leaves' first."""
    level = 0
    while count := size >> (_HEIGHT * level):
        yield from (Tile(level, index) for index in range((count + WIDTH - 1) // WIDTH))
        level += 1


def root(read: Reader, size: int) -> bytes:
    """The root of the tree of `size`."""
    return _range(read, 0, size) if size else EMPTY_ROOT


def inclusion(read: Reader, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` is in the tree of `size`, from its sibling up (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    return _path(read, index, 0, size)


def consistency(read: Reader, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `old` is the beginning of that of `new` (RFC 6962, 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} is not the beginning of one of {new}")
    return _subproof(read, old, 0, new, True) if 0 < old < new else []


def check_inclusion(hash_: bytes, index: int, size: int, proof: Sequence[bytes], root_: bytes) -> None:
    """Raise `Inconsistent` unless the proof leads from the leaf's hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise Inconsistent("the place is not in the tree")
    place, last = index, size - 1
    for sibling in proof:
        if last == 0:
            raise Inconsistent("the proof is too long")
        if place % 2 or place == last:
            hash_ = node_hash(sibling, hash_)
            while not place % 2 and place:
                place, last = place >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, sibling)
        place, last = place >> 1, last >> 1
    if last or hash_ != root_:
        raise Inconsistent("the proof does not lead to the root")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise `Inconsistent` unless the proof shows that the old tree is the beginning of the new (RFC 9162, 2.1.4.2)."""
    if old > new:
        raise Inconsistent("the tree has become smaller")
    if old == 0 or old == new:
        expected = EMPTY_ROOT if old == 0 else new_root
        if proof or old_root != expected:
            raise Inconsistent(
                "trees of the same size have different roots" if old else "the empty tree has another root"
            )
        return
    rest = list(proof)
    if old & (old - 1) == 0:
        rest.insert(0, old_root)
    if not rest:
        raise Inconsistent("the proof is too short")
    place, last = old - 1, new - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    first = second = rest[0]
    for each in rest[1:]:
        if last == 0:
            raise Inconsistent("the proof is too long")
        if place % 2 or place == last:
            first, second = node_hash(each, first), node_hash(each, second)
            while not place % 2 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, each)
        place, last = place >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise Inconsistent("the old tree is not the beginning of the new one")


def _path(read: Reader, index: int, start: int, end: int) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _largest_power_below(end - start)
    if index < middle:
        return [*_path(read, index, start, middle), _range(read, middle, end)]
    return [*_path(read, index, middle, end), _range(read, start, middle)]


def _subproof(read: Reader, old: int, start: int, end: int, whole: bool) -> list[bytes]:
    if old == end:
        return [] if whole else [_range(read, start, end)]
    middle = start + _largest_power_below(end - start)
    if old <= middle:
        return [*_subproof(read, old, start, middle, whole), _range(read, middle, end)]
    return [*_subproof(read, old, middle, end, False), _range(read, start, middle)]


def _range(read: Reader, start: int, end: int) -> bytes:
    """The root over the leaves from `start` to `end`; a range that the recursion of RFC 6962 makes."""
    count = end - start
    if count & (count - 1) == 0:  # then it is aligned too
        return _full(read, start, count.bit_length() - 1)
    middle = start + _largest_power_below(count)
    return node_hash(_range(read, start, middle), _range(read, middle, end))


def _full(read: Reader, start: int, height: int) -> bytes:
    """The root of the full subtree of 2^height leaves that begins at `start`: it lies in one tile."""
    level, above = divmod(height, _HEIGHT)
    index, at = divmod(start >> (_HEIGHT * level), WIDTH)
    count = 1 << above
    data = read(Tile(level, index))[at * HASH_BYTES : (at + count) * HASH_BYTES]
    if len(data) != count * HASH_BYTES:
        raise Missing(f"tile {level}/{index} is too short")
    return root_of(split(data))


def _largest_power_below(count: int) -> int:
    """The largest power of two smaller than `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)


def _beginning(tiles: Mapping[Tile, bytes], tile: Tile, held: int) -> bytes:
    data = tiles.get(tile, b"")
    if len(data) != held * HASH_BYTES:
        raise Missing(f"tile {tile.level}/{tile.number} does not hold {held} hashes")
    return data
