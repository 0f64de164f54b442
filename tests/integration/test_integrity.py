"""The integrity checks find what is broken, say it without values, and stay silent about what is right."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from accounts.actors import Actor
from accounts.models import Membership, Organisation
from appeals import integrity
from appeals.models import Case, ItemOutcome, Remedy
from appeals.workflow import FINAL, Status
from audit.ids import uuid7
from audit.models import Entry, SubjectKey
from delivery.models import Message
from records.models import Content, Mark, Measure, Record
from tests import factories
from tests.factories import AT, case_at

DOCS = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "check-integrity.md"
DAY = timedelta(days=1)
Broken = Callable[[Case, Record], object]


def codes(at: Any = AT + timedelta(hours=8)) -> set[str]:
    return {found.code for found in integrity.findings(at)} - {"message.mail_overdue", "remedy.overdue"}


@pytest.mark.django_db
@pytest.mark.parametrize("status", Status)
def test_nothing_is_found_in_a_case_that_operations_made(status: Status) -> None:
    case_at(status)
    at = AT + (90 * DAY if status in FINAL else DAY)
    factories.resume_due(on=at.date(), at=at)
    assert codes(at) == set()


def _end_the_case(case: Case, _record: Record) -> None:
    Case.objects.filter(pk=case.pk).update(status=Status.CLOSED, closed_at=AT, caseworker=None)


def _take_the_record_out(_case: Case, record: Record) -> None:
    Record.objects.filter(pk=record.pk).update(state="sealed")


def _change_the_subject(_case: Case, record: Record) -> None:
    Measure.objects.filter(record=record).update(subject=factories.subject())


def _lose_the_keys(case: Case, _record: Record) -> None:
    SubjectKey.objects.filter(pk=case.subject_id).delete()


def _decide_without_answers(case: Case, _record: Record) -> None:
    Case.objects.filter(pk=case.pk).update(decided_at=AT)


BREAKS: dict[str, Broken] = {
    "record.version_missing": lambda _, record: Record.objects.filter(pk=record.pk).update(latest_number=2),
    "record.content_missing": lambda _, record: Content.objects.filter(record=record).delete(),
    "record.of_another_subject": _change_the_subject,
    "record.marked_without_case": _end_the_case,
    "measure.suspended_without_case": _end_the_case,
    "measure.on_what_is_out": _take_the_record_out,
    "measure.resumption_overdue": lambda _, record: Measure.objects.filter(record=record).update(
        resumes_on=(AT - 9 * DAY).date()
    ),
    "case.status_differs_from_log": lambda case, _: Case.objects.filter(pk=case.pk).update(
        status=Status.FILED, caseworker=None
    ),
    "case.caseworker_without_seat": lambda *_: Membership.objects.update(ended_at=AT),
    "item.unanswered": _decide_without_answers,
    "subject.without_key": _lose_the_keys,
    "log.opening_without_key": _lose_the_keys,
}


@pytest.mark.django_db
@pytest.mark.parametrize("code", BREAKS)
def test_what_is_broken_is_found(person: Actor, code: str) -> None:
    record = factories.record_for(person)
    case = case_at(Status.IN_REVIEW, person=person, items=[factories.item(record)])
    assert codes() == set()
    BREAKS[code](case, record)
    assert code in codes()


@pytest.mark.django_db
def test_what_came_in_past_the_log_is_found(person: Actor) -> None:
    case_at(Status.FILED)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        Entry.objects.all().delete()
        assert {"case.without_entry", "record.without_entry", "log.opening_without_entry"} <= codes()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_case_about_nothing_is_found() -> None:
    case = case_at(Status.FILED)
    case.items.all().delete()
    assert "case.without_item" in codes()


@pytest.mark.django_db
def test_a_remedy_that_is_not_what_was_decided_is_found() -> None:
    case = case_at(Status.DECIDED)
    ItemOutcome.objects.filter(case=case).update(remedy="delete")
    assert "remedy.differs_from_decision" in codes()


@pytest.mark.django_db
@pytest.mark.parametrize("item", [{}, {"measure": "no_plane", "ground": "cannot_pay"}])
def test_a_remedy_that_was_done_and_has_no_effect_is_found(person: Actor, item: dict[str, str]) -> None:
    record = factories.record_for(person)
    case = case_at(Status.DECIDED, person=person, items=[factories.item(record, **item)])
    factories.carry_out(case)
    assert codes() == set()
    Record.objects.update(state="current")
    Measure.objects.update(state="in_force", lifted_at=None)
    assert "remedy.without_effect" in codes()


@pytest.mark.django_db
def test_what_waits_too_long_is_found(person: Actor) -> None:
    case_at(Status.DECIDED)
    found = {finding.code for finding in integrity.findings(AT + DAY)}
    assert found == {"remedy.overdue", "message.mail_overdue"}
    factories.carry_out(Case.objects.get())
    Message.objects.filter(mail_state="waiting").update(mail_state="sent", next_try_at=None, sent_at=AT)
    assert codes(AT + DAY) == set()
    assert codes(AT + 60 * DAY) == {"case.service_overdue"}


@pytest.mark.django_db
def test_days_that_went_by_are_found(holder: Organisation, person: Actor) -> None:
    case_at(Status.WITHDRAWING)
    served = case_at(Status.SERVED)
    factories.carry_out(served)
    assert codes(AT + 10 * DAY) == set()
    assert codes(AT + 90 * DAY) >= {"case.withdrawal_overdue", "case.closing_overdue", "measure.resumption_overdue"}


@pytest.mark.django_db
def test_a_mark_that_outlives_its_remedy_is_found() -> None:
    case = case_at(Status.SERVED)
    assert codes() == set()  # the remedy waits, so the mark stands
    factories.carry_out(case)
    Mark.objects.update(ended_at=None)
    assert codes() == {"record.marked_without_case"}


@pytest.mark.django_db
def test_evidence_without_its_file_is_found(person: Actor, tmp_path: Path, settings: Any) -> None:
    settings.EVIDENCE_DIR = tmp_path
    case = case_at(Status.FILED, person=person)
    case.evidence.create(
        id=uuid7(), subject_id=case.subject_id, sealed_name=b"", kind="text", size=1, digest=bytes(32), added_at=AT
    )
    assert codes() == {"evidence.without_file"}


@pytest.mark.django_db
def test_the_command_prints_codes_and_ids_and_no_values(person: Actor) -> None:
    out = StringIO()
    call_command("check_integrity", stdout=out)
    assert "checks hold" in out.getvalue()
    case = case_at(Status.DECIDED, person=person)
    for _ in range(24):
        factories.record_for(person)
    Record.objects.update(latest_number=7)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_integrity", stdout=out)
    assert ended.value.code == 1
    said = out.getvalue()
    assert f"remedy.overdue: 1\n  {Remedy.objects.get(case=case).pk}\n" in said
    assert "record.version_missing: 25" in said
    assert "and 5 more" in said
    assert case.reference not in said


def test_every_code_is_explained() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert [code for code in integrity.all_checks() if f"`{code}`" not in text] == []


def test_every_move_of_a_case_leads_to_one_status() -> None:
    assert set(integrity.STATUS_AFTER.values()) == set(Status)
