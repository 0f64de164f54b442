"""The times that bind the person: told where they begin, counted from what can be proved, and never guessed."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from accounts.actors import Actor
from accounts.models import Organisation
from appeals import letter_of, operations, queries, windows
from appeals.models import Case, Outcome
from appeals.operations import Target
from appeals.workflow import Status
from delivery.models import Message
from law import procedures
from records.models import Record
from tests import factories
from tests.api_clients import person as as_person
from tests.disputes import complete, page, step
from tests.factories import AT, case_at
from tests.fixtures import ClientOf
from tests.laws import READ, changed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
OPENED = "The person learnt of it on 2 November 2026."
LAST = "Your last day for this is 31 December 2026."  # the sixtieth day is a day off


def filing_window(monkeypatch: pytest.MonkeyPatch, start: str = "known", **more: Any) -> None:
    """Sixty days for filing, in our own procedure."""
    clocks = dict(procedures.procedure("redress-model").model_dump(exclude_unset=True)["clocks"])
    clocks["file_by"] = {"start": start, "length": 60, "unit": "calendar_day", **READ, **more}
    changed(monkeypatch, "redress-model", clocks=clocks)


def tier_window(monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
    """The second tier of our own procedure with another time, or with none."""
    first, second = (each.model_dump(exclude_unset=True) for each in procedures.procedure("redress-model").tiers[:2])
    second.pop("file_by")
    changed(monkeypatch, "redress-model", tiers=[first, {**second, **more}])


@pytest.fixture
def record(person: Actor) -> Record:
    """An entry of which the person opened the message on 2 November 2026: sixty days end on 1 January 2027."""
    record = factories.record_for(person)
    Message.objects.filter(record_id=record.pk).update(read_at=AT)
    return record


def on_all_pages(client_of: ClientOf, person: Actor, record: Record) -> list[str]:
    """What a person reads from the entry to the button that sends the dispute."""
    draft = complete(person, Target(record.pk))
    paths = [
        reverse("records:record", args=[record.pk]),
        f"{reverse('appeals:dispute')}?record={record.pk}",
        step("procedure", draft),
        step("", draft),
        step("check", draft),
    ]
    return [page(client_of(person).get(path)) for path in paths]


@time_machine.travel(AT + DAY, tick=False)
def test_a_window_that_runs_is_told_from_the_entry_to_the_last_page(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, record: Record, person: Actor, holder: Organisation
) -> None:
    assert not any("Your last day" in each for each in on_all_pages(client_of, person, record))
    filing_window(monkeypatch)
    for shown in on_all_pages(client_of, person, record):
        assert LAST in shown and OPENED in shown


@time_machine.travel(AT + 60 * DAY, tick=False)
def test_what_binds_the_person_is_shown_at_its_earliest_reading_and_taken_until_its_latest(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, record: Record, person: Actor, holder: Organisation
) -> None:
    filing_window(monkeypatch)
    said = "The last day for this was 31 December 2026. By another reading it still counts today."
    assert said in page(client_of(person).get(reverse("records:record", args=[record.pk])))
    draft = complete(person, Target(record.pk))
    assert client_of(person).post(step("check", draft)).status_code == 302
    assert queries.excuse_of(Case.objects.get()) is None


@time_machine.travel(AT + DAY, tick=False)
@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"start": "published"}, "The time for this is 60 days. From which day it counts cannot be proved here."),
        ({"evidence": "reported"}, "nobody here has read the words of that rule. So it does not count against anybody"),
    ],
)
def test_a_day_that_cannot_be_proved_is_not_named(
    monkeypatch: pytest.MonkeyPatch,
    client_of: ClientOf,
    record: Record,
    person: Actor,
    holder: Organisation,
    rule: dict[str, Any],
    said: str,
) -> None:
    filing_window(monkeypatch, **rule)
    for shown in on_all_pages(client_of, person, record):
        assert said in shown and "Your last day" not in shown


@time_machine.travel(AT + 70 * DAY, tick=False)
def test_the_office_sees_the_window_as_it_was_when_the_case_was_filed(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, record: Record, person: Actor, caseworker: Actor
) -> None:
    filing_window(monkeypatch)
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker, items=[factories.item(record)], at=AT + DAY)
    Message.objects.filter(record_id=record.pk).update(read_at=AT + 50 * DAY)
    (unknown,) = windows.of_case(case, AT + 70 * DAY)
    assert unknown.last_day is None  # what was opened later proves nothing about the day of filing
    Message.objects.filter(record_id=record.pk).update(read_at=AT)
    (shown,) = windows.of_case(case, AT + 70 * DAY)
    assert (shown.last_day, shown.is_over) == (date(2026, 12, 31), False)
    desk = page(client_of(caseworker).get(f"/casework/{case.reference}/"))
    assert "Times that bind the person" in desk and "Last day: 31 December 2026" in desk and "Sample Act s 1" in desk


REJECTED = [{"outcome": Outcome.REJECTED, "remedy": ""}]


@time_machine.travel(AT + 2 * DAY, tick=False)
def test_a_decision_says_until_when_from_what_and_by_which_rule(
    client_of: ClientOf, person: Actor, caseworker: Actor
) -> None:
    case = case_at(Status.DECIDED, person=person, caseworker=caseworker, answers=REJECTED)
    letter = letter_of.letter_of(case, by=person, at=AT + 2 * DAY)
    assert letter.next_tier
    begins = "The time for this is 30 days. It begins when this answer is delivered: no day is known yet."
    assert letter.next_tier.until == (begins, "The rule: Redress model procedure, rule 6")
    assert begins in page(client_of(caseworker).get(f"/casework/{case.reference}/"))
    shown = page(client_of(person).get(f"/cases/{case.reference}/decision/"))
    for words in (
        "Your last day for this is 4 December 2026.",
        "The decision reached the person on 4 November 2026.",
        "Redress model procedure, rule 6",
    ):
        assert words in shown, words
    case.refresh_from_db()
    letter = letter_of.letter_of(case, by=person, at=AT + 90 * DAY)
    assert letter.next_tier and letter.next_tier.until[0].startswith("Your last day for this is 4 December 2026.")
    review = as_person(person).get(f"/cases/{case.reference}/decision/").json()["review"]
    assert (review["until"], review["rule"]) == ("2026-12-04", "Redress model procedure, rule 6")
    assert review["because"][0] == "The decision reached the person on 4 November 2026."


@time_machine.travel(AT + 2 * DAY, tick=False)
def test_where_no_day_for_the_next_tier_is_known_the_page_says_why(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, person: Actor
) -> None:
    mine = client_of(person)
    rule = {"start": "served", "length": 60, "unit": "calendar_day", **READ}
    tier_window(monkeypatch, file_by={**rule, "evidence": "unread"})
    case = case_at(Status.DECIDED, person=person, answers=REJECTED)
    heard = page(mine.get(f"/cases/{case.reference}/decision/"))
    assert "We have heard of a time for this, 60 days long" in heard and "do not wait" in heard
    tier_window(monkeypatch)
    case = case_at(Status.DECIDED, person=person, answers=REJECTED)
    silent = page(mine.get(f"/cases/{case.reference}/decision/"))
    assert "The rules that we know set no time for this." in silent


def test_a_window_of_another_tier_is_not_shown_for_the_next_one(monkeypatch: pytest.MonkeyPatch, person: Actor) -> None:
    first, second = (each.model_dump(exclude_unset=True) for each in procedures.procedure("redress-model").tiers[:2])
    court = {**second, "id": "court", "title": {"en": "A court", "zh": "法院"}, "handled": "elsewhere"}
    without = {name: value for name, value in second.items() if name != "file_by"}
    changed(monkeypatch, "redress-model", tiers=[first, without, court])
    case = operations.serve(
        case_at(Status.DECIDED, person=person, answers=REJECTED).pk, how="opened", by=person, at=AT + 2 * DAY
    )
    assert queries.tier_limit(case, queries.procedure_of(case).tiers[1]) is None
    assert queries.tier_limit(case, queries.procedure_of(case).tiers[2])
    assert Case.objects.get(pk=case.pk).served_at
