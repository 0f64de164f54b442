"""What a page's HTML must be, read without a browser: one heading, a title, labelled fields, nothing inline."""

from html.parser import HTMLParser
from typing import NamedTuple

Attributes = dict[str, str]
_NOT_LABELLED = {"hidden", "submit", "button"}


class Form(NamedTuple):
    """One form: where it goes, how, and what a browser would send untouched."""

    action: str
    method: str
    hidden: dict[str, str]


class Page(HTMLParser):
    """A page, taken apart."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.language = self.title = ""
        self.headings: list[int] = []
        self.h1 = ""
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.pointed: set[str] = set()
        self.fields: list[Attributes] = []
        self.links: list[Attributes] = []
        self.forms: list[Form] = []
        self.inline: list[str] = []
        self.errors = self.summaries = 0
        self.summary_targets: list[str] = []
        self._inside: list[str] = []
        self._summary_depth = 0
        self._legends: list[bool] = []
        self._bare_groups = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._inside.append(tag)
        self._note_inline(tag, said)
        if "id" in said:
            self.ids.append(said["id"])
        for name in ("aria-describedby", "aria-labelledby", "for"):
            self.pointed.update(said.get(name, "").split())
        if "govuk-error-message" in said.get("class", ""):
            self.errors += 1
        if "data-error-summary" in said:
            self.summaries += 1
            self._summary_depth = len(self._inside)
        handler = getattr(self, f"_on_{tag}", None)
        if handler:
            handler(said)
        elif len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "fieldset" and not self._legends.pop():
            self._bare_groups += 1
        while tag in self._inside and self._inside.pop() != tag:
            pass
        if len(self._inside) < self._summary_depth:
            self._summary_depth = 0

    def handle_data(self, data: str) -> None:
        if "title" in self._inside:
            self.title += data
        if "h1" in self._inside:
            self.h1 += data.strip()

    def _note_inline(self, tag: str, said: Attributes) -> None:
        handlers = [name for name in said if name.startswith("on") or name == "style"]
        if handlers or tag == "style" or (tag == "script" and "src" not in said):
            self.inline.append(f"<{tag} {' '.join(handlers)}>")

    def _on_html(self, said: Attributes) -> None:
        self.language = said.get("lang", "")

    def _on_label(self, said: Attributes) -> None:
        self.labelled.add(said.get("for", ""))

    def _on_fieldset(self, said: Attributes) -> None:
        self._legends.append(False)

    def _on_legend(self, said: Attributes) -> None:
        self._legends[-1] = True

    def _on_input(self, said: Attributes) -> None:
        if said.get("type") == "hidden" and self.forms:
            self.forms[-1].hidden[said["name"]] = said.get("value", "")
        if said.get("type", "text") not in _NOT_LABELLED:
            self.fields.append(said)

    def _on_select(self, said: Attributes) -> None:
        self.fields.append(said)

    def _on_textarea(self, said: Attributes) -> None:
        self.fields.append(said)

    def _on_form(self, said: Attributes) -> None:
        self.forms.append(Form(said.get("action", ""), said.get("method", "get").lower(), {}))

    def _on_a(self, said: Attributes) -> None:
        self.links.append(said)
        if self._summary_depth:
            self.summary_targets.append(said.get("href", "").removeprefix("#"))

    def problems(self) -> list[str]:
        """What is wrong with it, in words."""
        found = []
        if self.headings.count(1) != 1 or not self.h1:
            found.append(f"{self.headings.count(1)} headings of the first level")
        if any(after > before + 1 for before, after in zip(self.headings, self.headings[1:], strict=False)):
            found.append(f"headings skip a level: {self.headings}")
        if not self.title.strip().endswith("– Redress") or self.title.strip().startswith("–"):
            found.append(f"title: {self.title!r}")
        if self.language not in ("en", "zh-Hans"):
            found.append(f"language: {self.language!r}")
        found += [f"inline: {each}" for each in self.inline]
        found += [f"twice: #{each}" for each in sorted({each for each in self.ids if self.ids.count(each) > 1})]
        found += [f"points to nothing: #{each}" for each in sorted(self.pointed - set(self.ids))]
        found += [f"no label: {each}" for each in self.fields if not self._is_labelled(each)]
        if self._bare_groups:
            found.append("a group of fields without a legend")
        return found + self._wrong_errors()

    def _is_labelled(self, field: Attributes) -> bool:
        return field.get("id") in self.labelled or "aria-label" in field or "aria-labelledby" in field

    def _wrong_errors(self) -> list[str]:
        if not self.errors:
            return []
        found = [] if self.summaries == 1 else [f"{self.summaries} error summaries for {self.errors} errors"]
        if not self.title.strip().startswith(("Error: ", "错误：", "错误:")):
            found.append(f"title does not say that there is an error: {self.title!r}")
        return found + [f"the error summary leads to nothing: #{e}" for e in self.summary_targets if e not in self.ids]


_VOID = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"),
    *("path", "rect", "circle", "line", "polyline"),
}
