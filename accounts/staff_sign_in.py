"""How allauth signs in our staff: nobody signs up, its chatter is silent, its secrets are sealed (ADR 0004)."""

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import sessions, throttle
from accounts.actors import SERVICE_ID
from accounts.models import User
from audit import keys

_WAIT = _("There were too many tries. Wait five minutes, then try again.")


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is not typed
    """Staff accounts are made by their organisation (`manage.py create_staff`)."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "too_many_login_attempts": _WAIT,
        "rate_limited": _WAIT,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return throttle.client(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the page that follows shows what happened."""

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        if any(record["method"] == "mfa" for record in get_authentication_records(request, user)):
            sessions.note_second_factor(request, user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        sessions.speak(request, response, user.language)
        return response

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        user = request.user
        if not isinstance(user, User):
            return reverse("home")
        if user.subject_id is None and not sessions.has_second_factor(request, user):
            return reverse("mfa_activate_totp")
        return sessions.home_of(user)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is not typed
    """Seals what authenticator apps and recovery codes are made from, as every other secret."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right. Wait for the next one in your app, and type that."),
    }

    def encrypt(self, text: str) -> str:
        return base64.b64encode(keys.seal(SERVICE_ID, text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return keys.open_sealed(SERVICE_ID, base64.b64decode(encrypted_text)).decode()
