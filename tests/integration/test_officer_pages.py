"""Pages of offices that do not decide: the operator's list of what nobody could be told, the source's inbox."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import Organisation, Role
from appeals import operations
from appeals.workflow import Status
from delivery.models import MailState, Message
from tests import factories
from tests.disputes import page
from tests.factories import AT, case_at, item, record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
UNTOLD, SOURCE, HOME = "/operator/untold/", "/source/messages/", "/office/"


@pytest.fixture
def desk(client_of: ClientOf, operator: Actor) -> Client:
    return client_of(operator)


@pytest.fixture
def officer(client_of: ClientOf, source_officer: Actor) -> Client:
    return client_of(source_officer)


# --- the operator ---------------------------------------------------------------------------------


def test_when_everybody_could_be_told(desk: Client) -> None:
    case_at(Status.FILED)
    assert "Everybody could be told everything." in page(desk.get(UNTOLD))


def test_what_nobody_could_be_told_is_listed_with_reason_and_counts(desk: Client) -> None:
    for _ in range(2):
        case_at(Status.DECIDED, person=factories.person(email=""))
    failed = case_at(Status.FILED)
    Message.objects.filter(case_id=failed.pk, kind="case_filed").update(
        mail_state=MailState.FAILED, next_try_at=None, tries=8, last_error="SMTPRecipientsRefused"
    )
    answer = desk.get(UNTOLD)
    counts = {count.title: (count.no_contact, count.failed) for count in answer.context["counts"]}
    assert counts == {
        "Something new is held about you": (2, 0),
        "A measure was placed on you": (2, 0),
        "We have your dispute": (2, 1),
        "Your case is decided": (2, 0),
    }
    text = page(answer)
    assert "No address" in text
    assert "The mail failed after 8 tries (SMTPRecipientsRefused)" in text
    assert len(answer.context["rows"]) == 9


def test_the_source_and_its_reference_lead_to_the_person(desk: Client) -> None:
    nobody = factories.person(email="", name="Plantedname")
    record = record_for(nobody)
    text = page(desk.get(UNTOLD))
    assert "Sample Court" in text and record.source_ref in text
    assert "Plantedname" not in text and str(nobody.subject_id) not in text


def test_the_list_comes_by_pages(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appeals.views.officers.messages.PAGE", 1)
    case_at(Status.DECIDED, person=factories.person(email=""))
    first = desk.get(UNTOLD)
    assert "Page 1 of 4" in page(first)
    second = desk.get(UNTOLD + first.context["pages"].next_url)
    assert first.context["rows"] != second.context["rows"]


def test_only_operators_see_it(
    client_of: ClientOf, caseworker: Actor, source_officer: Actor, other_person: Actor
) -> None:
    for actor in (caseworker, source_officer, other_person):
        assert client_of(actor).get(UNTOLD).status_code == 403


# --- the source -----------------------------------------------------------------------------------


def test_a_source_is_told_what_became_of_its_records(officer: Client, person: Actor, supervisor: Actor) -> None:
    record = record_for(person)
    case = case_at(Status.SERVED, person=person, supervisor=supervisor, items=[item(record)])
    factories.carry_out(case)
    rows = officer.get(SOURCE).context["rows"]
    assert [(row.source_ref, row.type["en"], str(row.state)) for row in rows] == [
        (record.source_ref, "Listing as a judgment defaulter", "The record is about somebody else than you said"),
        (record.source_ref, "Listing as a judgment defaulter", "Disputed"),
    ]


def test_an_undone_remedy_is_told_too(officer: Client, person: Actor, supervisor: Actor) -> None:
    case = case_at(Status.SERVED, person=person)
    factories.carry_out(case)
    at = AT + timedelta(days=2)
    operations.undo_remedy(case.remedies.get().pk, reason="It was the wrong entry.", by=supervisor, at=at)
    newest = officer.get(SOURCE).context["rows"][0]
    assert str(newest.state) == "A change was taken back; what you supplied stands again"


def test_a_source_learns_nothing_about_the_person(officer: Client) -> None:
    person = factories.person(name="Plantedname", email="planted@mail.example")
    case = case_at(person=person, items=[item(record_for(person), words="Plantedwords", wanted="Plantedwish")])
    text = page(officer.get(SOURCE))
    assert "lanted" not in text and case.reference not in text and str(person.subject_id) not in text


def test_each_source_sees_its_own(client_of: ClientOf, person: Actor) -> None:
    case_at(person=person, items=[item(record_for(person, source="another-court"))])
    here, there = (client_of(factories.staff(Role.SOURCE_OFFICER, code)) for code in ("sample-court", "another-court"))
    assert "You were told nothing yet" in page(here.get(SOURCE))
    assert len(there.get(SOURCE).context["rows"]) == 1


def test_both_languages(client_of: ClientOf, source_officer: Actor, operator: Actor) -> None:
    case_at(Status.DECIDED, person=factories.person(email=""))
    assert "失信被执行人" in page(client_of(source_officer, language="zh-hans").get(SOURCE))
    assert '<html lang="zh-Hans"' in client_of(operator, language="zh-hans").get(UNTOLD).content.decode()


def test_only_officers_of_sources_see_it(
    client_of: ClientOf, caseworker: Actor, operator: Actor, other_person: Actor
) -> None:
    for actor in (caseworker, operator, other_person):
        assert client_of(actor).get(SOURCE).status_code == 403


# --- where they begin -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "page_of_role"),
    [
        (Role.CASEWORKER, "/casework/"),
        (Role.SUPERVISOR, "/casework/"),
        (Role.SOURCE_OFFICER, SOURCE),
        (Role.OPERATOR, UNTOLD),
        (Role.AUDITOR, "/log/entries/"),
        (Role.REVIEWER, "/"),
    ],
)
def test_everybody_begins_at_the_page_of_their_role(
    client_of: ClientOf, holder: Organisation, role: Role, page_of_role: str
) -> None:
    client = client_of(factories.staff(role, holder))
    answer = client.get(HOME)
    assert answer["Location"] == page_of_role
    links = {link.href for link in client.get(page_of_role).context["nav"]}
    assert {page_of_role} - {"/"} <= links
    assert {client.get(link).status_code for link in links} <= {200}, "nobody is led to a page that refuses them"


def test_nobody_else_begins_there(client_of: ClientOf, other_person: Actor) -> None:
    assert client_of(other_person).get(HOME).status_code == 403
