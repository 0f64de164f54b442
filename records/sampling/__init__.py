"""Synthetic import files: the people of the stories first, then as many made-up people as asked for.

The same number and seed give the same bytes on every machine. Nobody in them exists: the
identifiers are of a region, an area and a mail domain that are never given out.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from records.sampling import classes, consumers, court, crossing, scenario
from records.sampling.people import MOST_PEOPLE, Chance, Line

# How the committed files in `examples/` were made; a test makes them again.
EXAMPLE_PEOPLE: Final = 48
EXAMPLE_SEED: Final = 34
PROGRAMMES: Final = (court.PROGRAMME, crossing.PROGRAMME, consumers.PROGRAMME, classes.PROGRAMME)

__all__ = ["EXAMPLE_PEOPLE", "EXAMPLE_SEED", "MOST_PEOPLE", "PROGRAMMES", "lines", "write"]


def lines(people: int, seed: int) -> Iterator[tuple[str, Line]]:
    """Programme and line, one after the other. `people` counts the made-up ones only."""
    yield from scenario.lines()
    for number in range(people):
        chance = Chance(seed, number)
        kind = chance.below(100)
        if kind < 32:
            yield from ((court.PROGRAMME, line) for line in court.person_lines(chance, number, seed))
        elif kind < 42:
            yield from ((court.PROGRAMME, line) for line in court.company_lines(chance, number, seed))
        elif kind < 68:
            yield from ((crossing.PROGRAMME, line) for line in crossing.person_lines(chance, number, seed))
        else:
            yield from ((consumers.PROGRAMME, line) for line in consumers.person_lines(chance, number, seed))
        if number % 6 == 0 or 32 <= kind < 42:
            yield from ((classes.PROGRAMME, line) for line in _of_the_same_company(seed, number))


def _of_the_same_company(seed: int, number: int) -> Iterator[Line]:
    """A company that a court knows is the same one here."""
    chance = Chance(seed, number)
    chance.below(100)  # as it was for the court
    yield from classes.company_lines(chance, number, seed)


def write(folder: Path, people: int, seed: int, progress: Callable[[int], None] = lambda count: None) -> int:
    """Write one JSON Lines file per programme into `folder`; return the number of lines.

    A file gets its name when it is complete, so that a stopped run leaves no half file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = {name: folder / f".{name}.jsonl.part" for name in PROGRAMMES}
    count = 0
    try:
        with ExitStack() as files:
            opened = {
                name: files.enter_context(path.open("w", encoding="utf-8", newline="\n"))
                for name, path in unfinished.items()
            }
            for count, (programme, line) in enumerate(lines(people, seed), 1):
                opened[programme].write(json.dumps(line, ensure_ascii=False) + "\n")
                progress(count)
        for name, path in unfinished.items():
            path.replace(folder / f"{name}.jsonl")
    finally:
        for path in unfinished.values():
            path.unlink(missing_ok=True)
    return count
