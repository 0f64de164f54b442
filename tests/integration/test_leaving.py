"""Leaving quickly: one plain link on every page of a person, which signs out and shows something else."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from tests.fixtures import client_for

pytestmark = pytest.mark.django_db
ELSEWHERE = "https://weather.example/today"
PAGES = ("/", "/about/", "/held/", "/cases/", "/messages/", "/contact/", "/safety/")
_LINK = re.compile(r'<a class="redress-leave__link" href="/leave/"')


@pytest.fixture
def client(person: Actor) -> Client:
    return client_for(person, language="en")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_a_person_has_the_link_before_its_content(client: Client, path: str) -> None:
    page = client.get(path).content.decode()
    link = _LINK.search(page)
    assert link and link.start() < page.index("<main")


def test_a_visitor_has_it_on_the_way_in() -> None:
    assert _LINK.search(Client().get("/sign-in/").content.decode())


def test_pages_that_say_what_went_wrong_have_it_too(client: Client) -> None:
    for path in ("/held/01a201e3-4de2-7b2f-86ba-14a1c533b619/", "/nowhere/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert _LINK.search(answer.content.decode())


def test_staff_at_work_do_not_have_it(caseworker: Actor) -> None:
    page = client_for(caseworker, language="en").get("/casework/").content.decode()
    assert "<h1" in page
    assert not _LINK.search(page)


def test_one_press_signs_out_and_leads_to_the_page_that_was_set(client: Client, settings: Any) -> None:
    settings.LEAVE_URL = ELSEWHERE
    answer = client.get("/leave/")
    assert (answer.status_code, answer["Location"]) == (302, ELSEWHERE)
    assert answer["Clear-Site-Data"] == '"cache"'
    assert client.get("/held/")["Location"].startswith("/sign-in/")


def test_without_a_page_that_was_set_it_is_a_blank_one_that_names_nobody(client: Client) -> None:
    page = client.get("/leave/").content.decode()
    assert "redress" not in page.lower()
    assert client.get("/held/")["Location"].startswith("/sign-in/")


def test_whoever_was_signed_out_leaves_too(settings: Any) -> None:
    settings.LEAVE_URL = ELSEWHERE
    assert Client().get("/leave/")["Location"] == ELSEWHERE


def test_no_page_of_a_person_is_kept_by_the_browser(client: Client) -> None:
    for path in PAGES:
        assert "no-store" in client.get(path)["Cache-Control"]
