"""An office reads what became of its file, on a telephone and at a desk, in both languages."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import SERVICE
from accounts.models import Role
from records.catalogue import programme
from records.importing import import_file
from records.models import ImportRun
from tests import factories, feeds
from tests.feeds import COURT, line
from tests.journeys.conftest import Visit
from tests.journeys.inspection import NARROW, WIDE

pytestmark = pytest.mark.soak  # a story of one part; the stories of the whole run in every test


@pytest.mark.parametrize(("language", "width"), [("en", NARROW), ("zh-hans", WIDE)])
def test_an_officer_finds_the_lines_that_were_refused(
    visit: Visit, settings: Any, tmp_path: Path, language: str, width: int
) -> None:
    settings.VAR_DIR = tmp_path / "var"
    officer = factories.staff(Role.SOURCE_OFFICER, "sample-court", language=language)
    wrong = [line("2", 2, amount="12"), {**line("3", 3), "type": "no_such_type"}]
    path = feeds.write(tmp_path, [line("1", 1), *wrong])
    tally = import_file(programme(COURT), path, by=SERVICE, clock=timezone.now)
    desk = visit(language, width=width, name="12-imports")
    desk.be(officer)
    desk.open("/imports/")
    desk.screenshots()
    desk.open(f"/imports/{tally.run_id}/")
    desk.sees("values.amount", "feed.jsonl", "Sample Court")
    desk.screenshots("report")
    ImportRun.objects.filter(pk=tally.run_id).update(state="running", finished_at=None, lines_in_file=6)
    desk.open(f"/imports/{tally.run_id}/")
    desk.sees("50 percent of the lines are stored." if language == "en" else "50")
