"""The clocks of a procedure, and how its days are counted."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from law.clocks.terms import Counted, FirstDay, MonthEnd, Pause, PauseReason, Reading, Roll, Start, Term, Timed, Unit
from law.evidence import Listed, Rule
from law.texts import Text

# `deemed_service` is no clock of the file: it stands in `service`, and is counted like one.
# `review_file_by` and `review_decide` are those of the next tier: they stand in `tiers`.
ClockName = Literal[
    "file_by",
    "acknowledge",
    "accept",
    "cure",
    "notify_source",
    "source_reply",
    "forward",
    "mark",
    "block",
    "decide",
    "notify_result",
    "notify_refusal",
    "correct",
    "propagate",
    "notify_reinsertion",
    "describe",
    "explain",
    "statement_by",
    "resume_after_service",
    "pay",
    "publish_end",
    "delist_after",
]

# Clocks that end something for the person. All the others bind somebody else, for the person's good.
BINDS_PERSON: frozenset[str] = frozenset({"file_by", "review_file_by", "cure", "statement_by", "delist_after"})
# Once told, these days never move earlier; all others never later (law/clocks/told.py, Note [Told dates]).
NOT_EARLIER: frozenset[str] = frozenset(
    {"file_by", "review_file_by", "cure", "statement_by", "resume_after_service", "deemed_service"}
)
# These run out by themselves: nobody has to act on the last day, so it needs no safe day before it, and
# it does not move for a day off unless the clock itself says so.
ENDS_BY_ITSELF: frozenset[str] = frozenset({"publish_end", "delist_after"})


class Counting(Rule):
    """How days are counted wherever a clock says nothing else."""

    first_day: FirstDay = "exclusive"
    roll: Roll = "none"
    month_end: MonthEnd = "last_day"
    # The lengths for which "day" means a working day; for all others it means a calendar day.
    working_day_lengths: tuple[int, ...] = ()
    # What was posted before the last day ends is in time, whenever it arrives.
    posting_counts: bool = False
    day_ends: Literal["midnight", "office_close"] = "midnight"
    # Of a rule that as a whole was not read: what of it was.
    parts_read: Annotated[tuple[Literal["unit", "roll", "month_end"], ...], Listed] = ()

    @model_validator(mode="after")
    def _parts_of_what_was_not_read(self) -> Self:
        if self.parts_read and self.evidence == "read":
            raise ValueError("expected no parts_read where the whole rule was read")
        return self

    def applied_to(self, term: Term) -> Counted:
        """The term with what it leaves out filled in."""
        unit: Unit = term.unit
        if unit == "day":
            unit = "working_day" if term.length in self.working_day_lengths else "calendar_day"
        return Counted(
            length=term.length,
            unit=unit,
            first_day=term.first_day or self.first_day,
            roll=term.roll or self.roll,
            month_end=term.month_end or self.month_end,
            other_reading=term.other_reading,
            unmoved=self._unmoved(term, unit),
        )

    def _unmoved(self, term: Term, unit: Unit) -> Reading | None:
        """How the term ends without what only this rule says, if its words were not read and it would end earlier."""
        if self.acts_against_person():
            return None
        unread = {"unit", "roll", "month_end"}.difference(self.parts_read)
        rolls = "roll" in unread and term.roll is None and self.roll == "next_working_day"
        goes_on = "month_end" in unread and term.month_end is None and self.month_end == "first_of_next"
        is_working = "unit" in unread and term.unit == "day" and unit == "working_day"
        if not (rolls or goes_on or is_working):
            return None
        return Reading(
            unit="calendar_day" if is_working else None,
            roll="none" if rolls else None,
            month_end="last_day" if goes_on else None,
            cite=self.cite,
        )


class Excuse(Rule):
    """What happens to a window that was missed for a good reason."""

    reasons: Annotated[tuple[PauseReason, ...], Listed, Field(min_length=1)]
    # `counts_on`: the window stands still while the obstacle lasts, and then runs on.
    effect: Literal["counts_on", "human_decides"]

    def as_pause(self) -> Pause:
        """The pause that an excuse amounts to."""
        return Pause.model_validate(self.model_dump(exclude={"effect"}))


class Variant(Rule):
    """The same clock for one class of cases. What it does not say, it takes from the clock.

    `fixed`: another law sets this time, so that what makes the clock longer or lets it stand still does not touch it.
    """

    text: Text
    start: Start | None = None
    length: Annotated[int, Field(ge=1)] | None = None
    unit: Unit | None = None
    first_day: FirstDay | None = None
    roll: Roll | None = None
    other_reading: Reading | None = None
    fixed: bool = False

    @model_validator(mode="after")
    def _length_is_whole(self) -> Self:
        if (self.length is None) != (self.unit is None):
            raise ValueError("expected length and unit together, or neither")
        return self


class Clock(Rule, Term, Timed):
    """A deadline: how long, from what, how the days are counted, and what pauses or extends it."""

    # Who has to act; the person, the holder, the source … Only shown.
    actor: Literal["person", "holder", "source", "recipient", "tier", "publisher"] | None = None
    excuse: Excuse | None = None
    variants: dict[str, Variant] = {}

    def varied(self, name: str) -> "Clock":
        """The clock for one class of cases. Raises `KeyError` for a class that it does not have."""
        variant = self.variants[name]
        said = {key: getattr(variant, key) for key in Variant.model_fields if key in variant.model_fields_set}
        if said.pop("fixed", False):
            said |= {"extensions": (), "pauses": (), "long_stop": None}
        source = {key: getattr(variant, key) for key in Rule.model_fields}
        return self.model_copy(update={**said, **source, "variants": {}})


class Deemed(Rule, Term):
    """When an unopened decision counts as having reached the person."""

    only_confirmed_contact: Literal[True]


class Retention(Rule):
    """How long something of one class is kept, published or reported: at least, at most, or both."""

    id: str
    text: Text
    of: Literal["keep", "publish", "report"]
    start: Start
    at_least: Term | None = None
    at_most: Term | None = None
    ends: Literal["by_itself", "on_application"] = "by_itself"

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("expected at_least, at_most or both")
        return self
