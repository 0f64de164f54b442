"""The limit for a statement on an entry, from the procedures under which the entry can be disputed."""

from datetime import datetime
from typing import TYPE_CHECKING

from law import procedures
from records.statement_limits import Limit

if TYPE_CHECKING:
    from records.models import Record


def of_record(record: "Record", at: datetime) -> Limit | None:
    """The mildest limit that applies: `settings.RECORDS_STATEMENT_LIMIT_BY` names this.

    A limit takes something from the person, so only one that was read counts (law/evidence.py, Note [Evidence]), and
    none does where one procedure of several sets none. Nobody here helps the person to write, so that a limit for
    those who were helped applies to nobody.
    """
    found = procedures.open_for(programme=record.programme, type=record.type, subject_kind=record.subject.kind, on=at)
    rules = [each.statement for each in found if each.statement.allowed]
    limits = [(rule.word_limit(helped=False), rule) for rule in rules]
    if not limits or any(most is None for most, _ in limits):
        return None
    most, rule = max(limits, key=lambda each: each[0] or 0)
    assert most is not None
    return Limit(most, rule.words_in, rule.each_character_counts, rule.cite)
