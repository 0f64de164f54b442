"""Celery entry points. Safe to repeat."""

from celery import shared_task
from django.utils import timezone

from audit import failures, turning


@shared_task(name="audit.tasks.write_failures", ignore_result=True)
def write_failures() -> None:
    """Log how often visitors failed in the minutes that are over."""
    failures.write(at=timezone.now())


@shared_task(name="audit.tasks.turn_month", ignore_result=True)
def turn_month() -> None:
    """Wrap keys under this month's key, and destroy those of months whose backups are too old to be restored."""
    turning.turn(at=timezone.now())
