"""What pages and API share about copies: asking so often a day at most, why not, and a file as a download."""

from datetime import datetime, timedelta
from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts import throttle
from accounts.access import ContactNotSettled
from accounts.actors import Actor
from accounts.downloads import attachment
from accounts.throttle import Limit, TooMany
from records import presentation
from records.models import Export, ExportFile, ExportKind
from records.operations import exports
from records.operations.exports import AnotherIsMade, OnlyForOneself
from records.own_file import zone_of

REFUSALS: Final = (AnotherIsMade, ContactNotSettled, OnlyForOneself, TooMany)
ASKED: Final = Limit("export", 5, timedelta(days=1))
_CONTENT_TYPES: Final = {
    ExportKind.JSON: ("json", "application/json"),
    ExportKind.CSV: ("csv.zip", "application/zip"),
    ExportKind.PDF: ("pdf", "application/pdf"),
}


def ask(actor: Actor, language: str, *, at: datetime) -> Export:
    """Ask for a copy. Raises one of `REFUSALS`."""
    exports.check_may_ask(actor, at)
    throttle.spend(ASKED, str(actor.own_subject), at=at)
    return exports.ask(language=language, by=actor, at=at)


def why_not(actor: Actor, *, at: datetime) -> str:
    """Why this person cannot ask for a copy now; empty if they can."""
    try:
        exports.check_may_ask(actor, at)
    except REFUSALS as error:
        return sentence_of(error, actor)
    return ""


def sentence_of(error: Exception, actor: Actor) -> str:
    """What to tell the person about a refusal."""
    match error:
        case OnlyForOneself():
            return _("A copy of everything is for the person alone. Whoever acts for somebody else cannot ask for it.")
        case AnotherIsMade():
            return _("Another copy of this file is being made. Ask again in a few minutes.")
        case ContactNotSettled():
            return _(
                "Your address was changed a short time ago. So that nobody else takes a copy of your file, there is"
                " none before %(when)s."
            ) % {"when": presentation.moment(error.settles_at, zone_of(actor))}
        case TooMany():
            return _("You have asked for many copies today. You can ask again after %(when)s.") % {
                "when": presentation.moment(error.retry_at, zone_of(actor))
            }
    raise error


def download(found: ExportFile, data: bytes) -> HttpResponse:
    """The answer with a file. Its name tells nothing about whom it is."""
    ending, content_type = _CONTENT_TYPES[ExportKind(found.kind)]
    return attachment(f"redress-copy-{found.part}.{ending}", content_type, data)
