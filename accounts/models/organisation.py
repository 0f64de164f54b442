from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.ids import uuid7


class Organisation(models.Model):
    """A holder, source or recipient of data. Its id also owns the key of its staff's signatures."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    code = models.SlugField(max_length=80, unique=True)
    name_en = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200, blank=True)
    registered_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> dict[str, str]:
        """The name in each language of the catalogue."""
        return {"en": self.name_en, "zh": self.name_zh or self.name_en}


class Role(models.TextChoices):
    """What a member may do for an organisation."""

    CASEWORKER = "caseworker", _("Caseworker")
    SUPERVISOR = "supervisor", _("Supervisor")
    REVIEWER = "reviewer", _("Reviewer")
    SOURCE_OFFICER = "source_officer", _("Officer of the source")
    AUDITOR = "auditor", _("Auditor")
    OPERATOR = "operator", _("Operator")


class Membership(models.Model):
    """One role of one user in one organisation.

    `number` is how the person appears to others: organisation, role and number, never a name.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    number = models.PositiveIntegerField()
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "role", "number"], name="one_number_for_each_member_of_a_role"
            ),
            models.UniqueConstraint(
                fields=["user", "organisation", "role"],
                condition=models.Q(ended_at__isnull=True),
                name="a_user_holds_a_role_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.role} {self.number}"
