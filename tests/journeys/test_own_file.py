"""The whole of one's own file: found by search, followed through its history, taken along as a copy."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from records import queries, tasks
from records.models import Record
from tests import factories
from tests.journeys import cast
from tests.journeys.conftest import Visit
from tests.journeys.inspection import NARROW, WIDE
from tests.journeys.visitor import Visitor


@pytest.mark.soak  # a story of one part; the stories of the whole run in every test
@pytest.mark.parametrize(("language", "width"), [("en", WIDE), ("zh-hans", NARROW)])
def test_the_own_file_is_searched_followed_and_taken_along(
    language: str, width: int, visit: Visit, tmp_path: Path, settings: Any
) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"
    cast.hold("cn-court-defaulters", ["2025-000123"], tmp_path, language=language)
    record = Record.objects.get()
    versions = list(queries.latest_versions([record]).values())
    for _ in range(7):
        queries.open_for(factories.system("sample-bank"), "credit_decision", versions, at=timezone.now())
    person = visit(language, name="17-own-file", width=width)
    person.be(factories.person(record.subject))
    person.open("/held/")
    searches(person)
    follows(person)
    states(person)
    takes_a_copy(person)


def searches(person: Visitor) -> None:
    say = person.say
    person.press(say("Search"))
    person.is_told_what_is_wrong(say("Enter what to look for"))
    person.fill(say("Look for"), "2025")
    person.press(say("Search"))
    person.sees(say("Found in: %(where)s", where=""))
    person.fill(say("Look for"), "nowhere")
    person.press(say("Search"))
    person.sees(say("Nothing that you may see has all these words. Try fewer words, or a part of one."))
    person.open("/held/")


def follows(person: Visitor) -> None:
    say = person.say
    person.follow(say.pick(en="Listing as a judgment defaulter", zh="失信被执行人"))
    person.follow(say("The whole history"))
    person.sees(say("What else happened with it"))
    person.page.go_back()
    person.follow(say("See all %(number)s times that it was given to somebody", number=7))
    person.sees(say("Who received it"))
    person.page.go_back()
    person.follow(say("All rules for entries of this kind"))
    person.sees(say("What it may say, and what you see of it"))


def states(person: Visitor) -> None:
    say = person.say
    person.open("/held/")
    person.follow(say.pick(en="Listing as a judgment defaulter", zh="失信被执行人"))
    person.follow(say("Attach a statement"))
    person.press(say("Attach it to the entry"))
    person.is_told_what_is_wrong(say("Write what you want to say"))
    person.fill(say("Your words"), "I paid this. 我已付清。")
    person.press(say("Attach it to the entry"))
    person.sees(say("Your statement goes with this entry from now on."))
    person.follow(say("Change it or take it back"))
    person.press(say("Take the statement back"))
    person.sees(say("Your statement goes with this entry no longer. Its words are destroyed."))


def takes_a_copy(person: Visitor) -> None:
    say = person.say
    person.open("/held/")
    person.follow(say("Take a copy of everything with you"))
    person.press(say("Make a copy"))
    person.sees(say("You can leave this page. A message tells you when the copy is ready."))
    tasks.make_copies()
    person.follow(say("Look again"))
    person.sees(say("Keep them where nobody else can read them."))
    with person.page.expect_download() as waiting:
        person.page.get_by_role("link", name=say("To read and print (PDF)")).click()
    assert waiting.value.suggested_filename == "redress-copy-1.pdf"
    person.open("/messages/")
    person.sees(say("Your copy is ready"))
    person.follow(say("Go to your copies"), exact=False)
    person.follow(say("Copy asked for on %(asked)s", asked=""), exact=False)
    person.press(say("Delete this copy now"))
    person.sees(say("The copy is deleted."))
