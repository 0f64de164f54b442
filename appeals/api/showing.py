"""From cases to the shapes of the API, in the language of the request."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from accounts.actors import Actor
from appeals import access, deadlines, queries, required
from appeals import presentation as words
from appeals import turned_away as answers
from appeals.access import NotAllowed
from appeals.models import Case, Evidence, Remedy
from appeals.queries import OpenItem, OpenScreening, Required
from appeals.workflow import ANSWERED, UNANSWERED, Action, Status, actions
from audit import signing as log
from law import explain
from law.clocks import Due, NotStarted
from law.procedures import NoSuchClock, Procedure
from law.rules import Document, Thing, Tier
from records import presentation
from records import queries as held
from records.queries import Held

if TYPE_CHECKING:
    from records.models import Measure


def window(one: Procedure, found: queries.Window | None, at: datetime) -> dict[str, Any] | None:
    """The time for filing under a procedure, if it can be proved."""
    if found is None:
        return None
    return {
        "safe_day": found.due.earliest,
        "counted_from": found.known_on,
        "rule": found.rule.cite,
        "last_day": found.due.latest,
        "over": found.is_over(one, at),
        "excuses": list(found.excuse.reasons) if found.excuse else [],
        "because": words.steps(found.due),
    }


def _late(one: Case) -> dict[str, Any] | None:
    late = queries.excuse_of(one)
    if late is None:
        return None
    row = late.row
    return {
        "last_day": row.last_day,
        "reason": row.reason,
        "words": late.words,
        "accepted_at": row.accepted_at,
        "counted_until": row.counted_until,
    }


def procedure(
    one: Procedure, entry: Held, thing: Thing, at: datetime, *, within: queries.Window | None = None
) -> dict[str, Any]:
    """A procedure that is open for a `thing` of this entry, and what it would do if it began now."""
    language = presentation.reader()
    due = queries.expected(one, one.local_date(at), entry.record.programme)
    waits = queries.waiting_for(one, entry, thing, at)
    later = waits.grounds if waits and waits.keeps_back else frozenset()
    grounds = [
        {
            "id": ground.id,
            "opens_on": waits.wait.opens_on if waits and ground.id in later else None,
            "title": ground.title.in_language(language),
            "hint": ground.hint.in_language(language),
            "needs": list(ground.needs),
        }
        for ground in one.grounds_for(thing)
    ]
    return {
        "id": one.id,
        "version": one.version,
        "title": one.title.in_language(language),
        "summary": one.summary.in_language(language),
        "grounds": grounds,
        "documents": [_asked(rule) for rule in one.documents],
        "marks_disputed": one.marks_disputed,
        "suspends_measures": one.suspends_measures,
        "needs_second_person": one.needs_second_person,
        "decided_by": _due(due),
        "in_short": words.in_three_lines(one, due),
        "window": window(one, within, at),
    }


def case(one: Case) -> dict[str, Any]:
    """A case in brief: nothing that the person wrote."""
    names = ("reference", "status", "programme", "procedure", "procedure_version", "language", "filed_at", "standing")
    days = (
        "received_on",
        "posted_on",
        "answer_by",
        "decide_by",
        "decide_by_latest",
        "due_is_provisional",
        "decided_at",
        "served_at",
        "closed_at",
    )
    return {
        **{name: getattr(one, name) for name in (*names, *days, "withdrawal_effective_on")},
        "whose_turn": queries.whose_turn(one).value,
        "holder": {"id": one.holder.code, "title": presentation.organisation(one.holder.name)},
    }


def case_in_full(one: Case, actor: Actor, *, at: datetime) -> dict[str, Any]:
    """A case with the person's own words, its files and its history; the answers stand in the decision alone."""
    return {
        **case(one),
        "items": [_item(item) for item in queries.open_items(one, actor, at=at)],
        "documents": [_document(each) for each in queries.required_of(one)],
        "evidence": [evidence(row, name) for row, name in queries.evidence_of(one)],
        "timeline": [{"event": each.event, "at": each.at} for each in queries.timeline(one)],
        "due": _due_of_case(one) if one.status in UNANSWERED | {Status.WITHDRAWN} else None,
        "deadlines": [_deadline(each) for each in deadlines.shown(one, at)],
        "missing": missing[1] if (missing := queries.completion_request(one)) else None,
        "late": _late(one),
        "earlier_cases": _earlier(actor, one),
        "turned_away": [_turned_away_before(each) for each in queries.screenings_over(one) if each.row.decided_at],
        "open_to_you": _open_to(actor, one),
    }


