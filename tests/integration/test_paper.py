"""People without mail or phone: disputes on paper, counted from the day they came, answered by letter."""

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pypdf import PdfReader

from accounts import post
from accounts.actors import Actor, NotThisKind
from accounts.models import PostalAddress, Role, Subject, User
from accounts.operations import paper as people
from accounts.operations import postal
from accounts.operations.sign_in import Fact, NotSignedIn
from accounts.queries import particulars_of
from appeals import integrity, operations, queries, tasks
from appeals.access import NotAllowed
from appeals.errors import AlreadyDisputed, NoAddress, NotInYourFile, NotPostedYet, NotPrintedYet, NotReceivedYet
from appeals.models import AnswerBy, Case, Standing
from appeals.workflow import Status
from audit import keys
from audit import queries as log
from audit.models import Entry
from delivery.models import Letter, Message
from law import procedures
from records.models import Access, Measure, MeasureState, Record
from tests import factories
from tests.factories import AT, item, record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ADDRESS = "Example Street 5\n100000 Beijing"
WORDS = "I never had a court case in that province."


@pytest.fixture
def nobody_mails(db: None) -> Subject:
    """Somebody without any contact, about whom a court holds something."""
    found = factories.subject(name="Zhao Min", email="")
    record_for(found)
    return found


def enter(subject: Subject, by: Actor, **differences: Any) -> Case:
    record = Record.objects.filter(subject=subject).order_by("pk").first()
    assert record
    said: dict[str, Any] = {
        "procedure_id": "redress-model",
        "items": [item(record, words=WORDS)],
        "received_on": AT.date(),
        "standing": Standing.SELF,
        "answer_by": AnswerBy.LETTER,
        "address": ADDRESS,
        "language": "en",
        "at": AT,
    }
    return operations.enter_dispute(subject.pk, by=by, **{**said, **differences})


def letter(kind: str, case: Case | None = None) -> Letter:
    found = Letter.objects.filter(message__kind=kind).order_by("-pk")
    return (found.filter(message__case_id=case.pk) if case else found)[0]


def post_it(kind: str, case: Case, by: Actor, at: datetime) -> Letter:
    found = letter(kind, case)
    operations.note_printed(found.pk, by=by, at=at)
    return operations.note_posted(found.pk, on=at.date(), by=by, at=at)


# --- the day of receipt ---------------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 1, 3, 10, 40])
def test_the_clock_counts_from_the_day_of_receipt(days: int, nobody_mails: Subject, caseworker: Actor) -> None:
    received = AT.date() - days * DAY
    case = enter(nobody_mails, caseworker, received_on=received)
    due = procedures.due_for(queries.procedure_of(case), "decide", received)
    assert (case.decide_by, case.decide_by_latest) == (due.earliest, due.latest)
    assert queries.procedure_of(case).local_date(case.filed_at) == received


def test_the_holidays_between_receipt_and_entry_are_not_counted(nobody_mails: Subject, caseworker: Actor) -> None:
    after = datetime(2026, 10, 9, 2, 0, tzinfo=AT.tzinfo)  # the first working day after the National Day holidays
    before = enter(nobody_mails, caseworker, received_on=date(2026, 9, 30), at=after)
    expected = procedures.due_for(queries.procedure_of(before), "decide", date(2026, 9, 30))
    assert before.decide_by == expected.earliest
    assert before.decide_by > date(2026, 9, 30) + 21 * DAY  # fifteen working days would be three weeks without them


def test_nothing_is_received_tomorrow(nobody_mails: Subject, caseworker: Actor) -> None:
    with pytest.raises(NotReceivedYet):
        enter(nobody_mails, caseworker, received_on=AT.date() + DAY)
    assert not Case.objects.exists()
    assert not PostalAddress.objects.exists()


# --- who enters and who decides -------------------------------------------------------------------


def test_whoever_entered_it_neither_takes_nor_approves_it(
    nobody_mails: Subject, caseworker: Actor, other_caseworker: Actor, holder: Any
) -> None:
    both = factories.staff(Role.CASEWORKER, holder, Role.SUPERVISOR)
    case = enter(nobody_mails, both)
    with pytest.raises(NotAllowed, match="entered this dispute"):
        operations.take(case.pk, by=both, at=AT)
    operations.take(case.pk, by=other_caseworker, at=AT)
    operations.draft(case.pk, factories.answers_to(case), by=other_caseworker, at=AT)
    operations.submit(case.pk, by=other_caseworker, at=AT)
    with pytest.raises(NotAllowed, match="entered this dispute"):
        operations.approve(case.pk, seen=AT, by=both, at=AT)


