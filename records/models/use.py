from django.conf import settings
from django.db import models

from accounts.models import ApiKey, Organisation, Subject
from audit.ids import uuid7
from records.models.record import Record, Version


class Disclosure(models.Model):
    """A version went to a recipient, with the marks it carried then."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="disclosures")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="disclosures")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=60)
    marks = models.JSONField(default=list)
    disclosed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "-disclosed_at"], name="disclosures_of_a_subject")]

    def __str__(self) -> str:
        return f"{self.record_id} to {self.recipient_id}"


class Access(models.Model):
    """Somebody on the staff looked at values of a record: shown to the person as organisation, role and number."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="accesses")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    purpose = models.CharField(max_length=60)
    reason = models.CharField(max_length=200, blank=True)
    case_id = models.UUIDField(null=True)
    looked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "-looked_at"], name="accesses_of_a_subject")]

    def __str__(self) -> str:
        return f"{self.role} {self.number} at {self.record_id}"
