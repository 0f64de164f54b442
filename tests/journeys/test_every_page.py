"""Every page that anybody can come to, once for everyone who can come to it: axe and all the rest."""

import re
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.mail import EmailMessage
from django.urls import resolve
from django.utils import timezone

from accounts.actors import SERVICE
from accounts.models import Role
from accounts.operations import second_factor
from appeals.models import DisputeDraft
from tests import factories
from tests.census.markup import Page
from tests.census.test_pages import STARTS, Walk, world
from tests.journeys import cast
from tests.journeys.conftest import Visit
from tests.journeys.inspection import NARROW, WIDE

# The other way round than in the long story, so that each language is seen on both devices.
WIDTHS = {"en": NARROW, "zh-hans": WIDE}
_NAMES = re.compile(r"[0-9a-f-]{36}|RD-[0-9A-Z]{4}-[0-9A-Z]{4}|(?<=/)[0-9]+(?=/)")
PUBLIC = {"/", "/about/", "/accessibility/", "/api/docs/", "/catalogue/"}  # the same for everybody
_MOST = 3  # pages of one route for one person: what can be done on them differs, what they are built of hardly


def one_of_each(pages: Mapping[str, Page]) -> list[str]:
    """Addresses of pages that differ in their route, or in where one can go from them."""
    found: dict[tuple[str, frozenset[str]], str] = {}
    number = Counter[str]()
    for path, page in sorted(pages.items()):
        route = resolve(urlsplit(path).path).view_name
        ways = [*(link.get("href", "") for link in page.links), *(form.action for form in page.forms)]
        kind = (route, frozenset(_NAMES.sub("", way) for way in ways))
        if kind not in found and number[route] < _MOST:
            found[kind] = path
            number[route] += 1
    return list(found.values())


@pytest.mark.soak
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_of_everybody(language: str, visit: Visit) -> None:
    cast.register_sources()
    people = world()
    drafts = [f"/dispute/{draft.pk}/" for draft in DisputeDraft.objects.order_by("pk")]
    starts = {**STARTS, "person": [*STARTS["person"], *drafts]}
    for who, client in people.items():
        pages = Walk(client, starts[who], language).pages
        pages = pages if who in ("visitor", "person") else {path: pages[path] for path in pages if path not in PUBLIC}
        somebody = visit(language, name=f"12-{who}", width=WIDTHS[language])
        somebody.take_over(client)
        for path in one_of_each(pages):
            somebody.open(path)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_that_no_link_leads_to(language: str, visit: Visit, settings: Any, tmp_path: Any) -> None:
    somebody = visit(language, name="13-errors", width=WIDTHS[language])
    somebody.open("/no-such-page/", status=404)
    somebody.open("/staff/inactive/")
    officer = cast.official(Role.SOURCE_OFFICER, "sample-court", language)
    somebody.be(officer.actor)
    somebody.open("/casework/", status=403)
    somebody.context.clear_cookies()
    sets_up_a_second_factor(visit, language)
    settings.DEMO, settings.EMAIL_FILE_PATH = True, tmp_path
    reads_the_outbox_of_the_demonstration(visit, language)


def sets_up_a_second_factor(visit: Visit, language: str) -> None:
    newcomer = cast.official(Role.CASEWORKER, "cn-spc", language)
    second_factor.reset(newcomer.email, by=SERVICE, at=timezone.now())
    desk = visit(language, name="14-newcomer", width=WIDTHS[language])
    say = desk.say
    desk.open("/staff/sign-in/")
    desk.press(say("Continue"))
    desk.is_told_what_is_wrong(say("Enter your e-mail address"))
    desk.fill(say("E-mail address"), newcomer.email)
    desk.fill(say("Password"), factories.PASSWORD)
    desk.press(say("Continue"))
    desk.reads(say("Set up your second factor"))
    desk.press(say("Continue"))
    desk.is_told_what_is_wrong(say("Enter the code from your app"))
    secret = desk.page.locator(".redress-key").inner_text().replace(" ", "")
    if (left := second_factor.PERIOD - timezone.now().timestamp() % second_factor.PERIOD) <= cast.ABOUT_TO_CHANGE:
        time.sleep(left)
    now = int(timezone.now().timestamp()) // second_factor.PERIOD
    desk.fill(say("Code that the app shows now"), totp.format_hotp_value(totp.hotp_value(secret, now)))
    desk.press(say("Continue"))
    desk.reads(say("Recovery codes"))


def reads_the_outbox_of_the_demonstration(visit: Visit, language: str) -> None:
    visitor = visit(language, name="15-outbox", width=WIDTHS[language])
    visitor.open("/outbox/")
    with mail.get_connection("django.core.mail.backends.filebased.EmailBackend") as box:
        subject = visitor.say.pick(en="Your code", zh="您的验证码")
        EmailMessage(subject, "1234 5678", "redress@localhost", ["wang@example.org"], connection=box).send()
    visitor.open("/outbox/")
    visitor.follow(subject)
    visitor.sees("1234 5678")