def test_the_log_says_who_entered_it_and_for_whom(nobody_mails: Subject, caseworker: Actor) -> None:
    case = enter(nobody_mails, caseworker, standing=Standing.GUARDIAN)
    (filed,) = Entry.objects.filter(event_type="case.filed", case_id=case.pk)
    facts = log.opened([filed.entry_id])[filed.entry_id]
    assert str(facts["actor"]).endswith(f":{caseworker.user_id}")
    assert (facts["subject"], facts["standing"]) == (str(nobody_mails.pk), "guardian")
    assert facts["received_on"] == AT.date().isoformat()


def test_only_officials_of_the_holder_enter(nobody_mails: Subject, source_officer: Actor, person: Actor) -> None:
    elsewhere = factories.staff(Role.CASEWORKER, "us-credit-agency")
    for by in (source_officer, person, elsewhere):
        with pytest.raises(NotThisKind):
            enter(nobody_mails, by)
    assert not Case.objects.exists()


def test_only_what_is_held_about_that_person_is_disputed(
    nobody_mails: Subject, caseworker: Actor, person: Actor
) -> None:
    with pytest.raises(NotInYourFile):
        enter(nobody_mails, caseworker, items=[item(record_for(person))])


def test_the_same_paper_entered_twice_is_one_case(
    nobody_mails: Subject, caseworker: Actor, other_caseworker: Actor
) -> None:
    case = enter(nobody_mails, caseworker)
    with pytest.raises(AlreadyDisputed, match=case.reference):
        enter(nobody_mails, other_caseworker)


def test_an_answer_by_letter_needs_an_address(nobody_mails: Subject, caseworker: Actor) -> None:
    with pytest.raises(NoAddress):
        enter(nobody_mails, caseworker, address=" ")
    assert not Case.objects.exists()


def test_an_address_is_sealed(nobody_mails: Subject, caseworker: Actor) -> None:
    enter(nobody_mails, caseworker)
    row = PostalAddress.objects.get()
    assert b"Example Street" not in bytes(row.sealed)
    assert post.postal_address_of(nobody_mails.pk) == ("Example Street 5", "100000 Beijing")


# --- interim effects and letters ------------------------------------------------------------------


def test_measures_stop_at_once(nobody_mails: Subject, caseworker: Actor) -> None:
    enter(nobody_mails, caseworker)
    assert {m.state for m in Measure.objects.filter(subject=nobody_mails)} == {MeasureState.SUSPENDED}


def test_everything_that_would_be_mailed_is_a_letter(nobody_mails: Subject, caseworker: Actor) -> None:
    case = enter(nobody_mails, caseworker)
    told = Message.objects.get(kind="case_filed")
    assert (told.mail_state, told.not_possible) == ("none", "")
    assert letter("case_filed", case).posted_on is None
    # What could not be told before there was an address is on paper now too.
    assert Letter.objects.filter(message__kind="record_added").exists()
    assert not Message.objects.exclude(not_possible="").filter(subject_id=nobody_mails.pk).exists()


def test_what_comes_later_is_found_by_the_sweep(nobody_mails: Subject, caseworker: Actor) -> None:
    enter(nobody_mails, caseworker)
    later = record_for(nobody_mails, "cn-jaywalking", "face_event", ())
    with time_machine.travel(AT):
        tasks.sweep()
    assert Letter.objects.filter(message__record_id=later.pk).exists()


def test_whoever_has_mail_but_wants_letters_gets_letters(caseworker: Actor) -> None:
    subject = factories.subject(name="Zhao Min")
    record_for(subject)
    postal.note(subject.pk, ADDRESS, by=caseworker, at=AT - 30 * DAY)  # before that, mails go on: test_postal.py
    case = enter(subject, caseworker)
    assert letter("case_filed", case)
    assert not Message.objects.filter(kind="case_filed", mail_state="waiting").exists()


