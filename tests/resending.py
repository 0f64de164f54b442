"""A source that sends a record once more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.actors import SERVICE
from audit import keys
from records import catalogue
from records.importing import Imported, import_one
from records.models import Record
from tests import samples
from tests.factories import AT


def send_again(
    record: Record, *, at: datetime = AT + timedelta(days=1), measures: Sequence[str] = (), **values: Any
) -> Imported:
    """Import the record again; `values` replace those of the sample, None takes one away. Raises `Refused`."""
    source, programme = record.source.code, catalogue.programme(record.programme)
    line = samples.line(record.programme, record.type, measures, values, source=source, ref=record.source_ref)
    known = record.subject.identifiers.filter(scheme__in=programme.identifiers)
    line["subject"]["kind"] = record.subject.kind
    line["subject"]["identifiers"] = [
        {"scheme": each.scheme, "value": keys.open_sealed(record.subject_id, each.sealed).decode()} for each in known
    ]
    return import_one(programme, line, source=source, by=SERVICE, at=at)
