from django.db import models

from accounts.models import Subject
from appeals.models.case import Case
from audit.ids import uuid7


class EvidenceFields(models.Model):
    """What is known of a file that was handed in. The file itself is encrypted, outside the database.

    `document`: the required paper of the procedure that it is, by its id; empty for any other file.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    sealed_name = models.BinaryField()
    kind = models.CharField(max_length=10)  # text, pdf, jpeg, png
    size = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)  # SHA-256 of the cleaned file
    document = models.CharField(max_length=60, blank=True, default="")
    added_at = models.DateTimeField()

    class Meta:
        abstract = True


class Evidence(EvidenceFields):
    """A file that belongs to a case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")

    class Meta:
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id}"