def test_letters_are_printed_then_posted_then_delivered(nobody_mails: Subject, caseworker: Actor) -> None:
    case = enter(nobody_mails, caseworker)
    found = letter("case_filed", case)
    with pytest.raises(NotPrintedYet):
        operations.note_posted(found.pk, on=AT.date(), by=caseworker, at=AT)
    operations.note_printed(found.pk, by=caseworker, at=AT)
    with pytest.raises(NotPostedYet):
        operations.note_delivered(found.pk, on=AT.date(), by=caseworker, at=AT)
    with pytest.raises(NotReceivedYet):
        operations.note_posted(found.pk, on=AT.date() + 3 * DAY, by=caseworker, at=AT)
    operations.note_posted(found.pk, on=AT.date(), by=caseworker, at=AT)
    operations.note_posted(found.pk, on=AT.date() - DAY, by=caseworker, at=AT)
    assert Letter.objects.get(pk=found.pk).posted_on == AT.date()
    assert found not in queries.letters_to_post(caseworker)


def test_letters_of_others_are_not_there(nobody_mails: Subject, caseworker: Actor) -> None:
    case = enter(nobody_mails, caseworker)
    stranger = factories.staff(Role.CASEWORKER, "us-credit-agency")
    assert not queries.letters_to_post(stranger).exists()
    with pytest.raises(Letter.DoesNotExist):
        operations.note_printed(letter("case_filed", case).pk, by=stranger, at=AT)


# --- service --------------------------------------------------------------------------------------


def decided_on_paper(subject: Subject, caseworker: Actor, **differences: Any) -> tuple[Case, Actor]:
    """A case on paper that was rejected, and an official who had no part in it."""
    clerk = factories.staff(Role.CASEWORKER, "cn-spc")
    case = enter(subject, clerk)
    operations.take(case.pk, by=caseworker, at=AT)
    rejected = {"outcome": "rejected", "remedy": ""}
    operations.draft(case.pk, factories.answers_to(case, [rejected]), by=caseworker, at=AT)
    operations.submit(case.pk, by=caseworker, at=AT)
    operations.approve(case.pk, seen=AT, by=factories.staff(Role.SUPERVISOR, "cn-spc"), at=AT)
    return Case.objects.get(pk=case.pk), clerk


def test_a_decision_that_was_not_posted_never_counts_as_served(nobody_mails: Subject, caseworker: Actor) -> None:
    case, _clerk = decided_on_paper(nobody_mails, caseworker)
    assert not queries.deemed_served(AT + 400 * DAY)
    assert case.status == Status.DECIDED


def test_a_posted_decision_counts_as_served_by_the_rule_of_the_procedure(
    nobody_mails: Subject, caseworker: Actor
) -> None:
    case, clerk = decided_on_paper(nobody_mails, caseworker)
    post_it("decision_ready", case, clerk, AT)
    due = procedures.due_for(queries.procedure_of(case), "deemed_service", AT.date())
    assert not queries.deemed_served(datetime.combine(due.latest, AT.timetz()))
    assert queries.deemed_served(datetime.combine(due.latest + 2 * DAY, AT.timetz())) == [case.pk]


def test_proof_of_delivery_serves_and_nothing_starts_before_the_days_after_it(
    nobody_mails: Subject, caseworker: Actor
) -> None:
    case, clerk = decided_on_paper(nobody_mails, caseworker)
    found = post_it("decision_ready", case, clerk, AT)
    arrived = AT + 4 * DAY
    operations.note_delivered(found.pk, on=arrived.date(), by=clerk, at=arrived)
    operations.note_delivered(found.pk, on=arrived.date(), by=clerk, at=arrived)
    case.refresh_from_db()
    assert (case.status, case.served_at) == (Status.SERVED, arrived)
    for measure in Measure.objects.filter(subject=nobody_mails):
        assert measure.state == MeasureState.SUSPENDED
        assert measure.resumes_on and measure.resumes_on >= arrived.date() + 3 * DAY


# --- a whole dispute on paper ---------------------------------------------------------------------


