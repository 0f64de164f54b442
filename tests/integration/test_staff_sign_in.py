"""Staff come in with a password and a second factor, or not at all."""

import base64
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts import operations, sessions
from accounts.actors import SERVICE, Actor
from accounts.models import Membership, Role, User
from accounts.operations import second_factor
from audit.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)
EMAIL, PASSWORD = "lin@office.example", "correct horse battery staple"
SIGN_IN, CODE, SET_UP = "/staff/sign-in/", "/staff/second-factor/", "/staff/second-factor/set-up/"


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in every run, and with them the codes: by chance one might be the one that a test takes for wrong."""
    chance = random.Random(7)
    monkeypatch.setattr(totp, "generate_totp_secret", lambda: base64.b32encode(chance.randbytes(20)).decode())


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    cache.clear()
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def member() -> Membership:
    return operations.create_staff(
        email=EMAIL,
        password=PASSWORD,
        organisation=factories.organisation(),
        role=Role.CASEWORKER,
        language="en",
        by=SERVICE,
        at=AT,
    )


def password_step(client: Client, password: str = PASSWORD, email: str = EMAIL) -> Any:
    return client.post(SIGN_IN, {"login": email, "password": password})


def code_now() -> str:
    return second_factor.current_code(EMAIL, at=datetime.now(UTC)).digits


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def is_staff_here(client: Client) -> bool:
    """Whether a page that only staff may open opens."""
    return client.get("/staff/second-factor/recovery-codes/").status_code in (200, 404)


def set_up(client: Client) -> Any:
    page = client.get(SET_UP).content.decode()
    found = re.search(r'class="redress-key">([A-Z2-7 ]+)<', page)
    assert found
    assert "<svg" in page
    secret = found[1].replace(" ", "")
    counter = int(datetime.now(UTC).timestamp()) // second_factor.PERIOD
    digits = totp.format_hotp_value(totp.hotp_value(secret, counter))
    return client.post(SET_UP, {"code": digits})


def test_the_first_sign_in_sets_up_the_second_factor(member: Membership) -> None:
    client = Client()
    password_step(client)
    assert client.get("/staff/second-factor/recovery-codes/")["Location"] == SET_UP
    assert not is_staff_here(client)
    assert set_up(client)["Location"] == "/staff/second-factor/recovery-codes/"
    page = client.get("/staff/second-factor/recovery-codes/").content.decode()
    assert len(re.findall(r"<li>[0-9]{8}</li>", page)) == 10
    again = client.get("/staff/second-factor/recovery-codes/").content.decode()
    assert not re.findall(r"<li>[0-9]{8}</li>", again), "shown once"
    assert is_staff_here(client)


def test_a_wrong_code_sets_nothing_up(member: Membership) -> None:
    client = Client()
    password_step(client)
    client.get(SET_UP)
    assert "This code is not right" in client.post(SET_UP, {"code": "000000"}).content.decode()
    assert not Authenticator.objects.exists()
    assert not is_staff_here(client)


def test_later_the_password_alone_lets_nobody_in(member: Membership) -> None:
    second_factor.set_up(member.user)
    client = Client()
    assert password_step(client)["Location"] == CODE
    assert signed_in_as(client) is None
    assert "This code is not right" in client.post(CODE, {"code": "000000"}).content.decode()
    assert signed_in_as(client) is None
    client.post(CODE, {"code": code_now()})
    assert signed_in_as(client) == str(member.user_id)
    assert is_staff_here(client)


def test_the_session_speaks_the_language_of_the_user(member: Membership) -> None:
    second_factor.set_up(member.user)
    User.objects.update(language="zh-hans")
    client = Client()
    password_step(client)
    assert client.post(CODE, {"code": code_now()}).cookies["redress_language"].value == "zh-hans"


def test_a_code_that_was_used_does_not_work_again(member: Membership, clock: Any) -> None:
    second_factor.set_up(member.user)
    digits = code_now()
    first, second = Client(), Client()
    password_step(first)
    password_step(second)
    first.post(CODE, {"code": digits})
    assert signed_in_as(first)
    clock.shift(10)
    second.post(CODE, {"code": digits})
    assert signed_in_as(second) is None
    clock.shift(second_factor.PERIOD)
    second.post(CODE, {"code": digits})
    assert signed_in_as(second) is None, "the next period has another code"
    second.post(CODE, {"code": code_now()})
    assert signed_in_as(second)


def test_a_recovery_code_works_once(member: Membership) -> None:
    client = Client()
    password_step(client)
    set_up(client)
    page = client.get("/staff/second-factor/recovery-codes/").content.decode()
    code = re.findall(r"<li>([0-9]{8})</li>", page)[3]
    for expected in (True, False):
        again = Client()
        password_step(again)
        again.post(CODE, {"code": code})
        assert bool(signed_in_as(again)) is expected


def test_the_session_is_a_fresh_one(member: Membership) -> None:
    second_factor.set_up(member.user)
    client = Client()
    password_step(client)
    before = client.session.session_key
    client.post(CODE, {"code": code_now()})
    assert client.session.session_key != before
    planted = Client()
    planted.cookies["redress_session"] = str(before)
    assert signed_in_as(planted) is None


def test_a_session_with_the_password_alone_is_not_lifted_by_another_one(member: Membership) -> None:
    """Somebody who knows the password waits in a session until the owner has set up the second factor."""
    thief, owner = Client(), Client()
    password_step(thief)
    password_step(owner)
    set_up(owner)
    assert is_staff_here(owner)
    assert not is_staff_here(thief)
    assert thief.get("/staff/second-factor/recovery-codes/").status_code == 302
    assert signed_in_as(thief) is None


def all_paths(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[tuple[str, Any]]:
    """Every address without parameters, and its view."""
    for each in (resolver or get_resolver()).url_patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from all_paths(each, path)
        elif isinstance(each, URLPattern) and "<" not in path and "(" not in path:
            yield path, each.callback


def test_staff_without_a_second_factor_are_refused_everywhere(member: Membership) -> None:
    client, visitor = Client(), Client()
    password_step(client)
    mine = {SET_UP, "/sign-out/", "/leave/"}  # the last two sign out
    checked = 0
    for path, view in all_paths():
        if path in mine:
            continue
        checked += 1
        response: Any = client.get(path)
        if getattr(view, "login_required", True):
            assert response.status_code == 302, path
            assert response["Location"] == SET_UP, path
        else:
            assert response.status_code == visitor.get(path).status_code, path
            assert not response.wsgi_request.user.is_authenticated, path
            assert response.wsgi_request.actor is None, path
    assert checked > 5


def test_wrong_guesses_are_slowed_down(member: Membership, clock: Any) -> None:
    for _ in range(5):
        assert "is not right" in password_step(Client(), "wrong").content.decode()
    assert "Wait five minutes" in password_step(Client()).content.decode()
    clock.shift(301)
    assert password_step(Client()).status_code == 302


def test_wrong_codes_are_slowed_down(member: Membership, clock: Any) -> None:
    second_factor.set_up(member.user)
    client = Client()
    password_step(client)
    for _ in range(5):
        client.post(CODE, {"code": "000000"})
    assert "Wait five minutes" in client.post(CODE, {"code": code_now()}).content.decode()
    assert signed_in_as(client) is None


def test_known_and_unknown_addresses_are_refused_in_the_same_words(member: Membership) -> None:
    pages = [password_step(Client(), "wrong", email).content.decode() for email in (EMAIL, "nobody@office.example")]
    strip = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|value="[^"]*@office.example"')
    assert strip.sub("", pages[0]) == strip.sub("", pages[1])


def test_a_person_can_never_come_in_here(person: Actor) -> None:
    user = User.objects.get(pk=str(person.user_id))
    for email in ("", "None", str(user.pk)):
        client = Client()
        password_step(client, "!", email)
        assert signed_in_as(client) is None
    client = Client()
    client.force_login(user, backend="accounts.backends.PersonBackend")
    assert client.get(SIGN_IN).status_code == 302
    assert client.get("/staff/second-factor/recovery-codes/").status_code == 403
    assert client.get(SET_UP).status_code == 403


@pytest.mark.parametrize("wrong", ["accounts.backends.PersonBackend", "accounts.backends.StaffBackend"])
def test_a_session_of_one_kind_never_opens_a_user_of_the_other(member: Membership, person: Actor, wrong: str) -> None:
    is_staff = wrong.endswith("PersonBackend")
    user = member.user if is_staff else User.objects.get(pk=str(person.user_id))
    client = Client()
    client.force_login(user, backend=wrong)
    assert not client.get("/about/").wsgi_request.user.is_authenticated


def test_a_closed_account_is_told_so_and_is_out_at_once(member: Membership) -> None:
    second_factor.set_up(member.user)
    client = Client()
    password_step(client)
    client.post(CODE, {"code": code_now()})
    User.objects.filter(pk=member.user_id).update(is_active=False)
    assert not is_staff_here(client)
    page = password_step(Client())
    assert page["Location"] == "/staff/inactive/"
    assert "This account is closed" in client.get("/staff/inactive/").content.decode()


def test_a_role_that_ended_no_longer_counts(member: Membership) -> None:
    second_factor.set_up(member.user)
    client = Client()
    password_step(client)
    client.post(CODE, {"code": code_now()})
    operations.end_membership(
        user=member.user, organisation=member.organisation, role=Role.CASEWORKER, by=SERVICE, at=AT
    )
    assert client.get("/staff/second-factor/recovery-codes/").status_code == 403


def test_a_session_of_staff_ends_with_the_working_day(member: Membership, clock: Any) -> None:
    second_factor.set_up(member.user)
    client = Client()
    password_step(client)
    client.post(CODE, {"code": code_now()})
    for minutes in range(0, 8 * 60 + 1, 20):
        clock.move_to(AT + timedelta(minutes=minutes))
        assert is_staff_here(client), minutes
    clock.move_to(AT + sessions.LONGEST_FOR_STAFF + timedelta(minutes=1))
    assert not is_staff_here(client)


def test_the_secret_is_sealed(member: Membership) -> None:
    secret = second_factor.set_up(member.user)
    assert secret not in str(Authenticator.objects.values("data"))


def test_a_lost_second_factor_is_taken_away_and_set_up_anew(member: Membership) -> None:
    second_factor.set_up(member.user)
    second_factor.reset(EMAIL, by=SERVICE, at=AT)
    assert Entry.objects.filter(event_type="second_factor.reset").count() == 1
    client = Client()
    password_step(client)
    assert not is_staff_here(client)
    set_up(client)
    assert is_staff_here(client)
    with pytest.raises(second_factor.NoSecondFactor):
        second_factor.reset("nobody@office.example", by=SERVICE, at=AT)
