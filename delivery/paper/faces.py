"""The typeface of letters, and which characters it has.

# Note [Missing characters]
PDF/UA-1 forbids a glyph that shows nothing, and typst then refuses the whole letter. A rare surname or an
emoji in somebody's words must not stop a decision from being served: such a character is printed as 〓, the
mark that printers use for it, and a note at the end names its code point. So we must know what the face has,
and read that from its `cmap` table.
"""

import struct
from functools import lru_cache
from itertools import chain
from pathlib import Path

import typst

FAMILY = "Noto Sans SC"
_FULL_UNICODE = 12  # the format of cmap subtables that reach beyond U+FFFF; every face for Chinese has one


class FontMissing(Exception):
    """The typeface of letters is not there. Build the assets, or set LETTER_FONT_DIR."""


@lru_cache(maxsize=4)
def load(folder: Path) -> typst.Fonts:
    """The faces below `folder`, and no others: a letter looks the same on every machine."""
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder)] if folder.is_dir() else [],
    )
    if FAMILY not in fonts.families():
        raise FontMissing(f"No face of {FAMILY} in {folder}. Build the assets, or set LETTER_FONT_DIR.")
    return fonts


@lru_cache(maxsize=4)
def characters(folder: Path) -> frozenset[int]:
    """Code points that every face below `folder` can show."""
    files = sorted(chain(folder.rglob("*.ttf"), folder.rglob("*.otf")))
    return frozenset.intersection(*(_code_points(path.read_bytes()) for path in files))


def _code_points(font: bytes) -> frozenset[int]:
    cmap = _table(font, b"cmap")
    (subtables,) = struct.unpack_from(">H", font, cmap + 2)
    for index in range(subtables):
        (offset,) = struct.unpack_from(">I", font, cmap + 4 + 8 * index + 4)
        start = cmap + offset
        if struct.unpack_from(">H", font, start) == (_FULL_UNICODE,):
            (groups,) = struct.unpack_from(">I", font, start + 12)
            ranges = struct.iter_unpack(">III", font[start + 16 : start + 16 + 12 * groups])
            return frozenset(chain.from_iterable(range(first, last + 1) for first, last, _ in ranges))
    raise FontMissing("The face has no table of its characters beyond U+FFFF.")


def _table(font: bytes, tag: bytes) -> int:
    (tables,) = struct.unpack_from(">H", font, 4)
    for index in range(tables):
        name, _, offset, _ = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        if name == tag:
            return int(offset)
    raise FontMissing(f"The face has no table {tag.decode()}.")
