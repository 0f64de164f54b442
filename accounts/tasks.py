"""Celery entry points. Safe to repeat."""

from celery import shared_task
from django.utils import timezone

from accounts.operations import forgetting


@shared_task(name="accounts.tasks.forget_old")
def forget_old() -> None:
    """Throw away expired codes, counters and sessions."""
    forgetting.forget_old(at=timezone.now())
