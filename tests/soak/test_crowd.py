"""A crowd at once: people, officials, feeds and sweeps act on the same few cases from eight processes.

Somebody comes second all the time and is told so; nothing else goes wrong, no two lock each other out,
and in the end everything agrees.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role
from appeals import errors, integrity, operations, queries
from appeals.access import NotAllowed
from appeals.models import Case, Remedy
from appeals.tasks import sweep
from appeals.workflow import IllegalStep, Status
from audit.models import Entry
from delivery.tasks import deliver_due
from records import queries as held
from records.catalogue import Refused
from records.models import Measure, Record
from tests import factories, processes, resending

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]
ACTORS, ACTS = 8, 400
EXPECTED = (IllegalStep, NotAllowed, errors.CaseError, Refused)
Verb = Callable[[], object]


class Crowd:
    """Those who act, each process with its own chance. `at` is now: the clock of the sweep is the machine's."""

    def __init__(self) -> None:
        self.people = [factories.person() for _ in range(3)]
        self.staff = [factories.staff(Role.CASEWORKER, "cn-spc", Role.SUPERVISOR) for _ in range(4)]
        for person in self.people:
            for _ in range(2):
                factories.record_for(person, measures=("no_plane", "no_star_hotel"), at=timezone.now())

    def act(self, number: int, told: Path) -> None:
        """Act at random; tell what was done how often, and what went wrong."""
        chance, seen = random.Random(number), Counter[str]()
        for _ in range(ACTS):
            verb = self._something(chance)
            try:
                verb()
                seen["done"] += 1
            except EXPECTED:
                seen["told"] += 1
            except Exception as error:  # the test names it
                seen[" ".join(f"{type(error).__name__}: {error}".split())[:500]] += 1
        told.write_text("\n".join(f"{many} {what}" for what, many in seen.items()))

    def _something(self, chance: random.Random) -> Verb:
        cases = list(Case.objects.order_by("-pk")[:6])
        if not cases or chance.random() < 0.15:
            return partial(self._file, chance)
        case = chance.choice(cases)
        person = next(each for each in self.people if each.subject_id == case.subject_id)
        by, at, pk = chance.choice(self.staff), timezone.now(), case.pk
        verbs: list[Verb] = [
            partial(operations.take, pk, by=by, at=at),
            partial(operations.give_back, pk, reason="Ill.", by=by, at=at),
            partial(self._decide, case, chance),
            partial(self._decide, case, chance),
            partial(self._approve, pk, chance),
            partial(self._approve, pk, chance),
            partial(operations.withdraw, pk, by=person, at=at),
            partial(operations.undo_withdrawal, pk, by=person, at=at),
            partial(operations.serve, pk, how="opened", by=person, at=at),
            partial(self._undo, chance),
            partial(self._feed, chance),
            partial(self._resume, chance),
            sweep,
            deliver_due,
        ]
        return chance.choice(verbs)

    def _file(self, chance: random.Random) -> None:
        person = chance.choice(self.people)
        mine = held.held(person)
        items = [factories.item(each.record, ground="inaccurate", field=chance.choice(["", "amount"])) for each in mine]
        chosen = chance.sample(items, k=chance.randint(1, len(items))) if items else []
        operations.file(procedure_id="redress-model", items=chosen, language="en", by=person, at=timezone.now())

    def _decide(self, case: Case, chance: random.Random) -> None:
        by = next((each for each in self.staff if each.user_id == case.caseworker_id), chance.choice(self.staff))
        different = [{"outcome": "rejected", "remedy": ""}] if chance.random() < 0.4 else []
        answers = [
            {"remedy": "delete"} if not each.field else {"remedy": "correct", "value": "1.00"}
            for each in case.items.order_by("number")
        ]
        answers[: len(different)] = different
        operations.draft(case.pk, factories.answers_to(case, answers), by=by, at=timezone.now())
        operations.submit(case.pk, by=by, at=timezone.now())

    def _approve(self, pk: Any, chance: random.Random) -> None:
        case = Case.objects.select_related("decision").get(pk=pk)
        by, at = chance.choice(self.staff), timezone.now()
        if case.status != Status.AWAITING_APPROVAL:
            raise IllegalStep(Status(case.status), "approve")  # type: ignore[arg-type]  # there is no page to press on
        if chance.random() < 0.2:
            operations.send_back(pk, reason="More.", by=by, at=at)
        else:
            operations.approve(pk, seen=case.decision.submitted_at or at, by=by, at=at)

    def _undo(self, chance: random.Random) -> None:
        if remedies := list(Remedy.objects.filter(state="done")[:20]):
            by = chance.choice(self.staff)
            operations.undo_remedy(chance.choice(remedies).pk, reason="Wrong.", by=by, at=timezone.now())

    def _feed(self, chance: random.Random) -> None:
        record = chance.choice(list(Record.objects.select_related("source", "subject")))
        amount = chance.choice(["5.00", "6.00", "7.00"])
        resending.send_again(record, at=timezone.now(), measures=("no_plane", "no_star_hotel"), amount=amount)

    def _resume(self, chance: random.Random) -> None:
        """As if its day had come, which in this test it never has."""
        if ids := list(Measure.objects.filter(resumes_on__isnull=False).values_list("pk", flat=True)):
            at = timezone.now() + timedelta(days=40)
            operations.resume(chance.choice(ids), on=at.date(), at=at)


def test_a_crowd_on_a_few_cases_leaves_everything_in_agreement(tmp_path: Path) -> None:
    crowd = Crowd()
    files = [tmp_path / str(number) for number in range(ACTORS)]
    processes.at_once(partial(crowd.act, number, file) for number, file in enumerate(files))
    seen: Counter[str] = Counter()
    for file in files:
        for line in file.read_text().splitlines():
            many, _, what = line.partition(" ")
            seen[what] += int(many)
    print(seen)
    assert set(seen) == {"done", "told"}
    assert seen["done"] > 200
    sweep()
    deliver_due()
    assert list(integrity.findings(timezone.now())) == []
    done = Remedy.objects.exclude(state="waiting").count()
    assert Entry.objects.filter(event_type="case.remedy_done").count() == done > 0
    assert queries.waiting_remedies(timezone.now() + timedelta(days=1)) == []