def _earlier(actor: Actor, one: Case) -> list[dict[str, Any]]:
    """The earlier cases about the same entries, as far as this actor may know of them."""
    found = [each.case for each in queries.earlier_cases(one)]
    known = queries.references(actor, [each.pk for each in found])
    return [earlier_case(each) for each in found if each.pk in known]


def earlier_case(one: Case) -> dict[str, Any]:
    """An earlier case in brief, for whoever asks again."""
    return {"reference": one.reference, "status": one.status, "filed_at": one.filed_at}


def turned_away(one: Case) -> dict[str, Any]:
    """The answer that a case is turned away, after it was delivered. Raises `NotTurnedAway`."""
    said = answers.answer_of(one)
    standing = queries.screening_that_stands(one)
    assert standing
    rule = standing.rule
    tier = queries.next_tier_of(one, rule) if rule else None
    return {
        "reference": one.reference,
        "rule": standing.row.rule,
        "text": said.rule,
        "cite": said.cite,
        "reasons": said.reasons,
        "decided_at": standing.row.decided_at,
        "told_until": said.told_until,
        "served_at": one.served_at,
        "something_new": answers.something_new(),
        "resumes": resumptions(one),
        "review": _tier(one, tier) if tier else None,
        "letter": reverse("appeals-api:turned-away-letter", args=[one.reference]),
    }


def _turned_away_before(one: OpenScreening) -> dict[str, Any]:
    row = one.row
    return {
        "rule": row.rule,
        "reasons": one.reasons,
        "decided_at": row.decided_at,
        "revived_at": row.ended_at,
        "news": one.news,
    }


def _deadline(one: deadlines.Shown) -> dict[str, Any]:
    """One deadline as it stands, with its count in sentences, what was done to it, what follows from lateness."""
    row = one.row
    return {
        "clock": one.name,
        "title": one.title,
        "state": row.state,
        "due": row.due_latest,
        "conservative": row.due_earliest,
        "provisional": row.is_provisional,
        "missed": row.missed_at is not None,
        "explanation": one.steps,
        "rule": one.cite,
        "consequences": one.consequences,
        "may_change": one.may_change,
        "changes": [
            {"kind": each.kind, "at": each.at, "reason": each.reason, "words": each.words} for each in one.changes
        ],
    }


def _asked(rule: Document) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": required.title(rule),
        "needed_for": list(rule.needed_for),
        "binding": rule.acts_against_person(),
        "if_missing": rule.if_missing,
        "given_by": rule.given_by,
        "rule": rule.cite,
    }


def _document(one: Required) -> dict[str, Any]:
    """A paper that a case needs, and how far it is."""
    files = [row.pk for row, _name in one.files]
    return {**_asked(one.rule), "state": one.presence.value, "why_not": one.why_not, "evidence": files}


def evidence(row: Evidence, name: str) -> dict[str, Any]:
    """A file, without its content."""
    sha256 = bytes(row.digest).hex()
    return {
        "id": row.pk,
        "document": row.document or None,
        "name": name,
        "kind": row.kind,
        "size": row.size,
        "sha256": sha256,
        "added_at": row.added_at,
    }


def receipts(one: Case) -> dict[str, Any]:
    """The receipts of a case with their proofs, as far as there are any yet."""
    found = queries.receipts_of(one)
    proofs = queries.receipt_files(one, found)
    results = [
        {"event": each.event, "at": each.at, "state": "sealed" if proof else "filed", "proof": proof}
        for each in found
        for proof in [proofs.get(each.entry_id)]
    ]
    return {"results": results, "keys": [str(key) for key in log.verifiers()]}


