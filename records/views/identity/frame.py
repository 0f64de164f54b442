"""What the pages on identity share: who may open them, and one answer when something is not possible."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.access import SignedIn, staff_required
from accounts.actors import Seat
from accounts.identity import Identity
from accounts.models import Membership, Role
from accounts.queries import staff_label
from records.access import IdentityRefused
from records.models import IdentityChange
from records.presentation import day, words
from records.values import filled

Page = Callable[..., HttpResponseBase]


def identity_page(view: Page) -> Page:
    """For caseworkers and supervisors. 404 for what is not theirs; a page that says why for what is not possible."""

    def page(request: SignedIn, /, **named: Any) -> HttpResponseBase:
        try:
            return view(request, **named)
        except ObjectDoesNotExist:
            raise Http404 from None
        except IdentityRefused as refused:
            return not_possible(request, refused)

    return wraps(view)(staff_required(Role.CASEWORKER, Role.SUPERVISOR)(page))


def not_possible(request: HttpRequest, refused: IdentityRefused) -> HttpResponse:
    """Why this cannot be done."""
    refusals = [(each.field, filled(_(each.sentence), each.params, words.reader())) for each in refused.refusals]
    context = {"why": refused.sentence, "refusals": refusals}
    return render(request, "records/identity/not_possible.html", context, status=409)


def sent(request: HttpRequest) -> QueryDict | None:
    """What was sent in a form, if one was."""
    return request.POST if request.method == "POST" else None


def by_whom(change: IdentityChange, user_id: Any) -> str:
    """How somebody who dealt with a change appears: organisation, role and number."""
    seats = Membership.objects.filter(user=user_id, organisation=change.holder_id).order_by("since", "pk")
    seat = seats.first()
    return staff_label(Seat(seat.organisation_id, seat.role, seat.number), get_language() or "en") if seat else ""


def rows_of(identity: Identity) -> list[dict[str, object]]:
    """Who somebody is, as rows of a summary."""
    if identity.is_erased:
        return [{"key": _("Name"), "value": _("Erased")}]
    rows: list[dict[str, object]] = [{"key": _("Name"), "value": identity.name}]
    if identity.kind == "person":
        born = identity.birth_date
        rows.append({"key": _("Birth date"), "value": day(born) if born else _("Not known")})
    rows += [{"key": _(one.title), "value": one.shown} for one in identity.numbers]
    return rows if identity.numbers else [*rows, {"key": _("Numbers"), "value": _("None")}]
