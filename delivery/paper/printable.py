"""Makes any text fit to be printed (see Note [Missing characters] in faces.py)."""

import re
import unicodedata
from collections.abc import Set

MISSING = "〓"
# Control and format characters, among them those that reverse the order of text.
_INVISIBLE = {"Cc", "Cf", "Cs"}
_KEPT = "\n\u200b"  # a zero-width space is a place where a long word may break
_VARIATION = range(0xFE00, 0xFE10)
_LONG_RUN = re.compile(r"([!-~]{64})(?=[!-~])")  # typst would run it over the margin


class Printer:
    """Cleans the texts of one letter and remembers which characters the face lacks."""

    def __init__(self, characters: Set[int]) -> None:
        self._characters = characters
        self.missing: list[str] = []

    def line(self, text: str) -> str:
        """`text` on one line."""
        return " ".join(self._clean(text).split())

    def paragraphs(self, text: str) -> list[list[str]]:
        """`text` as paragraphs (parted by blank lines) of lines."""
        blocks = re.split(r"\n\s*\n", self._clean(text).strip())
        return [[line.strip() for line in block.split("\n")] for block in blocks if block.strip()]

    def _clean(self, text: str) -> str:
        text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
        return _LONG_RUN.sub("\\1\u200b", "".join(self._show(char) for char in text))

    def _show(self, char: str) -> str:
        if char in _KEPT:
            return char
        if unicodedata.category(char) in _INVISIBLE or ord(char) in _VARIATION:
            return ""
        if ord(char) in self._characters:
            return char
        if char.isspace():
            return " "
        code = f"U+{ord(char):04X}"
        if code not in self.missing:
            self.missing.append(code)
        return MISSING
