"""Coming in for the first time, in spite of slips; changing one's address; and an old address that objects."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import expect

from tests.journeys import acts, cast
from tests.journeys.cast import WANG, Person
from tests.journeys.conftest import Visit
from tests.journeys.inspection import NARROW, WIDE
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.soak  # a story of one part; the stories of the whole run in every test

COURT = "cn-court-defaulters"
NEW = Person("intruder@example.org", WANG.birth_date)
WIDTHS = {"en": NARROW, "zh-hans": WIDE}


@pytest.fixture(params=["en", "zh-hans"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def person(language: str, visit: Visit, tmp_path: Path) -> Visitor:
    cast.hold(COURT, ["2025-000123"], tmp_path, language=language)
    return visit(language, name="14-contact", width=WIDTHS[language])


def test_the_first_sign_in_forgives_four_slips_and_not_five(person: Visitor, clock: Any) -> None:
    say = person.say
    person.open("/sign-in/")
    acts.ask_for_code(person, WANG)
    code = acts.code_from_mail(WANG)
    for _ in range(4):
        acts.enter(person, wrong(code), WANG.birth_date)
        person.sees(say("This does not fit together. Check the code and the other answer, and try again."))
    acts.enter(person, code, WANG.birth_date + timedelta(days=1))
    person.sees(say("This does not fit together. Check the code and the other answer, and try again."))
    acts.enter(person, code, WANG.birth_date)
    person.sees(say("This code can no longer be used. Ask for a new one."))

    person.follow(say("Ask for a new code, or give another address"))
    acts.ask_for_code(person, WANG)
    late = acts.code_from_mail(WANG)
    clock.shift(timedelta(minutes=15))
    acts.enter(person, late, WANG.birth_date)
    person.sees(say("This code can no longer be used. Ask for a new one."))

    person.follow(say("Ask for a new code, or give another address"))
    acts.ask_for_code(person, WANG)
    acts.enter(person, acts.code_from_mail(WANG), WANG.birth_date)
    person.reads(say("What is held about me"))


def wrong(code: str) -> str:
    return "0000 0000" if code != "0000 0000" else "0000 0001"


def test_a_changed_address_is_told_to_the_old_one_which_stops_it(
    person: Visitor, language: str, visit: Visit, clock: Any
) -> None:
    """Somebody else sits down at a session that was left open."""
    say = person.say
    acts.sign_in(person, WANG)
    person.follow(say("Address and mails"))
    person.sees("w…i@example.org")
    person.follow(say("Change the address"))
    person.press(say("Send the code"))
    person.is_told_what_is_wrong(say("Enter the new e-mail address"))
    person.fill(say("New e-mail address"), NEW.email)
    person.press(say("Send the code"))
    person.fill(say("Code from the mail"), wrong(acts.code_from_mail(NEW)))
    person.press(say("Use the new address"))
    person.is_told_what_is_wrong(say("This is not the code that we sent. Check it and try again."))
    person.fill(say("Code from the mail"), acts.code_from_mail(NEW))
    person.press(say("Use the new address"))
    person.sees(say("Messages go to your new address from now on."), "i…r@example.org")
    person.follow(say("Change the address"))
    person.reads(say("Your address was changed a short while ago"))

    clock.shift(timedelta(hours=70))
    owner = visit(language, name="15-owner", width=WIDTHS[language])
    owner.open(link_to(WANG))
    owner.press(say("It was not me: stop it"))
    owner.reads(say("The change is stopped"))
    owner.follow(say("Sign in"))
    acts.ask_for_code(owner, WANG)
    acts.enter(owner, acts.code_from_mail(WANG), WANG.birth_date)
    owner.follow(say("Address and mails"))
    owner.sees("w…i@example.org")
    person.open("/held/")
    person.reads(say("Sign in"))


def link_to(reader: Person) -> str:
    acts.let_the_worker_work()
    bodies = "".join(str(each.body) for each in mail.outbox if reader.email in each.to)
    return str(re.findall(r"/contact/stop/[\w-]+/", bodies)[-1])


def test_wishes_about_mails_and_leaving_quickly(person: Visitor) -> None:
    say = person.say
    acts.sign_in(person, WANG)
    person.follow(say("Address and mails"))
    person.follow(say("Change what mails may come"))
    person.choose(say("Only that there is a message"))
    person.page.get_by_label(say("Not before"), exact=True).select_option("20:00")
    person.press(say("Save"))
    person.is_told_what_is_wrong(say("Choose both hours, or “Any time” for both"))
    person.page.get_by_label(say("Not after"), exact=True).select_option("22:00")
    person.press(say("Save"))
    person.sees(say("Saved. Mails follow your wishes from now on."))
    person.follow(say("Use this service safely"))

    # By keyboard alone: the second stop on every page.
    person.page.keyboard.press("Tab")
    person.page.keyboard.press("Tab")
    expect(person.page.locator("[data-leave]")).to_be_focused()
    for _ in range(3):
        person.page.keyboard.press("Escape")
    expect(person.page.locator("h1")).to_have_text("Blank page")
    person.page.go_back()
    expect(person.page.locator("body")).not_to_contain_text("w…i@example.org")
    person.open("/contact/")
    person.reads(say("Sign in"))
