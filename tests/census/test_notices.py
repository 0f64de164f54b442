"""What a procedure file says that a decision has to contain stands on its page and in its letter."""

import pytest
from django.test import Client

from accounts.actors import Actor
from appeals import letters, queries
from appeals.letter_of import letter_of
from appeals.models import Case, Outcome
from appeals.workflow import Status
from law import procedures
from tests import factories
from tests.disputes import page
from tests.factories import AT
from tests.fixtures import client_for
from tests.unit.test_letters import text_of

# By the word of the file: what one reads there. The reasons are those of `factories.answers_to`.
SAYS = {
    "reference": "RD-",
    "outcome": "It stays as it is",
    "reasons": "The court sent the record of another person.",
    "evidence_used": "sent nothing during the case",
    "who_decided": "no.",
    "remedies": "The entry is deleted from your file.",
    "recipients_told": "Whoever received it and follows its changes is told too.",
    "measures_resume_on": "may start again",
    "next_tier": "If you do not agree",
    "authority_right": "After that:",
    "court_right": "After that:",
    "statement_right": "you may add a statement in your own words",
}
# What no decision says yet: the file in its new form, the source's address, the part of a machine.
NOT_SAID = {"revised_report", "source_contact", "source_of_data", "main_elements", "automated_role"}
IN_THE_LETTER_OTHERWISE = {"who_decided": "Number", "measures_resume_on": "stays stopped"}


def test_every_content_of_a_decision_is_said_or_named_as_missing() -> None:
    wanted = {
        word
        for each in procedures.procedures().values()
        for name, notice in each.notices.items()
        if name == "decided"
        for word in notice.contains
    }
    assert wanted == SAYS.keys() | NOT_SAID


def decided(person: Actor, programme: str, procedure: str, type_: str, measure: str) -> Case:
    """Two entries: one is deleted, the other stays as it is."""
    resting = (measure,) if measure else ()
    items = [factories.item(factories.record_for(person, programme, type_, resting)) for _ in range(2)]
    answers = [{"remedy": "delete"}, {"outcome": Outcome.REJECTED, "remedy": ""}]
    return factories.case_at(
        Status.DECIDED, person=person, items=items, answers=answers, programme=programme, procedure=procedure
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("programme", "procedure", "type_", "measure"),
    [
        ("cn-court-defaulters", "redress-model", "court_listing", "no_plane"),
        ("us-credit-file", "us-fcra-cra-dispute", "tradeline", ""),
    ],
)
def test_a_decision_says_what_its_procedure_wants_said(
    programme: str, procedure: str, type_: str, measure: str
) -> None:
    person = factories.person()
    case = decided(person, programme, procedure, type_, measure)
    client: Client = client_for(person)
    wanted = [word for word in queries.procedure_of(case).notices["decided"].contains if word in SAYS]
    letter = text_of(letters.render(letter_of(case, by=person, at=AT)))
    for word in wanted:
        assert IN_THE_LETTER_OTHERWISE.get(word, SAYS[word]) in letter, word
    shown = page(client.get(f"/cases/{case.reference}/decision/"))
    for word in wanted:
        assert SAYS[word] in shown, word
