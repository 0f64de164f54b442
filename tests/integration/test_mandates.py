"""Acting for another: given by a code, accepted, limited, ended at once, and always under one's own name."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import mandates as reads
from accounts.actors import Actor
from accounts.models import Basis, Mandate, Reach, Role, SubjectKind, User
from accounts.operations import mandates
from accounts.operations.mandates import (
    LastAdministrator,
    MandateEnded,
    NeedsAnotherPerson,
    NoSuchOffer,
    NotForYourself,
    NotToGive,
    Terms,
    WrongDays,
)
from accounts.throttle import TooMany
from appeals import access, operations
from appeals.access import NotAllowed
from appeals.errors import NotInYourFile
from appeals.models import Case, Standing
from appeals.operations import Target
from appeals.workflow import Status
from audit import queries as log
from audit.models import Entry
from delivery.models import Message
from records import queries as held
from tests import factories
from tests.factories import AT, case_at, item, record_for

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def terms(**differences: Any) -> Terms:
    said: dict[str, Any] = {
        "basis": Basis.POWER_OF_ATTORNEY,
        "reach": Reach.DISPUTE,
        "from_on": AT.date(),
        "to_on": None,
        "called": "My sister",
    }
    return Terms(**{**said, **differences})


def acting_for(giver: Actor, holder: Actor, **differences: Any) -> Actor:
    """The holder, acting for the giver by a mandate that was given and accepted."""
    _mandate, code = mandates.give(terms(**differences), by=giver, at=AT)
    return by_mandate(mandates.accept(code, by=holder, at=AT), holder)


def by_mandate(mandate: Mandate, holder: Actor) -> Actor:
    found = reads.actor_by_mandate(User.objects.get(pk=holder.own_user), mandate.pk, AT)
    assert found
    return found


def company() -> Actor:
    return factories.person(kind=SubjectKind.ORGANISATION, name="Example Trading Co.")


def administrator_of(firm: Actor, who: Actor) -> Actor:
    return acting_for(firm, who, basis=Basis.COMPANY_ADMINISTRATOR, reach=Reach.ALL)


# --- given and accepted ---------------------------------------------------------------------------


def test_a_mandate_counts_only_once_it_is_accepted(person: Actor, other_person: Actor) -> None:
    mandate, code = mandates.give(terms(), by=person, at=AT)
    assert not Mandate.objects.in_force(AT).exists()
    assert mandates.offer(code, by=other_person, at=AT) == mandate
    mandates.accept(code, by=other_person, at=AT)
    assert Mandate.objects.in_force(AT).get().holder_id == other_person.subject_id


def test_the_code_works_once(person: Actor, other_person: Actor) -> None:
    _mandate, code = mandates.give(terms(), by=person, at=AT)
    mandates.accept(code.lower().replace("-", " "), by=other_person, at=AT)
    with pytest.raises(NoSuchOffer):
        mandates.accept(code, by=factories.person(), at=AT)


def test_the_code_is_not_kept_in_the_clear(person: Actor) -> None:
    mandate, code = mandates.give(terms(), by=person, at=AT)
    assert code.encode() not in bytes(mandate.code_hash or b"")
    assert len(bytes(mandate.code_hash or b"")) == 32


def test_a_code_expires(person: Actor, other_person: Actor) -> None:
    _mandate, code = mandates.give(terms(), by=person, at=AT)
    with pytest.raises(NoSuchOffer):
        mandates.offer(code, by=other_person, at=AT + mandates.CODE_LIFE)


def test_nobody_accepts_their_own_mandate(person: Actor) -> None:
    _mandate, code = mandates.give(terms(), by=person, at=AT)
    with pytest.raises(NotForYourself):
        mandates.offer(code, by=person, at=AT)
    with pytest.raises(NotForYourself):
        mandates.accept(code, by=person, at=AT)


def test_no_company_acts_for_others(person: Actor) -> None:
    _mandate, code = mandates.give(terms(), by=person, at=AT)
    with pytest.raises(NotForYourself):
        mandates.accept(code, by=company(), at=AT)


def test_wrong_codes_are_counted(other_person: Actor) -> None:
    for _ in range(mandates.WRONG_CODES.times):
        with pytest.raises(NoSuchOffer):
            mandates.offer("2222-3333-4444", by=other_person, at=AT)
    with pytest.raises(TooMany):
        mandates.offer("2222-3333-4444", by=other_person, at=AT)


@pytest.mark.parametrize(("begin", "end"), [(0, -1), (5, 4)])
def test_a_mandate_ends_after_it_begins_and_not_in_the_past(person: Actor, begin: int, end: int) -> None:
    with pytest.raises(WrongDays):
        mandates.give(terms(from_on=AT.date() + begin * DAY, to_on=AT.date() + end * DAY), by=person, at=AT)


def test_both_sides_are_told_and_the_log_says_all_of_it(person: Actor, other_person: Actor) -> None:
    actor = acting_for(person, other_person)
    assert actor.acts
    mandates.use(actor.acts.mandate_id, by=other_person, at=AT)
    mandates.revoke(actor.acts.mandate_id, by=person, at=AT)
    told = set(Message.objects.values_list("subject_id", "kind"))
    assert told >= {
        (person.subject_id, "mandate_began"),
        (other_person.subject_id, "mandate_held"),
        (person.subject_id, "mandate_ended"),
        (other_person.subject_id, "mandate_lost"),
    }
    events = list(Entry.objects.filter(event_type__startswith="mandate").values_list("event_type", flat=True))
    assert sorted(events) == ["mandate.accepted", "mandate.given", "mandate.revoked", "mandate.used"]


# --- how far it reaches ---------------------------------------------------------------------------


def test_whoever_acts_sees_the_file_of_the_other_and_not_their_own(person: Actor, other_person: Actor) -> None:
    theirs, own = record_for(person), record_for(other_person)
    actor = acting_for(person, other_person)
    assert [each.record for each in held.held(actor)] == [theirs]
    assert not held.held_records(actor, [own.pk])


def test_a_mandate_for_one_programme_shows_no_other(person: Actor, other_person: Actor) -> None:
    court, police = record_for(person), record_for(person, "cn-jaywalking", "face_event", ())
    case_at(Status.FILED, person=person, items=[item(court)])
    actor = acting_for(person, other_person, programmes=["cn-jaywalking"])
    assert [each.record for each in held.held(actor)] == [police]
    assert not access.visible_to(actor).exists()
    with pytest.raises(NotInYourFile):
        operations.begin_draft([Target(court.pk)], by=actor, at=AT)


def test_a_mandate_for_seeing_disputes_nothing(person: Actor, other_person: Actor) -> None:
    record = record_for(person)
    actor = acting_for(person, other_person, reach=Reach.SEE)
    assert held.held(actor)
    with pytest.raises(NotAllowed, match="seeing only"):
        operations.begin_draft([Target(record.pk)], by=actor, at=AT)
    with pytest.raises(NotAllowed, match="seeing only"):
        operations.file(procedure_id="redress-model", items=[item(record)], language="en", by=actor, at=AT)


def test_a_mandate_for_seeing_answers_nothing(person: Actor, other_person: Actor) -> None:
    actor, asked = acting_for(person, other_person, reach=Reach.SEE), case_at(Status.INCOMPLETE, person=person)
    with pytest.raises(NotAllowed, match="not act"):
        operations.complete(asked.pk, words="Here it is.", by=actor, at=AT)


def test_a_mandate_for_seeing_withdraws_nothing_and_delivers_no_decision(person: Actor, other_person: Actor) -> None:
    actor = acting_for(person, other_person, reach=Reach.SEE)
    open_case, decided = case_at(Status.FILED, person=person), case_at(Status.DECIDED, person=person)
    with pytest.raises(NotAllowed):
        operations.withdraw(open_case.pk, by=actor, at=AT)
    with pytest.raises(NotAllowed):
        operations.serve(decided.pk, how="opened", by=actor, at=AT)


@pytest.mark.parametrize(
    ("basis", "standing"),
    [
        (Basis.POWER_OF_ATTORNEY, Standing.REPRESENTATIVE),
        (Basis.GUARDIAN, Standing.GUARDIAN),
        (Basis.HEIR, Standing.HEIR),
    ],
)
def test_a_case_says_why_one_may_file(basis: Basis, standing: Standing, person: Actor, other_person: Actor) -> None:
    record = record_for(person)
    actor = acting_for(person, other_person)
    Mandate.objects.update(basis=basis)  # given on paper; how that is done is tried below
    assert actor.acts
    case = file(by_mandate(Mandate.objects.get(), other_person), record)
    assert (case.standing, case.mandate_id) == (standing, actor.acts.mandate_id)


def file(actor: Actor, record: Any) -> Case:
    return operations.file(procedure_id="redress-model", items=[item(record)], language="en", by=actor, at=AT)


def test_the_log_says_who_acted_and_for_whom(person: Actor, other_person: Actor) -> None:
    record = record_for(person)
    actor = acting_for(person, other_person)
    case = file(actor, record)
    (filed,) = Entry.objects.filter(event_type="case.filed", case_id=case.pk)
    facts = log.opened([filed.entry_id])[filed.entry_id]
    assert actor.acts
    assert facts["actor"] == f"representative:{actor.acts.mandate_id}:{other_person.user_id}"
    assert facts["subject"] == str(person.subject_id)
    assert facts["standing"] == "representative"


def test_a_draft_is_read_by_nobody_but_its_writer(
    person: Actor, other_person: Actor, client_of: Callable[..., Client]
) -> None:
    record = record_for(person)
    own = operations.begin_draft([Target(record.pk)], by=person, at=AT)
    actor = acting_for(person, other_person)
    theirs = operations.begin_draft([Target(record.pk)], by=actor, at=AT)
    browser = acting_client(client_of(other_person), actor)
    with time_machine.travel(AT):
        assert browser.get(f"/dispute/{own.pk}/").status_code == 404
        assert browser.get(f"/dispute/{theirs.pk}/").status_code == 200
        assert client_of(person).get(f"/dispute/{theirs.pk}/").status_code == 404


# --- ended at once --------------------------------------------------------------------------------


def test_a_mandate_counts_from_its_first_day_to_its_last(person: Actor, other_person: Actor) -> None:
    actor = acting_for(person, other_person, from_on=AT.date(), to_on=AT.date() + 2 * DAY)
    assert actor.acts
    counts = [Mandate.objects.in_force(AT + days * DAY).exists() for days in (-1, 0, 2, 3)]
    assert counts == [False, True, True, False]


def test_nothing_is_filed_by_a_mandate_that_has_ended(person: Actor, other_person: Actor) -> None:
    record = record_for(person)
    actor = acting_for(person, other_person)
    assert actor.acts
    mandates.revoke(actor.acts.mandate_id, by=person, at=AT)
    with pytest.raises(MandateEnded):
        file(actor, record)


@pytest.mark.parametrize("do", ["withdraw", "add_evidence"])
def test_nothing_is_done_in_a_case_by_a_mandate_that_has_ended(do: str, person: Actor, other_person: Actor) -> None:
    actor = acting_for(person, other_person)
    case = case_at(Status.FILED, person=person)
    Mandate.objects.update(to_on=AT.date())
    later = AT + DAY
    with pytest.raises(MandateEnded):
        if do == "withdraw":
            operations.withdraw(case.pk, by=actor, at=later)
        else:
            from appeals.evidence_files import make_safe
            from appeals.operations import NewEvidence

            operations.add_evidence(case.pk, NewEvidence("a.txt", make_safe(b"text")), by=actor, at=later)


def test_only_the_two_sides_end_a_mandate(person: Actor, other_person: Actor) -> None:
    actor = acting_for(person, other_person)
    assert actor.acts
    with pytest.raises(Mandate.DoesNotExist):
        mandates.revoke(actor.acts.mandate_id, by=factories.person(), at=AT)
    mandates.revoke(actor.acts.mandate_id, by=other_person, at=AT)
    assert Mandate.objects.get().revoked_at == AT


def test_whoever_acts_for_a_person_names_nobody_else(person: Actor, other_person: Actor) -> None:
    actor = acting_for(person, other_person, reach=Reach.ALL)
    with pytest.raises(NotToGive):
        mandates.give(terms(), by=actor, at=AT)


# --- on paper -------------------------------------------------------------------------------------


def test_a_mandate_on_paper_needs_a_second_official(
    person: Actor, other_person: Actor, caseworker: Actor, supervisor: Actor
) -> None:
    assert person.subject_id
    said = terms(basis=Basis.GUARDIAN, paper="Court order, file 4711")
    mandate = mandates.enter(said, subject_id=person.subject_id, by=caseworker, at=AT)
    with pytest.raises(NeedsAnotherPerson):
        mandates.confirm(mandate.pk, by=caseworker, at=AT)
    with pytest.raises(Mandate.DoesNotExist):
        mandates.confirm(mandate.pk, by=factories.staff(Role.SUPERVISOR, "us-credit-agency"), at=AT)
    code = mandates.confirm(mandate.pk, by=supervisor, at=AT)
    accepted = mandates.accept(code, by=other_person, at=AT)
    assert by_mandate(accepted, other_person).acts
    assert reads.open_mandate(accepted)["paper"] == "Court order, file 4711"


def test_no_guardian_is_named_on_the_pages(person: Actor) -> None:
    with pytest.raises(NotToGive):
        mandates.give(terms(basis=Basis.GUARDIAN), by=person, at=AT)


# --- companies ------------------------------------------------------------------------------------


def test_an_administrator_names_others_and_ends_their_mandates(person: Actor, other_person: Actor) -> None:
    first = administrator_of(company(), person)
    _mandate, code = mandates.give(terms(basis=Basis.COMPANY_MEMBER), by=first, at=AT)
    member = mandates.accept(code, by=other_person, at=AT)
    with pytest.raises(NotToGive):
        mandates.give(terms(basis=Basis.COMPANY_MEMBER), by=by_mandate(member, other_person), at=AT)
    mandates.revoke(member.pk, by=first, at=AT)
    assert Mandate.objects.in_force(AT).get().basis == Basis.COMPANY_ADMINISTRATOR


def test_what_a_member_files_says_that_the_company_files(person: Actor) -> None:
    firm = company()
    record = record_for(firm)
    assert file(administrator_of(firm, person), record).standing == Standing.COMPANY


def test_the_last_administrator_does_not_go_before_there_is_another(person: Actor, other_person: Actor) -> None:
    firm = company()
    first = administrator_of(firm, person)
    assert first.acts
    for by in (first, person):
        with pytest.raises(LastAdministrator):
            mandates.revoke(first.acts.mandate_id, by=by, at=AT)
    second = acting_for(first, other_person, basis=Basis.COMPANY_ADMINISTRATOR, reach=Reach.ALL)
    mandates.revoke(first.acts.mandate_id, by=first, at=AT)
    assert Mandate.objects.in_force(AT).get().holder_id == other_person.subject_id
    assert second.acts
    mandates.revoke(second.acts.mandate_id, by=firm, at=AT)  # by a code to the registered contact
    assert not Mandate.objects.in_force(AT).exists()


# --- pages ----------------------------------------------------------------------------------------


@pytest.fixture
def now() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


def acting_client(client: Client, actor: Actor) -> Client:
    session = client.session
    assert actor.acts
    session["acts_for"] = str(actor.acts.mandate_id)
    session.save()
    return client


def test_a_person_gives_and_another_accepts_on_the_pages(
    person: Actor, other_person: Actor, client_of: Callable[..., Client], now: None
) -> None:
    record_for(person)
    giver, holder = client_of(person), client_of(other_person)
    answer = giver.post(
        "/mandates/give/", {"called": "Li Na", "reach": "dispute", "programmes": ["cn-court-defaulters"]}
    )
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    code = answer.context["code"]
    offered = holder.post("/acting/accept/", {"code": code})
    assert "Do you want to act for Wang Xiaoyu?" in offered.content.decode()
    assert holder.post("/acting/accept/", {"code": code, "accept": "1"})["Location"] == "/acting/"
    mandate = Mandate.objects.get()
    switched = holder.post("/acting/switch/", {"mandate": str(mandate.pk)})
    assert switched.status_code == 302
    page = holder.get("/held/").content.decode()
    assert "You act for:" in page and "Wang Xiaoyu" in page
    assert holder.post("/acting/switch/", {}).status_code == 302
    assert "You act for:" not in holder.get("/held/").content.decode()
    assert holder.get(f"/mandates/{mandate.pk}/end/").status_code == 404
    assert holder.get(f"/acting/{mandate.pk}/lay-down/").status_code == 200


def test_an_end_takes_effect_in_an_open_session_and_in_the_api(
    person: Actor, other_person: Actor, client_of: Callable[..., Client], now: None
) -> None:
    record_for(person)
    actor = acting_for(person, other_person)
    browser = acting_client(client_of(other_person), actor)
    assert browser.get("/held/").status_code == 200
    assert browser.get("/api/v1/cases/").status_code == 200
    giver = client_of(person)
    assert actor.acts
    assert giver.post(f"/mandates/{actor.acts.mandate_id}/end/").status_code == 302
    assert browser.get("/held/")["Location"] == "/acting/"
    assert browser.post("/dispute/")["Location"] == "/acting/"  # nor is it sent for oneself by mistake
    assert browser.get("/api/v1/cases/").status_code == 401
    assert "the mandate has ended" in browser.get("/acting/").content.decode()
    browser.post("/acting/switch/", {})
    assert browser.get("/held/").status_code == 200


def test_nobody_acts_by_the_mandate_of_somebody_else(
    person: Actor, other_person: Actor, client_of: Callable[..., Client], now: None
) -> None:
    actor = acting_for(person, other_person)
    assert actor.acts
    thief = client_of(factories.person())
    assert thief.post("/acting/switch/", {"mandate": str(actor.acts.mandate_id)})["Location"] == "/acting/"
    assert "acts_for" not in thief.session
    assert acting_client(thief, actor).get("/held/")["Location"] == "/acting/"


def test_the_registered_contact_of_a_company_opens_nothing_but_naming_administrators(
    client_of: Callable[..., Client], other_person: Actor, now: None
) -> None:
    firm = company()
    record_for(firm)
    browser = client_of(firm)
    session = browser.session
    session["registered_contact"] = True
    session.save()
    assert browser.get("/held/")["Location"] == "/company/"
    assert browser.get("/api/v1/cases/").status_code == 401
    code = browser.post("/company/administrator/").context["code"]
    mandates.accept(code, by=other_person, at=timezone.now())
    page = browser.get("/company/").content.decode()
    assert "Li Na" in page
    mandate = Mandate.objects.get()
    assert (mandate.basis, mandate.reach) == (Basis.COMPANY_ADMINISTRATOR, Reach.ALL)
    assert browser.post(f"/company/administrator/{mandate.pk}/end/").status_code == 302
    assert client_of(firm).get("/company/").status_code == 404


def test_somebody_without_a_file_makes_an_account_with_a_code_only(person: Actor, client: Client, now: None) -> None:
    said = {
        "name": "Chen Yu",
        "birth_date_day": "3",
        "birth_date_month": "4",
        "birth_date_year": "1980",
        "email": "chen@mail.example",
    }
    before = User.objects.count()
    refused = client.post("/acting/account/", {**said, "code": "2222-3333-4444"})
    assert refused.status_code == 422
    _mandate, code = mandates.give(terms(), by=person, at=AT)
    answer = client.post("/acting/account/", {**said, "code": code})
    assert answer["Location"] == "/sign-in/code/?next=%2Facting%2Faccept%2F"
    again = Client().post("/acting/account/", {**said, "code": code})
    assert again["Location"] == answer["Location"]
    from accounts.models import Contact

    assert Contact.objects.filter(origin="person").count() == 1
    assert User.objects.count() == before


def test_whoever_acts_files_for_the_other_by_the_api_and_no_longer_once_it_has_ended(
    person: Actor, other_person: Actor, client_of: Callable[..., Client], now: None
) -> None:
    record = record_for(person)
    actor = acting_for(person, other_person)
    browser = acting_client(client_of(other_person), actor)
    thing = item(record)
    said = {
        "procedure": "redress-model",
        "items": [{"record": str(record.pk), "seen": str(thing.seen), "ground": "not_me", "words": "It is not her."}],
    }
    answer = browser.post(
        "/api/v1/cases/", said, content_type="application/json", headers={"Idempotency-Key": "a" * 20}
    )
    assert answer.status_code == 201, answer.content
    assert answer.json()["standing"] == "representative"
    case = Case.objects.get()
    assert (case.subject_id, case.filed_by_id) == (person.subject_id, other_person.user_id)
    Mandate.objects.update(revoked_at=AT)
    assert browser.get(f"/api/v1/cases/{case.reference}/").status_code == 401


def test_messages_of_other_programmes_are_not_shown_to_whoever_acts_in_one(
    person: Actor, other_person: Actor, client_of: Callable[..., Client], now: None
) -> None:
    record_for(person)
    record_for(person, "cn-jaywalking", "face_event", ())
    actor = acting_for(person, other_person, programmes=["cn-jaywalking"])
    rows = acting_client(client_of(other_person), actor).get("/messages/").context["rows"]
    seen = {row["message"].record_id for row in rows}
    assert seen == {each.record.pk for each in held.held(actor)}
    assert not Message.objects.filter(subject_id=person.subject_id, read_at__isnull=False).exists()
    assert len(client_of(person).get("/messages/").context["rows"]) > len(rows)
