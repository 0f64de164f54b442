"""Writing a decision: every item with an outcome and reasons, errors at their fields, nothing lost."""

from typing import Any

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import Role
from appeals import operations
from appeals.errors import DecisionIncomplete
from appeals.models import Case, ItemOutcome
from appeals.queries import correction_of
from appeals.workflow import Status
from tests import factories
from tests.disputes import page
from tests.factories import AT, case_at, item, record_for
from tests.fixtures import ClientOf

pytestmark = pytest.mark.django_db
REASONS = "The court sent the record of another person."


@pytest.fixture
def client(client_of: ClientOf, caseworker: Actor) -> Client:
    return client_of(caseworker)


def at(case: Case) -> str:
    return f"/casework/{case.reference}/decide/"


def answers(*items: dict[str, str], then: str = "save") -> dict[str, str]:
    """What a browser sends: one group of boxes an item."""
    sent = {"then": then}
    for number, item_ in enumerate(items):
        sent |= {f"form-{number}-{name}": value for name, value in item_.items()}
    return sent


def upheld(**more: str) -> dict[str, str]:
    return {"outcome": "upheld", "remedy": "detach", "reasons": REASONS, **more}


def said(case: Case) -> list[Any]:
    rows = ItemOutcome.objects.filter(case=case).order_by("item__number").select_related("item")
    return [correction_of(row) for row in rows]


@pytest.fixture
def case(person: Actor, caseworker: Actor) -> Case:
    """Three items: one field, a whole entry, a measure."""
    field = item(record_for(person), ground="inaccurate", field="amount", wanted="1200.00")
    whole = item(record_for(person), ground="inaccurate")
    measure = item(record_for(person), ground="cannot_pay", measure="no_plane")
    return case_at(Status.IN_REVIEW, person=person, caseworker=caseworker, items=[field, whole, measure])


@pytest.fixture
def one(person: Actor, caseworker: Actor) -> Case:
    return case_at(Status.IN_REVIEW, person=person, caseworker=caseworker)


# --- what is offered ------------------------------------------------------------------------------


def offered(client: Client, case: Case) -> list[dict[str, str]]:
    """The hint of each remedy, item by item."""
    fields = [form.fields["remedy"] for _item, form in client.get(at(case)).context["pairs"]]
    return [{code: str(field.widget.hints.get(code, "")) for code, _words in field.choices} for field in fields]


def test_remedies_are_those_that_the_procedure_opens(client: Client, case: Case) -> None:
    only_rejected = {"nothing": "Only for what is rejected."}
    not_unverified = "Not for what cannot be verified."
    assert offered(client, case) == [
        {"correct": not_unverified, "delete": "", **only_rejected},
        {"correct": not_unverified, "delete": "", **only_rejected},
        {"lift": "", **only_rejected},
    ]


def test_only_what_can_be_corrected_has_boxes_for_it(client: Client, case: Case) -> None:
    fields = [set(form.fields) for _item, form in client.get(at(case)).context["pairs"]]
    always = {"outcome", "remedy", "reasons"}
    assert fields == [always | {"value"}, always | {"field", "value"}, always]


def test_the_boxes_say_who_reads_and_in_which_language(client: Client, person: Actor, caseworker: Actor) -> None:
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker, language="zh-hans")
    assert "The person reads these words as you write them. Write in: 简体中文." in page(client.get(at(case)))


def test_a_whole_entry_offers_its_fields_with_what_they_say_now(client: Client, case: Case) -> None:
    form = client.get(at(case)).context["pairs"][1][1]
    choices = {str(code): str(words) for code, words in form.fields["field"].choices}
    assert choices["amount"] == "Amount (now: 12000.00)"
    assert choices["performance"] == "What has been done (now: nothing)"


# --- saving ---------------------------------------------------------------------------------------


def test_half_a_draft_is_kept_as_it_was_filled_in_and_counts_for_nothing(
    client: Client, caseworker: Actor, case: Case
) -> None:
    sent = answers(
        {"outcome": "partly_upheld", "remedy": "correct", "value": "1,2", "reasons": ""},
        {"reasons": "I will ask the court first."},
        {},
    )
    answer = client.post(at(case), sent, follow=True)
    assert "The draft is saved as far as it goes. Not every item has a complete answer yet." in page(answer)
    forms = [form for _item, form in client.get(at(case)).context["pairs"]]
    assert [form["reasons"].value() or "" for form in forms] == ["", "I will ask the court first.", ""]
    assert (forms[0]["outcome"].value(), forms[0]["value"].value()) == ("partly_upheld", "1,2")
    assert not ItemOutcome.objects.filter(case=case).exists()
    with pytest.raises(DecisionIncomplete):
        operations.submit(case.pk, by=caseworker, at=AT)


