from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.organisation import Organisation
from audit.ids import uuid7


class Scope(models.TextChoices):
    """What a system's key allows."""

    RECORDS_WRITE = "records:write", _("Supply records")
    RECORDS_READ = "records:read", _("Receive records")


class ApiKey(models.Model):
    """A system's key: prefix in clear to find it, SHA-256 of the secret to check it.

    `issued_by` counts as the one who enters what comes in by this key.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.BinaryField(max_length=32)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="api_keys")
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope.choices))
    programmes = ArrayField(models.CharField(max_length=60))
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.prefix


class IdempotentRequest(models.Model):
    """The first answer to an `Idempotency-Key`, given again when the same request is repeated."""

    owner = models.CharField(max_length=80)  # "key:<id>" or "user:<id>"
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)  # null while the first request is being answered
    sealed_body = models.BinaryField(null=True)
    location = models.CharField(max_length=300, blank=True)
    begun_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="an_idempotency_key_is_used_once"),
            models.CheckConstraint(
                name="an_answer_has_status_and_body",
                condition=models.Q(status__isnull=True, sealed_body__isnull=True)
                | models.Q(status__isnull=False, sealed_body__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"
