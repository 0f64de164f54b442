"""For auditors: the entries of the log, filtered, and out of the door with their proofs. Nothing here can write.

An entry shows its kind, its hour and who acted for which office; what it says about people stays sealed.
"""

import io
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any, Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.access import SignedIn, staff_required
from accounts.downloads import attachment
from accounts.models import Role
from accounts.pages import Pages
from audit import queries as log
from audit import receipts, signing
from audit.events import EVENTS
from audit.queries import Wanted
from redress.log import sentences

PAGE: Final = 50
MOST: Final = 1_000  # entries in one file


class FilterForm(forms.Form):
    """Which entries."""

    event = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    from_on = forms.DateField(label=gettext_lazy("From"), required=False)
    to_on = forms.DateField(label=gettext_lazy("Until"), required=False)
    place = forms.IntegerField(label=gettext_lazy("Number in the log, from"), required=False, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted(((event, str(sentences.sentence(event))) for event in EVENTS), key=itemgetter(1))
        choices = [("", gettext_lazy("All")), *kinds]
        self.fields["event"] = forms.ChoiceField(label=gettext_lazy("Kind"), required=False, choices=choices)
        for name in ("from_on", "to_on"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"})
        self.fields["place"].widget = forms.NumberInput(attrs={"inputmode": "numeric", "min": "0"})


@staff_required(Role.AUDITOR)
@require_safe
def entries(request: SignedIn) -> HttpResponse:
    """The entries that were asked for, newest first, a page at a time."""
    form, wanted = _asked(request)
    pages = Pages(request, log.placed(wanted), PAGE)
    actors = log.opened_facts([leaf.entry_id for leaf in pages.rows], ["actor"])
    kinds = log.in_bulk(leaf.entry_id for leaf in pages.rows)
    rows = [
        {
            "place": leaf.leaf_index,
            "event": kinds[leaf.entry_id].event_type,
            "sentence": sentences.sentence(kinds[leaf.entry_id].event_type),
            "at": kinds[leaf.entry_id].recorded_at.replace(minute=0),
            "by": sentences.actor(actors.get(leaf.entry_id, {}).get("actor")),
        }
        for leaf in pages.rows
        if leaf.entry_id in kinds
    ]
    context = {"form": form, "rows": rows, "pages": pages, "query": request.GET.urlencode(), "most": MOST}
    return render(request, "log/entries.html", context, status=200 if form.is_valid() else 422)


@staff_required(Role.AUDITOR)
@require_safe
def proof(request: SignedIn, place: int) -> HttpResponse:
    """One entry with the proof that it is in the signed log; it discloses nothing."""
    found = log.at_place(place)
    made = receipts.build([found], disclose=()) if found else {}
    if found is None or found not in made:
        raise Http404
    return attachment(f"{place}.tlog-proof", receipts.MEDIA_TYPE, made[found].encode())


@staff_required(Role.AUDITOR)
@require_safe
def export(request: SignedIn) -> HttpResponse:
    """The newest of the entries that were asked for, each with its proof, and the public keys, in one file."""
    _form, wanted = _asked(request)
    places = {leaf.entry_id: leaf.leaf_index for leaf in log.placed(wanted)[:MOST]}
    made = receipts.build(places, disclose=())
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("vkey", "".join(f"{key}\n" for key in signing.verifiers()))
        for entry_id, receipt in made.items():
            file.writestr(f"{places[entry_id]}.tlog-proof", receipt)
    return attachment("log-entries.zip", "application/zip", data.getvalue())


def _asked(request: HttpRequest) -> tuple[FilterForm, Wanted]:
    """The form, and what it asks for: everything, where it cannot be read."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        return form, Wanted()
    said = form.cleaned_data
    to_on: date | None = said["to_on"]
    wanted = Wanted(
        event=said["event"],
        since=_begin(said["from_on"]),
        until=_begin(to_on + timedelta(days=1)) if to_on and to_on < date.max else None,
        place=said["place"],
    )
    return form, wanted


def _begin(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=UTC) if day else None