def test_what_was_complete_before_is_not_handed_over_under_half_a_draft(
    client: Client, caseworker: Actor, one: Case
) -> None:
    client.post(at(one), answers(upheld()))
    client.post(at(one), answers({"outcome": "rejected", "remedy": "nothing", "reasons": " "}))
    with pytest.raises(DecisionIncomplete):
        operations.submit(one.pk, by=caseworker, at=AT)
    assert client.get(at(one)).context["pairs"][0][1]["outcome"].value() == "rejected"
    client.post(at(one), answers(upheld(), then="submit"))
    one.refresh_from_db()
    assert one.status == Status.AWAITING_APPROVAL
    assert [each.outcome for each in said(one)] == ["upheld"]


def test_a_draft_is_kept_and_loaded_again(client: Client, case: Case) -> None:
    sent = answers(
        {"outcome": "partly_upheld", "remedy": "correct", "value": "1,200", "reasons": REASONS},
        {"outcome": "upheld", "remedy": "correct", "field": "performance", "value": "a part", "reasons": "Half of it."},
        {"outcome": "rejected", "remedy": "nothing", "reasons": "You can pay."},
    )
    answer = client.post(at(case), sent, follow=True)
    assert "The draft is saved." in page(answer)
    case.refresh_from_db()
    assert case.status == Status.IN_REVIEW
    assert [(each.outcome, each.remedy, each.field, each.value) for each in said(case)] == [
        ("partly_upheld", "correct", "amount", "1200.00"),
        ("upheld", "correct", "performance", "part"),
        ("rejected", "", "", None),
    ]
    forms = [form for _item, form in client.get(at(case)).context["pairs"]]
    assert [form.initial["value"] for form in forms] == ["1200.00", "a part", ""]
    assert [form.initial["remedy"] for form in forms] == ["correct", "correct", "nothing"]
    html = client.get(at(case)).content.decode()
    assert "Half of it." in html and 'value="1200.00"' in html
    assert client.post(at(case), sent).status_code == 302, "saving it again is the same draft"
    assert ItemOutcome.objects.filter(case=case).count() == 3


def test_a_draft_goes_to_a_second_person(client: Client, one: Case) -> None:
    answer = client.post(at(one), answers(upheld(), then="submit"), follow=True)
    assert "The draft is with a second person now." in page(answer)
    one.refresh_from_db()
    assert one.status == Status.AWAITING_APPROVAL


def test_where_one_person_decides_the_case_is_decided_at_once(client_of: ClientOf, person: Actor) -> None:
    officer = factories.staff(Role.CASEWORKER, "us-credit-agency")
    record = record_for(person, "us-credit-file", "tradeline")
    case = case_at(
        Status.IN_REVIEW,
        person=person,
        caseworker=officer,
        items=[item(record)],
        programme="us-credit-file",
        procedure="us-fcra-cra-dispute",
    )
    client = client_of(officer)
    text = page(client.get(at(case)))
    assert "your decision counts as soon as you make it" in text and "Send for approval" not in text
    answer = client.post(at(case), answers(upheld(remedy="delete"), then="decide"), follow=True)
    assert "The case is decided." in page(answer)
    case.refresh_from_db()
    assert case.status == Status.DECIDED


def test_deciding_alone_is_refused_where_a_second_person_is_needed(client: Client, one: Case) -> None:
    answer = client.post(at(one), answers(upheld(), then="decide"))
    assert answer.status_code == 409
    assert "a second person must approve the decision" in page(answer)
    one.refresh_from_db()
    assert one.status == Status.IN_REVIEW
    assert not ItemOutcome.objects.filter(case=one).exists(), "the draft went with the refusal, all or nothing"


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("filed_on", {"value_day": "3", "value_month": "2", "value_year": "2025"}, "2025-02-03"),
        ("conduct", {"value": "hidden_assets"}, "hidden_assets"),
        ("case_number", {"value": "（2025）样0101执99号"}, "(2025)样0101执99号"),
        ("amount", {"value": "¥1,200.5"}, "1200.50"),
    ],
)
def test_values_are_taken_as_people_write_them(
    client: Client, person: Actor, caseworker: Actor, field: str, typed: dict[str, str], stored: str
) -> None:
    disputed = item(record_for(person), ground="inaccurate", field=field)
    case = case_at(Status.IN_REVIEW, person=person, caseworker=caseworker, items=[disputed])
    sent = {"outcome": "upheld", "remedy": "correct", "reasons": REASONS, **typed}
    assert client.post(at(case), answers(sent)).status_code == 302
    assert said(case)[0].value == stored
    assert client.get(at(case)).status_code == 200


# --- mistakes -------------------------------------------------------------------------------------


def errors(answer: Any) -> dict[tuple[int, str], list[str]]:
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "data-error-summary" in html and "<title>Error: " in html
    forms = [form for _item, form in answer.context["pairs"]]
    return {(number, name): list(told) for number, form in enumerate(forms, 1) for name, told in form.errors.items()}


def test_every_item_needs_an_outcome_and_reasons(client: Client, case: Case) -> None:
    sent = answers({}, {"outcome": "rejected", "remedy": "nothing"}, {"reasons": REASONS}, then="submit")
    answer = client.post(at(case), sent)
    assert errors(answer) == {
        (1, "outcome"): ["Choose an outcome for this item."],
        (2, "reasons"): ["Give the reasons for this item."],
        (3, "outcome"): ["Choose an outcome for this item."],
    }
    html = answer.content.decode()
    assert 'href="#id_form-0-outcome_0"' in html and 'href="#id_form-1-reasons"' in html
    assert REASONS in html, "what was written is still there"
    assert not ItemOutcome.objects.filter(case=case).exists()


