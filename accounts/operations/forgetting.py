"""Throwing away what has served its time and says something about people: codes, counters, sessions."""

from datetime import datetime, timedelta
from typing import Final

from django.contrib.sessions.models import Session

from accounts.models import Attempt, ContactChange, IdempotentRequest, SignInCode

LONGEST_WINDOW: Final = timedelta(days=1)  # of any counter
IDEMPOTENT_FOR: Final = timedelta(hours=24)  # an Idempotency-Key is honoured that long


def forget_old(*, at: datetime) -> None:
    """Safe to repeat at any time."""
    SignInCode.objects.filter(expires_at__lt=at).delete()
    ContactChange.objects.filter(expires_at__lt=at, confirmed_at=None).delete()
    Attempt.objects.filter(window__lt=at - LONGEST_WINDOW).delete()
    Session.objects.filter(expire_date__lt=at).delete()
    IdempotentRequest.objects.filter(begun_at__lt=at - IDEMPOTENT_FOR).delete()
