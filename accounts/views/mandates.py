"""Acting for others, and letting others act: who may, for whom, how far, until when; switching, giving, ending."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import mandates, operations, programmes, queries, sessions, throttle
from accounts.access import SignedIn, for_oneself, person_required
from accounts.forms_acting import AcceptForm, AccountForm, TermsForm
from accounts.mandates import MandateShown
from accounts.models import Basis, Mandate, Subject, User
from accounts.operations import mandates as writes
from accounts.operations.mandates import MandateRefused
from accounts.throttle import TooMany
from accounts.views import person


@for_oneself
@require_safe
def home(request: SignedIn) -> HttpResponse:
    """For whom this person may act, and for whom they act now."""
    at = timezone.now()
    held = [shown for own in request.actor.own_subjects for shown in mandates.mandates_held(own, at)]
    chosen = sessions.acts_by(request)
    in_force = [_row(each) for each in held if each.is_in_force]
    context = {
        "rows": in_force,
        "over": [_row(each) for each in held if not each.is_in_force],
        "now": next((row for row in in_force if row["mandate"].pk == chosen), None),
        "has_ended": chosen is not None and chosen not in {row["mandate"].pk for row in in_force},
    }
    return render(request, "accounts/acting/home.html", context)


@for_oneself
@require_POST
def switch(request: SignedIn) -> HttpResponse:
    """Act for somebody else from the next page on, or for oneself again."""
    wanted = request.POST.get("mandate", "")
    if not wanted:
        sessions.act_for(request, None)
        messages.success(request, _("You act for yourself."))
        return redirect(sessions.home_of(request.user))
    try:
        mandate_id = UUID(wanted)
        writes.use(mandate_id, by=request.actor, at=timezone.now())
    except (ValueError, MandateRefused):
        messages.error(request, str(writes.MandateEnded.sentence))
        return redirect("acting:home")
    sessions.act_for(request, mandate_id)
    return redirect(sessions.home_of(request.user))


@for_oneself
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: SignedIn) -> HttpResponse:
    """Type the code, read what one would take on, accept."""
    at = timezone.now()
    form = AcceptForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/acting/accept.html", {"form": form}, status=422 if form.errors else 200)
    code = form.cleaned_data["code"]
    try:
        offered = writes.offer(code, by=request.actor, at=at)
        if "accept" in request.POST:
            writes.accept(code, by=request.actor, at=at)
            name = queries.name_of(offered.subject_id)
            messages.success(request, _("You may now act for: %(name)s") % {"name": name})
            return redirect("acting:home")
    except (MandateRefused, TooMany) as error:
        form.add_error("code", _sentence(error, at))
        return render(request, "accounts/acting/accept.html", {"form": form}, status=_status(error))
    context = {"code": code, "name": queries.name_of(offered.subject_id), "terms": _terms(offered)}
    return render(request, "accounts/acting/offer.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Somebody was given a code and has no file here: who they are, and then they sign in as all others do."""
    if isinstance(request.user, User) and not sessions.is_of_registered_contact(request):
        return redirect("acting:accept" if request.user.subject_id else "home")
    at = timezone.now()
    form = AccountForm(request.POST if request.method == "POST" else None, today=at.date())
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        said, network = form.cleaned_data, throttle.client(request)
        try:
            writes.open_account(
                said["code"],
                name=said["name"],
                birth_date=said["birth_date"],
                email=said["email"],
                language=get_language() or "en",
                network=network,
                at=at,
            )
            code_id = operations.ask_for_code(email=said["email"], network=network, at=at)
        except (MandateRefused, TooMany) as error:
            form.add_error("code" if isinstance(error, MandateRefused) else None, _sentence(error, at))
            status = _status(error)
        else:
            request.session.flush()
            person.begin(request, code_id, "person")
            return redirect(f"{reverse('accounts:code')}?{urlencode({'next': reverse('acting:accept')})}")
    return render(request, "accounts/acting/account.html", {"form": form}, status=status)


@person_required
@require_safe
def given(request: SignedIn) -> HttpResponse:
    """Who may act for this person or company, who was asked, and who did."""
    at = timezone.now()
    found = [shown for own in request.actor.own_subjects for shown in mandates.mandates_given(own, at)]
    may_change = request.actor.acts is None or request.actor.acts.basis == Basis.COMPANY_ADMINISTRATOR
    context = {
        "rows": [_row(each) for each in found if each.row.revoked_at is None],
        "over": [_row(each) for each in found if each.row.revoked_at is not None],
        "may_change": may_change,
    }
    return render(request, "accounts/acting/given.html", context)


