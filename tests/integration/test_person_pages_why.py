"""Why a thing is wrong and what it should say; an entry that changed meanwhile is asked about again."""

import re

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.actors import SERVICE, Actor
from appeals import queries
from appeals.forms import wanted
from appeals.forms.person import LONGEST_WORDS
from appeals.models import Case
from appeals.operations import Target
from appeals.workflow import Status
from records import catalogue
from records import operations as records
from records.models import Record
from tests import factories
from tests.disputes import begun, complete, correct_meanwhile, page, step
from tests.factories import case_at, record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
LISTING = catalogue.programme("cn-court-defaulters").types["court_listing"]


@pytest.fixture
def record(person: Actor) -> Record:
    factories.organisation("cn-spc")
    return record_for(person, measures=("no_plane", "exit_ban"))


@pytest.fixture
def client(person: Actor, client_of: ClientOf) -> Client:
    return client_of(person)


def test_the_ground_then_the_words_then_the_next_thing(client: Client, person: Actor, record: Record) -> None:
    draft = begun(person, Target(record.pk, field="amount"), Target(record.pk))
    first, second = draft.items.order_by("pk")
    refused = client.post(step("why", draft, first.pk), {"seen": first.version_id})
    assert refused.status_code == 422
    assert "Choose the reason that fits best" in page(refused)
    on = client.post(step("why", draft, first.pk), {"seen": first.version_id, "ground": "inaccurate"})
    assert on.headers["Location"] == step("details", draft, first.pk)
    shown = page(client.get(step("details", draft, first.pk)))
    assert "It says: CN¥12,000.00" in shown
    assert "What should it say?" in shown
    on = client.post(step("details", draft, first.pk), {"wanted": "¥1,200", "words": "I paid 10,800.\r\nSee it."})
    assert on.headers["Location"] == step("why", draft, second.pk)
    said = queries.draft_items(draft)[0]
    assert (said.wanted, said.words) == ("1200.00", "I paid 10,800.\nSee it.")
    client.post(step("why", draft, second.pk), {"seen": second.version_id, "ground": "not_me"})
    assert "What should it say?" not in page(client.get(step("details", draft, second.pk)))
    on = client.post(step("details", draft, second.pk), {"words": "Not me."})
    assert on.headers["Location"] == step("evidence", draft)


def test_a_ground_that_the_procedure_does_not_offer_is_refused(client: Client, person: Actor, record: Record) -> None:
    draft = begun(person, Target(record.pk))
    [only] = draft.items.all()
    refused = client.post(step("why", draft, only.pk), {"seen": only.version_id, "ground": "cannot_pay"})
    assert refused.status_code == 422


