"""The factories reach every status by steps, in real transactions, so the database's own guards have looked on."""

import pytest

from appeals.workflow import Status
from tests import factories, samples


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", list(Status))
def test_every_status_can_be_reached_through_operations(status: Status) -> None:
    assert factories.case_at(status).status == status


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("programme", "procedure"), [("cn-jaywalking", "redress-model"), ("us-credit-file", "us-fcra-cra-dispute")]
)
def test_other_programmes_and_procedures_work_too(programme: str, procedure: str) -> None:
    person = factories.person()
    record = factories.record_for(person, programme, samples.first_type(programme), ())
    items = [factories.item(record, ground="not_me")]
    case = factories.case_at(Status.SERVED, person=person, items=items, programme=programme, procedure=procedure)
    assert case.programme == programme
