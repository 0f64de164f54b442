"""Before a case is heard: asking for what is missing, and going on with it, or without.

Only where the procedure has a rule for it that was read (law/evidence.py). A caseworker decides, with what is
missing in words; nothing that the case stopped starts again meanwhile, and no time that runs out decides anything.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actors import Actor
from appeals import queries
from appeals.models import Case, CompletionRequest
from appeals.operations import clocks, steps
from appeals.sealed import seal
from appeals.workflow import Action
from delivery import operations as delivery

RULE = queries.UNCURED
_WHILE_ASKED = "clarification"  # the reason for which the deadline may stand still meanwhile, where a rule has it


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
def complete(case_id: UUID, *, words: str, by: Actor, at: datetime) -> Case:
    """The person has handed in what was missing, or says why they cannot: the case goes on with its caseworker."""
    case = steps.locked(case_id)
    steps.move(case, Action.COMPLETE, by=by, at=at)
    _end(case, at, answer=words)
    clocks.done(case, "completed", by=by, at=at)
    clocks.happened(case, "information_received", "proof_complete", by=by, at=at)
    clocks.resume_for(case, _WHILE_ASKED, by=by, at=at)
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


def _end(case: Case, at: datetime, *, answer: str = "") -> None:
    sealed = seal(case.subject_id, words=answer.strip()) if answer.strip() else None
    case.completion_requests.filter(ended_at__isnull=True).update(ended_at=at, sealed_answer=sealed)
