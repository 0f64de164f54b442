"""One fixture for each role, and clients that are signed in as an actor."""

from collections.abc import Callable
from itertools import count
from uuid import UUID

import pytest
from django.test import Client

from accounts.actors import Actor, ActorKind
from accounts.models import Organisation, Role, User
from audit import keys
from tests import factories

HOLDER = "cn-spc"  # the holder of cn-court-defaulters, the programme of most tests
ClientOf = Callable[..., Client]

BACKENDS = {
    ActorKind.PERSON: "accounts.backends.PersonBackend",
    ActorKind.STAFF: "accounts.backends.StaffBackend",
}


def client_for(actor: Actor | None, *, second_factor: bool = True, language: str = "") -> Client:
    """A browser in which `actor` is signed in; staff have shown their second factor, unless told otherwise."""
    client = Client()
    if language:
        client.cookies["redress_language"] = language
    if actor is None or actor.user_id is None:
        return client
    client.force_login(User.objects.get(pk=actor.user_id), backend=BACKENDS[actor.kind])
    if actor.kind is ActorKind.STAFF and second_factor:
        session = client.session
        session["second_factor"] = str(actor.user_id)
        session.save()
    return client


def remember_at_once(owner: UUID, sealer: keys.Sealer) -> keys.Sealer:
    keys._keep(owner, sealer)
    return sealer


@pytest.fixture(autouse=True)
def keys_of_this_test(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of another test are forgotten: the flush after it took them away.

    So are the numbers of the factories: whoever is made in a test is the same whatever ran before it.
    Most tests run in one transaction that never commits, and keys are remembered on commit. They remember each at
    once, as if what came before had been transactions of their own: a tenth of all queries would ask for keys.
    """
    keys.forget()
    monkeypatch.setattr(factories, "_numbers", count(1))
    marker = request.node.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        monkeypatch.setattr(keys, "_remember", remember_at_once)


@pytest.fixture
def client_of(db: None) -> ClientOf:
    return client_for


@pytest.fixture
def holder(db: None) -> Organisation:
    return factories.organisation(HOLDER)


@pytest.fixture
def person(db: None) -> Actor:
    return factories.person(name="Wang Xiaoyu")


@pytest.fixture
def other_person(db: None) -> Actor:
    return factories.person(name="Li Na")


@pytest.fixture
def caseworker(holder: Organisation) -> Actor:
    return factories.staff(Role.CASEWORKER, holder)


@pytest.fixture
def other_caseworker(holder: Organisation) -> Actor:
    return factories.staff(Role.CASEWORKER, holder)


@pytest.fixture
def supervisor(holder: Organisation) -> Actor:
    return factories.staff(Role.SUPERVISOR, holder)


@pytest.fixture
def source_officer(db: None) -> Actor:
    return factories.staff(Role.SOURCE_OFFICER, "sample-court")


@pytest.fixture
def auditor(holder: Organisation) -> Actor:
    return factories.staff(Role.AUDITOR, holder)


@pytest.fixture
def operator(holder: Organisation) -> Actor:
    return factories.staff(Role.OPERATOR, holder)
