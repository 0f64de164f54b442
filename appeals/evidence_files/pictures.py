"""JPEG and PNG: decoded to points and encoded again, so that nothing but the points survives."""

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.Image import DecompressionBombError

from appeals.evidence_files.verdict import Limits, Parsed, Refusal

# MPO is the JPEG of many phones: further pictures (depth, preview) follow the one that is shown.
_KINDS = {"JPEG": "jpeg", "MPO": "jpeg", "PNG": "png"}
_MODES = {
    "jpeg": {"L", "RGB"},
    "png": {"1", "L", "LA", "P", "RGB", "RGBA"},
}
_QUALITY = 90  # a court document scanned as JPEG must stay legible after encoding twice

# Our own limit (below) is lower and has its own sentence.
Image.MAX_IMAGE_PIXELS = None


def parse(data: bytes, limits: Limits) -> Parsed | None:
    """The picture, upright and without metadata, or None if this is none. Raises `Refusal`."""
    try:
        picture = Image.open(BytesIO(data), formats=("JPEG", "PNG"))
    except UnidentifiedImageError:
        return None
    except (OSError, ValueError, SyntaxError, DecompressionBombError):
        raise Refusal("not_readable") from None
    width, height = picture.size
    if width * height > limits.max_pixels:
        raise Refusal("too_many_pixels")
    kind = _KINDS[picture.format or ""]
    if kind == "png" and getattr(picture, "is_animated", False):
        raise Refusal("animated")
    try:
        picture.load()
    except (OSError, ValueError, SyntaxError, IndexError):
        raise Refusal("not_readable") from None
    return Parsed(kind, f"image/{kind}", _encode(_upright(picture), kind), pixels=width * height)


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # the points are there; metadata in disorder (which fails in many ways) is no reason to refuse
        return picture


def _encode(picture: Image.Image, kind: str) -> bytes:
    clean = picture.copy()
    transparency = clean.info.get("transparency")
    clean.info = {}  # comments, EXIF, XMP, colour profile, text chunks: Pillow writes some of them by itself
    if transparency is not None:
        clean.info["transparency"] = transparency
        clean = clean.convert("RGBA")
        clean.info = {}
    if clean.mode not in _MODES[kind]:
        clean = clean.convert(_nearest_mode(clean.mode, kind))
    output = BytesIO()
    if kind == "jpeg":
        clean.save(output, "JPEG", quality=_QUALITY)
    else:
        clean.save(output, "PNG")
    return output.getvalue()


def _nearest_mode(mode: str, kind: str) -> str:
    if mode.startswith(("I", "F")):
        return "L"
    return "RGBA" if kind == "png" and mode.endswith(("A", "a")) else "RGB"
