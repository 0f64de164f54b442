"""Who may ask, for what, why, and where: scope, standing, request types, grounds, documents, fees."""

from typing import Annotated, Literal

from pydantic import Field

from law.evidence import Listed, Names, Rule
from law.texts import Strict, Text, Words

Remedy = Literal["correct", "delete", "detach", "lift"]
Thing = Literal["record", "measure"]
SubjectKind = Literal["person", "organisation"]
# What a decision may do to each kind of thing.
REMEDIES: dict[Thing, tuple[Remedy, ...]] = {"record": ("correct", "delete", "detach"), "measure": ("lift",)}

# `repair` concedes that the fact is right and shows that it was put right; a dispute denies it.
RequestType = Literal[
    "access",
    "correct",
    "complete",
    "delete",
    "annotate",
    "restrict",
    "block",
    "object",
    "explain",
    "human_review",
    "complain",
    "repair",
    "delist",
    "reconsider",
]
# How grave a thing is, in the words of the programmes' catalogues: what `needed_for` and variants may name.
CLASSES: tuple[str, ...] = ("minor", "general", "serious")
StandingName = Literal[
    "self",
    "company",
    "representative",
    "lawyer",
    "guardian",
    "minor_alone",
    "heir",
    "close_relative",
    "association",
    "provider",
    "notice_submitter",
    "hit_by_measure_of_another",
]


class OpensFor(Strict):
    """A programme, and what in it may be contested under this procedure."""

    programme: Words
    types: tuple[Words, ...] | Literal["any"] = ()
    measures: tuple[Words, ...] | Literal["any"] = ()

    def takes(self, *, type: str | None, measure: str | None) -> bool:
        """Whether this thing may be contested: the measure if one is named, else the record's type."""
        wanted, offered = (type, self.types) if measure is None else (measure, self.measures)
        return wanted is not None and (offered == "any" or wanted in offered)


class Who(Rule):
    """Whose data it must be."""

    kinds: Annotated[tuple[SubjectKind, ...], Field(min_length=1)]


class Standing(Rule):
    """Why somebody may file at all, and what they have to show for it."""

    capacity: StandingName
    needs: Names = ()


class Exclusion(Rule):
    """Something that cannot be contested here. It acts against the person."""

    id: Words
    text: Text


class Request(Rule):
    """What may be asked for."""

    type: RequestType


class Addressee(Rule):
    """To whom one may turn; `no_wrong_door`: whoever is asked first must see to it."""

    choice: Annotated[tuple[Literal["holder", "source", "recipient"], ...], Listed, Field(min_length=1)]
    no_wrong_door: bool = False


class GroundRule(Rule):
    """A ground that the procedure hears, and what may follow when it is right."""

    id: Words
    remedies: Annotated[tuple[Remedy, ...], Listed, Field(min_length=1)]
    # For which requests it is heard; for all if none is named.
    requests: Annotated[tuple[RequestType, ...], Listed] = ()


class Document(Rule):
    """A paper that an application needs. Asking for it acts against the person: see `Procedure.documents_for`."""

    id: Words
    text: Text
    # The classes or requests for which it is needed; always, if none is named.
    needed_for: Names = ()
    # What gives it: a file, or what one says anyway when one files: the things, the words about each of them.
    given_by: Literal["file", "things", "words"] = "file"
    # `asked_for`: a person asks for it under the rule on what is incomplete. `not_accepted`: nothing is filed before it
    # is there, or before the one who files has said why it cannot be; then a person decides what follows.
    if_missing: Literal["asked_for", "not_accepted"] = "asked_for"


class Fee(Rule):
    """What it costs. Anything but `free` acts against the person."""

    kind: Literal["free", "free_per_year", "copies_only", "nominal", "if_excessive", "loser_pays"]
    free_per_year: Annotated[int, Field(ge=1)] | None = None
