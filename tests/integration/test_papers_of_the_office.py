"""What the office sees of required papers: in the queue, and beside what a second person agrees to."""

from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Organisation
from appeals import operations, queries
from appeals.models import Case, Outcome
from appeals.operations import NewEvidence, Papers
from appeals.queries import Presence, QueueFilter
from appeals.workflow import Status
from tests import factories
from tests.disputes import page
from tests.factories import AT, case_at, item, record_for
from tests.fixtures import ClientOf
from tests.laws import with_papers

pytestmark = pytest.mark.django_db
ALWAYS = {"id": "promise", "text": {"en": "A promise in writing", "zh": "信用承诺书"}}
SERIOUS = {"id": "proof", "text": {"en": "Proof of payment", "zh": "缴纳证明"}, "needed_for": ["serious"]}
MINOR = {"id": "training", "text": {"en": "A training certificate", "zh": "培训证明"}, "needed_for": ["minor"]}
REPAIR = {"id": "form", "text": {"en": "A form", "zh": "表格"}, "needed_for": ["delete"]}
WISH = {"id": "wish", "text": {"en": "A letter of praise", "zh": "表扬信"}, "evidence": "reported"}
SAID = {"id": "words", "text": {"en": "Your reasons", "zh": "理由"}, "given_by": "words"}


def filed(person: Actor, *attached: str, ground: str = "inaccurate", **without: str) -> Case:
    evidence = [NewEvidence.of("paper.txt", b"Here it is.", each) for each in attached]
    return operations.file(
        procedure_id="redress-model",
        items=[item(record_for(person), ground=ground)],
        language="en",
        by=person,
        at=AT,
        evidence=evidence,
        papers=Papers(without=without),
    )


@pytest.mark.parametrize(
    "papers", [(ALWAYS,), (SERIOUS,), (MINOR,), (ALWAYS, SERIOUS), (REPAIR,), (WISH,), (SAID,), ()], ids=str
)
def test_the_queue_marks_the_cases_of_which_a_paper_is_missing(
    monkeypatch: pytest.MonkeyPatch,
    client_of: ClientOf,
    holder: Organisation,
    caseworker: Actor,
    papers: tuple[dict[str, Any], ...],
) -> None:
    with_papers(monkeypatch, *papers)
    asked = {each["id"] for each in papers if each in (ALWAYS, SERIOUS)}
    cases = [filed(factories.person(), ground=ground) for ground in ("inaccurate", "not_me")]
    cases.append(filed(factories.person(), *asked))
    cases.append(filed(factories.person(), **dict.fromkeys(asked, "It was burnt.")))
    incomplete = {each.pk for each in cases if any(paper.is_incomplete for paper in queries.required_of(each))}
    assert queries.lacking_papers(cases) == incomplete
    wanted = QueueFilter(lacks_papers=True)
    assert {each.pk for each in queries.queue(caseworker, wanted, at=AT)} == incomplete
    shown = client_of(caseworker).get("/casework/?lacks_papers=on")
    assert {row.case.pk for row in shown.context["rows"]} == incomplete
    assert page(shown).count("Papers are missing") == len(incomplete)


def test_who_approves_sees_which_papers_are_there_explained_and_missing(
    monkeypatch: pytest.MonkeyPatch, client_of: ClientOf, person: Actor, caseworker: Actor, supervisor: Actor
) -> None:
    third = {**ALWAYS, "id": "third", "text": {"en": "A third paper", "zh": "第三份材料"}}
    with_papers(monkeypatch, ALWAYS, SERIOUS, third)
    record = record_for(person)
    rejected = [{"outcome": Outcome.REJECTED, "remedy": ""}]
    case_at(Status.SERVED, person=person, items=[item(record)], answers=rejected)
    case = operations.file(
        procedure_id="redress-model",
        items=[item(record)],
        language="en",
        by=person,
        at=AT,
        evidence=[NewEvidence.of("paper.txt", b"Here it is.", "promise")],
        papers=Papers(without={"proof": "It was burnt."}),
    )
    presences = {each.rule.id: each.presence for each in queries.required_of(case)}
    assert set(presences.values()) == {Presence.ATTACHED, Presence.EXPLAINED, Presence.MISSING}
    operations.take(case.pk, by=caseworker, at=AT)
    proposed = operations.propose_screening(case.pk, rule="repeat", reasons="As before.", by=caseworker, at=AT)
    address = f"/casework/{case.reference}/"
    seen = [page(client_of(supervisor).get(f"{address}check-turning-away/"))]
    operations.refuse_screening(case.pk, reason="Look.", by=supervisor, at=AT)
    assert proposed.rule == "repeat"
    seen.append(page(client_of(caseworker).get(f"{address}turn-away/")))
    operations.draft(case.pk, factories.answers_to(case), by=caseworker, at=AT)
    operations.submit(case.pk, by=caseworker, at=AT)
    seen.append(page(client_of(supervisor).get(f"{address}approve/")))
    for shown in seen:
        assert "Papers that the procedure asks for" in shown and "It was burnt." in shown
        for title, state in (("A promise in writing", "Handed in"), ("A third paper", "Missing")):
            assert state in shown.split(title, 1)[1]
