"""Staff pages that allauth does not have as we need them."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from accounts import sessions
from accounts.access import STAFF_SIGN_IN


class SetUp(ActivateTOTPView):  # type: ignore[misc]  # allauth is not typed
    """Sets up the authenticator app; the code typed here is also this session's second factor."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if getattr(request.user, "subject_id", None):
            raise PermissionDenied  # people have no password that a second factor could stand beside
        if Authenticator.objects.filter(user_id=request.user.pk, type=Authenticator.Type.TOTP).exists():
            return redirect("home")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        sessions.note_second_factor(self.request, self.request.user)
        return response

    def get_success_url(self) -> str:
        return reverse("mfa_view_recovery_codes")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        secret = context["form"].secret
        groups = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
        return context | {"picture": _inline(context["totp_svg"]), "secret": groups}


def _inline(svg: str) -> SafeString:
    """The picture without its XML declaration, which has no place inside a page."""
    return mark_safe(svg[svg.index("<svg") :])  # noqa: S308  drawn by qrcode; the text in it is only modules


set_up = SetUp.as_view()
set_up.for_second_factor = True
set_up.login_url = STAFF_SIGN_IN
