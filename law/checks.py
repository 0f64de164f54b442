"""What is wrong with the law: what only a whole file, or all files together, can show."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel

from law import calendars, consequences, explain, files, grounds, lint, milder, rules
from law.clocks.terms import Term
from law.evidence import Rule
from law.procedure import Procedure, Version

# A suspended measure never runs again sooner than this many days after service (design: three at least).
_FEWEST_DAYS_BEFORE_RESUMING = 3
# The jurisdiction of a procedure that is the holder's own from beginning to end.
OWN = "none"
_CATALOGUES: tuple[tuple[Path, type[BaseModel]], ...] = (
    (grounds.FILE, grounds.Catalogue),
    (explain.FILE, explain.Explanations),
    (consequences.FILE, consequences.Table),
    (lint.FILE, lint.Benchmarks),
)


def check_all(folder: Path) -> list[str]:
    """What is wrong with the law: each problem as `file:line: key: what is expected`. Empty if nothing."""
    problems = [*calendars.check_files()]
    for path, model in _CATALOGUES:
        try:
            files.read(path, model)
        except files.FileProblems as error:
            problems += error.problems
    seen: dict[tuple[str, int], tuple[Path, Procedure]] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            found = files.read(path, Procedure, _check_and_tests)
        except files.FileProblems as error:
            problems += error.problems
            continue
        if path.stem not in (found.id, f"{found.id}@{found.version}"):
            expected = f"expected the file name {found.id}.yaml or {found.id}@{found.version}.yaml"
            problems.append(files.problem_at(path, ("id",), expected))
        if (found.id, found.version) in seen:
            problems.append(files.problem_at(path, ("version",), f"version {found.version} stands in two files"))
        seen[found.id, found.version] = (path, found)
    problems += _check_versions(seen)
    return [str(problem) for problem in problems]


def check(procedure: Procedure) -> Iterator[tuple[files.Key, str]]:
    """What only the whole file can show."""
    if procedure.valid_to is not None and procedure.valid_to < procedure.valid_from:
        yield ("valid_to",), f"ends before it starts; expected {procedure.valid_from} or later"
    if "decide" not in procedure.clocks:
        yield ("clocks",), "there is no clock for the decision; expected decide"
    try:
        calendars.calendar(procedure.calendar)
    except calendars.UnknownCalendar:
        yield ("calendar",), f"no calendar file for {procedure.calendar}; expected one in law/calendars/"
    try:
        ZoneInfo(procedure.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield ("time_zone",), f"{procedure.time_zone!r} is no time zone; expected one such as Asia/Shanghai"
    yield from _check_running(procedure)
    yield from _check_grounds(procedure)
    yield from _check_documents(procedure)
    yield from _check_clocks(procedure)
    yield from _check_resuming(procedure)
    yield from _check_course(procedure)
    # Where there is a law, a holder's own rule may only protect the person more.
    if procedure.jurisdiction != OWN:
        yield from _check_own_rules(procedure)
    yield from lint.lint(procedure)


def _check_and_tests(procedure: Procedure) -> Iterator[tuple[files.Key, str]]:
    yield from check(procedure)
    yield from lint.untested(procedure)


def _check_versions(seen: dict[tuple[str, int], tuple[Path, Procedure]]) -> Iterator[files.Problem]:
    """What shows only when files are compared: a version that is gone, two that are law on one day."""
    yield from _check_overlaps(seen)
    for path, found in seen.values():
        old: Version | None = found.supersedes
        if old is None:
            continue
        if (old.id, old.version) not in seen:
            missing = f"{old.id} version {old.version} has no file; expected it kept beside this one"
            yield files.problem_at(path, ("supersedes",), missing)
            continue
        before = seen[old.id, old.version][1]
        for n, rule in enumerate(found.milder):
            for wrong in milder.why_not(rule, before, found):
                yield files.problem_at(path, ("milder", n), wrong)
        if before.valid_to is None or before.valid_to >= found.valid_from:
            expected = f"expected {old.id} version {old.version} to have a valid_to before {found.valid_from}"
            yield files.problem_at(path, ("supersedes",), expected)


def _check_overlaps(seen: dict[tuple[str, int], tuple[Path, Procedure]]) -> Iterator[files.Problem]:
    """Versions of one id of which two would be law on one day, so that nobody could say which governs."""
    for (earlier, (_, one)), (later, (path, other)) in combinations(sorted(seen.items(), key=lambda each: each[0]), 2):
        is_replaced = other.supersedes == Version(id=earlier[0], version=earlier[1])  # told at `supersedes`
        if earlier[0] != later[0] or is_replaced:
            continue
        if one.valid_from <= (other.valid_to or date.max) and other.valid_from <= (one.valid_to or date.max):
            expected = f"version {one.version} is law on some of these days, too; expected only one on each day"
            yield files.problem_at(path, ("valid_from",), expected)


def _check_running(procedure: Procedure) -> Iterator[tuple[files.Key, str]]:
    """What a file asks for cases that run already, and the service cannot do: it must not look as if it did."""
    if procedure.case_version != "filing_date":
        kept = "a case that runs goes by the version of its day of filing here; expected filing_date"
        yield ("case_version",), kept
    for n, path in enumerate(procedure.milder):
        if procedure.rule_at(path) is None:
            yield ("milder", n), f"{path} is no rule of this file; expected one such as clocks.cure"
        elif not milder.may_govern(path):
            yield ("milder", n), f"{path} cannot be changed for cases that run already; expected it left out"
    if procedure.milder and (procedure.supersedes is None or procedure.supersedes.id != procedure.id):
        yield ("milder",), f"nothing runs under an older version; expected supersedes to name one of {procedure.id}"


def _check_grounds(procedure: Procedure) -> Iterator[tuple[files.Key, str]]:
    asked = {request.type for request in procedure.requests}
    seen: set[str] = set()
    for n, ground in enumerate(procedure.grounds):
        if ground.id not in grounds.grounds():
            yield ("grounds", n, "id"), f"{ground.id!r} is no known ground; expected one of law/grounds.yaml"
        if ground.id in seen:
            yield ("grounds", n, "id"), f"{ground.id!r} stands twice; expected once"
        seen.add(ground.id)
        for request in ground.requests:
            if request not in asked:
                yield ("grounds", n, "requests"), f"{request} cannot be asked for here; expected one of requests"


def _check_documents(procedure: Procedure) -> Iterator[tuple[files.Key, str]]:
    known = {*rules.CLASSES, *(request.type for request in procedure.requests)}
    ids = [document.id for document in procedure.documents]
    for n, document in enumerate(procedure.documents):
        if document.id in ids[:n]:
            yield ("documents", n, "id"), f"{document.id!r} stands twice; expected once"
        for name in document.needed_for:
            if name not in known:
                yield ("documents", n, "needed_for"), f"nothing is of the class {name!r}; expected a request or a class"


def _check_clocks(procedure: Procedure) -> Iterator[tuple[files.Key, str]]:
    named: list[tuple[files.Key, Any]] = [(("clocks", name), clock) for name, clock in procedure.clocks.items()]
    for n, tier in enumerate(procedure.tiers):
        named += [(("tiers", n, name), getattr(tier, name)) for name in ("file_by", "decide") if getattr(tier, name)]
    if procedure.service.deemed is not None:
        named.append((("service", "deemed"), procedure.service.deemed))
    for key, term in named:
        if procedure.counting is None and (unit := _bare_day(term)) is not None:
            yield (*key, *unit), "'day' needs `counting`, which says which days are meant; expected calendar_day"
    if procedure.tiers and (procedure.tiers[0].file_by or procedure.tiers[0].decide):
        yield ("tiers", 0), "the first tier has the clocks of the file; expected them in clocks"


def _bare_day(term: Term) -> files.Key | None:
    """Where a clock says `day` and leaves open which."""
    if term.unit == "day":
        return ("unit",)
    return next(
        (("variants", name) for name, each in getattr(term, "variants", {}).items() if each.unit == "day"), None
    )


def _check_resuming(procedure: Procedure) -> Iterator[tuple[files.Key, str]]:
    clock = procedure.clock("resume_after_service")
    if procedure.suspends_measures and clock is None:
        yield ("clocks",), "measures are suspended; expected a clock resume_after_service in effect"
    is_days = clock is not None and clock.unit in ("day", "calendar_day", "working_day", "business_day")
    if clock is not None and is_days and clock.length < _FEWEST_DAYS_BEFORE_RESUMING:
        expected = f"expected {_FEWEST_DAYS_BEFORE_RESUMING} or more before a measure runs again"
        yield ("clocks", "resume_after_service", "length"), expected


def _check_own_rules(procedure: Procedure) -> Iterator[tuple[files.Key, str]]:
    """Rules of the holder's own that take from the person what the law gives."""
    named: list[tuple[files.Key, Rule]] = [
        ((field, n), rule)
        for field in ("exclusions", "documents", "screening", "disclosure")
        for n, rule in enumerate(getattr(procedure, field))
    ]
    if not procedure.is_free and procedure.fee is not None:
        named.append((("fee",), procedure.fee))
    if procedure.service.deemed is not None:
        named.append((("service", "deemed"), procedure.service.deemed))
    for name in ("file_by", "delist_after"):
        if name in procedure.clocks:
            named.append((("clocks", name), procedure.clocks[name]))
    named += [(("tiers", n, "file_by"), tier.file_by) for n, tier in enumerate(procedure.tiers) if tier.file_by]
    for name, clock in procedure.clocks.items():
        if clock.basis == "law" and name not in rules.BINDS_PERSON:
            named += [(("clocks", name, "extensions", n), rule) for n, rule in enumerate(clock.extensions)]
            named += [(("clocks", name, "pauses", n), rule) for n, rule in enumerate(clock.pauses)]
    for key, rule in named:
        if rule.basis == "service":
            yield key, "a service rule takes from the person here; expected a rule of law, or none"


