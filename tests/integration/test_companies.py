"""The companies of the examples, under the shipped law: from when repair can be asked for, which papers, until when."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.actors import SERVICE, Actor
from accounts.models import Organisation, Role
from accounts.operations import register_organisation
from appeals import access, openings, operations, queries
from appeals.access import NotAllowed
from appeals.errors import NotOpenHere
from appeals.models import Case
from appeals.operations import NewEvidence, Papers
from appeals.queries import Presence, filing_window
from delivery import operations as delivery
from delivery.models import Message
from law import procedures
from records import catalogue
from records import queries as held
from records.importing import import_file
from records.models import Record
from tests import factories
from tests.disputes import page
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PROGRAMME = "cn-corporate-classes"
ABOVE = "Administrative reconsideration authority"


def refused(code: str) -> Any:
    return pytest.raises(NotAllowed, check=lambda error: error.code == code)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def records() -> dict[str, Record]:
    """What the story says about the trading company, by type."""
    register_organisation(code="cn-ndrc", name_en="The commission", name_zh="发改委", by=SERVICE, at=NOW)
    file = Path(settings.BASE_DIR) / "examples" / f"{PROGRAMME}.jsonl"
    tally = import_file(
        catalogue.programme(PROGRAMME), file, by=SERVICE, clock=timezone.now, progress=lambda _count: None
    )
    assert (tally.created, tally.refused) == (len(file.read_text(encoding="utf-8").splitlines()), 0)
    return {each.type: each for each in Record.objects.filter(source_ref__range=("2025-000901", "2025-000904"))}


@pytest.fixture
def company(records: dict[str, Record]) -> Actor:
    return factories.person(records["serious_illegal"].subject)


def test_the_waiting_times_of_a_listed_company_are_counted_by_the_shipped_law(
    records: dict[str, Record], company: Actor
) -> None:
    entry = held.held_record(company, records["serious_illegal"].pk)
    found = {each.procedure: each for each in openings.of_entry(entry, NOW)}
    # One year after 14 March 2025 is over; three years are not, and nobody here has read the words of that rule.
    assert "The waiting time was over on 14 March 2026." in found["cn-source-repair"].says
    assert "until 14 March 2028" in found["cn-source-delisting"].says
    assert "it does not make you wait" in found["cn-source-delisting"].says
    penalty = held.held_record(company, records["adverse_entry"].pk)
    repair = {each.procedure: each for each in openings.of_entry(penalty, NOW)}["cn-ndrc-credit-repair-2026"]
    assert "The waiting time was over on 7 June 2025." in repair.says  # three months after 7 March
    assert repair.opens_on is None


def test_a_company_asks_for_repair_with_its_papers(records: dict[str, Record], company: Actor) -> None:
    listed = factories.item(records["serious_illegal"], ground="repaired")
    case = operations.file(
        procedure_id="cn-source-repair",
        items=[listed],
        evidence=[NewEvidence.of("promise.txt", b"We promise.", document="promise")],
        papers=Papers(without={"training_certificate": "No course was offered this year."}),
        language="zh-hans",
        by=company,
        at=NOW,
    )
    assert {each.rule.id: each.presence for each in queries.required_of(case)} == {
        "promise": Presence.ATTACHED,
        "registration_certificate": Presence.MISSING,
        "proof_of_rectification": Presence.MISSING,
        "training_certificate": Presence.EXPLAINED,
    }
    assert not any(each.is_incomplete for each in queries.required_of(case))  # told of, and not read


def test_reconsideration_has_a_last_day_once_the_company_has_read_of_the_entry(
    records: dict[str, Record], company: Actor
) -> None:
    record, law = records["serious_illegal"], procedures.procedure("cn-admin-reconsideration")
    assert filing_window(law, [record.pk], company.own_subjects, PROGRAMME) is None
    told = Message.objects.filter(record_id=record.pk).values_list("pk", flat=True)
    delivery.mark_read(told, subject_id=record.subject_id, at=NOW)
    window = filing_window(law, [record.pk], company.own_subjects, PROGRAMME)
    assert window
    assert window.due.latest == date(2027, 1, 25)  # 60 days after 24 November end on Saturday 23 January


def test_the_office_above_decides_a_reconsideration_and_nobody_of_the_office_below(
    records: dict[str, Record], company: Actor
) -> None:
    listed = factories.item(records["serious_illegal"], ground="inaccurate")
    case = operations.file(
        procedure_id="cn-admin-reconsideration", items=[listed], language="zh-hans", by=company, at=NOW
    )
    assert (case.holder.code, case.holder.name) == ("cn-reconsideration", {"en": ABOVE, "zh": "行政复议机关"})
    below, above = Organisation.objects.get(code="cn-ndrc"), case.holder
    told = Message.objects.filter(case_id=case.pk, kind="source_told_dispute").values_list("organisation_id", flat=True)
    assert below.pk in set(told)
    of_below = factories.staff(Role.CASEWORKER, below)
    assert not access.visible_to(of_below).exists()
    with refused("no_caseworker"):
        operations.take(case.pk, by=of_below, at=NOW)
    of_both = factories.staff(Role.CASEWORKER, below)
    of_both = replace(of_both, seats=(*of_both.seats, *factories.staff(Role.CASEWORKER, above).seats))
    with refused("office_below"):
        operations.take(case.pk, by=of_both, at=NOW)
    worker, supervisor = factories.staff(Role.CASEWORKER, above), factories.staff(Role.SUPERVISOR, above)
    operations.take(case.pk, by=worker, at=NOW)
    assert [each.row.number for each in queries.open_items(case, worker, at=NOW)] == [1]
    answer = {"remedy": "delete", "reasons": "The penalty was lifted by a court."}
    operations.draft(case.pk, factories.answers_to(case, [answer]), by=worker, at=NOW)
    operations.submit(case.pk, by=worker, at=NOW)
    decided = operations.approve(case.pk, seen=NOW, by=supervisor, at=NOW)
    assert decided.decided_at == NOW


def test_a_reconsideration_from_before_there_was_an_office_above_is_decided_where_it_is(
    records: dict[str, Record], company: Actor
) -> None:
    listed = factories.item(records["serious_illegal"], ground="inaccurate")
    case = operations.file(
        procedure_id="cn-admin-reconsideration", items=[listed], language="zh-hans", by=company, at=NOW
    )
    below = Organisation.objects.get(code="cn-ndrc")
    Case.objects.filter(pk=case.pk).update(holder=below)
    assert operations.take(case.pk, by=factories.staff(Role.CASEWORKER, below), at=NOW).caseworker_id


def test_where_no_office_above_is_named_a_reconsideration_is_not_offered(
    monkeypatch: pytest.MonkeyPatch, records: dict[str, Record], company: Actor
) -> None:
    programme = catalogue.programme(PROGRAMME).model_copy(update={"higher_body": None})
    monkeypatch.setattr(catalogue, "programmes", lambda: {PROGRAMME: programme})
    entry = held.held_record(company, records["serious_illegal"].pk)
    offered = {each.id for each in queries.procedures_for(entry, None, NOW.date())}
    assert "cn-admin-reconsideration" not in offered and "cn-source-repair" in offered
    listed = factories.item(records["serious_illegal"], ground="inaccurate")
    with pytest.raises(NotOpenHere):
        operations.file(procedure_id="cn-admin-reconsideration", items=[listed], language="en", by=company, at=NOW)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_tell_a_company_what_it_can_ask_for(
    records: dict[str, Record], company: Actor, client_of: ClientOf, language: str
) -> None:
    client = client_of(company, language=language)
    shown = page(client.get(reverse("records:record", args=[records["serious_illegal"].pk])))
    for words in (
        ("Have your credit repaired after one year", "14 March 2028")
        if language == "en"
        else ("满一年申请信用修复", "2028年3月14日")
    ):
        assert words in shown
    assert "省级市场监管部门负责人" not in shown  # of an officer only the role
