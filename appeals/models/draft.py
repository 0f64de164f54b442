from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Subject
from appeals.models.evidence import EvidenceFields
from audit.ids import uuid7


class DisputeDraft(models.Model):
    """A dispute that a person is still writing. Kept until it is filed or thrown away.

    `written_by`: whoever writes it for the subject, by a mandate; nobody else reads it before it is filed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    programme = models.CharField(max_length=60)
    procedure = models.CharField(max_length=60, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    late_reason = models.CharField(max_length=40, blank=True)
    sealed_late = models.BinaryField(null=True)  # why it comes after its window, in words
    sealed_without = models.BinaryField(null=True)  # as in `Case`
    filed_as = models.OneToOneField("appeals.Case", on_delete=models.PROTECT, null=True, related_name="draft")

    def __str__(self) -> str:
        return f"draft {self.pk}"


class DraftItem(models.Model):
    """One thing to dispute, and the version of it that the person saw. `sealed`: their words, what it should be."""

    draft = models.ForeignKey(DisputeDraft, on_delete=models.CASCADE, related_name="items")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    record = models.ForeignKey("records.Record", on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey("records.Version", on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=60, blank=True)
    measure = models.ForeignKey("records.Measure", on_delete=models.PROTECT, null=True, related_name="+")
    ground = models.CharField(max_length=40, blank=True)
    sealed = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "record", "field", "measure"],
                nulls_distinct=False,
                name="a_draft_disputes_a_thing_once",
            ),
            models.CheckConstraint(
                name="a_draft_item_is_a_field_or_a_measure", condition=Q(measure__isnull=True) | Q(field="")
            ),
        ]

    def __str__(self) -> str:
        return f"item of draft {self.draft_id}"


class DraftEvidence(EvidenceFields):
    """A file that was handed in while the dispute is still being written."""

    draft = models.ForeignKey(DisputeDraft, on_delete=models.CASCADE, related_name="evidence")

    class Meta:
        verbose_name_plural = "draft evidence"

    def __str__(self) -> str:
        return f"{self.kind} of draft {self.draft_id}"
