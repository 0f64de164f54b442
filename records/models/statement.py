from django.db import models
from django.db.models import Q

from accounts.models import Subject
from audit.ids import uuid7
from records.models.record import Record


class Statement(models.Model):
    """The person's own words that stay with a record and go to everybody who receives it. One at a time.

    `subject`: whose words they are. Of a record that was found to be about somebody else they go along no longer.
    `number`: of the version that the record had then. When it ends, also because another takes its place, the words
    are destroyed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="statements")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField(null=True)  # the words, under the subject's key
    language = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    written_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "subject"],
                condition=Q(ended_at__isnull=True),
                name="a_person_has_one_statement_on_a_record",
            ),
            models.CheckConstraint(
                name="a_statement_has_words_until_it_ends",
                condition=Q(sealed__isnull=False, ended_at__isnull=True)
                | Q(sealed__isnull=True, ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"statement on {self.record_id}"
