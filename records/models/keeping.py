from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Subject
from audit.ids import uuid7
from records.models.record import Record


class KeptThing(models.TextChoices):
    """What a keeping time is about. `content`: what a decision deleted, sealed until nobody can undo it any more."""

    RECORD = "record", _("The entry")
    PUBLICATION = "publication", _("Its publication")
    CONTENT = "content", _("What a deleted entry said")


class WaitsFor(models.TextChoices):
    """Why something whose time is over is still there."""

    OPEN_CASE = "open_case", _("it is part of a case that is not finished")
    REVIEW_WINDOW = "review_window", _("a review can still be asked for")


class Keeping(models.Model):
    """How long one record is kept, or published, and what the sweep did about it.

    Worked out from the programme file and version `number` of the record, so it is no fact of its own and can be
    worked out again when either changes. `until`: the last day; None where no day is known. `next_look_at`: when
    the sweep looks at it next; None when there is nothing to do.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="keepings")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    of = models.CharField(max_length=12, choices=KeptThing.choices)
    number = models.PositiveIntegerField()
    programme_version = models.PositiveIntegerField()
    until = models.DateField(null=True)
    next_look_at = models.DateTimeField(null=True)
    waits_for = models.CharField(max_length=15, choices=WaitsFor.choices, blank=True)
    waits_until = models.DateField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=60, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "of"], name="a_thing_has_one_keeping_time"),
            models.CheckConstraint(
                name="what_is_done_is_not_looked_at_again",
                condition=Q(done_at__isnull=True) | Q(next_look_at__isnull=True),
            ),
            models.CheckConstraint(
                name="what_waits_is_looked_at_again",
                condition=Q(waits_for="") | Q(next_look_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_look_at"], condition=Q(next_look_at__isnull=False), name="keeping_times_to_look_at"
            )
        ]

    def __str__(self) -> str:
        return f"{self.of} of {self.record_id} until {self.until}"
