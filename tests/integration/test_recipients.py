"""Recipients that asked for it are told of changes of what they received, and of nothing else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.actors import SERVICE, Actor
from accounts.models import Scope, Subject
from audit.models import Entry
from delivery import systems
from delivery.models import Delivery
from records import catalogue, recipients
from records import operations as records
from records.access import visible_to
from records.api.disclosing import disclose
from records.importing import import_one
from records.models import Record, Subscription
from records.recipients import Told
from tests import factories, samples
from tests.factories import AT

pytestmark = pytest.mark.django_db
PROGRAMME = "cn-court-defaulters"


@pytest.fixture
def bank() -> Actor:
    return factories.system("sample-bank")


@pytest.fixture
def record(person: Actor) -> Record:
    return factories.record_for(person)


def receive(system: Actor, *these: Record, purpose: str = "credit_decision") -> None:
    found = list(visible_to(system).filter(pk__in=[each.pk for each in these]))
    assert len(disclose(system, found, purpose=purpose, at=AT)) == len(these)


def subscribe(system: Actor, **what: Any) -> Subscription:
    made, _ = records.subscribe(**{"programme": PROGRAMME, **what}, by=system, at=AT)
    return made


def whats() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("what", flat=True))


def correct(record: Record) -> None:
    records.correct(record.pk, "court", "Another Court", case_id=record.pk, by=SERVICE, at=AT)


def delete_and_undo(record: Record) -> None:
    before = records.delete(record.pk, case_id=record.pk, by=SERVICE, at=AT)
    records.undo(before, case_id=record.pk, by=SERVICE, at=AT)


def suspend_and_resume(record: Record) -> None:
    measures = [measure.pk for measure in record.measures.all()]
    records.suspend(measures, case_id=record.pk, by=SERVICE, at=AT)
    records.set_resumption(case_id=record.pk, on=AT.date(), by=SERVICE, at=AT)
    records.resume(measures[0], on=AT.date(), at=AT)


def mark_and_unmark(record: Record) -> None:
    records.mark_disputed(record.pk, field="", case_id=record.pk, by=SERVICE, at=AT)
    records.end_marks([record.pk], case_id=record.pk, by=SERVICE, at=AT)


CHANGES: dict[str, tuple[Callable[[Record], Any], list[Told]]] = {
    "correct": (correct, [Told.CORRECTED]),
    "delete, undo": (delete_and_undo, [Told.DELETED, Told.RESTORED]),
    "detach": (lambda r: records.detach(r.pk, case_id=r.pk, by=SERVICE, at=AT), [Told.DETACHED]),
    "lift": (lambda r: records.lift(r.measures.get().pk, case_id=r.pk, by=SERVICE, at=AT), [Told.MEASURE_LIFTED]),
    "suspend, resume": (suspend_and_resume, [Told.MEASURE_SUSPENDED, Told.MEASURE_RESUMED]),
    "mark, unmark": (mark_and_unmark, [Told.MARKS_CHANGED, Told.MARKS_CHANGED]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_what_was_received_is_told(bank: Actor, record: Record, change: str) -> None:
    receive(bank, record)
    subscribe(bank)
    make, expected = CHANGES[change]
    make(record)
    assert sorted(whats()) == sorted(expected)
    assert {d.organisation_id for d in Delivery.objects.all()} == {bank.organisation_id}


@pytest.mark.parametrize("change", CHANGES)
def test_who_did_not_receive_it_is_told_nothing(bank: Actor, record: Record, change: str) -> None:
    receive(bank, factories.record_for(factories.person()))
    subscribe(bank)
    CHANGES[change][0](record)
    assert whats() == []


def test_who_did_not_subscribe_is_told_nothing(bank: Actor, record: Record) -> None:
    receive(bank, record)
    correct(record)
    assert whats() == []


def test_a_subscription_that_ended_tells_nothing_more(bank: Actor, record: Record) -> None:
    receive(bank, record)
    made = subscribe(bank)
    records.end_subscription(made.pk, by=bank, at=AT)
    correct(record)
    assert whats() == []
    with pytest.raises(Subscription.DoesNotExist):
        records.end_subscription(made.pk, by=bank, at=AT)


def test_a_purpose_narrows_it(bank: Actor, record: Record) -> None:
    receive(bank, record, purpose="credit_decision")
    subscribe(bank, purpose="travel_booking")
    correct(record)
    assert whats() == []
    subscribe(bank, purpose="credit_decision")
    mark_and_unmark(record)
    assert len(whats()) == 2


def test_two_subscriptions_that_cover_it_tell_once(bank: Actor, record: Record) -> None:
    receive(bank, record)
    receive(bank, record, purpose="other_purpose")
    for what in ({}, {"purpose": "credit_decision"}, {"record_id": record.pk}):
        subscribe(bank, **what)
    correct(record)
    assert whats() == [Told.CORRECTED]


def test_a_record_can_be_subscribed_to_only_once_it_was_received(bank: Actor, record: Record) -> None:
    with pytest.raises(Record.DoesNotExist):
        subscribe(bank, record_id=record.pk)
    receive(bank, record)
    made = subscribe(bank, record_id=record.pk)
    assert (made.record_id, made.subject_id) == (record.pk, record.subject_id)
    assert Entry.objects.filter(event_type="subscription.made", record_id=record.pk).exists()


def test_a_subscription_to_one_record_tells_nothing_of_another(bank: Actor, record: Record, person: Actor) -> None:
    other = factories.record_for(person)
    receive(bank, record, other)
    subscribe(bank, record_id=record.pk)
    correct(other)
    assert whats() == []


def test_subscribing_twice_is_one_subscription(bank: Actor) -> None:
    first, is_new = records.subscribe(programme=PROGRAMME, by=bank, at=AT)
    again, is_new_again = records.subscribe(programme=PROGRAMME, by=bank, at=AT)
    assert (first.pk, is_new, is_new_again) == (again.pk, True, False)


def test_what_is_told_is_rolled_back_with_the_change(bank: Actor, record: Record) -> None:
    receive(bank, record)
    subscribe(bank)
    with transaction.atomic():
        correct(record)
        transaction.set_rollback(True)
    assert whats() == []


def test_a_delivery_names_what_was_received_and_never_a_value(bank: Actor, record: Record) -> None:
    receive(bank, record)
    subscribe(bank)
    received = record.versions.get()
    correct(record)
    delivery = Delivery.objects.get()
    assert delivery.received_version_id == received.pk
    assert delivery.subject_id == record.subject_id


# --- reading and acknowledging


def give(system: Actor, after: int = 0, limit: int = 100) -> list[Delivery]:
    assert system.organisation_id
    return list(systems.give(system.organisation_id, system.programmes, after=after, limit=limit, at=AT))


@pytest.fixture
def told(bank: Actor, record: Record) -> Actor:
    """A bank that is to be told of two changes."""
    receive(bank, record)
    subscribe(bank)
    mark_and_unmark(record)
    return bank


def test_changes_are_given_in_order_and_page_by_page(told: Actor) -> None:
    assert [d.number for d in give(told, limit=1)] == [1]
    assert [d.number for d in give(told, after=1)] == [2]
    assert give(told, after=2) == []
    assert [d.number for d in give(told)] == [1, 2]


def test_a_row_that_became_visible_late_is_not_skipped(told: Actor, record: Record) -> None:
    """As after a long transaction: its id is older than those that were given."""
    late = Delivery.objects.order_by("pk").first()
    assert late
    fields = {f.attname: getattr(late, f.attname) for f in Delivery._meta.concrete_fields}
    Delivery.objects.filter(pk=late.pk).delete()
    assert [d.number for d in give(told)] == [1]
    Delivery.objects.create(**fields)
    assert [(d.pk, d.number) for d in give(told, after=1)] == [(late.pk, 2)]


def test_another_organisation_reads_nothing_of_it(told: Actor) -> None:
    assert give(factories.system("sample-airline")) == []


def test_a_key_for_another_programme_reads_nothing_of_it(told: Actor) -> None:
    other = factories.system("sample-bank", "us-credit-file")
    assert give(other) == []
    assert records.acknowledge(up_to=10, by=other, at=AT) == 0


def test_acknowledging_is_noted_once_and_logged(told: Actor, record: Record) -> None:
    give(told)
    assert records.acknowledge(up_to=1, by=told, at=AT) == 1
    assert records.acknowledge(up_to=2, by=told, at=AT + timedelta(hours=1)) == 1
    assert records.acknowledge(up_to=2, by=told, at=AT) == 0
    assert Entry.objects.filter(event_type="recipient.acknowledged", record_id=record.pk).count() == 2


def test_what_was_not_given_cannot_be_acknowledged(told: Actor) -> None:
    assert records.acknowledge(up_to=10, by=told, at=AT) == 0


def test_the_person_sees_who_was_told_when(told: Actor, record: Record, person: Actor, other_person: Actor) -> None:
    assert [each.told_at for each in recipients.told(person, record.pk)] == [None, None]
    give(told, limit=1)
    records.acknowledge(up_to=1, by=told, at=AT)
    newest, oldest = recipients.told(person, record.pk)
    both = {(newest.told_at, newest.acknowledged_at), (oldest.told_at, oldest.acknowledged_at)}
    assert both == {(AT, AT), (None, None)}
    assert oldest.recipient.code == "sample-bank"
    assert oldest.case_id == record.pk
    by_case = recipients.tellings_by_case([record.subject_id], [record.pk])
    assert set(by_case) == {record.pk}
    with pytest.raises(Record.DoesNotExist):
        recipients.told(other_person, record.pk)


def test_telling_costs_the_same_for_two_records_and_for_twenty(bank: Actor) -> None:
    def queries_for(number: int) -> int:
        these = [factories.record_for(factories.person()) for _ in range(number)]
        receive(bank, *these)
        with CaptureQueriesContext(connection) as captured:
            assert records.tell_recipients([each.pk for each in these], Told.CORRECTED, at=AT) == number
        return len(captured)

    subscribe(bank)
    assert queries_for(2) == queries_for(20)


def test_only_systems_that_may_read_have_subscriptions(bank: Actor, person: Actor) -> None:
    subscribe(bank)
    writer = factories.system("sample-bank", PROGRAMME, scopes=[Scope.RECORDS_WRITE])
    assert recipients.subscriptions(bank).count() == 1
    assert not recipients.subscriptions(writer).exists()
    assert not recipients.subscriptions(person).exists()


def test_what_the_source_changes_or_takes_back_is_told(bank: Actor, record: Record, person: Actor) -> None:
    receive(bank, record)
    subscribe(bank)
    about = factories._named(Subject.objects.get(pk=person.own_subject), PROGRAMME)
    line = samples.line(
        PROGRAMME, record.type, [], {"amount": "1.00"}, source="sample-court", ref=record.source_ref, about=about
    )
    import_one(catalogue.programme(PROGRAMME), line, source="sample-court", by=SERVICE, at=AT)
    records.withdraw(record.pk, records.Hand(), by=SERVICE, at=AT)
    records.put_back(record.pk, by=SERVICE, at=AT)
    assert sorted(whats()) == sorted([Told.CHANGED, Told.WITHDRAWN, Told.RESTORED])
