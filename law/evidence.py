"""Where a rule comes from, and what that lets it do.

# Note [Evidence]
`read`: somebody read the operative words. `reported`: a regulator, a court or a firm says so. `unread`:
known from memory. What was not read never acts against the person. It may act for the person once the
holder adopts it, as one adopts a promise: then the holder keeps it whatever the words turn out to be.

So a rule that gives something asks `acts_for_person`, and a rule that takes something, or says that
nothing is given, asks `acts_against_person`. Whoever adds a rule decides which of the two it is.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from law.texts import Strict, Words


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


# One word or a list of words: both are natural in a file.
Listed = BeforeValidator(_as_tuple)


class Rule(Strict):
    """What every rule says about itself. See Note [Evidence]."""

    cite: Words
    basis: Literal["law", "service"]
    evidence: Literal["read", "reported", "unread"]
    adopted_by: Words | None = None
    adopted_on: date | None = None

    def acts_for_person(self) -> bool:
        """Whether the rule may give the person something: it was read, or the holder adopted it."""
        return self.evidence == "read" or self.adopted_by is not None

    def acts_against_person(self) -> bool:
        """Whether the rule may take something from the person: only if its words were read."""
        return self.evidence == "read"

    @model_validator(mode="after")
    def _adoption_is_whole(self) -> Self:
        if (self.adopted_by is None) != (self.adopted_on is None):
            raise ValueError("expected adopted_by and adopted_on together, or neither")
        return self


class Switch(Rule):
    """A safeguard that is given or not. Saying that it is *not* given acts against the person."""

    applies: bool

    def in_effect(self) -> bool:
        """Whether the person has the safeguard; an unread *no* does not take it away."""
        return self.acts_for_person() if self.applies else not self.acts_against_person()


Names = Annotated[tuple[Words, ...], Listed]
