"""The page of one case: what it shows, what can be done, and that every look is noted."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals import operations
from appeals.evidence_files import make_safe
from appeals.models import Case, Evidence
from appeals.operations import NewEvidence
from appeals.workflow import Status
from audit.models import Entry
from records.models import Access, MeasureState
from tests import factories
from tests.disputes import page
from tests.factories import AT, case_at, item, record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
SOON = AT + timedelta(hours=5)


def at(case: Case, name: str = "") -> str:
    return f"/casework/{case.reference}/{name}"


@pytest.fixture
def client(client_of: ClientOf, caseworker: Actor) -> Client:
    return client_of(caseworker)


def looks(case: Case) -> int:
    return Entry.objects.filter(case_id=case.pk, event_type="case.opened").count()


# --- what it shows --------------------------------------------------------------------------------


def test_it_shows_the_dispute_beside_the_record(client: Client, person: Actor) -> None:
    record = record_for(person, measures=("no_plane", "list_publication"))
    words = "I paid 1,200 in March."
    field = item(record, ground="inaccurate", field="amount", words=words, wanted="1200.00")
    case = case_at(Status.FILED, person=person, items=[field])
    text = page(client.get(at(case)))
    for shown in (
        "List of judgment defaulters",
        "Ask us to look again",
        "“Amount”",
        "CN¥12,000.00",
        words,
        "CN¥1,200.00",
        "It is wrong",
        "No planes",
        "Stopped for now",
        "Supplied by Sample Court, under its reference",
        "Version 1, supplied by the source",
        "s order in an enforcement case",
        "Somebody to take it",
        "23 November 2026",
        "How this day was counted",
        "The dispute was sent",
    ):
        assert shown in text, shown


def test_it_shows_how_a_machine_found_the_person(client_of: ClientOf, person: Actor) -> None:
    record = record_for(person, "cn-jaywalking", "face_event")
    case = case_at(programme="cn-jaywalking", person=person, items=[item(record)])
    police = client_of(factories.staff(Role.CASEWORKER, "cn-city-traffic-police"))
    text = page(police.get(at(case)))
    for shown in (
        "A computer compared a camera picture with stored faces",
        "CAM-17",
        "86%",
        "How sure the computer was",
    ):
        assert shown in text, shown
    assert "Picture (not shown to the person)" in text


def test_all_versions_are_there_with_what_changed(client: Client, person: Actor) -> None:
    record = record_for(person)
    answers = [{"remedy": "correct", "value": "1200.00"}]
    first = case_at(
        Status.DECIDED, person=person, items=[item(record, ground="inaccurate", field="amount")], answers=answers
    )
    factories.carry_out(first)
    case = case_at(Status.FILED, person=person, items=[item(record, ground="inaccurate", field="court")])
    answer = client.get(at(case))
    text = page(answer)
    assert "Version 2, corrected after a dispute" in text and "Version 1, supplied by the source" in text
    change = answer.context["items"][0].shown.history[0].changes[0]
    assert (change.key, change.was, change.now) == ("Amount", "CN¥12,000.00", "CN¥1,200.00")


def test_a_case_with_two_items_of_one_record_shows_its_history_once(client: Client, person: Actor) -> None:
    record = record_for(person)
    items = [item(record, ground="inaccurate", field="amount"), item(record, ground="inaccurate", field="court")]
    case = case_at(Status.FILED, person=person, items=items)
    text = page(client.get(at(case)))
    assert text.count("Version 1, supplied by the source") == 1
    assert "It is the entry of item 1: see there." in text


def test_officials_never_see_names_or_addresses(client: Client) -> None:
    person = factories.person(name="Plantedname", email="planted@mail.example")
    case = case_at(Status.IN_REVIEW, person=person)
    assert "lanted" not in page(client.get(at(case)))


def test_words_in_another_language_say_so(client: Client, person: Actor) -> None:
    case = case_at(person=person, items=[item(record_for(person), words="这不是我。", wanted="删除")])
    html = client.get(at(case)).content.decode()
    assert '<blockquote class="redress-words" lang="zh-Hans">这不是我。</blockquote>' in html


def test_both_languages(client_of: ClientOf, caseworker: Actor) -> None:
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    text = page(client_of(caseworker, language="zh-hans").get(at(case)))
    assert "失信被执行人名单" in text and "2026年11月23日" in text


# --- looks ----------------------------------------------------------------------------------------


def test_opening_it_is_one_look_that_is_noted(client: Client, caseworker: Actor) -> None:
    case = case_at(Status.FILED)
    client.get(at(case))
    assert looks(case) == 1
    access = Access.objects.get(case_id=case.pk)
    assert (access.user_id, access.role, access.purpose) == (caseworker.user_id, Role.CASEWORKER, "review")
    assert Entry.objects.filter(case_id=case.pk, event_type="record.opened").count() == 1
    text = page(client.get(at(case)))
    assert "2 looks at what the person wrote or handed in." in text
    assert f"Caseworker no. {caseworker.seats[0].number} (you) · Opened the case" in text


def test_evidence_leaves_as_a_download_and_is_noted(client: Client, person: Actor) -> None:
    case = case_at(Status.FILED, person=person)
    given = NewEvidence("我的收据.txt", make_safe(b"Paid on 3 March."))
    row = operations.add_evidence(case.pk, given, by=person, at=SOON)
    assert "我的收据.txt" in page(client.get(at(case)))
    before = looks(case)
    answer = client.get(at(case, f"evidence/{row.pk}/"))
    assert answer.content == b"Paid on 3 March."
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert looks(case) == before + 1
    assert "Opened a piece of evidence" in page(client.get(at(case)))


def test_evidence_of_another_case_or_lost_from_the_disk_is_not_there(client: Client, person: Actor) -> None:
    case, other = case_at(Status.FILED), case_at(Status.FILED, person=person)
    row = operations.add_evidence(other.pk, NewEvidence("a.txt", make_safe(b"x")), by=person, at=SOON)
    assert client.get(at(case, f"evidence/{row.pk}/")).status_code == 404
    assert looks(case) == 0
    Evidence.objects.filter(pk=row.pk).update(id=factories.missing_id())
    assert client.get(at(other, f"evidence/{Evidence.objects.get(case=other).pk}/")).status_code == 404


# --- what can be done -----------------------------------------------------------------------------


def offered(answer: Any) -> dict[str, str]:
    shown = {each.action: "" for each in answer.context["offers"]}
    return shown | {each.action: each.why_not for each in answer.context["refused"]}


def test_what_can_be_done_follows_the_status(client: Client, caseworker: Actor) -> None:
    assert offered(client.get(at(case_at(Status.FILED)))) == {"take": ""}
    mine = case_at(Status.IN_REVIEW, caseworker=caseworker)
    assert offered(client.get(at(mine))) == {"decide": "", "ask": "", "give-back": ""}
    for status in (Status.DECIDED, Status.SERVED, Status.WITHDRAWING, Status.WITHDRAWN, Status.CLOSED):
        assert offered(client.get(at(case_at(status)))) == {}


def test_what_cannot_be_done_says_why(client_of: ClientOf, client: Client, holder: Organisation) -> None:
    waiting = case_at(Status.AWAITING_APPROVAL)
    answer = client.get(at(waiting))
    assert offered(answer) == {"approve": "Only supervisors approve decisions."}
    html = answer.content.decode()
    assert 'type="button" disabled aria-describedby="why-not-approve"' in html
    assert '<p class="govuk-body" id="why-not-approve">Only supervisors approve decisions.</p>' in html
    both = factories.staff(Role.CASEWORKER, holder, Role.SUPERVISOR)
    own = case_at(Status.AWAITING_APPROVAL, caseworker=both)
    assert offered(client_of(both).get(at(own))) == {
        "approve": "You drafted this decision, so a second person must approve it."
    }


def test_whoever_entered_the_data_is_told_why_they_cannot_take_it(
    client: Client, person: Actor, caseworker: Actor
) -> None:
    record = record_for(person, entered_by=caseworker.user_id)
    case = case_at(Status.FILED, person=person, items=[item(record)])
    why = "You entered or imported this data, so somebody else must decide."
    assert offered(client.get(at(case))) == {"take": why}
    answer = client.post(at(case, "take/"))
    assert answer.status_code == 409 and why in page(answer)
    case.refresh_from_db()
    assert case.status == Status.FILED


def test_taking_a_case(client: Client, caseworker: Actor) -> None:
    case = case_at(Status.FILED)
    answer = client.post(at(case, "take/"), follow=True)
    assert answer.redirect_chain == [(at(case), 302)]
    assert "You have taken this case." in page(answer)
    case.refresh_from_db()
    assert (case.status, case.caseworker_id) == (Status.IN_REVIEW, caseworker.user_id)


def test_a_reference_may_be_typed_as_people_type_it(client: Client) -> None:
    case = case_at(Status.FILED)
    assert client.get(f"/casework/{case.reference.lower().replace('-', '')}/").status_code == 200
    assert client.get("/casework/RD-2222-2223/").status_code == 404
    assert client.get("/casework/nothing/").status_code == 404


def test_giving_back_needs_a_reason_and_keeps_what_was_written(client: Client, caseworker: Actor) -> None:
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    assert client.get(at(case, "give-back/")).status_code == 200
    answer = client.post(at(case, "give-back/"), {"reason": "   "})
    assert answer.status_code == 422
    assert '<a href="#id_reason">Write a reason.</a>' in answer.content.decode()
    answer = client.post(at(case, "give-back/"), {"reason": "I know the family."}, follow=True)
    assert answer.redirect_chain == [("/casework/", 302)]
    case.refresh_from_db()
    assert (case.status, case.caseworker_id) == (Status.FILED, None)
    text = page(client.get(at(case)))
    assert "I know the family." in text


def test_a_supervisor_gives_back_for_somebody_who_cannot(
    client_of: ClientOf, supervisor: Actor, caseworker: Actor
) -> None:
    case = case_at(Status.IN_REVIEW, caseworker=caseworker)
    client = client_of(supervisor)
    assert offered(client.get(at(case)))["give-back"] == ""
    client.post(at(case, "give-back/"), {"reason": "She is ill."})
    case.refresh_from_db()
    assert case.status == Status.FILED


# --- undoing --------------------------------------------------------------------------------------


@pytest.fixture
def carried_out(person: Actor, caseworker: Actor) -> Case:
    case = case_at(Status.SERVED, person=person, caseworker=caseworker)
    factories.carry_out(case)
    return case


def undo_page(case: Case) -> str:
    return at(case, f"undo/{case.remedies.get().pk}/")


def test_a_supervisor_undoes_a_remedy_after_being_asked(
    client_of: ClientOf, supervisor: Actor, carried_out: Case
) -> None:
    client = client_of(supervisor)
    assert undo_page(carried_out) in client.get(at(carried_out)).content.decode()
    asked = client.get(undo_page(carried_out))
    assert "Undo what was carried out?" in page(asked)
    assert carried_out.remedies.get().state == "done"
    answer = client.post(undo_page(carried_out), {"reason": ""})
    assert answer.status_code == 422 and carried_out.remedies.get().state == "done"
    answer = client.post(undo_page(carried_out), {"reason": "The wrong entry was named."}, follow=True)
    assert "It was undone. The person and the source have been told." in page(answer)
    assert carried_out.remedies.get().state == "undone"
    assert carried_out.items.get().record.measures.get().state != MeasureState.LIFTED
    assert "The wrong entry was named." in page(client.get(at(carried_out)))


def test_undoing_twice_does_nothing_the_second_time(client_of: ClientOf, supervisor: Actor, carried_out: Case) -> None:
    client = client_of(supervisor)
    client.post(undo_page(carried_out), {"reason": "The wrong entry was named."})
    entries = Entry.objects.filter(case_id=carried_out.pk).exclude(event_type__endswith=".opened").count()
    answer = client.post(undo_page(carried_out), {"reason": "Again."}, follow=True)
    assert "There is nothing to undo here" in page(answer)
    assert Entry.objects.filter(case_id=carried_out.pk).exclude(event_type__endswith=".opened").count() == entries


def test_the_drafter_and_people_without_the_role_cannot_undo(
    client: Client, client_of: ClientOf, carried_out: Case, other_person: Actor
) -> None:
    assert "Undo it" not in page(client.get(at(carried_out)))
    answer = client.post(undo_page(carried_out), {"reason": "x"})
    assert answer.status_code == 409 and "Only supervisors approve decisions." in page(answer)
    assert client_of(other_person).post(undo_page(carried_out), {"reason": "x"}).status_code == 403
    assert carried_out.remedies.get().state == "done"


def test_a_remedy_of_another_case_is_not_there(client_of: ClientOf, supervisor: Actor, carried_out: Case) -> None:
    other = case_at(Status.SERVED, supervisor=supervisor)
    assert client_of(supervisor).get(at(other, f"undo/{carried_out.remedies.get().pk}/")).status_code == 404


# --- bounds ---------------------------------------------------------------------------------------


def test_reading_takes_the_same_number_of_queries_for_one_item_and_five(client: Client, person: Actor) -> None:
    def reads(case: Case) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(at(case)).status_code == 200
        asked = [each["sql"] for each in caught if each["sql"].startswith("SELECT")]
        return sum(not sql.startswith("SELECT audit_append") for sql in asked)  # each look at an entry is logged

    one = case_at(Status.FILED, person=person, items=[item(record_for(person))])
    five = case_at(Status.FILED, person=person, items=[item(record_for(person)) for _ in range(5)])
    reads(one)  # from now on keys are remembered
    assert reads(one) == reads(five)


def test_others_are_refused(client_of: ClientOf, other_person: Actor, person: Actor, auditor: Actor) -> None:
    case = case_at(Status.IN_REVIEW, person=person)
    for actor in (other_person, person, auditor):
        client = client_of(actor)
        for name in ("", "give-back/", "decide/", "approve/"):
            assert client.get(at(case, name)).status_code == 403
        assert client.post(at(case, "take/")).status_code == 403
    assert looks(case) == 0


def test_who_approved_the_decision_cannot_undo_what_followed(
    client_of: ClientOf, person: Actor, supervisor: Actor
) -> None:
    case = case_at(Status.SERVED, person=person, supervisor=supervisor)
    factories.carry_out(case)
    client = client_of(supervisor)
    assert "Undo it" not in page(client.get(at(case)))
    answer = client.post(undo_page(case), {"reason": "I have changed my mind."})
    assert answer.status_code == 409
    assert "You approved this decision, so another supervisor must take back what followed from it." in page(answer)
    assert case.remedies.get().state == "done"
