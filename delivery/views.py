"""The demonstration's outbox: every mail on a page, for whoever sits at this machine."""

from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from delivery import outbox as box

_Arguments = ParamSpec("_Arguments")
_View = Callable[Concatenate[HttpRequest, _Arguments], HttpResponse]


def is_open_to(request: HttpRequest) -> bool:
    """Only in the demonstration, and only for this machine itself: a forwarded request comes from elsewhere."""
    if not settings.DEMO or "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def demo_only(view: _View[_Arguments]) -> _View[_Arguments]:
    """A page that does not exist for anybody else."""

    @login_not_required
    @require_safe
    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> HttpResponse:
        if not is_open_to(request):
            raise Http404
        return view(request, *args, **kwargs)

    wrapped.open_to = ("demo",)  # type: ignore[attr-defined]  # read by redress.references
    return wrapped


@demo_only
def outbox(request: HttpRequest) -> HttpResponse:
    return render(request, "delivery/outbox.html", {"mails": box.newest(), "most": box.NEWEST})


@demo_only
def outbox_mail(request: HttpRequest, mail_id: str) -> HttpResponse:
    mail = box.find(mail_id)
    if mail is None:
        raise Http404
    return render(request, "delivery/outbox_mail.html", {"mail": mail})
