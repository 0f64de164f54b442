"""The tree as the database keeps it: how large it is, what its tiles hold, where an entry stands."""

from django.db import connection
from django.db.models import Max

from audit import merkle
from audit.merkle import Head, Missing, Tile
from audit.models import Checkpoint, Leaf, StoredTile, Tree

_TILES_KEPT = 4_000  # 32 MB of full tiles


class Lost(Exception):
    """The row that says how large the tree is has gone, and there are leaves: restore it, never begin anew."""


class Tiles:
    """Reads tiles of the database, each once. What is held here does not grow: make a new one for a later tree."""

    def __init__(self, known: dict[Tile, bytes] | None = None) -> None:
        self._known = known or {}

    def __call__(self, tile: Tile) -> bytes:
        """What the tile holds. Raises `Missing`."""
        if tile not in self._known:
            if len(self._known) >= _TILES_KEPT:
                self._known.clear()
            self._known[tile] = tile_data(tile)
        return self._known[tile]


def head() -> Head:
    """Size and root of the tree as it stands."""
    row = Tree.objects.filter(pk=1).first()
    return Head(row.size, bytes(row.root)) if row else Head(0, merkle.EMPTY_ROOT)


def locked() -> Head:
    """The same, and nobody else extends or signs the tree until this transaction ends. Raises `Lost`."""
    with connection.cursor() as cursor:
        # What is signed and shown must not be lost again: these commits wait for the disk, whatever the default is.
        cursor.execute("SET LOCAL synchronous_commit = on")
    row = Tree.objects.select_for_update(no_key=True).filter(pk=1).first()
    if row is None:
        Tree.objects.bulk_create([Tree(root=merkle.EMPTY_ROOT)], ignore_conflicts=True)
        row = Tree.objects.select_for_update(no_key=True).get(
            pk=1
        )  # somebody else may have made and grown it meanwhile
        if not row.size and Leaf.objects.exists():
            raise Lost  # and the empty row goes with this transaction
    return Head(row.size, bytes(row.root))


def tile_data(tile: Tile, width: int = merkle.WIDTH) -> bytes:
    """The first `width` hashes of a tile, or as many as it holds. Raises `Missing` where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT substring(data FROM 1 FOR %s) FROM audit_tile WHERE level = %s AND index = %s",
            [width * merkle.HASH_BYTES, tile.level, tile.number],
        )
        row = cursor.fetchone()
    if row is None:
        raise Missing(f"there is no tile {tile.level}/{tile.number}")
    return bytes(row[0])


def leaves(start: int, end: int) -> list[bytes]:
    """The bytes of the entries with the places `start` to `end` (without it), in order.

    # Note [One look each]
    Each place looks its entry up by the index. As a join it was left to what the database believes of these tables:
    analysed while a large import had not committed, it takes them for empty, and reads all entries for each place.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT leaf FROM audit_entry e WHERE e.entry_id = l.entry_id) FROM audit_leaf l"
            " WHERE l.leaf_index >= %s AND l.leaf_index < %s ORDER BY l.leaf_index",
            [start, end],
        )
        return [bytes(content) for (content,) in cursor.fetchall() if content is not None]


def signed_size() -> int:
    """How much of the tree the newest checkpoint covers."""
    return Checkpoint.objects.aggregate(size=Max("size"))["size"] or 0


def rebuilt(tile: Tile) -> bytes:
    """What a tile of the leaves' level should hold, from the leaves."""
    start = tile.number * merkle.WIDTH
    hashes = Leaf.objects.filter(leaf_index__gte=start, leaf_index__lt=start + merkle.WIDTH).order_by("leaf_index")
    return b"".join(bytes(each) for each in hashes.values_list("leaf_hash", flat=True))


def stored() -> set[Tile]:
    """Every tile that the database has."""
    return {Tile(level, index) for level, index in StoredTile.objects.values_list("level", "index").iterator()}
