"""What a programme file may say. Each model refuses what it does not know, with the place in the file."""

from datetime import date
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, PrivateAttr, StrictBool, model_validator

from records.catalogue.base import Basis, Duration, Kind, Model, Name, Slug, Text, Words
from records.catalogue.durations import later
from records.catalogue.fields import FieldInfo, Shown
from records.catalogue.matching import Matching
from records.catalogue.rules import CatalogueEntry, ProvenanceRules, RefuseWhen, Retention
from records.values import Checker, Refusal, Values


class Holder(Text):
    """Who is answerable for the data: its code as an organisation and its name."""

    code: Slug


class RecordType(Model):
    """One kind of thing that the programme holds about a subject.

    `recipients_get`: the fields that other systems receive. Without it, those that the subject sees; never more.
    `ftm`: the property of a FollowTheMoney Sanction that means the same as a field; the others stand in its summary.
    """

    title: Text
    summary: Text
    about: list[Kind] = Field(min_length=1)
    adverse: StrictBool | Literal["either"]
    adverse_when: dict[Name, list[str]] = {}
    severity: Literal["minor", "general", "serious"] = "general"
    catalogue: CatalogueEntry | None = None
    basis: Basis
    retention: list[Retention] = Field(min_length=1)
    provenance: ProvenanceRules
    refuse_when: list[RefuseWhen] = []
    values: dict[str, Any]
    fields: dict[Name, FieldInfo]
    recipients_get: list[Name] | None = None
    ftm: dict[Name, str] = {}
    _id: str = PrivateAttr(default="")
    _time_zone: str = PrivateAttr(default="UTC")

    @cached_property  # asked for several times a line of an import, and pydantic's private attributes are slow
    def id(self) -> str:
        """The name of the type in its file."""
        return self._id

    @property
    def time_zone(self) -> str:
        """That of its programme: moments are shown in it."""
        return self._time_zone

    @cached_property
    def checker(self) -> Checker:
        """The compiled schema of the values."""
        return Checker(self.values)

    @property
    def required(self) -> list[str]:
        """The fields that a record of this type must have."""
        return list(self.values.get("required", []))

    @property
    def correctable(self) -> list[str]:
        """The fields that the subject may say should be different."""
        return [name for name, info in self.fields.items() if info.correctable]

    @property
    def for_recipients(self) -> frozenset[str]:
        """The fields whose values go to other systems."""
        seen = frozenset(name for name, info in self.fields.items() if info.visible == "subject")
        return seen if self.recipients_get is None else seen & frozenset(self.recipients_get)

    @property
    def is_published(self) -> bool:
        """Whether the programme publishes records of this type: it says for how long."""
        return any(rule.of == "publication" for rule in self.retention)

    def is_adverse(self, values: Values) -> bool:
        """Whether a record with these values speaks against its subject."""
        if self.adverse != "either":
            return self.adverse
        return any(_meets(values.get(name), against) for name, against in self.adverse_when.items())

    def check(self, values: object) -> list[Refusal]:
        """What is wrong with the values of a record; empty if they fit. Fields are named `values.x`."""
        return self.checker.check(values)

    def check_field(self, name: str, value: object) -> list[Refusal]:
        """The same for the value of one field alone."""
        return self.checker.check_field(name, value)

    def from_text(self, name: str, text: str) -> Any:
        """What somebody typed for a field, in the type that the catalogue wants; check it afterwards."""
        return self.checker.from_text(name, text)

    def for_subject(self, values: Values) -> list[Shown]:
        """The fields in the order of the file, each with what its subject may see of it."""
        return [
            self._shown(name, info, values[name]) for name, info in self.fields.items() if values.get(name) is not None
        ]

    def _shown(self, name: str, info: FieldInfo, value: Any) -> Shown:
        if info.visible != "subject":
            return Shown(name, info, None, info.role if info.visible == "role" else info.withheld_because)
        return Shown(name, info, value, info.choices.get(value) if isinstance(value, str) else None)


class MeasureType(Model):
    """An effect that may be imposed on the strength of a record.

    `basis: none` says that no law was found: it is held only so that it can be disputed.
    """

    title: Text
    kind: Literal["restriction", "listing", "publication", "benefit", "score_part"]
    rests_on: list[Name] = Field(min_length=1)
    about: list[Kind] = ["person", "organisation"]
    longest: Duration | None = None
    until: Literal["lifted", "record_end", "once"] | None = None
    carrier: Text
    part_of: Name | None = None
    basis: Basis | Literal["none"]
    _id: str = PrivateAttr(default="")

    @cached_property
    def id(self) -> str:
        """The name of the measure in its file."""
        return self._id

    @property
    def contested(self) -> bool:
        """No law was found for it."""
        return self.basis == "none"

    def latest_end(self, from_on: date) -> date | None:
        """The last day on which it may be in force, where its basis sets a limit."""
        return later(from_on, self.longest) if self.longest else None

    @model_validator(mode="after")
    def _ends(self) -> "MeasureType":
        if (self.longest is None) == (self.until is None):
            raise ValueError("expected either `longest` (such as P1Y) or `until`")
        return self


class RefusedType(Model):
    """Something that sources send although it may not be held. `code` is what the refusal says."""

    title: Text
    code: Name
    because: Text
    basis: Basis


class Programme(Model):
    """A scheme under which data is held and effects are imposed: one file.

    `higher_body`: the office above the holder, which decides where a law says that the holder may not.
    """

    id: Slug
    version: int = Field(ge=1)
    title: Text
    summary: Text
    holder: Holder
    higher_body: Holder | None = None
    status: Literal["in_force", "pilot", "replaced", "proposed", "comparison"]
    time_zone: Words = "UTC"
    basis: Basis
    subjects: list[Kind] = Field(min_length=1)
    identifiers: list[str] = Field(min_length=1)
    matching: Matching
    types: dict[Name, RecordType] = Field(min_length=1)
    measures: dict[Name, MeasureType] = {}
    refused_types: dict[Name, RefusedType] = {}

    def model_post_init(self, context: Any) -> None:
        """Tell each part the name under which it stands in the file."""
        for name, record_type in self.types.items():
            record_type._id, record_type._time_zone = name, self.time_zone
        for name, measure in self.measures.items():
            measure._id = name

    def measures_on(self, type_id: str) -> list[MeasureType]:
        """The measures that may rest on a record type."""
        return [measure for measure in self.measures.values() if type_id in measure.rests_on]


def _meets(value: object, against: list[str]) -> bool:
    return any(one in against for one in value) if isinstance(value, list) else value in against
