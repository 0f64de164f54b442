"""Filing after the window has ended: with an excuse where the procedure has one, which people judge."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from appeals.errors import WindowOver
from appeals.models import Case, LateFiling
from appeals.operations import steps
from appeals.queries import Window
from appeals.sealed import seal
from appeals.workflow import Action
from delivery import operations as delivery
from law.procedures import Procedure
from records import presentation
from records.values import says_something


@dataclass(frozen=True)
class Late:
    """Why somebody files after the window: a reason that the procedure names, and their words."""

    reason: str
    words: str


def check_window(
    procedure: Procedure, window: Window | None, late: Late | None, *, at: datetime, received_on: date | None
) -> bool:
    """Whether the window is over. Raises `WindowOver` where no excuse is allowed, or none was given.

    A dispute on paper is never refused here: nobody can ask a paper. A caseworker judges it.
    """
    if window is None or not window.is_over(procedure, at, received_on):
        return False
    if received_on is not None:
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


@transaction.atomic
def accept_excuse(case_id: UUID, *, by: Actor, at: datetime) -> Case:
    """The excuse counts: the case is looked into as if it had come in time. The person is told."""
    case = steps.locked(case_id)
    steps.move(case, Action.ACCEPT_EXCUSE, by=by, at=at)
    LateFiling.objects.filter(case=case).update(accepted_by=by.own_user, accepted_at=at)
    params = {"reference": case.reference}
    delivery.tell_subject(case.subject_id, "excuse_accepted", at=at, mail=True, case_id=case.pk, params=params)
    return case