def test_words_are_needed_and_have_an_end(client: Client, person: Actor, record: Record) -> None:
    draft = complete(person, Target(record.pk))
    [only] = draft.items.all()
    address = step("details", draft, only.pk)
    assert "Tell us in your own words what is wrong" in page(client.post(address, {"words": "  "}))
    long = client.post(address, {"words": "x" * (LONGEST_WORDS + 1)})
    assert long.status_code == 422
    assert "This is 1 character too long" in page(long)
    assert "x" * 100 in long.content.decode()
    assert client.post(address, {"words": "x\n" * (LONGEST_WORDS // 2)}).status_code == 302
    assert "Some characters cannot be read" in page(client.post(address, {"words": "a\u202eb"}))


def test_details_without_a_ground_go_back_to_the_ground(client: Client, person: Actor, record: Record) -> None:
    draft = begun(person, Target(record.pk))
    [only] = draft.items.all()
    response = client.get(step("details", draft, only.pk))
    assert response.headers["Location"] == step("why", draft, only.pk)


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("amount", "12,000", "12000.00"),
        ("amount", "¥ 0.5", "0.50"),
        ("amount", "１２", "12.00"),
        ("amount", "many", None),
        ("age", "41", "41"),
        ("age", "-1", None),
        ("court", "Other Court", "Other Court"),
        ("case_number", "（2025）样0101执1234号", "（2025）样0101执1234号"),
        ("case_number", "1234", None),
    ],
)
def test_what_it_should_say_fits_the_catalogue(name: str, typed: str, kept: str | None) -> None:
    text = wanted.normal(LISTING, name, typed)
    problem = wanted.problem(LISTING, name, text)
    assert bool(problem) == (kept is None), problem
    if kept is not None:
        assert text == kept


def test_inputs_fit_what_is_asked_for() -> None:
    face = catalogue.programme("cn-jaywalking").types["face_event"]
    line = catalogue.programme("us-credit-file").types["tradeline"]
    with translation.override("en"):
        kinds = {name: type(wanted.field(LISTING, name)).__name__ for name in ("filed_on", "performance", "amount")}
        assert kinds == {"filed_on": "DateField", "performance": "ChoiceField", "amount": "CharField"}
        assert wanted.field(line, "months") is None
        moment = wanted.field(face, "at")
        assert moment and moment.help_text == "The day and the time, as you know them"
        assert not wanted.problem(face, "at", "last Monday at noon")
        assert wanted.shown(face, "at", "last Monday at noon") == "last Monday at noon"
        assert wanted.shown(LISTING, "performance", "all") == "everything"


def test_a_day_is_asked_for_in_three_boxes_and_kept(client: Client, person: Actor, record: Record) -> None:
    draft = begun(person, Target(record.pk, field="filed_on"))
    [only] = draft.items.all()
    client.post(step("why", draft, only.pk), {"seen": only.version_id, "ground": "inaccurate"})
    day = {"wanted_day": "3", "wanted_month": "5", "wanted_year": "2026", "words": "Later."}
    assert client.post(step("details", draft, only.pk), day).status_code == 302
    assert queries.draft_items(draft)[0].wanted == "2026-05-03"
    again = client.get(step("details", draft, only.pk)).content.decode()
    assert re.search(r'name="wanted_year"[^>]*value="2026"|value="2026"[^>]*name="wanted_year"', again)


def test_an_entry_that_changed_is_shown_old_and_new_and_asked_again(
    client: Client, person: Actor, record: Record
) -> None:
    draft = complete(person, Target(record.pk, field="amount"))
    [only] = draft.items.all()
    old = only.version_id
    correct_meanwhile(record, "amount", "900.00")
    assert "It has changed: look again" in page(client.get(step("", draft)))
    shown = page(client.get(step("why", draft, only.pk)))
    assert "before: CN¥12,000.00; now: CN¥900.00" in shown
    assert client.get(step("check", draft)).status_code == 302
    # A page that was open before the change is not taken for an answer to the new value.
    stale = client.post(step("why", draft, only.pk), {"seen": old, "ground": "inaccurate"})
    assert stale.status_code == 409
    assert "has changed since you looked at it" in page(stale)
    sent = client.post(step("check", draft))
    assert sent.status_code == 409
    assert "This has changed since you looked at it." in page(sent)
    assert not Case.objects.filter(subject_id=record.subject_id).exists()
    new = client.get(step("why", draft, only.pk)).context["seen"]
    assert client.post(step("why", draft, only.pk), {"seen": new, "ground": "inaccurate"}).status_code == 302
    assert client.post(step("check", draft)).status_code == 302
    assert Case.objects.get(subject_id=record.subject_id).items.get().version_id == new


def test_words_sent_about_the_old_value_are_kept_and_asked_again(client: Client, person: Actor, record: Record) -> None:
    draft = complete(person, Target(record.pk, field="amount"))
    [only] = draft.items.all()
    correct_meanwhile(record, "amount", "900.00")
    response = client.post(step("details", draft, only.pk), {"words": "My new words.", "wanted": "1.00"})
    assert response.headers["Location"] == step("why", draft, only.pk)
    assert queries.draft_items(draft)[0].words == "My new words."
    assert queries.draft_items(draft, person)[0].moved


def test_an_entry_that_left_the_file_is_taken_out_of_the_dispute(client: Client, person: Actor, record: Record) -> None:
    stays = record_for(person)
    draft = complete(person, Target(record.pk), Target(stays.pk))
    gone = next(each for each in draft.items.all() if each.record_id == record.pk)
    other = case_at(Status.IN_REVIEW)
    records.delete(record.pk, case_id=other.pk, by=SERVICE, at=timezone.now())
    assert "No longer there" in page(client.get(step("", draft)))
    assert client.get(step("why", draft, gone.pk)).headers["Location"] == step("what", draft)
    assert client.post(step("check", draft)).status_code == 404
    shown = client.get(step("what", draft))
    assert list(shown.context["form"].fields) == [f"entry-{stays.pk}"]
    client.post(step("what", draft), {f"entry-{stays.pk}": ["whole"]})
    assert client.post(step("check", draft)).status_code == 302


def test_a_measure_that_ended_meanwhile_is_taken_out_too(client: Client, person: Actor, record: Record) -> None:
    measure = record.measures.get(type="exit_ban")
    draft = complete(person, Target(record.pk, measure_id=measure.pk), ground="no_legal_basis")
    records.lift(measure.pk, case_id=case_at(Status.IN_REVIEW).pk, by=SERVICE, at=timezone.now())
    [only] = draft.items.all()
    assert client.get(step("why", draft, only.pk)).headers["Location"] == step("what", draft)
    assert f"measure:{measure.pk}" not in client.get(step("what", draft)).content.decode()
