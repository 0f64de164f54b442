"""Changing one's mind: a withdrawal asks twice, says what starts again and when, and can be taken back."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from appeals import operations
from appeals.models import Case
from records.models import Record
from tests import factories
from tests.journeys import acts, cast
from tests.journeys.conftest import Visit
from tests.journeys.visitor import Visitor


@pytest.mark.soak  # a story of one part; the stories of the whole run in every test
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_withdrawal_asks_twice_and_can_be_taken_back(language: str, visit: Visit, tmp_path: Path, clock: Any) -> None:
    cast.hold("cn-court-defaulters", ["2025-000123"], tmp_path, language=language)
    record = Record.objects.get()
    actor = factories.person(record.subject)
    factories.organisation("cn-spc")
    case = operations.file(
        procedure_id="redress-model",
        items=[factories.item(record, words="这不是我。")],
        language=language,
        by=actor,
        at=timezone.now(),
    )
    person = visit(language, name="6-withdrawal")
    person.be(actor)
    withdraws(person, case)
    person.press(person.say("Take the withdrawal back"))
    person.sees(person.say("Your case goes on. What it stopped stays stopped."))
    withdraws(person, case)

    clock.shift(timedelta(days=40))
    acts.let_the_worker_work()
    person.be(actor)
    person.open(f"/cases/{case.reference}/")
    person.sees(person.say("The withdrawal took effect"))
    person.open(f"/held/{record.pk}/")
    person.sees(person.say("It applies to you now."))
    person.does_not_see(person.say("Disputed"))


def withdraws(person: Visitor, case: Case) -> None:
    say = person.say
    person.open(f"/cases/{case.reference}/")
    person.follow(say("Withdraw this case"))
    person.sees(say.pick(en="No planes", zh="不得乘坐飞机"), say("Go on to withdraw"))
    person.follow(say("Go on to withdraw"))
    person.press(say("Withdraw the case"))
    person.is_told_what_is_wrong(say("Tick the box if you want to withdraw the case"))
    person.choose(say("Yes, I withdraw this case. I have read what starts again, and when."))
    person.press(say("Withdraw the case"))
    person.sees(say("You withdrew the case. You can take this back before the day that it ends."))
