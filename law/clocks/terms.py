"""The words in which a period of time is written: how long, from what, what makes it longer.

All of it is data for `law.clocks.deadline`; nothing here counts.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from law.evidence import Listed, Rule
from law.texts import Strict, Words

# `day` is a working day or a calendar day as the file's `counting` says; `business_day` is the word of US
# law for a working day.
Unit = Literal["day", "calendar_day", "working_day", "business_day", "week", "month", "year"]
FirstDay = Literal["inclusive", "exclusive"]
Roll = Literal["none", "next_working_day"]
MonthEnd = Literal["last_day", "first_of_next"]

# What can start a clock, or happen while it runs.
Event = Literal[
    "started",
    "received",
    "received_by_competent_office",
    "identity_received",
    "information_received",
    "fee_paid",
    "proof_complete",
    "requested",
    "accepted",
    "asked",
    "forwarded",
    "completed",
    "decided",
    "found_wrong",
    "sent",
    "served",
    "informed",
    "known",
    "acted",
    "published",
    "listed",
    "registered",
    "reinserted",
    "conduct_ended",
    "decision_effective",
    "action_taken",
    "resolved",
    "expired",
    "review_received",
    "review_accepted",
]

PauseReason = Literal[
    "identity_check",
    "clarification",
    "third_party_consultation",
    "expert_opinion",
    "death",
    "incapacity",
    "missing_person",
    "entity_ended",
    "force_majeure",
    "mediation",
    "legal_question",
    "other_case_first",
    "good_reason",
    "illness",
    "not_told",
    "detention",
]
ExtensionReason = Literal[
    "complexity",
    "number_of_requests",
    "new_information",
    "agreement",
    "good_cause",
    "checking_needed",
]


class Span(Strict):
    """A bare length of time."""

    length: Annotated[int, Field(ge=1)]
    unit: Unit


class Reading(Strict):
    """Another way in which the rule is read, and by whom. What it does not say, it reads like the rule."""

    length: Annotated[int, Field(ge=1)] | None = None
    unit: Unit | None = None
    first_day: FirstDay | None = None
    roll: Roll | None = None
    month_end: MonthEnd | None = None
    cite: Words


class Term(Strict):
    """The countable part of a rule. What is left out is filled in by the file's `counting`."""

    length: Annotated[int, Field(ge=1)]
    unit: Unit
    first_day: FirstDay | None = None
    roll: Roll | None = None
    month_end: MonthEnd | None = None
    other_reading: Reading | None = None


class Counted(Term):
    """A term with what it left out filled in by a file's `counting`.

    `unmoved`: how it ends without what only an unread `counting` says, where that would end it earlier.
    """

    unmoved: Reading | None = None


class Extension(Rule):
    """Who may make a period longer, by how much, and what must have been said by when.

    `length` and `unit` are added; `total` is the longest that the whole period may become, from its start.
    With `total` alone the new day is told with the extension, and is `total` at most. With neither the law
    sets no number, and the new day stands in the ledger.
    """

    reason: ExtensionReason
    by: Literal["holder", "approval", "head_of_agency", "agreement", "new_information", "tier"]
    length: Annotated[int, Field(ge=1)] | None = None
    unit: Unit | None = None
    total: Span | None = None
    at_most: Annotated[int, Field(ge=1)] = 1
    # By when the person must be told: by the end of the period as it was, within a time from its start,
    # or at any time (where the person agrees).
    notice: Literal["end", "any_time"] | Span = "end"
    with_reasons: bool = True
    # An event that makes the period longer by itself, if it happens while the period runs.
    trigger: Event | None = None
    # Events that rule the extension out, if they happen while the period runs.
    blocked_if: Annotated[tuple[Event, ...], Listed] = ()

    @model_validator(mode="after")
    def _length_is_whole(self) -> Self:
        if (self.length is None) != (self.unit is None):
            raise ValueError("expected length and unit together, or neither")
        if self.trigger is not None and self.length is None and self.total is None:
            raise ValueError("expected length or total: what makes it longer by itself must say by how much")
        return self

    def acts_on_decider(self) -> bool:
        """Whether the decider may use it: it was read, or the person is the one who agrees."""
        return self.acts_against_person() or (self.by == "agreement" and self.acts_for_person())


class Pause(Rule):
    """Why a clock may stand still, and which days then do not count.

    `first_day` is the day on which it stops, `last_day` the day on which it goes on. `ends_with` is an event
    that lets it go on by itself.
    """

    reasons: Annotated[tuple[PauseReason, ...], Listed, Field(min_length=1)]
    first_day: Literal["excluded", "counted"] = "excluded"
    last_day: Literal["excluded", "counted"] = "counted"
    at_most: Span | None = None
    ends_with: Event | None = None


class LongStop(Rule):
    """The day after which a window is over whatever else is true: counted from an event of its own."""

    start: Event
    length: Annotated[int, Field(ge=1)]
    unit: Unit


class Latest(Strict):
    """A start that waits for the last of several events."""

    latest_of: Annotated[tuple[Event, ...], Field(min_length=2)]


Start = Event | Latest


class Timed(Strict):
    """A period that can be paused, made longer, and cut off."""

    start: Start
    extensions: tuple[Extension, ...] = ()
    pauses: tuple[Pause, ...] = ()
    long_stop: LongStop | None = None

    @property
    def starts(self) -> tuple[Event, ...]:
        """The events that start the period: the latest of them does."""
        return self.start.latest_of if isinstance(self.start, Latest) else (self.start,)


__all__ = [
    "Counted",
    "Event",
    "Extension",
    "ExtensionReason",
    "FirstDay",
    "Latest",
    "LongStop",
    "MonthEnd",
    "Pause",
    "PauseReason",
    "Reading",
    "Roll",
    "Span",
    "Start",
    "Term",
    "Timed",
    "Unit",
]
