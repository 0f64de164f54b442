"""The whole life of one dispute, as everybody in it sees it, in each language."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect
from pypdf import PdfReader

from accounts.models import Role
from tests.journeys import acts, cast
from tests.journeys.cast import WANG
from tests.journeys.conftest import Visit
from tests.journeys.visitor import Visitor

COURT = "cn-court-defaulters"
HOLDER = "cn-spc"
WIDTHS = {"en": 1280, "zh-hans": 320}  # each language on another device


@pytest.fixture(params=["en", pytest.param("zh-hans", marks=pytest.mark.soak)])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def receipt() -> FilePayload:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(made, "PNG")
    return {"name": "receipt.png", "mimeType": "image/png", "buffer": made.getvalue()}


@pytest.fixture
def letter() -> FilePayload:
    made = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(made)
    return {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": made.getvalue()}


REFUSED: FilePayload = {
    "name": "holiday.gif",
    "mimeType": "image/gif",
    "buffer": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
}


def test_the_whole_dispute(
    language: str, visit: Visit, tmp_path: Path, clock: Any, receipt: FilePayload, letter: FilePayload
) -> None:
    caseworker, clerk = (cast.official(Role.CASEWORKER, HOLDER, language) for _ in range(2))
    supervisor = cast.official(Role.SUPERVISOR, HOLDER, language)
    cast.hold(COURT, ["2025-000123"], tmp_path, language=language, by=clerk.actor)

    person = visit(language, name="1-person", width=WIDTHS[language])
    comes_in_with_a_wrong_code_first(person)
    looks_at_what_is_held(person)
    chooses_two_facts(person)
    says_why_and_what_it_should_be(person)
    hands_in(person, receipt, letter)
    reference = checks_changes_and_sends(person)

    kept_out = visit(language, name="2-clerk")
    acts.sign_in_as_official(kept_out, clerk)
    is_told_why_somebody_else_must_decide(kept_out, reference)

    desk = visit(language, name="3-caseworker", width=WIDTHS[language])
    acts.sign_in_as_official(desk, caseworker)
    finds_the_case_by_filter(desk, reference)
    acts.take(desk, reference)
    reads_the_evidence(desk)
    decides_with_mistakes_first(desk)

    second = visit(language, name="4-supervisor", width=WIDTHS[language])
    acts.sign_in_as_official(second, supervisor)
    sends_the_draft_back(second, reference)
    mends_the_draft(desk, reference)
    approves(second, reference)
    acts.let_the_worker_work()

    reads_the_decision(person, reference)
    clock.shift(timedelta(hours=1))
    was_away_for_a_while(person)
    clock.shift(timedelta(days=90))
    acts.let_the_worker_work()
    comes_back_to_the_closed_case(person, reference)


def comes_in_with_a_wrong_code_first(person: Visitor) -> None:
    say = person.say
    person.open("/")
    person.follow(say("Sign in to see what is held about you"))
    person.press(say("Send me a code"))
    person.is_told_what_is_wrong(say("Enter your e-mail address"))
    acts.ask_for_code(person, WANG)
    code = acts.code_from_mail(WANG)
    acts.enter(person, "0000 0000" if code != "0000 0000" else "0000 0001", WANG.birth_date)
    person.sees(say("This does not fit together. Check the code and the other answer, and try again."))
    acts.enter(person, code, WANG.birth_date)
    person.reads(say("What is held about me"))


def looks_at_what_is_held(person: Visitor) -> None:
    say = person.say
    person.sees(say("Speaks against you"), say.pick(en="No planes", zh="不得乘坐飞机"))
    person.follow(say.pick(en="Listing as a judgment defaulter", zh="失信被执行人"))
    person.sees("(2025)样0101执1234号", say("Who received it"), say("Who looked at it"))
    person.follow(say("Dispute this"))


def chooses_two_facts(person: Visitor) -> None:
    say = person.say
    person.press(say("Continue"))
    person.is_told_what_is_wrong(say("Choose at least one entry or measure that you want to dispute."))
    person.choose(amount(person))
    person.choose(done(person))
    person.press(say("Continue"))
    person.reads(say("Which procedure do you want to use?"))
    person.press(say("Continue"))
    person.is_told_what_is_wrong(say("Choose a procedure"))
    person.choose(say.pick(en="Ask us to look again", zh="请我们重新核查"))
    person.press(say("Continue"))


def amount(visitor: Visitor) -> str:
    return visitor.say.pick(en="Amount", zh="金额")


def done(visitor: Visitor) -> str:
    return visitor.say.pick(en="What has been done", zh="履行情况")


def says_why_and_what_it_should_be(person: Visitor) -> None:
    say = person.say
    wrong = say.pick(en="It is wrong", zh="内容有错")
    person.press(say("Continue"))
    person.is_told_what_is_wrong(say("Choose the reason that fits best"))
    person.choose(wrong)
    person.press(say("Continue"))
    person.fill(optional(person), "1,200")
    person.press(say("Continue"))
    person.is_told_what_is_wrong(say("Tell us in your own words what is wrong"))
    person.fill(say("Tell us in your own words"), say.pick(en="I owe 1,200 yuan.", zh="我只欠1200元。"))
    person.press(say("Continue"))
    person.choose(wrong)
    person.press(say("Continue"))
    person.choose(say.pick(en="everything", zh="全部履行"))
    person.fill(say("Tell us in your own words"), say.pick(en="I have paid all of it.", zh="我已经全部付清。"))
    person.press(say("Continue"))


def optional(visitor: Visitor) -> str:
    return f"{visitor.say('What should it say?')} {visitor.say('(optional)')}"


def hands_in(person: Visitor, *files: FilePayload) -> None:
    say = person.say
    person.press(say("Add this file"))
    person.is_told_what_is_wrong(say("Choose a file first"))
    for file in (*files, REFUSED):
        person.page.get_by_label(say("Choose a file"), exact=True).set_input_files(file)
        person.press(say("Add this file"))
        if file is not REFUSED:
            person.sees(say("“%(name)s” was added.", name=file["name"]))
    person.page.locator("[data-error-summary]").wait_for()
    person.sees("holiday.gif")
    person.press(f"{say('Remove')} letter.pdf")
    person.sees(say("The file was removed."))
    person.page.get_by_label(say("Choose a file"), exact=True).set_input_files(files[-1])
    person.press(say("Add this file"))
    person.follow(say("Continue"))


def checks_changes_and_sends(person: Visitor) -> str:
    say = person.say
    person.reads(say("Check your answers, then send"))
    person.page.go_back()
    person.reads(say("Do you have anything that shows it?"))
    person.page.go_forward()
    person.reads(say("Check your answers, then send"))
    person.look()
    amount_card = person.page.locator(".govuk-summary-card").first
    person.follow(say("In your own words"), within=amount_card, exact=False)
    person.fill(say("Tell us in your own words"), better_words(person))
    person.press(say("Continue"))
    person.follow(say("Continue"))
    person.sees(better_words(person), "receipt.png", "letter.pdf")
    reference = acts.send(person)
    person.follow(say("See your case"))
    person.reads(say("Case %(reference)s", reference=reference))
    person.sees(better_words(person), say("The dispute was sent"))
    return reference


def better_words(visitor: Visitor) -> str:
    return visitor.say.pick(
        en="I owe 1,200 yuan. The receipt shows what I paid.", zh="我只欠1200元，收据上写着我已经付了多少。"
    )


def is_told_why_somebody_else_must_decide(clerk: Visitor, reference: str) -> None:
    say = clerk.say
    acts.open_case(clerk, reference)
    button = clerk.page.get_by_role("button", name=say("Take this case"), exact=True)
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(
        say("You entered or imported this data, so somebody else must decide.")
    )


def finds_the_case_by_filter(desk: Visitor, reference: str) -> None:
    say = desk.say
    desk.sees(reference)
    filters = desk.page.locator(".redress-filter")
    filters.get_by_label(say("Programme")).select_option("us-credit-file")
    desk.press(say("Show"))
    desk.sees(say("No case fits these filters."))
    desk.follow(say("Clear all filters"))
    filters.get_by_label(say("Programme")).select_option(COURT)
    filters.get_by_label(say("Language")).select_option(say.language)
    filters.get_by_label(say("Waiting for")).select_option("holder")
    desk.press(say("Show"))
    desk.sees(reference)


def reads_the_evidence(desk: Visitor) -> None:
    with desk.downloading() as saved:
        desk.page.get_by_role("link", name="letter.pdf").click()
    assert saved["name"] == "letter.pdf" and saved["data"].startswith(b"%PDF")


def decides_with_mistakes_first(desk: Visitor) -> None:
    say = desk.say
    desk.follow(say("Write the decision"))
    desk.press(say("Send for approval"))
    desk.is_told_what_is_wrong(say("Choose an outcome for this item."))
    right = {"outcome": say("The person is right"), "remedy": say("Correct the value"), "value": "1200.00"}
    acts.answer(desk, 1, **right, reasons="")
    acts.answer(desk, 2, outcome=say("Rejected: it stays as it is"), remedy=say("Nothing"), reasons=not_shown(desk))
    desk.press(say("Send for approval"))
    desk.is_told_what_is_wrong(say("Give the reasons for this item."))
    desk.page.keyboard.type(say.pick(en="The receipt shows it.", zh="收据可以证明。"))
    desk.press(say("Save the draft"))
    desk.sees(say("The draft is saved."))
    desk.follow(say("Write the decision"))
    desk.press(say("Send for approval"))
    desk.sees(say("The draft is with a second person now."))


def not_shown(visitor: Visitor) -> str:
    return visitor.say.pick(en="The receipt shows a part only.", zh="收据只能证明付了一部分。")


def sends_the_draft_back(second: Visitor, reference: str) -> None:
    say = second.say
    acts.open_case(second, reference)
    second.follow(say("Check the draft"))
    second.sees(not_shown(second), say("Correct the value"))
    second.press(say("Send back"))
    second.is_told_what_is_wrong(say("Write a reason."))
    second.fill(say("Why it goes back to its caseworker"), what_is_missing(second))
    second.press(say("Send back"))
    second.sees(say("The draft went back to its caseworker, with your reasons."))


def what_is_missing(visitor: Visitor) -> str:
    return visitor.say.pick(en="Say which part is still to pay.", zh="请写明还有哪一部分没有履行。")


def mends_the_draft(desk: Visitor, reference: str) -> None:
    say = desk.say
    acts.open_case(desk, reference)
    desk.sees(say("The draft was sent back"), what_is_missing(desk))
    desk.follow(say("Write the decision"))
    desk.page.locator("section[aria-labelledby=item-2]").get_by_label(say("Reasons")).fill(in_full(desk))
    desk.press(say("Send for approval"))
    desk.sees(say("The draft is with a second person now."))


def in_full(visitor: Visitor) -> str:
    return visitor.say.pick(en="200 yuan are still to pay.", zh="还有200元没有支付。")


def approves(second: Visitor, reference: str) -> None:
    say = second.say
    acts.open_case(second, reference)
    second.follow(say("Check the draft"))
    second.sees(in_full(second))
    second.press(say("Approve this decision"))
    second.sees(say("The case is decided. The person has been told that the decision is there."))


def reads_the_decision(person: Visitor, reference: str) -> None:
    say = person.say
    person.page.get_by_role("link", name=say("Messages")).click()
    person.look()
    person.follow(say("Read the decision"), exact=False)
    expect(person.page.locator("h1")).to_contain_text(reference)
    person.sees(in_full(person), say("If you do not agree"))
    with person.downloading() as saved:
        person.page.get_by_role("link", name=say("Save this decision as a letter (PDF)")).click()
    pages = PdfReader(io.BytesIO(saved["data"])).pages
    assert reference in "".join(page.extract_text() for page in pages)
    person.follow(say("What is held about me"))
    person.follow(say.pick(en="Listing as a judgment defaulter", zh="失信被执行人"))
    person.sees(say.pick(en="CN¥1,200.00", zh="¥1,200.00"), say("It was corrected after a dispute"))


def was_away_for_a_while(person: Visitor) -> None:
    person.open("/cases/")
    person.sees(
        person.say(
            "You were signed out because you had not opened a page for a while. What you had saved is still there."
        )
    )


def comes_back_to_the_closed_case(person: Visitor, reference: str) -> None:
    say = person.say
    person.open("/cases/")
    acts.ask_for_code(person, WANG)
    acts.enter(person, acts.code_from_mail(WANG), WANG.birth_date)
    person.reads(say("My cases"))
    person.follow(reference)
    person.sees(say("The case was closed"), say("The decision reached you"), say("The dispute was sent"))
