"""From what is held to what a page shows: plain functions over `queries.Held` and `own_file.Story`.

Nothing is looked up or opened here. All words come out in the active language.
"""

from records.presentation.cards import Card, Group, Listed, TypeGroup, card, groups, overview
from records.presentation.effects import Effect, Marked, Own, effect, effects, marked, measure_title, stated
from records.presentation.fields import Change, Line, changes, lines, names_listed, principal, title, value
from records.presentation.gone import Gone, left
from records.presentation.kept import Keeping, afterwards, keeping
from records.presentation.limits import too_long, word_limit
from records.presentation.origins import Ground, ground, origin
from records.presentation.rules import ProgrammeRules, TypeRules, programme_rules, type_rules
from records.presentation.search import LONGEST, found_in, terms
from records.presentation.traces import (
    Happened,
    Looked,
    Received,
    VersionShown,
    carried,
    happened,
    history,
    looked,
    organisation,
    purpose,
    received,
    validity,
)
from records.presentation.words import currency, day, lang_of, listed, local_day, moment, money, percent, reader, spoken

__all__ = [
    "LONGEST",
    "Card",
    "Change",
    "Effect",
    "Gone",
    "Ground",
    "Group",
    "Happened",
    "Keeping",
    "Line",
    "Listed",
    "Looked",
    "Marked",
    "Own",
    "ProgrammeRules",
    "Received",
    "TypeGroup",
    "TypeRules",
    "VersionShown",
    "afterwards",
    "card",
    "carried",
    "changes",
    "currency",
    "day",
    "effect",
    "effects",
    "found_in",
    "ground",
    "groups",
    "happened",
    "history",
    "keeping",
    "lang_of",
    "left",
    "lines",
    "listed",
    "local_day",
    "looked",
    "marked",
    "measure_title",
    "moment",
    "money",
    "names_listed",
    "organisation",
    "origin",
    "overview",
    "percent",
    "principal",
    "programme_rules",
    "purpose",
    "reader",
    "received",
    "spoken",
    "stated",
    "terms",
    "title",
    "too_long",
    "type_rules",
    "validity",
    "value",
    "word_limit",
]
