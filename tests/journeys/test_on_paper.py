"""Somebody without mail or phone: an official enters what they wrote, prints what they are told, and a way in."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator

from accounts.models import Contact, Role, Subject
from accounts.queries import particulars_of
from appeals import operations
from appeals.models import Case
from audit import keys
from delivery.models import Letter
from tests.journeys import cast
from tests.journeys.conftest import Visit
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.soak  # a story of one part; the stories of the whole run in every test


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_dispute_on_paper_and_a_letter_that_leads_in(language: str, visit: Visit, tmp_path: Path, clock: Any) -> None:
    cast.hold("cn-court-defaulters", ["2025-000123"], tmp_path, language=language)
    Contact.objects.all().delete()  # the court knew no address
    subject = Subject.objects.get()
    clerk = visit(language, name="7-on-paper", width=320)
    clerk.be(cast.official(Role.CASEWORKER, "cn-spc", language).actor)
    finds(clerk, subject)
    prints_a_way_in(clerk, subject, visit(language, name="8-letter", width=320))
    finds(clerk, subject)
    enters(clerk)
    posts(clerk)
    types_in_an_answer(clerk)


def finds(clerk: Visitor, subject: Subject) -> None:
    say = clerk.say
    clerk.open("/paper/")
    clerk.press(say("Find"))
    clerk.is_told_what_is_wrong(say("Enter the number"))
    clerk.page.get_by_label(say("Kind of number"), exact=True).select_option("cn-resident-id")
    number = keys.open_sealed(subject.pk, bytes(subject.identifiers.get().sealed)).decode()
    clerk.fill(say("Number"), number)
    clerk.press(say("Find"))
    clerk.reads(say("What does the paper dispute?"))


def enters(clerk: Visitor) -> None:
    say = clerk.say
    clerk.press(say("Continue"))
    clerk.is_told_what_is_wrong(say("Choose at least one entry or measure that you want to dispute."))
    clerk.page.get_by_label(say("The whole entry"), exact=True).first.check()
    clerk.press(say("Continue"))
    clerk.reads(say("What does the paper say?"))
    clerk.press(say("Enter the dispute"))
    clerk.is_told_what_is_wrong(say("Copy what they wrote"))
    ground(clerk).select_option("not_me")
    clerk.choose(say.pick(en="Ask us to look again", zh="请我们重新核查"))
    clerk.fill(say("In their own words"), "这不是我。")
    address = clerk.page.get_by_role("textbox", name=say("Address to which letters go"))
    address.fill("北京市东城区示例街5号")
    clerk.press(say("Enter the dispute"))
    clerk.sees(say("You entered this dispute from paper, so somebody else must decide."))


def ground(clerk: Visitor) -> Locator:
    return clerk.page.get_by_label(clerk.say("What is wrong with it, as they say it?"), exact=True)


def posts(clerk: Visitor) -> None:
    say = clerk.say
    clerk.follow(say("Letters to post"))
    clerk.sees(Case.objects.get().reference)
    card = clerk.page.locator(".redress-card").filter(has_text=Case.objects.get().reference)
    with clerk.downloading() as saved:
        card.get_by_role("button", name=say("Print")).click()
    assert saved["data"].startswith(b"%PDF")
    clerk.open("/letters/")
    card.get_by_role("button", name=say("It is posted")).click()
    clerk.look()
    clerk.sees(say("The letter is noted as posted."), say("On their way"))
    assert Letter.objects.filter(posted_on__isnull=False).count() == 1


def types_in_an_answer(clerk: Visitor) -> None:
    """Whoever decides asks by letter; the reply comes by letter, to somebody else's desk."""
    say, case, at = clerk.say, Case.objects.get(), timezone.now()
    decider = cast.official(Role.CASEWORKER, "cn-spc", "en").actor
    operations.take(case.pk, by=decider, at=at)
    operations.ask_to_complete(case.pk, words="请寄来收据的复印件。", by=decider, at=at)
    clerk.open(f"/casework/{case.reference}/")
    clerk.follow(say("Enter an answer that came on paper"))
    clerk.sees("请寄来收据的复印件。")
    clerk.press(say("Enter the answer"))
    clerk.is_told_what_is_wrong(say("Copy what they wrote"))
    clerk.fill(say("In their own words"), "收据在洪水里丢了。")
    clerk.press(say("Enter the answer"))
    clerk.sees(say("The answer is entered. The case goes on."), "收据在洪水里丢了。")


def prints_a_way_in(clerk: Visitor, subject: Subject, person: Visitor) -> None:
    import io

    from pypdf import PdfReader

    say = clerk.say
    with clerk.downloading() as saved:
        clerk.page.get_by_role("button", name=say("Print a letter with which they can sign in"), exact=True).click()
    text = PdfReader(io.BytesIO(saved["data"])).pages[0].extract_text()
    code = next(word for word in text.split() if word.count("-") == 2 and len(word) == 14)
    person.open("/sign-in/")
    person.follow(say("I have a letter with a code"))
    person.press(say("Sign in"))
    person.is_told_what_is_wrong(say("Enter the code from the letter"))
    person.fill(say("Code from the letter"), code.lower())
    born = particulars_of(subject.pk).birth_date
    assert born
    for label, number in ((say("Day"), born.day), (say("Month"), born.month), (say("Year"), born.year)):
        person.fill(label, str(number))
    person.press(say("Sign in"))
    person.reads(say("What is held about me"))
