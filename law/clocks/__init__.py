"""Counting days: rules with their terms, the ledger of one clock, and the due date that follows from both.

`terms` holds the words in which a period is written, `ledger` what happened to one clock, `counting` the
arithmetic of days on one calendar, `told` a due date and what the person was told, `deadline` the whole.
"""

from law.clocks.counting import Step, Value
from law.clocks.deadline import Holds, NotStarted, deadline, due
from law.clocks.ledger import Entry, started
from law.clocks.terms import (
    Counted,
    Event,
    Extension,
    FirstDay,
    Latest,
    LongStop,
    MonthEnd,
    Pause,
    Reading,
    Roll,
    Span,
    Start,
    Term,
    Timed,
    Unit,
)
from law.clocks.told import Due

__all__ = [
    "Counted",
    "Due",
    "Entry",
    "Event",
    "Extension",
    "FirstDay",
    "Holds",
    "Latest",
    "LongStop",
    "MonthEnd",
    "NotStarted",
    "Pause",
    "Reading",
    "Roll",
    "Span",
    "Start",
    "Step",
    "Term",
    "Timed",
    "Unit",
    "Value",
    "deadline",
    "due",
    "started",
]
