"""What a page shows of entries that have left somebody's file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from records import catalogue
from records.models import Record, RecordState
from records.own_file import Left
from records.presentation import words
from records.presentation.fields import Line, lines
from records.presentation.traces import Looked, Received, looked, organisation, received


@dataclass(frozen=True, slots=True)
class Gone:
    """One entry that has left the file. `why`: a sentence; `lines`: what it said, where it may still be read."""

    title: str
    programme: str
    source: str
    why: str
    lines: Sequence[Line]
    received: Sequence[Received]
    looked: Sequence[Looked]


def left(entry: Left) -> Gone:
    """An entry that has left the file, in the reader's language."""
    record = entry.record
    programme = catalogue.programme(record.programme)
    kind = programme.types[record.type]
    return Gone(
        title=kind.title.of(words.reader()),
        programme=programme.title.of(words.reader()),
        source=organisation(record.source.name),
        why=_why(record, entry.since, programme.time_zone),
        lines=lines(kind, entry.said.values) if entry.said else (),
        received=received(entry.received),
        looked=looked(entry.looked),
    )


def _why(record: Record, since: datetime | None, zone: str) -> str:
    when = {"when": words.moment(since, zone)} if since else None
    match record.state:
        case RecordState.WITHDRAWN:
            said = _("Its source took it back on %(when)s. Nobody receives it any more.") % when if when else ""
            return said or _("Its source took it back. Nobody receives it any more.")
        case RecordState.SEALED:
            said = _("It was deleted on %(when)s. Your case says why.") % when if when else ""
            return said or _("It was deleted. Your case says why.")
    return _("The time for which it may be kept is over. What it said was destroyed or locked away.")
