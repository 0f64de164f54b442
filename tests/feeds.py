"""Files and lines of a feed, for tests of the import."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection

from accounts.actors import SERVICE, Actor
from records import catalogue
from records.importing import Options, Tally, import_file
from tests import samples
from tests.factories import AT

COURT = "cn-court-defaulters"
Line = dict[str, Any]


def line(
    ref: str = "1",
    person: int = 1,
    *,
    name: str = "Wang Xiaoyu",
    email: str | None = None,
    source: str = "sample-court",
    measures: Iterable[tuple[str, str]] = (),
    programme: str = COURT,
    type: str = "court_listing",
    **values: Any,
) -> Line:
    """One line about the person of that number. `measures`: type and first day; `values` replace the sample's."""
    made = samples.line(programme, type, [], values, source=source, ref=ref)
    made["subject"] |= {"name": name, "identifiers": [identifier(person)]}
    if email:
        made["subject"]["contact"] = {"email": email, "language": "zh-hans"}
    made["measures"] = [{"type": each, "from": first, "to": None} for each, first in measures]
    return made


def identifier(person: int) -> dict[str, str]:
    """The resident identity number of the person of that number."""
    return {"scheme": "cn-resident-id", "value": samples.resident_id(date(1985, 2, 14), person)}


def passport(value: str) -> dict[str, str]:
    return {"scheme": "passport", "value": value}


def with_passports() -> catalogue.Programme:
    """The court's programme as it would be if it knew people by passport too."""
    programme = catalogue.programme(COURT)
    return programme.model_copy(update={"identifiers": [*programme.identifiers, "passport"]})


def feed(
    tmp_path: Path,
    *lines: Line,
    by: Actor = SERVICE,
    programme: catalogue.Programme | str = COURT,
    options: Options = Options(),  # noqa: B008  frozen
) -> Tally:
    """Import these lines from a file."""
    path = write(tmp_path, lines)
    found = catalogue.programme(programme) if isinstance(programme, str) else programme
    return import_file(found, path, by=by, clock=lambda: AT, options=options)


def write(tmp_path: Path, lines: Iterable[Line]) -> Path:
    path = tmp_path / "feed.jsonl"
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines), encoding="utf-8")
    return path


def refusals(tally: Tally) -> list[dict[str, Any]]:
    """What the file of refused lines says."""
    if not tally.refused_file.exists():
        return []
    return [json.loads(row) for row in tally.refused_file.read_text(encoding="utf-8").splitlines()]


def codes(tally: Tally) -> list[tuple[int, str, str]]:
    """Line, field and code of everything that was refused."""
    return [(row["line"], row["field"], row["code"]) for row in refusals(tally)]


def rows_by_table() -> dict[str, int]:
    """How many rows each table of ours holds, to see that nothing was half-written."""
    return {model._meta.db_table: model._default_manager.count() for model in apps.get_models()}


def added(before: dict[str, int]) -> dict[str, int]:
    """How many rows each table has got since then, those without any left out."""
    return {table: count - before[table] for table, count in rows_by_table().items() if count != before[table]}


def queries_of(work: Callable[[], object]) -> int:
    """How many questions `work` asks the database."""
    counting = _Counting()
    with connection.execute_wrapper(counting):
        work()
    return counting.number


class _Counting:
    number = 0

    def __call__(self, execute: Any, *args: Any) -> Any:
        self.number += 1
        return execute(*args)
