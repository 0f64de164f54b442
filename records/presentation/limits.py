"""How long a statement may be, where the law says so."""

from django.utils.translation import gettext as _

from records.operations.statements import TooManyWords
from records.statement_limits import Limit


def word_limit(limit: Limit | None) -> str:
    """What stands beside the field before anybody writes; empty where there is no limit."""
    if limit is None:
        return ""
    said = _("Use at most %(most)s words. %(rule)s says so.") % {"most": limit.most, "rule": limit.rule}
    return _and_how_it_counts(said, limit)


def too_long(error: TooManyWords) -> str:
    """How many words there are, and how many there may be."""
    limit = error.limit
    said = _("This has %(counted)s words. Use at most %(most)s: %(rule)s says so.")
    told = said % {"counted": error.counted, "most": limit.most, "rule": limit.rule}
    return _and_how_it_counts(told, limit)


def _and_how_it_counts(said: str, limit: Limit) -> str:
    if not limit.by_character:
        return said
    return _("%(said)s %(more)s") % {"said": said, "more": _("Each Chinese character counts as a word.")}
