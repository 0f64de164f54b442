from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Organisation, Subject
from audit.ids import uuid7
from records.models.intake import ImportRun


class RecordState(models.TextChoices):
    """`sealed` is what a deletion does at once; the content is purged when no window is open any more.

    `expired`: its keeping time is over. What it said is purged or locked away, as the programme file says.
    """

    CURRENT = "current", _("In the file")
    SEALED = "sealed", _("Deleted")
    DETACHED = "detached", _("About somebody else")
    EXPIRED = "expired", _("No longer kept")
    WITHDRAWN = "withdrawn", _("Taken back by the source")


class Record(models.Model):
    """One thing held about one subject. What it says stands in its versions."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="records")
    programme = models.CharField(max_length=60)
    type = models.CharField(max_length=60)
    source = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="supplied_records")
    source_ref = models.CharField(max_length=200)
    adverse = models.BooleanField()
    state = models.CharField(max_length=10, choices=RecordState.choices, default=RecordState.CURRENT)
    latest_number = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "source_ref"], name="a_source_names_a_record_once")]
        indexes = [models.Index(fields=["subject", "state", "created_at"], name="records_of_a_subject")]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class VersionCause(models.TextChoices):
    SUPPLIED = "supplied", _("supplied by the source")
    CORRECTED = "corrected", _("corrected after a dispute")
    RESTORED = "restored", _("restored: a correction was undone")


class Version(models.Model):
    """One immutable value of a record. The database refuses changes; a correction appends.

    `valid_from`/`valid_to`: when the statement is true of the world. `recorded_at`: when it
    was known here. `digest` is a keyed hash of the content, to compare without opening.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="versions")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    cause = models.CharField(max_length=10, choices=VersionCause.choices)
    method = models.CharField(max_length=40)  # provenance method; its details are in the content
    digest = models.BinaryField(max_length=32)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    entered_with = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, related_name="+")
    entered_in = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, related_name="+")
    case_id = models.UUIDField(null=True)  # the case that corrected it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "number"], name="versions_are_numbered"),
            models.CheckConstraint(
                name="a_version_ends_after_it_begins",
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gte=models.F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} v{self.number}"

    @property
    def about(self) -> UUID:
        """Whom it is about now. `subject` is whom it was about when it was written, and never changes (ADR 7)."""
        return self.content.subject_id


class Content(models.Model):
    """What a version says: values and provenance, sealed under the subject's key. Can be purged; the version stays."""

    version = models.OneToOneField(Version, on_delete=models.PROTECT, primary_key=True, related_name="content")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField(null=True)  # JSON: values, provenance
    purged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="content_is_there_or_purged",
                condition=Q(sealed__isnull=False, purged_at__isnull=True)
                | Q(sealed__isnull=True, purged_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"content of {self.version_id}"


class MarkKind(models.TextChoices):
    DISPUTED = "disputed", _("Disputed")


class Mark(models.Model):
    """What travels with a record to everybody who receives it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="marks")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=MarkKind.choices)
    field = models.CharField(max_length=60, blank=True)  # empty: the whole record
    case_id = models.UUIDField()
    placed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "kind", "field", "case_id"],
                condition=Q(ended_at__isnull=True),
                name="a_case_marks_a_field_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"
