"""Before a case is heard: asking for what is missing, and going on with it, or without.

Only where the procedure has a rule for it that was read (law/evidence.py). A caseworker decides, with what is
missing in words; nothing that the case stopped starts again meanwhile, and no time that runs out decides anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from appeals import access, queries
from appeals.errors import NotReceivedYet, ReceivedBefore
from appeals.models import Case, CompletionRequest
from appeals.operations import clocks, documents, evidence, lateness, steps
from appeals.operations.evidence import NewEvidence
from appeals.sealed import seal
from appeals.workflow import Action
from delivery import operations as delivery

RULE = queries.UNCURED
_WHILE_ASKED = "clarification"  # the reason for which the deadline may stand still meanwhile, where a rule has it


@dataclass(frozen=True)
class AnswerOnPaper:
    """An answer that came on paper: when it was received, and posted if that is known, with what was enclosed."""

    received_on: date
    posted_on: date | None = None
    evidence: Sequence[NewEvidence] = ()

    @property
    def facts(self) -> dict[str, str]:
        """What the log says of it."""
        days = {"received_on": self.received_on, "posted_on": self.posted_on}
        return {name: day.isoformat() if day else "" for name, day in days.items()}


@transaction.atomic
def ask_to_complete(case_id: UUID, *, words: str, by: Actor, at: datetime) -> CompletionRequest:
    """Ask the person for what is missing. Their time to answer starts, and the decider's stands still if it may."""
    case = steps.locked(case_id)
    steps.move(case, Action.ASK_TO_COMPLETE, by=by, at=at, reason=words)
    asked = CompletionRequest.objects.create(
        case=case,
        subject_id=case.subject_id,
        rule=RULE,
        sealed=seal(case.subject_id, words=words.strip()),
        asked_by_id=by.own_user,
        asked_at=at,
    )
    clocks.happened(case, "informed", by=by, at=at)
    clocks.pause_if_allowed(case, _WHILE_ASKED, words=words, by=by, at=at)
    delivery.tell_subject(
        case.subject_id, "case_incomplete", at=at, mail=True, case_id=case.pk, params={"reference": case.reference}
    )
    return asked


@transaction.atomic
def complete(case_id: UUID, *, words: str, by: Actor, at: datetime, paper: AnswerOnPaper | None = None) -> Case:
    """The person has handed in what was missing, or says why they cannot: the case goes on with its caseworker.

    `paper`: an official types in an answer that came on paper. It is as if the person had answered on the day on
    which it was received; where posting counts, their own time is kept by that. Raises `NotReceivedYet`,
    `ReceivedBefore` for a day before they were asked, `PostedLater`, and what adding a file raises.
    """
    case = steps.locked(case_id)
    access.check(by, Action.COMPLETE, case)
    if paper:
        _check_days(case, paper, at)
    steps.move(case, Action.COMPLETE, by=by, at=at, facts=paper.facts if paper else {})
    for each in paper.evidence if paper else ():
        _hand_in(case, each, by=by, at=at)
    _end(case, at, answer=words, paper=paper)
    received_on = paper.received_on if paper else None
    given_on = queries.procedure_of(case).day_given(paper.received_on, paper.posted_on) if paper else None
    clocks.done(case, "completed", by=by, at=at, on=given_on)
    clocks.happened(case, "information_received", "proof_complete", by=by, at=at, on=received_on)
    clocks.resume_for(case, _WHILE_ASKED, by=by, at=at, on=received_on)
    delivery.tell_organisation(
        case.holder_id, "holder_told_completed", at=at, case_id=case.pk, params={"reference": case.reference}
    )
    return case


@transaction.atomic
def go_on_without(case_id: UUID, *, reason: str, by: Actor, at: datetime) -> Case:
    """Go on without an answer: it is not needed after all, or the time for it is over."""
    case = steps.locked(case_id)
    steps.move(case, Action.GO_ON_WITHOUT, by=by, at=at, reason=reason)
    nobody_answered(case, by=by, at=at)
    return case


def nobody_answered(case: Case, *, by: Actor, at: datetime) -> None:
    """The question ends without an answer, and the deadline that stood still for it runs again."""
    _end(case, at)
    clocks.done(case, "completed", by=by, at=at)
    clocks.resume_for(case, _WHILE_ASKED, by=by, at=at)


def end_open_request(case: Case, at: datetime) -> None:
    """The case leaves this state another way: it is being withdrawn."""
    _end(case, at)


def _check_days(case: Case, paper: AnswerOnPaper, at: datetime) -> None:
    """The answer came neither on a day to come nor before the question, and was posted before it came."""
    local_date = queries.procedure_of(case).local_date
    if paper.received_on > local_date(at):
        raise NotReceivedYet
    asked = case.completion_requests.get(ended_at__isnull=True)
    if paper.received_on < local_date(asked.asked_at):
        raise ReceivedBefore(_("This was received before the person was asked. Add it as what came on paper."))
    lateness.check_posted(paper.posted_on, paper.received_on)


def _hand_in(case: Case, new: NewEvidence, *, by: Actor, at: datetime) -> None:
    evidence.check_room(case.evidence.count())
    if new.document:
        documents.check_asked(case, new.document)
    evidence.store_evidence(case, new, by=by, at=at)


def _end(case: Case, at: datetime, *, answer: str = "", paper: AnswerOnPaper | None = None) -> None:
    case.completion_requests.filter(ended_at__isnull=True).update(
        ended_at=at,
        sealed_answer=seal(case.subject_id, words=answer.strip()) if answer.strip() else None,
        received_on=paper.received_on if paper else None,
        posted_on=paper.posted_on if paper else None,
    )
