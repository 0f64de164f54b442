"""What people do again and again: sign in, look around, file, decide."""

import re
from datetime import date

from django.core import mail
from playwright.sync_api import expect

from appeals import tasks as appeals
from delivery import tasks as delivery
from tests import factories
from tests.journeys.cast import Official, Person
from tests.journeys.visitor import Visitor

REFERENCE = re.compile(r"RD-[0-9A-Z]{4}-[0-9A-Z]{4}")


def let_the_worker_work() -> None:
    """What Celery would wake: carry out what was decided, and send what was written."""
    appeals.sweep()
    delivery.deliver_due()


def code_from_mail(person: Person) -> str:
    """The code in the newest mail to this person."""
    let_the_worker_work()
    newest = [each for each in mail.outbox if person.email in each.to][-1]
    found = re.search(r"\b\d{4} ?\d{4}\b", str(newest.body))
    assert found, newest.body
    return found.group()


def ask_for_code(visitor: Visitor, person: Person) -> None:
    say = visitor.say
    visitor.choose(say("For myself"))
    visitor.fill(say("E-mail address"), person.email)
    visitor.press(say("Send me a code"))
    visitor.reads(say("Enter the code"))


def enter(visitor: Visitor, code: str, birth_date: date) -> None:
    say = visitor.say
    visitor.fill(say("Code from the mail"), code)
    for label, number in (
        (say("Day"), birth_date.day),
        (say("Month"), birth_date.month),
        (say("Year"), birth_date.year),
    ):
        visitor.fill(label, str(number))
    visitor.press(say("Sign in"))


def sign_in(visitor: Visitor, person: Person, page: str = "/sign-in/") -> None:
    """By a mailed code and the birth date, from the page that leads there."""
    visitor.open(page)
    ask_for_code(visitor, person)
    enter(visitor, code_from_mail(person), person.birth_date)
    visitor.reads(visitor.say("What is held about me"))


def sign_in_as_official(visitor: Visitor, official: Official) -> None:
    """By password and the code of the authenticator app, to the queue."""
    say = visitor.say
    visitor.open("/staff/sign-in/")
    visitor.fill(say("E-mail address"), official.email)
    visitor.fill(say("Password"), factories.PASSWORD)
    visitor.press(say("Continue"))
    visitor.fill(say("Code from your authenticator app"), official.code())
    visitor.press(say("Sign in"))
    visitor.reads(say("Cases"))


def send(visitor: Visitor) -> str:
    """Send the dispute that is checked; returns its reference."""
    visitor.press(visitor.say("Send the dispute"))
    visitor.reads(visitor.say("Your dispute is sent"))
    reference = visitor.page.locator("main .redress-reference").inner_text().strip()
    assert REFERENCE.fullmatch(reference)
    return reference


def open_case(visitor: Visitor, reference: str) -> None:
    """From the queue."""
    visitor.follow(visitor.say("Cases"))
    visitor.follow(reference)
    expect(visitor.page.locator("h1")).to_contain_text(reference)


def take(visitor: Visitor, reference: str) -> None:
    open_case(visitor, reference)
    visitor.press(visitor.say("Take this case"))
    visitor.sees(visitor.say("You have taken this case."))


def answer(visitor: Visitor, number: int, *, outcome: str, remedy: str, reasons: str, value: str = "") -> None:
    """Fill in the answer to one item of the decision; words as the page has them."""
    item = visitor.page.locator(f"section[aria-labelledby=item-{number}]")
    visitor.choose(outcome, within=item)
    visitor.choose(remedy, within=item)
    if value:
        item.get_by_label(visitor.say("The right value"), exact=True).fill(value)
    item.get_by_label(visitor.say("Reasons"), exact=True).fill(reasons)
