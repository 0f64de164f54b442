"""How a person signs in: an address, then a code from the mail and a fact that the mail does not hold."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts import operations, sessions, throttle
from accounts.forms import AskForm, EnterForm, enter_form_of
from accounts.models import SubjectKind, User
from accounts.throttle import TooMany
from audit import failures

_CODE, _KIND = "sign_in_code", "sign_in_kind"  # one open code in a browser session: a new one takes its place


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Step one. The answer is the same for every address."""
    if isinstance(request.user, User):
        return redirect(sessions.home_of(request.user))
    form = AskForm(request.POST or None)
    status, at = 200, timezone.now()
    if request.method == "POST" and form.is_valid():
        try:
            network = throttle.client(request)
            code_id = operations.ask_for_code(email=form.cleaned_data["email"], network=network, at=at)
        except TooMany as error:
            form.add_error(None, wait(error, at))
            status = 429
        else:
            begin(request, code_id, form.cleaned_data["kind"])
            return redirect(_with_next("accounts:code", request))
    context = {"form": form, "next": _next(request), "has_ended": request.session.pop(sessions.ENDED, False)}
    return render(request, "accounts/sign_in.html", context, status=status)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Step two. One sentence for whatever was wrong."""
    code_id = request.session.get(_CODE)
    if isinstance(request.user, User) or not code_id:
        return redirect(_with_next("accounts:sign-in", request))
    if request.GET.get("for") in SubjectKind.values:
        request.session[_KIND] = request.GET["for"]
    kind = request.session[_KIND]
    form = enter_form_of(kind)(request.POST or None)
    status, at = 200, timezone.now()
    if request.method == "POST" and form.is_valid():
        status, user = _enter(UUID(code_id), form, at)
        if user:
            return _let_in(request, user, more_time=form.cleaned_data["more_time"], at=at)
    is_person = kind == SubjectKind.PERSON
    context = {"form": form, "next": _next(request), "is_person": is_person}
    return render(request, "accounts/code.html", context, status=status)


def begin(request: HttpRequest, code_id: UUID, kind: str) -> None:
    """Note in the session which code was asked for, so that step two can be opened."""
    request.session[_CODE], request.session[_KIND] = str(code_id), kind


def _enter(code_id: UUID, form: EnterForm, at: datetime) -> tuple[int, User | None]:
    """The status to answer with, and the user if the code and the fact were right."""
    try:
        digits = form.cleaned_data["code"]
        return 200, operations.enter_code(code_id=code_id, digits=digits, fact=form.fact, at=at)
    except TooMany as error:
        form.add_error(None, wait(error, at))
        return 429, None
    except operations.NotSignedIn as error:
        failures.count(failures.Kind.PERSON_CODE, at=at)
        form.add_error(None, _why_not(error))
    return 200, None


def _why_not(error: operations.NotSignedIn) -> str:
    match error:
        case operations.CodeSpent():
            return _("This code can no longer be used. Ask for a new one.")
        case operations.SeveralMatch():
            return _several_match()
    return _("This does not fit together. Check the code and the other answer, and try again.")


def _let_in(request: HttpRequest, user: User, *, more_time: bool, at: datetime) -> HttpResponse:
    destination = _next(request) or sessions.home_of(user)
    sessions.sign_in_person(request, user, at=at, more_time=more_time)
    response = HttpResponseRedirect(destination)
    sessions.speak(request, response, user.language)
    return response


def _several_match() -> str:
    return _(
        "More than one file has this address and this answer, so we cannot tell which one is yours. Ask the office"
        " that sent you the notice to note an address of your own."
    )


def wait(error: TooMany, at: datetime) -> str:
    """What to tell somebody who tried too often."""
    minutes = -(-error.seconds(at) // 60)
    return ngettext(
        "There were too many tries. Try again in %(minutes)d minute.",
        "There were too many tries. Try again in %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes}


def _next(request: HttpRequest) -> str:
    """Where the visitor wanted to go, if that is one of our own pages."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else ""


def _with_next(name: str, request: HttpRequest) -> str:
    wanted = _next(request)
    return f"{reverse(name)}?{urlencode({'next': wanted})}" if wanted else reverse(name)
