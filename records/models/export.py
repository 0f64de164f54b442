from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Subject
from audit.ids import uuid7


class ExportState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    MAKING = "making", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Could not be made")
    GONE = "gone", _("Deleted")


class WhyGone(models.TextChoices):
    EXPIRED = "expired", _("its days were over")
    REPLACED = "replaced", _("a newer copy was asked for")
    THROWN_AWAY = "thrown_away", _("you deleted it")


class Export(models.Model):
    """A copy of everything held about a person, for that person alone: made in the background, destroyed after days.

    `in_full`: of everything; otherwise what the address in use lets the person see (`accounts.queries.reach_of`).
    `upto`: the newest record when it was asked for; `last`: the last one that stands in a finished part. A worker that
    dies goes on after `last`. `next_try_at`: when the sweep takes it up; moved ahead with every part, so that a
    worker that was killed leaves an export that is due again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    in_full = models.BooleanField()
    language = models.CharField(max_length=10)
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.WAITING)
    schema_version = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    upto = models.UUIDField(null=True)
    last = models.UUIDField(null=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    why_gone = models.CharField(max_length=12, choices=WhyGone.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(state__in=["waiting", "making", "ready"]),
                name="a_person_has_one_copy_at_a_time",
            ),
            models.CheckConstraint(
                name="a_copy_to_be_made_has_a_next_try",
                condition=Q(state__in=["waiting", "making"], next_try_at__isnull=False)
                | ~Q(state__in=["waiting", "making"]) & Q(next_try_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_ready_copy_says_when_it_expires",
                condition=~Q(state="ready") | Q(made_at__isnull=False, expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_deleted_copy_says_when_and_why",
                condition=Q(state="gone", gone_at__isnull=False) & ~Q(why_gone="")
                | ~Q(state="gone") & Q(gone_at__isnull=True, why_gone=""),
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="copies_to_make"),
            models.Index(fields=["expires_at"], condition=Q(state="ready"), name="copies_that_expire"),
        ]

    def __str__(self) -> str:
        return f"export {self.pk} {self.state}"


class ExportKind(models.TextChoices):
    JSON = "json", "JSON"
    CSV = "csv", "CSV"
    PDF = "pdf", "PDF"


class ExportFile(models.Model):
    """One file of a copy. It lies sealed outside the database, under this id (`audit.vault`)."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="files")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    part = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=4, choices=ExportKind.choices)
    entries = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField()
    digest = models.BinaryField(max_length=32)  # SHA-256 of the file

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export", "part", "kind"], name="a_copy_has_one_file_of_each_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.part} of {self.export_id}"
