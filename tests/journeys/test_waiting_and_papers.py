"""What cannot be asked for yet, and the papers that a dispute needs, seen by a person and a caseworker."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import Role
from appeals import operations
from appeals.models import Case
from law import procedures
from tests import factories
from tests.journeys import acts, cast
from tests.journeys.conftest import NOW, Visit
from tests.journeys.inspection import NARROW, WIDE
from tests.laws import with_papers, with_waiting

PAPERS: tuple[dict[str, Any], ...] = (
    {"id": "promise", "text": {"en": "A promise in writing", "zh": "信用承诺书"}},
    {"id": "proof", "text": {"en": "Proof of payment", "zh": "缴纳证明"}, "needed_for": ["serious"]},
    {"id": "praise", "text": {"en": "A letter of praise", "zh": "表扬信"}, "evidence": "reported"},
)


WIDTHS = {"en": NARROW, "zh-hans": WIDE}


@pytest.mark.soak  # a story of one part; the stories of the whole run in every test
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_wait_and_the_papers(language: str, visit: Visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_waiting(monkeypatch)
    with_papers(monkeypatch, *PAPERS)
    cast.register_sources()
    person = factories.person(language=language)
    record = factories.record_for(person, at=NOW)
    desk = visit(language, name="31-papers-desk", width=WIDTHS[language])
    worker = cast.official(Role.CASEWORKER, "cn-spc", language).actor

    somebody = visit(language, name="30-papers-person", width=WIDTHS[language])
    somebody.be(person)
    say = somebody.say
    day = say.pick(en="1 March 2027", zh="2027年3月1日")
    delisting = procedures.procedure("cn-source-delisting").title.in_language(language)
    somebody.open("/held/")
    somebody.sees(say("What you cannot ask for yet"), delisting)
    somebody.open(f"/held/{record.pk}/")
    somebody.sees(say("You can ask for this from %(day)s on.") % {"day": day})
    somebody.follow(say("Dispute this"))
    somebody.sees(say("What you cannot ask for yet"))
    somebody.choose(say("The whole entry"))
    somebody.press(say("Continue"))
    somebody.sees(delisting, day)
    somebody.choose(procedures.procedure("redress-model").title.in_language(language))
    somebody.press(say("Continue"))
    somebody.choose(say.pick(en="It is not about me", zh="这不是我"))
    somebody.press(say("Continue"))
    somebody.fill(say("Tell us in your own words"), say.pick(en="I was never there.", zh="我从未去过。"))
    somebody.press(say("Continue"))

    drafts = somebody.page.url.removesuffix("evidence/").removeprefix(somebody.base_url)
    somebody.open(drafts)
    somebody.sees(say.pick(en="2 papers are missing", zh="缺少2份材料"))
    somebody.follow(say("Evidence"))
    promise, proof = (each["text"]["zh" if language != "en" else "en"] for each in PAPERS[:2])
    somebody.sees(say("Always needed."), say("Would help"))
    somebody.follow(promise)
    somebody.press(say("Continue"))
    somebody.is_told_what_is_wrong(say("Choose a file, or say below why you cannot hand it in."))
    paper = tmp_path / "promise.txt"
    paper.write_text("I promise.")
    somebody.page.set_input_files("input[type=file]", paper)
    somebody.press(say("Continue"))
    somebody.sees(say("The paper was handed in."))
    somebody.follow(proof)
    closed = say.pick(en="The office has closed.", zh="发证单位已经关闭。")
    somebody.fill(say("If you cannot hand it in, say why"), closed)
    somebody.press(say("Continue"))
    somebody.follow(say("Continue"))
    somebody.sees(closed, say("Cannot be handed in"))
    acts.send(somebody)
    case = Case.objects.get()
    somebody.open(f"/cases/{case.reference}/")
    somebody.sees(say("Papers that the procedure asks for"), closed)

    operations.take(case.pk, by=worker, at=NOW)
    desk.be(worker)
    desk.open(f"/casework/{case.reference}/")
    desk.sees(promise, proof, closed)
    desk.follow(say("Ask for what is missing"), within=desk.page.locator("p"))
    assert proof in desk.page.locator("textarea").input_value()
    desk.press(say("Ask the person"))
    somebody.open(f"/cases/{case.reference}/complete/")
    somebody.sees(proof)
