"""The catalogue for everybody: what may be held, who sees it, how long, what may rest on it, and how to dispute it."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from records import catalogue, presentation
from records.catalogue import Programme, UnknownProgramme


@login_not_required
@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """All programmes in brief."""
    at = timezone.now()
    rules = [presentation.programme_rules(each, at) for each in catalogue.programmes().values()]
    return render(request, "records/catalogue.html", {"programmes": rules})


@login_not_required
@require_safe
def programme(request: HttpRequest, programme_id: str) -> HttpResponse:
    """One programme: its types, and what it may not hold."""
    rules = presentation.programme_rules(_programme(programme_id), timezone.now())
    return render(request, "records/catalogue_programme.html", {"rules": rules})


@login_not_required
@require_safe
def type_(request: HttpRequest, programme_id: str, type_id: str) -> HttpResponse:
    """One type of entry in full."""
    found = _programme(programme_id)
    if type_id not in found.types:
        raise Http404
    at = timezone.now()
    context = {
        "rules": presentation.type_rules(found, found.types[type_id], at),
        "programme": found.title.of(presentation.reader()),
    }
    return render(request, "records/catalogue_type.html", context)


def _programme(programme_id: str) -> Programme:
    try:
        return catalogue.programme(programme_id)
    except UnknownProgramme:
        raise Http404 from None
