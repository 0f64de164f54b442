"""A company of the examples: what it may ask for and from when, and how it asks for repair with its papers."""

from pathlib import Path

import pytest

from appeals.models import Case
from law import procedures
from records.models import Record
from tests import factories
from tests.journeys import acts, cast
from tests.journeys.conftest import Visit
from tests.journeys.inspection import NARROW, WIDE

WIDTHS = {"en": NARROW, "zh-hans": WIDE}


@pytest.mark.soak  # a story of one part; the stories of the whole run in every test
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_company_asks_for_repair(language: str, visit: Visit, tmp_path: Path) -> None:
    factories.organisation("cn-ndrc")
    references = ["2025-000901", "2025-000902", "2025-000903", "2025-000904"]
    cast.hold("cn-corporate-classes", references, tmp_path, language=language)
    listed = Record.objects.get(type="serious_illegal")
    firm = visit(language, name="50-company", width=WIDTHS[language])
    firm.be(factories.person(listed.subject))
    say = firm.say
    repair, delisting = (
        procedures.procedure(f"cn-source-{each}").title.in_language(language) for each in ("repair", "delisting")
    )
    firm.open("/held/")
    firm.sees(say.pick(en="List of serious breaches", zh="严重违法失信名单"))
    firm.open(f"/held/{listed.pk}/")
    firm.sees(repair, delisting, say.pick(en="14 March 2026", zh="2026年3月14日"))
    firm.sees(say.pick(en="14 March 2028", zh="2028年3月14日"))
    firm.follow(say("Dispute this"))
    firm.choose(say("The whole entry"))
    firm.press(say("Continue"))
    firm.choose(repair)
    firm.press(say("Continue"))
    firm.page.locator("input[name=ground][value=repaired]").check()
    firm.press(say("Continue"))
    firm.fill(say("Tell us in your own words"), say.pick(en="We called all toys back.", zh="我们已召回全部玩具。"))
    firm.press(say("Continue"))
    firm.sees(say("Would help"))
    firm.follow(say.pick(en="A promise in writing", zh="信用承诺书"))
    paper = tmp_path / "promise.txt"
    paper.write_text("We promise.")
    firm.page.set_input_files("input[type=file]", paper)
    firm.press(say("Continue"))
    firm.sees(say("The paper was handed in."))
    firm.follow(say("Continue"))
    acts.send(firm)
    case = Case.objects.get()
    firm.open(f"/cases/{case.reference}/")
    firm.sees(say("Papers that the procedure asks for"), say.pick(en="A training certificate", zh="信用修复培训证明"))
    acts.let_the_worker_work()
