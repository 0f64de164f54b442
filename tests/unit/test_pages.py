"""Pages that belong to no app. None of them asks the database: these tests are given none."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from redress import context, views

PAGES = ["/", "/about/", "/accessibility/"]


def explode(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("planted")


def meet(request: HttpRequest) -> HttpResponse:
    raise OperationalError("deadlock detected")


class Broken:
    """Addresses for the tests of error pages."""

    urlpatterns = [
        path("explode/", login_not_required(explode)),
        path("meet/", login_not_required(meet)),
        path("language/", views.language, name="set_language"),
    ]
    handler500 = "redress.views.server_error"
    handler404 = "redress.views.not_found"


def checked(html: str) -> str:
    """What holds for every page of ours; gives the page back."""
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert re.search(r"<title>.+ – Redress</title>", html)
    assert 'href="#main"' in html and html.count('id="main"') == 1
    assert " style=" not in html and "<style" not in html and not re.search(r"<script(?![^>]* src=)", html)
    assert not re.search(r" on\w+=", html)
    return html


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("zh-hans", "zh-Hans")])
def test_every_page_stands_in_both_languages(client: Client, address: str, language: str, tag: str) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    html = checked(client.get(address).content.decode())
    assert f'<html lang="{tag}"' in html
    chinese = len(re.findall(r"[\u4e00-\u9fff]", html))
    assert chinese > 100 if language == "zh-hans" else chinese == len("简体中文")


def test_the_language_is_switched_by_a_form_and_kept(client: Client) -> None:
    html = client.get("/about/").content.decode()
    assert re.search(r'<button [^>]*value="zh-hans" lang="zh-Hans">简体中文</button>', html)
    assert re.search(r'<button [^>]*value="en" lang="en" aria-current="true">English</button>', html)
    answer = client.post("/language/", {"language": "zh-hans", "next": "/about/"})
    assert answer.status_code == 302 and answer["Location"] == "/about/"
    assert '<html lang="zh-Hans"' in client.get("/about/").content.decode()


def test_the_language_switch_leads_nowhere_else(client: Client) -> None:
    assert client.post("/language/", {"language": "en", "next": "https://evil.example/"})["Location"] == "/"


def test_an_address_that_does_not_exist_has_a_page(client: Client) -> None:
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert "Page not found" in checked(answer.content.decode())


@override_settings(ROOT_URLCONF=Broken)
def test_an_error_of_ours_has_a_page_in_the_visitors_language() -> None:
    client = Client(raise_request_exception=False)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    answer = client.get("/explode/")
    assert answer.status_code == 500
    assert "我们的系统出了问题" in checked(answer.content.decode())


@override_settings(ROOT_URLCONF=Broken)
@pytest.mark.parametrize(
    ("language", "heading"), [("en", "The service is busy at the moment"), ("zh-hans", "系统正忙")]
)
def test_what_may_succeed_later_has_another_page(language: str, heading: str) -> None:
    client = Client(raise_request_exception=False)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = client.get("/meet/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert heading in checked(answer.content.decode())


@pytest.mark.django_db  # the refusal is counted
def test_a_form_from_elsewhere_is_refused_with_a_page() -> None:
    answer = Client(enforce_csrf_checks=True).post("/language/", {"language": "en"})
    assert answer.status_code == 403
    assert "Please send the form again" in checked(answer.content.decode())


@pytest.mark.parametrize(("view", "status"), [(views.bad_request, 400), (views.forbidden, 403), (views.not_found, 404)])
def test_error_pages_need_nobody(view: object, status: int, rf: RequestFactory) -> None:
    request = rf.get("/x/")  # no session, no user, as when an early layer fails
    answer = view(request, Exception())  # type: ignore[operator]  # all three are views
    assert answer.status_code == status
    checked(answer.content.decode())


def test_error_pages_never_show_what_was_asked(client: Client) -> None:
    html = client.get("/no/<script>alert(1)</script>/").content.decode()
    assert "<script>alert" not in html


@override_settings(DEMO=True)
def test_the_demonstration_says_so_on_every_page(client: Client) -> None:
    for address in [*PAGES, "/no/such/page/"]:
        assert "redress-ribbon" in client.get(address).content.decode()


@override_settings(DEMO=False)
def test_outside_the_demonstration_there_is_no_ribbon(client: Client) -> None:
    assert "redress-ribbon" not in client.get("/").content.decode()


def test_only_the_pages_about_the_service_may_be_found_by_searching(client: Client) -> None:
    for address in PAGES:
        assert "noindex" not in client.get(address).content.decode()
    assert "noindex" in client.get("/no/such/page/").content.decode()


def test_visitors_have_no_navigation(rf: RequestFactory) -> None:
    assert context.navigation(rf.get("/")) == []


def test_pages_are_small(client: Client) -> None:
    import gzip

    from assets import build

    sheet = len(gzip.compress(build.OUTPUT.read_bytes()))
    for address in PAGES:
        assert len(gzip.compress(client.get(address).content)) + sheet < 30_000
