"""A company: a code to its registered contact makes the first administrator, who names others and ends it again."""

from datetime import date
from typing import Any

import pytest

from accounts.models import Identifier, SubjectKind
from audit import keys
from tests import factories
from tests.journeys import acts
from tests.journeys.cast import Person
from tests.journeys.conftest import Visit
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.soak  # a story of one part; the stories of the whole run in every test

FIRM, MAILBOX = "Example Trading Co.", "office@firm.example"
BORN = date(1980, 4, 3)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_first_administrator_names_another_and_ends_it(language: str, visit: Visit, clock: Any) -> None:
    firm = factories.subject(kind=SubjectKind.ORGANISATION, name=FIRM, email=MAILBOX, language=language)
    factories.record_for(firm)
    number = Identifier.objects.get(subject=firm)
    last = keys.open_sealed(firm.pk, bytes(number.sealed)).decode()[-4:]

    chen = visit(language, name="9-company", width=320)
    code = comes_by_the_mailbox(chen, last)
    makes_an_account(chen, code, "Chen Yu", "chen@mail.example")
    accepts(chen, code)
    chen.press(chen.say("Act for %(name)s", name=FIRM))
    assert FIRM in chen.page.locator(".redress-acting").inner_text()

    code = names(chen, "Li Na")
    li = visit(language, name="10-member", width=320)
    makes_an_account(li, code, "Li Na", "li@mail.example")
    accepts(li, code)
    li.press(li.say("Act for %(name)s", name=FIRM))
    li.open("/held/")

    chen.open("/mandates/")
    chen.page.locator("section").filter(has_text="Li Na").get_by_role("link").click()
    chen.look()
    chen.press(chen.say("End it"))
    chen.sees(chen.say("It has ended. It no longer counts from this moment on."))

    li.page.goto(li.base_url + "/held/")
    li.look()
    li.reads(li.say("Acting for others"))
    li.press(li.say("Go on for yourself"))


def comes_by_the_mailbox(chen: Visitor, last: str) -> str:
    say = chen.say
    chen.open("/sign-in/")
    chen.choose(say("For a company or organisation"))
    chen.fill(say("E-mail address"), MAILBOX)
    chen.press(say("Send me a code"))
    chen.fill(say("Code from the mail"), acts.code_from_mail(Person(MAILBOX, BORN)))
    chen.fill(say("Last four characters of the registered number"), last)
    chen.press(say("Sign in"))
    chen.reads(say("The registered contact"))
    chen.press(say("Become administrator"))
    chen.reads(say("Write down this code"))
    return shown_code(chen)


def makes_an_account(who: Visitor, code: str, name: str, email: str) -> None:
    say = who.say
    who.open("/acting/account/")
    who.fill(say("Code"), code)
    who.fill(say("Your full name"), name)
    born(who)
    who.fill(say("Your e-mail address"), email)
    who.press(say("Continue"))
    who.fill(say("Code from the mail"), acts.code_from_mail(Person(email, BORN)))
    born(who)
    who.press(say("Sign in"))


def born(who: Visitor) -> None:
    say = who.say
    for label, number in ((say("Day"), BORN.day), (say("Month"), BORN.month), (say("Year"), BORN.year)):
        who.fill(label, str(number))


def accepts(who: Visitor, code: str) -> None:
    say = who.say
    who.reads(say("Enter the code that you were given"))
    who.press(say("Continue"))
    who.is_told_what_is_wrong(say("Enter the code that you were given"))
    who.fill(say("Code"), code)
    who.press(say("Continue"))
    who.press(say("Yes, I act for them"))
    who.sees(say("You may now act for: %(name)s", name=FIRM))


def names(chen: Visitor, called: str) -> str:
    say = chen.say
    chen.open("/mandates/give/")
    chen.press(say("Make a code"))
    chen.is_told_what_is_wrong(say("Write a name by which you will know them"))
    chen.fill(say("Whom do you ask?"), called)
    chen.choose(say("Works for the company"))
    chen.choose(say("See it, dispute it and follow cases"))
    chen.press(say("Make a code"))
    chen.reads(say("Hand over this code"))
    return shown_code(chen)


def shown_code(who: Visitor) -> str:
    return who.page.locator(".govuk-panel__body").inner_text().strip()
