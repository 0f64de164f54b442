"""Receipts of the person's own cases, to be saved."""

from typing import NamedTuple

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn, person_required
from appeals import presentation, queries
from appeals.models import Case
from appeals.reference import normalise
from appeals.views.problems import told_plainly
from audit.receipts import MEDIA_TYPE


class Shown(NamedTuple):
    """A receipt on the page of its case; without `href` it is not there yet."""

    title: str
    receipt: queries.Receipt
    href: str
    full_href: str


def shown(case: Case) -> list[Shown]:
    """The receipts of a case, as its page lists them."""
    return [
        Shown(
            presentation.receipt_title(each.event),
            each,
            reverse("appeals:receipt", args=[case.reference, each.entry_id]) if each.is_sealed else "",
            reverse("appeals:receipt-in-full", args=[case.reference, each.entry_id]) if each.is_sealed else "",
        )
        for each in queries.receipts_of(case)
    ]


@person_required
@told_plainly
@require_safe
def receipt(request: SignedIn, reference: str, entry_id: int) -> HttpResponse:
    """The receipt as a file."""
    reference = normalise(reference) or ""
    return _file(queries.receipt_file(request.actor, reference, entry_id), f"{reference}-{entry_id}")


@person_required
@told_plainly
@require_http_methods(["GET", "HEAD", "POST"])
def receipt_in_full(request: SignedIn, reference: str, entry_id: int) -> HttpResponse:
    """A receipt that tells everything the log has of the entry; first a page that warns of being made to show it."""
    reference = normalise(reference) or ""
    text = queries.receipt_file(request.actor, reference, entry_id, in_full=True)
    if request.method == "POST":
        return _file(text, f"{reference}-{entry_id}-full")
    return render(request, "appeals/person/receipt_in_full.html", {"reference": reference, "entry_id": entry_id})


def _file(text: str | None, name: str) -> HttpResponse:
    if text is None:
        raise Http404
    response = HttpResponse(text, content_type=MEDIA_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.tlog-proof") or ""
    response["Cache-Control"] = "no-store"
    return response
