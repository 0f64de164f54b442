"""A remedy that fails is tried again later and later, and never stands in the way of the others."""

from datetime import timedelta
from typing import Any

import pytest

from appeals import operations, queries, tasks
from appeals.models import Remedy, RemedyKind, RemedyState, RemedyTry
from appeals.operations import remedies
from appeals.workflow import Status
from audit.models import Entry
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)


@pytest.fixture
def remedy() -> Remedy:
    return factories.case_at(Status.DECIDED).remedies.get()


def test_a_failed_remedy_is_put_off_for_longer_each_time(remedy: Remedy) -> None:
    entries = Entry.objects.count()
    waits = []
    for _ in range(8):
        operations.put_off_remedy(remedy.pk, at=LATER)
        waits.append(RemedyTry.objects.get().next_try_at - LATER)
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert waits[-1] == waits[-2] == timedelta(hours=12)
    assert Entry.objects.count() == entries


def test_it_is_found_again_only_when_its_time_has_come(remedy: Remedy) -> None:
    assert queries.waiting_remedies(LATER) == [remedy.pk]
    operations.put_off_remedy(remedy.pk, at=LATER)
    assert queries.waiting_remedies(LATER) == []
    assert queries.waiting_remedies(LATER + timedelta(minutes=1)) == [remedy.pk]


def test_remedies_that_always_fail_do_not_starve_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {factories.case_at(Status.DECIDED, at=AT).remedies.get().pk for _ in range(2)}
    whole = factories.case_at(Status.DECIDED, at=AT + timedelta(hours=12)).remedies.get()
    real = remedies._DO[RemedyKind(whole.kind)]
    kind = RemedyKind(whole.kind)

    def fail(remedy: Remedy, *rest: Any) -> Any:
        if remedy.pk in broken:
            raise RuntimeError
        return real(remedy, *rest)

    monkeypatch.setitem(remedies._DO, kind, fail)
    found = queries.waiting_remedies
    monkeypatch.setattr(queries, "waiting_remedies", lambda at: found(at, limit=2))
    tasks.sweep()
    tasks.sweep()
    assert Remedy.objects.get(pk=whole.pk).state == RemedyState.DONE
    assert set(RemedyTry.objects.values_list("remedy_id", flat=True)) == broken