@person_required
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: SignedIn) -> HttpResponse:
    """Say who may act; then the code to hand over is shown, once."""
    at = timezone.now()
    subject = Subject.objects.get(pk=request.actor.own_subject)
    form = TermsForm.of_kind(subject.kind, request.POST if request.method == "POST" else None, timezone.localdate(at))
    status = 422 if form.errors else 200
    try:
        writes.check_may_give(request.actor)
    except MandateRefused as error:
        return render(request, "accounts/acting/refused.html", {"sentence": str(error)}, status=409)
    if request.method == "POST" and form.is_valid():
        try:
            throttle.spend(writes.OFFERS, str(request.actor.own_user), at=at)
            mandate, code = writes.give(form.terms(), by=request.actor, at=at)
        except (MandateRefused, TooMany) as error:
            form.add_error(None, _sentence(error, at))
            status = _status(error)
        else:
            return _show_code(request, mandate, code, called=form.cleaned_data["called"])
    return render(request, "accounts/acting/give.html", {"form": form}, status=status)


@person_required
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: SignedIn, mandate_id: UUID) -> HttpResponse:
    """Ask, then end a mandate or take an offer back: one's own, or one that somebody else holds."""
    return _end(request, mandate_id, back="acting:given")


@for_oneself
@require_http_methods(["GET", "HEAD", "POST"])
def lay_down(request: SignedIn, mandate_id: UUID) -> HttpResponse:
    """Ask, then act no longer for somebody."""
    return _end(request, mandate_id, back="acting:home")


def _end(request: SignedIn, mandate_id: UUID, *, back: str) -> HttpResponse:
    at = timezone.now()
    own = request.actor.own_subjects
    source = mandates.mandates_held if back == "acting:home" else mandates.mandates_given
    found = next((each for one in own for each in source(one, at) if each.row.pk == mandate_id), None)
    if found is None or found.row.revoked_at:
        raise Http404
    context: dict[str, Any] = {"row": _row(found), "back": reverse(back), "is_own": back == "acting:home"}
    if request.method != "POST":
        return render(request, "accounts/acting/end.html", context)
    try:
        writes.revoke(mandate_id, by=request.actor, at=at)
    except ObjectDoesNotExist:
        raise Http404 from None
    except MandateRefused as error:
        return render(request, "accounts/acting/end.html", {**context, "sentence": str(error)}, status=409)
    messages.success(request, _("It has ended. It no longer counts from this moment on."))
    return redirect(back)


def _show_code(request: HttpRequest, mandate: Mandate, code: str, *, called: str) -> HttpResponse:
    """The one page that shows a code; it is kept nowhere else, so no copy of the page may stay either."""
    context = {"code": code, "called": called, "terms": _terms(mandate), "expires_at": mandate.code_expires_at}
    response = render(request, "accounts/acting/code.html", context, status=201)
    response["Cache-Control"] = "no-store"
    return response


def _row(shown: MandateShown) -> dict[str, Any]:
    row = shown.row
    if shown.is_in_force:
        state, tone = _("In force"), "good"
    elif row.revoked_at:
        state, tone = _("Ended"), "neutral"
    elif row.entered_by_id and not row.confirmed_by_id:
        state, tone = _("Waits for a second official"), "waiting"
    elif row.accepted_at is None:
        state, tone = _("Waits to be accepted"), "waiting"
    else:
        today = timezone.localdate()
        state, tone = (_("Begins later"), "waiting") if row.from_on > today else (_("Over"), "neutral")
    return {
        "mandate": row,
        "other": shown.other,
        "called": shown.called,
        "terms": _terms(row),
        "state": state,
        "tone": tone,
    }


def _terms(mandate: Mandate) -> dict[str, Any]:
    names = programmes.titles()
    return {
        "basis": mandate.get_basis_display(),
        "reach": mandate.get_reach_display(),
        "programmes": [names.get(code, code) for code in mandate.programmes],
        "from_on": mandate.from_on,
        "to_on": mandate.to_on,
    }


def _sentence(error: Exception, at: datetime) -> str:
    return person.wait(error, at) if isinstance(error, TooMany) else str(error)


def _status(error: Exception) -> int:
    return 429 if isinstance(error, TooMany) else 422