def _check_course(procedure: Procedure) -> Iterator[tuple[files.Key, str]]:
    """Names in one place of the file that must stand in another: tiers, clocks, consequences."""
    tiers = [tier.id for tier in procedure.tiers]
    for n, tier in enumerate(tiers):
        if tier in tiers[:n]:
            yield ("tiers", n, "id"), f"{tier!r} stands twice; expected once"
    for n, screening in enumerate(procedure.screening):
        if screening.id == "late":
            yield ("screening", n, "id"), "lateness follows from clocks.file_by; expected no rule of its own"
        if screening.next_tier not in tiers[1:]:
            yield ("screening", n, "next_tier"), f"{screening.next_tier} is no tier above the first"
        for field in ("told_by", "cured_by"):
            clock = getattr(screening, field)
            if clock is not None and clock not in procedure.clocks:
                yield ("screening", n, field), f"there is no clock {clock}; expected it in clocks"
    clocks = {*procedure.clocks, "review_decide"}
    for n, missed in enumerate(procedure.on_deadline_missed):
        if missed.clock not in clocks:
            yield ("on_deadline_missed", n, "clock"), f"there is no clock {missed.clock}; expected it in clocks"
        if missed.opens is not None and missed.opens not in tiers[1:]:
            yield ("on_deadline_missed", n, "opens"), f"{missed.opens} is no tier above the first"
        if "next_tier_opens" in missed.effects and len(tiers) < 2:
            yield ("on_deadline_missed", n, "effects"), "there is no next tier that could open; expected one in tiers"
        for effect in missed.effects:
            if effect not in consequences.handlers():
                yield ("on_deadline_missed", n, "effects"), f"nothing handles {effect}; see law/consequences.yaml"
    for kind in rules.SAFEGUARDS if not procedure.notices else ():
        yield ("notices",), f"there are no notices; expected them for {kind}"
        break
