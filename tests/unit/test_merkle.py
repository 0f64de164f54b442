"""The tree in tiles, against the definition of RFC 6962 written out as it stands there."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle, tiles
from audit.merkle import Inconsistent, Missing, Tile

SIZES = [*range(1, 20), 255, 256, 257, 300, 511, 512, 513, 1000]


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


def defined(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, over hashes of leaves."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha256(b"\x01" + defined(hashes[:k]) + defined(hashes[k:])).digest()


class Tree:
    """A tree in a dictionary of tiles."""

    def __init__(self, *batches: list[bytes]) -> None:
        self.tiles: dict[Tile, bytes] = {}
        self.size = 0
        for batch in batches:
            self.append(batch)

    def append(self, batch: list[bytes]) -> None:
        edge = {tile: self.tiles[tile] for tile in merkle.edge(self.size)}
        self.tiles |= merkle.append(edge, self.size, batch)
        self.size += len(batch)

    def read(self, tile: Tile) -> bytes:
        return self.tiles[tile]


LEAVES = leaves(70_000)
BIG = Tree(LEAVES)


@pytest.mark.parametrize("size", SIZES)
def test_the_root_from_tiles_is_the_one_that_the_standard_defines(size: int) -> None:
    assert merkle.root(BIG.read, size) == defined(leaves(size)) == merkle.root_of(leaves(size))


def test_the_root_of_the_empty_tree_is_that_of_nothing() -> None:
    assert merkle.root(BIG.read, 0) == sha256(b"").digest() == merkle.root_of([])


@given(st.lists(st.integers(0, 700), min_size=1, max_size=6))
def test_tiles_are_the_same_however_the_leaves_came(sizes: list[int]) -> None:
    all_leaves, batches, at = LEAVES[: sum(sizes)], [], 0
    for size in sizes:
        batches.append(all_leaves[at : at + size])
        at += size
    tree = Tree(*batches)
    assert tree.tiles == Tree(all_leaves).tiles
    assert set(tree.tiles) == set(merkle.tiles_of(tree.size))
    for tile, data in tree.tiles.items():
        assert len(data) == merkle.hashes_in(tile, tree.size) * merkle.HASH_BYTES


@given(st.integers(1, 70_000).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_every_leaf_has_a_proof_and_no_other_place_takes_it(place: tuple[int, int]) -> None:
    index, size = place
    root, proof = merkle.root(BIG.read, size), merkle.inclusion(BIG.read, index, size)
    hash_ = LEAVES[index]
    merkle.check_inclusion(hash_, index, size, proof, root)
    with pytest.raises(Inconsistent):
        merkle.check_inclusion(merkle.leaf_hash(b"another"), index, size, proof, root)
    if size > 1:
        with pytest.raises(Inconsistent):
            merkle.check_inclusion(hash_, index ^ 1 if index ^ 1 < size else 0, size, proof, root)
        with pytest.raises(Inconsistent):
            merkle.check_inclusion(hash_, index, size, proof[:-1], root)
    with pytest.raises(Inconsistent):
        merkle.check_inclusion(hash_, index, size, [*proof, bytes(32)], root)


@given(st.integers(0, 70_000).flatmap(lambda new: st.tuples(st.integers(0, new), st.just(new))))
def test_an_earlier_tree_is_the_beginning_of_a_later_one(sizes: tuple[int, int]) -> None:
    old, new = sizes
    roots = [merkle.root(BIG.read, size) for size in sizes]
    proof = merkle.consistency(BIG.read, old, new)
    merkle.check_consistency(old, roots[0], new, roots[1], proof)
    with pytest.raises(Inconsistent):
        merkle.check_consistency(old, merkle.leaf_hash(b"x"), new, roots[1], proof)
    with pytest.raises(Inconsistent):
        merkle.check_consistency(old, roots[0], new, merkle.leaf_hash(b"x"), proof or [b""])
    if old < new:
        with pytest.raises(Inconsistent):
            merkle.check_consistency(new, roots[1], old, roots[0], proof)


def test_a_rewritten_leaf_breaks_the_way_from_the_old_root() -> None:
    old = Tree(leaves(300))
    rewritten = leaves(600)
    rewritten[17] = merkle.leaf_hash(b"rewritten")
    fork = Tree(rewritten)
    proof = merkle.consistency(fork.read, 300, 600)
    with pytest.raises(Inconsistent):
        merkle.check_consistency(300, merkle.root(old.read, 300), 600, merkle.root(fork.read, 600), proof)


def test_a_tile_that_is_shorter_than_the_tree_says_is_not_built_upon() -> None:
    tree = Tree(leaves(300))
    with pytest.raises(Missing):
        merkle.append({Tile(0, 1): tree.tiles[Tile(0, 1)][:-32], Tile(1, 0): tree.tiles[Tile(1, 0)]}, 300, leaves(1))
    with pytest.raises(Missing):
        merkle.root(lambda tile: tree.tiles[tile][:-32], 300)
    with pytest.raises(ValueError, match="no leaf 300"):
        merkle.inclusion(tree.read, 300, 300)


@given(st.integers(0, 10**15), st.integers(1, 256))
def test_a_tile_has_one_address(index: int, width: int) -> None:
    assert tiles.parse(tiles.path_of(index, width)) == (index, width)


def test_addresses_are_those_of_the_standard() -> None:
    assert tiles.path_of(1_234_067) == "x001/x234/067"
    assert tiles.path_of(0, 12) == "000.p/12"
    assert tiles.file_of(Tile(1, 5), 3) == "tile/1/005.p/3"


@pytest.mark.parametrize(
    "path",
    ["", "0", "00", "0000", "x000/001", "001/", "x001", "../etc", "000.p/0", "000.p/256", "000.p/01", "000.p/", "٠٠٠"],
)
def test_what_is_no_address_is_refused(path: str) -> None:
    with pytest.raises(tiles.NotAPath):
        tiles.parse(path)


def test_a_bundle_gives_back_what_went_in_and_notices_its_end() -> None:
    entries = [b"a", b"", b"c" * 65_535]
    data = tiles.bundle(entries)
    assert list(tiles.unbundle(data)) == entries
    with pytest.raises(ValueError, match="cut short"):
        list(tiles.unbundle(data[:-1]))
