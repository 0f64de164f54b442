"""Who may be signed in by a session. Two kinds, and a session of one kind never opens a user of the other.

Django stores in the session which backend let the user in, and asks that backend for the user at every
request. Staff come in by allauth; people by the mailed code (operations/sign_in.py), so their backend
authenticates nobody by itself.
"""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.models import User


class StaffBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth is not typed
    """E-mail and password, by allauth. A person has neither."""

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, subject=None, is_active=True).first()

    def user_can_authenticate(self, user: User) -> bool:
        return user.is_active and user.subject_id is None


class PersonBackend(BaseBackend):
    """Lets a person's session be read; nothing that is typed into a form gets anybody in here."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        return None

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, subject__isnull=False, is_active=True).first()
