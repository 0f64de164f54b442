"""Filing after the window has ended: with an excuse where the procedure has one, which people judge."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from appeals import access, queries
from appeals.errors import HindranceNeeded, PostedLater, StillLate, WindowOver
from appeals.models import Case, LateFiling
from appeals.operations import steps
from appeals.queries import Hindrance, Window
from appeals.sealed import seal
from appeals.workflow import Action
from delivery import operations as delivery
from law.clocks import Due
from law.procedures import Procedure
from records import presentation
from records.values import says_something


@dataclass(frozen=True)
class Late:
    """Why somebody files after the window: a reason that the procedure names, and their words."""

    reason: str
    words: str


def check_window(
    procedure: Procedure, window: Window | None, late: Late | None, *, at: datetime, given_on: date | None
) -> bool:
    """Whether the window is over. Raises `WindowOver` where no excuse is allowed, or none was given.

    A dispute on paper (`given_on`: its day) is never refused here: nobody can ask a paper. A caseworker judges it.
    """
    if window is None or not window.is_over(procedure, at, given_on):
        return False
    if given_on is not None:
        return True
    last = window.due.latest
    names = {"day": presentation.day(last)}
    if window.excuse is None:
        raise WindowOver(
            _("The time for this procedure ended on %(day)s, and it has no excuse for that.") % names, last_day=last
        )
    reasons = window.excuse.reasons
    if late is None or late.reason not in reasons or not says_something(late.words):
        sentence = _("The time for this procedure ended on %(day)s. Say why you could not file before.") % names
        raise WindowOver(sentence, last_day=last, reasons=reasons)
    return True


def check_posted(posted_on: date | None, received_on: date) -> None:
    """Raise `PostedLater` for a paper that would have come before it was posted."""
    if posted_on is not None and posted_on > received_on:
        raise PostedLater


def note(case: Case, window: Window, late: Late | None, *, by: Actor, at: datetime) -> None:
    """Keep with a case that it was filed late, and why. A paper may say it in no word that the procedure knows."""
    taken = window.excuse.reasons if window.excuse else ()
    reason = late.reason if late and late.reason in taken else ""
    words = late.words.strip() if late else ""
    LateFiling.objects.create(
        case=case,
        subject_id=case.subject_id,
        known_on=window.known_on,
        last_day=window.due.latest,
        reason=reason,
        sealed=seal(case.subject_id, words=words),
    )
    facts = {"on": window.due.latest.isoformat(), "reason": reason}
    steps.record(case, "case.filed_late", by=by, at=at, facts=facts)


def _counted_on(case: Case, late: LateFiling, hindered: Hindrance | None) -> Due:
    """The window with the time of the hindrance, if the dispute came within it."""
    if hindered is None or hindered.until < hindered.since:
        raise HindranceNeeded
    due = queries.counted_on(case, late, hindered)
    if due.latest < queries.came_on(case):
        raise StillLate(due.latest)
    return due


@transaction.atomic
def accept_excuse(case_id: UUID, *, by: Actor, at: datetime, hindered: Hindrance | None = None) -> Case:
    """The excuse counts: the case is looked into as if it had come in time. The person is told.

    Where the rule says that the window counts on (`counts_on`), people find from when to when the person was
    `hindered`, and the rule says what follows. Raises `HindranceNeeded`, and `StillLate` with the day that it gives.
    """
    case = steps.locked(case_id)
    access.check(by, Action.ACCEPT_EXCUSE, case)
    row = LateFiling.objects.get(case=case)
    counted = _counted_on(case, row, hindered) if queries.counts_on(case) else None
    facts = {"on": counted.latest.isoformat() if counted else ""}
    steps.move(case, Action.ACCEPT_EXCUSE, by=by, at=at, facts=facts)
    row.accepted_by_id, row.accepted_at = by.own_user, at
    if counted and hindered:
        kept = {"since": hindered.since.isoformat(), "until": hindered.until.isoformat()}
        row.sealed_hindered, row.counted_until = seal(case.subject_id, **kept), counted.latest
    row.save(update_fields=["accepted_by", "accepted_at", "sealed_hindered", "counted_until"])
    params = {"reference": case.reference}
    delivery.tell_subject(case.subject_id, "excuse_accepted", at=at, mail=True, case_id=case.pk, params=params)
    return case