def test_a_whole_dispute_on_paper(nobody_mails: Subject, caseworker: Actor) -> None:
    """Entered, withdrawn by letter, gone on, decided, posted, delivered, started again, closed; all of it in order."""
    clerk = factories.staff(Role.CASEWORKER, "cn-spc")
    case = enter(nobody_mails, clerk, received_on=AT.date() - 2 * DAY)
    post_it("case_filed", case, clerk, AT)

    day = AT + DAY
    operations.withdraw(case.pk, by=clerk, at=day)
    case.refresh_from_db()
    assert case.withdrawal_effective_on and case.withdrawal_effective_on >= day.date() + 14 * DAY
    post_it("withdrawal_asked", case, clerk, day)
    operations.undo_withdrawal(case.pk, by=clerk, at=day + 6 * DAY)
    assert letter("withdrawal_undone", case)

    day = day + 7 * DAY
    operations.take(case.pk, by=caseworker, at=day)
    with pytest.raises(NotAllowed, match="You decide this case"):
        operations.withdraw(case.pk, by=caseworker, at=day)
    rejected = {"outcome": "rejected", "remedy": ""}
    operations.draft(case.pk, factories.answers_to(case, [rejected]), by=caseworker, at=day)
    operations.submit(case.pk, by=caseworker, at=day)
    operations.approve(case.pk, seen=day, by=factories.staff(Role.SUPERVISOR, "cn-spc"), at=day)

    found = post_it("decision_ready", case, clerk, day)
    arrived = day + 3 * DAY
    operations.note_delivered(found.pk, on=arrived.date(), by=clerk, at=arrived)
    resumes = {m.resumes_on for m in Measure.objects.filter(subject=nobody_mails)}
    (on,) = resumes
    assert on
    with time_machine.travel(datetime.combine(on - DAY, AT.timetz())):
        tasks.sweep()
    assert {m.state for m in Measure.objects.filter(subject=nobody_mails)} == {MeasureState.SUSPENDED}
    with time_machine.travel(datetime.combine(on + 2 * DAY, AT.timetz())):
        tasks.sweep()
    assert {m.state for m in Measure.objects.filter(subject=nobody_mails)} == {MeasureState.IN_FORCE}
    assert Letter.objects.filter(message__kind="measure_resumed").exists()
    end = AT + 200 * DAY
    with time_machine.travel(end):
        tasks.sweep()
    case.refresh_from_db()
    assert case.status == Status.CLOSED
    assert not list(integrity.findings(end))


# --- a way in -------------------------------------------------------------------------------------


def test_a_letter_with_the_right_fact_lets_the_person_in_once(nobody_mails: Subject, caseworker: Actor) -> None:
    letter_row, code = people.make_activation_letter(nobody_mails.pk, by=caseworker, at=AT)
    assert code.encode() not in bytes(letter_row.code_hash)
    fact = Fact(birth_date=particulars_of(nobody_mails.pk).birth_date)
    user = people.activate_by_letter(code, fact=fact, network="here", at=AT + DAY)
    assert user.subject_id == nobody_mails.pk
    with pytest.raises(NotSignedIn):
        people.activate_by_letter(code, fact=fact, network="here", at=AT + DAY)


def test_a_wrong_fact_spends_one_of_five_tries(nobody_mails: Subject, caseworker: Actor) -> None:
    _row, code = people.make_activation_letter(nobody_mails.pk, by=caseworker, at=AT)
    right = Fact(birth_date=particulars_of(nobody_mails.pk).birth_date)
    for _ in range(people.LETTER_TRIES):
        with pytest.raises(NotSignedIn):
            people.activate_by_letter(code, fact=Fact(birth_date=date(1999, 9, 9)), network="here", at=AT)
    with pytest.raises(NotSignedIn):
        people.activate_by_letter(code, fact=right, network="here", at=AT)
    assert not User.objects.filter(subject=nobody_mails).exists()


def test_a_letter_expires_and_a_new_one_ends_the_old(nobody_mails: Subject, caseworker: Actor) -> None:
    fact = Fact(birth_date=particulars_of(nobody_mails.pk).birth_date)
    _row, old = people.make_activation_letter(nobody_mails.pk, by=caseworker, at=AT)
    _row, new = people.make_activation_letter(nobody_mails.pk, by=caseworker, at=AT)
    for code, at in ((old, AT + DAY), (new, AT + people.LETTER_LIFE)):
        with pytest.raises(NotSignedIn):
            people.activate_by_letter(code, fact=fact, network="here", at=at)


