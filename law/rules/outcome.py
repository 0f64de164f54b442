"""What comes out: unverifiable, late, remedied, told on, put back, and said by the person."""

import re
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from law.clocks.terms import Span
from law.evidence import Listed, Names, Rule
from law.rules.course import LookBack
from law.rules.parties import Remedy
from law.rules.timing import ClockName
from law.texts import Strict, Text, Words

_CHARACTER: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


class Unverifiable(Rule):
    """What follows for a record and for a measure that nobody can show to be right."""

    record: Remedy | Literal["annotate", "restrict", "decide_on_burden"] | None
    measure: Remedy | Literal["decide_on_burden"] | None


# What follows from lateness. None of them is adverse to the person; law/consequences.yaml says who carries
# each one out and what the person is told.
Consequence = Literal[
    "tell_person",
    "tell_supervisor",
    "next_tier_opens",
    "deemed_admitted",
    "pay_per_day",
    "compensation",
    "delete",
    "lift",
    "report",
    "fine",
]


class Money(Strict):
    """An amount, in whole units of a currency (ISO 4217)."""

    amount: Annotated[int, Field(ge=1)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class DeadlineMissed(Rule):
    """What follows when one clock has run out. Several may follow at once."""

    clock: ClockName | Literal["review_decide"] = "decide"
    effects: Annotated[tuple[Consequence, ...], Listed, Field(min_length=1)]
    # For `next_tier_opens`: which one, if not the next.
    opens: Words | None = None
    per_day: Money | None = None

    @model_validator(mode="after")
    def _amount_is_named(self) -> Self:
        if ("pay_per_day" in self.effects) != (self.per_day is not None):
            raise ValueError("expected per_day with the effect pay_per_day, and only with it")
        return self


RemedyName = Literal[
    "correct",
    "complete",
    "delete",
    "detach",
    "annotate",
    "restrict",
    "block",
    "lift",
    "delist",
    "unpublish",
    "stop_sharing",
    "recompute",
    "decide_again",
    "restore_access",
    "restore_reputation",
    "apologise",
    "compensate",
]


class RemedyRule(Rule):
    """What the person can get in the end."""

    id: RemedyName
    text: Text | None = None


class Propagation(Rule):
    """Who is told of what was put right."""

    to: Literal[
        "all_recipients",
        "named_by_person",
        "recipients_with_accounting",
        "source",
        "every_agency",
        "authorities",
        "publication_channels",
        "downstream_platforms",
    ]
    look_back: tuple[LookBack, ...] = ()
    on_request: bool = False
    # What was computed from it is computed again.
    derived_too: bool = False
    unless: Text | None = None


class Reinsertion(Rule):
    """What must happen before something that was taken out may come back."""

    certified_by_source: bool = False
    # No coming back within this time.
    barred_for: Span | None = None
    # Somebody who cheated to get off the list starts anew: it acts against the person.
    fraud_restarts_term: bool = False


class Statement(Rule):
    """The person's own words that stay with the record after a rejection."""

    allowed: bool
    max_words: Annotated[int, Field(ge=1)] | None = None
    # The limit holds only for a person who was helped to write.
    limit_only_if_helped: bool = False
    # In a text without spaces between words, each Chinese character counts as one; else what has no space is one word.
    each_character_counts: bool = False
    # It goes with every later disclosure, and the holder may add its own words.
    carried: bool = True
    rebuttal: bool = False

    def word_limit(self, *, helped: bool) -> int | None:
        """The most words that the person may write, if there is a limit that was read."""
        applies = self.acts_against_person() and (helped or not self.limit_only_if_helped)
        return self.max_words if applies else None

    def words_in(self, text: str) -> int:
        """How many words a text has, as this rule counts them."""
        if self.each_character_counts:
            text = _CHARACTER.sub(r" \g<0> ", text)
        return sum(any(letter.isalnum() for letter in each) for each in text.split())


class Sanction(Rule):
    """What a holder that breaks the rules may have to pay. Only shown."""

    kind: Literal["fine", "damages", "per_day", "statutory_damages"]
    text: Text


class RepairCondition(Rule):
    """What has to be so before a repair or a delisting can be granted."""

    id: Words
    text: Text
    for_classes: Names = ()


__all__ = [
    "Consequence",
    "DeadlineMissed",
    "Listed",
    "Money",
    "Propagation",
    "Reinsertion",
    "RemedyName",
    "RemedyRule",
    "RepairCondition",
    "Sanction",
    "Statement",
    "Unverifiable",
]
