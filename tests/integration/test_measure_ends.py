"""A source ends a measure earlier than it had said, and never later: by sending its record again with another `to`."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from accounts.actors import SERVICE, Actor
from accounts.models import Organisation, Role
from appeals import integrity, operations
from appeals.models import Case
from appeals.workflow import Status
from audit.models import Entry
from audit.queries import opened
from delivery import rendering
from delivery.models import Delivery, Message
from records import access, against_log, queries
from records import operations as records
from records.access import visible_to
from records.api.disclosing import disclose
from records.catalogue import Refused, programme
from records.importing import Options, Outcome, import_file, import_one
from records.models import Measure, MeasureState, Record, SourceChange, Version
from tests import api_clients, factories, feeds
from tests.factories import AT, case_at
from tests.feeds import COURT, Line, codes, feed, line
from tests.fixtures import client_for
from tests.integration.test_lock_order import behind, errors_in
from tests.unit.test_csv_rows import as_csv

DAY = timedelta(days=1)
SOON, LATER = "2026-12-01", "2026-12-31"
LONGER = "measures.0.to", "measure_made_longer"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


def until(to: str | None, ref: str = "1", person: int = 1, type: str = "no_plane", **values: Any) -> Line:
    """A line with one measure, which is in force until that day; None: until it is lifted."""
    made = line(ref, person, email=f"p{person}@mail.example", **{"amount": "830.00", **values})
    return {**made, "measures": [{"type": type, "from": "2026-10-25", "to": to}]}


def gone(ref: str = "1") -> Line:
    return {"source": "sample-court", "source_ref": ref, "type": "court_listing", "withdrawn": True}


def end() -> date | None:
    return Measure.objects.get().to_on


def on(day: str) -> date:
    return date.fromisoformat(day)


@pytest.fixture
def record(holder: Organisation, tmp_path: Path) -> Record:
    feed(tmp_path, until(None))
    return Record.objects.get()


def owner(record: Record) -> Actor:
    return factories.person(record.subject)


def disputed(record: Record, **item: Any) -> Case:
    return case_at(Status.FILED, person=owner(record), items=[factories.item(record, **item)])


# --- outside a dispute


@pytest.mark.django_db(transaction=True)
def test_an_end_that_a_source_sends_later_is_taken_over_and_told(tmp_path: Path) -> None:
    feed(tmp_path, until(None))
    tally = feed(tmp_path, until(SOON))
    assert (tally.changed, tally.unchanged, tally.notices) == (1, 0, 1)
    measure = Measure.objects.get()
    assert (measure.to_on, measure.state, measure.lifted_at) == (on(SOON), MeasureState.IN_FORCE, None)
    assert Version.objects.count() == 1, "a measure is not content"
    told = Message.objects.get(kind="measure_shortened")
    assert (told.subject_id, told.record_id, told.measure_id) == (measure.subject_id, measure.record_id, measure.pk)
    assert "is 1 December 2026. After that day it does not apply to you." in rendering.rendered(told, "en").body
    entry = Entry.objects.get(event_type="measure.shortened")
    facts = opened([entry.pk])[entry.pk]
    assert (facts["measure"], facts["ends_on"]) == (f"no_plane:{measure.pk}", SOON)
    assert facts["notice"] in ("mail", "inbox")
    assert [each for each in integrity.findings(AT) if each.code.startswith(("record", "measure"))] == []


def test_the_page_and_a_recipient_say_so(tmp_path: Path, record: Record) -> None:
    address, me = reverse("records:record", args=[record.pk]), owner(record)
    bank = factories.system("sample-bank")
    disclose(bank, list(visible_to(bank)), purpose="check", at=AT)
    records.subscribe(programme=COURT, by=bank, at=AT)
    assert "Until it is lifted" in client_for(me).get(address).content.decode()
    feed(tmp_path, until(SOON))
    page = client_for(me).get(address).content.decode()
    assert "Until it is lifted" not in page
    assert "1 December 2026" in page
    assert list(Delivery.objects.values_list("what", flat=True)) == ["changed"]
    (given,) = disclose(bank, list(visible_to(bank)), purpose="check", at=AT)
    assert [each.to_on for each in given.measures] == [on(SOON)]


def test_the_history_of_the_entry_names_the_day(tmp_path: Path, record: Record) -> None:
    feed(tmp_path, until(SOON))
    page = client_for(owner(record)).get(reverse("records:history", args=[record.pk])).content.decode()
    assert "A measure got an earlier last day: No planes, until 1 December 2026" in page


def test_an_end_that_has_passed_ends_it_at_once(tmp_path: Path, record: Record) -> None:
    feed(tmp_path, until("2026-11-01"))
    assert Measure.objects.get().has_run_out(AT.date())


@pytest.mark.parametrize("options", [Options(), Options(again=True), Options(snapshot=True)])
def test_the_same_end_again_changes_nothing(tmp_path: Path, record: Record, options: Options) -> None:
    assert feed(tmp_path, until(SOON), options=options).changed == 1
    before = feeds.rows_by_table()
    assert feed(tmp_path, until(SOON), options=options).unchanged == 1
    touched = {name for name in feeds.added(before) if not name.startswith("audit_")}
    assert touched == {"records_importrun", "records_runsource"}
    assert Entry.objects.filter(event_type="measure.shortened").count() == 1


@pytest.mark.parametrize("again", [None, LATER], ids=["taken away", "later"])
def test_a_measure_is_never_made_longer(tmp_path: Path, again: str | None) -> None:
    feed(tmp_path, until(SOON))
    tally = feed(tmp_path, until(again, amount="1.00"))
    assert codes(tally) == [(1, *LONGER)]
    assert (end(), Version.objects.count()) == (on(SOON), 1)
    assert feed(tmp_path, until("2026-11-20", amount="1.00")).changed == 1
    assert (end(), Version.objects.count()) == (on("2026-11-20"), 2)


def test_it_is_imposed_anew_with_a_first_day_of_its_own(tmp_path: Path) -> None:
    feed(tmp_path, until(SOON))
    anew = {"type": "no_plane", "from": "2026-12-02", "to": LATER}
    assert feed(tmp_path, {**until(SOON), "measures": [anew]}).changed == 1
    assert set(Measure.objects.values_list("from_on", "to_on")) == {
        (on("2026-10-25"), on(SOON)),
        (on("2026-12-02"), on(LATER)),
    }


def test_an_old_file_that_is_imported_by_mistake_is_not_refused_for_its_end(tmp_path: Path) -> None:
    first = [until(None), until(None, "2", 2)]
    feed(tmp_path, *first)
    feed(tmp_path, until(SOON))
    tally = feed(tmp_path, *first)
    assert (tally.unchanged, tally.refused) == (2, 0)
    assert Measure.objects.get(record__source_ref="1").to_on == on(SOON)


def test_lines_of_one_batch_count_in_their_order(tmp_path: Path) -> None:
    tally = feed(tmp_path, until(None), until(LATER), until(SOON), until(LATER), until(SOON))
    assert (tally.created, tally.changed, tally.unchanged) == (1, 2, 1)
    assert codes(tally) == [(4, *LONGER)]
    assert end() == on(SOON)
    told = Message.objects.filter(kind="measure_shortened").order_by("pk")
    assert [each.params["until_on"] for each in told] == [LATER, SOON]
    assert {each.measure_id for each in told} == {Measure.objects.get().pk}


def test_ends_of_many_cost_the_same_queries(tmp_path: Path) -> None:
    counts = []
    for number in (2, 9):
        refs = [(f"{number}-{n}", 10 * number + n) for n in range(number)]
        feed(tmp_path, *(until(None, *ref) for ref in refs))
        counts.append(feeds.queries_of(partial(feed, tmp_path, *(until(SOON, *ref) for ref in refs))))
    assert counts[0] == counts[1]


def test_a_row_of_csv_and_a_record_from_a_system_end_it_too(tmp_path: Path, record: Record) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(as_csv(until(LATER)))
    assert import_file(programme(COURT), path, by=SERVICE, clock=lambda: AT).changed == 1
    by = factories.system("sample-court", scopes=["records:write"])
    supply = partial(import_one, programme(COURT), source="sample-court", by=by, at=AT)
    assert supply(until(SOON)).outcome is Outcome.CHANGED
    assert supply(until(SOON)).outcome is Outcome.UNCHANGED
    with pytest.raises(Refused) as refused:
        supply(until(LATER))
    assert [(each.field, each.code) for each in refused.value.refusals] == [LONGER]
    assert Measure.objects.get().end_entered_with_id == by.key_id


def test_the_api_points_at_the_day(record: Record, tmp_path: Path) -> None:
    feed(tmp_path, until(SOON))
    body = {name: part for name, part in until(LATER).items() if name != "source"}
    answer = api_clients.system("sample-court").post("/records/", {"programme": COURT, **body})
    assert (answer.status_code, api_clients.mistakes(answer)) == (422, {"#/measures/0/to": "measure_made_longer"})


def test_whoever_ended_it_has_a_hand_in_it(tmp_path: Path, record: Record, source_officer: Actor) -> None:
    assert source_officer.user_id not in access.hands_on([record.pk]).users
    feed(tmp_path, until(SOON), by=source_officer)
    assert source_officer.user_id in access.hands_on([record.pk]).users


def test_an_end_that_somebody_moved_behind_our_back_is_found(tmp_path: Path, record: Record) -> None:
    feed(tmp_path, until(LATER))
    feed(tmp_path, until(SOON))
    checks = [check for code, check in against_log.CHECKS.items() if code.startswith("measure")]
    assert [each for check in checks for each in check(AT)] == []
    Measure.objects.update(to_on=on(LATER))
    assert list(against_log.CHECKS["measure.ends_on_another_day"](AT)) == [Measure.objects.get().pk]


# --- a record that was taken back


def test_a_record_that_comes_back_brings_its_measure_with_the_end_of_that_line(tmp_path: Path, record: Record) -> None:
    feed(tmp_path, gone())
    assert feed(tmp_path, until(SOON)).changed == 1
    measure = Measure.objects.get()
    assert (measure.state, measure.to_on) == (MeasureState.IN_FORCE, on(SOON))
    assert {"record_returned", "measure_shortened"} <= set(Message.objects.values_list("kind", flat=True))


def test_a_record_does_not_come_back_with_a_longer_measure(tmp_path: Path) -> None:
    feed(tmp_path, until(SOON))
    feed(tmp_path, gone())
    assert codes(feed(tmp_path, until(None))) == [(1, *LONGER)]
    assert feed(tmp_path, until(SOON), options=Options(again=True)).changed == 1
    assert end() == on(SOON)


def test_a_record_that_is_put_back_has_the_end_that_was_known(tmp_path: Path, record: Record) -> None:
    feed(tmp_path, until(SOON))
    feed(tmp_path, gone())
    assert records.put_back(record.pk, by=SERVICE, at=AT + DAY)
    assert (Measure.objects.get().state, end()) == (MeasureState.IN_FORCE, on(SOON))


def test_in_the_batch_in_which_it_comes_back_a_later_line_may_end_it(tmp_path: Path, record: Record) -> None:
    feed(tmp_path, gone())
    tally = feed(tmp_path, until(None, amount="1.00"), until(SOON, amount="1.00"))
    assert (tally.changed, tally.refused) == (2, 0)
    assert (Measure.objects.get().state, end()) == (MeasureState.IN_FORCE, on(SOON))


@pytest.mark.parametrize("together", [True, False])
def test_a_measure_without_which_its_record_came_back_stays_ended(
    tmp_path: Path, record: Record, together: bool
) -> None:
    feed(tmp_path, gone())
    without, again = {**until(None), "measures": []}, until(SOON)
    if together:
        feed(tmp_path, without, again)
    else:
        feed(tmp_path, without)
        assert feed(tmp_path, again).unchanged == 1
    measure = Measure.objects.get()
    assert (measure.state, measure.to_on) == (MeasureState.LIFTED, None)
    assert not Message.objects.filter(kind="measure_shortened").exists()


# --- a dispute


def test_a_measure_that_a_decision_lifted_never_comes_back(tmp_path: Path, record: Record) -> None:
    answer = {"remedy": "lift"}
    item = factories.item(record, ground="disproportionate", measure="no_plane")
    factories.carry_out(case_at(Status.DECIDED, person=owner(record), items=[item], answers=[answer]))
    lifted = Measure.objects.get()
    assert lifted.state == MeasureState.LIFTED
    for to in (SOON, LATER, None):
        assert feed(tmp_path, until(to)).unchanged == 1
    feed(tmp_path, gone())
    feed(tmp_path, until(SOON))
    now = Measure.objects.get()
    assert (now.state, now.to_on, now.lifted_at) == (MeasureState.LIFTED, None, lifted.lifted_at)
    assert not Message.objects.filter(kind="measure_shortened").exists()


def test_an_end_of_a_disputed_record_waits_once_and_changes_nothing(tmp_path: Path, record: Record) -> None:
    disputed(record)
    assert feed(tmp_path, until(SOON)).waiting == 1
    assert feed(tmp_path, until(SOON)).unchanged == 1
    assert end() is None
    change = SourceChange.objects.get()
    days = {str(Measure.objects.get().pk): {"was": None, "to": SOON}}
    assert (change.kind, change.state, change.ends) == ("change", "waiting", days)
    assert Message.objects.filter(kind="source_answered").count() == 1
    assert not Message.objects.filter(kind="measure_shortened").exists()


def states() -> list[str]:
    return list(SourceChange.objects.order_by("pk").values_list("state", flat=True))


def test_of_several_ends_that_wait_the_last_counts_and_none_may_be_the_last(tmp_path: Path, record: Record) -> None:
    disputed(record)
    assert feed(tmp_path, until(SOON), until(LATER)).waiting == 2
    assert states() == ["replaced", "waiting"]
    assert feed(tmp_path, until(None), options=Options(again=True)).unchanged == 1
    assert states() == ["replaced", "replaced"]


def test_a_disputed_measure_is_not_made_longer_either(tmp_path: Path, holder: Organisation) -> None:
    feed(tmp_path, until(SOON))
    disputed(Record.objects.get())
    assert codes(feed(tmp_path, until(LATER))) == [(1, *LONGER)]
    assert not SourceChange.objects.exists()


def withdrawn(record: Record, send: Callable[[], object]) -> None:
    """A case that got an answer of the source, and that the person then withdrew."""
    person = owner(record)
    case = case_at(Status.FILED, person=person, items=[factories.item(record)])
    send()
    operations.withdraw(case.pk, by=person, at=AT + DAY)
    operations.conclude_withdrawal(case.pk, at=AT + 60 * DAY)


@pytest.mark.parametrize("amount", ["830.00", "930.00"], ids=["alone", "with other content"])
def test_a_dispute_that_changes_nothing_lets_the_end_be_made(tmp_path: Path, record: Record, amount: str) -> None:
    withdrawn(record, lambda: feed(tmp_path, until(SOON, amount=amount)))
    assert (states(), end()) == (["applied"], on(SOON))
    assert Version.objects.count() == (1 if amount == "830.00" else 2)
    assert queries.latest_content(Record.objects.get()).values["amount"] == amount
    assert Message.objects.get(kind="measure_shortened").params["until_on"] == SOON
    assert Entry.objects.filter(event_type="measure.shortened").count() == 1
    assert Measure.objects.get().end_entered_in_id == SourceChange.objects.get().entered_in_id
    assert feed(tmp_path, until(SOON, amount=amount)).unchanged == 1


def test_a_dispute_that_changes_the_record_sets_the_end_aside(tmp_path: Path, record: Record) -> None:
    caseworker, supervisor = (factories.staff(role, "cn-spc") for role in (Role.CASEWORKER, Role.SUPERVISOR))
    person, at = owner(record), AT + DAY
    item = factories.item(record, ground="inaccurate", field="amount", wanted="1.00")
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker, items=[item])
    feed(tmp_path, until(SOON))
    answer = {"remedy": "correct", "value": "1.00"}
    operations.draft(case.pk, factories.answers_to(case, [answer]), by=caseworker, at=at)
    operations.submit(case.pk, by=caseworker, at=at)
    operations.approve(case.pk, seen=at, by=supervisor, at=at)
    operations.serve(case.pk, how="opened", by=person, at=at)
    factories.carry_out(case, at=at)
    assert (states(), end()) == (["set_aside"], None)
    assert Message.objects.filter(kind="source_told_set_aside").count() == 1
    assert feed(tmp_path, until(SOON, amount="1.00")).changed == 1, "and it may be sent again"
    assert end() == on(SOON)


def test_whoever_decides_sees_the_end_that_waits(tmp_path: Path, record: Record, caseworker: Actor) -> None:
    item = factories.item(record, ground="inaccurate", field="amount", wanted="1.00")
    case = case_at(Status.IN_REVIEW, person=owner(record), caseworker=caseworker, items=[item])
    feed(tmp_path, until(SOON))
    answer = client_for(caseworker).get(reverse("appeals:casework-case", args=[case.reference]))
    said = " ".join(answer.content.decode().split())
    assert "The source gives a measure an earlier last day" in said
    assert "<del>no end is named</del> is now <ins>1 December 2026</ins>" in said
    assert "The source sends other content" not in said


def test_what_is_suspended_and_no_longer_disputed_may_end(tmp_path: Path, record: Record) -> None:
    """After a withdrawal it stands still for some days, although nothing marks the record any more."""
    disputed(record)
    measure = Measure.objects.get()
    assert measure.state == MeasureState.SUSPENDED
    records.end_marks([record.pk], case_id=Case.objects.get().pk, by=SERVICE, at=AT)
    assert feed(tmp_path, until(SOON)).changed == 1
    now = Measure.objects.get()
    assert (now.state, now.to_on, now.suspended_by_case) == ("suspended", on(SOON), measure.suspended_by_case)


@pytest.mark.django_db(transaction=True)
def test_an_end_that_meets_a_dispute_waits_like_any_change(tmp_path: Path) -> None:
    factories.organisation("cn-spc")
    feed(tmp_path, until(None))
    record = Record.objects.get()
    who, item = owner(record), factories.item(record)
    results = behind(
        lambda: Record.objects.select_for_update(no_key=True).get(),
        lambda: operations.file(procedure_id="redress-model", items=[item], language="en", by=who, at=AT),
        lambda: feed(tmp_path, until(SOON)),
    )
    assert errors_in(results) == []
    assert (states(), end()) == (["waiting"], None)
