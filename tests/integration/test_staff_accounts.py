"""Organisations, their staff and the numbers they are known by; the commands of the operator."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import operations, queries
from accounts.actors import SERVICE, Actor, ActorKind, Seat
from accounts.models import ApiKey, Membership, Organisation, Role, SubjectKind, User
from accounts.operations import second_factor
from audit.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


@pytest.fixture
def court() -> Organisation:
    return operations.register_organisation(
        code="sample-court", name_en="Sample Court", name_zh="样例法院", by=SERVICE, at=AT
    )


def create(court: Organisation, email: str, role: Role = Role.CASEWORKER) -> Membership:
    return operations.create_staff(
        email=email, password=PASSWORD, organisation=court, role=role, language="en", by=SERVICE, at=AT
    )


def test_an_organisation_is_registered_once_and_keeps_its_names(court: Organisation) -> None:
    again = operations.register_organisation(code="sample-court", name_en="Other", name_zh="", by=SERVICE, at=AT)
    assert again == court
    assert queries.organisation("sample-court").name == {"en": "Sample Court", "zh": "样例法院"}


def test_numbers_count_up_by_role_and_are_never_used_again(court: Organisation) -> None:
    first, second = create(court, "a@office.example"), create(court, "b@office.example")
    reviewer = create(court, "c@office.example", Role.REVIEWER)
    assert (first.number, second.number, reviewer.number) == (1, 2, 1)
    operations.end_membership(user=second.user, organisation=court, role=Role.CASEWORKER, by=SERVICE, at=AT)
    assert create(court, "d@office.example").number == 3
    back = operations.appoint(user=second.user, organisation=court, role=Role.CASEWORKER, by=SERVICE, at=AT)
    assert back.number == 4


def test_a_role_is_held_once(court: Organisation) -> None:
    first = create(court, "a@office.example")
    again = operations.appoint(user=first.user, organisation=court, role=Role.CASEWORKER, by=SERVICE, at=AT)
    assert again == first
    with pytest.raises(operations.NotAMember):
        operations.end_membership(user=first.user, organisation=court, role=Role.AUDITOR, by=SERVICE, at=AT)


def test_an_address_is_taken_whatever_its_case(court: Organisation) -> None:
    create(court, "Lin@Office.example")
    with pytest.raises(operations.AddressTaken):
        create(court, "lin@office.EXAMPLE")


@pytest.mark.parametrize("password", ["", "short", "password1234", "lin.office.example"])
def test_an_easy_password_is_refused(court: Organisation, password: str) -> None:
    with pytest.raises(ValidationError):
        operations.create_staff(
            email="lin@office.example",
            password=password,
            organisation=court,
            role=Role.CASEWORKER,
            language="en",
            by=SERVICE,
            at=AT,
        )
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_appointments_at_once_get_two_numbers(court: Organisation) -> None:
    def one(number: int) -> int:
        try:
            return create(court, f"staff{number}@office.example").number
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(one, range(8)))
    assert sorted(numbers) == list(range(1, 9))


# --- who is who ---


def test_staff_act_with_the_seats_they_hold(court: Organisation) -> None:
    made = create(court, "a@office.example")
    operations.appoint(user=made.user, organisation=court, role=Role.AUDITOR, by=SERVICE, at=AT)
    actor = queries.actor_of(made.user)
    assert actor.kind is ActorKind.STAFF
    assert actor.seats == (Seat(court.pk, "caseworker", 1), Seat(court.pk, "auditor", 1))
    operations.end_membership(user=made.user, organisation=court, role=Role.CASEWORKER, by=SERVICE, at=AT)
    assert queries.actor_of(made.user).seats == (Seat(court.pk, "auditor", 1),)


def test_a_person_acts_for_their_own_file(person: Actor) -> None:
    user = User.objects.get(pk=str(person.user_id))
    assert queries.actor_of(user) == Actor(ActorKind.PERSON, user_id=user.pk, subject_id=user.subject_id)


def test_staff_appear_as_organisation_role_and_number(court: Organisation) -> None:
    seat = queries.actor_of(create(court, "a@office.example").user).seats[0]
    assert queries.staff_label(seat, "en") == "Sample Court, caseworker no. 1"
    assert queries.staff_label(seat, "zh-hans").startswith("样例法院")


def test_many_labels_take_one_query(court: Organisation, django_assert_num_queries: Any) -> None:
    bank = factories.organisation("sample-bank")
    seats = [Seat(each.pk, role, 1) for each in (court, bank) for role in Role.values]
    with django_assert_num_queries(1):
        labels = queries.staff_labels(seats, "en")
    assert set(labels) == set(seats)


def test_names_and_addresses_are_opened_by_their_owner_alone(db: None) -> None:
    subject = factories.subject(
        name="王晓宇", email="Wang@Mail.example", birth_date=date(1985, 2, 14), language="zh-hans"
    )
    assert queries.name_of(subject.pk) == "王晓宇"
    assert queries.particulars_of(subject.pk).birth_date == date(1985, 2, 14)
    address = queries.address_of(subject.pk)
    assert address == ("wang@mail.example", "zh-hans")
    assert "王晓宇".encode() not in bytes(subject.sealed_particulars)
    nowhere = factories.subject(email="", kind=SubjectKind.ORGANISATION)
    assert queries.address_of(nowhere.pk) is None


# --- the operator's commands ---


def run(monkeypatch: pytest.MonkeyPatch, *words: str, typed: str = "") -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    call_command(*words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_create_staff_reads_the_password_from_standard_input(
    court: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("create_staff", "lin@office.example", "sample-court", "supervisor")
    out, _ = run(monkeypatch, *words, typed=f"{PASSWORD}\n")
    assert "supervisor no. 1 of sample-court" in out
    assert User.objects.get(email="lin@office.example").check_password(PASSWORD)
    with pytest.raises(CommandError, match="already signs in"):
        run(monkeypatch, *words, typed=f"{PASSWORD}\n")
    with pytest.raises(CommandError, match="too short"):
        run(monkeypatch, "create_staff", "b@office.example", "sample-court", "supervisor", typed="short\n")
    with pytest.raises(CommandError, match="no organisation"):
        run(monkeypatch, "create_staff", "b@office.example", "nowhere", "supervisor", typed=f"{PASSWORD}\n")


def test_issue_key_prints_the_key_alone_and_once(court: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("issue_key", "sample-court", "--scope", "records:write", "--programme", "cn-court-defaulters")
    out, _ = run(monkeypatch, *words)
    assert operations.authenticate_key(out.strip(), datetime.now(UTC))
    with pytest.raises(CommandError, match="an end that lies ahead"):
        run(monkeypatch, *words, "--days", "0")
    with pytest.raises(CommandError, match="Nobody on the staff"):
        run(monkeypatch, *words, "--issued-by", "nobody@office.example")
    with pytest.raises(CommandError, match="no organisation"):
        run(monkeypatch, "issue_key", "nowhere", *words[2:])


def test_revoke_key_asks_first(court: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "issue_key", "sample-court", "--scope", "records:read", "--programme", "us-credit-file")
    prefix = ApiKey.objects.get().prefix
    with pytest.raises(CommandError, match="Nothing was changed"):
        run(monkeypatch, "revoke_key", prefix, typed="\n")
    assert ApiKey.objects.get().revoked_at is None
    run(monkeypatch, "revoke_key", prefix, typed="y\n")
    assert ApiKey.objects.get().revoked_at
    with pytest.raises(CommandError, match="no key"):
        run(monkeypatch, "revoke_key", "nosuchkey0", "--yes")
    assert [entry.event_type for entry in Entry.objects.order_by("pk")] == ["key.issued", "key.revoked"]


def test_mfa_code_works_in_the_demonstration_only(
    court: Organisation, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    made = create(court, "lin@office.example")
    second_factor.set_up(made.user)
    settings.DEMO = False
    with pytest.raises(CommandError, match="demonstration only"):
        run(monkeypatch, "mfa_code", "lin@office.example")
    settings.DEMO = True
    with time_machine.travel(AT, tick=False):
        out, _ = run(monkeypatch, "mfa_code", "lin@office.example")
        assert Authenticator.objects.get().wrap().validate_code(out.strip())
    with pytest.raises(CommandError, match="no second factor yet"):
        run(monkeypatch, "mfa_code", "nobody@office.example")


def test_reset_second_factor_asks_first(court: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    second_factor.set_up(create(court, "lin@office.example").user)
    with pytest.raises(CommandError, match="Nothing was changed"):
        run(monkeypatch, "reset_second_factor", "lin@office.example", typed="n\n")
    assert Authenticator.objects.exists()
    run(monkeypatch, "reset_second_factor", "lin@office.example", typed="y\n")
    assert not Authenticator.objects.exists()
    with pytest.raises(CommandError, match="no second factor"):
        run(monkeypatch, "reset_second_factor", "lin@office.example", "--yes")
