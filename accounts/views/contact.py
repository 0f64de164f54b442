"""Where messages to a person go: seeing it, changing it, stopping a change, and what mails may come and when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import addresses, post, queries, sessions, throttle
from accounts.access import ContactNotSettled, SignedIn, contact_settles_at, for_oneself
from accounts.forms_contact import DAYS, ZONES, AddressCodeForm, NewAddressForm, WishesForm
from accounts.models import Contact
from accounts.operations import contact as operations
from accounts.operations import postal as letters
from accounts.operations.sign_in import CodeSpent, NotSignedIn
from accounts.throttle import TooMany
from accounts.views.person import wait
from delivery.wishes import ANY_TIME, Mails, Wishes

_CHANGE = "contact_change"  # the change whose code this session waits for


@for_oneself
@require_safe
def overview(request: SignedIn) -> HttpResponse:
    """The address in use, what it opens, and the wishes."""
    at = timezone.now()
    found, postal = queries.contact_in_use(request.actor.own_subject), post.in_use(request.actor.own_subject)
    wished = queries.wishes_of(request.actor.own_subject, at) or ANY_TIME
    context = {
        "contact": found,
        "address": addresses.masked(addresses.opened(found)) if found else "",
        "settles_at": contact_settles_at(request.actor.own_subject, at),
        "postal": postal,
        "postal_address": post.masked(postal) if postal else "",
        "is_postal_new": bool(postal and postal.settles_at and at < postal.settles_at),
        "sources": queries.organisation_names(request.actor.sources),
        "is_partly_open": request.actor.sources is not None,
        "may_prove": _may_prove(request, found),
        "wished": wished,
        "days": _listed([str(name) for day, name in DAYS if day in wished.days]),
        "zone": str(dict(ZONES).get(wished.zone, wished.zone)),
        "is_bare": wished.mails is Mails.BARE,
        "is_silent": wished.mails is Mails.NONE,
    }
    return render(request, "accounts/contact/overview.html", context)


@for_oneself
@require_POST
def end_letters(request: SignedIn) -> HttpResponse:
    """No letters go to the postal address any more; mails do again."""
    try:
        is_ended = letters.end(by=request.actor, at=timezone.now())
    except letters.NoOtherWay:
        messages.error(request, _("Give an e-mail address first. Otherwise nothing would reach you."))
    else:
        if is_ended:
            messages.success(request, _("No letters go to this address any more."))
    return redirect("contact:overview")


def _listed(names: list[str]) -> str:
    return ("、" if (get_language() or "").startswith("zh") else ", ").join(names)


def _may_prove(request: SignedIn, found: Contact | None) -> bool:
    """Whether this session shows more than its address does: then the address can be made to open everything."""
    return bool(found and not found.proved_at and request.actor.sources is None)


@for_oneself
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SignedIn) -> HttpResponse:
    """A new address; a code goes there."""
    at, form, status = timezone.now(), NewAddressForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                change_id = operations.ask_to_change(
                    email=form.cleaned_data["email"], network=throttle.client(request), by=request.actor, at=at
                )
            except operations.SameAddress:
                form.add_error("email", _("Messages go to this address already. Enter another one."))
            except TooMany as error:
                form.add_error(None, wait(error, at))
                status = 429
            except ContactNotSettled as error:
                return _too_soon(request, error)
            else:
                request.session[_CHANGE] = str(change_id)
                return redirect("contact:change-code")
    if settles_at := contact_settles_at(request.actor.own_subject, at):
        return _too_soon(request, ContactNotSettled(settles_at))
    return render(request, "accounts/contact/change.html", {"form": form}, status=status)


@for_oneself
@require_http_methods(["GET", "HEAD", "POST"])
def change_code(request: SignedIn) -> HttpResponse:
    """The code from the new address; then messages go there."""
    change_id = request.session.get(_CHANGE)
    if not change_id:
        return redirect("contact:change")
    at, form, status = timezone.now(), AddressCodeForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                digits = form.cleaned_data["code"]
                operations.confirm_change(change_id=UUID(change_id), digits=digits, by=request.actor, at=at)
            except CodeSpent:
                form.add_error(None, _("This code can no longer be used. Ask for a new one."))
            except NotSignedIn:
                form.add_error("code", _("This is not the code that we sent. Check it and try again."))
            except ContactNotSettled as error:
                return _too_soon(request, error)
            else:
                del request.session[_CHANGE]
                sessions.outlive(request, at)
                messages.success(request, _("Messages go to your new address from now on."))
                return redirect("contact:overview")
    return render(request, "accounts/contact/change_code.html", {"form": form}, status=status)


@for_oneself
@require_http_methods(["GET", "HEAD", "POST"])
def mails(request: SignedIn) -> HttpResponse:
    """What a mail may say, and when one may come."""
    at = timezone.now()
    form = WishesForm(request.POST or None, now=_wishes_or_local(request, at))
    if request.method == "POST" and form.is_valid():
        operations.set_wishes(form.wished, by=request.actor, at=at)
        messages.success(request, _("Saved. Mails follow your wishes from now on."))
        return redirect("contact:overview")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/contact/mails.html", {"form": form}, status=status)


def _wishes_or_local(request: SignedIn, at: datetime) -> Wishes:
    """What is wished; whoever wishes nothing yet starts with the zone that fits their language best."""
    zone = "Asia/Shanghai" if request.LANGUAGE_CODE.startswith("zh") else "UTC"
    return queries.wishes_of(request.actor.own_subject, at) or Wishes(zone=zone)


@login_not_required  # whoever reads the old mailbox may be unable to sign in: that is why they are here
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """The old address objects. Opening the link changes nothing, since programs open links in mails too."""
    at, context = timezone.now(), dict[str, Any]()
    try:
        if request.method == "POST":
            operations.stop_change(token=token, at=at)
        context["is_stopped"] = operations.change_to_stop(token, at).stopped_at is not None
    except operations.UnknownLink:
        return render(request, "accounts/contact/stop_too_late.html", status=404)
    return render(request, "accounts/contact/stop.html", context)


def _too_soon(request: SignedIn, error: ContactNotSettled) -> HttpResponse:
    return render(request, "accounts/contact/too_soon.html", {"settles_at": error.settles_at}, status=409)
