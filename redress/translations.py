"""The catalogue of texts: found in our sources, checked against the translations, compiled.

Works without the gettext tools, which many machines lack, and without a database.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PACKAGES = ("redress", "appeals", "records", "accounts", "delivery", "law", "audit")
TEMPLATE_SUFFIXES = {".html", ".txt", ".typ"}

# Which arguments of a call are texts: (context, singular, plural), as places in the call.
CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


class Text(NamedTuple):
    """One text to translate: what gettext looks up."""

    context: str | None
    singular: str
    plural: str | None = None

    @property
    def key(self) -> tuple[str | None, str]:
        """Gettext knows a text by its context and its singular; the plural is only another form of it."""
        return self.context, self.singular

    @property
    def named(self) -> str:
        return f"{self.singular!r}" + (f" (context {self.context!r})" if self.context else "")


class Place(NamedTuple):
    path: str
    line: int


Found = dict[tuple[str | None, str], tuple[Text, list[Place]]]


class ExtractionError(Exception):
    """A text cannot be found by reading the source, for example one put together at run time."""


def from_python(source: str, path: str) -> Iterator[tuple[Text, int]]:
    """The texts of gettext calls, with their lines. Names imported `as` something else are followed."""
    try:
        tree = ast.parse(source, path)
    except SyntaxError as problem:
        raise ExtractionError(f"{path}:{problem.lineno}: not Python that can be read: {problem.msg}") from problem
    names = {name: name for name in CALLS}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django.utils.translation"):
            names.update({alias.asname: alias.name for alias in node.names if alias.asname})
    for node in ast.walk(tree):
        shape = CALLS.get(names.get(_called_name(node.func), "")) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and shape and (text := _text_of(node, shape, path)):
            yield text, node.lineno


def _called_name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _text_of(call: ast.Call, shape: tuple[int | None, int, int | None], path: str) -> Text | None:
    """The text that a call marks. None for a variable: that only looks up what is marked elsewhere."""
    parts: list[str | None] = []
    for place in shape:
        argument = call.args[place] if place is not None and place < len(call.args) else None
        if place is None:
            parts.append(None)
        elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            parts.append(argument.value)
        elif isinstance(argument, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
            return None
        else:
            raise ExtractionError(f"{path}:{call.lineno}: a text that is put together cannot be translated")
    return Text(parts[0], parts[1] or "", parts[2])


_TEMPLATE_CALL = re.compile(r"\b(?:n?p?gettext|_)\((?=u?['\"])")


def from_template(source: str, path: str) -> Iterator[tuple[Text, int]]:
    """The texts of a template. Django itself turns its tags into gettext calls, which are then read."""
    calls = templatize(source, origin=path)
    for match in _TEMPLATE_CALL.finditer(calls):
        call = _balanced(calls, match.start())
        line = calls.count("\n", 0, match.start()) + 1
        for text, _ in from_python(call, path):
            yield text, line


def _balanced(source: str, start: int) -> str:
    """The call that begins at `start`, up to the first bracket at which it can be parsed."""
    end = start
    while True:
        end = source.find(")", end) + 1
        if end == 0:
            raise ExtractionError(f"An unfinished translation: {source[start : start + 60]!r}")
        try:
            ast.parse(source[start:end])
        except SyntaxError:
            continue
        return source[start:end]


def extract(root: Path, packages: Iterable[str] = PACKAGES) -> Found:
    """All texts of our packages, each with the places where it stands."""
    found: Found = {}
    for package in packages:
        for path in sorted((root / package).rglob("*")):
            in_templates = "templates" in path.parts and path.suffix in TEMPLATE_SUFFIXES
            if "migrations" in path.parts or not (path.suffix == ".py" or in_templates):
                continue
            reader = from_template if in_templates else from_python
            name = path.relative_to(root).as_posix()
            for text, line in reader(path.read_text(encoding="utf-8"), name):
                known, places = found.setdefault(text.key, (text, []))
                if text.plural and not known.plural:
                    found[text.key] = (text, places)
                places.append(Place(name, line))
    return found


def load(po: Path, locale: str) -> Catalog:
    if not po.is_file():
        return Catalog(locale=locale)
    with po.open("rb") as file:
        return read_po(file, locale=locale)


def updated(catalog: Catalog, found: Found) -> Catalog:
    """The same translations for the texts that exist now; new texts come untranslated, old ones go."""
    fresh = Catalog(locale=catalog.locale, project="Redress", fuzzy=False, header_comment="# Translations of Redress.")
    for text, places in found.values():
        old = catalog.get(text.singular, text.context)
        translation = old.string if old else None
        if text.plural and not isinstance(translation, tuple | list):
            translation = (translation,) if translation else None
        # Lines are left out: they would change in every commit without telling anybody anything.
        paths = [(name, None) for name in sorted({place.path for place in places})]
        identifier = (text.singular, text.plural) if text.plural else text.singular
        fresh.add(
            identifier,
            translation,
            locations=paths,  # type: ignore[arg-type]  # Babel's own writer accepts a missing line
            flags=(old.flags & {"fuzzy"}) if old else (),
            context=text.context,
            user_comments=old.user_comments if old else (),
        )
    return fresh


def faults(catalog: Catalog, found: Found) -> list[str]:
    """Sentences about what is missing, left over, uncertain, empty, or has other placeholders."""
    said: list[str] = []
    left_over = {_key(message): message for message in catalog if message.id}
    for key, (text, places) in found.items():
        fault = _fault(text, left_over.pop(key)) if key in left_over else "missing"
        if fault:
            said.append(f"{fault}: {text.named} ({places[0].path}:{places[0].line})")
    return said + [f"no longer used: {singular!r}" for _, singular in left_over]


def _key(message: Message) -> tuple[str | None, str]:
    return message.context, message.id[0] if isinstance(message.id, list | tuple) else message.id


def _fault(text: Text, message: Message) -> str:
    strings = message.string if isinstance(message.string, list | tuple) else [message.string]
    complete = [string for string in strings if string]
    if not strings or len(complete) < len(strings):
        return "not translated"
    if message.fuzzy:
        return "uncertain (fuzzy)"
    # The plural's: "One day left" may do without the number that "%(n)s days left" has.
    wanted = set(PLACEHOLDER.findall(text.plural or text.singular))
    return "" if all(set(PLACEHOLDER.findall(each)) == wanted for each in complete) else "other placeholders"


def to_po(catalog: Catalog) -> bytes:
    """The .po file: without dates and authors, so that it changes only when a text does."""
    buffer = BytesIO()
    write_po(buffer, catalog, width=110, omit_header=True, sort_output=True)
    header = (
        f'msgid ""\nmsgstr ""\n"Language: {catalog.locale}\\n"\n"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalog.plural_forms}\\n"\n\n'
    )
    return header.encode() + buffer.getvalue()


def compile_po(po: Path, locale: str) -> bool:
    """Write the .mo beside it. False if it is there and no older."""
    mo = po.with_suffix(".mo")
    if mo.is_file() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns:
        return False
    catalog = load(po, locale)
    scratch = mo.with_suffix(".mo.new")
    with scratch.open("wb") as file:
        write_mo(file, catalog)
    scratch.replace(mo)  # never half a file under the name that Django reads
    return True
