"""The first sign-in to a file that a feed made: what a source can do that invents an address (ADR 0008)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from accounts import operations as accounts
from accounts.access import settled_contact
from accounts.actors import Actor
from accounts.mandates import actor_by_mandate
from accounts.models import Basis, Contact, ContactVouch, Reach, Role, Subject, User
from accounts.operations import Fact, NotSignedIn, mandates, paper
from accounts.operations import contact as operations
from accounts.queries import actor_of, address_of, particulars_of, reach_of, wishes_of, within_reach
from appeals import operations as appeals
from appeals import queries as cases
from appeals.errors import NotInYourFile
from audit.models import Entry
from delivery.models import Message
from delivery.wishes import Mails, Wishes
from records import queries as held
from records.models import Record
from records.operations import exports, identity
from tests import factories, mailbox
from tests.disputes import page
from tests.factories import AT
from tests.feeds import feed, line
from tests.fixtures import client_for
from tests.integration.test_mandates import acting_for

pytestmark = pytest.mark.django_db
ROGUE, HONEST = "rogue-court", "sample-court"
INVENTED, REAL = "invented@mail.example", "real@mail.example"


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


def born() -> date:
    birth_date = particulars_of(Subject.objects.get().pk).birth_date
    assert birth_date
    return birth_date


def come_in(email: str, at: datetime = AT) -> User:
    """Sign in as a person does, with the right fact."""
    code_id = accounts.ask_for_code(email=email, network="192.0.2.1", at=at)
    digits = mailbox.digits(email, at)
    return accounts.enter_code(code_id=code_id, digits=digits, fact=Fact(birth_date=born()), at=at)


def actor(email: str) -> Actor:
    return within_reach(actor_of(come_in(email)))


def sources_seen(by: Actor) -> list[str]:
    return sorted({each.record.source.code for each in held.held(by)})


def sources_of(subject: Subject) -> set[str]:
    return set(Record.objects.filter(subject=subject).values_list("source__code", flat=True))


# --- what an address opens ---


def test_an_address_opens_what_its_own_source_said_and_nothing_else(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=ROGUE, email=INVENTED), line("2", source=HONEST))
    assert sources_of(Subject.objects.get()) == {ROGUE, HONEST}
    assert sources_seen(actor(INVENTED)) == [ROGUE]


def test_every_source_that_gave_the_address_vouches_for_it(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source="one-court", email=REAL), line("2", source="two-court", email=REAL.upper()))
    feed(tmp_path, line("3", source="three-court"))
    assert sources_seen(actor(REAL)) == ["one-court", "two-court"]


def test_a_source_that_repeats_itself_vouches_once(tmp_path: Path) -> None:
    lines = [line(str(number), source=HONEST, email=REAL) for number in range(3)]
    feed(tmp_path, *lines)
    feed(tmp_path, *lines)
    assert ContactVouch.objects.count() == 1


def test_a_closed_record_does_not_exist_for_them(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=ROGUE, email=INVENTED), line("2", source=HONEST))
    closed = Record.objects.get(source__code=HONEST)
    impostor = actor(INVENTED)
    with pytest.raises(Record.DoesNotExist):
        held.held_record(impostor, closed.pk)
    item = factories.item(closed)
    with pytest.raises(NotInYourFile):
        appeals.file(procedure_id="redress-model", items=[item], language="en", by=impostor, at=AT)
    assert held.counts_by_programme(impostor) == {"cn-court-defaulters": 1}


def test_a_case_about_closed_records_does_not_exist_for_them(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=ROGUE, email=INVENTED), line("2", source=HONEST))
    user = come_in(INVENTED)
    whole = actor_of(user)  # as somebody who came in by a letter
    records = {each.source.code: each for each in Record.objects.select_related("source")}
    filed = {
        code: appeals.file(
            procedure_id="redress-model", items=[factories.item(record)], language="en", by=whole, at=AT
        ).reference
        for code, record in records.items()
    }
    seen = [case.reference for case in cases.cases_of(within_reach(whole))]
    assert seen == [filed[ROGUE]]
    assert cases.cases_of(whole).count() == 2


# --- whose address wins ---


def test_a_later_source_does_not_take_an_address_over(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=HONEST, email=REAL))
    feed(tmp_path, line("2", source=ROGUE, email=INVENTED))
    reached = address_of(Subject.objects.get().pk)
    assert reached and reached.email == REAL
    assert Entry.objects.filter(event_type="contact.disputed").count() == 1
    feed(tmp_path, line("2", source=ROGUE, email=INVENTED))  # said again: noted once
    assert Entry.objects.filter(event_type="contact.disputed").count() == 1


def test_a_source_may_mend_its_own_address_while_nobody_used_it(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=HONEST, email="typo@mail.example"))
    feed(tmp_path, line("1", source=HONEST, email=REAL))
    reached = address_of(Subject.objects.get().pk)
    assert reached and reached.email == REAL
    assert not Entry.objects.filter(event_type="contact.disputed").exists()


def test_within_one_file_sources_that_disagree_leave_the_first(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=HONEST, email=REAL), line("2", source=ROGUE, email=INVENTED))
    assert Contact.objects.get(ended_at=None).lookup == Contact.objects.order_by("pk").first().lookup  # type: ignore[union-attr]
    assert Entry.objects.filter(event_type="contact.disputed").count() == 1


@pytest.mark.parametrize("source", [HONEST, ROGUE])
def test_no_feed_replaces_a_confirmed_address(tmp_path: Path, source: str) -> None:
    feed(tmp_path, line("1", source=HONEST, email=REAL))
    come_in(REAL)
    feed(tmp_path, line("2", source=source, email=INVENTED))
    reached = address_of(Subject.objects.get().pk)
    assert reached and reached.email == REAL


@pytest.mark.parametrize("source", [HONEST, ROGUE])
def test_no_feed_brings_back_or_replaces_what_the_person_changed(tmp_path: Path, source: str) -> None:
    feed(tmp_path, line("1", source=HONEST, email="first@mail.example"))
    by = actor("first@mail.example")
    change_id = operations.ask_to_change(email=REAL, network="192.0.2.1", by=by, at=AT)
    operations.confirm_change(change_id=change_id, digits=mailbox.digits(REAL, AT), by=by, at=AT)
    feed(tmp_path, line("2", source=source, email="first@mail.example"), line("3", source=source, email=INVENTED))
    reached = address_of(by.own_subject)
    assert reached and reached.email == REAL


def test_another_address_of_the_same_holder_opens_no_more(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=ROGUE, email=INVENTED), line("2", source=HONEST))
    by = actor(INVENTED)
    change_id = operations.ask_to_change(email="again@mail.example", network="192.0.2.1", by=by, at=AT)
    operations.confirm_change(change_id=change_id, digits=mailbox.digits("again@mail.example", AT), by=by, at=AT)
    assert sources_seen(within_reach(by)) == [ROGUE]


def test_at_the_first_sign_in_other_known_addresses_are_told_and_what_cannot_be_undone_waits(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=HONEST, email=REAL))
    feed(tmp_path, line("2", source=ROGUE, email=INVENTED))
    come_in(REAL)
    mailbox.deliver(AT)
    (told,) = mailbox.to(INVENTED)
    assert "/contact/stop/" not in told, "an address that nobody confirmed stops nothing"
    subject_id = Subject.objects.get().pk
    assert [settled_contact(subject_id, AT + timedelta(hours=h)) for h in (0, 71, 72)] == [False, False, True]


def test_with_one_known_address_nobody_waits(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=HONEST, email=REAL))
    come_in(REAL)
    assert settled_contact(Subject.objects.get().pk, AT)


def test_operators_see_where_sources_disagree_but_neither_person_nor_address(tmp_path: Path, operator: Actor) -> None:
    feed(
        tmp_path,
        line("honest-7", 7, source=HONEST, email=REAL),
        line("other", 8, source=HONEST, email="x@mail.example"),
    )
    feed(tmp_path, line("rogue-9", 7, source=ROGUE, email=INVENTED))
    shown = page(client_for(operator, language="en").get("/operator/addresses/"))
    assert "honest-7" in shown and "rogue-9" in shown
    for never in ("Wang", REAL, INVENTED, " other "):
        assert never not in shown


@pytest.mark.django_db(transaction=True)
def test_two_first_sign_ins_at_once_are_one_activation(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=HONEST, email=REAL))
    codes = []
    for _ in range(2):
        code_id = accounts.ask_for_code(email=REAL, network="192.0.2.1", at=AT)
        codes.append((code_id, mailbox.digits(REAL, AT)))
    fact, ready = Fact(birth_date=born()), Barrier(2)

    def enter(one: tuple[UUID, str]) -> UUID:
        ready.wait()
        try:
            return accounts.enter_code(code_id=one[0], digits=one[1], fact=fact, at=AT).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(enter, codes))) == 1
    events = Entry.objects.filter(event_type__startswith="person.").values_list("event_type", flat=True)
    assert sorted(events) == ["person.activated", "person.signed_in"]


# --- a letter opens everything ---


def letter(subject_id: Any) -> str:
    official = factories.staff(Role.CASEWORKER, "cn-spc")
    return paper.make_activation_letter(subject_id, by=official, at=AT)[1]


def test_a_letter_opens_everything_and_proves_the_address_that_is_confirmed_then(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=HONEST, email=REAL), line("2", source="two-court"))
    subject_id = Subject.objects.get().pk
    assert sources_seen(actor(REAL)) == [HONEST]
    user = paper.activate_by_letter(letter(subject_id), fact=Fact(birth_date=born()), network="192.0.2.1", at=AT)
    by = actor_of(user)  # of a session that holds the proof
    change_id = operations.ask_to_change(email=REAL, network="192.0.2.1", by=by, at=AT)
    operations.confirm_change(change_id=change_id, digits=mailbox.digits(REAL, AT), by=by, at=AT)
    assert reach_of(subject_id) is None
    assert sources_seen(within_reach(by)) == [HONEST, "two-court"]
    assert settled_contact(subject_id, AT), "the same address has no old one that could object"
    assert Entry.objects.filter(event_type="person.proved").count() == 1


def test_an_impostor_cannot_stop_whoever_came_by_a_letter(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=ROGUE, email=INVENTED), line("2", source=HONEST))
    come_in(INVENTED)
    subject_id = Subject.objects.get().pk
    user = paper.activate_by_letter(letter(subject_id), fact=Fact(birth_date=born()), network="192.0.2.1", at=AT)
    by = actor_of(user)
    change_id = operations.ask_to_change(email=REAL, network="192.0.2.1", by=by, at=AT)
    operations.confirm_change(change_id=change_id, digits=mailbox.digits(REAL, AT), by=by, at=AT)
    mailbox.deliver(AT)
    assert not [body for body in mailbox.to(INVENTED) if "/contact/stop/" in body]
    assert not settled_contact(subject_id, AT)
    with pytest.raises(NotSignedIn):
        code_id = accounts.ask_for_code(email=INVENTED, network="192.0.2.1", at=AT)
        accounts.enter_code(code_id=code_id, digits="00000000", fact=Fact(birth_date=born()), at=AT)
    assert sources_seen(within_reach(by)) == [ROGUE, HONEST]


def test_what_one_side_of_a_joined_file_proved_opens_nothing_for_the_address_of_the_other(tmp_path: Path) -> None:
    feed(tmp_path, line("1", 1, source=ROGUE, email=INVENTED), line("2", 2, source=HONEST, email=REAL))
    lied_about, real = (Record.objects.get(source__code=code).subject for code in (ROGUE, HONEST))
    whole = particulars_of(real.pk).birth_date

    def by_code(email: str) -> User:
        code_id = accounts.ask_for_code(email=email, network="192.0.2.1", at=AT)
        fact = Fact(birth_date=whole)
        return accounts.enter_code(code_id=code_id, digits=mailbox.digits(email, AT), fact=fact, at=AT)

    impostor, owner = by_code(INVENTED), by_code(REAL)
    prove(actor_of(owner), REAL)  # in a session that holds the proof
    caseworker, supervisor = (factories.staff(role, "cn-spc") for role in (Role.CASEWORKER, Role.SUPERVISOR))
    change = identity.propose_merge(real.pk, lied_about.pk, reason="One person.", by=caseworker, at=AT)
    identity.approve(change.pk, reason="Checked.", by=supervisor, at=AT)
    lied_about.refresh_from_db()
    assert lied_about.merged_into_id == real.pk
    assert sources_seen(within_reach(actor_of(owner))) == sorted([ROGUE, HONEST])
    by = within_reach(actor_of(impostor))
    assert sources_seen(by) == [ROGUE]

    deputy = acting_for(by, factories.person())
    assert sources_seen(deputy) == [ROGUE]

    prove(by, "another@mail.example")
    assert sources_seen(within_reach(actor_of(by_code("another@mail.example")))) == [ROGUE]
    assert sources_seen(within_reach(actor_of(owner))) == sorted([ROGUE, HONEST])
    reached = address_of(real.pk)
    assert reached and reached.email == REAL


def test_a_copy_of_what_one_address_opens_is_not_for_the_other_side_of_a_joined_file(
    settings: Any, tmp_path: Path
) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"
    feed(tmp_path, line("1", 1, source=ROGUE, email=INVENTED), line("2", 2, source=HONEST, email=REAL))
    lied_about, real = (Record.objects.get(source__code=code).subject for code in (ROGUE, HONEST))
    users = [factories.person(subject).own_user for subject in (lied_about, real)]
    Contact.objects.update(confirmed_at=AT)
    caseworker, supervisor = (factories.staff(role, "cn-spc") for role in (Role.CASEWORKER, Role.SUPERVISOR))
    change = identity.propose_merge(real.pk, lied_about.pk, reason="One person.", by=caseworker, at=AT)
    identity.approve(change.pk, reason="Checked.", by=supervisor, at=AT)
    other, owner = (within_reach(actor_of(User.objects.get(pk=pk))) for pk in users)
    assert (sources_seen(other), sources_seen(owner)) == ([ROGUE], [HONEST])
    mine = exports.ask(language="en", by=owner, at=AT)
    with pytest.raises(exports.AnotherIsMade):
        exports.ask(language="en", by=other, at=AT)
    assert (list(exports.visible_exports(owner)), list(exports.visible_exports(other))) == ([mine], [])


def prove(by: Actor, email: str) -> None:
    change_id = operations.ask_to_change(email=email, network="192.0.2.1", by=by, at=AT)
    operations.confirm_change(change_id=change_id, digits=mailbox.digits(email, AT), by=by, at=AT)


def test_what_an_impostor_set_does_not_outlive_them(tmp_path: Path) -> None:
    """Neither silence nor somebody who acts for them may reach the file once it is open in full."""
    feed(tmp_path, line("1", source=ROGUE, email=INVENTED), line("2", source=HONEST))
    impostor = actor(INVENTED)
    friend = factories.person()
    operations.set_wishes(Wishes(Mails.NONE), by=impostor, at=AT)
    terms = mandates.Terms(Basis.POWER_OF_ATTORNEY, Reach.ALL, AT.date(), None, "a friend")
    mandate, code = mandates.give(terms, by=impostor, at=AT)
    mandates.accept(code, by=friend, at=AT)
    user = User.objects.get(pk=friend.own_user)
    acting = actor_by_mandate(user, mandate.pk, AT)
    assert acting and sources_seen(acting) == [ROGUE], "a mandate gives no more than its giver has"
    come = paper.activate_by_letter(
        letter(impostor.own_subject), fact=Fact(birth_date=born_of(impostor)), network="192.0.2.1", at=AT
    )
    prove(actor_of(come), REAL)
    assert actor_by_mandate(user, mandate.pk, AT) is None
    assert wishes_of(impostor.own_subject, AT) is None


def born_of(by: Actor) -> date:
    birth_date = particulars_of(by.own_subject).birth_date
    assert birth_date
    return birth_date


# --- the pages ---


def browser(email: str) -> Client:
    client = Client()
    client.cookies["redress_language"] = "en"
    client.post("/sign-in/", {"kind": "person", "email": email})
    birth = {f"birth_date_{box}": getattr(born(), box) for box in ("day", "month", "year")}
    answer = client.post("/sign-in/code/", {"code": mailbox.digits(email, datetime.now(UTC)), **birth})
    assert answer.status_code == 302
    return client


def test_the_pages_show_an_impostor_nothing_of_other_sources(tmp_path: Path) -> None:
    feed(
        tmp_path,
        line("1", source=ROGUE, email=INVENTED, court="Court that the rogue named"),
        line("2", source=HONEST, court="Court of the honest source"),
    )
    own, closed = (Record.objects.get(source__code=code) for code in (ROGUE, HONEST))
    client = browser(INVENTED)
    pages = {path: client.get(path).content.decode() for path in ("/held/", "/messages/", "/contact/", "/cases/")}
    assert "Court that the rogue named" in client.get(f"/held/{own.pk}/").content.decode()
    assert str(own.pk) in pages["/held/"] and str(closed.pk) not in "".join(pages.values())
    assert not [path for path, shown in pages.items() if "honest source" in shown or HONEST in shown]
    assert "There is something for you that is still closed" in pages["/messages/"]
    assert "What others may have said stays closed" in pages["/contact/"]
    assert client.get(f"/held/{closed.pk}/").status_code == 404
    assert client.get(f"/api/v1/held/{closed.pk}/").status_code == 404
    assert HONEST not in client.get("/api/v1/held/").content.decode()


def test_the_session_of_an_impostor_ends_when_the_person_proves_their_own_address(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=ROGUE, email=INVENTED), line("2", source=HONEST))
    impostor = browser(INVENTED)
    subject_id, at = Subject.objects.get().pk, datetime.now(UTC)
    official = factories.staff(Role.CASEWORKER, "cn-spc")
    code = paper.make_activation_letter(subject_id, by=official, at=at)[1]
    user = paper.activate_by_letter(code, fact=Fact(birth_date=born()), network="192.0.2.1", at=at)
    by, later = actor_of(user), datetime.now(UTC)
    change_id = operations.ask_to_change(email=REAL, network="192.0.2.1", by=by, at=later)
    operations.confirm_change(change_id=change_id, digits=mailbox.digits(REAL, later), by=by, at=datetime.now(UTC))
    assert impostor.get("/held/")["Location"].startswith("/sign-in/")


def test_a_closed_message_stays_new_until_it_can_be_read(tmp_path: Path) -> None:
    feed(tmp_path, line("1", source=ROGUE, email=INVENTED), line("2", source=HONEST))
    client = browser(INVENTED)
    for _ in range(2):
        client.get("/messages/")
    closed = Record.objects.get(source__code=HONEST)
    assert [m.read_at for m in people_told(closed)] == [None]


def people_told(record: Record) -> list[Message]:
    return list(Message.objects.filter(record_id=record.pk))
