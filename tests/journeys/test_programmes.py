"""The other two programmes, shortly: a face that a camera took for somebody else's, and a bill in a credit file."""

from pathlib import Path

import pytest

from accounts.models import Role
from records.models import Record
from tests import factories
from tests.journeys import acts, cast
from tests.journeys.conftest import Visit
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.soak  # a story of one part; the stories of the whole run in every test


def disputes_all_of_it(person: Visitor, title: str, *, ground: str, words: str, procedure: str = "") -> str:
    """From the list of what is held to the confirmation; returns the reference."""
    say = person.say
    person.open("/held/")
    person.follow(title, within=person.page.locator(".redress-card__title"))
    person.follow(say("Dispute this"))
    person.choose(say("The whole entry"))
    person.press(say("Continue"))
    person.choose(ground)
    person.press(say("Continue"))
    person.fill(say("Tell us in your own words"), words)
    person.press(say("Continue"))
    person.follow(say("Continue without a file"))
    return acts.send(person)


def test_a_camera_took_somebody_else_for_me(visit: Visit, tmp_path: Path) -> None:
    police = "cn-city-traffic-police"
    caseworker, supervisor = (cast.official(role, police, "zh-hans") for role in (Role.CASEWORKER, Role.SUPERVISOR))
    cast.hold("cn-jaywalking", ["2025-000701", "2025-000702"], tmp_path, language="zh-hans")
    person = visit("zh-hans", name="7-jaywalking")
    person.be(factories.person(Record.objects.earliest("pk").subject))
    reference = disputes_all_of_it(person, "人脸抓拍", ground="这不是我", words="当时我在上班，照片里的人不是我。")

    desk = visit("zh-hans", name="8-police")
    desk.be(caseworker.actor)
    desk.open("/casework/")
    acts.take(desk, reference)
    desk.follow(desk.say("Write the decision"))
    acts.answer(
        desk,
        1,
        outcome=desk.say("The person is right"),
        remedy=desk.say("Take the entry out of this file: it is about somebody else"),
        reasons="两张照片里的人不是同一个人。",
    )
    desk.press(desk.say("Send for approval"))
    second = visit("zh-hans", name="9-police-supervisor")
    second.be(supervisor.actor)
    second.open("/casework/")
    acts.open_case(second, reference)
    second.follow(second.say("Check the draft"))
    second.press(second.say("Approve this decision"))
    acts.let_the_worker_work()

    person.open(f"/cases/{reference}/decision/")
    person.sees("两张照片里的人不是同一个人。")
    person.open("/held/")
    person.does_not_see("人脸抓拍")
    person.sees("行人交通处罚")


def test_a_paid_bill_leaves_a_credit_file_and_one_person_decides(visit: Visit, tmp_path: Path) -> None:
    caseworker = cast.official(Role.CASEWORKER, "us-credit-agency", "en")
    cast.hold("us-credit-file", ["2025-000480"], tmp_path, language="en")
    person = visit("en", name="10-credit-file")
    person.be(factories.person(Record.objects.get().subject))
    reference = disputes_all_of_it(
        person, "Collection", ground="I have already put it right", words="I paid this bill in 2022."
    )

    desk = visit("en", name="11-bureau")
    desk.be(caseworker.actor)
    desk.open("/casework/")
    acts.take(desk, reference)
    desk.follow("Write the decision")
    desk.sees("Under this procedure your decision counts as soon as you make it.")
    acts.answer(desk, 1, outcome="The person is right", remedy="Delete the entry", reasons="The bill is paid.")
    desk.press("Decide")
    desk.sees("The case is decided.")
    acts.let_the_worker_work()

    person.open(f"/cases/{reference}/decision/")
    person.sees("The bill is paid.", "The consumer protection bureau")
    person.open("/held/")
    person.sees("Nothing is held about you here.")
