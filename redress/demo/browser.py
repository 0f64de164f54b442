"""A very small browser: cookies, forms with their hidden fields, redirects. No JavaScript, as the pages need none."""

import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar


class PageProblem(Exception):
    """A page answered otherwise than the play expects."""


@dataclass
class Form:
    """One form of a page, with the values that it would send as it stands."""

    action: str
    method: str = "get"
    values: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    options: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Page:
    """What came back: address, status, text, forms, links, the h1."""

    url: str
    status: int
    text: str
    forms: list[Form]
    links: list[tuple[str, str]]
    heading: str
    errors: list[str]

    def form(self, *names: str) -> Form:
        """The first form that has all these fields."""
        for form in self.forms:
            if set(names) <= form.names:
                return form
        raise PageProblem(f"{self.url} has no form with {', '.join(names)}; it says: {self.heading}")

    def link(self, part: str) -> str:
        """The first link whose address contains `part`."""
        for href, _text in self.links:
            if part in href:
                return urllib.parse.urljoin(self.url, href)
        raise PageProblem(f"{self.url} has no link with {part}; it says: {self.heading}")


class Browser:
    """One person's browser."""

    def __init__(self, base_url: str, language: str = "en") -> None:
        self.base_url = base_url
        self._language = language
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, url: str) -> Page:
        """Open an address of this service."""
        return self._send(urllib.request.Request(urllib.parse.urljoin(self.base_url, url)))  # noqa: S310  # ours

    def submit(self, page: Page, form: Form, /, **values: str | list[str]) -> Page:
        """Send a form with these values in place of what stands in it. Field names may write `__` for `-`."""
        data = dict.fromkeys(name.replace("__", "-") for name in values)
        unknown = set(data) - form.names
        if unknown:
            raise PageProblem(f"{page.url}: the form has no field {', '.join(sorted(unknown))}: {sorted(form.names)}")
        pairs = [(name, value) for name, value in form.values if name not in data]
        for name, value in values.items():
            pairs += [(name.replace("__", "-"), each) for each in ([value] if isinstance(value, str) else value)]
        url = urllib.parse.urljoin(page.url, form.action or page.url)
        body = urllib.parse.urlencode(pairs)
        if form.method == "get":
            return self.get(f"{url}?{body}")
        request = urllib.request.Request(url, body.encode(), {"Referer": page.url})  # noqa: S310  # ours
        return self._send(request)

    def _send(self, request: urllib.request.Request) -> Page:
        request.add_header("Accept-Language", self._language)
        try:
            with self._opener.open(request, timeout=60) as response:
                page = _Reader.page(response.geturl(), response.status, response.read().decode(errors="replace"))
        except urllib.error.HTTPError as error:
            page = _Reader.page(request.full_url, error.code, error.read().decode(errors="replace"))
        if page.status >= 400 or page.errors:
            said = "; ".join(page.errors) or page.heading
            raise PageProblem(f"{page.url} answered {page.status}: {said}")
        return page


class _Reader(HTMLParser):
    """Collects forms, links and the heading of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.heading = ""
        self.errors: list[str] = []
        self._form: Form | None = None
        self._select = ""
        self._area: str | None = None
        self._text: list[str] = []
        self._in_errors = 0

    @classmethod
    def page(cls, url: str, status: int, text: str) -> Page:
        reader = cls()
        reader.feed(text)
        return Page(url, status, text, reader.forms, reader.links, reader.heading, reader.errors)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("h1", "a", "textarea"):
            self._text = []
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a":
            self.links.append((given.get("href", ""), ""))
        elif (self._form is not None and given.get("name")) or tag == "option":
            self._control(tag, given)
        if self._in_errors or "govuk-error-summary" in given.get("class", "").split():
            self._in_errors += tag == "div"
            self._text = [] if tag == "li" else self._text

    def _control(self, tag: str, given: dict[str, str]) -> None:
        form, name = self._form, given.get("name", "")
        if form is None:
            return
        if tag == "option":
            form.options.setdefault(self._select, []).append(given.get("value", ""))
            if "selected" in given:
                form.values.append((self._select, given.get("value", "")))
            return
        form.names.add(name)
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
        elif tag == "input":
            self._input(form, name, given)

    @staticmethod
    def _input(form: Form, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in ("radio", "checkbox"):
            form.options.setdefault(name, []).append(given.get("value", "on"))
            if "checked" not in given:
                return
        if kind not in ("submit", "button", "file"):
            form.values.append((name, given.get("value", "on" if kind == "checkbox" else "")))

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        said = " ".join("".join(self._text).split())
        if tag == "h1":
            self.heading = said
        elif tag == "a" and self.links:
            self.links[-1] = (self.links[-1][0], said)
        elif tag == "li" and self._in_errors:
            self.errors.append(said)
        elif tag == "textarea" and self._form is not None and self._area:
            self._form.values.append((self._area, "".join(self._text).removeprefix("\n")))
            self._area = None
        elif tag == "form":
            self._form = None
        if self._in_errors and tag == "div":
            self._in_errors -= 1
