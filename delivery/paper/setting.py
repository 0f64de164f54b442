"""From finished texts and a template to the bytes of a PDF."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import typst
from django.conf import settings

from delivery.paper import faces
from delivery.paper.printable import Printer


def set_pages(template: Path, fill: Callable[[Printer], Mapping[str, object]], *, dated: datetime) -> bytes:
    """PDF/UA-1 of what `fill` makes with a printer of our typeface. The same content gives the same bytes.

    The template finds it as JSON in `sys.inputs.content`. Raises `FontMissing`.
    """
    folder = Path(settings.LETTER_FONT_DIR)
    fonts = faces.load(folder)
    content = fill(Printer(faces.characters(folder)))
    pdf = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=fonts,
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="ua-1",
        # The template parses this as data. No text of anybody is ever typst source.
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
        timestamp=dated.replace(microsecond=0),  # typst takes no parts of a second
    )
    assert isinstance(pdf, bytes)
    return pdf


def region_of(language: str) -> tuple[str, str | None]:
    """What typst wants for one of our language codes: `zh` and `cn` of `zh-hans`."""
    name, _dash, script = language.partition("-")
    return name, "cn" if script == "hans" else None