# --- pages ----------------------------------------------------------------------------------------


@pytest.fixture
def now() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


def number_of(subject: Subject) -> str:
    identifier = subject.identifiers.get()
    return keys.open_sealed(subject.pk, bytes(identifier.sealed)).decode()


def found(client: Client, subject: Subject) -> Any:
    received = AT.date()
    return client.post(
        "/paper/",
        {
            "scheme": "cn-resident-id",
            "number": number_of(subject),
            "received_on_day": received.day,
            "received_on_month": received.month,
            "received_on_year": received.year,
        },
    )


def test_an_official_enters_a_dispute_on_the_pages(
    nobody_mails: Subject, caseworker: Actor, client_of: ClientOf, now: None
) -> None:
    browser = client_of(caseworker)
    assert found(browser, nobody_mails)["Location"] == "/paper/things/"
    record = Record.objects.get(subject=nobody_mails)
    chosen = browser.post("/paper/things/", {f"entry-{record.pk}": ["whole"]})
    assert chosen["Location"] == "/paper/dispute/"
    empty = browser.post("/paper/dispute/", {})
    assert empty.status_code == 422
    assert "Copy what they wrote" in empty.content.decode()
    said = {
        "thing-1-ground": "not_me",
        "thing-1-words": WORDS,
        "procedure": "redress-model",
        "standing": "self",
        "language": "zh-hans",
        "answer_by": "letter",
        "address": ADDRESS,
        "scans": [io.BytesIO(b"A scan of what was enclosed.")],
    }
    answer = browser.post("/paper/dispute/", said)
    case = Case.objects.get()
    assert answer["Location"] == f"/casework/{case.reference}/"
    assert (case.entered_by_id, case.received_on, case.language) == (caseworker.user_id, AT.date(), "zh-hans")
    assert case.evidence.count() == 1
    page = browser.get(f"/casework/{case.reference}/").content.decode()
    assert "You entered this dispute from paper" in page
    assert "It is about the person who files" in page


def test_whoever_looks_leaves_a_trace_that_the_person_sees(
    nobody_mails: Subject, caseworker: Actor, client_of: ClientOf, now: None
) -> None:
    browser = client_of(caseworker)
    found(browser, nobody_mails)
    assert Entry.objects.filter(event_type="person.looked_up").count() == 1
    browser.get("/paper/things/")
    assert Access.objects.get().purpose == "paper_dispute"
    person = factories.person(nobody_mails)
    record = Record.objects.get(subject=nobody_mails)
    assert "To enter what you wrote on paper" in client_of(person).get(f"/held/{record.pk}/").content.decode()


def test_a_number_of_which_the_office_holds_nothing_finds_nobody(
    nobody_mails: Subject, client_of: ClientOf, now: None
) -> None:
    unknown = factories.subject(email="")
    elsewhere = client_of(factories.staff(Role.CASEWORKER, "us-credit-agency"))
    here = client_of(factories.staff(Role.CASEWORKER, "cn-spc"))
    for browser, subject in ((elsewhere, nobody_mails), (here, unknown)):
        answer = found(browser, subject)
        assert answer.status_code == 422
        assert "holds nothing under this number" in answer.content.decode()
        assert browser.get("/paper/things/")["Location"] == "/paper/"


def test_the_pages_hint_at_the_same_paper_on_another_desk(
    nobody_mails: Subject, caseworker: Actor, other_caseworker: Actor, client_of: ClientOf, now: None
) -> None:
    record_for(nobody_mails)
    case = enter(nobody_mails, caseworker)
    browser = client_of(other_caseworker)
    found(browser, nobody_mails)
    page = browser.get("/paper/things/").content.decode()
    assert case.reference in page
    assert "Received on the same day" in page


