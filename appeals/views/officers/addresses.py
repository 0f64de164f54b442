"""Addresses on which sources disagree: one of them is wrong, and somebody has to find out which (ADR 0008)."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import queries as accounts
from accounts.access import SignedIn, staff_required
from accounts.models import Role
from appeals.views.pages import Pages
from records import presentation
from records import queries as records

_PAGE = 50


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Of the person it says nothing, nor any address: each source knows them by its own reference."""

    at: datetime
    sources: tuple[tuple[str, str], ...]


@staff_required(Role.OPERATOR)
@require_safe
def addresses(request: SignedIn) -> HttpResponse:
    """The oldest first. A line goes away once the person has shown who they are."""
    pages = Pages(request, accounts.disagreements(), _PAGE)
    subject_ids = [each.subject_id for each in pages.rows]
    given, known = accounts.sources_of_addresses(subject_ids), records.references_at_sources(subject_ids)
    rows = [
        Disagreement(
            each.added_at,
            tuple(
                (presentation.organisation(name), reference)
                for (subject_id, source_id), (name, reference) in known.items()
                if subject_id == each.subject_id and source_id in given[subject_id]
            ),
        )
        for each in pages.rows
    ]
    return render(request, "appeals/officers/addresses.html", {"rows": rows, "pages": pages})
