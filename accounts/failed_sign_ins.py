"""Counts sign-ins of staff that failed: allauth tells of them by signals alone (`audit.failures`)."""

from typing import Any

from allauth.mfa.signals import authentication_failed
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.utils import timezone

from audit import failures


@receiver(user_login_failed)
def _password(**_kwargs: Any) -> None:
    failures.count(failures.Kind.STAFF_PASSWORD, at=timezone.now())


@receiver(authentication_failed)
def _second_factor(**_kwargs: Any) -> None:
    failures.count(failures.Kind.SECOND_FACTOR, at=timezone.now())