def test_a_letter_is_printed_with_its_address_and_noted(
    nobody_mails: Subject, caseworker: Actor, client_of: ClientOf, now: None
) -> None:
    case = enter(nobody_mails, caseworker)
    browser = client_of(caseworker)
    assert case.reference in browser.get("/letters/").content.decode()
    row = letter("case_filed", case)
    pdf = browser.post(f"/letters/{row.pk}/print/")
    text = PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
    assert all(each in text for each in ("Zhao Min", "Example Street 5", case.reference))
    day = {f"letter-{row.pk}-on_{part}": getattr(AT, part) for part in ("day", "month", "year")}
    assert browser.post(f"/letters/{row.pk}/posted/", day).status_code == 302
    assert Letter.objects.get(pk=row.pk).posted_on == AT.date()
    assert browser.post(f"/letters/{row.pk}/delivered/", {}).status_code == 422
    assert "A letter to the person was posted" in browser.get(f"/casework/{case.reference}/").content.decode()
    person = client_of(factories.person(nobody_mails))
    assert "A letter to you was posted" in person.get(f"/cases/{case.reference}/").content.decode()


def test_the_letter_of_a_decision_has_the_address_and_its_page_has_not(
    nobody_mails: Subject, caseworker: Actor, client_of: ClientOf, now: None
) -> None:
    case, clerk = decided_on_paper(nobody_mails, caseworker)
    pdf = client_of(clerk).post(f"/letters/{letter('decision_ready', case).pk}/print/")
    assert "Example Street 5" in PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
    person = factories.person(nobody_mails)
    assert "Example Street" not in client_of(person).get(f"/cases/{case.reference}/decision/").content.decode()


def test_an_activation_letter_is_printed_and_leads_in(
    nobody_mails: Subject, caseworker: Actor, client_of: ClientOf, client: Client, now: None
) -> None:
    browser = client_of(caseworker)
    found(browser, nobody_mails)
    pdf = browser.post("/paper/activation-letter/")
    text = PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
    born = particulars_of(nobody_mails.pk).birth_date
    assert born and born.isoformat() not in text
    code = next(word for word in text.split() if word.count("-") == 2 and len(word) == 14)
    day = {"birth_date_day": born.day, "birth_date_month": born.month, "birth_date_year": born.year}
    wrong = client.post("/letter/", {"code": code, **day, "birth_date_day": (born.day % 28) + 1})
    assert "does not fit together" in wrong.content.decode()
    nothing = client.post("/letter/", {"code": "2222-3333-4444", **day})
    assert "does not fit together" in nothing.content.decode()
    assert client.post("/letter/", {"code": code, **day})["Location"] == "/held/"


def test_a_withdrawal_on_paper_is_entered_and_taken_back(
    nobody_mails: Subject, caseworker: Actor, client_of: ClientOf, now: None
) -> None:
    case = enter(nobody_mails, caseworker)
    browser = client_of(caseworker)
    for page, status in (("withdraw", Status.WITHDRAWING), ("undo-withdrawal", Status.FILED)):
        assert browser.get(f"/casework/{case.reference}/paper/{page}/").status_code == 200
        assert browser.post(f"/casework/{case.reference}/paper/{page}/").status_code == 302
        case.refresh_from_db()
        assert case.status == status


def test_a_case_of_the_pages_is_not_withdrawn_by_officials(caseworker: Actor, client_of: ClientOf, now: None) -> None:
    case = factories.case_at(Status.FILED)
    assert client_of(caseworker).post(f"/casework/{case.reference}/paper/withdraw/").status_code == 404
    with pytest.raises(NotAllowed):
        operations.withdraw(case.pk, by=caseworker, at=AT)


def test_a_mandate_on_paper_is_entered_by_one_and_confirmed_by_another(
    nobody_mails: Subject, caseworker: Actor, supervisor: Actor, client_of: ClientOf, now: None
) -> None:
    clerk = client_of(caseworker)
    found(clerk, nobody_mails)
    said = {
        "called": "Zhao Li",
        "basis": "guardian",
        "reach": "all",
        "programmes": ["cn-court-defaulters"],
        "paper": "Court order of 3 March 2026, file 4711",
    }
    assert clerk.post("/paper/mandate/", {**said, "programmes": ["us-credit-file"]}).status_code == 422
    assert clerk.post("/paper/mandate/", said)["Location"] == "/paper/mandates/"
    assert "somebody else has to confirm it" in clerk.get("/paper/mandates/").content.decode()
    from accounts.models import Mandate

    mandate = Mandate.objects.get()
    assert clerk.post("/paper/mandates/", {"mandate": str(mandate.pk)}).status_code == 409
    answer = client_of(supervisor).post("/paper/mandates/", {"mandate": str(mandate.pk)})
    assert answer.status_code == 201 and answer.context["code"]
