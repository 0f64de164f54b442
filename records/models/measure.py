from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Subject
from audit.ids import uuid7
from records.models.intake import ImportRun
from records.models.record import Record


class MeasureState(models.TextChoices):
    IN_FORCE = "in_force", _("In force")
    SUSPENDED = "suspended", _("Suspended")
    LIFTED = "lifted", _("Lifted")


class Measure(models.Model):
    """An effect that rests on a record: a restriction, a listing, a publication.

    `suspended_by_case`: the open case that stopped it. `resumes_on`: the first day on which
    it may start again, set when the case is lost or withdrawn. `end_entered_…`: whose hand gave it an earlier end.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="measures")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    type = models.CharField(max_length=60)
    from_on = models.DateField()
    to_on = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=MeasureState.choices, default=MeasureState.IN_FORCE)
    suspended_by_case = models.UUIDField(null=True)
    resumes_on = models.DateField(null=True)
    lifted_at = models.DateTimeField(null=True)
    ended_by_withdrawal = models.UUIDField(null=True)  # of its record by the source: not by a decision
    imposed_at = models.DateTimeField()
    # A feed may add a measure without a new version of its record, so whose hand it was stands here too.
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    entered_with = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    entered_in = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    end_entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    end_entered_with = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    end_entered_in = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "type", "from_on"], name="a_measure_is_imposed_once"),
            models.CheckConstraint(
                name="a_suspended_measure_names_its_case",
                condition=Q(state="suspended", suspended_by_case__isnull=False)
                | ~Q(state="suspended") & Q(suspended_by_case__isnull=True, resumes_on__isnull=True),
            ),
            models.CheckConstraint(
                name="a_lifted_measure_says_when",
                condition=Q(state="lifted", lifted_at__isnull=False) | ~Q(state="lifted") & Q(lifted_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_measure_ends_after_it_begins",
                condition=Q(to_on__isnull=True) | Q(to_on__gte=models.F("from_on")),
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "state"], name="measures_of_a_subject"),
            models.Index(fields=["resumes_on"], condition=Q(resumes_on__isnull=False), name="measures_that_resume"),
        ]

    def __str__(self) -> str:
        return f"{self.type} on {self.record_id}"

    def has_run_out(self, today: date) -> bool:
        """Whether its last day has passed: then it applies no more, whatever its state."""
        return self.to_on is not None and self.to_on < today
