"""What an office was told about its own cases: days that are near or over, and answers that came."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.access import SignedIn, staff_required
from accounts.models import Role
from appeals import queries
from appeals.views.pages import Pages
from delivery import queries as messages
from delivery import rendering

_PAGE = 50
_ROLES = (Role.CASEWORKER, Role.SUPERVISOR)


@staff_required(*_ROLES)
@require_safe
def told(request: SignedIn) -> HttpResponse:
    """Newest first, each with the way to its case."""
    offices = request.actor.organisations(*_ROLES)
    pages = Pages(request, messages.office_inbox(offices), _PAGE)
    references = queries.references(request.actor, [row.case_id for row in pages.rows if row.case_id])
    language = get_language() or "en"
    rows = [
        (row, rendering.rendered(row, language), references.get(row.case_id) if row.case_id else None)
        for row in pages.rows
    ]
    return render(request, "appeals/casework/told.html", {"rows": rows, "pages": pages})
