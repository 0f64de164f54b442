"""What every page must be, wherever a story meets it: accessible, small, narrow, printable, in one language."""

import gzip
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = "axe.min.js"
NARROW, WIDE = 320, 1280
HEAVIEST = 30_000  # bytes gzipped, the page with its style sheet

# Words that are the same in both languages. Other Latin letters on a Chinese page were forgotten by somebody.
_SAME = {"Redress", "English", "API", "OpenAPI", "JSON", "PDF", "JPEG", "PNG", "UTC", "MB", "KB"}
_SAME |= {"kB", "CSV", "ZIP", "RD", "CAM", "JavaScript", "Web", "AA"}
_LATIN = re.compile(r"[A-Za-z]{2,}")
_NAMES = re.compile(r"[0-9a-f-]{36}|RD-[0-9A-Z]{4}-[0-9A-Z]{4}")
_NO_PROSE = re.compile(r"\S+@\S+|https?://\S+|\b\S+\.(?:png|pdf|gif|txt)\b|\bRD-[0-9A-Z]{4}-[0-9A-Z]{4}\b|\btest-\d+")

_FACTS = """() => {
  const texts = [], noProse = 'script, style, code, textarea, .redress-key';
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const parent = node.parentElement, text = node.textContent.trim();
    if (text && !parent.closest(noProse)) texts.push([parent.closest('[lang]')?.lang ?? '', text]);
  }
  for (const each of document.querySelectorAll('[aria-label], [data-label]'))
    texts.push([each.closest('[lang]').lang, each.getAttribute('aria-label') ?? each.getAttribute('data-label')]);
  const handlers = each => each.getAttributeNames().some(name => name.startsWith('on'));
  const inline = [...document.querySelectorAll('[style], style, script:not([src])'),
    ...[...document.querySelectorAll('*')].filter(handlers)];
  return {
    headings: [...document.querySelectorAll('h1')].map(each => each.textContent.trim()),
    title: document.title,
    sheets: [...document.querySelectorAll('link[rel=stylesheet]')].map(each => each.getAttribute('href')),
    language: document.documentElement.lang,
    inline: inline.map(each => each.outerHTML.slice(0, 99)),
    texts,
  };
}"""
# What the page is built of: each kind of element inside each kind of parent.
_PARTS = """() => {
  const kind = each => each ? each.tagName + '.' + each.className : '';
  const part = each => `${kind(each.parentElement)}>${kind(each)}[${each.getAttributeNames().sort()}]`;
  return [...new Set([...document.querySelectorAll('*')].map(part))];
}"""
_TOO_WIDE = """(width) => document.documentElement.scrollWidth <= width ? [] :
  [...document.querySelectorAll('body *')].filter(each => each.getBoundingClientRect().right > width + 0.5)
    .map(each => each.outerHTML.slice(0, 99)).slice(-3)"""
_PRINTED = """() => [...document.querySelectorAll('nav, button, .govuk-button, .govuk-skip-link, .govuk-back-link')]
  .filter(each => each.checkVisibility({visibilityProperty: true}) && each.getBoundingClientRect().height > 1)
  .map(each => each.outerHTML.slice(0, 99))"""


@dataclass
class Seen:
    """What was looked at in this run, for the line at its end."""

    pages: int = 0
    examined: int = 0
    parts: set[str] = field(default_factory=set)
    weights: dict[str, int] = field(default_factory=dict)

    def heaviest(self) -> tuple[str, int]:
        """The heaviest page and its bytes."""
        return max(self.weights.items(), key=lambda each: each[1], default=("", 0))


SEEN = Seen()


@cache
def gzipped(data: bytes) -> int:
    """How many bytes this takes on its way, at the level that servers use."""
    return len(gzip.compress(data, 6, mtime=0))


def problems(page: Page, language: str, html: bytes) -> list[str]:
    """Everything that is wrong with the page as it stands, which came as `html`; the page is left as it was."""
    facts = page.evaluate(_FACTS)
    SEEN.pages += 1
    SEEN.weights[page.url] = weight = gzipped(html) + sum(gzipped(_sheet(href)) for href in facts["sheets"])
    found = _wrong_in_text(facts, language)
    if weight > HEAVIEST:
        found.append(f"{weight} bytes gzipped with its style sheet")
    found += _too_wide(page)
    return found + _axe(page) + _printed(page) if _is_new(page, language) else found


@cache
def _sheet(href: str) -> bytes:
    """A style sheet as the service hands it out."""
    return (Path(settings.STATIC_ROOT) / href.removeprefix(settings.STATIC_URL)).read_bytes()


def _is_new(page: Page, language: str) -> bool:
    """Whether this is an address, or has a part, that axe has not met in this language.

    Its rules take longer than everything else together, and find in the same parts what they found before.
    English pages come first on a wide screen and Chinese ones on a narrow one, so both are met.
    """
    address = _NAMES.sub("", page.url.partition("?")[0].partition("#")[0])
    parts = {f"{language} {each}" for each in [address, *page.evaluate(_PARTS)]}
    is_new = not parts <= SEEN.parts
    SEEN.parts |= parts
    SEEN.examined += is_new
    return is_new


def _wrong_in_text(facts: dict[str, Any], language: str) -> list[str]:
    wanted = {"en": "en", "zh-hans": "zh-Hans"}[language]
    found = [f"inline style or script: {each}" for each in facts["inline"]]
    if len(facts["headings"]) != 1 or not facts["headings"][0]:
        found.append(f"not exactly one h1: {facts['headings']}")
    if not facts["title"].endswith("– Redress") or facts["title"].startswith("–"):
        found.append(f"no title of its own: {facts['title']!r}")
    if facts["language"] != wanted:
        found.append(f"lang is {facts['language']!r}")
    wrong = _not_chinese if language == "zh-hans" else _not_english
    return found + [f"not in the page's language: {text!r}" for lang, text in facts["texts"] if wrong(lang, text)]


def _not_english(lang: str, text: str) -> bool:
    return lang == "en" and re.search(r"[\u4e00-\u9fff]", text.replace("简体中文", "")) is not None


def _not_chinese(lang: str, text: str) -> bool:
    return lang == "zh-Hans" and not _SAME.issuperset(_LATIN.findall(_NO_PROSE.sub("", text)))


def _axe(page: Page) -> list[str]:
    # As a file of the service it is compiled once and kept; handed over page by page it takes longer than its rules.
    page.add_script_tag(url=static(AXE))
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    violations = page.evaluate("options => axe.run(options).then(found => found.violations)", options)
    return [
        f"{broken['id']} ({broken['impact']}): {broken['help']}: {node['target']} {node['html'][:160]}"
        for broken in violations
        for node in broken["nodes"]
    ]


def _too_wide(page: Page) -> list[str]:
    before = page.viewport_size
    assert before
    if before["width"] != NARROW:
        page.set_viewport_size({"width": NARROW, "height": 640})
    found = page.evaluate(_TOO_WIDE, NARROW)
    if before["width"] != NARROW:
        page.set_viewport_size(before)
    return [f"scrolls sideways at {NARROW} px: {each}" for each in found]


def _printed(page: Page) -> list[str]:
    page.emulate_media(media="print")
    found = page.evaluate(_PRINTED)
    page.emulate_media(media="screen")
    return [f"printed, though of no use on paper: {each}" for each in found]
