"""Finding an entry by words: only in what its subject may see of it, so that a search never tells what is withheld."""

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from records.catalogue import Text
from records.presentation import fields, origins, traces
from records.queries import Held

LONGEST = 100  # characters of what somebody looks for


def terms(text: str) -> list[str]:
    """What somebody typed as the words that an entry must all have."""
    return _plain(text).split()


def found_in(held: Held, wanted: list[str]) -> list[str] | None:
    """The titles of the lines that have one of these words; None unless each stands somewhere in the entry."""
    lines = [(title, _plain(text)) for title, text in _lines(held)]
    if not all(any(word in text for _title, text in lines) for word in wanted):
        return None
    return list(dict.fromkeys(title for title, text in lines if any(word in text for word in wanted)))


def _lines(held: Held) -> Iterator[tuple[str, str]]:
    """Everything that the entry's page shows, as title and text; values also as they were sent."""
    yield _("What it is"), " ".join([*_both(held.type.title), *_both(held.programme.title)])
    for shown in held.type.for_subject(held.said.values):
        if shown.info.visible == "subject":
            written = fields.value(held.type, shown.name, shown.value)
            yield fields.title(held.type, shown.name), " ".join([written, *_raw(shown.value)])
    for line in origins.origin(held.type, held.said.provenance):
        if not line.hidden:
            yield line.key, f"{line.value} {held.said.provenance.get(line.name, '')}"
    yield _("Sent by"), " ".join(held.record.source.name.values())
    yield _("Their reference"), held.record.source_ref
    yield _("Valid"), traces.validity(held.version.valid_from, held.version.valid_to)
    for measure in held.measures:
        yield _("What it does to you"), " ".join(_both(held.programme.measures[measure.type].title))


def _raw(value: Any) -> Iterable[str]:
    return map(str, value) if isinstance(value, list) else [str(value)]


def _both(text: Text) -> tuple[str, str]:
    return text.en, text.zh


def _plain(text: str) -> str:
    """Wide forms, case and separators of thousands do not matter."""
    return unicodedata.normalize("NFKC", text).casefold().replace("\0", " ")
