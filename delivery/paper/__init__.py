"""Setting pages: tagged PDF (PDF/UA-1) by typst, for letters and for what people take away.

The caller brings a template and fills in finished texts; nothing of them is ever typst source: they travel to the
template as JSON and are shown as they are.
"""

from delivery.paper.faces import FontMissing
from delivery.paper.printable import MISSING, Printer
from delivery.paper.setting import region_of, set_pages

__all__ = ["MISSING", "FontMissing", "Printer", "region_of", "set_pages"]
