"""What is denied, refused or failed is logged after the rollback: of somebody by name, of visitors as a count."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import operations
from accounts.actors import SERVICE, Actor
from accounts.models import Role, Scope, User
from accounts.operations import second_factor
from appeals.workflow import Status
from audit import failures
from audit.failures import Kind
from audit.models import Entry, FailureCount
from audit.queries import opened
from tests import factories
from tests.fixtures import client_for
from tests.integration.test_person_sign_in import enter

NOW = datetime(2026, 11, 2, 9, 30, 15, tzinfo=factories.AT.tzinfo)


def logged(event: str) -> list[dict[str, Any]]:
    ids = list(Entry.objects.filter(event_type=event).order_by("pk").values_list("pk", flat=True))
    found = opened(ids)
    return [dict(found[pk]) for pk in ids]


def counts() -> dict[str, int]:
    return dict(FailureCount.objects.values_list("kind", "count"))


@pytest.mark.django_db
def test_whoever_is_refused_a_page_is_in_the_log(caseworker: Actor) -> None:
    assert client_for(caseworker).get(reverse("records:held")).status_code == 403
    (said,) = logged("access.denied")
    assert said["actor"] == caseworker.signature().text
    assert (said["route"], said["method"], said["status"]) == ("held/", "GET", 403)


@pytest.mark.django_db
def test_looking_for_what_is_not_ones_own_is_in_the_log(person: Actor, other_person: Actor) -> None:
    case = factories.case_at(Status.FILED, person=other_person)
    assert client_for(person).get(f"/cases/{case.reference}/").status_code == 404
    (said,) = logged("access.denied")
    assert (said["actor"], said["status"]) == ("person", 404)
    assert case.reference not in str(said)  # the route is a pattern


@pytest.mark.django_db
def test_what_the_rules_do_not_allow_is_logged_though_it_was_rolled_back() -> None:
    case = factories.case_at(Status.IN_REVIEW)
    late = factories.staff(Role.CASEWORKER, case.holder)
    before = Entry.objects.filter(case_id=case.pk).count()
    assert client_for(late).post(f"/casework/{case.reference}/take/").status_code == 409
    assert Entry.objects.filter(case_id=case.pk).count() == before
    (said,) = logged("act.refused")
    assert said["actor"] == late.signature().text
    assert said["status"] == 409


@pytest.mark.django_db
def test_a_system_that_wants_more_than_its_key_allows_is_in_the_log(client: Client) -> None:
    bank = factories.organisation("sample-bank")
    _key, secret = operations.issue_key(
        organisation=bank,
        scopes=[Scope.RECORDS_READ],
        programmes=["cn-court-defaulters"],
        issued_by=None,
        expires_at=timezone.now() + timedelta(days=1),
        by=SERVICE,
        at=timezone.now(),
    )
    answer = client.post("/api/v1/imports/", HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert answer.status_code == 403
    assert logged("access.denied")[0]["actor"].startswith("system:")


@pytest.mark.django_db
def test_visitors_are_counted_by_minute_and_kind_and_never_named(client: Client) -> None:
    for _ in range(3):
        assert client.get("/api/v1/held/").status_code == 401
    staff = User.objects.get(pk=factories.staff(Role.CASEWORKER, "cn-spc").own_user)
    for password in ("wrong", factories.PASSWORD):
        client.post("/staff/sign-in/", {"login": staff.email, "password": password})
    assert counts() == {Kind.KEY: 3, Kind.STAFF_PASSWORD: 1}
    assert not Entry.objects.filter(event_type__in=["access.denied", "act.refused"]).exists()


@pytest.mark.django_db
def test_a_false_second_factor_is_counted(client: Client) -> None:
    staff = User.objects.get(pk=factories.staff(Role.CASEWORKER, "cn-spc").own_user)
    second_factor.set_up(staff)
    client.post("/staff/sign-in/", {"login": staff.email, "password": factories.PASSWORD})
    right = second_factor.current_code(str(staff.email), at=timezone.now()).digits
    client.post(reverse("mfa_authenticate"), {"code": "000000" if right != "000000" else "000001"})
    assert counts() == {Kind.SECOND_FACTOR: 1}


@pytest.mark.django_db
def test_a_false_code_of_a_person_is_counted(client: Client) -> None:
    factories.subject(email="somebody@mail.example")
    client.post("/sign-in/", {"email": "somebody@mail.example", "kind": "person"})
    enter(client, "00000000")
    assert counts() == {Kind.PERSON_CODE: 1}


@pytest.mark.django_db
def test_minutes_that_are_over_are_logged_once_and_the_present_one_waits() -> None:
    for minutes in (3, 3, 2, 0):
        failures.count(Kind.STAFF_PASSWORD, at=NOW - timedelta(minutes=minutes))
    failures.count(Kind.KEY, at=NOW - timedelta(minutes=2))
    assert failures.write(at=NOW) == 3
    assert failures.write(at=NOW) == 0
    said = [(each["kind"], each["minute"], each["count"]) for each in logged("failures.counted")]
    assert said == [
        ("staff_password", "2026-11-02T09:27:00+00:00", 2),
        ("key", "2026-11-02T09:28:00+00:00", 1),
        ("staff_password", "2026-11-02T09:28:00+00:00", 1),
    ]
    assert FailureCount.objects.count() == 1


@pytest.mark.django_db
def test_a_failure_that_cannot_be_logged_still_gets_its_answer(
    caseworker: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_more: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(failures, "record", fail)
    assert client_for(caseworker).get(reverse("records:held")).status_code == 403
    assert not transaction.get_connection().needs_rollback


@pytest.mark.django_db
def test_an_address_that_there_is_not_is_nobodys_failure(client: Client, person: Actor) -> None:
    for each in (client, client_for(person)):
        assert each.get("/nowhere/").status_code == 404
    assert not counts()
    assert not logged("access.denied")
