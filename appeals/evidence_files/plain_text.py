"""Plain text: what decodes without a control character. Stored as UTF-8."""

import unicodedata

from appeals.evidence_files.verdict import Limits, Parsed, Refusal

# GB18030 contains GBK and GB2312, in which older machines in China write. UTF-8 first: it is the stricter.
# Nearly any bytes decode as GB18030, so there a code point that means nothing is a sign of something
# else than text; in UTF-8 it is rather a new emoji.
_ENCODINGS = {"utf-8-sig": frozenset({"Cc"}), "gb18030": frozenset({"Cc", "Cs", "Cn"})}
_ALLOWED = frozenset("\t\n\r\f")


def parse(data: bytes, _limits: Limits) -> Parsed | None:
    """The text, or None if this is none. Raises `Refusal` if there is nothing to read in it."""
    text = _decode(data)
    if text is None:
        return None
    if not text.strip():
        raise Refusal("empty")
    return Parsed(kind="text", content_type="text/plain; charset=utf-8", data=text.encode())


def _decode(data: bytes) -> str | None:
    for encoding, not_text in _ENCODINGS.items():
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if all(char in _ALLOWED or unicodedata.category(char) not in not_text for char in set(text)):
            return text
    return None
