"""Programmes as data: what may be held, about whom, on which basis, and which lines of an import fit.

Plain Python over `records/programmes/*.yaml`: no Django and no database, so that a programme
can be checked before anything runs. Others use what is named here, through this package.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

from law.files import FileProblems, Problem, problem_at, read
from records.catalogue.base import Basis, Kind, Text
from records.catalogue.checks import programme_problems
from records.catalogue.columns import ENTRY, names_of
from records.catalogue.fields import FieldInfo, Shown
from records.catalogue.keeping import first_day, last_day
from records.catalogue.lines import (
    ParsedLine,
    ParsedMeasure,
    ParsedWithdrawal,
    Refused,
    check_line,
    named_by,
    parse_line,
    read_line,
)
from records.catalogue.models import Holder, MeasureType, Programme, RecordType
from records.catalogue.origins import ParsedProvenance
from records.catalogue.provenance import Vocabulary, vocabulary
from records.catalogue.rules import Retention
from records.catalogue.subjects import ParsedSubject
from records.values import Refusal

FOLDER: Final = Path(__file__).resolve().parent.parent / "programmes"


T = TypeVar("T")


class UnknownProgramme(LookupError):
    """There is no such programme."""

    def __init__(self) -> None:
        super().__init__(f"There is no such programme. There are: {', '.join(programmes())}.")


def load(path: Path) -> Programme:
    """Read one programme file. Raises FileProblems: file, line, key and what is expected, for every mistake."""
    programme = read(path, Programme, programme_problems)
    if programme.id != path.stem:
        raise FileProblems([problem_at(path, ("id",), f"expected the name of the file, {path.stem}")])
    return programme


@cache
def programmes() -> Mapping[str, Programme]:
    """All programmes by their id, read once per process. Raises FileProblems."""
    return MappingProxyType({path.stem: load(path) for path in sorted(FOLDER.glob("*.yaml"))})


def programme(programme_id: str) -> Programme:
    """One programme. Raises UnknownProgramme, which lists those that exist."""
    if programme_id not in programmes():
        raise UnknownProgramme
    return programmes()[programme_id]


def held_by(organisations: Mapping[str, T]) -> dict[str, T]:
    """The programmes that these organisations hold, by id, each with what `organisations` says of its holder's code."""
    return {
        each.id: organisations[each.holder.code] for each in programmes().values() if each.holder.code in organisations
    }


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a programme file, for editors and for `docs/reference/`."""
    schema = Programme.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Programme file"}


__all__ = [
    "ENTRY",
    "Basis",
    "FieldInfo",
    "FileProblems",
    "Holder",
    "Kind",
    "MeasureType",
    "ParsedLine",
    "ParsedMeasure",
    "ParsedProvenance",
    "ParsedSubject",
    "ParsedWithdrawal",
    "Problem",
    "Programme",
    "RecordType",
    "Refusal",
    "Refused",
    "Retention",
    "Shown",
    "Text",
    "UnknownProgramme",
    "Vocabulary",
    "check_line",
    "first_day",
    "json_schema",
    "last_day",
    "load",
    "named_by",
    "names_of",
    "parse_line",
    "programme",
    "programmes",
    "read_line",
    "vocabulary",
]
