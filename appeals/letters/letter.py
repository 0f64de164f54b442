"""What a decision letter says. All texts stand in the letter's language already."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one contested thing of the case."""

    title: str
    """The thing: a record, one field of it, a measure."""
    ground: str
    """What the person said is wrong: the title of the ground."""
    outcome: str
    """The title of the outcome."""
    reasons: str
    """Why. Blank lines part paragraphs."""
    changes: str
    """What is changed now, or that nothing is."""


@dataclass(frozen=True, slots=True)
class NextTier:
    """Where the person can go next. `until`: by when, counted from what, by which rule. `further`: where after that."""

    text: str
    until: tuple[str, ...] = ()
    further: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """Who answers for the decision. Staff appear by role and stable number, never by name."""

    role: str
    number: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One decision as its person reads it. `addressee` is a name only, unless it is posted."""

    language: str
    """A code of `settings.LANGUAGES`."""
    reference: str
    programme: str
    holder: str
    addressee: str
    procedure: str
    filed_on: date
    decided_on: date
    answers: tuple[Answer, ...]
    next_steps: tuple[str, ...]
    signature: Signature
    looked_at: tuple[str, ...] = ()
    """What those who decided had before them."""
    standing: str = ""
    """Why whoever filed the case may do so; empty where it was the person themselves."""
    next_tier: NextTier | None = None
    address: tuple[str, ...] = ()
    """Lines of the envelope, on a letter that is printed to be posted; never on the one that is shown."""
    checkpoint: str = ""
    """A line of the audit log by which the decision can be checked later."""
