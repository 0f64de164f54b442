"""Posted in time is in time, whenever it arrives, where the law says so; deadlines of the office count from receipt."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from accounts.actors import Actor
from accounts.models import Organisation, Role, Subject
from appeals import errors, operations, queries
from appeals.models import AnswerBy, Case, Clock, LateFiling, Standing
from appeals.operations import Late
from appeals.workflow import Status
from audit import queries as log
from audit.models import Entry
from delivery.models import Message
from law import procedures
from records.models import Record
from tests import factories
from tests.disputes import page
from tests.factories import AT
from tests.fixtures import ClientOf
from tests.integration.test_paper import number_of
from tests.laws import READ, changed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RECEIVED = AT.date()  # Monday, 2 November 2026
LAST = RECEIVED - 3 * DAY  # Friday: sixty days after the message was opened
EXCUSE = {"reasons": ["illness"], "effect": "human_decides", **READ}


def law(monkeypatch: pytest.MonkeyPatch, *, posting_counts: bool = True, effect: str = "human_decides") -> None:
    """Sixty days for filing in our own procedure, kept by posting or by arriving."""
    clocks = dict(procedures.procedure("redress-model").model_dump(exclude_unset=True)["clocks"])
    excuse = {**EXCUSE, "effect": effect}
    clocks["file_by"] = {"start": "known", "length": 60, "unit": "calendar_day", "excuse": excuse, **READ}
    counting = {"first_day": "exclusive", "posting_counts": posting_counts, **READ}
    changed(monkeypatch, "redress-model", clocks=clocks, counting=counting)


@pytest.fixture
def subject(holder: Organisation) -> Subject:
    found = factories.subject(name="Zhao Min", email="")
    record = factories.record_for(found)
    Message.objects.filter(record_id=record.pk).update(read_at=AT - 63 * DAY)
    return found


def enter(subject: Subject, by: Actor, posted_on: date | None, **differences: Any) -> Case:
    said: dict[str, Any] = {
        "procedure_id": "redress-model",
        "items": [factories.item(Record.objects.get(subject=subject))],
        "received_on": RECEIVED,
        "standing": Standing.SELF,
        "answer_by": AnswerBy.LETTER,
        "address": "Example Street 5",
        "language": "en",
        "at": AT,
    }
    return operations.enter_dispute(subject.pk, by=by, posted_on=posted_on, **{**said, **differences})


def test_what_was_posted_on_the_last_day_is_in_time_and_nothing_is_judged(
    monkeypatch: pytest.MonkeyPatch, subject: Subject, caseworker: Actor, other_caseworker: Actor
) -> None:
    law(monkeypatch)
    case = enter(subject, caseworker, LAST)
    assert not LateFiling.objects.exists()
    operations.take(case.pk, by=other_caseworker, at=AT)
    operations.draft(case.pk, factories.answers_to(case), by=other_caseworker, at=AT)
    assert operations.submit(case.pk, by=other_caseworker, at=AT).status == Status.AWAITING_APPROVAL
    # The office has its whole time: it counts from the day on which the paper came.
    due = procedures.due_for(queries.procedure_of(case), "decide", RECEIVED)
    assert Clock.objects.get(case=case, name="decide").due_latest == due.latest
    (filed,) = Entry.objects.filter(event_type="case.filed", case_id=case.pk)
    facts = log.opened([filed.entry_id])[filed.entry_id]
    assert (facts["received_on"], facts["posted_on"]) == (RECEIVED.isoformat(), LAST.isoformat())


@pytest.mark.parametrize(
    ("posting_counts", "posted_on"), [(True, LAST + DAY), (True, None), (False, LAST)], ids=["late", "unknown", "no"]
)
def test_what_was_posted_late_or_where_only_receipt_counts_is_judged(
    monkeypatch: pytest.MonkeyPatch, subject: Subject, caseworker: Actor, posting_counts: bool, posted_on: date | None
) -> None:
    law(monkeypatch, posting_counts=posting_counts)
    case = enter(subject, caseworker, posted_on)
    assert LateFiling.objects.get(case=case).last_day == LAST
    assert Case.objects.get(pk=case.pk).posted_on == posted_on


def test_nothing_is_posted_after_it_came(monkeypatch: pytest.MonkeyPatch, subject: Subject, caseworker: Actor) -> None:
    law(monkeypatch)
    with pytest.raises(errors.PostedLater):
        enter(subject, caseworker, RECEIVED + DAY)
    assert not Case.objects.exists()


def test_a_time_that_counts_on_is_kept_by_posting_too(
    monkeypatch: pytest.MonkeyPatch, subject: Subject, caseworker: Actor, other_caseworker: Actor
) -> None:
    """One day of illness: by posting on the next one the person just kept it, by the day of receipt they did not."""
    law(monkeypatch, effect="counts_on")
    hindered = queries.Hindrance(LAST - 5 * DAY, LAST - 4 * DAY)
    case = enter(subject, caseworker, LAST + DAY, late=Late("illness", "I was ill for a day."))
    operations.take(case.pk, by=other_caseworker, at=AT)
    operations.accept_excuse(case.pk, by=other_caseworker, at=AT, hindered=hindered)
    assert LateFiling.objects.get(case=case).counted_until == LAST + DAY


def test_by_the_day_of_receipt_the_same_hindrance_is_too_short(
    monkeypatch: pytest.MonkeyPatch, subject: Subject, caseworker: Actor, other_caseworker: Actor
) -> None:
    law(monkeypatch, effect="counts_on", posting_counts=False)
    hindered = queries.Hindrance(LAST - 5 * DAY, LAST - 4 * DAY)
    case = enter(subject, caseworker, LAST + DAY, late=Late("illness", "I was ill for a day."))
    operations.take(case.pk, by=other_caseworker, at=AT)
    with pytest.raises(errors.StillLate):
        operations.accept_excuse(case.pk, by=other_caseworker, at=AT, hindered=hindered)


@pytest.mark.parametrize("evidence", ["read", "reported", "unread"])
def test_only_a_rule_that_was_read_or_adopted_gives_it(monkeypatch: pytest.MonkeyPatch, evidence: str) -> None:
    heard = {"first_day": "exclusive", "posting_counts": True, **READ, "evidence": evidence}
    adopted = {**heard, "adopted_by": "the office", "adopted_on": date(2026, 11, 1)}
    assert changed(monkeypatch, "redress-model", counting=adopted).posting_counts
    made = changed(monkeypatch, "redress-model", counting=heard)
    assert made.posting_counts is (evidence == "read")
    assert made.day_given(RECEIVED, LAST) == (LAST if evidence == "read" else RECEIVED)


# --- what turns out later -------------------------------------------------------------------------


@pytest.fixture
def turned_away(
    monkeypatch: pytest.MonkeyPatch, subject: Subject, caseworker: Actor, supervisor: Actor, holder: Organisation
) -> Case:
    """Turned away because it came late: nobody had written down a postmark."""
    law(monkeypatch)
    case = enter(subject, factories.staff(Role.CASEWORKER, holder), None)
    operations.take(case.pk, by=caseworker, at=AT)
    proposed = operations.propose_screening(case.pk, rule="late", reasons="Too late.", by=caseworker, at=AT)
    return operations.approve_screening(case.pk, seen=proposed.proposed_at, by=supervisor, at=AT)


@pytest.mark.parametrize(("posted_on", "is_judged"), [(LAST, False), (LAST + DAY, True), (None, True)])
def test_a_receipt_of_the_post_makes_what_was_turned_away_come_in_time(
    turned_away: Case, other_caseworker: Actor, posted_on: date | None, is_judged: bool
) -> None:
    at = AT + 2 * DAY
    case = operations.revive(
        turned_away.pk,
        words="Here is the receipt.",
        received_on=at.date(),
        posted_on=posted_on,
        by=factories.staff(Role.CASEWORKER, turned_away.holder),
        at=at,
    )
    operations.take(case.pk, by=other_caseworker, at=at)
    case.refresh_from_db()
    assert ("late" in [each.rule.id for each in queries.open_rules(case, at=at)]) is is_judged
    late = queries.excuse_of(case)
    assert late and late.posted_on == (None if is_judged else posted_on)


def test_it_was_not_posted_after_the_dispute_came(turned_away: Case, other_caseworker: Actor) -> None:
    with pytest.raises(errors.PostedLater):
        operations.revive(turned_away.pk, words="New.", posted_on=RECEIVED + DAY, by=other_caseworker, at=AT + 2 * DAY)
    assert Case.objects.get(pk=turned_away.pk).status == Status.SCREENED_OUT


# --- pages ----------------------------------------------------------------------------------------


def boxes(name: str, day: date) -> dict[str, int]:
    return {f"{name}_{part}": getattr(day, part) for part in ("day", "month", "year")}


def found(desk: Any, subject: Subject, posted_on: date) -> Any:
    said = {"scheme": "cn-resident-id", "number": number_of(subject), **boxes("received_on", RECEIVED)}
    return desk.post("/paper/", {**said, **boxes("posted_on", posted_on)})


def typed_in(desk: Any, subject: Subject, posted_on: date) -> tuple[str, Case]:
    found(desk, subject, posted_on)
    desk.post("/paper/things/", {f"entry-{Record.objects.get(subject=subject).pk}": ["whole"]})
    shown = page(desk.get("/paper/dispute/"))
    said = {"thing-1-ground": "not_me", "thing-1-words": "It is not me.", "procedure": "redress-model"}
    more = {"standing": "self", "language": "en", "answer_by": "letter", "address": "1 Sample Road"}
    assert desk.post("/paper/dispute/", {**said, **more}).status_code == 302
    return shown, Case.objects.get()


@time_machine.travel(AT, tick=False)
def test_the_pages_ask_no_excuse_of_what_was_posted_in_time_and_show_both_days(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, subject: Subject, caseworker: Actor
) -> None:
    law(monkeypatch)
    desk = client_of(caseworker)
    shown, case = typed_in(desk, subject, LAST)
    assert "The paper was posted on 30 October 2026, so it is in time." in shown
    assert "What kept them" not in shown and "whoever gets the case judges" not in shown
    case_page = page(desk.get(f"/casework/{case.reference}/"))
    assert "Received on 2 November 2026" in case_page and "Posted on 30 October 2026" in case_page
    assert "Filed after the last day" not in case_page


@time_machine.travel(AT, tick=False)
def test_where_posting_does_not_count_the_page_says_so(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, subject: Subject, caseworker: Actor
) -> None:
    law(monkeypatch, posting_counts=False)
    desk = client_of(caseworker)
    shown, case = typed_in(desk, subject, LAST)
    assert "This procedure counts the day on which it was received, not that of the postmark." in shown
    assert "What kept them" in shown
    assert "this procedure counts the day on which it was received" in page(desk.get(f"/casework/{case.reference}/"))
    assert LateFiling.objects.get(case=case)


@time_machine.travel(AT, tick=False)
@pytest.mark.parametrize(
    ("posted_on", "why"),
    [
        (RECEIVED + DAY, "It cannot have been posted after the day on which it was received."),
        (RECEIVED - 400 * DAY, "This is more than a year before it was received."),
    ],
)
def test_a_postmark_that_cannot_be_is_asked_again(
    client_of: ClientOf, subject: Subject, caseworker: Actor, posted_on: date, why: str
) -> None:
    answer = found(client_of(caseworker), subject, posted_on)
    assert answer.status_code == 422 and why in page(answer)


@time_machine.travel(AT + 2 * DAY, tick=False)
def test_the_page_for_something_new_asks_when_the_dispute_was_posted(
    client_of: ClientOf, turned_away: Case, caseworker: Actor
) -> None:
    desk, at = client_of(caseworker), f"/casework/{turned_away.reference}/paper/something-new/"
    assert "What was posted by 30 October 2026 is in time." in page(desk.get(at))
    said = {"words": "Here is the receipt.", **boxes("received_on", RECEIVED + DAY)}
    refused = desk.post(at, {**said, **boxes("posted_on", RECEIVED + DAY)})
    assert refused.status_code == 422 and "cannot have been posted after" in page(refused)
    assert desk.post(at, {**said, **boxes("posted_on", LAST)}).status_code == 302
    shown = page(desk.get(f"/casework/{turned_away.reference}/"))
    assert "It turned out later that it was posted on 30 October 2026." in shown
