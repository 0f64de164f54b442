from django.db import models
from django.db.models import F, Q

from accounts.models import ApiKey, Organisation, Subject
from audit.ids import uuid7
from records.models.record import Record


class Subscription(models.Model):
    """A recipient wants to be told when what it received changes.

    Of one programme (and one purpose, if it names one), or of one record. It only ever covers records that went to
    this organisation before: a subscription tells nothing about anybody else.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    recipient = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+")
    programme = models.CharField(max_length=60)
    purpose = models.CharField(max_length=60, blank=True)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, null=True, related_name="subscriptions")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "programme", "purpose", "record"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="a_recipient_subscribes_once",
            ),
            models.CheckConstraint(
                name="a_subscription_to_a_record_names_its_subject",
                condition=Q(record__isnull=True, subject__isnull=True) | Q(record__isnull=False, subject__isnull=False),
            ),
            models.CheckConstraint(
                name="a_subscription_ends_after_it_was_made",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("made_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id}: {self.programme} {self.purpose} {self.record_id or ''}".strip()