def test_outcome_and_remedy_must_fit(client: Client, case: Case) -> None:
    sent = answers(
        {"outcome": "upheld", "remedy": "nothing", "reasons": REASONS},
        {"outcome": "rejected", "remedy": "delete", "reasons": REASONS},
        {"outcome": "unverifiable", "reasons": REASONS},
        then="submit",
    )
    assert errors(client.post(at(case), sent)) == {
        (1, "remedy"): ["Choose what will be done."],
        (2, "remedy"): ["An item that is rejected has no remedy."],
        (3, "remedy"): ["Choose what will be done."],
    }


def test_what_cannot_be_verified_has_its_own_remedy(client: Client, case: Case) -> None:
    def unverifiable(*remedies: str) -> dict[str, str]:
        each_answer = ({"outcome": "unverifiable", "remedy": each, "reasons": REASONS} for each in remedies)
        return answers(*each_answer, then="submit")

    assert errors(client.post(at(case), unverifiable("correct", "delete", "lift"))) == {
        (1, "remedy"): ["Choose what will be done."]
    }
    assert client.post(at(case), unverifiable("delete", "delete", "lift")).status_code == 302


def test_a_correction_needs_its_field_and_a_value_that_fits(client: Client, case: Case) -> None:
    correct = {"outcome": "upheld", "remedy": "correct", "reasons": REASONS}
    lift = {"outcome": "upheld", "remedy": "lift", "reasons": REASONS}
    sent = answers({**correct, "value": "a lot"}, correct, lift, then="submit")
    answer = client.post(at(case), sent)
    assert errors(answer) == {
        (1, "value"): ["Write an amount with two decimals, such as 120.00."],
        (2, "field"): ["Choose the field that will be corrected."],
    }
    assert 'value="a lot"' in answer.content.decode()
    sent = answers(
        {**correct, "value": "5.00"}, {**correct, "field": "filed_on", "value": "tomorrow"}, lift, then="submit"
    )
    assert set(errors(client.post(at(case), sent))) == {(2, "value")}


def test_a_remedy_that_is_not_offered_is_refused(client: Client, one: Case) -> None:
    assert set(errors(client.post(at(one), answers(upheld(remedy="lift"), then="submit")))) == {(1, "remedy")}


def test_a_form_without_its_items_is_not_complete(client: Client, case: Case) -> None:
    assert len(errors(client.post(at(case), {"then": "submit"}))) == 3
    assert errors(client.post(at(case), answers(upheld(remedy="delete"), then="submit"))).keys() == {
        (2, "outcome"),
        (3, "outcome"),
    }


def test_reasons_have_a_bound(client: Client, one: Case) -> None:
    assert set(errors(client.post(at(one), answers(upheld(reasons="x" * 10_001), then="submit")))) == {(1, "reasons")}


# --- who, and when --------------------------------------------------------------------------------


def test_a_draft_that_was_sent_back_shows_why(
    client: Client, person: Actor, caseworker: Actor, supervisor: Actor
) -> None:
    case = case_at(Status.AWAITING_APPROVAL, person=person, caseworker=caseworker)
    operations.send_back(case.pk, reason="请说明证据。", by=supervisor, at=AT)
    html = client.get(at(case)).content.decode()
    assert "The draft was sent back" in html
    assert '<p class="redress-words" lang="zh-Hans">请说明证据。</p>' in html
    assert REASONS in html


def test_only_whoever_has_the_case_writes(
    client_of: ClientOf, one: Case, other_caseworker: Actor, supervisor: Actor, other_person: Actor
) -> None:
    for actor in (other_caseworker, supervisor):
        client = client_of(actor)
        for answer in (client.get(at(one)), client.post(at(one), answers(upheld()))):
            assert answer.status_code == 409 and "Somebody else has this case." in page(answer)
    assert client_of(other_person).post(at(one), answers(upheld())).status_code == 403
    assert not ItemOutcome.objects.filter(case=one).exists()


def test_sent_twice_it_is_told_that_it_was_done(client: Client, one: Case, caseworker: Actor) -> None:
    sent = answers(upheld(), then="submit")
    assert client.post(at(one), sent).status_code == 302
    answer = client.post(at(one), sent)
    assert answer.status_code == 409
    text = page(answer)
    assert "The answer was written and went to a second person" in text
    assert f"Caseworker no. {caseworker.seats[0].number} (you)" in text
    assert "Waiting for a second person" in text


def test_a_case_that_nobody_has_taken_cannot_be_written_to(client: Client) -> None:
    case = case_at(Status.FILED)
    answer = client.get(at(case))
    assert answer.status_code == 409
    text = page(answer)
    assert "The dispute was sent" in text and "Nothing of what you sent was kept." not in text
