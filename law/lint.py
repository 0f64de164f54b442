"""The due-process lint: for each benchmark, the rule that gives it and the test that runs it, or a silent law.

A bare yes answers nothing: a rule must exist and be able to take effect, a test must exist, and silence
needs the place where somebody looked.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import Field, RootModel

from law import files, rules
from law.evidence import Names, Rule
from law.procedure import Procedure
from law.texts import Strict, Text, Words

FILE = Path(__file__).with_name("safeguards.yaml")
ROOT = Path(__file__).parent.parent
# What can give each safeguard: the beginning of its path in the file.
GIVEN_BY: dict[str, tuple[str, ...]] = {
    "notice": ("notices.",),
    "reasons": ("notices.",),
    "evidence_access": ("guarantees.", "notices."),
    "hearing": ("guarantees.", "notices."),
    "representation": ("guarantees.", "standing."),
    "other_decider": ("approval", "tiers."),
    "human_decides": ("guarantees.", "tiers.", "approval"),
    "on_the_record": ("guarantees.",),
    "time_limit": ("clocks.",),
    "higher_tier": ("tiers.",),
    "effective_remedy": ("guarantees.", "propagation.", "remedies.", "clocks.correct"),
    "no_retaliation": ("guarantees.",),
    "free_and_open": ("guarantees.", "fee"),
}


class Benchmark(Strict):
    """What one safeguard asks, where it comes from, and the tests that run it."""

    asks: Text
    from_: Words = Field(alias="from")
    tested_by: Names


class Benchmarks(RootModel[dict[rules.SafeguardName, Benchmark]]):
    """The file: each benchmark by the name of its safeguard."""


@cache
def benchmarks() -> dict[rules.SafeguardName, Benchmark]:
    """The benchmarks, read once."""
    return files.read(FILE, Benchmarks).root


def tests_of(procedure: Procedure, name: rules.SafeguardName) -> tuple[str, ...]:
    """The tests that run the rule by which a file gives a safeguard."""
    safeguard = procedure.safeguards[name]
    if safeguard.given_by is None:
        return ()
    return (safeguard.tested_by,) if safeguard.tested_by else benchmarks()[name].tested_by


def lint(procedure: Procedure) -> Iterator[tuple[files.Key, str]]:
    """What a file does not answer, as (key, what is expected)."""
    for name in rules.SAFEGUARDS:
        if name not in procedure.safeguards:
            yield ("safeguards",), f"says nothing about {name}; expected given_by or law_silent"
    for name, safeguard in procedure.safeguards.items():
        key = ("safeguards", name)
        if safeguard.law_silent is not None:
            if not _is_citation(safeguard.law_silent):
                yield (*key, "law_silent"), f"{safeguard.law_silent!r} is no citation; expected where you looked"
            continue
        yield from _given(procedure, name, safeguard.given_by or "")


def untested(procedure: Procedure) -> Iterator[tuple[files.Key, str]]:
    """Which safeguards are given by a rule that no test runs. Not asked at run time: tests are not installed."""
    for name in procedure.safeguards:
        for test in tests_of(procedure, name):
            if not _exists(test):
                key = ("safeguards", name, "given_by")
                yield key, f"the test {test} does not exist; expected one that runs the rule"


def _given(procedure: Procedure, name: rules.SafeguardName, path: str) -> Iterator[tuple[files.Key, str]]:
    key = ("safeguards", name, "given_by")
    rule = procedure.rule_at(path)
    if rule is None:
        yield key, f"{path} is no rule of this file; expected one such as clocks.decide"
    elif not rule.acts_for_person():
        yield key, f"{path} was not read and is not adopted, so it gives nothing"
    elif not path.startswith(GIVEN_BY[name]):
        yield key, f"{path} cannot give {name}; expected a rule under {', '.join(GIVEN_BY[name])}"
    elif problem := _emptiness(procedure, name, path, rule):
        yield key, problem


def _emptiness(procedure: Procedure, name: str, path: str, rule: Rule) -> str | None:
    """Why a rule that exists still does not give the safeguard."""
    if isinstance(rule, rules.Tier) and name == "higher_tier" and rule.id == procedure.tiers[0].id:
        return f"{path} is the first tier; expected one above it"
    if isinstance(rule, rules.Notice) and name == "reasons" and "reasons" not in rule.contains:
        return f"{path} does not contain reasons; expected it to"
    if path == "approval" and not procedure.needs_second_person:
        return "approval asks for no second person; expected second_person: true, or law_silent"
    if isinstance(rule, rules.Fee) and rule.kind not in ("free", "if_excessive", "free_per_year"):
        return f"{path} is not free; expected a fee of the kind free, or law_silent"
    return None


def _is_citation(words: str) -> bool:
    """Whether the words can name a place: two words at least, and a number or a name of law among them."""
    return len(re.findall(r"\w+", words)) > 1 and bool(re.search(r"\d|[A-Z]\w+|[\u4e00-\u9fff]{2,}", words))


@cache
def _exists(test: str) -> bool:
    """Whether a test of that name stands in that file. Where no tests are installed, nothing can be said."""
    if not (ROOT / "tests").is_dir():
        return True
    path, _, name = test.partition("::")
    file = ROOT / path
    return (
        bool(name)
        and file.is_file()
        and re.search(rf"^def {re.escape(name)}\(", file.read_text("utf-8"), re.M) is not None
    )
