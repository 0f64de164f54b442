"""Decision letters: a tagged PDF (PDF/UA-1) in the person's language, set by typst from `decision.typ`.

The caller fills a `Letter` with finished texts in that language; `render` adds the fixed words and sets the
pages. Nothing of a letter is ever typst source: it travels to the template as JSON and is shown as it is.
"""

from appeals.letters.letter import Answer, Letter, NextTier, Signature
from appeals.letters.notice import Notice, render_notice
from appeals.letters.rendering import FontMissing, render

__all__ = ["Answer", "FontMissing", "Letter", "NextTier", "Notice", "Signature", "render", "render_notice"]
