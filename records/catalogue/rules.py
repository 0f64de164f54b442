"""The rules of a record type: how it may have come about, how long it is kept, what is refused."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from records.catalogue.base import Basis, Duration, Evidence, Model, Name, Text, Words


class CatalogueEntry(Model):
    """Entry of the National Basic Catalogue of Public Credit Information that a record type belongs to."""

    edition: int = Field(ge=2000, le=2100)
    entry: Words
    evidence: Evidence


# Where a day stands in a record: a field, a fact about where it came from, or the days for which it holds.
DayPath = Annotated[
    str, StringConstraints(pattern=r"^(valid_from|valid_to|(values|provenance)\.[a-z][a-z0-9_]*)$", max_length=80)
]


class Retention(Model):
    """How long the record is held, or published. `words` say the same to the person.

    `start` says in a word from when; `counted_from` where that day stands in the record: the first place that has
    one counts. `ends_with`: where the day of the event in `until` stands. `extend` is added by itself where there is
    no `until`; else it only lets a stated end be so much later. `no_term_when`: values with which `max` does not
    apply, so that only a stated end does.
    """

    of: Literal["record", "publication"]
    start: Literal[
        "conduct_end", "determined", "published", "sentence_end", "paid", "listed", "cured", "collected",
        "delinquent", "filed", "asked",
    ]  # fmt: skip
    max: Duration | None = None
    min: Duration | None = None
    extend: Duration | None = None
    until: Literal["record_end", "case_end", "performed", "parent_or_role_end"] | None = None
    counted_from: list[DayPath] = []
    ends_with: list[DayPath] = []
    no_term_when: dict[Name, list[str]] = {}
    then: Literal["delete", "archive_sealed"]
    basis: Basis
    words: Text

    @model_validator(mode="after")
    def _ends(self) -> "Retention":
        if self.max is None and self.until is None:
            raise ValueError("has no end; expected `max` (such as P2Y) or `until`")
        if (self.max is None) != (not self.counted_from):
            raise ValueError("expected `counted_from` exactly where there is a `max`")
        if self.ends_with and self.until is None:
            raise ValueError("says where an end stands; expected also `until`, which names it")
        return self


class ProvenanceRules(Model):
    """How a record of this type may have come about. The words are explained in `records/provenance.yaml`."""

    allowed: list[Name] = Field(min_length=1)
    required: list[Name] = []
    lowest_confidence: Decimal | None = Field(default=None, gt=0, le=1)


FieldPath = Annotated[str, StringConstraints(pattern=r"^(values|provenance)\.[a-z][a-z0-9_]*$", max_length=80)]
# A number, or the field that holds it.
Bound = Annotated[
    str, StringConstraints(pattern=r"^(\d+(\.\d+)?|(values|provenance)\.[a-z][a-z0-9_]*)$", max_length=80)
]


class Within(Model):
    """So many days after the day of another fact, which does not count itself. With `calendar`: days worked there."""

    count: int = Field(ge=1, le=366)
    unit: Literal["days", "working_days"]
    after: FieldPath
    calendar: Words | None = None

    @model_validator(mode="after")
    def _has_a_calendar(self) -> "Within":
        if (self.unit == "working_days") != (self.calendar is not None):
            raise ValueError("expected `calendar` (such as CN) exactly where the unit is `working_days`")
        return self


class RefuseWhen(Model):
    """A line of this type is refused when the field has one of these values, or lies beyond a number or a day."""

    field: FieldPath
    is_in: list[str] = []
    below: Bound | None = None
    above: Bound | None = None
    later_than: Within | None = None
    code: Name
    because: Text
    basis: Basis

    @model_validator(mode="after")
    def _says_when(self) -> "RefuseWhen":
        if sum(map(bool, (self.is_in, self.below, self.above, self.later_than))) != 1:
            raise ValueError("expected exactly one of `is_in`, `below`, `above` and `later_than`")
        return self