def withdrawal(one: Case, on: date | None) -> dict[str, Any]:
    """What a withdrawal does: when it takes effect, and what starts again then."""
    return {"reference": one.reference, "status": one.status, "effective_on": on, "resumes": resumptions(one, on)}


def resumptions(one: Case, on: date | None = None) -> list[dict[str, Any]]:
    """The measures that this case has stopped, with the day on which they start again; `on` if they have none yet."""
    return [_resumption(measure, measure.resumes_on or on) for measure in held.measures_suspended_by(one.pk)]


def decision(one: Case, items: Sequence[OpenItem], remedies: Iterable[Remedy]) -> dict[str, Any]:
    """A decision that has been delivered, item by item."""
    states = {remedy.item_id: remedy.state for remedy in remedies}
    return {
        "reference": one.reference,
        "decided_at": one.decided_at,
        "served_at": one.served_at,
        "answers": [_answer(item, states.get(item.row.pk)) for item in items],
        "resumes": resumptions(one),
        "review": _review(one),
        "letter": reverse("appeals-api:letter", args=[one.reference]),
    }


def _item(item: OpenItem) -> dict[str, Any]:
    return {**_thing(item), "seen": item.row.version_id, "words": item.words, "wanted": item.wanted}


def _thing(item: OpenItem) -> dict[str, Any]:
    row = item.row
    return {
        "number": row.number,
        "record": row.record_id,
        "field": row.field or None,
        "measure": row.measure_id,
        "ground": row.ground,
    }


def _answer(item: OpenItem, remedy_state: str | None) -> dict[str, Any]:
    said = item.answer
    assert said is not None  # a decided case answers every item
    return {
        **_thing(item),
        "outcome": said.outcome,
        "reasons": said.reasons,
        "remedy": said.remedy or None,
        "remedy_state": remedy_state,
        "correction": {"field": said.field, "value": said.value} if said.field else None,
    }


def _review(one: Case) -> dict[str, Any] | None:
    found = queries.procedure_of(one)
    tier = found.next_tier(found.tiers[0].id)
    return _tier(one, tier) if tier else None


def _tier(one: Case, tier: Tier) -> dict[str, Any]:
    """Where to go, until when, counted from what and under which rule."""
    limit = queries.tier_limit(one, tier)
    due = limit.due if limit else None
    return {
        "title": tier.title.in_language(presentation.reader()),
        "how": words.how_to_reach(tier, one),
        "handled": tier.handled,
        "until": due and due.earliest,
        "accepted_until": due and due.latest,
        "because": words.steps(due) if due else [],
        "rule": limit.rule.cite if limit else None,
    }


def _resumption(measure: "Measure", on: date | None) -> dict[str, Any]:
    title = held.measure_title(measure)[presentation.reader()]
    return {"measure": measure.pk, "type": measure.type, "title": title, "resumes_on": on}


def _due_of_case(one: Case) -> dict[str, Any] | None:
    """As its ledger says, with what was told, paused and made longer."""
    try:
        return _due(queries.count(one, "decide"))
    except NotStarted:  # it has to be taken on first
        found = queries.procedure_of(one)
        return _due(queries.expected(found, found.local_date(one.filed_at), one.programme))
    except NoSuchClock:
        return None


def _due(due: Due) -> dict[str, Any]:
    return {
        "earliest": due.earliest,
        "latest": due.latest,
        "provisional": due.provisional,
        "because": [explain.render(step, presentation.reader()) for step in due.steps],
    }


def _open_to(actor: Actor, one: Case) -> list[str]:
    possible = actions(Status(one.status))
    asked = (Action.WITHDRAW, Action.UNDO_WITHDRAWAL, Action.REVIVE)
    found = [each.value for each in asked if each in possible and access.why_not(actor, each, one) is None]
    try:
        queries.check_may_add_evidence(actor, one)
    except NotAllowed:
        pass
    else:
        found.insert(0, "add_evidence")
    if one.decided_at:
        return [*found, "read_decision"]
    return [*found, "read_why_turned_away"] if one.status in ANSWERED else found
