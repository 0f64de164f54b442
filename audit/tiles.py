"""Addresses and files of C2SP tlog-tiles: `<level>/x001/x234/067.p/12`, and bundles of entries. Plain Python."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from audit.merkle import WIDTH, Tile

MEDIA_TYPE = "application/octet-stream"
_PATH = re.compile(r"((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?")
_LENGTH_BYTES = 2


class NotAPath(ValueError):
    """What stands there is not the address of a tile; the message says why."""


class Place(NamedTuple):
    """Which tile of its level, and how many hashes or entries of it."""

    number: int
    width: int


def path_of(index: int, width: int = WIDTH) -> str:
    """The address of a tile below its level."""
    rest, last = divmod(index, 1000)
    parts = [f"{last:03d}"]
    while rest:
        rest, part = divmod(rest, 1000)
        parts.insert(0, f"x{part:03d}")
    return "/".join(parts) + (f".p/{width}" if width < WIDTH else "")


def parse(path: str) -> Place:
    """The tile that an address names. Raises `NotAPath`."""
    found = _PATH.fullmatch(path)
    if not found:
        raise NotAPath("A tile is addressed like 067, x001/x234/067 or x001/x234/067.p/12.")
    index = int(found[1].replace("x", "").replace("/", ""))
    width = int(found[2]) if found[2] else WIDTH
    if found[2] and not 0 < width < WIDTH:
        raise NotAPath("A partial tile has 1 to 255 hashes.")
    if path != path_of(index, width):
        raise NotAPath("The address of a tile has no zeros in front.")
    return Place(index, width)


def file_of(tile: Tile, width: int) -> str:
    """The file of a tile in an export: the same as its address."""
    return f"tile/{tile.level}/{path_of(tile.number, width)}"


def bundle(leaves: Iterable[bytes]) -> bytes:
    """Entries one after the other, each after its length in two bytes."""
    return b"".join(len(leaf).to_bytes(_LENGTH_BYTES, "big") + leaf for leaf in leaves)


def unbundle(data: bytes) -> Iterator[bytes]:
    """The entries of a bundle. Raises `ValueError` for one that is cut short."""
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + _LENGTH_BYTES], "big")
        at += _LENGTH_BYTES
        if at + length > len(data):
            raise ValueError("the bundle is cut short")
        yield data[at : at + length]
        at += length
