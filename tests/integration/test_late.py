"""After the last day: only what the service can prove is over, an excuse is judged by people, and there is a way on."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals import errors, operations, queries, turned_away
from appeals.access import NotAllowed
from appeals.models import AnswerBy, Case, LateFiling, Standing
from appeals.operations import Late, Target
from appeals.workflow import IllegalStep, Status
from delivery.models import Message
from law import procedures
from records.models import Record
from tests import factories
from tests.api_clients import mistakes
from tests.api_clients import person as as_person
from tests.disputes import begun, complete, page, step
from tests.factories import AT
from tests.fixtures import ClientOf
from tests.laws import READ, changed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
EXCUSE = {"reasons": ["illness", "force_majeure"], "effect": "human_decides", **READ}
ILL = Late("illness", "I was in hospital from May to October.")
NOW = AT + 100 * DAY


def window(monkeypatch: pytest.MonkeyPatch, start: str = "known", **more: Any) -> None:
    """Sixty days for filing, in our own procedure."""
    clocks = dict(procedures.procedure("redress-model").model_dump(exclude_unset=True)["clocks"])
    clocks["file_by"] = {"start": start, "length": 60, "unit": "calendar_day", **READ, **more}
    changed(monkeypatch, "redress-model", clocks=clocks)


@pytest.fixture
def record(person: Actor) -> Record:
    """An entry of which the person opened the message on 2 November 2026: sixty days end on 1 January 2027."""
    record = factories.record_for(person)
    Message.objects.filter(record_id=record.pk).update(read_at=AT)
    return record


@pytest.fixture
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def file(record: Record, person: Actor, late: Late | None = None, at: Any = NOW) -> Case:
    items = [factories.item(record)]
    return operations.file(procedure_id="redress-model", items=items, language="en", by=person, at=at, late=late)


def found(record: Record, person: Actor) -> Any:
    law = procedures.procedure("redress-model")
    return queries.filing_window(law, [record.pk], person.own_subjects, "cn-court-defaulters")


def test_the_window_runs_from_the_day_on_which_the_message_was_opened(
    monkeypatch: pytest.MonkeyPatch, record: Record, person: Actor, holder: Organisation
) -> None:
    assert found(record, person) is None  # the shipped file has no window
    window(monkeypatch)
    assert found(record, person).known_on == date(2026, 11, 2)
    assert found(record, person).due.latest == date(2027, 1, 1)
    assert file(record, person, at=AT + 60 * DAY).status == Status.FILED


def test_what_cannot_be_proved_is_never_over(
    monkeypatch: pytest.MonkeyPatch, record: Record, person: Actor, holder: Organisation
) -> None:
    window(monkeypatch, "published")
    assert found(record, person) is None
    window(monkeypatch, evidence="reported")
    assert found(record, person) is None
    window(monkeypatch)
    Message.objects.filter(record_id=record.pk, kind="measure_imposed").update(read_at=None)
    Message.objects.filter(record_id=record.pk, kind="record_added").update(read_at=None)
    assert found(record, person) is None
    assert file(record, person).status == Status.FILED


def test_after_it_one_files_with_an_excuse_that_the_procedure_takes(
    monkeypatch: pytest.MonkeyPatch, record: Record, person: Actor, holder: Organisation
) -> None:
    window(monkeypatch, excuse=EXCUSE)
    for late in (None, Late("good_reason", "x"), Late("illness", " ")):
        with pytest.raises(errors.WindowOver) as caught:
            file(record, person, late)
        assert caught.value.reasons == ("illness", "force_majeure")
        assert caught.value.last_day == date(2027, 1, 1)
    case = file(record, person, ILL)
    late_row = queries.excuse_of(case)
    assert late_row and (late_row.row.reason, late_row.words) == ("illness", ILL.words)
    assert [each.event for each in queries.timeline(case)][:2] == ["case.filed", "case.filed_late"]
    # What rests on it stops as in any other case.
    assert set(record.measures.values_list("state", flat=True)) == {"suspended"}


def test_where_nothing_excuses_it_one_is_told_so(
    monkeypatch: pytest.MonkeyPatch, record: Record, person: Actor, holder: Organisation
) -> None:
    window(monkeypatch)
    with pytest.raises(errors.WindowOver) as caught:
        file(record, person, ILL)
    assert caught.value.reasons == ()
    window(monkeypatch, excuse={**EXCUSE, "evidence": "unread"})
    with pytest.raises(errors.WindowOver) as caught:
        file(record, person, ILL)
    assert caught.value.reasons == ()
    assert not Case.objects.exists()


@pytest.fixture
def late_case(monkeypatch: pytest.MonkeyPatch, record: Record, person: Actor, caseworker: Actor) -> Case:
    window(monkeypatch, excuse=EXCUSE)
    case = file(record, person, ILL)
    operations.take(case.pk, by=caseworker, at=NOW)
    case.refresh_from_db()
    return case


def test_the_excuse_is_judged_before_anything_else(late_case: Case, caseworker: Actor) -> None:
    operations.draft(late_case.pk, factories.answers_to(late_case), by=caseworker, at=NOW)
    with pytest.raises(NotAllowed) as caught:
        operations.submit(late_case.pk, by=caseworker, at=NOW)
    assert caught.value.code == "excuse_open"
    operations.accept_excuse(late_case.pk, by=caseworker, at=NOW)
    assert Message.objects.filter(case_id=late_case.pk, kind="excuse_accepted").exists()
    assert operations.submit(late_case.pk, by=caseworker, at=NOW).status == Status.AWAITING_APPROVAL
    with pytest.raises(IllegalStep):
        operations.accept_excuse(late_case.pk, by=caseworker, at=NOW)


def test_an_excuse_is_judged_once(late_case: Case, caseworker: Actor) -> None:
    operations.accept_excuse(late_case.pk, by=caseworker, at=NOW)
    with pytest.raises(NotAllowed) as caught:
        operations.accept_excuse(late_case.pk, by=caseworker, at=NOW)
    assert caught.value.code == "no_excuse_open"


def test_an_excuse_that_counts_is_no_reason_to_turn_it_away(late_case: Case, caseworker: Actor) -> None:
    assert [each.rule.id for each in queries.open_rules(late_case, at=NOW)] == ["repeat", "late"]
    operations.accept_excuse(late_case.pk, by=caseworker, at=NOW)
    assert [each.rule.id for each in queries.open_rules(late_case, at=NOW)] == ["repeat"]
    with pytest.raises(NotAllowed):
        operations.propose_screening(late_case.pk, rule="late", reasons="Late.", by=caseworker, at=NOW)


COUNTS_ON = {**EXCUSE, "effect": "counts_on"}
STARTED = date(2026, 12, 1)  # then thirty-two of the sixty days are left, up to 1 January 2027


@pytest.mark.parametrize(("until", "last"), [(date(2027, 1, 10), date(2027, 2, 10)), (date(2027, 3, 1), None)])
def test_where_the_law_counts_on_the_rule_says_whether_it_came_in_time(
    monkeypatch: pytest.MonkeyPatch, late_case: Case, caseworker: Actor, until: date, last: date | None
) -> None:
    window(monkeypatch, excuse=COUNTS_ON)
    with pytest.raises(errors.HindranceNeeded):
        operations.accept_excuse(late_case.pk, by=caseworker, at=NOW)
    operations.accept_excuse(late_case.pk, by=caseworker, at=NOW, hindered=queries.Hindrance(STARTED, until))
    found = queries.excuse_of(late_case)
    assert found and found.hindered == queries.Hindrance(STARTED, until)
    assert found.row.counted_until and found.row.counted_until >= NOW.date()
    assert last in (None, found.row.counted_until)
    assert operations.draft(late_case.pk, factories.answers_to(late_case), by=caseworker, at=NOW)


@pytest.mark.parametrize(
    "hindered",
    [
        (STARTED, date(2026, 12, 20)),  # nineteen days more do not reach 10 February
        (date(2027, 1, 20), date(2027, 2, 9)),  # the window was over before anything happened
    ],
)
def test_a_hindrance_that_explains_too_little_does_not_make_it_in_time(
    monkeypatch: pytest.MonkeyPatch, late_case: Case, caseworker: Actor, hindered: tuple[date, date]
) -> None:
    window(monkeypatch, excuse=COUNTS_ON)
    with pytest.raises(errors.StillLate) as caught:
        operations.accept_excuse(late_case.pk, by=caseworker, at=NOW, hindered=queries.Hindrance(*hindered))
    assert caught.value.last_day < NOW.date()
    assert [each.rule.id for each in queries.open_rules(late_case, at=NOW)] == ["repeat", "late"]


def test_only_who_has_the_case_judges_it(late_case: Case, holder: Organisation, person: Actor) -> None:
    for by in (factories.staff(Role.CASEWORKER, holder), person):
        with pytest.raises(NotAllowed):
            operations.accept_excuse(late_case.pk, by=by, at=NOW)


def test_an_excuse_that_does_not_count_turns_it_away_with_reasons_and_the_next_tier(
    late_case: Case, caseworker: Actor, supervisor: Actor, person: Actor, holder: Organisation
) -> None:
    why = "The hospital says that you left it in June."
    asked = operations.propose_screening(late_case.pk, rule="late", reasons=why, by=caseworker, at=NOW)
    operations.approve_screening(late_case.pk, seen=asked.proposed_at, by=supervisor, at=NOW)
    answer = turned_away.answer_of(operations.serve(late_case.pk, how="opened", by=person, at=NOW))
    assert (answer.reasons, answer.cite, answer.tier_title) == (why, "Sample Act s 1", "Second look")
    # A better excuse is something new; somebody else judges it.
    case = operations.revive(late_case.pk, words="I went back in July.", by=person, at=NOW + DAY)
    other = factories.staff(Role.CASEWORKER, holder)
    operations.take(case.pk, by=other, at=NOW + DAY)
    operations.accept_excuse(case.pk, by=other, at=NOW + DAY)


def test_paper_is_never_refused_for_its_day_but_judged(
    monkeypatch: pytest.MonkeyPatch, record: Record, person: Actor, caseworker: Actor
) -> None:
    window(monkeypatch)
    case = operations.enter_dispute(
        person.own_subject,
        procedure_id="redress-model",
        items=[factories.item(record)],
        received_on=NOW.date(),
        standing=Standing.SELF,
        answer_by=AnswerBy.PAGE,
        address="",
        language="en",
        by=caseworker,
        at=NOW,
    )
    assert LateFiling.objects.get(case=case).reason == ""


# --- pages and API --------------------------------------------------------------------------------


def test_the_pages_lead_from_the_last_day_to_the_excuse_and_its_judgment(
    monkeypatch: pytest.MonkeyPatch,
    client_of: ClientOf,
    record: Record,
    person: Actor,
    caseworker: Actor,
    other_person: Actor,
    now: None,
) -> None:
    window(monkeypatch, excuse=EXCUSE)
    draft = complete(person, Target(record.pk))
    mine = client_of(person)
    assert "Why it comes late" in page(mine.get(step("", draft)))
    assert mine.get(step("check", draft)).status_code == 302  # not complete yet
    shown = page(mine.get(step("late", draft)))
    assert "The last day for this procedure was 1 January 2027." in shown and "I was ill" in shown
    missing = mine.post(step("late", draft), {"words": " "})
    assert missing.status_code == 422
    assert "Choose what kept you" in page(missing) and "Say what happened." in page(missing)
    sent = mine.post(step("check", draft))
    assert sent.status_code == 422 and "Say why you could not file before." in page(sent)
    assert mine.post(step("late", draft), {"reason": ILL.reason, "words": ILL.words}).status_code == 302
    assert ILL.words in page(mine.get(step("check", draft)))
    assert mine.post(step("check", draft)).status_code == 302
    case = Case.objects.get()
    assert ILL.words in page(mine.get(f"/cases/{case.reference}/"))
    assert client_of(other_person).get(step("late", draft)).status_code == 404

    desk = client_of(caseworker)
    at = f"/casework/{case.reference}/"
    desk.post(f"{at}take/")
    office = page(desk.get(at))
    assert "Filed after the last day" in office and "The excuse counts: go on" in office
    assert "Turn the case away" in office
    assert "It came too late, and the excuse does not count" in page(desk.get(f"{at}turn-away/"))
    assert desk.get(f"{at}decide/").status_code == 409
    done = page(desk.post(f"{at}accept-excuse/", follow=True))
    assert "The excuse counts. The person has been told." in done and "accepted on 10 February 2027" in done
    assert desk.get(f"{at}decide/").status_code == 200
    assert desk.post(f"{at}accept-excuse/").status_code == 409


def test_the_office_says_from_when_to_when_and_sees_what_follows(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, late_case: Case, person: Actor, caseworker: Actor, now: None
) -> None:
    window(monkeypatch, excuse=COUNTS_ON)
    desk, at = client_of(caseworker), f"/casework/{late_case.reference}/"
    assert "Judge the excuse" in page(desk.get(at))
    asked = page(desk.get(f"{at}accept-excuse/"))
    assert "the time stands still while something keeps the person from it" in asked and ILL.words in asked
    assert "Enter the first day" in page(desk.post(f"{at}accept-excuse/"))
    days = {"since_day": "1", "since_month": "12", "since_year": "2026", "until_day": "20", "until_month": "12"}
    short = desk.post(f"{at}accept-excuse/", {**days, "until_year": "2026"})
    assert short.status_code == 422 and "Counted on by this time, the last day was" in page(short)
    backwards = desk.post(f"{at}accept-excuse/", {**days, "until_year": "2025"})
    assert "This day must not be before the first one." in page(backwards)
    done = page(desk.post(f"{at}accept-excuse/", {**days, "until_month": "2", "until_year": "2027"}, follow=True))
    assert "The time stood still from 1 December 2026 to 20 February 2027" in done
    assert "The time stood still from 1 December 2026" in page(client_of(person).get(f"/cases/{late_case.reference}/"))


def test_without_an_excuse_the_page_says_where_else_to_go(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, record: Record, person: Actor, now: None
) -> None:
    second = procedures.procedure("redress-model").tiers[1].model_dump(exclude_unset=True)
    court = {**second, "id": "court", "title": {"en": "A court", "zh": "法院"}, "handled": "elsewhere"}
    tiers = [each.model_dump(exclude_unset=True) for each in procedures.procedure("redress-model").tiers]
    changed(monkeypatch, "redress-model", tiers=[*tiers, court])
    window(monkeypatch)
    draft = begun(person, Target(record.pk))
    shown = page(client_of(person).get(step("late", draft)))
    for words in (
        "This procedure takes nothing after its last day, whatever the reason.",
        "Use another procedure:",
        "A court: If you do not agree",
        "You can put words of your own beside the entry at any time.",
    ):
        assert words in shown, words
    assert "Second look" not in shown  # there is nothing yet at which it could look
    assert client_of(person).post(step("late", draft), {"reason": "illness", "words": "x"}).status_code == 409


def test_in_time_there_is_no_such_page(client_of: ClientOf, record: Record, person: Actor) -> None:
    draft = begun(person, Target(record.pk))
    mine = client_of(person)
    assert mine.get(step("late", draft)).status_code == 302
    assert "Why it comes late" not in page(mine.get(step("", draft)))


def test_the_api_points_at_the_excuse_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, record: Record, person: Actor, holder: Organisation, now: None
) -> None:
    window(monkeypatch, excuse=EXCUSE)
    mine = as_person(person)
    (offered,) = [
        each for each in mine.get(f"/procedures/?record={record.pk}").json()["results"] if each["id"] == "redress-model"
    ]
    assert offered["window"]["over"] and offered["window"]["excuses"] == ["illness", "force_majeure"]
    item = {"record": str(record.pk), "seen": str(factories.item(record).seen), "ground": "not_me", "words": "Not me."}
    body: dict[str, Any] = {"procedure": "redress-model", "items": [item]}
    refused = mine.post("/cases/", body)
    assert (refused.status_code, mistakes(refused)) == (422, {"#/late": "late"})
    assert refused.json()["last_day"] == "2027-01-01" and refused.json()["excuses"] == ["illness", "force_majeure"]
    made = mine.post("/cases/", {**body, "late": {"reason": "illness", "words": ILL.words}})
    assert made.status_code == 201
    assert made.json()["late"] == {
        "last_day": "2027-01-01",
        "reason": "illness",
        "words": ILL.words,
        "accepted_at": None,
        "counted_until": None,
    }


def test_the_api_says_where_nothing_excuses_it(
    monkeypatch: pytest.MonkeyPatch, record: Record, person: Actor, holder: Organisation, now: None
) -> None:
    window(monkeypatch)
    item = {"record": str(record.pk), "seen": str(factories.item(record).seen), "ground": "not_me", "words": "Not me."}
    refused = as_person(person).post("/cases/", {"procedure": "redress-model", "items": [item]})
    assert (refused.status_code, mistakes(refused)) == (422, {"#/procedure": "window_over"})
    assert "ended on 1 January 2027" in refused.json()["errors"][0]["detail"]
