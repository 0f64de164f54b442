"""What belongs to an address: who gave it, how it is changed, and the person's own wishes."""

from django.db import models

from accounts.models.organisation import Organisation
from accounts.models.subject import Contact, Subject
from audit.ids import uuid7


class ContactVouch(models.Model):
    """A source gave this address for this subject: whoever signs in by it sees what that source supplied."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="vouches")
    lookup = models.BinaryField(max_length=32)
    source = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "lookup", "source"], name="a_source_vouches_for_an_address_once")
        ]

    def __str__(self) -> str:
        return f"{self.source_id} gave an address of {self.subject_id}"


class ContactChange(models.Model):
    """A new address that waits for its code, and, once it is in use, for the old one's objection.

    `is_proved`: whoever asked was let in by more than an address from a feed, so the new one opens everything.
    `stop_hash`: of the link that the old address got.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="contact_changes")
    lookup = models.BinaryField(max_length=32)
    sealed = models.BinaryField()
    code_hash = models.BinaryField(max_length=32)
    tries_left = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    is_proved = models.BooleanField()
    confirmed_at = models.DateTimeField(null=True)
    old = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    new = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    stop_hash = models.BinaryField(max_length=32, null=True, unique=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="contact_changes_by_expiry")]
        constraints = [
            models.CheckConstraint(
                name="a_change_has_a_contact_once_it_is_confirmed",
                condition=models.Q(confirmed_at__isnull=True, new__isnull=True)
                | models.Q(confirmed_at__isnull=False, new__isnull=False),
            ),
            models.CheckConstraint(
                name="only_a_confirmed_change_is_stopped",
                condition=models.Q(stopped_at__isnull=True) | models.Q(confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ContactWishes(models.Model):
    """When mails may come and what they may say, in the person's own words; sealed like all that a person says."""

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, primary_key=True, related_name="contact_wishes")
    sealed = models.BinaryField()  # accounts.wishes packs and unpacks it
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "contact wishes"

    def __str__(self) -> str:
        return f"wishes of {self.subject_id}"
