from django.conf import settings
from django.db import models

from accounts.models.subject import Subject
from audit.ids import uuid7


class PostalAddress(models.Model):
    """Where letters to a subject go who has no mail, or asked for letters. Sealed; given by the person on paper.

    While one is in use, whatever would be mailed is printed and posted instead. `settles_at`: until then whoever
    was reached another way before can object: nothing leaves the file, no case is withdrawn, and mails go on coming
    to a confirmed mailbox. `is_disowned`: it ended because the person said that it was never theirs.
    """

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="postal_addresses")
    sealed = models.BinaryField()  # the lines as they stand on the envelope
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    settles_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    is_disowned = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "postal addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=models.Q(ended_at__isnull=True), name="one_postal_address_in_use"
            ),
            models.CheckConstraint(
                name="a_disowned_postal_address_is_not_in_use",
                condition=models.Q(is_disowned=False) | models.Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"postal address of {self.subject_id}"


class ActivationLetter(models.Model):
    """A letter with a code that, with a fact which the letter does not hold, lets a person sign in once."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="activation_letters")
    code_hash = models.BinaryField(max_length=32, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"activation letter {self.pk}"
