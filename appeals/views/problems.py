"""What can go wrong in a case, mapped once to a page: its sentence, its status, and the way on."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.access import SignedIn
from accounts.operations.mandates import MandateEnded
from accounts.throttle import TooMany
from appeals import errors, vault
from appeals.access import NotAllowed
from appeals.evidence_files import EvidenceRefused
from appeals.models.case import STATUS_CHOICES
from appeals.workflow import IllegalStep
from records import presentation

_Arguments = ParamSpec("_Arguments")
_View = Callable[Concatenate[SignedIn, _Arguments], HttpResponseBase]

UNPROCESSABLE, CONFLICT, NOT_THERE, TOO_MANY = 422, 409, 404, 429

# The first line that fits wins.
STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (errors.NotInYourFile, NOT_THERE),
    (errors.ValueMoved, CONFLICT),
    (errors.AlreadyDisputed, CONFLICT),
    (errors.NotOpenHere, CONFLICT),
    (errors.NothingLeft, CONFLICT),
    (errors.StillWaiting, UNPROCESSABLE),
    (errors.DraftMoved, CONFLICT),
    (errors.TooLate, CONFLICT),
    (errors.TooEarly, CONFLICT),
    (errors.ContactJustChanged, CONFLICT),
    (errors.CaseError, UNPROCESSABLE),
    (EvidenceRefused, UNPROCESSABLE),
    (NotAllowed, CONFLICT),
    (MandateEnded, CONFLICT),
    (IllegalStep, CONFLICT),
    (TooMany, TOO_MANY),
)
TOLD = tuple(kind for kind, _status in STATUSES)


def status_of(error: Exception) -> int:
    """The status of the answer to a request that met this error."""
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def sentence_of(error: Exception) -> str:
    """What to tell the person, in their language."""
    match error:
        case IllegalStep():
            now = {"status": dict(STATUS_CHOICES)[error.status]}
            return _("This is not possible any more: the case has moved on. It is now: %(status)s.") % now
        case TooMany():
            return _("You have done this very often in a short time. Try again after %(when)s. Nothing is lost.") % {
                "when": presentation.moment(error.retry_at)
            }
        case EvidenceRefused():
            return error.message
        case errors.CaseError() | NotAllowed() | MandateEnded():
            return str(error.sentence)
    return str(error)


def told_plainly(view: _View[_Arguments]) -> _View[_Arguments]:
    """Turn the errors of a case into a page that says what happened; what nobody may know of into a 404.

    A view that can say it beside a field catches the error itself, with `status_of` and `sentence_of`.
    """

    @wraps(view)
    def told(request: SignedIn, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (ObjectDoesNotExist, vault.Missing):
            raise Http404 from None
        except TOLD as error:
            context = {"sentence": sentence_of(error), "reference": kwargs.get("reference", "")}
            return render(request, "appeals/person/problem.html", context, status=status_of(error))

    return told
