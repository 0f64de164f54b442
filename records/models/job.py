from django.db import models
from django.db.models import Q

from accounts.models import ApiKey, Organisation
from audit.ids import uuid7
from records.models.intake import ImportRun


class JobState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # nothing of the file can be read, or its key is no longer valid


class ImportJob(models.Model):
    """A file that a system uploaded, to be imported in the background. The file is destroyed when the job ends.

    `next_try_at`: when the sweep takes it up. While a worker is at it that is some minutes ahead, and is moved on
    with every batch: a worker that was killed leaves a job that is due again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    source = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+")
    programme = models.CharField(max_length=60)
    file_sha256 = models.BinaryField(max_length=32)
    size = models.PositiveBigIntegerField()
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.WAITING)
    error = models.CharField(max_length=40, blank=True)
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_job_that_is_not_finished_has_a_next_try",
                condition=Q(state__in=["waiting", "running"], next_try_at__isnull=False, finished_at__isnull=True)
                | Q(state__in=["done", "failed"], next_try_at__isnull=True, finished_at__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="import_jobs_to_do"),
            models.Index(fields=["source", "-received_at"], name="import_jobs_of_a_source"),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.pk} {self.state}"
