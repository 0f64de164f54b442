"""Whoever was asked by letter answers by letter: an official types it in, and the deadlines go on from its receipt."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from pypdf import PdfReader

from accounts.actors import Actor
from accounts.models import Organisation, Role
from accounts.operations import postal
from appeals import errors, integrity, operations, queries
from appeals.access import NotAllowed
from appeals.evidence_files import make_safe
from appeals.models import AnswerBy, Case, Clock, ClockState, Standing
from appeals.operations import AnswerOnPaper, NewEvidence
from appeals.workflow import IllegalStep, Status
from audit import queries as log
from audit.models import Entry
from delivery.models import Letter, Message
from law import procedures
from tests import factories
from tests.disputes import page
from tests.factories import AT, case_at
from tests.fixtures import ClientOf
from tests.integration.test_changes_of_identity import merge
from tests.laws import READ, changed, with_papers

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ASKED = AT + DAY  # Tuesday, 3 November 2026: ten working days end on 17 November
WORDS = "I lost the receipt in a flood."


@pytest.fixture
def asked(holder: Organisation, caseworker: Actor) -> Case:
    return ask(caseworker)


def ask(caseworker: Actor) -> Case:
    """A dispute that came on paper, whose person was asked by letter for what is missing."""
    subject = factories.subject(name="Zhao Min", email="")
    case = operations.enter_dispute(
        subject.pk,
        procedure_id="redress-model",
        items=[factories.item(factories.record_for(subject))],
        received_on=AT.date(),
        standing=Standing.SELF,
        answer_by=AnswerBy.LETTER,
        address="Example Street 5",
        language="en",
        by=factories.staff(Role.CASEWORKER, "cn-spc"),
        at=AT,
    )
    operations.take(case.pk, by=caseworker, at=ASKED)
    operations.ask_to_complete(case.pk, words="Send a copy of the receipt.", by=caseworker, at=ASKED)
    case.refresh_from_db()
    return case


def answer(case: Case, by: Actor, received: Any, *, typed_in: Any = None, **more: Any) -> Case:
    paper = AnswerOnPaper(received.date(), **more)
    return operations.complete(case.pk, words=WORDS, paper=paper, by=by, at=typed_in or received)


def posting_counts(monkeypatch: pytest.MonkeyPatch, does: bool = True) -> None:
    counting = procedures.procedure("redress-model").model_dump(exclude_unset=True).get("counting") or READ
    changed(monkeypatch, "redress-model", counting={**counting, "posting_counts": does})


def clock(case: Case, name: str) -> Clock:
    return Clock.objects.get(case=case, name=name)


def facts_of(case: Case, event: str) -> Any:
    (entry,) = Entry.objects.filter(event_type=event, case_id=case.pk)
    return log.opened([entry.entry_id])[entry.entry_id]


@pytest.mark.parametrize("days_on_the_desk", [0, 1, 5, 12])
def test_the_deadline_goes_on_from_the_day_of_receipt_however_long_the_letter_lay(
    asked: Case, other_caseworker: Actor, days_on_the_desk: int
) -> None:
    received = AT + 3 * DAY
    case = answer(asked, other_caseworker, received, typed_in=received + days_on_the_desk * DAY)
    # Tuesday and Wednesday stood still, as if the person had answered on the pages on Thursday.
    decide = clock(case, "decide")
    assert (decide.state, decide.due_latest) == (ClockState.RUNNING, date(2026, 11, 25))
    case.refresh_from_db()
    assert (case.status, case.decide_by_latest) == (Status.IN_REVIEW, date(2026, 11, 25))
    assert clock(case, "cure").state == ClockState.DONE
    found = {each.code for each in integrity.findings(received + 12 * DAY)}
    assert found <= {"clock.overlooked"}  # no sweep runs here


def test_the_words_stand_with_the_case_and_the_log_says_who_typed_them_for_whom(
    asked: Case, caseworker: Actor, other_caseworker: Actor
) -> None:
    case = answer(asked, other_caseworker, AT + 3 * DAY, typed_in=AT + 5 * DAY)
    ((row, _asked_for, said),) = queries.completion_answers(case)
    assert (said, row.received_on) == (WORDS, date(2026, 11, 5))
    facts = facts_of(case, "case.completed")
    assert str(facts["actor"]).endswith(f":{other_caseworker.user_id}")
    assert (facts["subject"], facts["received_on"]) == (str(case.subject_id), "2026-11-05")
    assert not Entry.objects.filter(event_type="case.taken_up_again").exists()
    assert case.caseworker_id == caseworker.user_id
    assert Message.objects.get(kind="holder_told_completed").organisation_id == case.holder_id


def test_it_came_neither_tomorrow_nor_before_the_question_nor_before_it_was_posted(
    asked: Case, other_caseworker: Actor
) -> None:
    at = AT + 5 * DAY
    for day, more, wrong in (
        (at + DAY, {}, errors.NotReceivedYet),
        (AT, {}, errors.ReceivedBefore),
        (at, {"posted_on": (at + DAY).date()}, errors.PostedLater),
    ):
        with pytest.raises(wrong):
            answer(asked, other_caseworker, day, typed_in=at, **more)
    assert Case.objects.get(pk=asked.pk).status == Status.INCOMPLETE


def test_a_deadline_that_stopped_later_does_not_go_on_before_that(
    asked: Case, caseworker: Actor, other_caseworker: Actor
) -> None:
    operations.go_on(asked.pk, "decide", by=caseworker, at=AT + 2 * DAY)
    words = "We wait for the copy."
    operations.pause(asked.pk, "decide", reason="clarification", words=words, by=caseworker, at=AT + 7 * DAY)
    case = answer(asked, other_caseworker, AT + 3 * DAY, typed_in=AT + 9 * DAY)
    resumed = case.clock_entries.filter(clock="decide", kind="resumed").latest("id")
    assert resumed.on == (AT + 7 * DAY).date()


@pytest.mark.parametrize(
    ("does", "posted_on", "in_time"),
    [(True, date(2026, 11, 17), "yes"), (True, date(2026, 11, 18), "no"), (False, date(2026, 11, 17), "no")],
)
def test_an_answer_that_was_posted_in_time_is_in_time_where_posting_counts(
    monkeypatch: pytest.MonkeyPatch,
    holder: Organisation,
    caseworker: Actor,
    other_caseworker: Actor,
    does: bool,
    posted_on: date,
    in_time: str,
) -> None:
    posting_counts(monkeypatch, does)
    asked = ask(caseworker)
    case = answer(asked, other_caseworker, AT + 18 * DAY, posted_on=posted_on)
    done = [log.opened([each.entry_id])[each.entry_id] for each in Entry.objects.filter(event_type="case.clock_done")]
    assert [each["in_time"] for each in done if each["clock"] == "cure"] == [in_time]
    assert case.completion_requests.get().posted_on == posted_on


def test_whoever_decides_does_not_type_in_the_answer_and_nobody_does_it_for_the_pages(
    asked: Case, caseworker: Actor, other_caseworker: Actor, person: Actor
) -> None:
    with pytest.raises(NotAllowed, match="You decide this case"):
        answer(asked, caseworker, AT + 3 * DAY)
    for by in (person, factories.staff(Role.CASEWORKER, "us-credit-agency")):
        with pytest.raises(NotAllowed):
            answer(asked, by, AT + 3 * DAY)
    from_the_pages = case_at(Status.INCOMPLETE, caseworker=caseworker)
    with pytest.raises(NotAllowed):
        operations.complete(from_the_pages.pk, words="x", by=other_caseworker, at=AT + 3 * DAY)
    answer(asked, other_caseworker, AT + 3 * DAY)
    with pytest.raises(IllegalStep):
        answer(asked, other_caseworker, AT + 3 * DAY)


def test_what_was_enclosed_is_handed_in_with_it_and_a_paper_that_nobody_asked_for_refuses_all(
    monkeypatch: pytest.MonkeyPatch, holder: Organisation, caseworker: Actor, other_caseworker: Actor
) -> None:
    with_papers(monkeypatch, {"id": "receipt"})
    asked = ask(caseworker)
    scan = make_safe(b"Paid on 3 March.")
    with pytest.raises(errors.DocumentNotAsked):
        answer(asked, other_caseworker, AT + 3 * DAY, evidence=[NewEvidence("a.txt", scan, document="promise")])
    assert Case.objects.get(pk=asked.pk).status == Status.INCOMPLETE
    files = [NewEvidence("a.txt", scan, document="receipt"), NewEvidence("b.txt", scan)]
    case = answer(asked, other_caseworker, AT + 3 * DAY, evidence=files)
    assert sorted(case.evidence.values_list("document", flat=True)) == ["", "receipt"]
    assert not any(each.is_incomplete for each in queries.required_of(case))


# --- the letter that asks -------------------------------------------------------------------------


def printed(client_of: ClientOf, case: Case, by: Actor, kind: str = "case_incomplete") -> str:
    letter = Letter.objects.get(message__kind=kind, message__case_id=case.pk)
    pdf = client_of(by).post(f"/letters/{letter.pk}/print/")
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf.content)).pages)
    return " ".join(text.split())


@time_machine.travel(ASKED, tick=False)
def test_the_letter_says_what_is_missing_by_when_and_what_may_follow(
    client_of: ClientOf, asked: Case, other_caseworker: Actor
) -> None:
    text = printed(client_of, asked, other_caseworker)
    assert "You are asked for this: Send a copy of the receipt." in text
    assert "Please answer by 17 November 2026." in text and "nobody looks into it" in text
    assert "The day on which your letter is received counts." in text
    assert "You are asked for this" not in printed(client_of, asked, other_caseworker, "case_filed")


@time_machine.travel(ASKED, tick=False)
def test_where_posting_counts_the_letter_says_so(
    monkeypatch: pytest.MonkeyPatch,
    client_of: ClientOf,
    holder: Organisation,
    caseworker: Actor,
    other_caseworker: Actor,
) -> None:
    posting_counts(monkeypatch)
    text = printed(client_of, ask(caseworker), other_caseworker)
    assert "what is given to the post by then is in time" in text and "is received counts" not in text


@time_machine.travel(ASKED, tick=False)
def test_a_letter_about_a_changed_deadline_gives_its_reason(
    client_of: ClientOf, asked: Case, caseworker: Actor, other_caseworker: Actor
) -> None:
    operations.go_on(asked.pk, "decide", by=caseworker, at=ASKED)
    words = "The court sends its file."
    operations.pause(asked.pk, "decide", reason="clarification", words=words, by=caseworker, at=ASKED)
    assert "The reason: The court sends its file." in printed(client_of, asked, other_caseworker, "deadline_paused")


@time_machine.travel(AT + 5 * DAY, tick=False)
def test_a_letter_that_is_printed_after_the_answer_asks_for_nothing(
    client_of: ClientOf, asked: Case, other_caseworker: Actor
) -> None:
    answer(asked, other_caseworker, AT + 3 * DAY, typed_in=AT + 5 * DAY)
    assert "You are asked for this" not in printed(client_of, asked, other_caseworker)


# --- pages ----------------------------------------------------------------------------------------


def boxes(day: date) -> dict[str, int]:
    return {f"received_on_{part}": getattr(day, part) for part in ("day", "month", "year")}


@time_machine.travel(AT + 5 * DAY, tick=False)
def test_the_page_takes_the_answer_and_the_case_goes_on(
    monkeypatch: pytest.MonkeyPatch,
    client_of: ClientOf,
    holder: Organisation,
    caseworker: Actor,
    other_caseworker: Actor,
) -> None:
    with_papers(monkeypatch, {"id": "receipt"})
    asked = ask(caseworker)
    desk, at = client_of(other_caseworker), f"/casework/{asked.reference}/"
    assert "Enter an answer that came on paper" in page(desk.get(at))
    assert "a file alone does not let the case go on" in page(desk.get(f"{at}paper/evidence/"))
    shown = page(desk.get(f"{at}paper/answer/"))
    assert "Send a copy of the receipt." in shown and "This procedure counts the day on which it was received." in shown
    empty = desk.post(f"{at}paper/answer/", {})
    assert empty.status_code == 422 and "Enter the day on which it was received" in page(empty)
    early = desk.post(f"{at}paper/answer/", {"words": WORDS, **boxes(AT.date())})
    assert early.status_code == 422 and "received before the person was asked" in page(early)
    scans = {"paper-receipt": io.BytesIO(b"Paid."), "scans": [io.BytesIO(b"One."), io.BytesIO(b"Two.")]}
    said = {"words": WORDS, **boxes((AT + 3 * DAY).date()), **scans}
    done = page(desk.post(f"{at}paper/answer/", said, follow=True))
    assert "The answer is entered. The case goes on." in done and WORDS in done
    assert "Answered on paper, received on 5 November 2026" in done
    assert "The person answered, and the case went on" in done and "You answered" not in done
    assert asked.evidence.filter(document="receipt").count() == 1 and asked.evidence.count() == 3
    assert desk.get(f"{at}paper/answer/").status_code == 409


@time_machine.travel(AT + 5 * DAY, tick=False)
def test_whoever_decides_is_told_who_enters_it_and_not_to_go_on_without(
    client_of: ClientOf, asked: Case, caseworker: Actor
) -> None:
    desk, at = client_of(caseworker), f"/casework/{asked.reference}/"
    shown = page(desk.get(at))
    assert "Enter an answer that came on paper" not in shown
    assert "An answer on paper is entered by an official who does not decide this case" in shown
    assert "If an answer came on paper, do not go on here" in page(desk.get(f"{at}go-on-without/"))
    assert desk.get(f"{at}paper/answer/").status_code == 409


@time_machine.travel(AT + 5 * DAY, tick=False)
def test_the_person_reads_that_they_answered(client_of: ClientOf, asked: Case, other_caseworker: Actor) -> None:
    answer(asked, other_caseworker, AT + 3 * DAY, typed_in=AT + 5 * DAY)
    mine = client_of(factories.person(asked.subject))
    shown = page(mine.get(f"/cases/{asked.reference}/"))
    assert WORDS in shown and "Answered on paper, received on 5 November 2026" in shown
    assert "went on without an answer" not in shown


@time_machine.travel(AT + 5 * DAY, tick=False)
def test_a_case_of_the_pages_has_no_such_page(client_of: ClientOf, caseworker: Actor, other_caseworker: Actor) -> None:
    case = case_at(Status.INCOMPLETE, caseworker=caseworker)
    assert client_of(other_caseworker).get(f"/casework/{case.reference}/paper/answer/").status_code == 404


# --- filed on the pages, answered by letter -------------------------------------------------------


def by_letter_now(caseworker: Actor, status: Status = Status.INCOMPLETE) -> Case:
    """A case of the pages, to whose person letters go since another paper gave an address that nobody objected to."""
    subject = factories.subject(name="Zhao Min", email="")
    case = case_at(status, person=factories.person(subject), caseworker=caseworker)
    postal.note(subject.pk, "Example Street 5", by=caseworker, at=AT - 30 * DAY)
    assert case.received_on is None
    return case


@time_machine.travel(AT + 5 * DAY, tick=False)
def test_whoever_gets_letters_by_now_is_answered_for_in_a_case_of_the_pages(
    client_of: ClientOf, caseworker: Actor, other_caseworker: Actor
) -> None:
    case = by_letter_now(caseworker)
    desk, at = client_of(other_caseworker), f"/casework/{case.reference}/"
    shown = page(desk.get(at))
    assert "Letters go to this person now" in shown and "Enter an answer that came on paper" in shown
    assert desk.get(f"{at}paper/answer/").status_code == 200
    enclosed = {"scans": [io.BytesIO(b"The receipt.")]}
    said = {"words": WORDS, **boxes((AT + 4 * DAY).date()), **enclosed}
    done = page(desk.post(f"{at}paper/answer/", said, follow=True))
    assert "Answered on paper, received on 6 November 2026" in done
    case.refresh_from_db()
    assert (case.status, case.received_on) == (Status.IN_REVIEW, None)
    assert case.evidence.count() == 1
    assert desk.get(f"{at}paper/evidence/").status_code == 200


@time_machine.travel(AT + 5 * DAY, tick=False)
def test_whoever_decides_it_does_not_enter_its_answer_either(client_of: ClientOf, caseworker: Actor) -> None:
    case = by_letter_now(caseworker)
    desk, at = client_of(caseworker), f"/casework/{case.reference}/"
    assert "An answer on paper is entered by an official who does not decide this case" in page(desk.get(at))
    assert "If an answer came on paper, do not go on here" in page(desk.get(f"{at}go-on-without/"))
    assert desk.get(f"{at}paper/answer/").status_code == 409


@time_machine.travel(AT + 5 * DAY, tick=False)
def test_such_a_case_is_withdrawn_and_goes_on_by_letter(
    client_of: ClientOf, caseworker: Actor, other_caseworker: Actor
) -> None:
    case = by_letter_now(caseworker, Status.FILED)
    desk, at = client_of(other_caseworker), f"/casework/{case.reference}/paper/"
    for what, status in (("withdraw", Status.WITHDRAWING), ("undo-withdrawal", Status.FILED)):
        assert desk.post(f"{at}{what}/").status_code == 302
        case.refresh_from_db()
        assert case.status == status


@time_machine.travel(AT + 10 * DAY, tick=False)
def test_something_new_by_letter_revives_a_case_of_the_pages(
    client_of: ClientOf, caseworker: Actor, other_caseworker: Actor
) -> None:
    case = by_letter_now(caseworker, Status.SCREENED_OUT)
    at = f"/casework/{case.reference}/paper/something-new/"
    desk, received = client_of(other_caseworker), (AT + 8 * DAY).date()
    assert "was the dispute itself posted" not in page(desk.get(at))
    assert desk.post(at, {"words": "New.", **boxes(received)}).status_code == 302
    due = procedures.due_for(queries.procedure_of(case), "decide", received)
    assert clock(case, "decide").due_latest == due.latest


@time_machine.travel(AT + 5 * DAY, tick=False)
def test_a_joined_file_brings_the_letters(
    client_of: ClientOf, caseworker: Actor, other_caseworker: Actor, supervisor: Actor
) -> None:
    case = case_at(Status.INCOMPLETE, caseworker=caseworker)
    desk, answer_page = client_of(other_caseworker), f"/casework/{case.reference}/paper/answer/"
    assert desk.get(answer_page).status_code == 404
    joined = factories.subject(name="Zhao Min", email="")
    factories.record_for(joined)
    postal.note(joined.pk, "Example Street 5", by=caseworker, at=AT - 30 * DAY)
    merge(joined, case.subject, caseworker, supervisor)
    assert desk.get(answer_page).status_code == 200


@time_machine.travel(AT + 5 * DAY, tick=False)
def test_another_office_enters_nothing_there(client_of: ClientOf, caseworker: Actor) -> None:
    case = by_letter_now(caseworker)
    elsewhere = factories.staff(Role.CASEWORKER, "us-credit-agency")
    assert client_of(elsewhere).get(f"/casework/{case.reference}/paper/answer/").status_code == 404
    with pytest.raises(NotAllowed):
        operations.withdraw(case.pk, by=elsewhere, at=AT + 5 * DAY)
