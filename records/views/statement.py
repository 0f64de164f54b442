"""The person's own words on one entry: writing them, and taking them back."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import ContactNotSettled, SignedIn, person_required
from accounts.operations.mandates import MandateEnded
from records import presentation, queries, statement_limits
from records.forms import StatementForm
from records.operations import statements


@sensitive_post_parameters()
@sensitive_variables("form")
@person_required
@require_http_methods(["GET", "HEAD", "POST"])
def statement(request: SignedIn, record_id: UUID) -> HttpResponse:
    """Write a statement, or write it anew. 404 for an entry that is not in this person's file."""
    try:
        entry = queries.held_record(request.actor, record_id)
    except (ObjectDoesNotExist, IndexError):
        raise Http404 from None
    at, status = timezone.now(), 200
    written = {"words": entry.statement.words} if entry.statement else {}
    limit = presentation.word_limit(statement_limits.limit(entry.record, at))
    form = StatementForm(request.POST if request.method == "POST" else None, initial=written, limit=limit)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            words, language = form.cleaned_data["words"], get_language() or "en"
            try:
                statements.attach(record_id, words=words, language=language, by=request.actor, at=at)
            except ObjectDoesNotExist:  # it left the file while this was written
                raise Http404 from None
            except statements.OnlySees:
                raise PermissionDenied from None
            except MandateEnded as error:
                status = 409
                form.add_error(None, str(error.sentence))
            except statements.TooManyWords as error:
                form.add_error("words", presentation.too_long(error))
            except ContactNotSettled as error:
                status = 409
                form.add_error(None, _too_soon(error, entry.programme.time_zone))
            else:
                messages.success(request, _("Your statement goes with this entry from now on."))
                return redirect("records:record", record_id)
    context = {"form": form, "card": presentation.card(entry, at.date()), "is_there": entry.statement is not None}
    return render(request, "records/statement.html", context, status=status)


@person_required
@require_POST
def take_back(request: SignedIn, record_id: UUID) -> HttpResponse:
    """Destroy the statement on an entry."""
    try:
        statements.take_back(record_id, by=request.actor, at=timezone.now())
    except ObjectDoesNotExist:
        raise Http404 from None
    except statements.OnlySees:
        raise PermissionDenied from None
    except MandateEnded as error:
        messages.error(request, str(error.sentence))
        return redirect("records:record", record_id)
    messages.success(request, _("Your statement goes with this entry no longer. Its words are destroyed."))
    return redirect("records:record", record_id)


def _too_soon(error: ContactNotSettled, zone: str) -> str:
    return _(
        "Your address was changed a short time ago. So that nobody else speaks in your name, you can attach a statement"
        " after %(when)s."
    ) % {"when": presentation.moment(error.settles_at, zone)}
