"""Filing: everything happens in one transaction, or nothing does."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Organisation
from appeals import errors, operations, queries
from appeals.evidence_files import EvidenceRefused, make_safe
from appeals.models import Case, ClockEntry, Evidence, Item
from appeals.operations import evidence
from appeals.workflow import Owner, Status
from audit.models import Entry
from delivery.models import Message
from records.models import Mark, Measure, MeasureState
from records.operations import correct
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _holder(holder: Organisation) -> None:
    """Every case has a holder."""


def file(person: Actor, *items: operations.NewItem, procedure: str = "redress-model", **more: Any) -> Case:
    return operations.file(procedure_id=procedure, items=items, language="en", by=person, at=AT, **more)


def test_filing_makes_case_items_marks_suspensions_clock_log_and_messages(person: Actor) -> None:
    record = factories.record_for(person, measures=("no_plane", "no_star_hotel"))
    case = file(person, factories.item(record))
    assert case.status == Status.FILED
    assert queries.whose_turn(case) is Owner.HOLDER
    assert Item.objects.get(case=case).record == record
    assert Mark.objects.get(record=record).ended_at is None
    assert {m.state for m in Measure.objects.filter(record=record)} == {MeasureState.SUSPENDED}
    assert {m.suspended_by_case for m in Measure.objects.filter(record=record)} == {case.pk}
    assert {entry.kind for entry in ClockEntry.objects.filter(case=case)} == {"started", "told"}
    assert "case.filed" in set(Entry.objects.filter(case_id=case.pk).values_list("event_type", flat=True))
    assert Message.objects.get(kind="case_filed").subject_id == person.subject_id
    assert Message.objects.get(kind="source_told_dispute").organisation_id == record.source_id


def test_the_due_date_is_that_of_the_procedure(person: Actor) -> None:
    case = file(person, factories.item(factories.record_for(person)))
    assert case.decide_by == date(2026, 11, 23)  # 15 working days from Monday, 2 November 2026


def test_a_procedure_that_suspends_nothing_leaves_measures_in_force(person: Actor) -> None:
    record = factories.record_for(person)
    file(person, factories.item(record, ground="inaccurate", wanted="x"), procedure="cn-spc-defaulter-list")
    assert Measure.objects.get(record=record).state == MeasureState.IN_FORCE
    assert Mark.objects.filter(record=record, ended_at__isnull=True).exists()


def test_disputing_one_measure_suspends_that_one_only(person: Actor) -> None:
    record = factories.record_for(person, measures=("no_plane", "no_star_hotel"))
    file(person, factories.item(record, ground="disproportionate", measure="no_plane"))
    states = dict(Measure.objects.filter(record=record).values_list("type", "state"))
    assert states == {"no_plane": MeasureState.SUSPENDED, "no_star_hotel": MeasureState.IN_FORCE}


def test_nothing_chosen_is_refused(person: Actor) -> None:
    with pytest.raises(errors.NothingToDispute):
        file(person)


def test_somebody_elses_record_is_as_if_it_were_not_there(person: Actor, other_person: Actor) -> None:
    item = factories.item(factories.record_for(other_person))
    missing = replace(item, record_id=factories.missing_id())
    for each in (item, missing):
        with pytest.raises(errors.NotInYourFile):
            file(person, each)
    assert not Case.objects.exists()


def test_a_measure_of_another_record_is_refused(person: Actor) -> None:
    first, second = factories.record_for(person), factories.record_for(person)
    stray = replace(factories.item(first), measure_id=second.measures.get().pk, ground="disproportionate")
    with pytest.raises(errors.NotInYourFile):
        file(person, stray)


def test_a_value_that_changed_meanwhile_is_not_disputed_unseen(person: Actor) -> None:
    record = factories.record_for(person)
    item = factories.item(record)
    other_case = factories.case_at(Status.FILED, person=person)
    correct(record.pk, "amount", "1.00", case_id=other_case.pk, by=person, at=AT)
    with pytest.raises(errors.ValueMoved) as caught:
        file(person, item)
    assert caught.value.record_ids == [record.pk]


def test_the_same_thing_is_disputed_once_at_a_time(person: Actor) -> None:
    record = factories.record_for(person)
    case = file(person, factories.item(record))
    with pytest.raises(errors.AlreadyDisputed, match=case.reference):
        file(person, factories.item(record))
    file(person, factories.item(record, ground="inaccurate", field="amount", wanted="1.00"))


@pytest.mark.parametrize(
    ("change", "procedure", "error"),
    [
        ({}, "us-fcra-cra-dispute", errors.NotOpenHere),
        ({}, "no-such-procedure", errors.NotOpenHere),
        ({"ground": "cannot_pay"}, "redress-model", errors.GroundNotOffered),
        ({"ground": ""}, "redress-model", errors.GroundNotOffered),
        ({"field": "no_such_field"}, "redress-model", errors.NoSuchField),
    ],
)
def test_what_the_procedure_does_not_offer_is_refused(
    person: Actor, change: dict[str, Any], procedure: str, error: type[Exception]
) -> None:
    item = replace(factories.item(factories.record_for(person)), **change)
    with pytest.raises(error):
        file(person, item, procedure=procedure)


def test_things_of_two_programmes_need_two_cases(person: Actor) -> None:
    items = [
        factories.item(factories.record_for(person)),
        factories.item(factories.record_for(person, "cn-jaywalking", "face_event", ())),
    ]
    with pytest.raises(errors.NotOpenHere):
        file(person, *items)


@pytest.mark.django_db(transaction=True)
def test_a_refused_filing_leaves_nothing_behind(person: Actor) -> None:
    record = factories.record_for(person)
    rows = [Case, Item, Mark, ClockEntry, Evidence, Message, Entry]
    before = [model.objects.count() for model in rows]  # type: ignore[attr-defined]  # every model has objects
    broken = replace(factories.item(record), words="x" * 10, field="amount", ground="cannot_pay")
    with pytest.raises(errors.CaseError):
        file(person, factories.item(record), broken)
    assert [model.objects.count() for model in rows] == before  # type: ignore[attr-defined]
    assert Measure.objects.get(record=record).state == MeasureState.IN_FORCE


@pytest.mark.django_db(transaction=True)
def test_filing_passes_the_guard_at_commit_and_a_draft_sent_twice_is_filed_once(person: Actor) -> None:
    record = factories.record_for(person)
    draft = operations.begin_draft([operations.Target(record.pk)], by=person, at=AT)
    operations.choose_procedure(draft.pk, "redress-model", by=person, at=AT)
    item = draft.items.get()
    operations.describe(
        draft.pk, item.pk, ground="not_me", words="Not me.", wanted="", seen=item.version_id, by=person, at=AT
    )
    later = AT + timedelta(minutes=1)
    first = operations.file_draft(draft.pk, language="en", by=person, at=AT)
    second = operations.file_draft(draft.pk, language="en", by=person, at=later)
    assert first == second
    assert Case.objects.count() == 1


def test_a_draft_is_its_persons_alone(person: Actor, other_person: Actor) -> None:
    from appeals.models import DisputeDraft

    draft = operations.begin_draft([operations.Target(factories.record_for(person).pk)], by=person, at=AT)
    with pytest.raises(DisputeDraft.DoesNotExist):
        operations.discard_draft(draft.pk, by=other_person)
    with pytest.raises(DisputeDraft.DoesNotExist):
        operations.file_draft(draft.pk, language="en", by=other_person, at=AT)


def test_choosing_other_things_keeps_what_was_written_about_those_that_stay(person: Actor) -> None:
    first, second = factories.record_for(person), factories.record_for(person)
    draft = operations.begin_draft([operations.Target(first.pk)], by=person, at=AT)
    item = draft.items.get()
    operations.describe(
        draft.pk, item.pk, ground="not_me", words="My words.", wanted="", seen=item.version_id, by=person, at=AT
    )
    targets = [operations.Target(first.pk), operations.Target(second.pk)]
    operations.select(draft.pk, targets, by=person, at=AT)
    assert [each.words for each in queries.draft_items(draft)] == ["My words.", ""]
    operations.select(draft.pk, [operations.Target(second.pk)], by=person, at=AT)
    assert [each.row.record_id for each in queries.draft_items(draft)] == [second.pk]


def test_a_draft_holds_as_many_files_as_somebody_can_read(person: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MOST_FILES", 1)
    draft = operations.begin_draft([operations.Target(factories.record_for(person).pk)], by=person, at=AT)
    for number in range(2):
        new = operations.NewEvidence(f"{number}.txt", make_safe(b"A letter."))
        if number:
            with pytest.raises(errors.TooManyFiles):
                operations.add_evidence_to_draft(draft.pk, new, by=person, at=AT)
        else:
            operations.add_evidence_to_draft(draft.pk, new, by=person, at=AT)
    assert draft.evidence.count() == 1


def test_the_holder_is_registered_by_the_first_case_about_it(person: Actor) -> None:
    Organisation.objects.filter(code="cn-spc").delete()
    case = file(person, factories.item(factories.record_for(person)))
    assert (case.holder.code, case.holder.name["zh"]) == ("cn-spc", "最高人民法院")


def test_what_is_handed_in_is_scanned_before_anything_opens_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(data: bytes) -> None:
        raise EvidenceRefused("infected")

    monkeypatch.setattr("appeals.clamav.check", refuse)
    with pytest.raises(EvidenceRefused):
        operations.NewEvidence.of("letter.txt", b"A letter.")
