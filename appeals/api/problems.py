"""Errors of cases as problems: what happened meanwhile is a conflict, what one may not know of is not there."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.api.problems import Mistake, Problem, problem_of, wrong_values
from accounts.operations.mandates import MandateEnded
from appeals import vault
from appeals.access import NotAllowed
from appeals.errors import (
    AlreadyDisputed,
    CaseError,
    ContactJustChanged,
    DocumentNeeded,
    DocumentNotAsked,
    DraftMoved,
    GroundNotOffered,
    LaterRemedyStands,
    NoStanding,
    NoSuchField,
    NothingLeft,
    NothingNew,
    NothingToDispute,
    NotInYourFile,
    NotOpenHere,
    StillWaiting,
    TooEarly,
    TooLate,
    TooManyFiles,
    TooManyThings,
    ValueMoved,
    WindowOver,
)
from appeals.evidence_files import EvidenceRefused
from appeals.models import Case
from appeals.models.case import STATUS_CHOICES
from appeals.operations import NewItem
from appeals.workflow import IllegalStep
from records.queries import Held

TITLE = gettext_lazy("Something else happened meanwhile")

# Errors that say what to repair in the body: where, and the code of the mistake.
REPAIRS: Mapping[type[CaseError], tuple[str, str]] = {
    NothingToDispute: ("#/items", "missing"),
    NoStanding: ("#/procedure", "no_standing"),
    NoSuchField: ("#/items", "no_such_field"),
    TooManyThings: ("#/items", "out_of_range"),
    NotOpenHere: ("#/procedure", "not_open_here"),
    GroundNotOffered: ("#/items", "ground_not_offered"),
    NothingNew: ("#/words", "missing"),
    DocumentNeeded: ("#/documents", "missing"),
    DocumentNotAsked: ("#/documents", "not_asked_for"),
}
# Errors that say what happened meanwhile.
CONFLICTS: Mapping[type[CaseError], str] = {
    AlreadyDisputed: "already-disputed",
    ContactJustChanged: "contact-just-changed",
    DraftMoved: "draft-moved",
    LaterRemedyStands: "later-remedy",
    NothingLeft: "nothing-left",
    TooEarly: "too-early",
    TooLate: "too-late",
    TooManyFiles: "too-many-files",
    ValueMoved: "value-moved",
}


@problem_of.register
def _case_error(error: CaseError) -> Problem:
    if isinstance(error, StillWaiting):
        pointer = "#/procedure" if error.place is None else f"#/items/{error.place}/ground"
        found = wrong_values([Mistake(str(error.sentence), "not_open_yet", pointer=pointer)])
        found.more = {"opens_on": error.opens_on.isoformat()}
        return found
    if repair := REPAIRS.get(type(error)):
        pointer, code = repair
        return wrong_values([Mistake(str(error.sentence), code, pointer=pointer)])
    if isinstance(error, NotInYourFile):
        return Problem(HTTPStatus.NOT_FOUND, detail=error.sentence)
    if isinstance(error, WindowOver):
        return _window_over(error)
    if slug := CONFLICTS.get(type(error)):
        more = {"case": error.reference} if isinstance(error, AlreadyDisputed) else {}
        return Problem(HTTPStatus.CONFLICT, slug, error.sentence, title=TITLE, more=more)
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong-values", error.sentence)


def _window_over(error: WindowOver) -> Problem:
    """422 at the excuse that is missing or does not fit; at the procedure, where it takes none."""
    pointer, code = ("#/late", "late") if error.reasons else ("#/procedure", "window_over")
    more = {"last_day": error.last_day.isoformat(), "excuses": list(error.reasons)}
    mistakes = [Mistake(str(error.sentence), code, pointer=pointer)]
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong-values", errors=mistakes, more=more)


@problem_of.register
def _not_allowed(error: NotAllowed) -> Problem:
    return Problem(HTTPStatus.FORBIDDEN, "not-allowed", error.sentence, more={"code": error.code})


@problem_of.register
def _mandate_ended(error: MandateEnded) -> Problem:
    return Problem(HTTPStatus.FORBIDDEN, "mandate-ended", error.sentence)


@problem_of.register
def _illegal_step(error: IllegalStep) -> Problem:
    now = {"status": dict(STATUS_CHOICES)[error.status]}
    detail = _("This is not possible any more: the case has moved on. It is now: %(status)s.") % now
    more = {"case_status": error.status.value}
    return Problem(HTTPStatus.CONFLICT, "case-moved", detail, title=TITLE, more=more)


@problem_of.register
def _evidence_refused(error: EvidenceRefused) -> Problem:
    return wrong_values([Mistake(error.message, error.code, pointer="#/file")])


@problem_of.register(Case.DoesNotExist)
@problem_of.register(vault.Missing)
def _no_such_case(error: Exception) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, detail=_("There is no such case, or it is not yours."))


def not_asked(error: DocumentNotAsked, pointer: str) -> Problem:
    """422: the procedure asks for no such paper; which field named it."""
    return wrong_values([Mistake(str(error.sentence), "not_asked_for", pointer=pointer)])


def moved(error: ValueMoved, items: Sequence[NewItem], now: Sequence[Held], entries: Any) -> Problem:
    """409 with what changed: which items, and the entries as they stand now, to be read before asking again."""
    latest: dict[UUID, UUID] = {held.record.pk: held.version.pk for held in now}
    mistakes = [
        Mistake(str(error.sentence), "moved", pointer=f"#/items/{place}/seen")
        for place, item in enumerate(items)
        if latest.get(item.record_id) != item.seen
    ]
    return Problem(
        HTTPStatus.CONFLICT, "value-moved", error.sentence, title=TITLE, errors=mistakes, more={"entries": entries}
    )
