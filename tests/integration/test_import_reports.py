"""The report of an import: who may read it, what it counts, and a spreadsheet that runs nothing."""

import csv
import io
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actors import SERVICE, Actor
from accounts.models import Role
from records.catalogue import programme
from records.importing import Tally, import_file
from records.models import ImportRun
from tests import factories, feeds
from tests.feeds import Line, feed, line
from tests.fixtures import client_for

pytestmark = pytest.mark.django_db
RUNS = "/imports/"


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


def bad(ref: str, source: str = "sample-court") -> Line:
    return {**line(ref, 50, source=source), "type": "no_such_type"}


@pytest.fixture
def both(tmp_path: Path, holder: object) -> Tally:
    """A file of two sources, in which one line of each is refused, and one of nobody."""
    path = feeds.write(tmp_path, [line("1", 1), line("2", 2, source="other-court"), bad("3"), bad("4", "other-court")])
    path.write_text(path.read_text() + "{broken\n")
    return import_file(programme(feeds.COURT), path, by=SERVICE, clock=timezone.now)


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def rows(client: Client, tally: Tally) -> list[list[str]]:
    answer = client.get(f"/imports/{tally.run_id}/refused.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment;")
    said = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]  # it is streamed
    return list(csv.reader(io.StringIO(said.removeprefix("\ufeff"), newline="")))


def lines_of(client: Client, tally: Tally) -> list[str]:
    return [row[0] for row in rows(client, tally)[1:]]


def test_supervisors_of_the_holder_and_operators_read_all_of_it(
    both: Tally, supervisor: Actor, operator: Actor
) -> None:
    for actor in (supervisor, operator):
        client = client_for(actor)
        said = text(client, f"/imports/{both.run_id}/")
        for words in ("Finished", "Sample-court", "other-court", "feed.jsonl", "Use a type of the catalogue"):
            assert words.lower() in said.lower()
        assert lines_of(client, both) == ["3", "4", "5"]
        assert str(both.run_id) in text(client, RUNS)


def test_an_officer_reads_the_lines_that_named_their_organisation(both: Tally, source_officer: Actor) -> None:
    client = client_for(source_officer)
    assert str(both.run_id) in text(client, RUNS)
    assert lines_of(client, both) == ["3"]


def test_an_officer_of_the_only_source_reads_unreadable_lines_too(
    tmp_path: Path, source_officer: Actor, both: Tally
) -> None:
    path = feeds.write(tmp_path, [line("9", 9)])
    path.write_text(path.read_text() + "{broken\n")
    tally = import_file(programme(feeds.COURT), path, by=SERVICE, clock=timezone.now)
    assert lines_of(client_for(source_officer), tally) == ["2"]


def test_others_know_of_no_run(both: Tally, caseworker: Actor, other_person: Actor) -> None:
    stranger = factories.staff(Role.SOURCE_OFFICER, "third-court")
    elsewhere = factories.staff(Role.SUPERVISOR, "us-credit-agency")
    for actor in (stranger, elsewhere):
        client = client_for(actor)
        assert str(both.run_id) not in text(client, RUNS)
        assert client.get(f"/imports/{both.run_id}/").status_code == 404
        assert client.get(f"/imports/{both.run_id}/refused.csv").status_code == 404
    for actor in (caseworker, other_person):
        assert client_for(actor).get(RUNS).status_code == 403


def test_a_reason_of_the_programme_is_read_in_the_readers_language(tmp_path: Path, operator: Actor) -> None:
    tally = feed(tmp_path, {**line("1", 1), "type": "minor_child_listing"})
    for language, said in (("en", "A child is not put on the list."), ("zh-hans", "未成年人不得列入名单")):
        assert said in text(client_for(operator, language=language), f"/imports/{tally.run_id}/")


def test_the_page_holds_no_value(tmp_path: Path, supervisor: Actor) -> None:
    secret = "Secret4711"
    wrong = {**line("1", 1, amount=secret), "type": "court_listing"}
    wrong["subject"]["name"] = [secret]
    tally = feed(tmp_path, wrong, {**line("2", 2), secret: secret, "=cmd()": "x"})
    client = client_for(supervisor)
    page = text(client, f"/imports/{tally.run_id}/")
    assert "values.amount" in page
    assert secret not in page
    assert secret not in str(rows(client, tally))


def test_no_cell_of_the_download_begins_a_formula(tmp_path: Path, supervisor: Actor) -> None:
    tally = feed(tmp_path, line("1", 1, amount="1"), {**line("2", 2), "=cmd()": "x"})
    found = rows(client_for(supervisor), tally)
    assert found[0] == ["Line", "Field", "Code", "Reason"]
    assert len(found) == 3
    assert not [cell for row in found for cell in row if cell[:1] in set("=+-@\t\r")]


def test_reasons_come_in_the_language_of_the_reader(tmp_path: Path, supervisor: Actor) -> None:
    tally = feed(tmp_path, line("1", 1, amount="1"))
    client = client_for(supervisor, language="zh-hans")
    _header, row = rows(client, tally)
    reason = "Write an amount with two decimals, such as 120.00."
    assert row[1] == "values.amount"
    assert reason not in row
    assert reason not in text(client, f"/imports/{tally.run_id}/")


def test_progress_is_told_while_it_runs_and_a_run_without_a_sign_of_life_counts_as_cut_off(
    both: Tally, supervisor: Actor
) -> None:
    client, address = client_for(supervisor), f"/imports/{both.run_id}/"
    running = {"state": "running", "finished_at": None, "lines_in_file": 10}
    ImportRun.objects.filter(pk=both.run_id).update(**running, seen_at=timezone.now())
    said = text(client, address)
    assert "50 percent of the lines are stored." in said
    assert "Look again" in said
    ImportRun.objects.filter(pk=both.run_id).update(seen_at=timezone.now() - timedelta(hours=1))
    said = text(client, address)
    assert "Cut off" in said
    assert "What was read up to line 5 is stored." in said


def test_a_list_of_twenty_asks_no_more_questions_than_one_of_two(
    tmp_path: Path, supervisor: Actor, source_officer: Actor
) -> None:
    for actor in (supervisor, source_officer):
        client = client_for(actor)
        for number in range(2):
            feed(tmp_path, line(f"{actor.user_id}-{number}", number))
        client.get(RUNS)
        few = feeds.queries_of(partial(client.get, RUNS))
        for number in range(2, 20):
            feed(tmp_path, line(f"{actor.user_id}-{number}", number))
        assert feeds.queries_of(partial(client.get, RUNS)) == few


def test_staff_find_it_in_their_navigation(supervisor: Actor, source_officer: Actor, operator: Actor) -> None:
    for actor in (supervisor, source_officer, operator):
        assert f'href="{reverse("records:import-runs")}"' in text(client_for(actor), RUNS)
