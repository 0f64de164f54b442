"""Every address says who may open it, and refuses everybody else."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from accounts.actors import Actor
from accounts.models import Role
from redress.references import WHO, Address, addresses
from tests import factories
from tests.fixtures import client_for

STAFF = {*map(str, Role), "staff"}
# What a pattern's parameters become: things that nobody has.
NOBODYS: dict[str, Any] = {"uuid": uuid.UUID(int=1), "int": 999_999, "str": "RD-2222-2222", "slug": "RD-2222-2222"}
NOBODYS["path"] = "999"  # a tile that the log does not reach
METHODS = ("get", "post")

ALL = [each for each in addresses() if each.name]
CLOSED = [each for each in ALL if not {"anybody", "demo"} & set(each.open_to)]
PAGES = [each for each in CLOSED if not each.path.startswith("api/")]
ENDPOINTS = [each for each in CLOSED if each.path.startswith("api/")]
ROLE_OF_NO_PAGE = Role.REVIEWER


def name_of(address: Address) -> str:
    return address.name


def path_of(address: Address) -> str:
    """The address with things in it that nobody has."""
    parts = []
    for part in address.path.split("/"):
        kind = part.removeprefix("<").split(":")[0]
        parts.append(str(NOBODYS[kind]) if part.startswith("<") else part)
    return "/" + "/".join(parts)


def ask(client: Client, method: str, address: Address) -> Any:
    return getattr(client, method)(path_of(address))


def test_every_address_says_who_may_open_it() -> None:
    unknown = [f"{each.name}: {code}" for each in addresses() for code in each.open_to if code not in WHO]
    assert not unknown


def test_every_address_was_tried_by_its_own_name() -> None:
    for each in ALL:
        try:
            assert resolve(path_of(each)).view_name == each.name
        except Resolver404:  # pragma: no cover  the message is for whoever adds an address
            pytest.fail(f"{each.name}: {path_of(each)} leads nowhere")


def test_there_is_something_to_refuse() -> None:
    assert len(PAGES) > 25
    assert len(ENDPOINTS) > 5
    assert ROLE_OF_NO_PAGE not in {code for each in PAGES for code in each.open_to}


@pytest.mark.django_db
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("address", PAGES, ids=name_of)
def test_a_stranger_is_led_to_the_sign_in_page_of_the_right_kind(address: Address, method: str, client: Client) -> None:
    answer = ask(client, method, address)
    assert answer.status_code == 302
    is_for_staff = set(address.open_to) & (STAFF | {"setting_up"})
    assert answer["Location"].startswith("/staff/sign-in/" if is_for_staff else "/sign-in/")


@pytest.mark.django_db
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("address", ENDPOINTS, ids=name_of)
def test_a_stranger_gets_nothing_from_the_api(address: Address, method: str, client: Client) -> None:
    assert ask(client, method, address).status_code in (401, 405)


@pytest.fixture
def people(db: None) -> dict[str, Client]:
    """Browsers of people and staff, none of whom has anything."""
    holder = factories.organisation("cn-spc")
    by_role = {str(role): client_for(factories.staff(role, holder)) for role in Role}
    return {"person": client_for(factories.person()), **by_role}


@pytest.mark.django_db
@pytest.mark.parametrize("method", METHODS)
def test_every_page_refuses_everybody_whom_it_is_not_open_to(people: dict[str, Client], method: str) -> None:
    wrong = []
    for address in PAGES:
        if address.open_to == ("setting_up",):
            continue
        for who, client in people.items():
            is_open = who in address.open_to or ("staff" in address.open_to and who in STAFF)
            status = ask(client, method, address).status_code
            if (status == 403) == is_open:
                wrong.append(f"{method} {address.name} answers {who} with {status}")
    assert not wrong


@pytest.mark.django_db
@pytest.mark.parametrize("method", METHODS)
def test_what_is_open_to_somebody_still_has_nothing_of_others(people: dict[str, Client], method: str) -> None:
    """A page about one thing answers 404, or 405 for a wrong method, when the thing is nobody's."""
    wrong = []
    for address in PAGES:
        for who in set(address.open_to) & set(people):
            if "<" in address.path and (status := ask(people[who], method, address).status_code) not in (404, 405):
                wrong.append(f"{method} {address.name} answers {who} with {status}")
    assert not wrong


@pytest.mark.django_db
@pytest.mark.parametrize("method", METHODS)
def test_no_endpoint_is_open_to_staff_and_none_for_systems_to_people(people: dict[str, Client], method: str) -> None:
    for address in ENDPOINTS:
        for who, client in people.items():
            if who not in address.open_to:
                assert ask(client, method, address).status_code in (401, 403, 405), (address.name, who)


@pytest.mark.django_db
def test_staff_without_their_second_factor_are_nobody(caseworker: Actor, source_officer: Actor) -> None:
    for actor in (caseworker, source_officer):
        client = client_for(actor, second_factor=False)
        for address in PAGES:
            if set(address.open_to) & STAFF:
                answer = client.get(path_of(address))
                assert answer.status_code == 302, address.name
                assert answer["Location"].startswith(("/staff/sign-in/", "/staff/second-factor/")), address.name
