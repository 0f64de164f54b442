"""The benchmarks of due process, and how a file answers to each."""

from typing import Literal, Self, get_args

from pydantic import model_validator

from law.texts import Strict, Text, Words

# What is promised as it stands, without a number or a choice. The words are those of the safeguard.
GuaranteeName = Literal[
    "evidence_access",
    "hearing",
    "representation",
    "human_decides",
    "on_the_record",
    "propagation",
    "no_retaliation",
    "free",
]

SafeguardName = Literal[
    "notice",
    "reasons",
    "evidence_access",
    "hearing",
    "representation",
    "other_decider",
    "human_decides",
    "on_the_record",
    "time_limit",
    "higher_tier",
    "effective_remedy",
    "no_retaliation",
    "free_and_open",
]
SAFEGUARDS: tuple[SafeguardName, ...] = get_args(SafeguardName)


class Safeguard(Strict):
    """One benchmark of due process: the rule of this file that gives it, or the law that is silent."""

    text: Text
    given_by: Words | None = None
    # The test that runs the rule, if not the one of `law/safeguards.yaml`.
    tested_by: Words | None = None
    law_silent: Words | None = None

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if (self.given_by is None) == (self.law_silent is None):
            raise ValueError("expected either given_by (a rule of this file) or law_silent (a citation)")
        if self.law_silent is not None and self.tested_by is not None:
            raise ValueError("expected tested_by only together with given_by")
        return self
