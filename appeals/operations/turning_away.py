"""Turning a case away without looking into it, and reviving it: always by people, never for good.

Only by a rule of the procedure that was read (law/evidence.py), by whoever had no part in the data, with reasons that
the person reads, and by a second person where the procedure wants one for its decisions. What the case marked and
stopped stays so until the person has been told, as after a rejection (`service`). Something new revives it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.actors import SERVICE, Actor
from accounts.models import Subject
from appeals import access, queries
from appeals.errors import DraftMoved, NothingLeft, NothingNew, NotReceivedYet, ReceivedBefore
from appeals.models import Case, Item, Screening
from appeals.operations import clocks, filing, lateness, screening, steps
from appeals.sealed import seal
from appeals.workflow import Action, Status
from delivery import operations as delivery
from delivery.wake import wake
from records import operations as records
from records import queries as held
from records.values import says_something


@transaction.atomic
def propose_screening(case_id: UUID, *, rule: str, reasons: str, by: Actor, at: datetime) -> Screening:
    """Propose to turn a case away; a second person decides. Raises `NotAllowed` where no rule lets one."""
    case = steps.locked(case_id)
    _begin(case, Action.PROPOSE_SCREENING, rule, reasons, by=by, at=at)
    return _new(case, rule, reasons, by=by, at=at)


@transaction.atomic
def screen_out(case_id: UUID, *, rule: str, reasons: str, by: Actor, at: datetime) -> Case:
    """Turn a case away alone, where the procedure asks for no second person."""
    case = steps.locked(case_id)
    _begin(case, Action.SCREEN_OUT, rule, reasons, by=by, at=at)
    _conclude(case, _new(case, rule, reasons, by=by, at=at), by=by, at=at)
    return case


@transaction.atomic
def approve_screening(case_id: UUID, *, seen: datetime, by: Actor, at: datetime) -> Case:
    """Agree as the second person to what was read: `seen` is when that was proposed."""
    case = steps.locked(case_id)
    access.check(by, Action.APPROVE_SCREENING, case)
    proposed = _standing(case)
    if proposed.proposed_at != seen:
        raise DraftMoved
    queries.check_rule(case, proposed.rule, at=at)
    proposed.approved_by_id = by.own_user
    steps.move(case, Action.APPROVE_SCREENING, by=by, at=at, facts={"rule": proposed.rule})
    _conclude(case, proposed, by=by, at=at)
    return case


@transaction.atomic
def refuse_screening(case_id: UUID, *, reason: str, by: Actor, at: datetime) -> Case:
    """Do not agree: the case goes back to its caseworker, to be looked into."""
    case = steps.locked(case_id)
    steps.move(case, Action.REFUSE_SCREENING, by=by, at=at, reason=reason)
    proposed = _standing(case)
    proposed.sealed_note, proposed.ended_at = seal(case.subject_id, note=reason.strip()), at
    proposed.save(update_fields=["sealed_note", "ended_at"])
    return case


@transaction.atomic
def revive(
    case_id: UUID,
    *,
    words: str,
    by: Actor,
    at: datetime,
    received_on: date | None = None,
    posted_on: date | None = None,
) -> Case:
    """The person has something new: words, or a file handed in since. The case is looked into from its beginning.

    Its deadlines begin anew, it is marked again, and what rests on it stops again. `received_on`: the day on which a
    paper that says so was received, from which they count. `posted_on`: the day on which the dispute itself was
    posted, as is known now. Raises `NothingNew`, `AlreadyDisputed` where another case about the same thing is open
    meanwhile, `NothingLeft`, `NotReceivedYet` or `ReceivedBefore` for such a day, and `PostedLater`.
    """
    # As for filing: of two at once, the second sees what the first disputed. Cases are locked after it there, too.
    Subject.objects.select_for_update(no_key=True).get(pk=Case.objects.values_list("subject_id").get(pk=case_id)[0])
    case = steps.locked(case_id)
    access.check(by, Action.REVIVE, case)
    standing = _standing(case)
    _check_received(case, received_on, at)
    if not says_something(words) and not queries.has_news_since(case, standing):
        raise NothingNew
    items = list(case.items.select_related("record").order_by("number"))
    person = queries.person_actor(case)
    filing.check_not_disputed(items, person.own_subjects)
    left = _still_held(items, person)
    if not left:
        raise NothingLeft
    facts = {"rule": standing.rule, "received_on": received_on.isoformat() if received_on else ""}
    also: dict[str, object] = {"caseworker_id": None, "served_at": None}
    if posted_on and case.received_on:
        lateness.check_posted(posted_on, case.received_on)
        facts, also = {**facts, "posted_on": posted_on.isoformat()}, {**also, "posted_on": posted_on}
    steps.move(case, Action.REVIVE, by=by, at=at, facts=facts, also=also)
    standing.ended_at = at
    standing.sealed_news = seal(case.subject_id, words=words.strip())
    standing.save(update_fields=["ended_at", "sealed_news"])
    _interim_effects(case, left, person, at=at)
    filing.tell_sources(case, {item.record.pk: item.record for item in left}.values(), at=at)
    clocks.renew(case, by=by, at=at)
    is_whole = not any(each.is_incomplete for each in queries.required_of(case))
    filing.start_clocks(case, queries.procedure_of(case), papers_complete=is_whole, by=by, at=at, on=received_on)
    _tell(case, "case_revived", at=at)
    params = {"reference": case.reference}
    delivery.tell_organisation(case.holder_id, "holder_told_revived", at=at, case_id=case.pk, params=params)
    return case


def _begin(case: Case, action: Action, rule: str, reasons: str, *, by: Actor, at: datetime) -> None:
    """The step by which a case leaves casework under a rule. A question that nobody answered ends with it."""
    access.check(by, action, case)
    queries.check_rule(case, rule, at=at)
    was_asked = case.status == Status.INCOMPLETE
    steps.move(case, action, by=by, at=at, reason=reasons, facts={"rule": rule})
    if was_asked:
        screening.nobody_answered(case, by=by, at=at)


def _check_received(case: Case, received_on: date | None, at: datetime) -> None:
    """What is new was received neither on a day to come nor before there was anything to add to."""
    if received_on is None:
        return
    procedure = queries.procedure_of(case)
    if received_on > procedure.local_date(at):
        raise NotReceivedYet
    if received_on < (case.received_on or procedure.local_date(case.filed_at)):
        raise ReceivedBefore


def end_open_proposal(case: Case, at: datetime) -> None:
    """The case leaves this state another way: it is being withdrawn."""
    case.screenings.filter(ended_at__isnull=True, decided_at__isnull=True).update(ended_at=at)


def _new(case: Case, rule: str, reasons: str, *, by: Actor, at: datetime) -> Screening:
    return Screening.objects.create(
        case=case,
        subject_id=case.subject_id,
        rule=rule,
        sealed=seal(case.subject_id, reasons=reasons.strip()),
        proposed_by_id=by.own_user,
        proposed_at=at,
    )


def _standing(case: Case) -> Screening:
    return Screening.objects.select_for_update(no_key=True).get(case=case, ended_at__isnull=True)


def _conclude(case: Case, decided: Screening, *, by: Actor, at: datetime) -> None:
    """It is decided: the deadlines that wait for an answer end, and the person is told in this very transaction."""
    decided.decided_at = at
    decided.save(update_fields=["decided_at", "approved_by"])
    clocks.happened(case, "completed", "decided", "sent", by=by, at=at)
    clocks.done(case, "decided", by=by, at=at)
    clocks.done(case, "put_right", by=by, at=at)
    _tell(case, "screening_ready", at=at)
    wake("appeals.tasks.sweep")


def _still_held(items: Sequence[Item], person: Actor) -> list[Item]:
    """Those of the items whose record is still in the person's file."""
    there = {each.record.pk for each in held.held_records(person, [item.record_id for item in items])}
    return [item for item in items if item.record_id in there]


def _interim_effects(case: Case, items: Sequence[Item], person: Actor, *, at: datetime) -> None:
    """What filing did comes back."""
    procedure = queries.procedure_of(case)
    if procedure.marks_disputed:
        for record_id, field in sorted({(item.record_id, item.field) for item in items}):
            records.mark_disputed(record_id, field=field, case_id=case.pk, by=person, at=at)
    disputed = queries.disputed_measures(case)
    records.lock_measures(disputed)  # all before the first is changed: some stand still for another case
    records.unset_resumption(case_id=case.pk, by=SERVICE, at=at)
    if procedure.suspends_measures:
        records.suspend(disputed, case_id=case.pk, by=person, at=at)


def _tell(case: Case, kind: str, *, at: datetime) -> None:
    params = {"reference": case.reference}
    delivery.tell_subject(case.subject_id, kind, at=at, mail=True, case_id=case.pk, params=params)
