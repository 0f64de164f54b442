"""The law of each remedy, read from `law/procedures/*.yaml`. This is the door for the other packages."""

import json
import sys
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from law import calendars, checks, clocks, files, rules
from law import milder as milder_rules
from law.calendars import DayException
from law.clocks import Due, Entry, Step
from law.evidence import Rule
from law.procedure import NoSuchClock, Procedure, Version

FOLDER = Path(__file__).parent / "procedures"


class UnknownProcedure(LookupError):
    """There is no such procedure, or not in this version."""


@cache
def _versions(folder: Path = FOLDER) -> tuple[Procedure, ...]:
    """Every version of every procedure, oldest first."""
    found = [files.read(path, Procedure, checks.check) for path in sorted(folder.glob("*.yaml"))]
    return tuple(sorted(found, key=lambda procedure: (procedure.id, procedure.version)))


@cache
def procedures() -> dict[str, Procedure]:
    """The newest version of each procedure, by id."""
    return {procedure.id: procedure for procedure in _versions()}


def procedure(id: str, version: int | None = None, milder: int | None = None) -> Procedure:
    """One procedure, in its newest or in the given version. Raises `UnknownProcedure`.

    `milder`: with what the versions up to that one have made milder since (law/milder.py, Note [Milder]).
    """
    for candidate in reversed(_versions()):
        if candidate.id == id and version in (None, candidate.version):
            later = [each for each in versions(id) if candidate.version < each.version <= (milder or 0)]
            return milder_rules.applied(candidate, later) if later else candidate
    raise UnknownProcedure(f"{id} {version or ''}".strip())


def versions(id: str) -> tuple[Procedure, ...]:
    """All versions of one procedure, oldest first."""
    return tuple(candidate for candidate in _versions() if candidate.id == id)


def law_on(id: str, day: date) -> Procedure:
    """The version that is law on that day (`is_valid_on`); where none is, the newest. Raises `UnknownProcedure`."""
    known = versions(id)
    if not known:
        raise UnknownProcedure(id)
    return next((each for each in reversed(known) if each.is_valid_on(day)), known[-1])


def milder_since(id: str, moment: datetime) -> int | None:
    """The last version with rules that govern running cases from its first day, if that has come; None without one."""
    begun = (each for each in versions(id) if each.milder and each.valid_from <= each.local_date(moment))
    return max((each.version for each in begun), default=None)


def open_for(
    *, programme: str, type: str | None = None, measure: str | None = None, subject_kind: str, on: date
) -> list[Procedure]:
    """The procedures under which this thing may be contested on that day; one version of each.

    Name the record's `type`, or the `measure` if that is what is contested. `on` may be a moment: see `is_valid_on`.
    """
    valid = {candidate.id: candidate for candidate in _versions() if candidate.is_valid_on(on)}
    return [
        candidate
        for candidate in valid.values()
        if candidate.opens(programme=programme, type=type, measure=measure, subject_kind=subject_kind)
    ]


def due_for(
    procedure: Procedure,
    name: str,
    start: date | None,
    calendar_code: str | None = None,
    *,
    variant: str | None = None,
    ledger: Iterable[Entry] = (),
    exceptions: Iterable[DayException] = (),
    as_written: bool = False,
) -> Due:
    """The due date of one clock of a procedure, or of `deemed_service`. Raises `NoSuchClock`.

    `start` is the day of the clock's (first) starting event; it may be None if the `ledger` says it.
    `ledger` holds what happened since, `exceptions` the days that supervisors declared. Only rules that may
    take effect count, unless `as_written`. For `resume_after_service`, `latest` is the first day on which a
    suspended measure may run again; for `delist_after` the first day on which one may apply.
    """
    timer = procedure.timer(name, variant, as_written=as_written)
    calendar = calendars.calendar(calendar_code or procedure.calendar).excepting(exceptions)
    lines = list(ledger)
    if start is not None:
        lines.append(clocks.started(start, timer.clock.starts[0]))
    plain = name.partition(":")[0]
    due = clocks.deadline(
        timer.term,
        lines,
        calendar,
        rules=timer.clock,
        holds="not_earlier" if plain in rules.NOT_EARLIER else "not_later",
        has_safe_day=plain not in rules.ENDS_BY_ITSELF,
    )
    told = evidence_steps(timer.clock)
    if plain in rules.BINDS_PERSON and procedure.posting_counts:
        told = (Step("posting_counts"), *told)
    return due if not told else due.with_steps(told)


def evidence_steps(rule: Rule) -> tuple[Step, ...]:
    """What has to be said about a rule whose words nobody read."""
    if rule.evidence == "read":
        return ()
    adopted = (Step("adopted"),) if rule.adopted_by is not None else ()
    return (Step(f"evidence_{rule.evidence}"), *adopted)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a procedure file, for editors and for `docs/reference/`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Procedure.model_json_schema(),
        "title": "Redress procedure",
    }


def check_all(folder: Path = FOLDER) -> list[str]:
    """What is wrong with the law: each problem as `file:line: key: what is expected`. Empty if nothing."""
    return checks.check_all(folder)


__all__ = [
    "FOLDER",
    "NoSuchClock",
    "Procedure",
    "UnknownProcedure",
    "Version",
    "check_all",
    "due_for",
    "evidence_steps",
    "json_schema",
    "law_on",
    "milder_since",
    "open_for",
    "procedure",
    "procedures",
    "versions",
]


if __name__ == "__main__":
    json.dump(json_schema(), sys.stdout, ensure_ascii=False, indent=2, sort_keys=True)
    sys.stdout.write("\n")
