"""One table of the same shape for each way of keeping a history."""

import pghistory
import reversion
from auditlog.registry import auditlog
from django.db import models
from simple_history.models import HistoricalRecords


class Shape(models.Model):
    """A row as records have it: an owner, a kind, a text, a day."""

    owner = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=40)
    body = models.TextField()
    since = models.DateField()

    class Meta:
        abstract = True
        app_label = "histories"


class Plain(Shape):
    """No history, and the one that our log is written beside."""


@auditlog.register()
class OfAuditlog(Shape):
    """django-auditlog."""


class OfSimpleHistory(Shape):
    """django-simple-history."""

    history = HistoricalRecords()


@reversion.register()
class OfReversion(Shape):
    """django-reversion."""


@pghistory.track()
class OfPghistory(Shape):
    """django-pghistory: triggers."""
