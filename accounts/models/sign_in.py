from django.db import models

from audit.ids import uuid7


class SignInCode(models.Model):
    """A code that was mailed to an address, of which only the keyed hash is kept.

    A row is made for an unknown address too, so that both take the same path and time.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    address_lookup = models.BinaryField(max_length=32)
    code_hash = models.BinaryField(max_length=32)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="sign_in_codes_by_expiry")]

    def __str__(self) -> str:
        return str(self.pk)


class Attempt(models.Model):
    """How often something was tried in one window of time, by keyed hash of who or what."""

    kind = models.CharField(max_length=30)
    key = models.BinaryField(max_length=32)
    window = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key", "window"], name="one_count_for_each_window")]

    def __str__(self) -> str:
        return f"{self.kind} {self.window:%H:%M} {self.count}"
